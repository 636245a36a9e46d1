//! `GET /api/shops`: the shops that can be asked.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::recipe::Recipe;
use crate::scrape::Glaneur;
use crate::serve::fault::Fault;

use super::query::Query;

pub(super) async fn list(State(glaneur): State<Glaneur>, query: Query) -> Result<Json<Value>, Fault> {
    query.read(&[])?;
    Ok(Json(json!({ "shops": glaneur.recipes().map(shop).collect::<Vec<_>>() })))
}

fn shop(recipe: &Recipe) -> Value {
    let pace = recipe.pace();
    json!({
        "name": recipe.name(),
        "title": recipe.title(),
        "origin": recipe.origin().origin().ascii_serialization(),
        "pace": { "concurrency": pace.concurrency, "interval_ms": pace.interval.as_millis(), "jitter_ms": pace.jitter.as_millis() },
    })
}
