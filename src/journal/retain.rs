//! Old jobs go, with all their rows, in steps that are short enough to stand between other commits. The job itself goes first, so that
//! nobody sees half of one; a crash in between loses nothing, as what is left to do is written down.

use rusqlite::{Connection, OptionalExtension, params};

use super::JournalError;

/// Rows of one step: a few milliseconds of the writer.
const ROWS: u32 = 256;

/// Pages given back to the disk in one step.
const PAGES: u32 = 256;

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sweep {
    More,
    Done,
}

/// One step of forgetting jobs that finished before `before`, in milliseconds, and have no webhook left to deliver.
pub(super) fn sweep(connection: &Connection, before: i64) -> Result<Sweep, JournalError> {
    let forgotten: Option<u64> =
        connection.prepare_cached("SELECT job FROM forgotten LIMIT 1")?.query_row([], |row| row.get(0)).optional()?;
    if let Some(job) = forgotten {
        clear(connection, job)?;
        return Ok(Sweep::More);
    }
    if forget(connection, before)? {
        return Ok(Sweep::More);
    }
    shrink(connection)
}

/// The oldest job whose time is over; false when there is none.
fn forget(connection: &Connection, before: i64) -> Result<bool, JournalError> {
    let job: Option<u64> = connection
        .prepare_cached(
            "DELETE FROM jobs WHERE number = (SELECT number FROM jobs WHERE finished_at IS NOT NULL AND deliveries_waiting = 0 \
             AND finished_at < ?1 ORDER BY finished_at LIMIT 1) RETURNING number",
        )?
        .query_row([before], |row| row.get(0))
        .optional()?;
    let Some(job) = job else { return Ok(false) };
    connection.prepare_cached("INSERT INTO forgotten (job) VALUES (?1)")?.execute([job])?;
    Ok(true)
}

/// Every table that holds rows of a job, with the key that tells them apart.
const ROWS_OF_A_JOB: [(&str, &str); 3] = [("outbox", "id"), ("events", "seq"), ("items", "position")];

fn clear(connection: &Connection, job: u64) -> Result<(), JournalError> {
    for (table, key) in ROWS_OF_A_JOB {
        let sql =
            format!("DELETE FROM {table} WHERE job = ?1 AND {key} IN (SELECT {key} FROM {table} WHERE job = ?1 ORDER BY {key} LIMIT ?2)");
        if connection.prepare_cached(&sql)?.execute(params![job, ROWS])? > 0 {
            return Ok(());
        }
    }
    connection.prepare_cached("DELETE FROM forgotten WHERE job = ?1")?.execute([job])?;
    Ok(())
}

/// Gives free pages back to the disk; the file itself becomes shorter with the next checkpoint.
fn shrink(connection: &Connection) -> Result<Sweep, JournalError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u32>(0));
    if number("PRAGMA auto_vacuum")? != 2 || number("PRAGMA freelist_count")? == 0 {
        return Ok(Sweep::Done);
    }
    let mut freed = connection.prepare_cached(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut rows = freed.query([])?;
    // It frees a page per step.
    while rows.next()?.is_some() {}
    Ok(if number("PRAGMA freelist_count")? == 0 { Sweep::Done } else { Sweep::More })
}
