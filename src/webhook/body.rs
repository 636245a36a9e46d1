//! The body of a webhook, made from the journal's entry alone: the same bytes on every try and every replay.
//!
//! Never reads a clock or a setting other than the format, so that a receiver may compare repeats byte by byte.

use jiff::Timestamp;
use serde::Serialize;

use super::n8n;
use super::settings::Format;
use crate::jobs::Entry;
use crate::model::{Code, Event, Item, ItemResult, ItemStatus, JobId, Product, Seq, ShopName, ShopResult, ShopStatus};

/// Why an entry makes no webhook.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("this kind of event is told to no webhook")]
    NotTold,
    #[error("the event cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

pub(super) fn write(format: Format, entry: &Entry) -> Result<Vec<u8>, BodyError> {
    let bytes = match (format, &entry.event) {
        (_, Event::Accepted(_) | Event::Progress(_) | Event::Waiting(_)) => return Err(BodyError::NotTold),
        (Format::N8n, Event::Result(result)) => serde_json::to_vec(&n8n::result(result)),
        (Format::N8n, Event::Completed(completed)) => serde_json::to_vec(&n8n::completed(completed)),
        (Format::Native, Event::Result(result)) => serde_json::to_vec(&Native::of("product.completed", entry, &**result)),
        (Format::Native, Event::Completed(completed)) => serde_json::to_vec(&Native::of("job.completed", entry, completed)),
    };
    Ok(bytes?)
}

/// The body of a test: its type, job and barcode say that it is one.
pub(super) fn sample(format: Format, at: Timestamp) -> Result<Vec<u8>, BodyError> {
    let result = sample_result();
    let (job, event) = (JobId::new(SAMPLE), Event::Result(Box::new(result.clone())));
    let entry = Entry { job, seq: Seq(0), at, event };
    Ok(match format {
        Format::N8n => serde_json::to_vec(&n8n::result(&result)),
        Format::Native => serde_json::to_vec(&Native::of("glaneur.test", &entry, &result)),
    }?)
}

/// Stands where a barcode, a shop and a job would: no flow finds a product by it.
const SAMPLE: &str = "TEST";

fn sample_result() -> ItemResult {
    let words = |text: &str| Some(text.to_owned());
    let product = Product {
        name: words("Webhook de test de glaneur : ce n'est pas un produit"),
        description: words("Envoyé par glaneur webhook test. A test sent by glaneur webhook test: this is not a product."),
        ..Product::default()
    };
    let shop = ShopResult {
        shop: ShopName::new("test"),
        status: ShopStatus::Found,
        ean: SAMPLE.to_owned(),
        product: Some(Box::new(product)),
        url: None,
        seen_ean: None,
        detail: None,
        page_age_seconds: None,
        requests: 0,
        elapsed_ms: 0,
    };
    let code = Code::parse(SAMPLE);
    ItemResult { shops: vec![shop], ..ItemResult::bare(0, &Item::new(code, None), ItemStatus::Found, None) }
}

/// What the Standard Webhooks specification recommends as a payload.
#[derive(Serialize)]
struct Native<'a, T> {
    r#type: &'static str,
    /// When it happened, not when it was sent: that is the header `webhook-timestamp`.
    timestamp: Timestamp,
    data: Data<'a, T>,
}

#[derive(Serialize)]
struct Data<'a, T> {
    job_id: &'a str,
    seq: u64,
    /// What a caller of the API would hand back as `after_cursor` to go on from here.
    cursor: String,
    #[serde(flatten)]
    told: &'a T,
}

impl<'a, T> Native<'a, T> {
    fn of(r#type: &'static str, entry: &'a Entry, told: &'a T) -> Self {
        let data = Data { job_id: entry.job.as_str(), seq: entry.seq.0, cursor: entry.seq.to_string(), told };
        Self { r#type, timestamp: entry.at, data }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use serde_json::{Value, json};

    fn read(format: Format, entry: &Entry) -> Value {
        serde_json::from_slice(&write(format, entry).unwrap()).unwrap()
    }

    #[test]
    fn a_native_result() {
        let body = read(Format::Native, &samples::entry(4, Event::Result(Box::new(samples::found()))));
        assert_eq!(body["type"], "product.completed");
        assert_eq!(body["timestamp"], "2026-01-02T03:04:05.006Z");
        let data = &body["data"];
        assert_eq!((&data["job_id"], &data["seq"], &data["cursor"]), (&json!("0199-job"), &json!(4), &json!("4")));
        assert_eq!((&data["ean"], &data["status"]), (&json!("748322148474"), &json!("FOUND")));
        assert_eq!(data["shops"][0]["product"]["offers"][0]["price"], json!({"amount": "14.9", "currency": "EUR"}));
    }

    #[test]
    fn a_native_completed_job() {
        let body = read(Format::Native, &samples::entry(9, Event::Completed(samples::completed())));
        assert_eq!(
            body,
            json!({"type": "job.completed", "timestamp": "2026-01-02T03:04:05.006Z", "data": {
                "job_id": "0199-job", "seq": 9, "cursor": "9",
                "counts": {"total": 8, "found": 4, "not_found": 1, "ignored": 1, "invalid": 1, "failed": 1, "cancelled": 0},
                "ignored3400": ["3400930000001", "3400930000002"], "not_found": ["nf"], "failed": ["not a code", "down"],
                "cancelled": false, "elapsed_ms": 12
            }})
        );
    }

    #[test]
    fn the_bytes_are_the_same_on_every_try() {
        for event in [Event::Result(Box::new(samples::found())), Event::Completed(samples::completed())] {
            for format in [Format::N8n, Format::Native] {
                let entry = samples::entry(4, event.clone());
                // As after a restart: the entry went through the journal's JSON.
                let stored: Event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
                assert_eq!(write(format, &entry).unwrap(), write(format, &samples::entry(4, stored)).unwrap());
            }
        }
    }

    #[test]
    fn a_sample_says_that_it_is_one() {
        let at = "2026-01-02T03:04:05Z".parse().unwrap();
        let of = |format| serde_json::from_slice::<Value>(&sample(format, at).unwrap()).unwrap();
        let (n8n, native) = (of(Format::N8n), of(Format::Native));
        assert_eq!((&n8n["ean"], &n8n["data"]["test"]["ean"]), (&json!("TEST"), &json!("TEST")));
        assert_eq!(
            (&native["type"], &native["data"]["job_id"], &native["data"]["ean"]),
            (&json!("glaneur.test"), &json!("TEST"), &json!("TEST"))
        );
    }

    #[test]
    fn the_story_in_between_makes_no_webhook() {
        let accepted = crate::model::Accepted { total: Some(1), shops: Vec::new(), ignored3400: 0, plan: Vec::new() };
        assert!(matches!(write(Format::N8n, &samples::entry(1, Event::Accepted(accepted))), Err(BodyError::NotTold)));
    }
}
