//! How soon a server is ready with a million events in its journal; by hand, since the file takes a while to make:
//! `cargo test --test it a_million_events -- --ignored --nocapture`

use std::path::Path;
use std::time::{Duration, Instant};

use glaneur::demo::{self, Behaviour, DemoShops, WebhookReceiver};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::house::{NO_BARCODE, client};
use crate::process::{self, Process};

/// Events of the job that is copied: accepted, thirty results, completed.
const EVENTS: u64 = 32;
const COPIES: u64 = 1_000_000 / EVENTS;
/// Jobs that a crash has left in the middle, and items of each.
const UNFINISHED: u64 = 200;
const UNDONE: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes a file of some hundred megabytes"]
async fn a_million_events_are_ready_within_a_second() {
    let shops = DemoShops::start(Behaviour::fixed(Duration::from_secs(2))).await.unwrap();
    let receiver = WebhookReceiver::start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let endpoint = format!("[[webhooks.endpoints]]\nname = 'n8n'\nurl = '{}'\n", receiver.url());
    let config = process::config(&data, &shops, 4, "", &endpoint);
    let mut server = Process::serve(directory.path(), &config);
    let job = json!({ "eans": vec![NO_BARCODE; EVENTS as usize - 2] });
    let accepted: Value = client().post(format!("{}/api/scrape", server.url)).json(&job).send().await.unwrap().json().await.unwrap();
    assert!(receiver.wait_for(EVENTS - 1, Duration::from_secs(20)).await, "{accepted}");
    server.signal("TERM");
    server.ended(Duration::from_secs(20));
    copy(&data.join("journal.db"));

    let bytes = std::fs::metadata(data.join("journal.db")).unwrap().len();
    println!("| {:<37} | {:>8} |", "events", (COPIES + 1) * EVENTS);
    println!("| {:<37} | {:>8} |", "unfinished jobs", UNFINISHED);
    println!("| {:<37} | {:>8} |", "file (MB)", bytes >> 20);
    let client = client();
    let mut longest = Duration::ZERO;
    for start in ["after an orderly end", "after kill -9", "after kill -9 once more"] {
        let since = Instant::now();
        let mut server = Process::serve(directory.path(), &config);
        let ready = client.get(format!("{}/readyz", server.url)).send().await.unwrap();
        let took = since.elapsed();
        assert_eq!(ready.status(), 200);
        println!("| {:<37} | {:>8} |", format!("ready {start} (ms)"), took.as_millis());
        longest = longest.max(took);
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.kill();
    }
    assert!(longest < Duration::from_secs(1), "{longest:?}");
}

fn copy(journal: &Path) {
    let connection = Connection::open(journal).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ?1) ";
    for insert in [
        "INSERT INTO jobs (number, id, state, intake, created_at, finished_at, shops, ignored3400, ignored3400_count, last_seq, items, invalid) \
         SELECT i, 'copy-' || i, state, intake, created_at, finished_at, shops, ignored3400, ignored3400_count, last_seq, items, invalid \
         FROM n, jobs WHERE number = 1",
        "INSERT INTO events SELECT i, seq, at, kind, body FROM n, events WHERE job = 1",
        "INSERT INTO items SELECT i, position, primary_given, primary_gtin14, replacement_given, replacement_gtin14, status, seq \
         FROM n, items WHERE job = 1",
    ] {
        connection.execute(&format!("{numbers}{insert}"), [COPIES]).unwrap();
    }
    for job in 0..UNFINISHED {
        connection
            .execute(
                "INSERT INTO jobs (id, state, intake, created_at, shops, ignored3400, ignored3400_count, last_seq, items) \
                 SELECT 'open-' || ?1, 'running', 'whole', created_at, shops, '[]', 0, 1, ?2 FROM jobs WHERE number = 1",
                params![job, UNDONE],
            )
            .unwrap();
        let number = connection.last_insert_rowid();
        connection.execute("INSERT INTO events SELECT ?1, seq, at, kind, body FROM events WHERE job = 1 AND seq = 1", [number]).unwrap();
        for position in 1..=UNDONE {
            let ean = demo::bulk_ean(u32::try_from(job * UNDONE + position).unwrap());
            connection
                .execute(
                    "INSERT INTO items (job, position, primary_given, primary_gtin14) VALUES (?1, ?2, ?3, '0' || ?3)",
                    params![number, position, ean],
                )
                .unwrap();
        }
    }
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}
