//! What is counted and timed, for Prometheus: `docs/metrics.md` is the list. The engine and the journal each own what they count; the
//! HTTP door writes it out. Labels are closed sets or names from the configuration: never a URL, a barcode or a caller.

#[cfg(not(feature = "server"))]
mod absent;
#[cfg(feature = "server")]
mod engine;
#[cfg(feature = "server")]
mod ledger;
#[cfg(feature = "server")]
mod text;

#[cfg(not(feature = "server"))]
pub(crate) use absent::EngineMeter;
#[cfg(feature = "server")]
pub(crate) use engine::EngineMeter;
#[cfg(feature = "server")]
pub(crate) use ledger::{JobMoment, Ledger, TryEnd};
#[cfg(feature = "server")]
pub(crate) use text::{CONTENT_TYPE, Gauges, document};

/// How a request to a shop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Answered,
    /// The shop does not want us: 403, 429, 503, a firewall's page.
    Refused,
    TimedOut,
    /// No answer, or one that failed.
    Failed,
}

/// Where a page came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Shop,
    /// A copy that was young enough.
    Copy,
    /// A copy of which the shop said that nothing has changed.
    Renewed,
    /// What was kept for a job that is read again.
    Kept,
}
