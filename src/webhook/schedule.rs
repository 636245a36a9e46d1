//! When a delivery is tried again, and when it is given up. Pure: reads no clock, throws no dice.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

/// What an answer says about the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// Nothing: the schedule decides.
    AsScheduled,
    /// The receiver is about to be ready.
    Soon,
    /// The receiver named a time.
    AtLeast(Duration),
}

/// The longest pause for a receiver that is about to be ready.
const SOON: Duration = Duration::from_secs(30);

/// Nothing is given up after fewer failures, however old it is: a process that was off for a week comes back together with
/// its receiver, and one of the two is first.
const TRIES_AT_LEAST: u32 = 8;

/// Pauses are stretched or shortened by up to this share, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// The pauses between the tries of one delivery, one after the other. It is given up when it fails once it is as old as all
/// of them together; until then the last one repeats.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Schedule(Vec<SignedDuration>);

impl Default for Schedule {
    /// Quick at first, then for four days in all: a receiver that is down over a long weekend loses nothing.
    fn default() -> Self {
        const HOUR: i64 = 3_600;
        const HOURS: [i64; 12] = [1, 2, 3, 4, 6, 8, 12, 12, 12, 12, 12, 12];
        let first = [2, 5, 15, 60, 300, 1_800].into_iter();
        Self::of(first.chain(HOURS.into_iter().map(|hours| hours * HOUR)).map(SignedDuration::from_secs))
    }
}

impl Schedule {
    pub fn of(pauses: impl IntoIterator<Item = SignedDuration>) -> Self {
        Self(pauses.into_iter().collect())
    }

    pub(super) fn is_sound(&self) -> bool {
        let sound = |pause: &SignedDuration| pause.is_positive() && *pause <= SignedDuration::from_hours(30 * 24);
        (1..=100).contains(&self.0.len()) && self.0.iter().all(sound)
    }

    /// All pauses together.
    fn span(&self) -> Duration {
        self.0.iter().map(|pause| pause.unsigned_abs()).sum()
    }

    /// The pause after the failure number `failures` (from 1) of a delivery that is `age` old; nothing when it is given up.
    /// `dice` is evenly spread over 0 to 1.
    pub(super) fn pause(&self, failures: u32, age: SignedDuration, wish: Pause, dice: f64) -> Option<Duration> {
        let tries = u32::try_from(self.0.len()).map_or(TRIES_AT_LEAST, |pauses| pauses.min(TRIES_AT_LEAST));
        let old = age.is_positive() && age.unsigned_abs() >= self.span();
        if old && failures > tries {
            return None;
        }
        let index = usize::try_from(failures.max(1) - 1).unwrap_or(usize::MAX).min(self.0.len().saturating_sub(1));
        let step = self.0.get(index)?.unsigned_abs();
        let spread = |pause: Duration| pause.mul_f64(1.0 + JITTER * (2.0 * dice - 1.0));
        Some(match wish {
            Pause::AsScheduled => spread(step),
            Pause::Soon => spread(step.min(SOON)),
            // Never earlier than the receiver asked for.
            Pause::AtLeast(least) => least.mul_f64(1.0 + JITTER * dice / 2.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: f64 = 0.5;
    const YOUNG: SignedDuration = SignedDuration::from_secs(1);

    #[test]
    fn the_first_pauses_are_quick_and_the_whole_lasts_days() {
        let schedule = Schedule::default();
        assert!(schedule.is_sound());
        let pauses: Vec<u64> = (1..=7).map(|n| schedule.pause(n, YOUNG, Pause::AsScheduled, MIDDLE).unwrap().as_secs()).collect();
        assert_eq!(pauses, [2, 5, 15, 60, 300, 1_800, 3_600]);
        assert!(schedule.span().mul_f64(1.0 - JITTER) >= Duration::from_secs(3 * 24 * 3_600), "{:?}", schedule.span());
    }

    #[test]
    fn a_receiver_that_is_down_for_three_days_loses_nothing_whatever_the_dice() {
        for dice in [0.0, 0.3, 1.0] {
            let schedule = Schedule::default();
            let (mut age, mut failures) = (SignedDuration::ZERO, 1);
            while let Some(pause) = schedule.pause(failures, age, Pause::AsScheduled, dice) {
                age += SignedDuration::try_from(pause).unwrap();
                failures += 1;
            }
            assert!(age >= SignedDuration::from_hours(72), "{age:?} with {dice}");
            assert!(age <= SignedDuration::from_hours(8 * 24), "{age:?} with {dice}");
        }
    }

    #[test]
    fn wishes_of_the_receiver() {
        let schedule = Schedule::default();
        let pause = |failures, wish, dice| schedule.pause(failures, YOUNG, wish, dice).unwrap();
        let minute = Pause::AtLeast(Duration::from_secs(60));
        assert_eq!(pause(1, minute, 0.0), Duration::from_secs(60));
        assert_eq!(pause(1, minute, 1.0), Duration::from_secs(66));
        assert_eq!(pause(1, Pause::Soon, MIDDLE), Duration::from_secs(2));
        assert_eq!(pause(9, Pause::Soon, MIDDLE), SOON);
        assert_eq!(pause(1, Pause::AsScheduled, 0.0), Duration::from_millis(1_600));
        assert_eq!(pause(1, Pause::AsScheduled, 1.0), Duration::from_millis(2_400));
    }

    #[test]
    fn many_tries_alone_give_nothing_up_and_age_alone_neither() {
        let schedule = Schedule::default();
        let old = SignedDuration::from_hours(30 * 24);
        assert!(schedule.pause(500, YOUNG, Pause::Soon, MIDDLE).is_some());
        assert!(schedule.pause(8, old, Pause::AsScheduled, MIDDLE).is_some());
        assert!(schedule.pause(9, old, Pause::AsScheduled, MIDDLE).is_none());
        let short = Schedule::of([SignedDuration::from_millis(10), SignedDuration::from_millis(10)]);
        assert!(short.pause(2, old, Pause::AsScheduled, MIDDLE).is_some());
        assert!(short.pause(3, old, Pause::AsScheduled, MIDDLE).is_none());
        assert!(short.pause(3, SignedDuration::from_secs(-5), Pause::AsScheduled, MIDDLE).is_some(), "a clock set back");
    }
}
