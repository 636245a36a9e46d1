//! The file itself: is it ours, is it sound, which schema does it have. A file that is refused here is left as it was.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use url::Url;

use super::JournalError;

/// "glan": tells our files from anybody else's SQLite.
const APPLICATION_ID: i64 = 0x676c_616e;

/// The steps from each schema version to the next; `user_version` is the number of those done. A step that was released is
/// never changed again.
pub(super) const STEPS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
    include_str!("schema/0006.sql"),
    include_str!("schema/0007.sql"),
];

/// The other process of a shared directory holds the file for one group of commits at a time: milliseconds.
const BUSY: Duration = Duration::from_secs(5);
/// The writer's waits of a millisecond each: the same five seconds or a little more.
const BUSY_WAITS: i32 = 5_000;

/// The whole file is checked at the start up to this size (a quarter of a second); above it only the table of jobs, since a
/// start must not take minutes.
const CHECKED_WHOLE: u64 = 32 * 1024 * 1024;

/// Bytes of the write-ahead log that are kept for reuse.
const LOG_KEPT: i64 = 64 * 1024 * 1024;

/// Statements that a connection keeps prepared: more than the room has.
const PREPARED: usize = 64;

/// Opens the file for writing, after it was found to be ours and sound, and brings its schema up to date.
pub(super) fn open(path: &Path) -> Result<Connection, JournalError> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        inspect(path)?;
    }
    let failed = |source| JournalError::Open { path: path.to_owned(), source };
    let mut writer =
        Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)).map_err(failed)?;
    let mode = prepare(&writer).map_err(failed)?;
    if mode != "wal" {
        return Err(JournalError::FileSystem { path: path.to_owned(), mode });
    }
    migrate(&mut writer).map_err(failed)?;
    make_shrinkable(&writer, path);
    Ok(writer)
}

/// A connection that cannot write.
pub(super) fn open_reader(path: &Path) -> Result<Connection, JournalError> {
    let failed = |source| JournalError::Open { path: path.to_owned(), source };
    let reader = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_ONLY)).map_err(failed)?;
    reader.busy_timeout(BUSY).map_err(failed)?;
    reader.set_prepared_statement_cache_capacity(PREPARED);
    Ok(reader)
}

/// Each connection is used by one thread at a time; SQLite need not lock it again.
fn flags(mode: OpenFlags) -> OpenFlags {
    mode | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn inspect(path: &Path) -> Result<(), JournalError> {
    let mut magic = [0; 16];
    let whole = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    if whole.is_err() || &magic != b"SQLite format 3\0" {
        return Err(JournalError::Foreign { path: path.to_owned() });
    }
    // Through SQLite, not from the header: what was last committed may still be in the write-ahead log.
    let known = STEPS.len() as i64;
    match look(path) {
        Ok(Seen { application: APPLICATION_ID, version, .. }) if version > known => {
            Err(JournalError::Newer { path: path.to_owned(), found: version, known })
        }
        Ok(Seen { application: APPLICATION_ID, report: Some(report), .. }) => Err(JournalError::Damaged { path: path.to_owned(), report }),
        Ok(Seen { application: APPLICATION_ID, .. }) => Ok(()),
        // A first start that was killed before its first commit.
        Ok(Seen { application: 0, version: 0, tables: 0, .. }) => Ok(()),
        Ok(_) => Err(JournalError::Foreign { path: path.to_owned() }),
        Err(source) => Err(JournalError::Damaged { path: path.to_owned(), report: source.to_string() }),
    }
}

struct Seen {
    application: i64,
    version: i64,
    tables: i64,
    /// What the check found, if it found anything.
    report: Option<String>,
}

fn look(path: &Path) -> rusqlite::Result<Seen> {
    let connection = open_untouched(path)?;
    connection.busy_timeout(BUSY)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let mut seen = Seen {
        application: number("PRAGMA application_id")?,
        version: number("PRAGMA user_version")?,
        tables: number("SELECT count(*) FROM sqlite_schema")?,
        report: None,
    };
    if seen.application == APPLICATION_ID && seen.version <= STEPS.len() as i64 {
        let small = std::fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_WHOLE);
        let check = if small { "PRAGMA quick_check(1)" } else { "PRAGMA quick_check('jobs')" };
        let answer: String = connection.query_row(check, [], |row| row.get(0))?;
        seen.report = (answer != "ok").then_some(answer);
    }
    Ok(seen)
}

/// Reading alone would leave a write-ahead log and its index beside the file. Where there is no log, nobody has the file open, and it may
/// be read as one that cannot change.
fn open_untouched(path: &Path) -> rusqlite::Result<Connection> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let whole = std::path::absolute(path).ok().filter(|_| !Path::new(&log).exists());
    match whole.and_then(|path| Url::from_file_path(path).ok()) {
        Some(mut url) => {
            url.set_query(Some("immutable=1"));
            Connection::open_with_flags(url.as_str(), flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI))
        }
        None => Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_ONLY)),
    }
}

/// SQLite's own handler sleeps up to 100 ms where the other process needs one.
fn wait_for_the_other(waits: i32) -> bool {
    std::thread::sleep(Duration::from_millis(1));
    waits < BUSY_WAITS
}

/// Tells the journal mode that the file system allows.
fn prepare(writer: &Connection) -> rusqlite::Result<String> {
    writer.busy_handler(Some(wait_for_the_other))?;
    writer.set_prepared_statement_cache_capacity(PREPARED);
    // FULL: each commit is on disk before it is acknowledged. Rows refer to each other by keys that the room itself gives, in
    // one transaction; foreign keys would cost a look-up per event for nothing.
    writer.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;")?;
    // Before the first page is written, or never but by a copy of the whole: what old jobs leave is then given back to the disk.
    writer.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    // After a burst the log gives its space back to the disk.
    writer.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    writer.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
}

/// A file from before space was given back is copied once, where that takes no time. A larger one stays as it is: what is deleted there
/// is used again, and the file does not shrink.
fn make_shrinkable(writer: &Connection, path: &Path) {
    let vacuum = writer.query_row("PRAGMA auto_vacuum", [], |row| row.get::<_, i64>(0));
    let small = std::fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_WHOLE);
    if matches!(vacuum, Ok(0)) && small {
        let copied = writer.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM;");
        if let Err(error) = copied {
            tracing::info!(%error, "the journal's file cannot be made to shrink now; the next start tries again");
        }
    }
}

fn migrate(writer: &mut Connection) -> rusqlite::Result<()> {
    for (done, step) in STEPS.iter().enumerate() {
        let change = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = change.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != done as i64 {
            continue;
        }
        change.execute_batch(step)?;
        change.pragma_update(None, "application_id", APPLICATION_ID)?;
        change.pragma_update(None, "user_version", version + 1)?;
        change.commit()?;
    }
    Ok(())
}
