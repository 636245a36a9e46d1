//! The outbox: which webhooks wait, which are due, what became of each try. Written beside the events that it tells; never sends
//! anything itself.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use url::Url;
use uuid::Uuid;

use super::job::{Entry, Replay};
use super::wake::Changes;
use super::{JournalError, intake, rows};
use crate::model::{JobId, Seq};

/// The name under which a job's own `callback_url` stands in the outbox.
pub const CALLBACK: &str = "callback";

/// A configured endpoint: it gets every result and every completed job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    pub url: Url,
}

/// A delivery whose time has come.
#[derive(Clone, Debug)]
pub struct Due {
    pub id: u64,
    pub webhook_id: String,
    /// A target's name, or [`CALLBACK`].
    pub endpoint: String,
    pub url: Url,
    /// Tries so far.
    pub attempts: u32,
    pub created_at: Timestamp,
    pub entry: Entry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Whatever is due; one that waits for its next try does not hold up the others.
    Any,
    /// Only the oldest waiting delivery of the address, and only if it is due.
    Strict,
}

/// The last delivery of a completed job is settled: nothing waits any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub job: JobId,
    pub delivered: u32,
    /// Given up.
    pub failed: u32,
}

/// One try, as the deliverer saw it.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub at: Timestamp,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// One sentence, where it failed.
    pub error: Option<String>,
    pub outcome: Attempted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempted {
    Delivered,
    RetryAt(Timestamp),
    GaveUp,
}

/// What an event is to a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Result,
    Completed,
}

/// A job's own receiver, as its row has it.
#[derive(Debug)]
pub(super) struct Callback {
    pub(super) url: Option<String>,
    pub(super) events: Option<String>,
}

impl Callback {
    fn url_for(&self, wanted: Wanted) -> Option<&str> {
        match (wanted, self.events.as_deref()) {
            (Wanted::Result, Some("completed")) => None,
            _ => self.url.as_deref(),
        }
    }
}

/// An event that goes out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mail {
    pub(super) job: u64,
    pub(super) seq: Seq,
    pub(super) wanted: Wanted,
    pub(super) now: i64,
}

/// One delivery per receiver, due at once; tells how many.
pub(super) fn post(
    connection: &Connection,
    changes: &mut Changes,
    targets: &[Target],
    callback: &Callback,
    mail: Mail,
) -> Result<u32, JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO outbox (webhook_id, job, seq, endpoint, url, state, created_at, next_at) VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6)",
    )?;
    let configured = targets.iter().map(|target| (target.name.as_str(), target.url.as_str()));
    let own = callback.url_for(mail.wanted).map(|url| (CALLBACK, url));
    let mut posted = 0;
    for (endpoint, url) in configured.chain(own) {
        let webhook_id = format!("msg_{}", Uuid::now_v7().simple());
        insert.execute(params![webhook_id, mail.job, mail.seq.0, endpoint, url, mail.now])?;
        posted += 1;
    }
    if posted > 0 {
        changes.outbox();
    }
    Ok(posted)
}

/// What waits for a target goes where the target points now: a corrected address counts for the past too.
pub(super) fn follow(connection: &Connection, targets: &[Target]) -> rusqlite::Result<()> {
    for target in targets.iter().filter(|target| target.name != CALLBACK) {
        connection.execute("UPDATE outbox SET url = ?2 WHERE endpoint = ?1 AND url <> ?2", params![target.name, target.url.as_str()])?;
    }
    Ok(())
}

/// The addresses that something waits for, each with its earliest moment: one step per address, however much waits for it.
const ADDRESSES: &str = "WITH RECURSIVE addresses (url) AS ( \
       SELECT min(url) FROM outbox WHERE state = 'waiting' \
       UNION ALL \
       SELECT (SELECT min(o.url) FROM outbox o WHERE o.state = 'waiting' AND o.url > addresses.url) FROM addresses WHERE url IS NOT NULL \
     ), waiting (url, next_at) AS ( \
       SELECT url, (SELECT min(o.next_at) FROM outbox o WHERE o.state = 'waiting' AND o.url = addresses.url) FROM addresses \
       WHERE url IS NOT NULL \
     )";

pub(super) fn due_urls(connection: &Connection, now: Timestamp) -> Result<Vec<Url>, JournalError> {
    let mut urls = connection.prepare_cached(&format!("{ADDRESSES} SELECT url FROM waiting WHERE next_at <= ?1"))?;
    let urls = urls.query_map([now.as_millisecond()], |row| rows::url(rows::text(row, 0)?))?;
    Ok(urls.collect::<Result<_, _>>()?)
}

pub(super) fn due(
    connection: &Connection,
    url: &Url,
    now: Timestamp,
    order: Order,
    limit: usize,
    after: u64,
) -> Result<Vec<Due>, JournalError> {
    let chosen = match order {
        Order::Any => "SELECT id FROM outbox WHERE state = 'waiting' AND url = ?1 AND id > ?3 AND next_at <= ?2 ORDER BY id LIMIT ?4",
        // The oldest of all, whether it is due or not; what is due is decided outside.
        Order::Strict => "SELECT id FROM outbox WHERE state = 'waiting' AND url = ?1 AND ?4 > 0 ORDER BY id LIMIT 1",
    };
    let sql = format!(
        "SELECT o.id AS id, o.webhook_id AS webhook_id, o.endpoint AS endpoint, o.attempts AS attempts, o.created_at AS created_at, \
         j.id AS job, e.seq AS seq, e.at AS at, e.body AS body \
         FROM outbox o JOIN jobs j ON j.number = o.job JOIN events e ON e.job = o.job AND e.seq = o.seq \
         WHERE o.id IN ({chosen}) AND o.next_at <= ?2 AND o.id > ?3 ORDER BY o.id"
    );
    let mut due = connection.prepare_cached(&sql)?;
    let due = due.query_map(params![url.as_str(), now.as_millisecond(), after, limit], |row| {
        Ok(Due {
            id: row.get("id")?,
            webhook_id: row.get("webhook_id")?,
            endpoint: row.get("endpoint")?,
            url: url.clone(),
            attempts: row.get("attempts")?,
            created_at: rows::moment(row.get("created_at")?)?,
            entry: rows::entry(row, &JobId::new(row.get::<_, String>("job")?))?,
        })
    })?;
    Ok(due.collect::<Result<_, _>>()?)
}

pub(super) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, JournalError> {
    let sql = format!("{ADDRESSES} SELECT min(next_at) FROM waiting");
    let next: Option<i64> = connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
    Ok(next.map(rows::moment).transpose()?)
}

pub(super) fn next_in_order(connection: &Connection, url: &Url) -> Result<Option<Timestamp>, JournalError> {
    let next: Option<i64> = connection
        .prepare_cached("SELECT next_at FROM outbox WHERE state = 'waiting' AND url = ?1 ORDER BY id LIMIT 1")?
        .query_row([url.as_str()], |row| row.get(0))
        .optional()?;
    Ok(next.map(rows::moment).transpose()?)
}

/// One more try. A delivery that was delivered meanwhile stays delivered.
pub(super) fn record_attempt(connection: &Connection, id: u64, attempt: &Attempt) -> Result<Option<Settled>, JournalError> {
    let at = attempt.at.as_millisecond();
    let (state, next_at, delivered_at) = match attempt.outcome {
        Attempted::Delivered => ("delivered", at, Some(at)),
        Attempted::RetryAt(next) => ("waiting", next.as_millisecond(), None),
        Attempted::GaveUp => ("failed", at, None),
    };
    let job: Option<u64> = connection
        .prepare_cached(
            "UPDATE outbox SET attempts = attempts + 1, state = ?2, next_at = ?3, delivered_at = ?4, last_status = ?5, last_error = ?6 \
             WHERE id = ?1 AND state = 'waiting' RETURNING job",
        )?
        .query_row(params![id, state, next_at, delivered_at, attempt.status, attempt.error], |row| row.get(0))
        .optional()?;
    let counter = match attempt.outcome {
        Attempted::RetryAt(_) => return Ok(None),
        Attempted::Delivered => "deliveries_done",
        Attempted::GaveUp => "deliveries_failed",
    };
    let Some(job) = job else { return Ok(None) };
    let settled = |row: &Row<'_>| {
        let last = row.get::<_, u32>(0)? == 0 && row.get(1)?;
        Ok(last.then_some(Settled { job: JobId::new(rows::text(row, 2)?), delivered: row.get(3)?, failed: row.get(4)? }))
    };
    let sql = format!(
        "UPDATE jobs SET deliveries_waiting = deliveries_waiting - 1, {counter} = {counter} + 1 WHERE number = ?1 \
         RETURNING deliveries_waiting, finished_at IS NOT NULL, id, deliveries_done, deliveries_failed"
    );
    Ok(connection.prepare_cached(&sql)?.query_row([job], settled)?)
}

/// Re-arms deliveries of a job with the `webhook_id` that they have; tells how many.
pub(super) fn replay(connection: &Connection, changes: &mut Changes, id: &JobId, which: Replay) -> Result<u32, JournalError> {
    let job = intake::number(connection, id)?;
    let chosen = match which {
        Replay::Failed => "state = 'failed'",
        Replay::All => "true",
    };
    let armed = connection
        .prepare_cached(&format!(
            "UPDATE outbox SET state = 'waiting', attempts = 0, next_at = ?2, delivered_at = NULL WHERE job = ?1 AND {chosen}"
        ))?
        .execute(params![job, rows::now()])?;
    connection
        .prepare_cached(
            "UPDATE jobs SET (deliveries_waiting, deliveries_done, deliveries_failed) = \
             (SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'delivered'), \
              count(*) FILTER (WHERE state = 'failed') FROM outbox WHERE job = ?1) WHERE number = ?1",
        )?
        .execute([job])?;
    if armed > 0 {
        changes.outbox();
    }
    Ok(u32::try_from(armed).unwrap_or(u32::MAX))
}
