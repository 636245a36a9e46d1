//! `GET /api/jobs/{id}/events`: a job's story as server-sent events, from any point.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRef, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use tokio_stream::{Stream, StreamExt as _};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::jobs::Entry;
use crate::serve::cursor;
use crate::serve::fault::Fault;
use crate::serve::gate::Desk;

use super::answer::{Id, Seen};
use super::query::Query;
use super::view;

/// Proxies commonly close what was silent for 30 or 60 seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) desk: Desk,
    pub(super) drain: CancellationToken,
}

impl FromRef<Door> for Desk {
    fn from_ref(door: &Door) -> Self {
        door.desk.clone()
    }
}

pub(super) async fn follow(
    State(door): State<Door>,
    Seen(jobs): Seen,
    Id(id): Id,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    if door.drain.is_cancelled() {
        return Err(Fault::draining());
    }
    let mut query = query.read(&["after"])?;
    // A browser that reconnects sends the header, and the address still says where it once began.
    let (given, field) = match headers.get("last-event-id") {
        Some(header) => (String::from_utf8_lossy(header.as_bytes()).into_owned(), "Last-Event-ID"),
        None => (query.remove("after").unwrap_or_default(), "after"),
    };
    let after = cursor::read(&given, field)?;
    let job = cursor::locate(&jobs, &id, after, field).await?;
    if job.finished_at.is_some() && after == job.last_seq {
        // Tells an EventSource, which reconnects after every end, that nothing will come.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let entries = jobs.watch(&id, after).await?;
    let events = Sse::new(events(entries, door.drain)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([("x-accel-buffering", "no")], events).into_response())
}

/// Ends after `completed`, at the drain and at an error; the caller resumes from the last id it has.
fn events(
    entries: impl Stream<Item = Result<Entry, Error>> + Send + 'static,
    drain: CancellationToken,
) -> impl Stream<Item = Result<sse::Event, Infallible>> + Send {
    entries.take_until(drain.cancelled_owned()).map_while(|entry| match entry {
        Ok(entry) => {
            let (name, data) = view::event(&entry);
            Some(Ok(sse::Event::default().id(cursor::write(entry.seq)).event(name).data(data.to_string())))
        }
        Err(error) => {
            tracing::error!(%error, "an event stream ends early; its caller resumes by itself");
            None
        }
    })
}
