//! The journal: durable jobs, their numbered events and the outbox, in one SQLite file.
//!
//! An event is written here before anybody is told of it; what a call acknowledged survives the death of the process. One
//! thread writes, a few connections read, and a commit wakes those who wait for it, in this process and in the other one that
//! may share the directory. This room never decides what a job does next and never sends anything.

mod archive;
mod delivery;
mod error;
mod intake;
mod job;
mod lock;
mod look;
mod outbox;
mod reader;
mod record;
mod retain;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod wake;
mod writer;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::watch;
use url::Url;
use uuid::Uuid;

pub use archive::Archive;
pub use delivery::{Attempt, Attempted, Recorded, Settled};
pub use error::JournalError;
pub(crate) use intake::Limits;
pub use job::{
    Callback, CallbackEvents, Delivery, DeliveryCounts, DeliveryPage, DeliveryState, EndpointInfo, EndpointState, Entry, Intake, JobInfo,
    JobPage, JobState, ListDeliveries, ListJobs, NewJob, Novelty, Once, Replay, Submitted, Trouble,
};
pub(crate) use look::{Backlog, List, Place, Undone, Wish};
pub use outbox::{CALLBACK, Due, Order, Target};
pub(crate) use record::Appended;
pub(crate) use retain::Sweep;

use crate::metrics::{Gauges, Ledger};
use crate::model::{Completed, Event, Item, ItemResult, JobId, Seq};
use lock::Locks;
use reader::Readers;
use wake::{Part, Wakes};
use writer::{Company, Writer};

/// The file's name in the data directory.
const FILE: &str = "journal.db";

/// Nothing can be set yet that would not weaken what the journal promises.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {}

/// What this process does with the directory. One process may have each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Both parts.
    #[default]
    All,
    /// Takes jobs and answers questions.
    Api,
    /// Works on the jobs.
    Worker,
}

/// The open journal. Cheap to clone; clones share everything. Dropping the last one commits what is queued and joins the
/// writer, which may block for as long as one commit; [`Journal::close`] does the same without blocking.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    // Before the writer: its thread holds the locks, and whoever takes them next must find no connection of ours.
    readers: Readers,
    writer: Writer,
    wakes: Arc<Wakes>,
    role: Role,
    targets: Arc<[Target]>,
    ledger: Ledger,
}

impl Journal {
    /// Opens the journal in `data_dir`, which is made when it is missing, and closes the lists of open jobs whose submitter went
    /// down with the last process. Blocks for as long as the check of the file takes, some tenths of a second.
    ///
    /// Deliveries that wait for one of `targets` go to its present address.
    ///
    /// # Errors
    /// Another process has the same role here; the file is not ours, damaged, or of a newer version (it is left as it was); the
    /// directory cannot be written to.
    pub fn open(_settings: &Settings, data_dir: &Path, role: Role, targets: Vec<Target>) -> Result<Self, JournalError> {
        std::fs::create_dir_all(data_dir).map_err(|source| JournalError::Directory { dir: data_dir.to_owned(), source })?;
        let locks = Locks::take(data_dir, role)?;
        let opening = Locks::opening(data_dir)?;
        let path = data_dir.join(FILE);
        let connection = schema::open(&path)?;
        if role != Role::Worker {
            intake::seal_abandoned(&connection).map_err(|source| JournalError::Open { path: path.clone(), source })?;
        }
        outbox::follow(&connection, &targets).map_err(|source| JournalError::Open { path: path.clone(), source })?;
        let readers = Readers::open(&path)?;
        drop(opening);
        let wakes = Arc::new(Wakes::default());
        let company = if role == Role::All { Company::Alone } else { Company::Shared };
        let ledger = Ledger::default();
        let writer = Writer::start(connection, locks, company, Arc::clone(&wakes), ledger.commits())?;
        Ok(Self { inner: Arc::new(Inner { readers, writer, wakes, role, targets: targets.into(), ledger }) })
    }

    /// Commits what is queued, ends the writer and gives the directory free. Every later call fails with
    /// [`JournalError::Closed`].
    pub async fn close(&self) {
        let inner = Arc::clone(&self.inner);
        let end = move || {
            inner.readers.close();
            inner.writer.join();
        };
        if tokio::task::spawn_blocking(end).await.is_err() {
            tracing::error!("the journal was not closed in order; its next start will recover it");
        }
    }

    /// What is counted about this journal's jobs and deliveries.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    pub(crate) async fn gauges(&self) -> Result<Gauges, JournalError> {
        self.inner.readers.read("counting what waits", look::gauges).await
    }

    pub fn role(&self) -> Role {
        self.inner.role
    }

    /// Resolves when the disk or the file failed and nothing is written any more: the process should end and say so.
    pub async fn failed(&self) -> JournalError {
        self.inner.writer.failed().await
    }

    /// Comes back once the writer has done an empty transaction: it lives, and the file can be written to as far as the system says.
    ///
    /// # Errors
    /// The writer has failed, or another process holds the file.
    pub async fn beat(&self) -> Result<(), JournalError> {
        self.inner.writer.write("a beat", |_, _| Ok(())).await
    }

    /// Whether writes are still taken.
    ///
    /// # Errors
    /// [`JournalError::Failed`] with the reason.
    pub fn check(&self) -> Result<(), JournalError> {
        self.inner.writer.check()
    }
}

/// Jobs: used by the jobs room alone.
impl Journal {
    pub(crate) async fn create(&self, new: NewJob, limits: Limits) -> Result<Submitted, JournalError> {
        let id = JobId::new(Uuid::now_v7().to_string());
        self.inner.writer.write("creating a job", move |connection, changes| intake::create(connection, changes, &id, &new, limits)).await
    }

    pub(crate) async fn append_items(&self, id: &JobId, items: Vec<Item>) -> Result<(), JournalError> {
        let id = id.clone();
        self.inner.writer.write("adding items", move |connection, changes| intake::append_items(connection, changes, &id, &items)).await
    }

    pub(crate) async fn seal(&self, id: &JobId) -> Result<(), JournalError> {
        let id = id.clone();
        self.inner.writer.write("closing a list", move |connection, changes| intake::seal(connection, changes, &id)).await
    }

    pub(crate) async fn cancel(&self, id: &JobId) -> Result<JobInfo, JournalError> {
        let id = id.clone();
        self.inner.writer.write("cancelling a job", move |connection, changes| intake::cancel(connection, changes, &id)).await
    }

    pub(crate) async fn start(&self, number: u64) -> Result<JobInfo, JournalError> {
        self.inner.writer.write("starting a job", move |connection, _| record::start(connection, number)).await
    }

    /// Journals events of a running job, in order, with their webhooks; one answer per event.
    pub(crate) async fn append(&self, number: u64, events: &[Event]) -> Result<Vec<Appended>, JournalError> {
        let drafts = events.iter().map(record::Draft::of).collect::<Result<Vec<_>, _>>()?;
        let targets = Arc::clone(&self.inner.targets);
        let write = move |connection: &_, changes: &mut _| record::append(connection, changes, &targets, number, &drafts);
        self.inner.writer.write("writing events", write).await
    }

    /// Ends a job whose items all have their result.
    pub(crate) async fn complete(&self, number: u64) -> Result<Completed, JournalError> {
        let targets = Arc::clone(&self.inner.targets);
        let write = move |connection: &_, changes: &mut _| record::complete(connection, changes, &targets, number);
        self.inner.writer.write("completing a job", write).await
    }

    pub(crate) async fn job(&self, id: &JobId) -> Result<JobInfo, JournalError> {
        let id = id.clone();
        self.inner.readers.read("reading a job", move |connection| look::job(connection, &id)).await
    }

    pub(crate) async fn jobs(
        &self,
        state: Option<JobState>,
        owner: Option<&str>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<JobInfo>, JournalError> {
        let owner = owner.map(str::to_owned);
        self.inner.readers.read("listing jobs", move |connection| look::jobs(connection, state, owner.as_deref(), before, limit)).await
    }

    pub(crate) async fn owner(&self, id: &JobId) -> Result<Option<String>, JournalError> {
        let id = id.clone();
        self.inner.readers.read("reading a job", move |connection| look::owner(connection, &id)).await
    }

    pub(crate) async fn place(&self, id: &JobId) -> Result<Place, JournalError> {
        let id = id.clone();
        self.inner.readers.read("reading a job", move |connection| look::place(connection, &id)).await
    }

    pub(crate) async fn events(&self, job: u64, id: &JobId, after: Seq, limit: usize) -> Result<Vec<Entry>, JournalError> {
        let id = id.clone();
        self.inner.readers.read("reading events", move |connection| look::events(connection, job, &id, after, limit)).await
    }

    pub(crate) async fn results(&self, job: u64, after: u32, limit: usize) -> Result<Vec<ItemResult>, JournalError> {
        self.inner.readers.read("reading results", move |connection| look::results(connection, job, after, limit)).await
    }

    pub(crate) async fn undone(&self, job: u64, after: u32, limit: usize) -> Result<Undone, JournalError> {
        self.inner.readers.read("reading items", move |connection| look::undone(connection, job, after, limit)).await
    }

    pub(crate) async fn backlog(&self, id: &JobId) -> Result<Backlog, JournalError> {
        let id = id.clone();
        self.inner.readers.read("reading a job", move |connection| look::backlog(connection, &id)).await
    }

    pub(crate) async fn unfinished(&self, after: u64, limit: usize) -> Result<Vec<u64>, JournalError> {
        self.inner.readers.read("looking for jobs", move |connection| look::unfinished(connection, after, limit)).await
    }

    pub(crate) async fn to_cancel(&self) -> Result<Vec<u64>, JournalError> {
        self.inner.readers.read("looking for cancelled jobs", look::to_cancel).await
    }

    pub(crate) async fn wish(&self, number: u64) -> Result<Wish, JournalError> {
        self.inner.readers.read("reading a job", move |connection| look::wish(connection, number)).await
    }

    /// In order of id, those after `after`.
    pub(crate) async fn deliveries(&self, wanted: ListDeliveries, after: u64, limit: u32) -> Result<Vec<Delivery>, JournalError> {
        self.inner.readers.read("reading deliveries", move |connection| delivery::list(connection, &wanted, after, limit)).await
    }

    pub(crate) async fn delivery(&self, webhook_id: &str) -> Result<Delivery, JournalError> {
        let webhook_id = webhook_id.to_owned();
        self.inner.readers.read("reading a delivery", move |connection| delivery::get(connection, &webhook_id)).await
    }

    pub(crate) async fn endpoints(&self) -> Result<Vec<EndpointInfo>, JournalError> {
        let targets = Arc::clone(&self.inner.targets);
        self.inner.readers.read("reading endpoints", move |connection| delivery::endpoints(connection, &targets)).await
    }

    pub(crate) async fn replay(&self, which: Replay) -> Result<u32, JournalError> {
        self.inner.writer.write("replaying deliveries", move |connection, changes| delivery::replay(connection, changes, &which)).await
    }

    /// One short step of forgetting what finished before a moment and is delivered.
    pub(crate) async fn sweep(&self, before: Timestamp) -> Result<Sweep, JournalError> {
        let before = before.as_millisecond();
        self.inner.writer.write("deleting old jobs", move |connection, _| retain::sweep(connection, before)).await
    }

    /// Changes with each event of the job.
    pub(crate) fn events_changed(&self, number: u64) -> watch::Receiver<()> {
        self.inner.wakes.of(number, Part::Events)
    }

    /// Changes when the job gets more items, or none any more.
    pub(crate) fn items_changed(&self, number: u64) -> watch::Receiver<()> {
        self.inner.wakes.of(number, Part::Items)
    }

    /// Changes when a job came or is to be cancelled.
    pub(crate) fn jobs_changed(&self) -> watch::Receiver<u64> {
        self.inner.wakes.of_jobs()
    }
}

/// The outbox: used by the webhook room.
impl Journal {
    /// The addresses that have a delivery due at `now`.
    pub async fn due_urls(&self, now: Timestamp) -> Result<Vec<Url>, JournalError> {
        self.inner.readers.read("looking for due deliveries", move |connection| outbox::due_urls(connection, now)).await
    }

    /// At most `limit` deliveries to `url` that are due at `now`, without those under way. With [`Order::Strict`] at most one: the
    /// oldest of all that wait for the address, and nothing while that one waits for its next try.
    pub async fn due(
        &self,
        url: &Url,
        now: Timestamp,
        order: Order,
        limit: usize,
        under_way: &HashSet<u64>,
    ) -> Result<Vec<Due>, JournalError> {
        let (url, under_way) = (url.clone(), under_way.clone());
        self.inner
            .readers
            .read("reading due deliveries", move |connection| outbox::due(connection, &url, now, order, limit, &under_way))
            .await
    }

    /// The earliest moment at which a waiting delivery is due. With [`Order::Strict`] a delivery may be due and yet be held up
    /// by an older one: ask [`Journal::next_in_order`] for such an address.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, JournalError> {
        self.inner.readers.read("looking for the next delivery", outbox::next_due).await
    }

    /// When the oldest waiting delivery of an address is due: the moment to look again with [`Order::Strict`].
    pub async fn next_in_order(&self, url: &Url) -> Result<Option<Timestamp>, JournalError> {
        let url = url.clone();
        self.inner.readers.read("looking for the next delivery", move |connection| outbox::next_in_order(connection, &url)).await
    }

    /// Whom a delivery to `url` that is due at `now` is for.
    pub async fn next_endpoint(&self, url: &Url, now: Timestamp) -> Result<Option<String>, JournalError> {
        let url = url.clone();
        self.inner.readers.read("looking for due deliveries", move |connection| outbox::next_endpoint(connection, &url, now)).await
    }

    /// Writes down one try, and tells what else it changed. A delivery that does not wait any more is left as it is.
    pub async fn record_attempt(&self, id: u64, attempt: Attempt) -> Result<Recorded, JournalError> {
        self.inner.writer.write("recording a delivery", move |connection, _| delivery::record_attempt(connection, id, &attempt)).await
    }

    /// Changes after a commit that added or re-armed deliveries.
    pub fn outbox_changed(&self) -> watch::Receiver<u64> {
        self.inner.wakes.of_outbox()
    }
}
