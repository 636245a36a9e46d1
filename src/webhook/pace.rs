//! How hard one URL is pressed: so many at once and a second, fewer when it fails, a rest when it goes on failing, and back step by
//! step.
//!
//! A dead endpoint with ten thousand waiting deliveries gets one call per rest, and when it is back it gets them as fast as it did
//! before, not all at once. Pure: reads no clock.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row after which the URL rests.
const PATIENCE: u32 = 3;

/// The first and the longest rest. The longest bounds how late a receiver that is back is noticed.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// What may start at once after a quiet time: so long a share of the rate.
const BURST: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(super) struct Pace {
    limit: usize,
    width: usize,
    failures: u32,
    rest_until: Option<Instant>,
    /// Between two starts, on average.
    interval: Duration,
    /// When the starts so far are used up, had each taken its interval.
    paid_until: Option<Instant>,
}

impl Pace {
    /// `limit` deliveries at once, `per_second` starts a second.
    pub(super) fn new(limit: usize, per_second: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self { limit, width: limit, failures: 0, rest_until: None, interval, paid_until: None }
    }

    /// How many deliveries may be under way at once.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn is_at_full_width(&self) -> bool {
        self.width == self.limit
    }

    /// Until when nothing may start, when that is still to come.
    pub(super) fn resting(&self, now: Instant) -> Option<Instant> {
        self.rest_until.filter(|until| *until > now)
    }

    /// A delivery starts.
    pub(super) fn started(&mut self, now: Instant) {
        self.paid_until = Some(self.paid_until.map_or(now, |paid| paid.max(now)) + self.interval);
    }

    /// When the next one may start by the rate, when that is still to come.
    pub(super) fn turn(&self, now: Instant) -> Option<Instant> {
        let turn = (self.paid_until? + self.interval).checked_sub(BURST.max(self.interval))?;
        (turn > now).then_some(turn)
    }

    pub(super) fn delivered(&mut self) {
        self.failures = 0;
        self.width = (self.width * 2).min(self.limit);
    }

    /// `asked` is the pause that the receiver itself asked for.
    pub(super) fn failed(&mut self, now: Instant, asked: Option<Duration>) {
        if let Some(asked) = asked {
            self.width = 1;
            self.rest_until = self.rest_until.max(Some(now + asked));
            return;
        }
        // Those that were under way together fail together: one outage, counted once.
        if self.resting(now).is_some() {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.width = (self.width / 2).max(1);
        if let Some(beyond) = self.failures.checked_sub(PATIENCE) {
            self.width = 1;
            self.rest_until = Some(now + (FIRST_REST * 2_u32.saturating_pow(beyond.min(8))).min(LONGEST_REST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_endpoint_gets_one_call_per_rest() {
        let (start, mut pace) = (Instant::now(), Pace::new(8, 25));
        let mut now = start;
        let mut calls = 0;
        while now < start + Duration::from_secs(3_600) {
            match pace.resting(now) {
                Some(until) => now = until,
                None => {
                    calls += 1;
                    pace.failed(now, None);
                }
            }
        }
        assert!((60..=70).contains(&calls), "{calls} calls in an hour");
        assert_eq!(pace.width(), 1);
    }

    #[test]
    fn what_fails_together_counts_once_and_what_is_back_widens_step_by_step() {
        let (now, mut pace) = (Instant::now(), Pace::new(8, 25));
        for _ in 0..8 {
            pace.failed(now, None);
        }
        assert_eq!(pace.resting(now), Some(now + FIRST_REST));
        let widths: Vec<usize> = std::iter::repeat_with(|| {
            pace.delivered();
            pace.width()
        })
        .take(4)
        .collect();
        assert_eq!(widths, [2, 4, 8, 8]);
    }

    #[test]
    fn no_second_has_more_starts_than_its_share_and_the_one_before_together() {
        for per_second in [1, 3, 25, 1_000] {
            let (start, mut pace) = (Instant::now(), Pace::new(8, per_second));
            let (mut now, mut starts) = (start, Vec::new());
            while now < start + Duration::from_secs(10) {
                match pace.turn(now) {
                    Some(turn) => now = turn,
                    None => {
                        pace.started(now);
                        starts.push(now);
                    }
                }
            }
            let rate = per_second as usize;
            assert!((10 * rate..=11 * rate).contains(&starts.len()), "{} starts at {per_second} a second", starts.len());
            let most = starts.iter().map(|from| starts.iter().filter(|at| (*from..*from + BURST).contains(at)).count()).max();
            assert!(most.unwrap() <= 2 * rate, "{most:?} starts in one second at {per_second}");
        }
    }

    #[test]
    fn the_receivers_own_pause_rests_the_whole_url_and_is_never_shortened() {
        let (now, mut pace) = (Instant::now(), Pace::new(8, 25));
        pace.failed(now, Some(Duration::from_secs(60)));
        pace.failed(now, Some(Duration::from_secs(5)));
        pace.failed(now, None);
        assert_eq!(pace.resting(now), Some(now + Duration::from_secs(60)));
        assert_eq!(pace.resting(now + Duration::from_secs(61)), None);
    }
}
