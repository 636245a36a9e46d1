//! `ScrapeStream`: items in, results out, at the pace of the slower side.
//!
//! An owned task reads the caller's items into the job; the response stream reads the journal. They share a window: as many items
//! as it has places may wait for their result, and each result that leaves frees one.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status, Streaming};

use crate::error::Error;
use crate::jobs::{Intake, Jobs};
use crate::model::{Item, JobId, Seq};
use crate::serve::fault::{Class, Fault};
use crate::serve::intake::Unkeyed;
use crate::serve::proto::scrape_response::Event;
use crate::serve::proto::{ScrapeResponse, ScrapeStreamRequest};

use super::follow::{Leash, Place, follow, set};
use super::scrape::Responses;
use super::{Doors, wire};

/// Items that may wait for their result before the caller's stream is read on: enough to keep every shop busy, and little to hold.
const WINDOW: usize = 256;
/// Items appended to the job at once: one write to disk each.
const PORTION: usize = 64;

/// How the caller's side ended.
enum End {
    /// All items are in the job.
    Sealed,
    /// The caller left, or the house closes.
    Stopped,
    Refused(Fault),
}

/// What the reading task tells when it ends: the items that belong to the job, and why there are no more.
struct Report {
    accepted: u64,
    end: End,
}

/// The job that the first item opened.
struct Opened {
    job: JobId,
    leash: Option<Leash>,
}

struct Feed {
    doors: Doors,
    jobs: Jobs,
    caller: Option<IpAddr>,
    input: Streaming<ScrapeStreamRequest>,
    window: Arc<Semaphore>,
    gone: CancellationToken,
    accepted: u64,
}

/// Answers at once, before the first message is there: a caller may wait for the answer before it sends anything.
pub(super) fn open(doors: &Doors, request: Request<Streaming<ScrapeStreamRequest>>) -> Result<Responses, Fault> {
    let gone = CancellationToken::new();
    let window = Arc::new(Semaphore::new(WINDOW));
    let (jobs, caller) = (doors.desk.jobs(request.extensions())?, wire::caller(&request));
    let input = request.into_inner();
    let feed =
        Feed { doors: doors.clone(), jobs: jobs.clone(), caller, input, window: Arc::clone(&window), gone: gone.clone(), accepted: 0 };
    let (open, opened) = oneshot::channel();
    let (tell, told) = oneshot::channel();
    doors.tasks.spawn(feed.run(open, tell));
    let drain = doors.drain.clone();
    Ok(Box::pin(async_stream::stream! {
        let _gone = gone.drop_guard();
        let Opened { job, leash } = match opened.await {
            Ok(Ok(opened)) => opened,
            Ok(Err(fault)) => {
                yield Err(fault.into());
                return;
            }
            // The task ends without a word only when it is forced to.
            Err(_) => {
                yield Err(Fault::draining().into());
                return;
            }
        };
        let place = Place { job, last: Seq(0) };
        match jobs.watch(&place.job, Seq(0)).await {
            Ok(entries) => {
                let results = follow(entries, place.clone(), leash, drain);
                let mut responses = std::pin::pin!(both(results, told, window, place));
                while let Some(response) = responses.next().await {
                    yield response;
                }
            }
            Err(error) => yield Err(place.status(error.into())),
        }
    }))
}

impl Feed {
    /// Opens the job and reads until the caller's stream ends, the caller leaves or the house closes; then closes the list.
    async fn run(mut self, open: oneshot::Sender<Result<Opened, Fault>>, tell: oneshot::Sender<Report>) {
        let (job, cancel, rest) = match self.begin().await {
            Ok(begun) => begun,
            Err(fault) => {
                // Nobody listens once the caller left.
                let _ = open.send(Err(fault));
                return;
            }
        };
        let leash = cancel.then(|| Leash::new(self.jobs.clone(), job.clone(), self.doors.tasks.clone()));
        // A caller that left meanwhile drops the leash with the message, which cancels the job.
        let _ = open.send(Ok(Opened { job: job.clone(), leash }));
        let end = self.read(&job, rest).await;
        // A job that the leash cancels must not be sealed first, or it might complete.
        let left_to_the_leash = cancel && self.gone.is_cancelled() && !self.doors.drain.is_cancelled();
        if !left_to_the_leash && let Err(error) = self.jobs.seal(&job).await {
            tracing::error!(%job, %error, "the list of a job cannot be closed; the next start closes it");
        }
        let _ = tell.send(Report { accepted: self.accepted, end });
    }

    /// Submits the job once there is an item for it: the job, whether it ends with its caller, and the items that are still to be appended.
    async fn begin(&mut self) -> Result<(JobId, bool, Vec<Item>), Fault> {
        let until = Instant::now() + self.doors.patience;
        let first = self.next(until).await?;
        let options = first.options.unwrap_or_default();
        let cancel = options.cancel_on_disconnect;
        let order = wire::order_of_stream(options)?;
        let new = self.doors.rules.job(order, Intake::Open, Unkeyed::AnotherJob, self.caller)?;
        let mut items = first.eans;
        while items.is_empty() {
            let message = self.next(until).await?;
            if message.options.is_some() {
                return Err(late_options());
            }
            items = message.eans;
        }
        let job = self.jobs.submit(new).await?.job.id;
        Ok((job, cancel, items.iter().map(wire::item).collect()))
    }

    /// A message before there is a job; a stream that ends here is an empty batch.
    async fn next(&mut self, until: Instant) -> Result<ScrapeStreamRequest, Fault> {
        let message = tokio::select! {
            biased;
            () = self.doors.drain.cancelled() => return Err(Fault::draining()),
            () = self.gone.cancelled() => return Err(Fault::draining()),
            message = self.input.message() => message.map_err(|status| broken(&status))?,
            () = tokio::time::sleep_until(until) => return Err(late(self.doors.patience)),
        };
        message.ok_or_else(|| Fault::argument("eans", "the stream ended without an item: send at least one"))
    }

    async fn read(&mut self, job: &JobId, rest: Vec<Item>) -> End {
        let mut items = rest;
        loop {
            match self.append(job, items).await {
                Ok(true) => {}
                Ok(false) => return End::Stopped,
                Err(error) => return End::Refused(error.into()),
            }
            let message = tokio::select! {
                biased;
                () = self.doors.drain.cancelled() => return End::Stopped,
                () = self.gone.cancelled() => return End::Stopped,
                message = self.input.message() => message,
            };
            items = match message {
                Ok(None) => return End::Sealed,
                Ok(Some(message)) if message.options.is_some() => {
                    return End::Refused(late_options());
                }
                Ok(Some(message)) => message.eans.iter().map(wire::item).collect(),
                Err(status) => return End::Refused(broken(&status)),
            };
        }
    }

    /// Appends as places become free; false when the caller leaves or the house closes before all are in.
    async fn append(&mut self, job: &JobId, mut items: Vec<Item>) -> Result<bool, Error> {
        while !items.is_empty() {
            let rest = items.split_off(items.len().min(PORTION));
            let places = tokio::select! {
                biased;
                () = self.doors.drain.cancelled() => return Ok(false),
                () = self.gone.cancelled() => return Ok(false),
                places = self.window.acquire_many(items.len() as u32) => places,
            };
            // A place comes back with its result, not with the end of this scope. The semaphore is never closed.
            let Ok(places) = places else { return Ok(false) };
            places.forget();
            let count = items.len() as u64;
            self.jobs.append(job, items).await?;
            self.accepted += count;
            items = rest;
        }
        Ok(true)
    }
}

fn late(patience: Duration) -> Fault {
    let message = format!("no item came within {} s: open the stream when there is one to send", patience.as_secs_f32());
    Fault::new(Class::BodyTimeout, message)
}

fn late_options() -> Fault {
    Fault::argument("options", "options are taken in the first message only")
}

fn broken(status: &Status) -> Fault {
    if super::is_too_long(status.message()) {
        return Fault::new(Class::TooLarge, super::SEND_LESS);
    }
    Fault::new(Class::InvalidArgument, format!("the stream of items broke: {}", status.message()))
}

/// The journal's events, with the news of the reading task between them.
fn both(
    results: impl Stream<Item = Result<ScrapeResponse, Status>> + Send + 'static,
    told: oneshot::Receiver<Report>,
    window: Arc<Semaphore>,
    mut place: Place,
) -> impl Stream<Item = Result<ScrapeResponse, Status>> + Send {
    async_stream::stream! {
        let mut results = std::pin::pin!(results);
        let mut told = Some(told);
        loop {
            tokio::select! {
                biased;
                report = listen(&mut told) => {
                    if let Some(Report { end: End::Refused(fault), accepted }) = report {
                        yield Err(with_accepted(place.status(fault), accepted));
                        return;
                    }
                }
                response = results.next() => match response {
                    Some(Ok(response)) => {
                        place.last = Seq(response.seq);
                        if matches!(response.event, Some(Event::Result(_))) {
                            window.add_permits(1);
                        }
                        yield Ok(response);
                    }
                    Some(Err(status)) => {
                        // The reading task stops at the drain as well, and only then is the number of items final.
                        let accepted = match told.take() {
                            Some(told) => told.await.ok().map(|report| report.accepted),
                            None => None,
                        };
                        yield Err(accepted.map_or_else(|| status.clone(), |accepted| with_accepted(status.clone(), accepted)));
                        return;
                    }
                    None => return,
                }
            }
        }
    }
}

/// The report once it comes; never again after that.
async fn listen(told: &mut Option<oneshot::Receiver<Report>>) -> Option<Report> {
    match told {
        Some(receiver) => {
            let report = receiver.await.ok();
            *told = None;
            report
        }
        None => std::future::pending().await,
    }
}

fn with_accepted(mut status: Status, accepted: u64) -> Status {
    set(status.metadata_mut(), "glaneur-accepted-items", &accepted.to_string());
    status
}
