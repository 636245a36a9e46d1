//! One job from its first item to `Completed`: items from the journal, through the engine, events back into the journal.
//!
//! Three streams run beside each other, joined by small channels: pages of items are read, the engine works, events are written.
//! Nothing here grows with the length of the batch.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::engine::Engine;
use super::story;
use crate::journal::{Appended, JobInfo, Journal, JournalError, List, Wish};
use crate::metrics::JobMoment;
use crate::model::{Event, Item, ItemResult, ItemStatus};
use crate::scrape::Order;

/// Items read from the journal at once.
const PAGE: usize = 256;

/// Items on their way to the engine, which pulls them one by one.
const ITEMS: usize = 16;

/// Events between the engine and the journal: what is told during one commit. Each may carry some 30 KB per shop.
const EVENTS: usize = 32;

/// Before a job goes on that the other process of the directory held up.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(super) struct Runner {
    pub(super) journal: Journal,
    pub(super) engine: Engine,
}

/// How a job in work is stopped.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// No further item is started; those in work are finished.
    gently: CancellationToken,
    /// The job was cancelled: items in work are let go as well.
    at_once: CancellationToken,
}

impl Stop {
    pub(super) fn under(drain: &CancellationToken) -> Self {
        Self { gently: drain.child_token(), at_once: CancellationToken::new() }
    }

    pub(super) fn cancel(&self) {
        self.gently.cancel();
        self.at_once.cancel();
    }

    fn is_stopped(&self) -> bool {
        self.gently.is_cancelled()
    }
}

impl Runner {
    /// Brings a job to its end, or to where `stop` leaves it. Whatever goes wrong stays within this job.
    pub(super) async fn run(&self, number: u64, stop: &Stop) {
        let span = tracing::info_span!("job", number, id = tracing::field::Empty);
        loop {
            let attempt = AssertUnwindSafe(self.work(number, stop)).catch_unwind().instrument(span.clone());
            match attempt.await {
                Ok(Ok(())) => return,
                // Main hears of a failed journal; the job is taken up at the next start.
                Ok(Err(JournalError::Failed { .. } | JournalError::Closed)) => return,
                Ok(Err(JournalError::Busy)) if stop.is_stopped() => return,
                Ok(Err(JournalError::Busy)) => tokio::time::sleep(PAUSE).await,
                Ok(Err(error)) => {
                    tracing::error!(number, error = &error as &dyn std::error::Error, "job number {number} failed");
                    break;
                }
                Err(_) => {
                    tracing::error!(number, "job number {number} panicked");
                    break;
                }
            }
        }
        let end = AssertUnwindSafe(self.end(number, ItemStatus::Failed, "an internal failure ended the job before this item was done"));
        match end.catch_unwind().instrument(span).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(
                    number,
                    error = &error as &dyn std::error::Error,
                    "job number {number} could not be ended; it is taken up at the next start"
                );
            }
            Err(_) => tracing::error!(number, "job number {number} could not be ended; it is taken up at the next start"),
        }
    }

    async fn work(&self, number: u64, stop: &Stop) -> Result<(), JournalError> {
        let job = self.journal.start(number).await?;
        tracing::Span::current().record("id", job.id.as_str());
        if self.journal.wish(number).await? == Wish::Cancel {
            stop.cancel();
        }
        if !stop.is_stopped() {
            story::started(&job);
            self.flow(&job, stop).await?;
        }
        let left = self.journal.undone(number, 0, 1).await?;
        match self.journal.wish(number).await? {
            Wish::Cancel => self.end(number, ItemStatus::Cancelled, "the job was cancelled before this item was done").await,
            Wish::GoOn if left.items.is_empty() && left.list == List::Closed => self.complete(number).await,
            // Drained: the next start goes on from here.
            Wish::GoOn if stop.is_stopped() => Ok(()),
            Wish::GoOn => self.end(number, ItemStatus::Failed, "the engine gave no result for this item").await,
        }
    }

    async fn flow(&self, job: &JobInfo, stop: &Stop) -> Result<(), JournalError> {
        let (items, pulled) = mpsc::channel(ITEMS);
        let (events, written) = mpsc::channel(EVENTS);
        tokio::try_join!(
            self.feed(job.number, items, &stop.gently),
            self.pump(pulled, order(job), events, stop),
            self.write(job, written),
        )?;
        Ok(())
    }

    /// Items without a result, in order.
    async fn feed(&self, number: u64, items: mpsc::Sender<(u32, Item)>, stop: &CancellationToken) -> Result<(), JournalError> {
        let mut after = 0;
        let mut changed = self.journal.items_changed(number);
        while !stop.is_cancelled() && !items.is_closed() {
            changed.borrow_and_update();
            let page = self.journal.undone(number, after, PAGE).await?;
            if page.items.is_empty() {
                if page.list == List::Closed {
                    break;
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = items.closed() => {}
                    _ = changed.changed() => {}
                }
            }
            for (position, item) in page.items {
                after = position;
                let sent = tokio::select! {
                    () = stop.cancelled() => false,
                    sent = items.send((position, item)) => sent.is_ok(),
                };
                if !sent {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn pump(
        &self,
        items: mpsc::Receiver<(u32, Item)>,
        order: Order,
        events: mpsc::Sender<Event>,
        stop: &Stop,
    ) -> Result<(), JournalError> {
        let told = async {
            let mut told = self.engine.run(ReceiverStream::new(items), order, stop.gently.clone());
            while let Some(event) = told.next().await {
                if events.send(event).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            // Dropping the engine's stream ends its work: no shop is asked any more for a job that nobody wants.
            () = stop.at_once.cancelled() => {}
            // What was told before a panic is still written; the items that it took with it get a failed result afterwards.
            told = AssertUnwindSafe(told).catch_unwind() => if told.is_err() {
                tracing::error!("the engine panicked");
            }
        }
        Ok(())
    }

    /// Events in the order in which they are told; those that came during a commit go into the next one together.
    async fn write(&self, job: &JobInfo, mut events: mpsc::Receiver<Event>) -> Result<(), JournalError> {
        let mut told = Vec::with_capacity(EVENTS);
        while events.recv_many(&mut told, EVENTS).await > 0 {
            self.append(job, &told).await?;
            told.clear();
        }
        Ok(())
    }

    async fn append(&self, job: &JobInfo, events: &[Event]) -> Result<(), JournalError> {
        let appended = self.journal.append(job.number, events).await?;
        for (event, appended) in events.iter().zip(appended) {
            match (event, appended) {
                (Event::Result(result), Appended::Written(_)) => {
                    self.journal.ledger().item(result);
                    story::item(job, result);
                }
                (Event::Result(result), Appended::Refused) => tracing::warn!(position = result.position, "a second result was refused"),
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives the rest of the items a result without work, and completes the job.
    async fn end(&self, number: u64, status: ItemStatus, detail: &str) -> Result<(), JournalError> {
        let job = self.journal.start(number).await?;
        self.journal.seal(&job.id).await?;
        let mut after = 0;
        loop {
            let page = self.journal.undone(number, after, PAGE).await?.items;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            let results: Vec<_> = page
                .iter()
                .map(|(position, item)| Event::Result(Box::new(ItemResult::bare(*position, item, status, Some(detail.to_owned())))))
                .collect();
            self.append(&job, &results).await?;
        }
        self.complete(number).await
    }

    async fn complete(&self, number: u64) -> Result<(), JournalError> {
        let completed = self.journal.complete(number).await?;
        self.journal.ledger().job(if completed.cancelled { JobMoment::Cancelled } else { JobMoment::Completed });
        story::completed(&self.journal.start(number).await?, &completed);
        Ok(())
    }
}

fn order(job: &JobInfo) -> Order {
    Order { shops: job.shops.clone(), media: job.media, route: job.route.clone(), max_age: job.max_age, keep: Some(job.id.clone()) }
}
