//! The journal on real files: what is acknowledged is there after a crash, and what is refused leaves no trace.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may end so")]

mod file;
mod jobs;
mod outbox;
mod retain;

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;
use url::Url;

use super::*;
use crate::model::{Accepted, Batch, Code, Event, ItemStatus, MediaMode, Progress, ShopName, ShopStatus};

const LIMITS: Limits =
    Limits { queued: 1_000, unfinished: 1_000, key_window: SignedDuration::from_hours(24), repeat_window: SignedDuration::from_secs(30) };

fn open(dir: &Path, role: Role) -> Result<Journal, JournalError> {
    Journal::open(&Settings::default(), dir, role, targets())
}

fn targets() -> Vec<Target> {
    vec![Target { name: "n8n".into(), url: address("http://n8n.example/webhook") }]
}

fn address(text: &str) -> Url {
    Url::parse(text).expect("an address of a test")
}

fn codes(items: u32) -> Vec<Item> {
    (0..items).map(|_| Item::new(Code::parse("0748322148474"), None)).collect()
}

fn new(items: u32) -> NewJob {
    let batch = Batch {
        items: codes(items),
        ignored3400: vec!["3400930000001".into()],
        shops: vec![ShopName::new("cocooncenter")],
        ..Batch::default()
    };
    NewJob { batch, callback: None, intake: Intake::Whole, once: None, owner: None, caller: None, plan: Vec::new() }
}

fn once(key: Option<&str>, fingerprint: &str) -> Option<Once> {
    Some(Once { key: key.map(Into::into), fingerprint: fingerprint.into() })
}

fn result(position: u32, status: ItemStatus) -> Event {
    Event::Result(Box::new(ItemResult {
        position,
        ean: "0748322148474".into(),
        gtin14: Some("00748322148474".into()),
        status,
        used_replacement: false,
        replacement: None,
        shops: Vec::new(),
        detail: None,
        elapsed_ms: 5,
    }))
}

fn progress(position: u32) -> Event {
    Event::Progress(Progress {
        position,
        ean: "0748322148474".into(),
        shop: ShopName::new("cocooncenter"),
        status: ShopStatus::Found,
        detail: None,
        elapsed_ms: 3,
    })
}

/// What a crash leaves: the files as they are, without an orderly end.
fn crashed(dir: &Path) -> Result<TempDir> {
    let copy = tempfile::tempdir()?;
    for file in std::fs::read_dir(dir)? {
        let file = file?;
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), copy.path().join(file.file_name()))?;
        }
    }
    Ok(copy)
}

/// The deliveries of a job.
fn of(job: &JobId) -> ListDeliveries {
    ListDeliveries { job: Some(job.clone()), ..ListDeliveries::default() }
}

/// What may be sent to an address now, and is not under way.
async fn due(journal: &Journal, url: &Url, now: Timestamp, under_way: &[u64]) -> Result<Vec<Due>, JournalError> {
    journal.due(url, now, Order::Fair { after: 0 }, 10, &under_way.iter().copied().collect()).await
}

fn callback(wants: CallbackEvents) -> Callback {
    Callback { url: address("http://n8n.example/webhook-waiting/7"), wants }
}
