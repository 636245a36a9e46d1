//! The outbox: which webhooks wait and which are due. Written beside the events that it tells; never sends anything itself.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use url::Url;
use uuid::Uuid;

use super::job::Entry;
use super::wake::Changes;
use super::{JournalError, rows};
use crate::model::{JobId, Seq};

/// The name under which a job's own `callback_url` stands in the outbox.
pub const CALLBACK: &str = "callback";

/// How long trouble with a callback URL is remembered, and with an endpoint to which nothing goes any more.
const TROUBLE_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

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
    /// The job's number: see [`Order::Fair`].
    pub job: u64,
    /// When the address said that it is gone for good; nothing is to be sent to it.
    pub ended_at: Option<Timestamp>,
    pub entry: Entry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Whatever is due, one of each job in turn, so that a large job does not hold up a small one; one that waits for its next try
    /// holds up nobody.
    Fair {
        /// The job whose turn came last.
        after: u64,
    },
    /// Only the oldest waiting delivery of the address, and only if it is due.
    Strict,
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
        "INSERT INTO outbox (webhook_id, job, seq, endpoint, url, state, created_at, next_at, changed_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6, ?6)",
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
        connection.execute("DELETE FROM troubles WHERE endpoint = ?1 AND url <> ?2", params![target.name, target.url.as_str()])?;
    }
    let long_ago = rows::now() - i64::try_from(TROUBLE_KEPT.as_millis()).unwrap_or(i64::MAX);
    let forget = "DELETE FROM troubles WHERE last_failure_at < ?1 AND (ended_at IS NULL OR endpoint = ?2)";
    connection.execute(forget, params![long_ago, CALLBACK])?;
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

/// At most `limit` deliveries that are due, without those under way.
pub(super) fn due(
    connection: &Connection,
    url: &Url,
    now: Timestamp,
    order: Order,
    limit: usize,
    under_way: &HashSet<u64>,
) -> Result<Vec<Due>, JournalError> {
    let chosen = match order {
        Order::Fair { after } => in_turn(connection, url, now, after, limit, under_way)?,
        Order::Strict => oldest(connection, url, now)?.into_iter().filter(|id| !under_way.contains(id)).take(limit).collect(),
    };
    let mut read = connection.prepare_cached(
        "SELECT o.id AS id, o.webhook_id AS webhook_id, o.endpoint AS endpoint, o.attempts AS attempts, o.created_at AS created_at, \
         o.job AS number, t.ended_at AS ended_at, j.id AS job, e.seq AS seq, e.at AS at, e.body AS body \
         FROM outbox o JOIN jobs j ON j.number = o.job JOIN events e ON e.job = o.job AND e.seq = o.seq \
         LEFT JOIN troubles t ON t.endpoint = o.endpoint AND t.url = o.url WHERE o.id = ?1",
    )?;
    let read = |id| Ok(read.query_row([id], |row| due_row(row, url))?);
    chosen.into_iter().map(read).collect()
}

fn due_row(row: &Row<'_>, url: &Url) -> rusqlite::Result<Due> {
    Ok(Due {
        id: row.get("id")?,
        webhook_id: row.get("webhook_id")?,
        endpoint: row.get("endpoint")?,
        url: url.clone(),
        attempts: row.get("attempts")?,
        created_at: rows::moment(row.get("created_at")?)?,
        job: row.get("number")?,
        ended_at: row.get::<_, Option<i64>>("ended_at")?.map(rows::moment).transpose()?,
        entry: rows::entry(row, &JobId::new(row.get::<_, String>("job")?))?,
    })
}

/// The oldest of all that wait for the address, if it is due.
fn oldest(connection: &Connection, url: &Url, now: Timestamp) -> Result<Option<u64>, JournalError> {
    let oldest = connection
        .prepare_cached("SELECT id, next_at <= ?2 FROM outbox WHERE state = 'waiting' AND url = ?1 ORDER BY id LIMIT 1")?
        .query_row(params![url.as_str(), now.as_millisecond()], |row| Ok((row.get(0)?, row.get::<_, bool>(1)?)))
        .optional()?;
    Ok(oldest.and_then(|(id, due)| due.then_some(id)))
}

/// One of each job in turn, beginning behind the job `after`, each job's own by the moment at which they became due.
fn in_turn(
    connection: &Connection,
    url: &Url,
    now: Timestamp,
    after: u64,
    limit: usize,
    under_way: &HashSet<u64>,
) -> Result<Vec<u64>, JournalError> {
    // One step per job, however much waits for it.
    let mut step = connection.prepare_cached("SELECT min(job) FROM outbox WHERE state = 'waiting' AND url = ?1 AND job > ?2")?;
    let mut step = |job: u64| step.query_row(params![url.as_str(), job], |row| row.get::<_, Option<u64>>(0));
    let mut own = connection.prepare_cached(
        "SELECT id FROM outbox WHERE state = 'waiting' AND url = ?1 AND job = ?2 AND next_at <= ?3 ORDER BY next_at, id LIMIT ?4",
    )?;
    let mut jobs: Vec<Vec<u64>> = Vec::new();
    let (mut last, mut wrapped) = (after, false);
    while jobs.len() < limit {
        match step(last)? {
            Some(job) if wrapped && job > after => break,
            Some(job) => {
                let ids = own.query_map(params![url.as_str(), job, now.as_millisecond(), limit + under_way.len()], |row| row.get(0))?;
                let ids: Vec<u64> = ids.collect::<Result<_, _>>()?;
                let ids: Vec<u64> = ids.into_iter().filter(|id| !under_way.contains(id)).collect();
                jobs.extend((!ids.is_empty()).then_some(ids));
                last = job;
            }
            None if wrapped || after == 0 => break,
            None => (last, wrapped) = (0, true),
        }
    }
    let longest = jobs.iter().map(Vec::len).max().unwrap_or(0);
    Ok((0..longest).flat_map(|place| jobs.iter().filter_map(move |ids| ids.get(place).copied())).take(limit).collect())
}

pub(super) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, JournalError> {
    let sql = format!("{ADDRESSES} SELECT min(next_at) FROM waiting");
    let next: Option<i64> = connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
    Ok(next.map(rows::moment).transpose()?)
}

/// Whom something that is due at an address is for.
pub(super) fn next_endpoint(connection: &Connection, url: &Url, now: Timestamp) -> Result<Option<String>, JournalError> {
    Ok(connection
        .prepare_cached("SELECT endpoint FROM outbox WHERE state = 'waiting' AND url = ?1 AND next_at <= ?2 ORDER BY next_at LIMIT 1")?
        .query_row(params![url.as_str(), now.as_millisecond()], |row| row.get(0))
        .optional()?)
}

pub(super) fn next_in_order(connection: &Connection, url: &Url) -> Result<Option<Timestamp>, JournalError> {
    let next: Option<i64> = connection
        .prepare_cached("SELECT next_at FROM outbox WHERE state = 'waiting' AND url = ?1 ORDER BY id LIMIT 1")?
        .query_row([url.as_str()], |row| row.get(0))
        .optional()?;
    Ok(next.map(rows::moment).transpose()?)
}
