//! The webhooks of a job: list them, send them again.

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::jobs::{ListDeliveries, Replay};
use crate::serve::fault::{Class, Fault};

use super::answer::{Id, Seen};
use super::jobs::{filter, page_size};
use super::query::Query;
use super::{scrape, view};

/// The body of a replay, which may say what the query says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wish {
    scope: Option<String>,
}

pub(super) async fn list(Seen(jobs): Seen, Id(id): Id, query: Query) -> Result<Json<Value>, Fault> {
    let mut query = query.read(&["page_size", "page_token", "state"])?;
    let list = ListDeliveries {
        state: query.remove("state").filter(|state| !state.is_empty()).map(|state| filter(&view::DELIVERY_STATES, &state)).transpose()?,
        page_size: query.remove("page_size").map_or(Ok(0), |size| page_size(&size, 1_000))?,
        page_token: query.remove("page_token").filter(|token| !token.is_empty()),
    };
    let page = jobs.deliveries(&id, list).await?;
    let deliveries: Vec<_> = page.deliveries.iter().map(view::delivery).collect();
    Ok(Json(json!({ "job_id": id, "deliveries": deliveries, "next_page_token": page.next_page_token })))
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
    let told = wish(&scrape::read(body, &head.headers, &door.settings).await?)?.scope;
    if let (Some(asked), Some(told)) = (&asked, &told)
        && asked != told
    {
        return Err(Fault::argument("scope", format!("the address says {asked:?} and the body {told:?}: give one of them")));
    }
    let scope = match asked.or(told).as_deref() {
        None | Some("failed") => Replay::Failed,
        Some("all") => Replay::All,
        Some(other) => {
            return Err(Fault::argument("scope", format!("{other:?} is not known: use failed (those that were given up) or all")));
        }
    };
    let replayed = jobs.replay(&id, scope).await?;
    Ok(Json(json!({ "job_id": id, "replayed": replayed })))
}

fn wish(body: &[u8]) -> Result<Wish, Fault> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Wish::default());
    }
    serde_json::from_slice(body).map_err(|error| {
        let class = if error.is_data() { Class::InvalidArgument } else { Class::InvalidJson };
        let message = format!("the body is not understood ({error}): send none, and ?scope=all in the address to send every webhook again");
        Fault { class, field: Some("scope".to_owned()), message }
    })
}
