//! Jobs, events and webhooks as the HTTP API shows them.

use serde_json::{Value, json};

use crate::jobs::{Delivery, DeliveryState, EndpointInfo, EndpointState, Entry, JobInfo, JobState, Trouble};
use crate::model::Event;
use crate::serve::{cursor, shown};

/// The states by the names that the API gives them.
pub(super) const STATES: [(&str, JobState); 4] =
    [("queued", JobState::Queued), ("running", JobState::Running), ("completed", JobState::Completed), ("cancelled", JobState::Cancelled)];

pub(super) const DELIVERY_STATES: [(&str, DeliveryState); 3] =
    [("waiting", DeliveryState::Waiting), ("delivered", DeliveryState::Delivered), ("failed", DeliveryState::Failed)];

pub(super) fn state(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Completed => "completed",
        JobState::Cancelled => "cancelled",
    }
}

pub(super) fn job(job: &JobInfo) -> Value {
    let JobInfo {
        id,
        number,
        state: now,
        created_at,
        finished_at,
        total,
        counts,
        shops,
        media,
        route,
        max_age,
        ignored3400,
        callback_url,
        last_seq,
        deliveries,
    } = job;
    json!({
        "job_id": id,
        "thread_id": number,
        "state": state(*now),
        "created_at": created_at,
        "finished_at": finished_at,
        "total": total,
        "counts": counts,
        "shops": shops,
        "media": media,
        "route": (!route.is_empty()).then_some(route),
        "max_age": max_age.map(|age| format!("{}s", age.as_secs_f64())),
        "ignored3400": ignored3400,
        "callback_url": callback_url.as_ref().map(shown),
        "last_cursor": cursor::write(*last_seq),
        "deliveries": { "delivered": deliveries.delivered, "waiting": deliveries.waiting, "failed": deliveries.failed },
    })
}

/// The event's name and its data, the same as in gRPC's ScrapeResponse.
pub(super) fn event(entry: &Entry) -> (&'static str, Value) {
    let Entry { job, seq, at, event } = entry;
    let (name, what) = match event {
        Event::Accepted(it) => ("accepted", json!(it)),
        Event::Progress(it) => ("progress", json!(it)),
        Event::Waiting(it) => ("waiting", json!(it)),
        Event::Result(it) => ("result", json!(it)),
        Event::Completed(it) => ("completed", json!(it)),
    };
    (name, json!({ "job_id": job, "cursor": cursor::write(*seq), "seq": seq, "time": at, name: what }))
}

pub(super) fn delivery(delivery: &Delivery) -> Value {
    let Delivery {
        id,
        webhook_id,
        job,
        seq,
        endpoint,
        url,
        state,
        attempts,
        created_at,
        next_at,
        delivered_at,
        last_status,
        last_error,
        last_answer,
        changed_at,
    } = delivery;
    let state = match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
    };
    json!({
        "id": id,
        "webhook_id": webhook_id,
        "job_id": job,
        "seq": seq,
        "endpoint": endpoint,
        "url": shown(url),
        "state": state,
        "attempts": attempts,
        "created_at": created_at,
        "next_at": next_at,
        "delivered_at": delivered_at,
        "last_status": last_status,
        "last_error": last_error,
        "last_answer": last_answer,
        "changed_at": changed_at,
    })
}

pub(super) fn endpoint(endpoint: &EndpointInfo) -> Value {
    let EndpointInfo { name, url, delivered, waiting, failed, troubles } = endpoint;
    let state = match endpoint.state() {
        EndpointState::Well => "well",
        EndpointState::Failing => "failing",
        EndpointState::Ended => "ended",
    };
    json!({
        "name": name,
        "url": url.as_ref().map(shown),
        "state": state,
        "delivered": delivered,
        "waiting": waiting,
        "failed": failed,
        "failing_since": troubles.first().map(|trouble| trouble.failing_since),
        "troubles": troubles.iter().map(trouble).collect::<Vec<_>>(),
    })
}

fn trouble(trouble: &Trouble) -> Value {
    let Trouble { url, failing_since, failures, last_failure_at, last_status, last_error, ended_at } = trouble;
    json!({
        "url": shown(url),
        "failing_since": failing_since,
        "failures": failures,
        "last_failure_at": last_failure_at,
        "last_status": last_status,
        "last_error": last_error,
        "ended_at": ended_at,
    })
}
