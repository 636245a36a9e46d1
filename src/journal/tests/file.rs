//! The file and its processes: crashes, full disks, locks, files that are not ours.

use super::*;

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_crash() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let job = journal.create(new(3), LIMITS).await?.job;
    journal.start(job.number).await?;
    journal.append(job.number, &[progress(1), result(1, ItemStatus::Found), result(3, ItemStatus::NotFound)]).await?;

    let copy = crashed(dir.path())?;
    let after = open(copy.path(), Role::All)?;
    let again = after.job(&job.id).await?;
    assert_eq!((again.number, again.state, again.last_seq, again.total), (1, JobState::Running, Seq(4), Some(3)));
    assert_eq!((again.counts.total, again.counts.found, again.counts.not_found), (2, 1, 1));
    assert_eq!(again.deliveries, DeliveryCounts { delivered: 0, waiting: 2, failed: 0 });
    let entries = after.events(1, &job.id, Seq(0), 100).await?;
    assert_eq!(entries.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let accepted = Accepted { total: Some(3), shops: vec![ShopName::new("cocooncenter")], ignored3400: 1, plan: Vec::new() };
    assert_eq!(entries[0].event, Event::Accepted(accepted));
    assert_eq!(entries[2].event, result(1, ItemStatus::Found));
    let left = after.undone(1, 0, 10).await?.items;
    assert_eq!(left.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [2]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_command_does_not_harm_its_neighbours() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let good = (0..50).map(|_| journal.create(new(2), LIMITS));
    let bad = (0..50).map(|_| {
        journal.inner.writer.write("a test", |connection, _| {
            connection.execute("UPDATE jobs SET items = 77", [])?;
            connection.execute("INSERT INTO jobs (id) VALUES (NULL)", [])?;
            Ok(())
        })
    });
    let (good, bad) = tokio::join!(futures::future::join_all(good), futures::future::join_all(bad));
    assert!(good.iter().all(Result::is_ok));
    assert!(bad.iter().all(|bad| matches!(bad, Err(JournalError::Store { doing: "a test", .. }))), "{bad:?}");
    let jobs = journal.jobs(None, None, None, 100).await?;
    assert_eq!((jobs.len(), jobs.iter().all(|job| job.total == Some(2))), (50, true));
    Ok(())
}

#[tokio::test]
async fn a_full_disk_is_final_and_nothing_false_is_acknowledged() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let before = journal.create(new(1), LIMITS).await?.job;
    let shrink = |connection: &Connection, _: &mut _| {
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        connection.query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |_| Ok(()))?;
        Ok(())
    };
    journal.inner.writer.write("a test", shrink).await?;
    let refused = journal.create(new(5_000), LIMITS).await.expect_err("there is no room");
    assert!(matches!(refused, JournalError::Failed { .. } | JournalError::Store { .. }), "{refused:?}");
    let told = tokio::time::timeout(Duration::from_secs(5), journal.failed()).await?;
    assert!(told.to_string().contains("full"), "{told}");
    assert!(matches!(journal.create(new(1), LIMITS).await, Err(JournalError::Failed { .. })));
    assert!(matches!(journal.check(), Err(JournalError::Failed { .. })));
    assert_eq!(journal.job(&before.id).await?.number, 1, "reads go on");
    drop(journal);
    let after = open(dir.path(), Role::All)?;
    assert_eq!(after.jobs(None, None, None, 10).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_directory_has_one_process_per_role() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let api = open(dir.path(), Role::Api)?;
    let worker = open(dir.path(), Role::Worker)?;
    for role in [Role::Api, Role::Worker, Role::All] {
        let refused = open(dir.path(), role).expect_err("taken").to_string();
        let own = std::process::id().to_string();
        assert!(
            refused.contains(&dir.path().display().to_string()) && refused.contains("--data-dir") && refused.contains(&own),
            "{refused}"
        );
    }
    worker.close().await;
    open(dir.path(), Role::Worker)?;
    drop(api);
    open(dir.path(), Role::All)?;
    assert!(matches!(worker.create(new(1), LIMITS).await, Err(JournalError::Closed)));
    assert!(matches!(worker.next_due().await, Err(JournalError::Closed)));
    Ok(())
}

#[tokio::test]
async fn commits_of_the_other_process_wake_this_one() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let api = open(dir.path(), Role::Api)?;
    let worker = open(dir.path(), Role::Worker)?;
    let (mut jobs, mut outbox) = (worker.jobs_changed(), api.outbox_changed());
    tokio::time::sleep(Duration::from_millis(450)).await;
    jobs.borrow_and_update();
    let job = api.create(new(1), LIMITS).await?.job;
    tokio::time::timeout(Duration::from_secs(2), jobs.changed()).await??;
    let mut events = api.events_changed(job.number);
    outbox.borrow_and_update();
    worker.append(job.number, &[result(1, ItemStatus::Found)]).await?;
    tokio::time::timeout(Duration::from_secs(2), events.changed()).await??;
    tokio::time::timeout(Duration::from_secs(2), outbox.changed()).await??;
    assert_eq!(api.job(&job.id).await?.last_seq, Seq(2));
    Ok(())
}

#[tokio::test]
async fn lists_whose_sender_went_down_are_closed() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let id = journal.create(NewJob { intake: Intake::Open, ..new(0) }, LIMITS).await?.job.id;
    journal.append_items(&id, codes(2)).await?;
    assert_eq!(journal.job(&id).await?.total, None);
    drop(journal);
    let journal = open(dir.path(), Role::All)?;
    assert_eq!(journal.job(&id).await?.total, Some(2));
    assert!(matches!(journal.append_items(&id, codes(1)).await, Err(JournalError::Sealed { .. })));
    Ok(())
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_left_alone() -> Result<()> {
    let other = |sql: &'static str| {
        move |path: &Path| {
            let connection = Connection::open(path)?;
            Ok::<_, anyhow::Error>(connection.execute_batch(sql)?)
        }
    };
    let cut = |path: &Path| {
        drop(open(path.parent().expect("a directory"), Role::All)?);
        Ok::<_, anyhow::Error>(std::fs::OpenOptions::new().write(true).open(path)?.set_len(8_192)?)
    };
    let flipped = |path: &Path| {
        drop(open(path.parent().expect("a directory"), Role::All)?);
        let mut bytes = std::fs::read(path)?;
        bytes[4_096..12_288].fill(0xA5);
        Ok::<_, anyhow::Error>(std::fs::write(path, bytes)?)
    };
    type Make<'a> = &'a dyn Fn(&Path) -> Result<()>;
    let cases: [(&str, Make<'_>, &str); 6] = [
        ("a text", &|path| Ok(std::fs::write(path, "twenty bytes of text")?), "not a journal"),
        ("a short text", &|path| Ok(std::fs::write(path, "x")?), "not a journal"),
        ("another SQLite file", &other("CREATE TABLE a (b)"), "not a journal"),
        ("a newer schema", &other("CREATE TABLE a (b); PRAGMA application_id = 0x676c616e; PRAGMA user_version = 99"), "newer glaneur"),
        ("a truncated file", &cut, "damaged"),
        ("a damaged file", &flipped, "damaged"),
    ];
    for (name, make, expected) in cases {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join(FILE);
        make(&path)?;
        let before = std::fs::read(&path)?;
        let refused = open(dir.path(), Role::All).expect_err(name).to_string();
        assert!(refused.contains(expected) && refused.contains(FILE), "{name}: {refused}");
        assert_eq!(std::fs::read(&path)?, before, "{name} was changed");
    }
    Ok(())
}

#[test]
fn a_first_start_that_was_killed_is_begun_again() -> Result<()> {
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join(FILE), "")?;
    drop(open(dir.path(), Role::All)?);
    let dir = tempfile::tempdir()?;
    Connection::open(dir.path().join(FILE))?.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    drop(open(dir.path(), Role::All)?);
    Ok(())
}

#[tokio::test]
async fn a_file_of_the_first_version_is_brought_up_to_date() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let old = Connection::open(dir.path().join(FILE))?;
    old.execute_batch(include_str!("../schema/0001.sql"))?;
    old.execute_batch("PRAGMA application_id = 0x676c616e; PRAGMA user_version = 1;")?;
    old.execute(
        "INSERT INTO jobs (id, state, intake, created_at, shops, ignored3400, ignored3400_count) VALUES ('old', 'queued', 'whole', 0, '[]', '[]', 0)",
        [],
    )?;
    drop(old);
    let journal = open(dir.path(), Role::All)?;
    assert_eq!(journal.job(&JobId::new("old")).await?.media, None);
    for media in [None, Some(MediaMode::Listed), Some(MediaMode::Probe)] {
        let mut order = new(1);
        order.batch.media = media;
        let job = journal.create(order, LIMITS).await?.job;
        assert_eq!(journal.job(&job.id).await?.media, media);
    }
    Ok(())
}

#[tokio::test]
async fn an_archive_reads_beside_a_server_and_after_it() -> Result<()> {
    let dir = tempfile::tempdir()?;
    assert!(matches!(Archive::open(dir.path()), Err(JournalError::Absent { .. })));
    let journal = open(dir.path(), Role::All)?;
    let job = journal.create(new(3), LIMITS).await?.job;
    journal.start(job.number).await?;
    journal.append(job.number, &[result(2, ItemStatus::Found)]).await?;
    let read = async || {
        let archive = Archive::open(dir.path())?;
        let (by_id, by_number) = (archive.job(job.id.as_str()).await?, archive.job("1").await?);
        assert_eq!((by_id.id, by_number.id), (job.id.clone(), job.id.clone()));
        assert_eq!(archive.items(&job).await?, codes(3));
        let of = |position| archive.result(&job, position);
        assert_eq!((of(1).await?, of(2).await?.map(|result| result.position), of(3).await?), (None, Some(2), None));
        assert!(matches!(archive.job("2").await, Err(JournalError::UnknownJob { .. })));
        Ok::<_, anyhow::Error>(())
    };
    read().await?;
    journal.append(job.number, &[result(1, ItemStatus::Found)]).await?;
    journal.close().await;
    drop(journal);
    assert_eq!(Archive::open(dir.path())?.result(&job, 1).await?.map(|result| result.position), Some(1));
    Ok(())
}
