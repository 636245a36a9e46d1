//! Deliveries as they are written, tried and sent again.

use super::*;

#[tokio::test]
async fn a_callback_may_want_the_end_only() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let job = NewJob { callback: Some(callback(CallbackEvents::Completed)), ..new(1) };
    let job = journal.create(job, LIMITS).await?.job;
    assert!(matches!(journal.complete(job.number).await, Err(JournalError::Unfinished { .. })), "an item is open");
    journal.append(job.number, &[result(1, ItemStatus::Failed)]).await?;
    journal.complete(job.number).await?;
    let own = journal.due(&callback(CallbackEvents::All).url, Timestamp::now(), Order::Any, 10, 0).await?;
    assert_eq!(own.len(), 1);
    let Event::Completed(completed) = &own[0].entry.event else { panic!("{:?}", own[0].entry) };
    assert_eq!((completed.failed.len(), completed.ignored3400.as_slice()), (1, ["3400930000001".to_owned()].as_slice()));
    Ok(())
}

#[tokio::test]
async fn deliveries_wait_are_tried_and_replayed() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let mut changed = journal.outbox_changed();
    let job = journal.create(new(3), LIMITS).await?.job;
    assert_eq!(journal.next_due().await?, None);
    journal.append(job.number, &[result(2, ItemStatus::Found), result(1, ItemStatus::Found), result(3, ItemStatus::Found)]).await?;
    assert!(changed.has_changed()?);
    changed.borrow_and_update();

    let url = address("http://n8n.example/webhook");
    let now = Timestamp::now();
    assert_eq!(journal.due_urls(now).await?, std::slice::from_ref(&url));
    let all = journal.due(&url, now, Order::Any, 10, 0).await?;
    assert_eq!(all.iter().map(|due| due.entry.seq.0).collect::<Vec<_>>(), [2, 3, 4], "oldest first");
    assert_eq!(journal.due(&url, now, Order::Any, 10, all[0].id).await?.len(), 2);
    assert_eq!(all[0].entry.job, job.id);

    let later = now + SignedDuration::from_secs(60);
    let attempt = |outcome| Attempt { at: now, status: Some(503), error: Some("starting up".into()), outcome };
    journal.record_attempt(all[0].id, attempt(Attempted::RetryAt(later))).await?;
    assert_eq!(journal.due(&url, now, Order::Any, 10, 0).await?.len(), 2, "the others go on");
    assert_eq!(journal.due(&url, now, Order::Strict, 10, 0).await?.len(), 0, "the oldest is not due");
    assert_eq!(journal.next_in_order(&url).await?.map(|next| next.as_second()), Some(later.as_second()));
    assert!(journal.next_due().await?.is_some_and(|next| next <= now), "the others are due");
    assert!(journal.due_urls(now - SignedDuration::from_hours(1)).await?.is_empty());
    let strict = journal.due(&url, later, Order::Strict, 10, 0).await?;
    assert_eq!(strict.iter().map(|due| (due.id, due.attempts)).collect::<Vec<_>>(), [(all[0].id, 1)]);

    journal.record_attempt(all[0].id, attempt(Attempted::GaveUp)).await?;
    journal.record_attempt(all[1].id, attempt(Attempted::Delivered)).await?;
    journal.record_attempt(all[1].id, attempt(Attempted::RetryAt(later))).await?;
    let counts = journal.job(&job.id).await?.deliveries;
    assert_eq!(counts, DeliveryCounts { delivered: 1, waiting: 1, failed: 1 });
    let shown = journal.deliveries(&job.id, None, 0, 10).await?;
    assert_eq!((shown[0].state, shown[0].attempts, shown[0].last_status), (DeliveryState::Failed, 2, Some(503)));
    assert_eq!((shown[1].state, shown[1].attempts, shown[1].next_at), (DeliveryState::Delivered, 1, None));

    let failed = journal.deliveries(&job.id, Some(DeliveryState::Failed), 0, 10).await?;
    assert_eq!(failed.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [all[0].id]);
    let rest = journal.deliveries(&job.id, None, shown[0].id, 1).await?;
    assert_eq!(rest.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [shown[1].id]);

    assert!(!changed.has_changed()?);
    assert_eq!(journal.replay(&job.id, Replay::Failed).await?, 1);
    assert!(changed.has_changed()?);
    let again = journal.due(&url, Timestamp::now(), Order::Strict, 1, 0).await?;
    assert_eq!((again[0].id, &again[0].webhook_id, again[0].attempts), (all[0].id, &all[0].webhook_id, 0));
    assert_eq!(journal.replay(&job.id, Replay::All).await?, 3);
    assert_eq!(journal.job(&job.id).await?.deliveries, DeliveryCounts { delivered: 0, waiting: 3, failed: 0 });
    Ok(())
}

#[tokio::test]
async fn a_corrected_address_counts_for_what_waits() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let job = journal.create(NewJob { callback: Some(callback(CallbackEvents::All)), ..new(1) }, LIMITS).await?.job;
    journal.append(job.number, &[result(1, ItemStatus::Found)]).await?;
    journal.close().await;
    let right = address("http://n8n.example/right");
    let journal = Journal::open(&Settings::default(), dir.path(), Role::All, vec![Target { name: "n8n".into(), url: right.clone() }])?;
    let mut urls = journal.due_urls(Timestamp::now()).await?;
    urls.sort();
    assert_eq!(urls, [right, callback(CallbackEvents::All).url]);
    Ok(())
}
