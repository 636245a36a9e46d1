//! The store: one connection, used off the async threads by one at a time. Its failures cost a copy and nothing else.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use url::Url;

use super::{Entry, Key, Missing, PagesError, Settings, Stay, Stored, file, packed};
use crate::model::{JobId, Page, Validators};

/// The file's name in the data directory.
const FILE: &str = "pages.db";

/// A copy that is too old saves the way of a whole page when the shop says that it has not changed; after so long it rarely has not.
const STALE_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Between two looks for pages whose time is over.
const SWEEP: i64 = 60_000;

/// The pages on disk. Cheap to clone; clones share everything. Several processes may use one directory.
#[derive(Clone, Debug)]
pub struct Pages(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    desk: Mutex<Desk>,
    /// Whether a failure was told; a full disk is told once and not with every page.
    told: AtomicBool,
}

#[derive(Debug)]
struct Desk {
    connection: Connection,
    swept: i64,
}

impl Pages {
    /// Opens the store in `data_dir`, both made when they are missing. A damaged file is set aside.
    ///
    /// # Errors
    /// A directory that cannot be written to, a file that is not ours or of a newer version (it is left as it was).
    pub fn open(data_dir: &Path, settings: &Settings) -> Result<Self, PagesError> {
        std::fs::create_dir_all(data_dir).map_err(|source| PagesError::Directory { dir: data_dir.to_owned(), source })?;
        let connection = file::open(&data_dir.join(FILE))?;
        let pages = Self(Arc::new(Inner {
            settings: settings.clone(),
            desk: Mutex::new(Desk { connection, swept: 0 }),
            told: AtomicBool::new(false),
        }));
        pages.0.told("looking for old pages", pages.0.desk().tidy(settings));
        Ok(pages)
    }

    /// What holds where a job says nothing.
    pub(crate) fn max_age(&self) -> Duration {
        self.0.settings.max_age
    }

    /// The newest copy of what was asked in the same way, if it may be taken in place of a request.
    pub(crate) async fn newest(&self, key: &Key) -> Option<Stored> {
        let key = key.clone();
        let read = self.off(move |inner| inner.told("reading a page", inner.newest(&key))).await;
        let stored = read.flatten().flatten()?;
        is_copy(&stored.page).then_some(stored)
    }

    /// Keeps a page as long as `stay` is worth, and no other copy of it than jobs have.
    pub(crate) async fn put(&self, key: &Key, entry: Entry, stay: Stay) {
        let Some(until) = self.0.until(&entry.page, &stay) else { return };
        let key = key.clone();
        let job = stay.job.filter(|_| !self.0.settings.keep.is_zero());
        self.off(move |inner| inner.told("keeping a page", inner.put(&key, &entry, until, job.as_ref()))).await;
    }

    /// The page that a job had for a request, by whatever way it came.
    pub(crate) async fn kept(&self, job: &JobId, key: &Key) -> Result<Page, Missing> {
        let (job, key) = (job.clone(), key.clone());
        self.off(move |inner| inner.kept(&job, &key)).await.unwrap_or(Err(Missing::Damaged))
    }

    /// How many pages are kept for a job.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count(&self, job: &JobId) -> Result<u64, crate::Error> {
        let desk = self.0.desk();
        let counted = desk.connection.query_row("SELECT count(*) FROM kept WHERE job = ?1", [job.as_str()], |row| row.get(0));
        counted.map_err(|error| crate::Error::new(crate::ErrorKind::Storage, format!("the store of pages cannot be read: {error}")))
    }

    /// Runs on a blocking thread; nothing when that panicked.
    async fn off<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> T + Send + 'static) -> Option<T> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&inner)).await.ok()
    }
}

/// Only a page that was really there, of a kind that is read, stands in for a request. `Cache-Control: no-store` does not count: PHP
/// sends it with every page of a session, so it says nothing about the page, and who sets `max_age` decides.
fn is_copy(page: &Page) -> bool {
    let kind = page.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    (200..300).contains(&page.status) && (kind.contains("html") || kind.contains("json"))
}

impl Inner {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing, and a word in the log, for what failed.
    fn told<T>(&self, doing: &'static str, outcome: rusqlite::Result<T>) -> Option<T> {
        match outcome {
            Ok(done) => return Some(done),
            Err(error) if self.told.swap(true, Ordering::Relaxed) => tracing::debug!("{doing} failed in the store of pages: {error}"),
            Err(error) => tracing::warn!("{doing} failed in the store of pages: {error}; the work goes on without it"),
        }
        None
    }

    /// Until when the page is worth its room; nothing when it is not.
    fn until(&self, page: &Page, stay: &Stay) -> Option<i64> {
        let for_job = stay.job.as_ref().map(|_| self.settings.keep).filter(|keep| !keep.is_zero());
        let as_copy = (!stay.max_age.is_zero() && is_copy(page)).then(|| stay.max_age.saturating_add(STALE_KEPT));
        let time = for_job.max(as_copy)?;
        Some(now().saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
    }

    fn newest(&self, key: &Key) -> rusqlite::Result<Option<Stored>> {
        let sql = "SELECT number, retrieved_at, status, url, content_type, etag, last_modified, length, body FROM pages \
                   WHERE request = ?1 AND way = ?2 ORDER BY retrieved_at DESC LIMIT 1";
        let raw = self.desk().connection.prepare_cached(sql)?.query_row([&key.request, &key.way], Raw::of).optional()?;
        let Some(raw) = raw else { return Ok(None) };
        let (number, validators) = (raw.number, raw.validators.clone());
        match raw.page() {
            Some(page) => Ok(Some(Stored { number, page: Arc::new(page), validators })),
            None => {
                tracing::warn!("a stored page was damaged and is dropped");
                self.desk().connection.execute("DELETE FROM pages WHERE number = ?1", [number])?;
                Ok(None)
            }
        }
    }

    fn kept(&self, job: &JobId, key: &Key) -> Result<Page, Missing> {
        let sql = "SELECT p.number, k.retrieved_at, status, url, content_type, etag, last_modified, length, body \
                   FROM kept k JOIN pages p ON p.number = k.page WHERE k.job = ?1 AND k.request = ?2";
        let raw = self.desk().connection.query_row(sql, [job.as_str(), &key.request], Raw::of).optional();
        let raw = raw.inspect_err(|error| tracing::warn!("a kept page cannot be read: {error}")).map_err(|_| Missing::Damaged)?;
        raw.ok_or(Missing::NotKept)?.page().ok_or(Missing::Damaged)
    }

    fn put(&self, key: &Key, entry: &Entry, until: i64, job: Option<&JobId>) -> rusqlite::Result<()> {
        let at = entry.page.retrieved_at.as_millisecond();
        if let Some(number) = entry.renews {
            let sql = "UPDATE OR IGNORE pages SET retrieved_at = ?2 WHERE number = ?1";
            self.desk().connection.prepare_cached(sql)?.execute([number, at])?;
        }
        let known = self.desk().find(key, at)?;
        // Not at the desk: others need not wait for it.
        let body = known.is_none().then(|| packed::pack(&entry.page.text)).transpose().map_err(unpackable)?;
        let mut desk = self.desk();
        let change = desk.connection.transaction()?;
        if let Some(body) = body {
            insert(&change, key, entry, until, &body)?;
        }
        change
            .prepare_cached("UPDATE pages SET until = max(until, ?4) WHERE request = ?1 AND way = ?2 AND retrieved_at = ?3")?
            .execute(params![key.request, key.way, at, until])?;
        if let Some(job) = job {
            keep(&change, key, at, job)?;
        }
        // An older copy stays only where a job has it.
        change
            .prepare_cached(
                "DELETE FROM pages WHERE request = ?1 AND way = ?2 AND retrieved_at < ?3 AND NOT EXISTS (SELECT 1 FROM kept WHERE page = number)",
            )?
            .execute(params![key.request, key.way, at])?;
        file::bound(&change, self.settings.max_bytes)?;
        change.commit()?;
        desk.tidy(&self.settings)
    }
}

fn insert(connection: &Connection, key: &Key, Entry { page, validators, .. }: &Entry, until: i64, body: &[u8]) -> rusqlite::Result<()> {
    // Another one who had the same page may have been faster.
    let sql = "INSERT OR IGNORE INTO pages \
               (request, way, retrieved_at, until, status, url, content_type, etag, last_modified, length, body) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    connection.prepare_cached(sql)?.execute(params![
        key.request,
        key.way,
        page.retrieved_at.as_millisecond(),
        until,
        page.status,
        page.url.as_str(),
        page.content_type,
        validators.etag,
        validators.last_modified,
        page.text.len(),
        body
    ])?;
    Ok(())
}

fn keep(connection: &Connection, key: &Key, at: i64, job: &JobId) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO kept (job, request, page, retrieved_at) \
               SELECT ?1, request, number, retrieved_at FROM pages WHERE request = ?2 AND way = ?3 AND retrieved_at = ?4";
    connection.prepare_cached(sql)?.execute(params![job.as_str(), key.request, key.way, at])?;
    Ok(())
}

impl Desk {
    fn find(&self, key: &Key, at: i64) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT number FROM pages WHERE request = ?1 AND way = ?2 AND retrieved_at = ?3";
        self.connection.prepare_cached(sql)?.query_row(params![key.request, key.way, at], |row| row.get(0)).optional()
    }

    /// Now and then, what is over goes, also when the bound was lowered.
    fn tidy(&mut self, settings: &Settings) -> rusqlite::Result<()> {
        let now = now();
        if now.saturating_sub(self.swept) < SWEEP {
            return Ok(());
        }
        self.swept = now;
        file::sweep(&self.connection, now)?;
        file::bound(&self.connection, settings.max_bytes)?;
        file::shrink(&self.connection)
    }
}

/// A row, before its text is unpacked.
struct Raw {
    number: i64,
    retrieved_at: i64,
    status: u16,
    url: String,
    content_type: Option<String>,
    validators: Validators,
    length: u64,
    body: Vec<u8>,
}

impl Raw {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            retrieved_at: row.get(1)?,
            status: row.get(2)?,
            url: row.get(3)?,
            content_type: row.get(4)?,
            validators: Validators { etag: row.get(5)?, last_modified: row.get(6)? },
            length: row.get(7)?,
            body: row.get(8)?,
        })
    }

    /// Nothing for a damaged one.
    fn page(self) -> Option<Page> {
        Some(Page {
            status: self.status,
            url: Url::parse(&self.url).ok()?,
            content_type: self.content_type,
            text: packed::unpack(&self.body, self.length).ok()?,
            retrieved_at: Timestamp::from_millisecond(self.retrieved_at).ok()?,
        })
    }
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

fn unpackable(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
