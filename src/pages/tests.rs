//! The store on a real file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{Entry, Key, Missing, Pages, PagesError, Settings, Stay};
use crate::model::{JobId, Page, Validators};

const HOUR: Duration = Duration::from_secs(3_600);

fn key(request: &str) -> Key {
    Key { request: request.to_owned(), way: "direct".to_owned() }
}

fn page(text: &str, seconds_ago: i64) -> Page {
    Page {
        status: 200,
        url: "https://shop.example/p/1".parse().unwrap(),
        content_type: Some("text/html; charset=utf-8".to_owned()),
        text: text.to_owned(),
        retrieved_at: Timestamp::now() - SignedDuration::from_secs(seconds_ago),
    }
}

fn entry(page: Page) -> Entry {
    Entry { page: Arc::new(page), validators: Validators { etag: Some("\"1\"".to_owned()), last_modified: None }, renews: None }
}

fn as_copy() -> Stay {
    Stay { max_age: HOUR, job: None }
}

fn job(name: &str) -> JobId {
    JobId::new(name)
}

fn for_job(name: &str) -> Stay {
    Stay { max_age: Duration::ZERO, job: Some(job(name)) }
}

fn open(dir: &TempDir) -> Result<Pages> {
    Ok(Pages::open(dir.path(), &Settings::default())?)
}

async fn text(pages: &Pages, request: &str) -> Option<String> {
    pages.newest(&key(request)).await.map(|stored| stored.page.text.clone())
}

async fn kept(pages: &Pages, name: &str, request: &str) -> Result<String, Missing> {
    pages.kept(&job(name), &key(request)).await.map(|page| page.text)
}

/// Whatever a user, another program or a bad disk does to the file.
fn tamper(dir: &TempDir, sql: &str) -> Result<()> {
    Ok(Connection::open(dir.path().join("pages.db"))?.execute_batch(sql)?)
}

fn size(dir: &Path) -> u64 {
    std::fs::metadata(dir.join("pages.db")).unwrap().len()
}

#[tokio::test]
async fn a_page_comes_back_whole_and_only_to_those_who_asked_in_the_same_way() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let written = page("crème", 5);
    open(&dir)?.put(&key("a"), entry(written.clone()), as_copy()).await;
    let pages = open(&dir)?;
    let stored = pages.newest(&key("a")).await.unwrap();
    assert_eq!((stored.page.status, &stored.page.url, &stored.page.content_type), (200, &written.url, &written.content_type));
    assert_eq!((stored.page.text.as_str(), stored.validators.etag.as_deref()), ("crème", Some("\"1\"")));
    assert_eq!(stored.page.retrieved_at.as_millisecond(), written.retrieved_at.as_millisecond());
    assert!(text(&pages, "b").await.is_none());
    assert!(pages.newest(&Key { way: "tor".to_owned(), ..key("a") }).await.is_none());
    Ok(())
}

#[tokio::test]
async fn only_pages_that_were_there_and_are_read_stand_in_for_a_request() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let pages = open(&dir)?;
    let told = |status, content_type: Option<&str>| Page { status, content_type: content_type.map(str::to_owned), ..page("x", 0) };
    for (place, (answer, expected)) in [
        (told(200, Some("text/html")), true),
        (told(203, Some("application/json; charset=utf-8")), true),
        (told(404, Some("text/html")), false),
        (told(302, Some("text/html")), false),
        (told(200, Some("image/png")), false),
        (told(200, None), false),
    ]
    .into_iter()
    .enumerate()
    {
        let request = place.to_string();
        pages.put(&key(&request), entry(answer.clone()), as_copy()).await;
        assert_eq!(text(&pages, &request).await.is_some(), expected, "{answer:?}");
        pages.put(&key(&request), entry(answer), for_job("j")).await;
        assert_eq!(kept(&pages, "j", &request).await.as_deref(), Ok("x"), "a job has what it had");
    }
    // The product was there an hour ago; what was learnt since counts.
    pages.put(&key("a"), entry(page("there", 100)), as_copy()).await;
    pages.put(&key("a"), entry(told(404, Some("text/html"))), for_job("j")).await;
    assert!(text(&pages, "a").await.is_none());
    Ok(())
}

#[tokio::test]
async fn a_newer_page_takes_the_place_of_an_older_one_unless_a_job_has_it() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let pages = open(&dir)?;
    pages.put(&key("a"), entry(page("monday", 300)), for_job("first")).await;
    pages.put(&key("a"), entry(page("tuesday", 200)), as_copy()).await;
    pages.put(&key("a"), entry(page("wednesday", 100)), for_job("second")).await;
    assert_eq!(text(&pages, "a").await.as_deref(), Some("wednesday"));
    assert_eq!(kept(&pages, "first", "a").await.as_deref(), Ok("monday"));
    assert_eq!(kept(&pages, "second", "a").await.as_deref(), Ok("wednesday"));
    assert_eq!(kept(&pages, "third", "a").await, Err(Missing::NotKept));
    let rows: u32 = Connection::open(dir.path().join("pages.db"))?.query_row("SELECT count(*) FROM pages", [], |row| row.get(0))?;
    assert_eq!((rows, pages.count(&job("first"))?, pages.count(&job("third"))?), (2, 1, 0));
    Ok(())
}

#[tokio::test]
async fn a_page_that_is_still_the_same_is_not_written_twice() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let pages = open(&dir)?;
    let old = page("same", 1_000);
    pages.put(&key("a"), entry(old.clone()), for_job("first")).await;
    let number = pages.newest(&key("a")).await.unwrap().number;
    let renewed = Entry { renews: Some(number), ..entry(page("same", 0)) };
    pages.put(&key("a"), renewed.clone(), for_job("second")).await;
    pages.put(&key("a"), renewed, as_copy()).await;
    let stored = pages.newest(&key("a")).await.unwrap();
    assert_eq!(stored.number, number);
    assert!(stored.page.retrieved_at > old.retrieved_at + SignedDuration::from_secs(900));
    let first = pages.kept(&job("first"), &key("a")).await.unwrap();
    assert_eq!(first.retrieved_at.as_millisecond(), old.retrieved_at.as_millisecond(), "the first job had it when it did");
    Ok(())
}

#[tokio::test]
async fn nothing_is_kept_that_nobody_asked_for() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let pages = Pages::open(dir.path(), &Settings { keep: Duration::ZERO, ..Settings::default() })?;
    pages.put(&key("a"), entry(page("x", 0)), for_job("j")).await;
    pages.put(&key("b"), entry(page("x", 0)), Stay { max_age: Duration::ZERO, job: None }).await;
    assert!(text(&pages, "a").await.is_none() && text(&pages, "b").await.is_none());
    assert_eq!(pages.count(&job("j"))?, 0);
    Ok(())
}

#[tokio::test]
async fn pages_go_when_their_time_is_over() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let pages = Pages::open(dir.path(), &Settings { keep: Duration::from_millis(1), ..Settings::default() })?;
    pages.put(&key("a"), entry(page("over", 0)), for_job("j")).await;
    pages.put(&key("b"), entry(page("young", 0)), as_copy()).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let pages = open(&dir)?;
    assert_eq!(kept(&pages, "j", "a").await, Err(Missing::NotKept));
    assert_eq!((pages.count(&job("j"))?, text(&pages, "b").await.as_deref()), (0, Some("young")));
    Ok(())
}

/// Text that does not get smaller.
fn noise(bytes: usize) -> String {
    (0..bytes).map(|_| fastrand::alphanumeric()).collect()
}

#[tokio::test]
async fn the_bound_is_kept_and_the_oldest_go_first() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let settings = Settings { max_bytes: Settings::LEAST_BYTES, ..Settings::default() };
    let pages = Pages::open(dir.path(), &settings)?;
    for n in 0..100 {
        pages.put(&key(&n.to_string()), entry(page(&noise(40_000), 100 - n)), for_job("j")).await;
    }
    let there = pages.count(&job("j"))?;
    assert!((10..40).contains(&there), "{there} pages of 30 KB");
    for (n, stays) in [("0", false), ("50", false), ("99", true)] {
        assert_eq!(kept(&pages, "j", n).await.is_ok(), stays, "{n}");
    }
    drop(pages);
    // The log goes into the file when it is closed. The largest page on top of the bound, for the moment before it makes room.
    assert!(size(dir.path()) <= settings.max_bytes + 65_536, "{} bytes on disk", size(dir.path()));
    Ok(())
}

#[tokio::test]
async fn a_lower_bound_gives_room_back_at_the_next_start() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let pages = open(&dir)?;
    for n in 0..100 {
        pages.put(&key(&n.to_string()), entry(page(&noise(40_000), 100 - n)), for_job("j")).await;
    }
    drop(pages);
    assert!(size(dir.path()) > 2 * Settings::LEAST_BYTES);
    let pages = Pages::open(dir.path(), &Settings { max_bytes: Settings::LEAST_BYTES, ..Settings::default() })?;
    assert!(pages.count(&job("j"))? > 10);
    drop(pages);
    assert!(size(dir.path()) <= Settings::LEAST_BYTES, "{} bytes on disk", size(dir.path()));
    Ok(())
}

#[tokio::test]
async fn a_damaged_page_is_none() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let pages = open(&dir)?;
    for request in ["a", "b"] {
        pages.put(&key(request), entry(page(&"<p>x</p>".repeat(100), 0)), Stay { job: Some(job("j")), ..as_copy() }).await;
    }
    tamper(&dir, "UPDATE pages SET body = x'28b52ffd0400' WHERE request = 'a'")?;
    assert_eq!(kept(&pages, "j", "a").await, Err(Missing::Damaged));
    assert!(text(&pages, "a").await.is_none());
    assert!(text(&pages, "b").await.is_some());
    tamper(&dir, "DELETE FROM pages")?;
    assert_eq!(kept(&pages, "j", "b").await, Err(Missing::NotKept));
    Ok(())
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_a_foreign_one_left_alone() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("pages.db");
    let damaged = |text: &str| [b"SQLite format 3\0", text.repeat(100).as_bytes()].concat();
    for content in [b"a note".to_vec(), vec![b'x'; 5_000], damaged("x")] {
        std::fs::write(&file, &content)?;
        let pages = open(&dir)?;
        pages.put(&key("a"), entry(page("x", 0)), as_copy()).await;
        assert!(text(&pages, "a").await.is_some());
        assert_eq!(std::fs::read(dir.path().join("pages.db.damaged"))?, content);
        drop(pages);
        std::fs::remove_file(&file)?;
    }
    drop(open(&dir)?);

    tamper(&dir, "PRAGMA user_version = 2")?;
    assert!(matches!(Pages::open(dir.path(), &Settings::default()), Err(PagesError::Newer { .. })));
    let other = tempfile::tempdir()?;
    tamper(&other, "CREATE TABLE theirs (x)")?;
    assert!(matches!(Pages::open(other.path(), &Settings::default()), Err(PagesError::Foreign { .. })));
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_gone_while_it_is_used_costs_copies_and_nothing_else() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let pages = open(&dir)?;
    tamper(&dir, "DROP TABLE kept; DROP TABLE pages")?;
    pages.put(&key("a"), entry(page("x", 0)), for_job("j")).await;
    assert!(text(&pages, "a").await.is_none());
    assert_eq!(kept(&pages, "j", "a").await, Err(Missing::Damaged));
    assert!(pages.count(&job("j")).is_err());
    Ok(())
}
