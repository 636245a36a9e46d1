//! What the journal and the receiver hold at the end, against what the outside was told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use glaneur::serve::proto::scrape_response::Event;
use rusqlite::{Connection, OpenFlags};

use super::books::{Pages, Request, Story};
use super::figures::Figures;
use super::world::World;

fn open(journal: &Path) -> Connection {
    let connection = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection
}

fn number(connection: &Connection, sql: &str) -> u64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Waits until no webhook waits any more.
pub(super) async fn until_delivered(journal: &Path) {
    let connection = open(journal);
    let since = Instant::now();
    while number(&connection, "SELECT count(*) FROM outbox WHERE state = 'waiting'") > 0 {
        assert!(since.elapsed() < Duration::from_secs(60), "webhooks still wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) fn count(world: &World<'_>, before: &Story, figures: &mut Figures) {
    let pages = world.books.open();
    let connection = open(&world.journal());
    figures.directories += 1;
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    figures.integrity_failed += u64::from(integrity != "ok");
    count_jobs(&connection, &pages.requests, figures);
    figures.told += before.len() as u64;
    figures.lost += before.iter().filter(|(place, event)| pages.told.get(place) != Some(event)).count() as u64 + pages.contradicted;
    for request in &pages.requests {
        count_results(&pages, request, figures);
    }
    count_webhooks(world, &connection, &pages.requests, figures);
}

fn count_jobs(connection: &Connection, requests: &[Request], figures: &mut Figures) {
    figures.jobs += requests.len() as u64;
    figures.resent += requests.iter().filter(|request| request.sent > 1).count() as u64;
    figures.doubled_jobs += number(connection, "SELECT count(*) FROM jobs").abs_diff(requests.len() as u64);
}

/// From the whole story, as the last server told it: numbered without a gap, each item once, complete.
fn count_results(pages: &Pages, request: &Request, figures: &mut Figures) {
    let job = request.job.clone().expect("every request was acknowledged in the end");
    let story: Vec<_> = pages.told.range((job.clone(), 0)..=(job, u64::MAX)).map(|(_, event)| event).collect();
    let numbered = story.iter().map(|event| event.seq).eq(1..=story.len() as u64);
    let complete = story.last().is_some_and(|last| matches!(last.event, Some(Event::Completed(_))));
    figures.lost += u64::from(!numbered) + u64::from(!complete);
    let mut told: BTreeMap<&str, u64> = BTreeMap::new();
    for event in &story {
        if let Some(Event::Result(result)) = &event.event {
            *told.entry(result.ean.as_str()).or_default() += 1;
        }
    }
    figures.items += request.eans.len() as u64;
    figures.results_missing += request.eans.iter().filter(|ean| !told.contains_key(ean.as_str())).count() as u64;
    figures.results_doubled += told.values().map(|times| times - 1).sum::<u64>();
}

/// One per result and one per job; each came, and whatever came twice was the same.
fn count_webhooks(world: &World<'_>, connection: &Connection, requests: &[Request], figures: &mut Figures) {
    let wanted: u64 = requests.iter().map(|request| request.eans.len() as u64 + 1).sum();
    let mut bodies = BTreeMap::new();
    for post in world.receiver.received() {
        let id = post.id().unwrap().to_owned();
        let first = bodies.entry(id).or_insert_with(|| post.body.clone());
        figures.duplicates_changed += u64::from(*first != post.body);
    }
    figures.webhooks += wanted;
    figures.duplicates += world.receiver.total() - bodies.len() as u64;
    let mut rows = connection.prepare("SELECT webhook_id FROM outbox WHERE state = 'delivered'").unwrap();
    let sent: BTreeSet<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let came = sent.iter().filter(|id| bodies.contains_key(*id)).count() as u64;
    figures.webhooks_missing += wanted.abs_diff(came) + bodies.keys().filter(|id| !sent.contains(*id)).count() as u64;
    let told: BTreeSet<String> =
        world.receiver.received().iter().filter_map(|post| Some(post.json()?["ean"].as_str()?.to_owned())).collect();
    figures.webhooks_missing += requests.iter().flat_map(|request| &request.eans).filter(|ean| !told.contains(*ean)).count() as u64;
}
