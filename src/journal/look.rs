//! What readers ask: jobs, pages of events, results and items, deliveries. Each function is one short read.

use rusqlite::{Connection, OptionalExtension, params};

use super::job::{Entry, JobInfo, JobState};
use super::{JournalError, intake, rows};
use crate::metrics::Gauges;
use crate::model::{Event, Item, ItemResult, JobId, Seq};

/// Where a job's story stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) number: u64,
    pub(crate) last_seq: Seq,
}

/// Items that have no result yet.
#[derive(Debug)]
pub(crate) struct Undone {
    pub(crate) items: Vec<(u32, Item)>,
    /// Nothing comes after an empty page once this is so.
    pub(crate) list: List,
}

/// How far the work is behind the list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backlog {
    pub(crate) items: u32,
    pub(crate) list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Open,
    Closed,
}

/// Whether somebody asked for a job's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    GoOn,
    Cancel,
}

/// Over the indexes of what is not done.
pub(super) fn gauges(connection: &Connection) -> Result<Gauges, JournalError> {
    let count =
        "SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'running') FROM jobs WHERE finished_at IS NULL";
    let (queued, running) = connection.prepare_cached(count)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut rows = connection.prepare_cached("SELECT endpoint, count(*) FROM outbox WHERE state = 'waiting' GROUP BY endpoint")?;
    let waiting = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(Gauges { queued, running, waiting })
}

pub(super) fn place(connection: &Connection, id: &JobId) -> Result<Place, JournalError> {
    connection
        .prepare_cached("SELECT number, last_seq FROM jobs WHERE id = ?1")?
        .query_row([id.as_str()], |row| Ok(Place { number: row.get(0)?, last_seq: Seq(row.get(1)?) }))
        .optional()?
        .ok_or_else(|| JournalError::UnknownJob { id: id.clone() })
}

/// The token that handed the job in.
pub(super) fn owner(connection: &Connection, id: &JobId) -> Result<Option<String>, JournalError> {
    connection
        .prepare_cached("SELECT owner FROM jobs WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| JournalError::UnknownJob { id: id.clone() })
}

pub(super) fn job(connection: &Connection, id: &JobId) -> Result<JobInfo, JournalError> {
    intake::info(connection, intake::number(connection, id)?)
}

/// `id` is how the job was asked for.
pub(super) fn numbered(connection: &Connection, number: u64, id: &JobId) -> Result<JobInfo, JournalError> {
    let sql = format!("SELECT {} FROM jobs WHERE number = ?1", rows::JOB);
    let job = connection.prepare_cached(&sql)?.query_row([number], rows::job).optional()?;
    job.ok_or_else(|| JournalError::UnknownJob { id: id.clone() })
}

pub(super) fn items(connection: &Connection, job: u64) -> Result<Vec<Item>, JournalError> {
    let mut items = connection.prepare_cached(
        "SELECT position, primary_given, primary_gtin14, replacement_given, replacement_gtin14 FROM items WHERE job = ?1 ORDER BY position",
    )?;
    let items = items.query_map([job], |row| rows::item(row).map(|(_, item)| item))?;
    Ok(items.collect::<Result<_, _>>()?)
}

/// Newest first, those before `before`; everybody's, or one owner's.
pub(super) fn jobs(
    connection: &Connection,
    state: Option<JobState>,
    owner: Option<&str>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<JobInfo>, JournalError> {
    let before = before.unwrap_or(i64::MAX.unsigned_abs());
    let filter = if state.is_some() { "state = ?3 AND" } else { "?3 IS NULL AND" };
    let whose = if owner.is_some() { "owner = ?4 AND" } else { "?4 IS NULL AND" };
    let sql = format!("SELECT {} FROM jobs WHERE {filter} {whose} number < ?1 ORDER BY number DESC LIMIT ?2", rows::JOB);
    let mut jobs = connection.prepare_cached(&sql)?;
    let jobs = jobs.query_map(params![before, limit, state.map(rows::job_state_text), owner], rows::job)?;
    Ok(jobs.collect::<Result<_, _>>()?)
}

pub(super) fn events(connection: &Connection, job: u64, id: &JobId, after: Seq, limit: usize) -> Result<Vec<Entry>, JournalError> {
    let mut events = connection.prepare_cached("SELECT seq, at, body FROM events WHERE job = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3")?;
    let events = events.query_map(params![job, after.0, limit], |row| rows::entry(row, id))?;
    Ok(events.collect::<Result<_, _>>()?)
}

/// Results after a position, in order of position.
pub(super) fn results(connection: &Connection, job: u64, after: u32, limit: usize) -> Result<Vec<ItemResult>, JournalError> {
    let mut results = connection.prepare_cached(
        "SELECT e.body FROM items i JOIN events e ON e.job = i.job AND e.seq = i.seq \
         WHERE i.job = ?1 AND i.position > ?2 AND i.status IS NOT NULL ORDER BY i.position LIMIT ?3",
    )?;
    let mut rows = results.query(params![job, after, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if let Event::Result(result) = rows::json(rows::text(row, 0)?)? {
            found.push(*result);
        }
    }
    Ok(found)
}

pub(super) fn undone(connection: &Connection, job: u64, after: u32, limit: usize) -> Result<Undone, JournalError> {
    // Before the items: a list that is closed now gets none later.
    let open = connection.prepare_cached("SELECT intake = 'open' FROM jobs WHERE number = ?1")?.query_row([job], |row| row.get(0))?;
    let mut items = connection.prepare_cached(
        "SELECT position, primary_given, primary_gtin14, replacement_given, replacement_gtin14 FROM items \
         WHERE job = ?1 AND position > ?2 AND status IS NULL ORDER BY position LIMIT ?3",
    )?;
    let items = items.query_map(params![job, after, limit], rows::item)?.collect::<Result<_, _>>()?;
    Ok(Undone { items, list: if open { List::Open } else { List::Closed } })
}

/// Unfinished jobs after a number, oldest first: what waits, and what a process that died left running.
pub(super) fn unfinished(connection: &Connection, after: u64, limit: usize) -> Result<Vec<u64>, JournalError> {
    let mut jobs =
        connection.prepare_cached("SELECT number FROM jobs WHERE finished_at IS NULL AND number > ?1 ORDER BY number LIMIT ?2")?;
    let jobs = jobs.query_map(params![after, limit], |row| row.get(0))?;
    Ok(jobs.collect::<Result<_, _>>()?)
}

pub(super) fn to_cancel(connection: &Connection) -> Result<Vec<u64>, JournalError> {
    let mut jobs = connection.prepare_cached("SELECT number FROM jobs WHERE cancel = 1 AND finished_at IS NULL ORDER BY number")?;
    let jobs = jobs.query_map([], |row| row.get(0))?;
    Ok(jobs.collect::<Result<_, _>>()?)
}

/// Items of a job that have no result yet.
pub(super) fn backlog(connection: &Connection, id: &JobId) -> Result<Backlog, JournalError> {
    connection
        .prepare_cached(
            "SELECT items - found - not_found - ignored - invalid - failed - cancelled, intake = 'open' FROM jobs WHERE id = ?1",
        )?
        .query_row([id.as_str()], |row| {
            let list = if row.get(1)? { List::Open } else { List::Closed };
            Ok(Backlog { items: row.get(0)?, list })
        })
        .optional()?
        .ok_or_else(|| JournalError::UnknownJob { id: id.clone() })
}

pub(super) fn wish(connection: &Connection, job: u64) -> Result<Wish, JournalError> {
    let cancel = connection.prepare_cached("SELECT cancel = 1 FROM jobs WHERE number = ?1")?.query_row([job], |row| row.get(0))?;
    Ok(if cancel { Wish::Cancel } else { Wish::GoOn })
}
