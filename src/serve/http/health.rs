//! Whether the process answers, and whether it takes work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use tokio_util::sync::CancellationToken;

use crate::egress::tor;
use crate::jobs::{Jobs, ListJobs};
use crate::scrape::Glaneur;

/// A journal that takes longer to read one line is not ready for work.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) jobs: Jobs,
    pub(super) glaneur: Glaneur,
    pub(super) drain: CancellationToken,
}

pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Ready when the journal can be read. The port itself opens only after unfinished jobs were found again.
pub(super) async fn ready(State(door): State<Door>) -> Response {
    if door.drain.is_cancelled() {
        return not_ready("draining", "the server is stopping and takes nothing new");
    }
    if let Err(error) = door.jobs.check() {
        return not_ready("broken", &format!("the journal no longer writes: {error}"));
    }
    let look = door.jobs.list(ListJobs { page_size: 1, ..ListJobs::default() });
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(Ok(_)) => Json(with_tor(json!({ "status": "ready" }), door.glaneur.tor())).into_response(),
        Ok(Err(error)) => not_ready("starting", &format!("the journal cannot be read: {error}")),
        Err(_) => not_ready("starting", "the journal does not answer in time"),
    }
}

/// A Tor that starts or has failed is no reason to send work away: shops that are reached in another way are asked all the same.
fn with_tor(mut answer: Value, tor: Option<tor::Progress>) -> Value {
    if let Some(tor::Progress { percent, sentence, state }) = tor {
        let state = match state {
            tor::State::Starting => "starting",
            tor::State::Ready => "ready",
            tor::State::Failed { .. } => "failed",
        };
        answer["tor"] = json!({ "state": state, "percent": percent, "detail": sentence });
    }
    answer
}

fn not_ready(status: &str, message: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": status, "error": "unavailable", "message": message }))).into_response()
}
