//! The one API behind every door: submit, watch, cancel, look up, recover.
//!
//! gRPC, HTTP, the console and the webhooks call this room and nothing below it. It never speaks a wire format.

mod caller;
mod engine;
mod retain;
mod run;
mod runner;
mod settings;
mod story;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::Arc;

use tokio_stream::Stream;

pub use crate::journal::{
    Callback, CallbackEvents, Delivery, DeliveryCounts, DeliveryPage, DeliveryState, EndpointInfo, EndpointState, Entry, Intake, JobInfo,
    JobPage, JobState, ListDeliveries, ListJobs, NewJob, Novelty, Once, Replay, Submitted, Trouble,
};
pub use caller::Caller;
pub use settings::Settings;

use crate::error::{Error, ErrorKind};
use crate::journal::{Journal, JournalError, List};
use crate::metrics::{Gauges, JobMoment, Ledger};
use crate::model::{BatchError, Item, ItemResult, JobId, Seq};
use crate::scrape::Glaneur;
use engine::Engine;

/// Jobs on a page of a list, where the caller does not say, and at most.
const PAGE: u32 = 50;
const PAGE_MAX: u32 = 500;

/// The same for deliveries.
const DELIVERIES: u32 = 100;
const DELIVERIES_MAX: u32 = 1_000;

/// The jobs of a journal, as one caller sees them. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Jobs {
    caller: Caller,
    journal: Journal,
    engine: Engine,
    settings: Arc<Settings>,
}

impl Jobs {
    pub fn new(journal: Journal, glaneur: Glaneur, settings: Settings) -> Self {
        Self { caller: Caller::Unnamed, journal, engine: Engine::Glaneur(glaneur), settings: Arc::new(settings) }
    }

    /// The same jobs, for this caller: what is handed in is his, and what is another's is not there for him.
    #[must_use]
    pub fn of(&self, caller: Caller) -> Self {
        Self { caller, ..self.clone() }
    }

    /// Answers for a job of somebody else as for one that never was.
    async fn check_owner(&self, id: &JobId) -> Result<(), Error> {
        let Some(owner) = self.caller.sees_only() else { return Ok(()) };
        match self.journal.owner(id).await? {
            Some(other) if other == owner => Ok(()),
            _ => Err(JournalError::UnknownJob { id: id.clone() }.into()),
        }
    }

    /// Takes a job. It is on disk when this returns, and it runs whatever becomes of the caller.
    ///
    /// # Errors
    /// `InvalidInput` for an empty or oversized batch (`eans`), an unknown shop (`shops`), a `max_age` without a store of pages; `Conflict` for an idempotency key
    /// that came with another request; `Overloaded` while too many jobs wait. Nothing is changed by an error.
    pub async fn submit(&self, mut new: NewJob) -> Result<Submitted, Error> {
        if new.batch.items.is_empty() && new.intake == Intake::Whole {
            return Err(Error::new(ErrorKind::InvalidInput, BatchError::Empty.to_string()).field("eans"));
        }
        self.check_length(&new.batch.items)?;
        new.batch.shops = self.engine.choose_shops(&new.batch.shops)?;
        self.engine.check_max_age(new.batch.max_age)?;
        new.owner = self.caller.name().map(str::to_owned);
        // A token is known better than the address that it comes from.
        new.caller = new.owner.clone().or(new.caller);
        new.plan = self.engine.plan(&new.batch.shops, &new.batch.route)?;
        let submitted = self.journal.create(new, self.settings.limits()).await?;
        story::received(&submitted);
        self.journal.ledger().job(match submitted.novelty {
            Novelty::New => JobMoment::Accepted,
            Novelty::Repeat => JobMoment::Repeated,
        });
        Ok(submitted)
    }

    /// More items for a job that was submitted with [`Intake::Open`]; on disk when this returns. Waits while as many items as
    /// one request may have are still without a result, so that a list of any length does not fill the disk ahead of the work.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` (`eans`) for too many at once; `Conflict` once the list is closed or the job is over.
    pub async fn append(&self, id: &JobId, items: Vec<Item>) -> Result<(), Error> {
        self.check_owner(id).await?;
        self.check_length(&items)?;
        if items.is_empty() {
            return Ok(());
        }
        self.room_for_more(id).await?;
        Ok(self.journal.append_items(id, items).await?)
    }

    async fn room_for_more(&self, id: &JobId) -> Result<(), Error> {
        let mut changed = self.journal.events_changed(self.journal.place(id).await?.number);
        loop {
            changed.borrow_and_update();
            let backlog = self.journal.backlog(id).await?;
            if backlog.list == List::Closed || backlog.items < self.settings.max_items {
                return Ok(());
            }
            watch::wait(&self.journal, &mut changed).await?;
        }
    }

    /// Closes the list of an open job: it completes when its items are done. Whoever feeds an open job must close it, also when
    /// the sender went away. Closing twice is no error.
    pub async fn seal(&self, id: &JobId) -> Result<(), Error> {
        self.check_owner(id).await?;
        Ok(self.journal.seal(id).await?)
    }

    pub async fn get(&self, id: &JobId) -> Result<JobInfo, Error> {
        self.check_owner(id).await?;
        Ok(self.journal.job(id).await?)
    }

    /// A page of jobs, newest first. Jobs that come while a caller turns pages do not shift the later ones.
    ///
    /// # Errors
    /// `InvalidInput` (`page_token`) for a token that no page gave.
    pub async fn list(&self, wanted: ListJobs) -> Result<JobPage, Error> {
        let size = if wanted.page_size == 0 { PAGE } else { wanted.page_size.min(PAGE_MAX) };
        let before = wanted.page_token.as_deref().filter(|token| !token.is_empty()).map(page_token).transpose()?;
        let mut jobs = self.journal.jobs(wanted.state, self.caller.sees_only(), before, size + 1).await?;
        let more = jobs.len() > size as usize;
        jobs.truncate(size as usize);
        let next_page_token = jobs.last().filter(|_| more).map(|job| job.number.to_string());
        Ok(JobPage { jobs, next_page_token })
    }

    /// Asks for a job's end: items in work are finished, the rest get a `CANCELLED` result each, then the job completes. A job
    /// that is over, or cancelled already, stays as it is.
    pub async fn cancel(&self, id: &JobId) -> Result<JobInfo, Error> {
        self.check_owner(id).await?;
        Ok(self.journal.cancel(id).await?)
    }

    /// The job's events after a cursor, each once and in order, as they are written; ends after `Completed`. Lives on its own:
    /// dropping it changes nothing for the job.
    ///
    /// # Errors
    /// `NotFound`; `OutOfRange` (`after_cursor`) when `after` lies beyond the newest event.
    pub async fn watch(&self, id: &JobId, after: Seq) -> Result<impl Stream<Item = Result<Entry, Error>> + Send + 'static + use<>, Error> {
        self.check_owner(id).await?;
        let place = self.journal.place(id).await?;
        if after > place.last_seq {
            let message =
                format!("job {id} has events up to {}; there is nothing after {after}: resume from a cursor that it gave", place.last_seq);
            return Err(Error::new(ErrorKind::OutOfRange, message).field("after_cursor"));
        }
        Ok(watch::entries(self.journal.clone(), id.clone(), place.number, after))
    }

    /// The results that are known now, in order of position.
    pub async fn results(&self, id: &JobId) -> Result<impl Stream<Item = Result<ItemResult, Error>> + Send + 'static + use<>, Error> {
        self.check_owner(id).await?;
        let place = self.journal.place(id).await?;
        Ok(watch::results(self.journal.clone(), place.number))
    }

    /// A page of webhooks, oldest first. With the state `Failed` it is the list of dead letters.
    ///
    /// # Errors
    /// `NotFound` for an unknown job; `InvalidInput` (`page_token`) for a token that no page gave.
    pub async fn deliveries(&self, wanted: ListDeliveries) -> Result<DeliveryPage, Error> {
        if let Some(id) = &wanted.job {
            self.check_owner(id).await?;
        }
        let size = if wanted.page_size == 0 { DELIVERIES } else { wanted.page_size.min(DELIVERIES_MAX) };
        let after = wanted.page_token.as_deref().filter(|token| !token.is_empty()).map_or(Ok(0), page_token)?;
        let mut deliveries = self.journal.deliveries(wanted, after, size + 1).await?;
        let more = deliveries.len() > size as usize;
        deliveries.truncate(size as usize);
        let next_page_token = deliveries.last().filter(|_| more).map(|delivery| delivery.id.to_string());
        Ok(DeliveryPage { deliveries, next_page_token })
    }

    /// A webhook by its `webhook-id`.
    pub async fn delivery(&self, webhook_id: &str) -> Result<Delivery, Error> {
        Ok(self.journal.delivery(webhook_id).await?)
    }

    /// Sends webhooks once more, with the `webhook-id` that they had; tells how many.
    ///
    /// # Errors
    /// `NotFound` for an unknown job or webhook.
    pub async fn replay(&self, which: Replay) -> Result<u32, Error> {
        if let Replay::Failed { job, .. } | Replay::All { job } = &which {
            self.check_owner(job).await?;
        }
        Ok(self.journal.replay(which).await?)
    }

    /// How the webhooks of each endpoint stand.
    pub async fn endpoints(&self) -> Result<Vec<EndpointInfo>, Error> {
        Ok(self.journal.endpoints().await?)
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        self.journal.ledger()
    }

    pub(crate) async fn gauges(&self) -> Result<Gauges, Error> {
        Ok(self.journal.gauges().await?)
    }

    /// Whether jobs can be taken: an error says why the journal no longer writes.
    pub fn check(&self) -> Result<(), Error> {
        Ok(self.journal.check()?)
    }

    /// Resolves when the journal has failed: nothing is acknowledged any more, and no job goes on.
    pub async fn failed(&self) -> Error {
        self.journal.failed().await.into()
    }

    fn check_length(&self, items: &[Item]) -> Result<(), Error> {
        let limit = self.settings.max_items as usize;
        if items.len() <= limit {
            return Ok(());
        }
        let error = BatchError::TooMany { given: items.len(), limit };
        Err(Error::new(ErrorKind::InvalidInput, error.to_string()).field("eans"))
    }
}

fn page_token(token: &str) -> Result<u64, Error> {
    token.parse().ok().filter(|number| i64::try_from(*number).is_ok()).ok_or_else(|| {
        let message = format!("{token:?} is not a page token: use the one that came with the page before");
        Error::new(ErrorKind::InvalidInput, message).field("page_token")
    })
}
