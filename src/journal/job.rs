//! The words in which jobs are kept: what is handed in, what a job looks like, its numbered entries and their deliveries.
//! Pure data; the rooms above use them under the names of [`jobs`](crate::jobs).

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::model::{Batch, Counts, Event, JobId, MediaMode, RouteWish, Seq, ShopName, ShopPlan};

/// What is handed in.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// May be empty only with [`Intake::Open`].
    pub batch: Batch,
    pub callback: Option<Callback>,
    pub intake: Intake,
    pub once: Option<Once>,
    /// The token that hands it in; the intake fills it in. Idempotency keys of different owners do not meet.
    pub owner: Option<String>,
    /// Who asks, as far as the door can tell; what one caller has under way is bounded. The process itself has no name.
    pub caller: Option<String>,
    /// How the shops will be asked; the intake fills it in.
    pub plan: Vec<ShopPlan>,
}

/// A receiver for this job alone. Its host was already checked against the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    pub url: Url,
    pub wants: CallbackEvents,
}

/// Which webhooks a callback URL gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallbackEvents {
    /// One per result and the completed one.
    #[default]
    All,
    /// Only the completed one: what a Wait node of n8n needs, which resumes once.
    Completed,
}

/// Whether all items are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// The batch is whole.
    Whole,
    /// More items come by [`Jobs::append`](crate::jobs::Jobs::append) until [`Jobs::seal`](crate::jobs::Jobs::seal).
    Open,
}

/// What makes a repeated request the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The caller's `Idempotency-Key`; absent: the same content from the same caller within `repeat_window` counts as a repeat.
    pub key: Option<String>,
    /// SHA-256 over the meaning of the request, hexadecimal.
    pub fingerprint: String,
}

#[derive(Clone, Debug)]
pub struct Submitted {
    pub job: JobInfo,
    pub novelty: Novelty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    New,
    /// The first job of the same key, or of the same content a moment ago.
    Repeat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    Queued,
    Running,
    Completed,
    Cancelled,
}

/// A job without its results.
#[derive(Clone, Debug)]
pub struct JobInfo {
    pub id: JobId,
    /// A small integer for callers that want one (`thread_id`): 1, 2, 3, …
    pub number: u64,
    pub state: JobState,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// Absent while the intake is open.
    pub total: Option<u32>,
    /// Items done so far.
    pub counts: Counts,
    pub shops: Vec<ShopName>,
    /// What the caller said of pictures, videos and sounds; absent: as recipes and settings have it.
    pub media: Option<MediaMode>,
    /// What the caller said of routes, phase by phase.
    pub route: RouteWish,
    /// How old a page may be that is taken in place of a request; absent: as the settings have it.
    pub max_age: Option<Duration>,
    pub ignored3400: u32,
    pub callback_url: Option<Url>,
    /// The newest event.
    pub last_seq: Seq,
    pub deliveries: DeliveryCounts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    pub delivered: u32,
    pub waiting: u32,
    /// Given up: the endpoint said 410, or the schedule is exhausted.
    pub failed: u32,
}

/// A numbered event of a job, as the journal holds it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub job: JobId,
    pub seq: Seq,
    pub at: Timestamp,
    pub event: Event,
}

/// One webhook on its way: an event for an endpoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: u64,
    /// `webhook-id`: the same on every try and replay.
    pub webhook_id: String,
    pub job: JobId,
    pub seq: Seq,
    /// The name of the configured endpoint, or `callback`.
    pub endpoint: String,
    pub url: Url,
    pub state: DeliveryState,
    pub attempts: u32,
    pub created_at: Timestamp,
    /// When the next try is due, while it waits.
    pub next_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub last_status: Option<u16>,
    /// One sentence on the last failure.
    pub last_error: Option<String>,
    /// The beginning of the last answer's body, without what the configuration keeps secret.
    pub last_answer: Option<String>,
    /// When something last happened to it: it came, was tried or was put back on its way.
    pub changed_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    Waiting,
    Delivered,
    Failed,
}

/// Which jobs to list: newest first.
#[derive(Clone, Debug, Default)]
pub struct ListJobs {
    pub state: Option<JobState>,
    /// At most this many; 50 when zero, never more than 500.
    pub page_size: u32,
    /// From the page before.
    pub page_token: Option<String>,
}

#[derive(Clone, Debug)]
pub struct JobPage {
    pub jobs: Vec<JobInfo>,
    pub next_page_token: Option<String>,
}

/// Which deliveries to list: oldest first.
#[derive(Clone, Debug, Default)]
pub struct ListDeliveries {
    /// Those of this job; of all jobs when absent.
    pub job: Option<JobId>,
    pub state: Option<DeliveryState>,
    /// The name of a configured endpoint, or `callback`.
    pub endpoint: Option<String>,
    /// Those that something happened to since then: see [`Delivery::changed_at`].
    pub since: Option<Timestamp>,
    /// At most this many; 100 when zero, never more than 1000.
    pub page_size: u32,
    /// From the page before.
    pub page_token: Option<String>,
}

#[derive(Clone, Debug)]
pub struct DeliveryPage {
    pub deliveries: Vec<Delivery>,
    pub next_page_token: Option<String>,
}

/// Which deliveries to send once more. An endpoint that ended is open again once one of its deliveries is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// One, whatever its state, by its `webhook-id`.
    One(String),
    /// Those of a job that were given up, since a moment or ever.
    Failed { job: JobId, since: Option<Timestamp> },
    /// Every one of a job, delivered ones too; those still waiting become due at once.
    All { job: JobId },
    /// Those that were given up since then, of all jobs.
    FailedSince(Timestamp),
}

/// How the webhooks of an endpoint stand.
#[derive(Clone, Debug)]
pub struct EndpointInfo {
    /// As the configuration calls it, or `callback` for the callback URLs of all jobs together.
    pub name: String,
    /// Absent for `callback`, and for an endpoint that the configuration no longer has.
    pub url: Option<Url>,
    pub delivered: u64,
    pub waiting: u64,
    /// Given up: its dead letters.
    pub failed: u64,
    /// Its addresses whose last try failed, those that fail for longest first; at most 100.
    pub troubles: Vec<Trouble>,
}

/// An address whose last try failed.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub url: Url,
    pub failing_since: Timestamp,
    /// In a row.
    pub failures: u32,
    pub last_failure_at: Timestamp,
    pub last_status: Option<u16>,
    pub last_error: Option<String>,
    /// When it said that it is gone for good. Nothing is sent to it until a delivery of it is replayed.
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointState {
    /// Its last try succeeded, or there was none.
    Well,
    Failing,
    Ended,
}

impl EndpointInfo {
    /// Of several callback URLs the worst that may still change: one that ended concerns its own job only.
    pub fn state(&self) -> EndpointState {
        let failing = self.troubles.iter().any(|trouble| trouble.ended_at.is_none());
        match self.troubles.first() {
            None => EndpointState::Well,
            Some(_) if failing => EndpointState::Failing,
            Some(_) => EndpointState::Ended,
        }
    }
}
