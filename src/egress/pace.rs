//! How fast one shop may be asked, whoever asks: so many inquiries at a time, so long between the starts of two requests.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// The pace of one shop, shared by all items and jobs.
///
/// A seat is held from an item's first search to its last page, one request after the other: so an item that was begun is
/// finished before the next one starts, and results come early. Those who wait are seated in the order in which they came.
#[derive(Debug)]
pub(crate) struct Pace {
    seats: Semaphore,
    interval: Duration,
    /// Up to this much is added to the interval, at random.
    jitter: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    /// `concurrency`: requests at a time, which is as many seats.
    pub(crate) fn new(concurrency: usize, interval: Duration, jitter: Duration) -> Self {
        Self { seats: Semaphore::new(concurrency.max(1)), interval, jitter, next: Mutex::new(Instant::now()) }
    }

    /// Waits for a seat; it is free again when the permit is dropped. Never nothing: the seats are not closed.
    pub(crate) async fn seat(&self) -> Option<SemaphorePermit<'_>> {
        self.seats.acquire().await.ok()
    }

    /// Waits until a request may start.
    pub(crate) async fn start(&self) {
        while let Some(start) = self.not_before() {
            tokio::time::sleep_until(start).await;
        }
    }

    /// When to look again; nothing when the turn is ours, and then the next one is an interval away.
    fn not_before(&self) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if *next > now {
            return Some(*next);
        }
        *next = now + self.interval + self.jitter.mul_f64(fastrand::f64());
        None
    }

    /// Nobody starts for so long: the shop asked for it, or refused us.
    pub(crate) fn rest(&self, pause: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (*next).max(Instant::now() + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn starts_are_an_interval_apart_and_never_too_many_at_once() {
        let pace = Pace::new(2, Duration::from_millis(500), Duration::ZERO);
        let begun = Instant::now();
        let first = pace.seat().await;
        pace.start().await;
        let _second = pace.seat().await;
        pace.start().await;
        assert_eq!(begun.elapsed(), Duration::from_millis(500));
        assert!(tokio::time::timeout(Duration::from_secs(60), pace.seat()).await.is_err(), "a third at once");
        drop(first);
        let _third = pace.seat().await;
        pace.start().await;
        assert_eq!(begun.elapsed(), Duration::from_millis(60_500), "the interval was over long ago");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_holds_everybody() {
        let pace = Pace::new(8, Duration::ZERO, Duration::ZERO);
        pace.rest(Duration::from_secs(3));
        let begun = Instant::now();
        pace.start().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
    }
}
