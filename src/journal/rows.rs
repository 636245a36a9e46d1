//! How our words stand in columns, and back: states, codes, moments, whole rows. No statement is run here.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Row, RowIndex};
use url::Url;

use super::job::{CallbackEvents, Delivery, DeliveryCounts, DeliveryState, Entry, JobInfo, JobState, Trouble};
use crate::model::{Code, Counts, Gtin, GtinError, Item, ItemStatus, JobId, MediaMode, Seq};

/// Now, in the milliseconds that are stored.
pub(super) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

pub(super) const JOB: &str = "number, id, state, intake, created_at, finished_at, shops, media, route, max_age, ignored3400_count, callback_url, last_seq, items, found, \
     not_found, ignored, invalid, failed, cancelled, deliveries_waiting, deliveries_done, deliveries_failed";

/// A row of [`JOB`].
pub(super) fn job(row: &Row<'_>) -> rusqlite::Result<JobInfo> {
    let state: String = row.get("state")?;
    let whole = text(row, "intake")? == "whole";
    let mut counts = Counts {
        total: 0,
        found: row.get("found")?,
        not_found: row.get("not_found")?,
        ignored: row.get("ignored")?,
        invalid: row.get("invalid")?,
        failed: row.get("failed")?,
        cancelled: row.get("cancelled")?,
    };
    counts.total = counts.found + counts.not_found + counts.ignored + counts.invalid + counts.failed + counts.cancelled;
    Ok(JobInfo {
        id: JobId::new(row.get::<_, String>("id")?),
        number: row.get("number")?,
        state: job_state(&state).ok_or_else(|| unknown(state))?,
        created_at: moment(row.get("created_at")?)?,
        finished_at: row.get::<_, Option<i64>>("finished_at")?.map(moment).transpose()?,
        total: whole.then(|| row.get("items")).transpose()?,
        counts,
        shops: json(text(row, "shops")?)?,
        media: row.get::<_, Option<String>>("media")?.map(|word| MediaMode::parse(&word).ok_or_else(|| unknown(word))).transpose()?,
        route: row.get::<_, Option<String>>("route")?.map(|text| json(&text)).transpose()?.unwrap_or_default(),
        max_age: row.get::<_, Option<u64>>("max_age")?.map(Duration::from_millis),
        ignored3400: row.get("ignored3400_count")?,
        callback_url: row.get::<_, Option<String>>("callback_url")?.map(|text| url(&text)).transpose()?,
        last_seq: Seq(row.get("last_seq")?),
        deliveries: DeliveryCounts {
            delivered: row.get("deliveries_done")?,
            waiting: row.get("deliveries_waiting")?,
            failed: row.get("deliveries_failed")?,
        },
    })
}

pub(super) const DELIVERY: &str = "o.id AS id, o.webhook_id AS webhook_id, j.id AS job, o.seq AS seq, o.endpoint AS endpoint, o.url AS url, \
     o.state AS state, o.attempts AS attempts, o.created_at AS created_at, o.next_at AS next_at, o.delivered_at AS delivered_at, \
     o.last_status AS last_status, o.last_error AS last_error, o.last_answer AS last_answer, o.changed_at AS changed_at";

/// A row of [`DELIVERY`].
pub(super) fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let state: String = row.get("state")?;
    let state = delivery_state(&state).ok_or_else(|| unknown(state))?;
    let next_at = moment(row.get("next_at")?)?;
    Ok(Delivery {
        id: row.get("id")?,
        webhook_id: row.get("webhook_id")?,
        job: JobId::new(row.get::<_, String>("job")?),
        seq: Seq(row.get("seq")?),
        endpoint: row.get("endpoint")?,
        url: url(text(row, "url")?)?,
        state,
        attempts: row.get("attempts")?,
        created_at: moment(row.get("created_at")?)?,
        next_at: (state == DeliveryState::Waiting).then_some(next_at),
        delivered_at: row.get::<_, Option<i64>>("delivered_at")?.map(moment).transpose()?,
        last_status: row.get("last_status")?,
        last_error: row.get("last_error")?,
        last_answer: row.get("last_answer")?,
        changed_at: moment(row.get("changed_at")?)?,
    })
}

/// A row of `troubles`.
pub(super) fn trouble(row: &Row<'_>) -> rusqlite::Result<Trouble> {
    Ok(Trouble {
        url: url(text(row, "url")?)?,
        failing_since: moment(row.get("failing_since")?)?,
        failures: row.get("failures")?,
        last_failure_at: moment(row.get("last_failure_at")?)?,
        last_status: row.get("last_status")?,
        last_error: row.get("last_error")?,
        ended_at: row.get::<_, Option<i64>>("ended_at")?.map(moment).transpose()?,
    })
}

/// A row of `seq, at, body`.
pub(super) fn entry(row: &Row<'_>, job: &JobId) -> rusqlite::Result<Entry> {
    Ok(Entry { job: job.clone(), seq: Seq(row.get("seq")?), at: moment(row.get("at")?)?, event: json(text(row, "body")?)? })
}

/// A row of `position` and the four columns of the codes.
pub(super) fn item(row: &Row<'_>) -> rusqlite::Result<(u32, Item)> {
    let primary = code(row.get("primary_given")?, row.get("primary_gtin14")?);
    let replacement = row.get::<_, Option<String>>("replacement_given")?;
    let replacement = match replacement {
        Some(given) => Some(code(given, row.get("replacement_gtin14")?)),
        None => None,
    };
    Ok((row.get("position")?, Item::new(primary, replacement)))
}

/// The given text alone does not say what it means: a number may have lost a zero that its check digit restored.
fn code(given: String, gtin14: Option<String>) -> Code {
    match gtin14.map(|digits| Gtin::parse(&digits)) {
        Some(Ok(gtin)) => Code::Valid(gtin.given_as(&given)),
        Some(Err(reason)) => Code::Invalid { given, reason },
        // It was no barcode when it came; a text that reads as one all the same came as a number: -748322148474.
        None => match Gtin::parse(&given) {
            Err(reason) => Code::Invalid { given, reason },
            Ok(_) => Code::Invalid { reason: GtinError::NotDigits { given: given.clone() }, given },
        },
    }
}

pub(super) fn text<'a>(row: &'a Row<'_>, column: impl RowIndex) -> rusqlite::Result<&'a str> {
    Ok(row.get_ref(column)?.as_str()?)
}

pub(super) fn moment(milliseconds: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| unreadable(Type::Integer, error))
}

pub(super) fn url(text: &str) -> rusqlite::Result<Url> {
    Url::parse(text).map_err(|error| unreadable(Type::Text, error))
}

pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable(Type::Text, error))
}

fn unreadable(kind: Type, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(error))
}

fn unknown(word: String) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(0, word, Type::Text)
}

pub(super) fn item_status_text(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::Found => "found",
        ItemStatus::NotFound => "not_found",
        ItemStatus::Ignored => "ignored",
        ItemStatus::Invalid => "invalid",
        ItemStatus::Failed => "failed",
        ItemStatus::Cancelled => "cancelled",
    }
}

pub(super) fn item_status(text: &str) -> Option<ItemStatus> {
    Some(match text {
        "found" => ItemStatus::Found,
        "not_found" => ItemStatus::NotFound,
        "ignored" => ItemStatus::Ignored,
        "invalid" => ItemStatus::Invalid,
        "failed" => ItemStatus::Failed,
        "cancelled" => ItemStatus::Cancelled,
        _ => return None,
    })
}

pub(super) fn job_state_text(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Completed => "completed",
        JobState::Cancelled => "cancelled",
    }
}

fn job_state(text: &str) -> Option<JobState> {
    Some(match text {
        "queued" => JobState::Queued,
        "running" => JobState::Running,
        "completed" => JobState::Completed,
        "cancelled" => JobState::Cancelled,
        _ => return None,
    })
}

pub(super) fn delivery_state_text(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
    }
}

fn delivery_state(text: &str) -> Option<DeliveryState> {
    Some(match text {
        "waiting" => DeliveryState::Waiting,
        "delivered" => DeliveryState::Delivered,
        "failed" => DeliveryState::Failed,
        _ => return None,
    })
}

pub(super) fn callback_events_text(wants: CallbackEvents) -> &'static str {
    match wants {
        CallbackEvents::All => "all",
        CallbackEvents::Completed => "completed",
    }
}
