//! How hard one URL is pressed: fewer at once when it fails, a rest when it goes on failing, and back step by step.
//!
//! A dead endpoint with ten thousand waiting deliveries gets one call per rest, not ten thousand. Pure: reads no clock.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row after which the URL rests.
const PATIENCE: u32 = 3;

/// The first and the longest rest. The longest bounds how late a receiver that is back is noticed.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub(super) struct Pace {
    limit: usize,
    width: usize,
    failures: u32,
    rest_until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, width: limit, failures: 0, rest_until: None }
    }

    /// How many deliveries may be under way at once.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Until when nothing may start, when that is still to come.
    pub(super) fn resting(&self, now: Instant) -> Option<Instant> {
        self.rest_until.filter(|until| *until > now)
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
        let (start, mut pace) = (Instant::now(), Pace::new(8));
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
        assert!((350..=380).contains(&calls), "{calls} calls in an hour");
        assert_eq!(pace.width(), 1);
    }

    #[test]
    fn what_fails_together_counts_once_and_what_is_back_widens_step_by_step() {
        let (now, mut pace) = (Instant::now(), Pace::new(8));
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
    fn the_receivers_own_pause_rests_the_whole_url_and_is_never_shortened() {
        let (now, mut pace) = (Instant::now(), Pace::new(8));
        pace.failed(now, Some(Duration::from_secs(60)));
        pace.failed(now, Some(Duration::from_secs(5)));
        pace.failed(now, None);
        assert_eq!(pace.resting(now), Some(now + Duration::from_secs(60)));
        assert_eq!(pace.resting(now + Duration::from_secs(61)), None);
    }
}
