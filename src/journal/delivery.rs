//! What became of each delivery: tried, delivered, given up, put back on its way; and how the endpoints stand. Looks at rows and
//! changes them; when to try again is decided outside.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::job::{Delivery, EndpointInfo, ListDeliveries, Replay};
use super::outbox::{CALLBACK, Target};
use super::wake::Changes;
use super::{JournalError, intake, rows};
use crate::model::JobId;

/// Addresses in trouble that are told of one endpoint.
const TROUBLES: usize = 100;

/// One try, as the deliverer saw it.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub at: Timestamp,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// One sentence, where it failed.
    pub error: Option<String>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    pub outcome: Attempted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempted {
    Delivered,
    RetryAt(Timestamp),
    GaveUp,
    /// The address is gone for good: whatever else waits for it is given up as well.
    Ended,
    /// Given up without a try.
    NotSent,
}

/// What a try changed beyond its delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Completed jobs whose last delivery this was.
    pub settled: Vec<Settled>,
    /// Other deliveries that were given up because the address ended.
    pub buried: u32,
}

/// The last delivery of a completed job is settled: nothing waits any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub job: JobId,
    pub delivered: u32,
    /// Given up.
    pub failed: u32,
}

/// Where a delivery goes.
struct Way {
    job: u64,
    endpoint: String,
    url: String,
}

/// One more try. A delivery that was settled meanwhile stays as it is.
pub(super) fn record_attempt(connection: &Connection, id: u64, attempt: &Attempt) -> Result<Recorded, JournalError> {
    let Some(way) = write(connection, id, attempt)? else { return Ok(Recorded::default()) };
    match attempt.outcome {
        Attempted::Delivered => well(connection, &way)?,
        Attempted::RetryAt(_) | Attempted::GaveUp | Attempted::Ended => trouble(connection, &way, attempt)?,
        Attempted::NotSent => {}
    }
    let (done, given_up) = match attempt.outcome {
        Attempted::RetryAt(_) => return Ok(Recorded::default()),
        Attempted::Delivered => (1, 0),
        Attempted::GaveUp | Attempted::Ended | Attempted::NotSent => (0, 1),
    };
    let mut recorded = Recorded::default();
    recorded.settled.extend(count(connection, way.job, done, given_up)?);
    if attempt.outcome == Attempted::Ended {
        bury(connection, &way, attempt, &mut recorded)?;
    }
    Ok(recorded)
}

fn write(connection: &Connection, id: u64, attempt: &Attempt) -> Result<Option<Way>, JournalError> {
    let at = attempt.at.as_millisecond();
    let (state, next_at, delivered_at, tried) = match attempt.outcome {
        Attempted::Delivered => ("delivered", at, Some(at), 1),
        Attempted::RetryAt(next) => ("waiting", next.as_millisecond(), None, 1),
        Attempted::GaveUp | Attempted::Ended => ("failed", at, None, 1),
        Attempted::NotSent => ("failed", at, None, 0),
    };
    let way = |row: &Row<'_>| Ok(Way { job: row.get(0)?, endpoint: row.get(1)?, url: row.get(2)? });
    Ok(connection
        .prepare_cached(
            "UPDATE outbox SET attempts = attempts + ?2, state = ?3, next_at = ?4, delivered_at = ?5, last_status = ?6, last_error = ?7, \
             last_answer = ?8, changed_at = ?9 WHERE id = ?1 AND state = 'waiting' RETURNING job, endpoint, url",
        )?
        .query_row(params![id, tried, state, next_at, delivered_at, attempt.status, attempt.error, attempt.answer, at], way)
        .optional()?)
}

fn well(connection: &Connection, way: &Way) -> Result<(), JournalError> {
    connection.prepare_cached("DELETE FROM troubles WHERE endpoint = ?1 AND url = ?2")?.execute(params![way.endpoint, way.url])?;
    Ok(())
}

fn trouble(connection: &Connection, way: &Way, attempt: &Attempt) -> Result<(), JournalError> {
    let at = attempt.at.as_millisecond();
    let ended_at = (attempt.outcome == Attempted::Ended).then_some(at);
    connection
        .prepare_cached(
            "INSERT INTO troubles (endpoint, url, failing_since, failures, last_failure_at, last_status, last_error, ended_at) \
             VALUES (?1, ?2, ?3, 1, ?3, ?4, ?5, ?6) ON CONFLICT (endpoint, url) DO UPDATE SET failures = failures + 1, \
             last_failure_at = ?3, last_status = ?4, last_error = ?5, ended_at = coalesce(?6, ended_at)",
        )?
        .execute(params![way.endpoint, way.url, at, attempt.status, attempt.error, ended_at])?;
    Ok(())
}

/// Moves deliveries of a job from waiting to where they ended; tells when none is left.
fn count(connection: &Connection, job: u64, done: u32, given_up: u32) -> Result<Option<Settled>, JournalError> {
    let settled = |row: &Row<'_>| {
        let last = row.get::<_, u32>(0)? == 0 && row.get(1)?;
        Ok(last.then_some(Settled { job: JobId::new(rows::text(row, 2)?), delivered: row.get(3)?, failed: row.get(4)? }))
    };
    Ok(connection
        .prepare_cached(
            "UPDATE jobs SET deliveries_waiting = deliveries_waiting - ?2 - ?3, deliveries_done = deliveries_done + ?2, \
             deliveries_failed = deliveries_failed + ?3 WHERE number = ?1 \
             RETURNING deliveries_waiting, finished_at IS NOT NULL, id, deliveries_done, deliveries_failed",
        )?
        .query_row(params![job, done, given_up], settled)?)
}

/// Gives up whatever else waits for an address that ended.
fn bury(connection: &Connection, way: &Way, attempt: &Attempt, recorded: &mut Recorded) -> Result<(), JournalError> {
    let at = attempt.at.as_millisecond();
    let mut buried: HashMap<u64, u32> = HashMap::new();
    let mut given_up = connection.prepare_cached(
        "UPDATE outbox SET state = 'failed', next_at = ?3, changed_at = ?3, last_error = ?4 \
         WHERE endpoint = ?1 AND url = ?2 AND state = 'waiting' RETURNING job",
    )?;
    for job in given_up.query_map(params![way.endpoint, way.url, at, attempt.error], |row| row.get(0))? {
        *buried.entry(job?).or_default() += 1;
    }
    for (job, deliveries) in buried {
        recorded.buried = recorded.buried.saturating_add(deliveries);
        recorded.settled.extend(count(connection, job, 0, deliveries)?);
    }
    Ok(())
}

/// Puts deliveries back on their way with the `webhook_id` that they have, and opens their addresses; tells how many.
pub(super) fn replay(connection: &Connection, changes: &mut Changes, which: &Replay) -> Result<u32, JournalError> {
    let (job, since);
    let (chosen, values): (&str, Vec<&dyn ToSql>) = match which {
        Replay::One(webhook_id) => ("webhook_id = ?1", vec![webhook_id]),
        Replay::Failed { job: id, since: moment } => {
            (job, since) = (intake::number(connection, id)?, moment.map_or(0, Timestamp::as_millisecond));
            ("job = ?1 AND state = 'failed' AND changed_at >= ?2", vec![&job, &since])
        }
        Replay::All { job: id } => {
            job = intake::number(connection, id)?;
            ("job = ?1", vec![&job])
        }
        Replay::FailedSince(moment) => {
            since = moment.as_millisecond();
            ("state = 'failed' AND changed_at >= ?1", vec![&since])
        }
    };
    let mut ways = connection.prepare(&format!("SELECT DISTINCT job, endpoint, url FROM outbox WHERE {chosen}"))?;
    let ways = ways.query_map(&*values, |row| Ok(Way { job: row.get(0)?, endpoint: row.get(1)?, url: row.get(2)? }))?;
    let ways: Vec<Way> = ways.collect::<Result<_, _>>()?;
    if let (Replay::One(webhook_id), []) = (which, &*ways) {
        return Err(JournalError::UnknownDelivery { webhook_id: webhook_id.clone() });
    }
    let armed = connection
        .prepare(&format!(
            "UPDATE outbox SET state = 'waiting', attempts = 0, next_at = {now}, changed_at = {now}, delivered_at = NULL WHERE {chosen}",
            now = rows::now()
        ))?
        .execute(&*values)?;
    for way in &ways {
        well(connection, way)?;
        recount(connection, way.job)?;
    }
    if armed > 0 {
        changes.outbox();
    }
    Ok(u32::try_from(armed).unwrap_or(u32::MAX))
}

fn recount(connection: &Connection, job: u64) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "UPDATE jobs SET (deliveries_waiting, deliveries_done, deliveries_failed) = \
             (SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'delivered'), \
              count(*) FILTER (WHERE state = 'failed') FROM outbox WHERE job = ?1) WHERE number = ?1",
        )?
        .execute([job])?;
    Ok(())
}

/// In order of id, those after `after`.
pub(super) fn list(connection: &Connection, wanted: &ListDeliveries, after: u64, limit: u32) -> Result<Vec<Delivery>, JournalError> {
    let job = wanted.job.as_ref().map(|id| intake::number(connection, id)).transpose()?;
    let since = wanted.since.map(Timestamp::as_millisecond);
    // As a text and not as a value: SQLite takes the index of dead letters only where it sees that they are meant.
    let state = wanted.state.map(|state| format!(" AND o.state = '{}'", rows::delivery_state_text(state)));
    let mut filter = format!("o.id > ?1{}", state.unwrap_or_default());
    let mut values: Vec<&dyn ToSql> = vec![&after, &limit];
    let wishes: [(&str, Option<&dyn ToSql>); 3] = [
        ("o.job =", job.as_ref().map(|job| job as &dyn ToSql)),
        ("o.endpoint =", wanted.endpoint.as_ref().map(|endpoint| endpoint as &dyn ToSql)),
        ("o.changed_at >=", since.as_ref().map(|since| since as &dyn ToSql)),
    ];
    for (condition, value) in wishes {
        if let Some(value) = value {
            values.push(value);
            filter.push_str(&format!(" AND {condition} ?{}", values.len()));
        }
    }
    let sql = format!("SELECT {} FROM outbox o JOIN jobs j ON j.number = o.job WHERE {filter} ORDER BY o.id LIMIT ?2", rows::DELIVERY);
    let mut deliveries = connection.prepare_cached(&sql)?;
    let deliveries = deliveries.query_map(&*values, rows::delivery)?;
    Ok(deliveries.collect::<Result<_, _>>()?)
}

pub(super) fn get(connection: &Connection, webhook_id: &str) -> Result<Delivery, JournalError> {
    let sql = format!("SELECT {} FROM outbox o JOIN jobs j ON j.number = o.job WHERE o.webhook_id = ?1", rows::DELIVERY);
    let delivery = connection.prepare_cached(&sql)?.query_row([webhook_id], rows::delivery).optional()?;
    delivery.ok_or_else(|| JournalError::UnknownDelivery { webhook_id: webhook_id.to_owned() })
}

/// Those of the configuration, the callback URLs as one, and those that only the outbox knows any more.
pub(super) fn endpoints(connection: &Connection, targets: &[Target]) -> Result<Vec<EndpointInfo>, JournalError> {
    let configured = targets.iter().map(|target| (target.name.as_str(), Some(&target.url))).chain([(CALLBACK, None)]);
    let none = |name: &str| EndpointInfo { name: name.to_owned(), url: None, delivered: 0, waiting: 0, failed: 0, troubles: Vec::new() };
    let mut endpoints: Vec<_> = configured.map(|(name, url)| EndpointInfo { url: url.cloned(), ..none(name) }).collect();
    let mut counted = connection.prepare_cached(
        "SELECT endpoint, count(*) FILTER (WHERE state = 'delivered'), count(*) FILTER (WHERE state = 'waiting'), \
         count(*) FILTER (WHERE state = 'failed') FROM outbox GROUP BY endpoint ORDER BY endpoint",
    )?;
    let mut counted = counted.query([])?;
    while let Some(row) = counted.next()? {
        let name = rows::text(row, 0)?;
        let place = endpoints.iter().position(|endpoint| endpoint.name == name).unwrap_or_else(|| {
            endpoints.push(none(name));
            endpoints.len() - 1
        });
        let endpoint = &mut endpoints[place];
        (endpoint.delivered, endpoint.waiting, endpoint.failed) = (row.get(1)?, row.get(2)?, row.get(3)?);
    }
    let mut troubles = connection.prepare_cached("SELECT * FROM troubles WHERE endpoint = ?1 ORDER BY failing_since, url LIMIT ?2")?;
    for endpoint in &mut endpoints {
        let found = troubles.query_map(params![endpoint.name, TROUBLES], rows::trouble)?;
        endpoint.troubles = found.collect::<Result<_, _>>()?;
    }
    Ok(endpoints)
}
