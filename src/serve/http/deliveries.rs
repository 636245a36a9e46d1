//! Webhooks, of one job or of all: list them, look one up, send them again; and how the endpoints stand.

use axum::Json;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::jobs::{Jobs, ListDeliveries, Replay};
use crate::model::JobId;
use crate::serve::fault::{Class, Fault};

use super::answer::{Id, Seen};
use super::jobs::{filter, page_size};
use super::query::Query;
use super::{scrape, view};

/// The `{webhook_id}` of a path.
pub(super) struct WebhookId(String);

impl<S: Send + Sync> FromRequestParts<S> for WebhookId {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let unreadable = |_| Fault::new(Class::NotFound, "there is no such webhook: its id in the path is not UTF-8");
        Path::<String>::from_request_parts(parts, state).await.map(|Path(id)| Self(id)).map_err(unreadable)
    }
}

/// The body of a replay of a job, which may say what the query says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wish {
    scope: Option<String>,
}

/// The body of a replay over all jobs.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Since {
    since: Option<String>,
}

pub(super) async fn list(Seen(jobs): Seen, Id(id): Id, query: Query) -> Result<Json<Value>, Fault> {
    let mut page = page(&jobs, query, Some(id.clone())).await?;
    page["job_id"] = json!(id);
    Ok(Json(page))
}

pub(super) async fn list_all(Seen(jobs): Seen, query: Query) -> Result<Json<Value>, Fault> {
    Ok(Json(page(&jobs, query, None).await?))
}

async fn page(jobs: &Jobs, query: Query, job: Option<JobId>) -> Result<Value, Fault> {
    let mut query = query.read(&["page_size", "page_token", "state", "endpoint", "since"])?;
    let mut given = |key: &str| query.remove(key).filter(|value| !value.is_empty());
    let list = ListDeliveries {
        job,
        state: given("state").map(|state| filter(&view::DELIVERY_STATES, &state)).transpose()?,
        endpoint: given("endpoint"),
        since: given("since").map(|since| moment(&since)).transpose()?,
        page_token: given("page_token"),
        page_size: query.remove("page_size").map_or(Ok(0), |size| page_size(&size, 1_000))?,
    };
    let page = jobs.deliveries(list).await?;
    let deliveries: Vec<_> = page.deliveries.iter().map(view::delivery).collect();
    Ok(json!({ "deliveries": deliveries, "next_page_token": page.next_page_token }))
}

pub(super) async fn show(Seen(jobs): Seen, WebhookId(id): WebhookId, query: Query) -> Result<Json<Value>, Fault> {
    query.read(&[])?;
    Ok(Json(view::delivery(&jobs.delivery(&id).await?)))
}

pub(super) async fn replay_one(Seen(jobs): Seen, WebhookId(id): WebhookId, query: Query) -> Result<Json<Value>, Fault> {
    query.read(&[])?;
    jobs.replay(Replay::One(id.clone())).await?;
    Ok(Json(view::delivery(&jobs.delivery(&id).await?)))
}

pub(super) async fn endpoints(Seen(jobs): Seen, query: Query) -> Result<Json<Value>, Fault> {
    query.read(&[])?;
    Ok(Json(json!({ "endpoints": jobs.endpoints().await?.iter().map(view::endpoint).collect::<Vec<_>>() })))
}

pub(super) async fn replay_all(
    State(door): State<scrape::Door>,
    Seen(jobs): Seen,
    query: Query,
    request: Request,
) -> Result<Json<Value>, Fault> {
    query.read(&[])?;
    let (head, body) = request.into_parts();
    let remedy = "send {\"since\": \"2026-11-20T00:00:00Z\"} to send again what was given up since then";
    let Since { since } = told(&scrape::read(body, &head.headers, &door.settings).await?, "since", remedy)?;
    let since = since.ok_or_else(|| Fault::argument("since", format!("the moment is missing: {remedy}")))?;
    let replayed = jobs.replay(Replay::FailedSince(moment(&since)?)).await?;
    Ok(Json(json!({ "replayed": replayed })))
}

pub(super) async fn replay(
    State(door): State<scrape::Door>,
    Seen(jobs): Seen,
    Id(id): Id,
    query: Query,
    request: Request,
) -> Result<Json<Value>, Fault> {
    let asked = query.read(&["scope"])?.remove("scope");
    let (head, body) = request.into_parts();
    let remedy = "send none, and ?scope=all in the address to send every webhook again";
    let Wish { scope: told } = told(&scrape::read(body, &head.headers, &door.settings).await?, "scope", remedy)?;
    if let (Some(asked), Some(told)) = (&asked, &told)
        && asked != told
    {
        return Err(Fault::argument("scope", format!("the address says {asked:?} and the body {told:?}: give one of them")));
    }
    let which = match asked.or(told).as_deref() {
        None | Some("failed") => Replay::Failed { job: id.clone(), since: None },
        Some("all") => Replay::All { job: id.clone() },
        Some(other) => {
            return Err(Fault::argument("scope", format!("{other:?} is not known: use failed (those that were given up) or all")));
        }
    };
    let replayed = jobs.replay(which).await?;
    Ok(Json(json!({ "job_id": id, "replayed": replayed })))
}

/// A small body with one key, or none.
fn told<T: Default + DeserializeOwned>(body: &[u8], field: &str, remedy: &str) -> Result<T, Fault> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| {
        let class = if error.is_data() { Class::InvalidArgument } else { Class::InvalidJson };
        Fault { class, field: Some(field.to_owned()), message: format!("the body is not understood ({error}): {remedy}") }
    })
}

fn moment(text: &str) -> Result<Timestamp, Fault> {
    let refused = |_| Fault::argument("since", format!("{text:?} is no moment: write it as 2026-11-20T00:00:00Z"));
    text.parse().map_err(refused)
}
