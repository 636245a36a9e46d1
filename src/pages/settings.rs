//! `[pages]` in the configuration.

use std::time::Duration;

use serde::Deserialize;

/// How long copies of pages are used and kept, and how much room they may take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A copy no older than this is taken in place of a request, unless a job says otherwise. Zero: never.
    #[serde(deserialize_with = "crate::model::duration::deserialize")]
    pub max_age: Duration,
    /// How long the pages of a job are kept, so that it can be read again. Zero: not at all.
    #[serde(deserialize_with = "crate::model::duration::deserialize")]
    pub keep: Duration,
    /// Bytes on disk; above it the oldest pages go first.
    pub max_bytes: u64,
}

impl Settings {
    /// A smaller store would hold a handful of pages.
    pub const LEAST_BYTES: u64 = 1024 * 1024;
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_age: Duration::ZERO, keep: Duration::from_secs(7 * 24 * 60 * 60), max_bytes: 1024 * 1024 * 1024 }
    }
}
