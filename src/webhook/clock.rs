//! What time it is: the system's clock, or in a test one that follows the paused time of the runtime.

use std::time::Duration;

use jiff::Timestamp;

#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    System,
    /// Starts at a moment and goes as tokio's time does.
    #[cfg(test)]
    Paused(Timestamp, tokio::time::Instant),
}

impl Clock {
    pub(super) fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            #[cfg(test)]
            Self::Paused(start, since) => start + jiff::SignedDuration::try_from(since.elapsed()).unwrap(),
        }
    }

    /// How long it is until then: nothing when it has passed.
    pub(super) fn until(self, then: Timestamp) -> Duration {
        Duration::try_from(then.duration_since(self.now())).unwrap_or_default()
    }
}
