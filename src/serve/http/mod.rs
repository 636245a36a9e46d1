//! The HTTP door: JSON for programs, two plain pages for people. Every route is in the table below.

mod answer;
mod body;
mod deliveries;
mod egress;
mod events;
mod health;
mod jobs;
mod json;
mod metrics;
mod pages;
mod query;
mod results;
mod scrape;
mod shops;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;

use crate::jobs::Jobs;
use crate::scrape::Glaneur;

pub(super) use answer::harden;

use super::gate::Desk;
use super::intake::Rules;
use super::settings::Settings;

/// A line of the table of routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Methods as in the header `Allow`.
    pub allow: &'static str,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// What it does, for people.
    pub about: &'static str,
}

const fn route(allow: &'static str, path: &'static str, about: &'static str) -> Route {
    Route { allow, path, about }
}

/// Every HTTP route, in the order in which `router` registers them.
pub const ROUTES: &[Route] = &[
    route("POST", "/api/scrape", "start a batch; answers 202 once it is on disk"),
    route("GET,HEAD", "/api/jobs", "jobs, newest first: page_size, page_token, state"),
    route("GET,HEAD,DELETE", "/api/jobs/{id}", "one job with its counts; DELETE cancels it"),
    route("GET,HEAD", "/api/jobs/{id}/events", "its events as they happen (SSE); resumes from Last-Event-ID or after"),
    route("GET,HEAD", "/api/jobs/{id}/results", "its results: format=json, jsonl, csv or xlsx"),
    route("GET,HEAD", "/api/jobs/{id}/deliveries", "its webhooks, oldest first: page_size, page_token, state, endpoint, since"),
    route("POST", "/api/jobs/{id}/deliveries/replay", "send its webhooks again: scope=failed or all"),
    route(
        "GET,HEAD",
        "/api/deliveries",
        "webhooks of all jobs, oldest first: state (failed: the dead letters), endpoint, since, page_size, page_token",
    ),
    route("POST", "/api/deliveries/replay", "send again what was given up since a moment: {\"since\": ...}"),
    route("GET,HEAD", "/api/deliveries/{webhook_id}", "one webhook: its tries, last answer and next try"),
    route("POST", "/api/deliveries/{webhook_id}/replay", "send it again, with the same webhook-id"),
    route("GET,HEAD", "/api/endpoints", "how the webhooks of each endpoint stand"),
    route("GET,HEAD", "/api/shops", "the shops that can be asked"),
    route("POST", "/api/egress/check", "whether the routes in use work, by which exits: route"),
    route("GET,HEAD", "/api/health", "whether the process answers"),
    route("GET,HEAD", "/healthz", "the same, for orchestrators"),
    route("GET,HEAD", "/readyz", "whether it takes work: 503 while it starts or stops; and how far Tor is"),
    route("GET,HEAD", "/metrics", "counts and times, for Prometheus"),
    route("GET,HEAD", "/", "this page"),
    route("GET,HEAD", "/style.css", "its looks"),
];

pub(super) fn router(store: &Jobs, glaneur: &Glaneur, settings: &Arc<Settings>, rules: &Rules, drain: &CancellationToken) -> Router {
    let intake =
        scrape::Door { desk: Desk::new(store.clone()), rules: rules.clone(), settings: Arc::clone(settings), drain: drain.clone() };
    let live = events::Door { desk: Desk::new(store.clone()), drain: drain.clone() };
    let ready = health::Door { jobs: store.clone(), glaneur: glaneur.clone(), drain: drain.clone() };
    let jobs = || Desk::new(store.clone());
    Router::new()
        .route("/api/scrape", post(scrape::start).with_state(intake.clone()))
        .route("/api/jobs", get(jobs::list).with_state(jobs()))
        .route("/api/jobs/{id}", get(jobs::show).delete(jobs::cancel).with_state(jobs()))
        .route("/api/jobs/{id}/events", get(events::follow).with_state(live))
        .route("/api/jobs/{id}/results", get(results::download).with_state(jobs()))
        .route("/api/jobs/{id}/deliveries", get(deliveries::list).with_state(jobs()))
        .route("/api/jobs/{id}/deliveries/replay", post(deliveries::replay).with_state(intake.clone()))
        .route("/api/deliveries", get(deliveries::list_all).with_state(jobs()))
        .route("/api/deliveries/replay", post(deliveries::replay_all).with_state(intake))
        .route("/api/deliveries/{webhook_id}", get(deliveries::show).with_state(jobs()))
        .route("/api/deliveries/{webhook_id}/replay", post(deliveries::replay_one).with_state(jobs()))
        .route("/api/endpoints", get(deliveries::endpoints).with_state(jobs()))
        .route("/api/shops", get(shops::list).with_state(glaneur.clone()))
        .route("/api/egress/check", post(egress::check).with_state(glaneur.clone()))
        .route("/api/health", get(health::alive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready).with_state(ready))
        .route("/metrics", get(metrics::show).with_state(metrics::Door { jobs: store.clone(), glaneur: glaneur.clone() }))
        .route("/", get(pages::home))
        .route("/style.css", get(pages::style))
        .method_not_allowed_fallback(answer::wrong_method)
        .fallback(answer::nothing_here)
        .layer(middleware::from_fn(answer::refuse_other_origins))
        .layer(middleware::map_response(answer::harden))
}
