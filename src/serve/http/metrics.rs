//! `GET /metrics`, for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::jobs::Jobs;
use crate::metrics;
use crate::scrape::Glaneur;
use crate::serve::fault::{Class, Fault};

#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) jobs: Jobs,
    pub(super) glaneur: Glaneur,
}

pub(super) async fn show(State(door): State<Door>) -> Result<Response, Fault> {
    let gauges = door.jobs.gauges().await?;
    let text = metrics::document(door.glaneur.meter(), door.jobs.ledger(), &gauges);
    let text = text.map_err(|_| Fault::new(Class::Internal, "the metrics cannot be written"))?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}
