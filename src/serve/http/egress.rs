//! `POST /api/egress/check`: whether the routes work.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::scrape::Glaneur;
use crate::serve::fault::Fault;
use crate::serve::routes;

use super::query::Query;

pub(super) async fn check(State(glaneur): State<Glaneur>, query: Query) -> Result<Json<Value>, Fault> {
    let asked = query.read(&["route"])?.remove("route");
    let mut reports = Vec::new();
    let check = routes::Check::begin(&glaneur, asked.as_deref())?;
    for route in check.routes() {
        reports.push(glaneur.check_route(route).await);
    }
    Ok(Json(json!({ "routes": reports })))
}
