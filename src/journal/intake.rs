//! How a job comes in: created once, its items, its list closed, its end asked for. Each function is one command of the writer.

use jiff::SignedDuration;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::job::{Intake, JobInfo, NewJob, Novelty, Once, Submitted};
use super::wake::{Changes, Part};
use super::{JournalError, record, rows};
use crate::model::{Accepted, Code, Event, Item, JobId, MediaMode};

/// What a new job is measured against; decided in the transaction that creates it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Jobs that may wait to be started.
    pub(crate) queued: u32,
    /// Jobs of one caller that are not done.
    pub(crate) unfinished: u32,
    /// How long an idempotency key is remembered.
    pub(crate) key_window: SignedDuration,
    /// How long the same content from the same caller, without a key, counts as a repeat.
    pub(crate) repeat_window: SignedDuration,
}

pub(super) fn create(
    connection: &Connection,
    changes: &mut Changes,
    id: &JobId,
    new: &NewJob,
    limits: Limits,
) -> Result<Submitted, JournalError> {
    let now = rows::now();
    if let Some(once) = &new.once
        && let Some(first) = repeated(connection, once, new, now, limits)?
    {
        return Ok(Submitted { job: info(connection, first)?, novelty: Novelty::Repeat });
    }
    let queued: u32 = connection.prepare_cached("SELECT count(*) FROM jobs WHERE state = 'queued'")?.query_row([], |row| row.get(0))?;
    if queued >= limits.queued {
        return Err(JournalError::QueueFull { limit: limits.queued });
    }
    if let Some(caller) = &new.caller
        && unfinished(connection, caller)? >= limits.unfinished
    {
        return Err(JournalError::TooManyUnfinished { limit: limits.unfinished });
    }
    let number = insert(connection, id, new, now)?;
    insert_items(connection, number, 0, &new.batch.items)?;
    record::accepted(connection, number, now, &accepted(new))?;
    changes.jobs();
    changes.part(number, Part::Events);
    Ok(Submitted { job: info(connection, number)?, novelty: Novelty::New })
}

/// By the index of unfinished jobs, which the limits keep short.
fn unfinished(connection: &Connection, caller: &str) -> Result<u32, JournalError> {
    let count = "SELECT count(*) FROM jobs INDEXED BY jobs_unfinished WHERE finished_at IS NULL AND once_caller = ?1";
    Ok(connection.prepare_cached(count)?.query_row([caller], |row| row.get(0))?)
}

/// The job that this request asks for again.
fn repeated(connection: &Connection, once: &Once, new: &NewJob, now: i64, limits: Limits) -> Result<Option<u64>, JournalError> {
    let since = |window: SignedDuration| now.saturating_sub(i64::try_from(window.as_millis()).unwrap_or(i64::MAX).max(0));
    let Some(key) = &once.key else {
        if limits.repeat_window <= SignedDuration::ZERO {
            return Ok(None);
        }
        // A cancelled job is no answer to somebody who asks again.
        return Ok(connection
            .prepare_cached(
                "SELECT number FROM jobs WHERE once_key IS NULL AND once_fingerprint = ?1 AND once_caller IS ?2 AND created_at >= ?3 \
                 AND cancel = 0 AND owner IS ?4 ORDER BY number DESC LIMIT 1",
            )?
            .query_row(params![once.fingerprint, new.caller, since(limits.repeat_window), new.owner], |row| row.get(0))
            .optional()?);
    };
    let first = connection
        .prepare_cached(
            "SELECT number, id, once_fingerprint FROM jobs WHERE once_key = ?1 AND created_at >= ?2 AND owner IS ?3 ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![key, since(limits.key_window), new.owner], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
        .optional()?;
    match first {
        Some((number, _, fingerprint)) if fingerprint == once.fingerprint => Ok(Some(number)),
        Some((_, id, _)) => Err(JournalError::KeyTaken { first: JobId::new(id) }),
        None => Ok(None),
    }
}

fn insert(connection: &Connection, id: &JobId, new: &NewJob, now: i64) -> Result<u64, JournalError> {
    let callback = new.callback.as_ref();
    let once = new.once.as_ref();
    let number = connection
        .prepare_cached(
            "INSERT INTO jobs (id, state, intake, created_at, shops, ignored3400, ignored3400_count, callback_url, callback_events, \
             media, route, max_age, once_key, once_caller, once_fingerprint, owner) VALUES (:id, 'queued', :intake, :now, :shops, :ignored, :ignored_count, \
             :url, :events, :media, :route, :max_age, :key, :caller, :fingerprint, :owner)",
        )?
        .insert(named_params! {
            ":id": id.as_str(),
            ":intake": match new.intake { Intake::Open => "open", Intake::Whole => "whole" },
            ":now": now,
            ":shops": encode(&new.batch.shops)?,
            ":ignored": encode(&new.batch.ignored3400)?,
            ":ignored_count": new.batch.ignored3400.len(),
            ":url": callback.map(|callback| callback.url.as_str()),
            ":events": callback.map(|callback| rows::callback_events_text(callback.wants)),
            ":media": new.batch.media.map(MediaMode::as_str),
            ":route": (!new.batch.route.is_empty()).then(|| encode(&new.batch.route)).transpose()?,
            ":max_age": new.batch.max_age.map(|age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX)),
            ":key": once.and_then(|once| once.key.as_deref()),
            ":caller": new.caller,
            ":fingerprint": once.map(|once| once.fingerprint.as_str()),
            ":owner": new.owner,
        })?;
    Ok(number.unsigned_abs())
}

fn accepted(new: &NewJob) -> Event {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Event::Accepted(Accepted {
        total: (new.intake == Intake::Whole).then(|| count(new.batch.items.len())),
        shops: new.batch.shops.clone(),
        ignored3400: count(new.batch.ignored3400.len()),
        plan: new.plan.clone(),
    })
}

fn insert_items(connection: &Connection, job: u64, before: u32, items: &[Item]) -> Result<(), JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO items (job, position, primary_given, primary_gtin14, replacement_given, replacement_gtin14) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (item, position) in items.iter().zip(before + 1..) {
        let replacement = item.replacement.as_ref();
        insert.execute(params![
            job,
            position,
            item.primary.as_given(),
            item.primary.gtin().map(|gtin| gtin.as_14()),
            replacement.map(Code::as_given),
            replacement.and_then(Code::gtin).map(|gtin| gtin.as_14()),
        ])?;
    }
    connection.prepare_cached("UPDATE jobs SET items = items + ?2 WHERE number = ?1")?.execute(params![job, items.len()])?;
    Ok(())
}

/// More items for an open job.
pub(super) fn append_items(connection: &Connection, changes: &mut Changes, id: &JobId, items: &[Item]) -> Result<(), JournalError> {
    let (job, open, before): (u64, bool, u32) = connection
        .prepare_cached("SELECT number, intake = 'open' AND finished_at IS NULL, items FROM jobs WHERE id = ?1")?
        .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .ok_or_else(|| JournalError::UnknownJob { id: id.clone() })?;
    if !open {
        return Err(JournalError::Sealed { id: id.clone() });
    }
    insert_items(connection, job, before, items)?;
    changes.part(job, Part::Items);
    Ok(())
}

/// No more items will come. Closing a closed list changes nothing.
pub(super) fn seal(connection: &Connection, changes: &mut Changes, id: &JobId) -> Result<(), JournalError> {
    let job = number(connection, id)?;
    connection.prepare_cached("UPDATE jobs SET intake = 'whole' WHERE number = ?1")?.execute([job])?;
    changes.part(job, Part::Items);
    Ok(())
}

/// Asks for the job's end; what is in work is still finished. A job that is done stays as it is.
pub(super) fn cancel(connection: &Connection, changes: &mut Changes, id: &JobId) -> Result<JobInfo, JournalError> {
    let job = number(connection, id)?;
    let asked = connection
        .prepare_cached("UPDATE jobs SET cancel = 1, intake = 'whole' WHERE number = ?1 AND finished_at IS NULL AND cancel = 0")?
        .execute([job])?;
    if asked > 0 {
        changes.jobs();
        changes.part(job, Part::Items);
    }
    info(connection, job)
}

pub(super) fn number(connection: &Connection, id: &JobId) -> Result<u64, JournalError> {
    connection
        .prepare_cached("SELECT number FROM jobs WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| JournalError::UnknownJob { id: id.clone() })
}

pub(super) fn info(connection: &Connection, number: u64) -> Result<JobInfo, JournalError> {
    let sql = format!("SELECT {} FROM jobs WHERE number = ?1", rows::JOB);
    Ok(connection.prepare_cached(&sql)?.query_row([number], rows::job)?)
}

pub(super) fn encode<T: serde::Serialize>(value: &T) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|source| JournalError::Encode { source })
}

/// Whoever was sending these lists went away with the process that took them.
pub(super) fn seal_abandoned(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE jobs SET intake = 'whole' WHERE intake = 'open' AND finished_at IS NULL", [])?;
    Ok(())
}
