//! Jobs whose time is over, and files of every version before.

use std::collections::HashSet;

use super::*;

async fn delivered(journal: &Journal) -> Result<()> {
    let url = address("http://n8n.example/webhook");
    loop {
        let due = journal.due(&url, Timestamp::now(), Order::Fair { after: 0 }, 100, &HashSet::new()).await?;
        if due.is_empty() {
            return Ok(());
        }
        for due in due {
            let attempt = Attempt { at: Timestamp::now(), status: Some(200), error: None, answer: None, outcome: Attempted::Delivered };
            journal.record_attempt(due.id, attempt).await?;
        }
    }
}

async fn finished(journal: &Journal, items: u32) -> Result<JobInfo> {
    let job = journal.create(new(items), LIMITS).await?.job;
    let events: Vec<_> = (1..=items).flat_map(|position| [progress(position), result(position, ItemStatus::Found)]).collect();
    for events in events.chunks(500) {
        journal.append(job.number, events).await?;
    }
    journal.complete(job.number).await?;
    Ok(job)
}

/// Steps until nothing is left to do; how many.
async fn swept(journal: &Journal, before: Timestamp) -> Result<u32> {
    let mut steps = 0;
    while journal.sweep(before).await? == Sweep::More {
        steps += 1;
    }
    Ok(steps)
}

fn rows(dir: &Path, table: &str) -> Result<u64> {
    Ok(Connection::open(dir.join(FILE))?.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
}

#[tokio::test]
async fn old_settled_jobs_go_with_all_their_rows_and_the_file_shrinks() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let old = finished(&journal, 2_000).await?;
    delivered(&journal).await?;
    let unsettled = finished(&journal, 2).await?;
    let running = journal.create(new(2), LIMITS).await?.job;
    let ahead = Timestamp::now() + SignedDuration::from_hours(1);
    assert_eq!(swept(&journal, Timestamp::now() - SignedDuration::from_hours(1)).await?, 0, "nothing is old yet");

    let file = dir.path().join(FILE);
    let checkpoint = |_: ()| -> Result<u64> {
        Connection::open(&file)?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(std::fs::metadata(&file)?.len())
    };
    let before = checkpoint(())?;
    // The job is gone with the first step, its rows follow in small ones.
    assert_eq!(journal.sweep(ahead).await?, Sweep::More);
    assert!(matches!(journal.job(&old.id).await, Err(JournalError::UnknownJob { .. })));
    assert_eq!(rows(dir.path(), "items")?, 2_004);
    let steps = swept(&journal, ahead).await?;
    assert!(steps > (2_001 + 4_002 + 2_000) / 256, "{steps} steps for 8,000 rows");
    let left = ["jobs", "items", "events", "outbox", "forgotten"].map(|table| rows(dir.path(), table));
    assert_eq!(left.into_iter().collect::<Result<Vec<_>>>()?, [2, 4, 7, 3, 0]);
    let after = checkpoint(())?;
    assert!(after * 2 < before, "{before} bytes became {after}");

    for job in [&unsettled, &running] {
        assert_eq!(journal.job(&job.id).await?.number, job.number, "still wanted");
    }
    delivered(&journal).await?;
    swept(&journal, ahead).await?;
    assert!(matches!(journal.job(&unsettled.id).await, Err(JournalError::UnknownJob { .. })), "settled now");
    assert_eq!(journal.create(new(1), LIMITS).await?.job.number, running.number + 1, "a number is never given twice");
    Ok(())
}

#[tokio::test]
async fn a_crash_between_the_steps_leaves_nothing_behind() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    finished(&journal, 600).await?;
    delivered(&journal).await?;
    let ahead = Timestamp::now() + SignedDuration::from_hours(1);
    for _ in 0..3 {
        assert_eq!(journal.sweep(ahead).await?, Sweep::More);
    }
    let copy = crashed(dir.path())?;
    let after = open(copy.path(), Role::All)?;
    assert!(rows(copy.path(), "items")? > 0);
    swept(&after, ahead).await?;
    for table in ["jobs", "items", "events", "outbox", "forgotten"] {
        assert_eq!(rows(copy.path(), table)?, 0, "{table}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn others_write_while_old_jobs_go() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    finished(&journal, 3_000).await?;
    delivered(&journal).await?;
    let ahead = Timestamp::now() + SignedDuration::from_hours(1);
    let writes = async {
        for _ in 0..50 {
            journal.create(new(1), LIMITS).await?;
        }
        Ok::<_, anyhow::Error>(())
    };
    let (steps, writes) = tokio::join!(swept(&journal, ahead), writes);
    writes?;
    assert!(steps? > 30);
    assert_eq!(journal.jobs(None, None, None, 100).await?.len(), 50);
    Ok(())
}

/// A file as each version left it, with a job that is done and one that is not.
fn of_version(dir: &Path, version: usize) -> Result<()> {
    let old = Connection::open(dir.join(FILE))?;
    old.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    for step in &schema::STEPS[..version] {
        old.execute_batch(step)?;
    }
    old.execute_batch(&format!("PRAGMA application_id = 0x676c616e; PRAGMA user_version = {version};"))?;
    let told = serde_json::to_string(&result(1, ItemStatus::Found))?;
    old.execute_batch(&format!(
        "INSERT INTO jobs (id, state, intake, created_at, finished_at, shops, ignored3400, ignored3400_count, once_key, once_fingerprint, last_seq, items, found, deliveries_waiting) \
         VALUES ('done', 'completed', 'whole', 1000, 2000, '[\"cocooncenter\"]', '[]', 0, 'k', 'f', 1, 1, 1, 1), \
                ('open', 'running', 'open', 1000, NULL, '[]', '[]', 0, NULL, NULL, 0, 2, 0, 0); \
         INSERT INTO items (job, position, primary_given, primary_gtin14, status, seq) VALUES (1, 1, '0748322148474', '00748322148474', 'found', 1), \
                (2, 1, '0748322148481', '00748322148481', NULL, NULL), (2, 2, 'no code', NULL, NULL, NULL); \
         INSERT INTO events (job, seq, at, kind, body) VALUES (1, 1, 1500, 'result', '{told}'); \
         INSERT INTO outbox (webhook_id, job, seq, endpoint, url, state, created_at, next_at) \
         VALUES ('msg_old', 1, 1, 'n8n', 'http://n8n.example/old', 'waiting', 1500, 1500);"
    ))?;
    Ok(())
}

#[tokio::test]
async fn a_file_of_every_version_is_brought_up_to_date_with_all_it_holds() -> Result<()> {
    for version in 1..=schema::STEPS.len() {
        let dir = tempfile::tempdir()?;
        of_version(dir.path(), version)?;
        let journal = open(dir.path(), Role::All)?;
        let done = journal.job(&JobId::new("done")).await?;
        assert_eq!((done.state, done.total, done.counts.found, done.deliveries.waiting), (JobState::Completed, Some(1), 1, 1), "{version}");
        let told = journal.events(1, &done.id, Seq(0), 10).await?;
        assert_eq!(told.into_iter().map(|entry| entry.event).collect::<Vec<_>>(), [result(1, ItemStatus::Found)], "{version}");
        let left = journal.undone(2, 0, 10).await?;
        assert_eq!((left.items.len(), left.list), (2, List::Closed), "{version}: what nobody feeds any more is closed");
        let url = address("http://n8n.example/webhook");
        let due = journal.due(&url, Timestamp::now(), Order::Fair { after: 0 }, 10, &HashSet::new()).await?;
        assert_eq!(
            due.iter().map(|due| due.webhook_id.as_str()).collect::<Vec<_>>(),
            ["msg_old"],
            "{version}: to the target's present address"
        );
        assert_eq!(journal.create(new(1), LIMITS).await?.job.number, 3, "{version}");
        journal.close().await;
        let file = Connection::open(dir.path().join(FILE))?;
        let number = |sql: &str| file.query_row(sql, [], |row| row.get::<_, usize>(0));
        assert_eq!((number("PRAGMA user_version")?, number("PRAGMA auto_vacuum")?), (schema::STEPS.len(), 2), "{version}");
        let integrity: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        assert_eq!(integrity, "ok", "{version}");
    }
    Ok(())
}
