//! Pages beyond the request that brought them: shared by those who want the same one at the same moment, taken again while they are
//! young enough, and kept for the job that fetched them.
//!
//! One store on disk serves the last two: a page is there once, with its age, and each job that has to do with it points at it. What is
//! lost with the store can be fetched again, so its failures are told in the log and cost no item. This room fetches nothing and
//! never says what a page means.

#[cfg(not(feature = "server"))]
mod absent;
#[cfg(feature = "server")]
mod error;
#[cfg(feature = "server")]
mod file;
mod key;
#[cfg(feature = "server")]
mod packed;
#[cfg(feature = "server")]
mod settings;
#[cfg(feature = "server")]
mod store;
#[cfg(all(test, feature = "server"))]
mod tests;
mod together;

use std::sync::Arc;
use std::time::Duration;

#[cfg(not(feature = "server"))]
pub(crate) use absent::Pages;
#[cfg(feature = "server")]
pub use error::PagesError;
pub(crate) use key::Key;
#[cfg(feature = "server")]
pub use settings::Settings;
#[cfg(feature = "server")]
pub use store::Pages;
pub(crate) use together::Together;

use crate::model::{JobId, Page, Validators};

/// A page in the store, by its number.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) number: i64,
    pub(crate) page: Arc<Page>,
    pub(crate) validators: Validators,
}

/// A page that may be worth keeping.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "there is no store without it"))]
pub(crate) struct Entry {
    pub(crate) page: Arc<Page>,
    pub(crate) validators: Validators,
    /// The stored page that the shop said is still this one.
    pub(crate) renews: Option<i64>,
}

/// What a page is kept for.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "there is no store without it"))]
pub(crate) struct Stay {
    /// To be taken in place of a request; zero: for nobody.
    pub(crate) max_age: Duration,
    /// To be read again with this job.
    pub(crate) job: Option<JobId>,
}

/// Why there is no page to read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "there is no store without it"))]
pub(crate) enum Missing {
    #[error("no page was kept for this request, or it is gone by now")]
    NotKept,
    #[error("the page that was kept for this request is damaged")]
    Damaged,
}
