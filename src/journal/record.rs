//! How a job's story is written: numbered events without a gap, each item's result once, the webhooks beside them. Each function
//! is one command of the writer.

use rusqlite::{Connection, OptionalExtension, params};

use super::job::{JobInfo, JobState};
use super::outbox::{self, Mail, Wanted};
use super::wake::{Changes, Part};
use super::{JournalError, Target, intake, rows};
use crate::model::{Completed, Event, ItemStatus, Seq};

/// An event on its way to the writer; its body is made before, so that the writer only writes.
#[derive(Debug)]
pub(super) struct Draft {
    kind: Kind,
    body: String,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Accepted,
    Progress,
    Waiting,
    Result { position: u32, status: ItemStatus },
    Completed,
}

/// What became of an appended event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    Written(Seq),
    /// The item has its result already, there is no such item, or the job is over; nothing was written.
    Refused,
}

impl Draft {
    pub(super) fn of(event: &Event) -> Result<Self, JournalError> {
        let kind = match event {
            Event::Accepted(_) => Kind::Accepted,
            Event::Progress(_) => Kind::Progress,
            Event::Waiting(_) => Kind::Waiting,
            Event::Result(result) => Kind::Result { position: result.position, status: result.status },
            Event::Completed(_) => Kind::Completed,
        };
        Ok(Self { kind, body: intake::encode(event)? })
    }
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Progress => "progress",
            Self::Waiting => "waiting",
            Self::Result { .. } => "result",
            Self::Completed => "completed",
        }
    }
}

/// A job's state is `running` from here on.
pub(super) fn start(connection: &Connection, number: u64) -> Result<JobInfo, JournalError> {
    connection.prepare_cached("UPDATE jobs SET state = 'running' WHERE number = ?1 AND state = 'queued'")?.execute([number])?;
    intake::info(connection, number)
}

/// Event 1.
pub(super) fn accepted(connection: &Connection, number: u64, now: i64, event: &Event) -> Result<(), JournalError> {
    let mut page = Page::open(connection, number, now)?;
    page.write(&Draft::of(event)?)?;
    page.close()
}

/// Events of the running job, in order. Results of items that are done already are refused one by one.
pub(super) fn append(
    connection: &Connection,
    changes: &mut Changes,
    targets: &[Target],
    number: u64,
    drafts: &[Draft],
) -> Result<Vec<Appended>, JournalError> {
    let mut page = Page::open(connection, number, rows::now())?;
    let mut told = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if page.finished {
            told.push(Appended::Refused);
            continue;
        }
        let Kind::Result { position, status } = draft.kind else {
            told.push(Appended::Written(page.write(draft)?));
            continue;
        };
        if !page.mark(position, status)? {
            told.push(Appended::Refused);
            continue;
        }
        let seq = page.write(draft)?;
        page.post(changes, targets, seq, Wanted::Result)?;
        told.push(Appended::Written(seq));
    }
    page.close()?;
    changes.part(number, Part::Events);
    Ok(told)
}

/// The last event, made from the items' own rows.
pub(super) fn complete(connection: &Connection, changes: &mut Changes, targets: &[Target], number: u64) -> Result<Completed, JournalError> {
    let now = rows::now();
    let mut page = Page::open(connection, number, now)?;
    let ready: bool = connection
        .prepare_cached(
            "SELECT intake = 'whole' AND finished_at IS NULL AND NOT EXISTS (SELECT 1 FROM items WHERE job = ?1 AND status IS NULL) \
             FROM jobs WHERE number = ?1",
        )?
        .query_row([number], |row| row.get(0))?;
    if !ready {
        return Err(JournalError::Unfinished { number });
    }
    let completed = summary(connection, number, now)?;
    let seq = page.write(&Draft::of(&Event::Completed(completed.clone()))?)?;
    page.post(changes, targets, seq, Wanted::Completed)?;
    page.close()?;
    let state = if completed.cancelled { JobState::Cancelled } else { JobState::Completed };
    connection.prepare_cached("UPDATE jobs SET state = ?2, finished_at = ?3 WHERE number = ?1")?.execute(params![
        number,
        rows::job_state_text(state),
        now
    ])?;
    changes.part(number, Part::Events);
    Ok(completed)
}

fn summary(connection: &Connection, number: u64, now: i64) -> Result<Completed, JournalError> {
    let mut completed =
        connection.prepare_cached("SELECT ignored3400, cancel, created_at FROM jobs WHERE number = ?1")?.query_row([number], |row| {
            Ok(Completed {
                ignored3400: rows::json(rows::text(row, 0)?)?,
                cancelled: row.get(1)?,
                elapsed_ms: u64::try_from(now - row.get::<_, i64>(2)?).unwrap_or(0),
                ..Completed::default()
            })
        })?;
    let mut items = connection.prepare_cached("SELECT primary_given, status FROM items WHERE job = ?1 ORDER BY position")?;
    let mut items = items.query([number])?;
    while let Some(row) = items.next()? {
        if let Some(status) = rows::item_status(rows::text(row, 1)?) {
            completed.count(rows::text(row, 0)?, status);
        }
    }
    Ok(completed)
}

/// A job's journal while one command writes to it.
struct Page<'a> {
    connection: &'a Connection,
    number: u64,
    now: i64,
    last_seq: u64,
    finished: bool,
    callback: outbox::Callback,
    posted: u32,
}

impl<'a> Page<'a> {
    fn open(connection: &'a Connection, number: u64, now: i64) -> Result<Self, JournalError> {
        Ok(connection
            .prepare_cached("SELECT last_seq, finished_at IS NOT NULL, callback_url, callback_events FROM jobs WHERE number = ?1")?
            .query_row([number], |row| {
                Ok(Self {
                    connection,
                    number,
                    now,
                    last_seq: row.get(0)?,
                    finished: row.get(1)?,
                    callback: outbox::Callback { url: row.get(2)?, events: row.get(3)? },
                    posted: 0,
                })
            })?)
    }

    fn write(&mut self, draft: &Draft) -> Result<Seq, JournalError> {
        self.last_seq += 1;
        self.connection.prepare_cached("INSERT INTO events (job, seq, at, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
            self.number,
            self.last_seq,
            self.now,
            draft.kind.text(),
            draft.body
        ])?;
        Ok(Seq(self.last_seq))
    }

    /// Gives the item its status, which the next event tells; false when it had one.
    fn mark(&self, position: u32, status: ItemStatus) -> Result<bool, JournalError> {
        let text = rows::item_status_text(status);
        let marked = self
            .connection
            .prepare_cached("UPDATE items SET status = ?3, seq = ?4 WHERE job = ?1 AND position = ?2 AND status IS NULL RETURNING 1")?
            .query_row(params![self.number, position, text, self.last_seq + 1], |_| Ok(()))
            .optional()?;
        if marked.is_some() {
            // The column is called as the status.
            self.connection.prepare_cached(&format!("UPDATE jobs SET {text} = {text} + 1 WHERE number = ?1"))?.execute([self.number])?;
        }
        Ok(marked.is_some())
    }

    fn post(&mut self, changes: &mut Changes, targets: &[Target], seq: Seq, wanted: Wanted) -> Result<(), JournalError> {
        self.posted +=
            outbox::post(self.connection, changes, targets, &self.callback, Mail { job: self.number, seq, wanted, now: self.now })?;
        Ok(())
    }

    fn close(self) -> Result<(), JournalError> {
        self.connection
            .prepare_cached("UPDATE jobs SET last_seq = ?2, deliveries_waiting = deliveries_waiting + ?3 WHERE number = ?1")?
            .execute(params![self.number, self.last_seq, self.posted])?;
        Ok(())
    }
}
