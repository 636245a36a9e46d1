//! A real journal in a directory of its own, with one job whose items get their results when a test says so.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use url::Url;

use super::super::{Settings, samples};
use crate::egress::{self, Egress};
use crate::jobs::{Callback, CallbackEvents, Delivery, DeliveryState, Intake, ListDeliveries, NewJob};
use crate::journal::{self, Journal, Limits, Role};
use crate::model::{Batch, Event, ItemResult, ItemStatus, JobId};

/// Items of the job.
const ITEMS: u32 = 400;

pub(super) struct Outbox {
    journal: Journal,
    job: JobId,
    number: u64,
    told: Arc<AtomicU32>,
    _dir: tempfile::TempDir,
}

fn job(items: u32, callback: Option<Url>) -> NewJob {
    NewJob {
        batch: Batch::parse((0..items).map(|i| format!("code {i}"))).unwrap(),
        callback: callback.map(|url| Callback { url, wants: CallbackEvents::All }),
        intake: Intake::Whole,
        once: None,
        owner: None,
        caller: None,
        plan: Vec::new(),
    }
}

fn limits() -> Limits {
    let hour = SignedDuration::from_hours(1);
    Limits { queued: 20, unfinished: 20, key_window: hour, repeat_window: hour }
}

fn results(positions: RangeInclusive<u32>) -> Vec<Event> {
    positions.map(|position| Event::Result(Box::new(ItemResult { position, ..samples::found() }))).collect()
}

pub(super) fn egress() -> Egress {
    trusting("127.0.0.1")
}

/// Webhooks may go to this host.
pub(super) fn trusting(host: &str) -> Egress {
    Egress::new(&egress::Settings::default(), &[host.to_owned()]).unwrap()
}

impl Outbox {
    pub(super) async fn open(settings: &Settings) -> Self {
        Self::open_with(settings, None).await
    }

    pub(super) async fn open_with(settings: &Settings, callback: Option<Url>) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), settings, callback).await
    }

    /// In memory where the system has such a place: thousands of commits wait for no disk.
    pub(super) async fn open_in_memory(settings: &Settings) -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self::open_in(dir, settings, None).await
    }

    async fn open_in(dir: tempfile::TempDir, settings: &Settings, callback: Option<Url>) -> Self {
        let journal = Journal::open(&journal::Settings::default(), dir.path(), Role::All, settings.targets()).unwrap();
        let job = journal.create(job(ITEMS, callback), limits()).await.unwrap().job;
        journal.start(job.number).await.unwrap();
        Self { journal, job: job.id, number: job.number, told: Arc::default(), _dir: dir }
    }

    pub(super) fn journal(&self) -> Journal {
        self.journal.clone()
    }

    /// The next results, in one commit.
    pub(super) async fn post(&self, count: u32) {
        let first = self.told.fetch_add(count, Ordering::Relaxed);
        let events = results(first + 1..=first + count);
        self.journal.append(self.number, &events).await.unwrap();
    }

    /// Another job with so many short results, in one commit.
    pub(super) async fn post_as_another_job(&self, count: u32) {
        let job = self.journal.create(job(count, None), limits()).await.unwrap().job;
        let nothing = |position| ItemResult { position, status: ItemStatus::NotFound, shops: Vec::new(), ..samples::found() };
        let events: Vec<Event> = (1..=count).map(|position| Event::Result(Box::new(nothing(position)))).collect();
        self.journal.append(job.number, &events).await.unwrap();
    }

    async fn deliveries(&self) -> Vec<Delivery> {
        let wanted = ListDeliveries { job: Some(self.job.clone()), ..ListDeliveries::default() };
        let mut deliveries = self.journal.deliveries(wanted, 0, 20_000).await.unwrap();
        deliveries.sort_by_key(|delivery| delivery.id);
        deliveries
    }

    /// The same over all jobs, in no order.
    pub(super) async fn states_of_all(&self) -> Vec<(DeliveryState, u32)> {
        let all = self.journal.deliveries(ListDeliveries::default(), 0, u32::MAX).await.unwrap();
        all.iter().map(|delivery| (delivery.state, delivery.attempts)).collect()
    }

    /// State and number of tries of each delivery, oldest first.
    pub(super) async fn states(&self) -> Vec<(DeliveryState, u32)> {
        self.deliveries().await.iter().map(|delivery| (delivery.state, delivery.attempts)).collect()
    }

    pub(super) async fn errors(&self) -> Vec<String> {
        self.deliveries().await.into_iter().filter_map(|delivery| delivery.last_error).collect()
    }

    pub(super) async fn answers(&self) -> Vec<String> {
        self.deliveries().await.into_iter().filter_map(|delivery| delivery.last_answer).collect()
    }

    pub(super) async fn webhook_ids(&self) -> Vec<String> {
        self.deliveries().await.into_iter().map(|delivery| delivery.webhook_id).collect()
    }

    pub(super) async fn until_settled(&self) {
        let waiting = || ListDeliveries { state: Some(DeliveryState::Waiting), ..ListDeliveries::default() };
        let settled = async {
            while !self.journal.deliveries(waiting(), 0, 1).await.unwrap().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), settled).await.unwrap();
    }
}
