//! `glaneur webhook test`: one sample to one receiver, over the same way out and with the same headers as a real webhook.

use std::time::Instant;

use jiff::Timestamp;
use serde::Serialize;
use url::Url;
use uuid::Uuid;

use super::advice::{Advice, advise};
use super::body;
use super::outcome;
use super::receiver::{Message, Receiver, shown};
use super::settings::{Endpoint, Settings};
use crate::error::{Error, ErrorKind};
use crate::scrape::Glaneur;

/// What became of the sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Without its query.
    pub url: String,
    /// The header of the sample; it begins with `msg_test_`.
    pub webhook_id: String,
    /// Whether a real webhook would count as delivered.
    pub taken: bool,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    pub elapsed_ms: u64,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do about it, where there is something to do.
    pub remedy: Option<String>,
    /// The beginning of the answer.
    pub answer: Option<String>,
}

/// Sends a sample to `endpoint`, once. Private addresses are open as far as the engine's configuration names them.
///
/// # Errors
/// The endpoint itself is wrong: a secret, a header, the scheme.
pub async fn try_out(glaneur: &Glaneur, settings: &Settings, endpoint: &Endpoint) -> Result<Report, Error> {
    Settings { endpoints: vec![endpoint.clone()], ..Settings::default() }.check()?;
    let receiver = Receiver::of(endpoint).map_err(|fault| Error::new(ErrorKind::Configuration, fault.to_string()).field("secret"))?;
    let webhook_id = format!("msg_test_{}", Uuid::now_v7().simple());
    let now = Timestamp::now();
    let body = body::sample(endpoint.format, now).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
    let message = Message { webhook_id: &webhook_id, timestamp: now.as_second(), body };
    let post = receiver.post(&endpoint.url, message, settings.timeout.unsigned_abs());
    let since = Instant::now();
    let outcome = glaneur.egress().post(&post).await;
    let elapsed_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    let hide = |text: String| receiver.hide(&endpoint.url, text);
    let Advice { taken, message, remedy } = advise(&endpoint.url, &outcome);
    let answer = outcome.as_ref().ok();
    Ok(Report {
        url: shown(&endpoint.url),
        webhook_id,
        taken,
        status: answer.map(|answer| answer.status),
        elapsed_ms,
        message: hide(message),
        remedy: remedy.map(hide),
        answer: answer.and_then(outcome::excerpt).map(hide),
    })
}

/// The endpoint of the configuration that has this name or this URL.
pub fn known<'a>(settings: &'a Settings, name: &str, url: Option<&Url>) -> Option<&'a Endpoint> {
    settings.endpoints.iter().find(|endpoint| endpoint.name == name || url == Some(&endpoint.url))
}
