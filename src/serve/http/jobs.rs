//! Jobs: list, show, cancel.

use axum::Json;
use serde_json::{Value, json};

use crate::jobs::ListJobs;
use crate::serve::fault::Fault;

use super::answer::{Id, Seen};
use super::query::Query;
use super::view;

pub(super) async fn list(Seen(jobs): Seen, query: Query) -> Result<Json<Value>, Fault> {
    let mut query = query.read(&["page_size", "page_token", "state"])?;
    let list = ListJobs {
        state: query.remove("state").filter(|state| !state.is_empty()).map(|state| filter(&view::STATES, &state)).transpose()?,
        page_size: query.remove("page_size").map_or(Ok(0), |size| page_size(&size, 500))?,
        page_token: query.remove("page_token").filter(|token| !token.is_empty()),
    };
    let page = jobs.list(list).await?;
    Ok(Json(json!({ "jobs": page.jobs.iter().map(view::job).collect::<Vec<_>>(), "next_page_token": page.next_page_token })))
}

pub(super) async fn show(Seen(jobs): Seen, Id(id): Id, query: Query) -> Result<Json<Value>, Fault> {
    query.read(&[])?;
    Ok(Json(view::job(&jobs.get(&id).await?)))
}

pub(super) async fn cancel(Seen(jobs): Seen, Id(id): Id, query: Query) -> Result<Json<Value>, Fault> {
    query.read(&[])?;
    Ok(Json(view::job(&jobs.cancel(&id).await?)))
}

pub(super) fn filter<State: Copy>(states: &[(&str, State)], text: &str) -> Result<State, Fault> {
    let known = states.iter().find(|(name, _)| *name == text);
    known.map(|(_, state)| *state).ok_or_else(|| {
        let names: Vec<_> = states.iter().map(|(name, _)| *name).collect();
        Fault::argument("state", format!("{text:?} is no state: use {}", names.join(", ")))
    })
}

pub(super) fn page_size(text: &str, most: u32) -> Result<u32, Fault> {
    text.parse().map_err(|_| Fault::argument("page_size", format!("{text:?} is not a whole number from 0 to {most}")))
}
