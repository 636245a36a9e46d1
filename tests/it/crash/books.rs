//! What the outside knows: requests with their keys, which of them were acknowledged, and every event that was told.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use glaneur::serve::proto::ScrapeResponse;

/// A request; sent again with the same key until it is acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) key: String,
    pub(super) eans: Vec<String>,
    /// The job of the 202.
    pub(super) job: Option<String>,
    pub(super) sent: u32,
}

/// Told events by job and number.
pub(super) type Story = BTreeMap<(String, u64), ScrapeResponse>;

#[derive(Debug, Default)]
pub(super) struct Books {
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) requests: Vec<Request>,
    pub(super) told: Story,
    /// Events that were told twice and not alike.
    pub(super) contradicted: u64,
}

impl Books {
    pub(super) fn open(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, eans: Vec<String>) {
        let mut pages = self.open();
        let key = format!("key-{}", pages.requests.len());
        pages.requests.push(Request { key, eans, job: None, sent: 0 });
    }

    pub(super) fn acknowledged(&self, place: usize, job: &str) {
        let mut pages = self.open();
        let known = pages.requests[place].job.get_or_insert_with(|| job.to_owned()).clone();
        assert_eq!(known, job, "one key, two jobs");
    }

    pub(super) fn told(&self, event: ScrapeResponse) {
        let mut pages = self.open();
        let place = (event.job_id.clone(), event.seq);
        let changed = pages.told.get(&place).is_some_and(|first| *first != event);
        pages.contradicted += u64::from(changed);
        pages.told.entry(place).or_insert(event);
    }
}
