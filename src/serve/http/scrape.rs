//! `POST /api/scrape`: take a batch, answer once it is on disk.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRef, Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::jobs::{Intake, Novelty, Submitted};
use crate::serve::fault::{Class, Fault};
use crate::serve::gate::Desk;
use crate::serve::intake::{Order, Rules, Unkeyed};
use crate::serve::settings::Settings;

use super::answer::Seen;
use super::body;
use super::json::Bounds;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Bodies up to here, some 800 items, are parsed where they are.
const SHORT: usize = 64 << 10;

#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) desk: Desk,
    pub(super) rules: Rules,
    pub(super) settings: Arc<Settings>,
    pub(super) drain: CancellationToken,
}

impl FromRef<Door> for Desk {
    fn from_ref(door: &Door) -> Self {
        door.desk.clone()
    }
}

pub(super) async fn start(State(door): State<Door>, Seen(jobs): Seen, request: Request) -> Result<Response, Fault> {
    if door.drain.is_cancelled() {
        return Err(Fault::draining());
    }
    let caller = caller(&request);
    let (head, body) = request.into_parts();
    let bytes = read(body, &head.headers, &door.settings).await?;
    check_kind(&head.headers, &bytes)?;
    let bounds = Bounds { depth: door.settings.max_json_depth, nodes: door.settings.max_json_nodes };
    let mut order = parse(bytes, bounds).await?;
    take_key(&mut order, &head.headers)?;
    let total = order.batch.items.len();
    let job = door.rules.job(order, Intake::Whole, Unkeyed::SameJob, caller)?;
    Ok(accepted(&jobs.submit(job).await?, total))
}

/// A large body takes a while, during which this thread would serve nobody.
async fn parse(bytes: Vec<u8>, bounds: Bounds) -> Result<Order, Fault> {
    if bytes.len() <= SHORT {
        return body::order(&bytes, bounds);
    }
    let parsed = tokio::task::spawn_blocking(move || body::order(&bytes, bounds)).await;
    parsed.unwrap_or_else(|defect| Err(Fault::new(Class::Internal, format!("a defect of glaneur while reading the body: {defect}"))))
}

fn caller(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// JSON under any name or none; but a form is a mistake worth a clear word. `curl -d` calls everything a form, JSON too, which no
/// form can look like.
fn check_kind(headers: &HeaderMap, body: &[u8]) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new(Class::UnsupportedMediaType, message));
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let is_form = kind.starts_with("application/x-www-form-urlencoded") && !body.trim_ascii_start().starts_with(b"{");
    if is_form || kind.starts_with("multipart/") {
        return refuse(format!("a form ({kind}) is not taken: send JSON; in n8n's HTTP Request node set Body Content Type to JSON"));
    }
    Ok(())
}

/// Packed bodies are refused unread: what they unpack to is bounded by nothing that they say.
fn check_coding(headers: &HeaderMap) -> Result<(), Fault> {
    let is_packed = |coding: &&HeaderValue| !coding.as_bytes().eq_ignore_ascii_case(b"identity");
    match headers.get_all(CONTENT_ENCODING).iter().find(is_packed) {
        Some(coding) => {
            let message = format!("a body with Content-Encoding {coding:?} is not taken: send it uncompressed");
            Err(Fault::new(Class::UnsupportedMediaType, message))
        }
        None => Ok(()),
    }
}

pub(super) async fn read(body: Body, headers: &HeaderMap, settings: &Settings) -> Result<Vec<u8>, Fault> {
    check_coding(headers)?;
    let limit = settings.max_body_bytes;
    let too_large = || {
        let message = format!("the body is larger than {limit} bytes: send the batch in parts, or use gRPC's ScrapeStream");
        Fault::new(Class::TooLarge, message)
    };
    let told = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|told| told > limit) {
        return Err(too_large());
    }
    match tokio::time::timeout(settings.body_timeout, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) => Err(Fault::new(Class::InvalidJson, format!("the body ended early: {error}"))),
        Err(_) => Err(Fault::new(
            Class::BodyTimeout,
            format!("the body did not arrive within {} s: send it faster", settings.body_timeout.as_secs()),
        )),
    }
}

/// The header is the usual place of the key; the body may repeat it, not contradict it.
fn take_key(order: &mut Order, headers: &HeaderMap) -> Result<(), Fault> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = given.next() else { return Ok(()) };
    let key = String::from_utf8_lossy(key.as_bytes()).into_owned();
    if given.next().is_some() || order.idempotency_key.as_ref().is_some_and(|other| *other != key) {
        return Err(Fault::argument(
            "idempotency_key",
            "two different idempotency keys are given: give one, in the header Idempotency-Key",
        ));
    }
    order.idempotency_key = Some(key);
    Ok(())
}

fn accepted(submitted: &Submitted, total: usize) -> Response {
    let job = &submitted.job;
    let mut answer = json!({
        "success": true,
        "message": "Scraping lancé en arrière-plan",
        "status": "processing",
        "total_products": total,
        "thread_id": job.number,
        "job_id": job.id,
    });
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::try_from(format!("/api/jobs/{}", job.id)) {
        headers.insert(LOCATION, location);
    }
    if submitted.novelty == Novelty::Repeat {
        answer["repeated"] = true.into();
        headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    (StatusCode::ACCEPTED, headers, Json(answer)).into_response()
}
