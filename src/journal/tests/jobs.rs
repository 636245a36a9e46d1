//! Jobs as they are created, counted and numbered.

use super::*;

#[tokio::test]
async fn codes_come_back_as_they_were_given() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let items = vec![
        Item::new(Code::from_number(748_322_148_474), Some(Code::from_number(12_345_678_905))),
        Item::new(Code::parse(" 0748-3221-48474"), Some(Code::parse("3665606002802"))),
        Item::new(Code::parse("not a code"), Some(Code::parse("123"))),
        Item::new(Code::parse(""), None),
    ];
    let job = NewJob { batch: Batch::of(items.clone())?, ..new(0) };
    let number = journal.create(job, LIMITS).await?.job.number;
    let back: Vec<_> = journal.undone(number, 0, 10).await?.items.into_iter().map(|(_, item)| item).collect();
    assert_eq!(back, items);
    for (back, item) in back.iter().zip(&items) {
        assert_eq!(back.primary.as_given(), item.primary.as_given());
        assert_eq!(back.replacement.as_ref().map(Code::as_given), item.replacement.as_ref().map(Code::as_given));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_with_one_key_make_one_job() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let calls = (0..100).map(|caller| {
        let job = NewJob { once: once(Some("k1"), "f"), caller: Some(format!("10.0.0.{caller}")), ..new(8) };
        journal.create(job, LIMITS)
    });
    let answers = futures::future::try_join_all(calls).await?;
    assert_eq!(answers.iter().filter(|answer| answer.novelty == Novelty::New).count(), 1);
    assert_eq!(answers.iter().map(|answer| answer.job.id.clone()).collect::<HashSet<_>>().len(), 1);
    assert_eq!(journal.jobs(None, None, None, 10).await?.len(), 1);

    let other = NewJob { once: once(Some("k1"), "another body"), caller: Some("10.0.0.1".into()), ..new(8) };
    let refused = journal.create(other, LIMITS).await.expect_err("the key is taken");
    assert!(matches!(&refused, JournalError::KeyTaken { first } if *first == answers[0].job.id), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn without_a_key_the_same_content_is_a_repeat_for_a_while() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let submit = |caller: &str, fingerprint: &str, limits| {
        journal.create(NewJob { once: once(None, fingerprint), caller: Some(caller.into()), ..new(2) }, limits)
    };
    let off = Limits { repeat_window: SignedDuration::ZERO, ..LIMITS };
    assert_eq!(submit("a", "f", LIMITS).await?.novelty, Novelty::New);
    assert_eq!(submit("a", "f", LIMITS).await?.novelty, Novelty::Repeat);
    assert_eq!(submit("b", "f", LIMITS).await?.novelty, Novelty::New, "another caller");
    assert_eq!(submit("a", "g", LIMITS).await?.novelty, Novelty::New, "another content");
    assert_eq!(submit("a", "f", off).await?.novelty, Novelty::New, "switched off");
    let newest = submit("a", "f", LIMITS).await?;
    assert_eq!((newest.novelty, newest.job.number), (Novelty::Repeat, 4));
    for number in [1, 4] {
        let id = journal.jobs(None, None, Some(number + 1), 1).await?[0].id.clone();
        journal.cancel(&id).await?;
    }
    assert_eq!(submit("a", "f", LIMITS).await?.novelty, Novelty::New, "the first ones were cancelled");
    tokio::time::sleep(Duration::from_millis(30)).await;
    let short = Limits { repeat_window: SignedDuration::from_millis(10), ..LIMITS };
    assert_eq!(submit("a", "f", short).await?.novelty, Novelty::New, "the window has passed");
    Ok(())
}

#[tokio::test]
async fn too_many_waiting_jobs_are_refused() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let limits = Limits { queued: 2, ..LIMITS };
    let first = journal.create(new(1), limits).await?.job;
    journal.create(new(1), limits).await?;
    assert!(matches!(journal.create(new(1), limits).await, Err(JournalError::QueueFull { limit: 2 })));
    journal.start(first.number).await?;
    assert_eq!(journal.create(new(1), limits).await?.job.number, 3);
    Ok(())
}

#[tokio::test]
async fn what_one_caller_has_under_way_is_bounded() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let limits = Limits { unfinished: 2, ..LIMITS };
    let submit = |caller: &str| journal.create(NewJob { caller: Some(caller.into()), ..new(1) }, limits);
    let first = submit("a").await?.job;
    journal.start(submit("a").await?.job.number).await?;
    assert!(matches!(submit("a").await, Err(JournalError::TooManyUnfinished { limit: 2 })), "one waits and one is in work");
    submit("b").await?;
    journal.create(new(1), limits).await?;
    let keyed = NewJob { once: once(Some("k"), "f"), caller: Some("c".into()), ..new(1) };
    let kept = journal.create(keyed.clone(), limits).await?.job;
    submit("c").await?;
    let again = journal.create(keyed, limits).await?;
    assert_eq!((again.novelty, again.job.number), (Novelty::Repeat, kept.number), "a repeat is no further job");
    journal.cancel(&first.id).await?;
    journal.append(first.number, &[result(1, ItemStatus::Cancelled)]).await?;
    journal.complete(first.number).await?;
    submit("a").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_item_has_one_result_and_numbers_have_no_gap() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let job = NewJob { callback: Some(callback(CallbackEvents::All)), ..new(40) };
    let job = journal.create(job, LIMITS).await?.job;
    // Everybody tells every result: each must be written once.
    let calls = (0..4).flat_map(|_| 1..=40).map(|position| {
        let journal = journal.clone();
        async move { journal.append(job.number, &[progress(position), result(position, ItemStatus::Found)]).await }
    });
    let told = futures::future::try_join_all(calls).await?;
    assert_eq!(told.iter().filter(|told| told[1] != Appended::Refused).count(), 40);
    assert_eq!(journal.append(job.number, &[result(41, ItemStatus::Found)]).await?, [Appended::Refused], "no such item");

    let completed = journal.complete(job.number).await?;
    assert_eq!((completed.counts.total, completed.counts.found), (40, 40));
    assert!(matches!(journal.complete(job.number).await, Err(JournalError::Unfinished { .. })), "only once");
    let info = journal.job(&job.id).await?;
    assert_eq!((info.state, info.counts.found, info.last_seq), (JobState::Completed, 40, Seq(1 + 160 + 40 + 1)));
    let entries = journal.events(job.number, &job.id, Seq(0), 1_000).await?;
    assert!(entries.iter().map(|entry| entry.seq.0).eq(1..=info.last_seq.0));
    let results: Vec<_> = journal.results(job.number, 0, 100).await?.iter().map(|result| result.position).collect();
    assert!(results.into_iter().eq(1..=40));

    // One webhook per result and one for the end, for the endpoint and for the callback.
    assert_eq!(info.deliveries.waiting, 82);
    let deliveries = journal.deliveries(of(&job.id), 0, 1_000).await?;
    assert_eq!(deliveries.iter().map(|delivery| &delivery.webhook_id).collect::<HashSet<_>>().len(), 82);
    assert_eq!(deliveries.iter().filter(|delivery| delivery.endpoint == CALLBACK).count(), 41);
    Ok(())
}

#[tokio::test]
async fn the_age_that_a_caller_allows_is_kept_with_the_job() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    for max_age in [None, Some(std::time::Duration::ZERO), Some(std::time::Duration::from_millis(1_500))] {
        let mut job = new(1);
        job.batch.max_age = max_age;
        let id = journal.create(job, LIMITS).await?.job.id;
        assert_eq!(journal.job(&id).await?.max_age, max_age);
    }
    Ok(())
}
