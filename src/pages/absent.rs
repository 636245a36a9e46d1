//! The store of a build without SQLite: there is none.

use std::time::Duration;

use super::{Entry, Key, Missing, Stay, Stored};
use crate::model::{JobId, Page};

/// Never made.
#[derive(Clone, Debug)]
pub(crate) enum Pages {}

impl Pages {
    pub(crate) fn max_age(&self) -> Duration {
        match *self {}
    }

    #[allow(clippy::unused_async, reason = "as the store that there could be")]
    pub(crate) async fn newest(&self, _key: &Key) -> Option<Stored> {
        match *self {}
    }

    #[allow(clippy::unused_async, reason = "as the store that there could be")]
    pub(crate) async fn put(&self, _key: &Key, _entry: Entry, _stay: Stay) {
        match *self {}
    }

    #[allow(clippy::unused_async, reason = "as the store that there could be")]
    pub(crate) async fn kept(&self, _job: &JobId, _key: &Key) -> Result<Page, Missing> {
        match *self {}
    }
}
