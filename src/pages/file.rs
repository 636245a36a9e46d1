//! The file of the store: is it ours, what stands in it, and how it is kept within its bound.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::PagesError;

/// "glpg": tells our files from anybody else's SQLite.
const APPLICATION_ID: i64 = 0x676c_7067;
const VERSION: i64 = 1;

const MAGIC: &[u8] = b"SQLite format 3\0";

/// Another process of the directory holds the file for one page at a time.
const BUSY: Duration = Duration::from_secs(5);

/// Bytes of the write-ahead log that are kept for reuse.
const LOG_KEPT: i64 = 8 * 1024 * 1024;

/// Pages that make room at a time.
const AT_ONCE: usize = 16;

/// Opens the file, a new one where there is none. A damaged one is set aside.
pub(super) fn open(path: &Path) -> Result<Connection, PagesError> {
    // SQLite takes a short file for an empty one and writes over it.
    if !is_sqlite(path) {
        set_aside(path)?;
    }
    match create(path) {
        Err(PagesError::Open { source, .. }) if is_damaged(&source) => {
            set_aside(path)?;
            create(path)
        }
        opened => opened,
    }
}

/// Also what is not there or empty; what cannot be read is for SQLite to say.
fn is_sqlite(path: &Path) -> bool {
    let mut magic = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut magic));
    read.is_err() || magic.is_empty() || magic == MAGIC
}

fn create(path: &Path) -> Result<Connection, PagesError> {
    let failed = |source| PagesError::Open { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    match look(&connection).map_err(failed)? {
        Seen { application: APPLICATION_ID, version: VERSION, .. } => {}
        Seen { application: APPLICATION_ID, .. } => return Err(PagesError::Newer { path: path.to_owned() }),
        Seen { application: 0, version: 0, tables: 0 } => {}
        Seen { .. } => return Err(PagesError::Foreign { path: path.to_owned() }),
    }
    prepare(&connection).and_then(|()| set_up(&mut connection)).map_err(failed)?;
    Ok(connection)
}

struct Seen {
    application: i64,
    version: i64,
    tables: i64,
}

fn look(connection: &Connection) -> rusqlite::Result<Seen> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    Ok(Seen {
        application: number("PRAGMA application_id")?,
        version: number("PRAGMA user_version")?,
        tables: number("SELECT count(*) FROM sqlite_schema")?,
    })
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // Before anything else is written: later it changes nothing. It lets the file shrink again.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    let _mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    // A power cut may cost the last pages, which is what a copy is worth.
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT)
}

fn set_up(connection: &mut Connection) -> rusqlite::Result<()> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if look(&change)?.version != VERSION {
        change.execute_batch(include_str!("schema.sql"))?;
        change.pragma_update(None, "application_id", APPLICATION_ID)?;
        change.pragma_update(None, "user_version", VERSION)?;
    }
    change.commit()
}

fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

fn set_aside(path: &Path) -> Result<(), PagesError> {
    let aside = path.with_extension("db.damaged");
    std::fs::rename(path, &aside).map_err(|source| PagesError::Damaged { path: path.to_owned(), source })?;
    for log in ["db-wal", "db-shm"] {
        // Mostly there is none; one that stays is refused with the next start.
        let _ = std::fs::remove_file(path.with_extension(log));
    }
    tracing::warn!("{} is damaged: it was set aside as {}, and an empty store takes its place", path.display(), aside.display());
    Ok(())
}

/// Pages whose time is over.
pub(super) fn sweep(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM pages WHERE until < ?1")?.execute([now])?;
    Ok(())
}

/// The file becomes as small as what is in it.
pub(super) fn shrink(connection: &Connection) -> rusqlite::Result<()> {
    let mut vacuum = connection.prepare("PRAGMA incremental_vacuum")?;
    let mut steps = vacuum.query([])?;
    while steps.next()?.is_some() {}
    Ok(())
}

/// Makes room, oldest first, until the pages are within so many bytes. Room that became free is used again before the file grows.
pub(super) fn bound(connection: &Connection, max_bytes: u64) -> rusqlite::Result<()> {
    while used(connection)? > max_bytes {
        let gone = connection
            .prepare_cached("DELETE FROM pages WHERE number IN (SELECT number FROM pages ORDER BY retrieved_at LIMIT ?1)")?
            .execute([AT_ONCE])?;
        if gone == 0 {
            break;
        }
    }
    Ok(())
}

pub(super) fn used(connection: &Connection) -> rusqlite::Result<u64> {
    let number = |sql: &str| connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, u64>(0));
    Ok(number("PRAGMA page_count")?.saturating_sub(number("PRAGMA freelist_count")?) * number("PRAGMA page_size")?)
}
