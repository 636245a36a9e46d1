//! Reads a job's events to a caller, and knows what to do when either of them leaves.

use futures::StreamExt;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Status;
use tonic::metadata::{MetadataMap, MetadataValue};

use crate::error::Error;
use crate::jobs::{Entry, Jobs};
use crate::model::{Event, JobId, Seq};
use crate::serve::cursor;
use crate::serve::fault::Fault;
use crate::serve::proto::ScrapeResponse;

use super::wire;

/// Where a reader stands in a job.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) job: JobId,
    pub(super) last: Seq,
}

impl Place {
    /// The end of a stream before its `completed`: how to go on from here.
    pub(super) fn status(&self, fault: Fault) -> Status {
        let mut status = Status::from(fault);
        set(status.metadata_mut(), "glaneur-job-id", self.job.as_str());
        set(status.metadata_mut(), "glaneur-cursor", &cursor::write(self.last));
        status
    }

    pub(super) fn stopped(&self) -> Status {
        let (job, cursor) = (&self.job, cursor::write(self.last));
        self.status(Fault {
            message: format!(
                "the server is stopping; the job goes on after its start: continue with WatchJob, job_id {job}, after_cursor {cursor}"
            ),
            ..Fault::draining()
        })
    }
}

pub(super) fn set(metadata: &mut MetadataMap, name: &'static str, value: &str) {
    // Ids and numbers are always ASCII.
    if let Ok(value) = MetadataValue::try_from(value) {
        metadata.insert(name, value);
    }
}

/// Cancels its job when it is dropped, unless it was let go before: what `cancel_on_disconnect` asks for.
#[derive(Debug)]
pub(super) struct Leash {
    held: Option<(Jobs, JobId, TaskTracker)>,
}

impl Leash {
    pub(super) fn new(jobs: Jobs, job: JobId, tasks: TaskTracker) -> Self {
        Self { held: Some((jobs, job, tasks)) }
    }

    fn let_go(mut self) {
        self.held = None;
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        if let Some((jobs, job, tasks)) = self.held.take() {
            tasks.spawn(async move {
                tracing::info!(%job, "the caller went away and had asked to cancel the job then");
                if let Err(error) = jobs.cancel(&job).await {
                    tracing::error!(%job, %error, "cannot cancel the job of a caller that went away");
                }
            });
        }
    }
}

/// Every entry as it comes; ends after `completed`, or at the drain with the place to continue from.
pub(super) fn follow<S>(
    entries: S,
    mut place: Place,
    leash: Option<Leash>,
    drain: CancellationToken,
) -> impl Stream<Item = Result<ScrapeResponse, Status>> + Send + use<S>
where
    S: Stream<Item = Result<Entry, Error>> + Send + 'static,
{
    async_stream::stream! {
        let mut entries = std::pin::pin!(entries);
        // Held while the stream lives: only a caller that leaves drops it.
        let leash = leash;
        let end = loop {
            let entry = tokio::select! {
                biased;
                () = drain.cancelled() => break Some(place.stopped()),
                entry = entries.next() => entry,
            };
            match entry {
                Some(Ok(entry)) => {
                    place.last = entry.seq;
                    let last = matches!(entry.event, Event::Completed(_));
                    yield Ok(wire::response(entry));
                    if last {
                        break None;
                    }
                }
                Some(Err(error)) => break Some(place.status(error.into())),
                None => break Some(place.stopped()),
            }
        };
        if let Some(leash) = leash {
            leash.let_go();
        }
        if let Some(status) = end {
            yield Err(status);
        }
    }
}
