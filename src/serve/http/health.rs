//! Whether the process answers, and whether it takes work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::jobs::ListJobs;

use super::events::Door;

/// A journal that takes longer to read one line is not ready for work.
const PATIENCE: Duration = Duration::from_secs(2);

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
        Ok(Ok(_)) => Json(json!({ "status": "ready" })).into_response(),
        Ok(Err(error)) => not_ready("starting", &format!("the journal cannot be read: {error}")),
        Err(_) => not_ready("starting", "the journal does not answer in time"),
    }
}

fn not_ready(status: &str, message: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": status, "error": "unavailable", "message": message }))).into_response()
}
