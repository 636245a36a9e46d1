//! Following a job: pages from the journal, and a wait for the next commit where they end.

use tokio::sync::watch;
use tokio_stream::Stream;

use crate::error::{Error, ErrorKind};
use crate::journal::{Entry, Journal};
use crate::model::{Event, ItemResult, JobId, Seq};

/// Events read at once: a watcher holds at most so many pages of shops (some 30 KB each) in memory.
const EVENTS: usize = 32;

/// Results read at once, likewise.
const RESULTS: usize = 32;

pub(super) fn entries(journal: Journal, id: JobId, number: u64, after: Seq) -> impl Stream<Item = Result<Entry, Error>> + Send + 'static {
    async_stream::try_stream! {
        let mut after = after;
        let mut changed = journal.events_changed(number);
        // Somebody who has the last event already gets an end, not a wait.
        let over = journal.job(&id).await?.finished_at.is_some();
        loop {
            // Before the read: what is committed meanwhile is seen by the read or wakes the wait.
            changed.borrow_and_update();
            let page = journal.events(number, &id, after, EVENTS).await?;
            let full = page.len() == EVENTS;
            for entry in page {
                after = entry.seq;
                let last = matches!(entry.event, Event::Completed(_));
                yield entry;
                if last {
                    return;
                }
            }
            if full {
                continue;
            }
            if over {
                return;
            }
            wait(&journal, &mut changed).await?;
        }
    }
}

/// Until the job changes; an error when nothing can change it any more.
pub(super) async fn wait(journal: &Journal, changed: &mut watch::Receiver<()>) -> Result<(), Error> {
    tokio::select! {
        woken = changed.changed() => woken.map_err(|_| Error::new(ErrorKind::Unavailable, "the journal is closing")),
        failure = journal.failed() => Err(failure.into()),
    }
}

pub(super) fn results(journal: Journal, number: u64) -> impl Stream<Item = Result<ItemResult, Error>> + Send + 'static {
    async_stream::try_stream! {
        let mut after = 0;
        loop {
            let page = journal.results(number, after, RESULTS).await?;
            let Some(last) = page.last() else { return };
            after = last.position;
            for result in page {
                yield result;
            }
        }
    }
}
