//! A real journal in a directory of its own, with one job whose items get their results when a test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use url::Url;

use super::super::{Settings, samples};
use crate::egress::{self, Egress};
use crate::jobs::{Callback, CallbackEvents, Delivery, DeliveryState, Intake, NewJob};
use crate::journal::{self, Journal, Limits, Role};
use crate::model::{Batch, Event, ItemResult, JobId};

/// Items of the job.
const ITEMS: u32 = 400;

pub(super) struct Outbox {
    journal: Journal,
    job: JobId,
    number: u64,
    told: Arc<AtomicU32>,
    _dir: tempfile::TempDir,
}

pub(super) fn egress() -> Egress {
    Egress::new(&egress::Settings::default(), &["127.0.0.1".to_owned()]).unwrap()
}

impl Outbox {
    pub(super) async fn open(settings: &Settings) -> Self {
        Self::open_with(settings, None).await
    }

    pub(super) async fn open_with(settings: &Settings, callback: Option<Url>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(&journal::Settings::default(), dir.path(), Role::All, settings.targets()).unwrap();
        let new = NewJob {
            batch: Batch::parse((0..ITEMS).map(|i| format!("code {i}"))).unwrap(),
            callback: callback.map(|url| Callback { url, wants: CallbackEvents::All }),
            intake: Intake::Whole,
            once: None,
            owner: None,
            caller: None,
            plan: Vec::new(),
        };
        let hour = SignedDuration::from_hours(1);
        let job = journal.create(new, Limits { queued: 10, unfinished: 10, key_window: hour, repeat_window: hour }).await.unwrap().job;
        journal.start(job.number).await.unwrap();
        Self { journal, job: job.id, number: job.number, told: Arc::default(), _dir: dir }
    }

    pub(super) fn journal(&self) -> Journal {
        self.journal.clone()
    }

    /// The next results, in one commit.
    pub(super) async fn post(&self, count: u32) {
        let first = self.told.fetch_add(count, Ordering::Relaxed);
        let result = |position| Event::Result(Box::new(ItemResult { position, ..samples::found() }));
        let events: Vec<Event> = (first + 1..=first + count).map(result).collect();
        self.journal.append(self.number, &events).await.unwrap();
    }

    async fn deliveries(&self) -> Vec<Delivery> {
        let mut deliveries = self.journal.deliveries(&self.job, None, 0, 1_000).await.unwrap();
        deliveries.sort_by_key(|delivery| delivery.id);
        deliveries
    }

    /// State and number of tries of each delivery, oldest first.
    pub(super) async fn states(&self) -> Vec<(DeliveryState, u32)> {
        self.deliveries().await.iter().map(|delivery| (delivery.state, delivery.attempts)).collect()
    }

    pub(super) async fn errors(&self) -> Vec<String> {
        self.deliveries().await.into_iter().filter_map(|delivery| delivery.last_error).collect()
    }

    pub(super) async fn webhook_ids(&self) -> Vec<String> {
        self.deliveries().await.into_iter().map(|delivery| delivery.webhook_id).collect()
    }

    pub(super) async fn until_settled(&self) {
        let settled = async {
            while self.states().await.iter().any(|(state, _)| *state == DeliveryState::Waiting) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), settled).await.unwrap();
    }
}
