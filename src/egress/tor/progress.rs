//! How far Tor has come, for logs, progress events and `/readyz`.

use tokio::time::Instant;

use super::NotReady;

/// How far Tor has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// 100 exactly when it can be used.
    pub percent: u8,
    /// For people: what is being done.
    pub sentence: String,
    pub state: State,
}

/// Whether Tor can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Starting,
    Ready,
    Failed {
        reason: NotReady,
        /// Whoever asks after this moment starts the next try; before it, the same answer is given at once.
        again: Instant,
    },
}
