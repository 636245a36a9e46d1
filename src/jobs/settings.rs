//! `[jobs]` in the configuration.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::journal::Limits;

/// How many jobs, how large, and what counts as asking twice. Durations are text: `"30s"`, `"24h"`, `"0s"` for never.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Items in one request.
    pub max_items: u32,
    /// Jobs that wait to be started; beyond, submitting is refused until some are done.
    pub max_queued_jobs: u32,
    /// Jobs of one caller that are not done; beyond, submitting is refused until some are.
    pub max_unfinished_jobs: u32,
    /// Jobs worked on at the same time. They share the engine's own bounds.
    pub running_jobs: u32,
    /// How long an `Idempotency-Key` is remembered.
    pub idempotency_window: SignedDuration,
    /// Without a key, the same request from the same caller within this time is taken for a repeat of the first (n8n's "Retry
    /// on Fail" sends it again), unless that was cancelled.
    pub repeat_window: SignedDuration,
    /// How long a finished job is kept, once its webhooks are settled. Zero: for ever.
    #[serde(deserialize_with = "crate::model::duration::deserialize")]
    pub keep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_items: 20_000,
            max_queued_jobs: 1_000,
            max_unfinished_jobs: 500,
            running_jobs: 64,
            idempotency_window: SignedDuration::from_hours(24),
            repeat_window: SignedDuration::from_secs(30),
            keep: Duration::from_secs(90 * 24 * 60 * 60),
        }
    }
}

impl Settings {
    /// How long finished jobs stay; nothing for ever.
    pub(super) fn retention(&self) -> Option<Duration> {
        (!self.keep.is_zero()).then_some(self.keep)
    }

    /// A key must not outlive its job: the second request would be a new one.
    pub(crate) fn forgets_keys(&self) -> bool {
        self.retention().is_some_and(|keep| SignedDuration::try_from(keep).is_ok_and(|keep| keep < self.idempotency_window))
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            queued: self.max_queued_jobs,
            unfinished: self.max_unfinished_jobs,
            key_window: self.idempotency_window,
            repeat_window: self.repeat_window,
        }
    }
}
