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
    let own = due(&journal, &callback(CallbackEvents::All).url, Timestamp::now(), &[]).await?;
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
    let all = due(&journal, &url, now, &[]).await?;
    assert_eq!(all.iter().map(|due| due.entry.seq.0).collect::<Vec<_>>(), [2, 3, 4], "oldest first");
    assert_eq!(due(&journal, &url, now, &[all[0].id]).await?.len(), 2);
    assert_eq!(all[0].entry.job, job.id);

    let later = now + SignedDuration::from_secs(60);
    let attempt = |outcome| Attempt { at: now, status: Some(503), error: Some("starting up".into()), answer: None, outcome };
    journal.record_attempt(all[0].id, attempt(Attempted::RetryAt(later))).await?;
    assert_eq!(due(&journal, &url, now, &[]).await?.len(), 2, "the others go on");
    assert_eq!(journal.due(&url, now, Order::Strict, 10, &HashSet::new()).await?.len(), 0, "the oldest is not due");
    assert_eq!(journal.next_in_order(&url).await?.map(|next| next.as_second()), Some(later.as_second()));
    assert!(journal.next_due().await?.is_some_and(|next| next <= now), "the others are due");
    assert!(journal.due_urls(now - SignedDuration::from_hours(1)).await?.is_empty());
    let strict = journal.due(&url, later, Order::Strict, 10, &HashSet::new()).await?;
    assert_eq!(strict.iter().map(|due| (due.id, due.attempts)).collect::<Vec<_>>(), [(all[0].id, 1)]);

    journal.record_attempt(all[0].id, attempt(Attempted::GaveUp)).await?;
    journal.record_attempt(all[1].id, attempt(Attempted::Delivered)).await?;
    journal.record_attempt(all[1].id, attempt(Attempted::RetryAt(later))).await?;
    let counts = journal.job(&job.id).await?.deliveries;
    assert_eq!(counts, DeliveryCounts { delivered: 1, waiting: 1, failed: 1 });
    let shown = journal.deliveries(of(&job.id), 0, 10).await?;
    assert_eq!((shown[0].state, shown[0].attempts, shown[0].last_status), (DeliveryState::Failed, 2, Some(503)));
    assert_eq!((shown[1].state, shown[1].attempts, shown[1].next_at), (DeliveryState::Delivered, 1, None));

    let failed = journal.deliveries(ListDeliveries { state: Some(DeliveryState::Failed), ..of(&job.id) }, 0, 10).await?;
    assert_eq!(failed.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [all[0].id]);
    let rest = journal.deliveries(of(&job.id), shown[0].id, 1).await?;
    assert_eq!(rest.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [shown[1].id]);

    assert!(!changed.has_changed()?);
    assert_eq!(journal.replay(Replay::Failed { job: job.id.clone(), since: None }).await?, 1);
    assert!(changed.has_changed()?);
    let again = journal.due(&url, Timestamp::now(), Order::Strict, 1, &HashSet::new()).await?;
    assert_eq!((again[0].id, &again[0].webhook_id, again[0].attempts), (all[0].id, &all[0].webhook_id, 0));
    assert_eq!(journal.replay(Replay::All { job: job.id.clone() }).await?, 3);
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

/// Every item of a job has its result, each with a webhook.
async fn told(journal: &Journal, items: u32, callback: Option<Callback>) -> Result<JobInfo> {
    let job = journal.create(NewJob { callback, ..new(items) }, LIMITS).await?.job;
    journal.append(job.number, &(1..=items).map(|position| result(position, ItemStatus::Found)).collect::<Vec<_>>()).await?;
    Ok(job)
}

fn failed(at: Timestamp, status: u16, outcome: Attempted) -> Attempt {
    Attempt { at, status: Some(status), error: Some(format!("answered {status}")), answer: Some("words".into()), outcome }
}

fn delivered(at: Timestamp) -> Attempt {
    Attempt { at, status: Some(200), error: None, answer: None, outcome: Attempted::Delivered }
}

#[tokio::test]
async fn the_jobs_of_an_address_take_turns() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let url = address("http://n8n.example/webhook");
    for items in [50, 2, 3] {
        told(&journal, items, None).await?;
    }
    let jobs = |due: &[Due]| due.iter().map(|due| due.job).collect::<Vec<_>>();
    let first = due(&journal, &url, Timestamp::now(), &[]).await?;
    assert_eq!(jobs(&first), [1, 2, 3, 1, 2, 3, 1, 3, 1, 1]);
    let own: Vec<_> = first.iter().filter(|due| due.job == 1).map(|due| due.entry.seq.0).collect();
    assert_eq!(own, [2, 3, 4, 5, 6], "within a job oldest first");
    // Those under way are left out; the turn goes on behind the job that had it last.
    let under_way: HashSet<u64> = first[..3].iter().map(|due| due.id).collect();
    let next = journal.due(&url, Timestamp::now(), Order::Fair { after: 2 }, 4, &under_way).await?;
    assert_eq!(jobs(&next), [3, 1, 2, 3]);
    // A job whose deliveries wait for their next try holds up nobody.
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    for due in due(&journal, &url, Timestamp::now(), &[]).await?.iter().filter(|due| due.job == 2) {
        journal.record_attempt(due.id, failed(Timestamp::now(), 500, Attempted::RetryAt(later))).await?;
    }
    assert_eq!(jobs(&journal.due(&url, Timestamp::now(), Order::Fair { after: 1 }, 3, &HashSet::new()).await?), [3, 1, 3]);
    Ok(())
}

#[tokio::test]
async fn an_address_that_ended_takes_its_deliveries_along_until_one_is_replayed() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let (url, own) = (address("http://n8n.example/webhook"), callback(CallbackEvents::All));
    let (one, two) = (told(&journal, 2, Some(own.clone())).await?, told(&journal, 3, None).await?);
    journal.complete(two.number).await?;
    let now = Timestamp::now();
    let first = due(&journal, &url, now, &[]).await?.remove(0);
    let recorded = journal.record_attempt(first.id, failed(now, 410, Attempted::Ended)).await?;
    assert_eq!(recorded.buried, 5);
    assert_eq!(recorded.settled, [Settled { job: two.id.clone(), delivered: 0, failed: 4 }]);
    assert!(due(&journal, &url, now, &[]).await?.is_empty());
    assert_eq!(due(&journal, &own.url, now, &[]).await?.len(), 2, "another address");
    let counts = journal.job(&one.id).await?.deliveries;
    assert_eq!(counts, DeliveryCounts { delivered: 0, waiting: 2, failed: 2 });

    // After a restart it is remembered, also for what comes later.
    journal.close().await;
    let journal = open(dir.path(), Role::All)?;
    journal.complete(one.number).await?;
    let later = due(&journal, &url, Timestamp::now(), &[]).await?.remove(0);
    assert_eq!(later.ended_at.map(|at| at.as_millisecond()), Some(now.as_millisecond()));
    journal.record_attempt(later.id, Attempt { status: None, answer: None, ..failed(now, 0, Attempted::NotSent) }).await?;
    let shown = journal.delivery(&later.webhook_id).await?;
    assert_eq!((shown.state, shown.attempts), (DeliveryState::Failed, 0));
    let endpoints = journal.endpoints().await?;
    let (n8n, callbacks) = (&endpoints[0], &endpoints[1]);
    assert_eq!((n8n.name.as_str(), n8n.state(), n8n.failed, n8n.waiting), ("n8n", EndpointState::Ended, 7, 0));
    assert_eq!((n8n.troubles[0].last_status, n8n.troubles[0].failures), (Some(410), 1));
    assert_eq!((callbacks.name.as_str(), callbacks.state(), callbacks.waiting), (CALLBACK, EndpointState::Well, 3));

    assert_eq!(journal.replay(Replay::One(first.webhook_id.clone())).await?, 1);
    let again = due(&journal, &url, Timestamp::now(), &[]).await?;
    assert_eq!(again.iter().map(|due| (&due.webhook_id, due.ended_at)).collect::<Vec<_>>(), [(&first.webhook_id, None)]);
    assert_eq!(journal.endpoints().await?[0].state(), EndpointState::Well);
    Ok(())
}

#[tokio::test]
async fn a_corrected_address_is_no_longer_in_trouble() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    told(&journal, 1, None).await?;
    let now = Timestamp::now();
    let due = due(&journal, &address("http://n8n.example/webhook"), now, &[]).await?.remove(0);
    journal.record_attempt(due.id, failed(now, 410, Attempted::Ended)).await?;
    journal.close().await;
    let right = vec![Target { name: "n8n".into(), url: address("http://n8n.example/right") }];
    let journal = Journal::open(&Settings::default(), dir.path(), Role::All, right)?;
    assert_eq!(journal.endpoints().await?[0].state(), EndpointState::Well);
    Ok(())
}

#[tokio::test]
async fn dead_letters_are_found_and_sent_again_since_a_moment() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let journal = open(dir.path(), Role::All)?;
    let job = told(&journal, 4, Some(callback(CallbackEvents::All))).await?;
    let (url, start) = (address("http://n8n.example/webhook"), Timestamp::now());
    let all = due(&journal, &url, start, &[]).await?;
    let hour = |hours| start + SignedDuration::from_hours(hours);
    for (due, hours) in all.iter().zip([1, 2, 3]) {
        journal.record_attempt(due.id, failed(hour(hours), 500, Attempted::GaveUp)).await?;
    }
    journal.record_attempt(all[3].id, delivered(hour(4))).await?;
    let ids = async |wanted: ListDeliveries| {
        let found = journal.deliveries(wanted, 0, 100).await?;
        Ok::<Vec<_>, JournalError>(found.iter().map(|delivery| delivery.webhook_id.clone()).collect())
    };
    let dead = ListDeliveries { state: Some(DeliveryState::Failed), ..ListDeliveries::default() };
    let own: Vec<_> = all.iter().map(|due| due.webhook_id.clone()).collect();
    assert_eq!(ids(dead.clone()).await?, own[..3]);
    assert_eq!(ids(ListDeliveries { since: Some(hour(2)), ..dead.clone() }).await?, own[1..3]);
    assert_eq!(ids(ListDeliveries { endpoint: Some("n8n".into()), ..ListDeliveries::default() }).await?, own);
    assert_eq!(ids(ListDeliveries { endpoint: Some(CALLBACK.into()), ..dead.clone() }).await?.len(), 0);
    assert_eq!(ids(ListDeliveries { endpoint: Some(CALLBACK.into()), ..of(&job.id) }).await?.len(), 4);
    let shown = journal.delivery(&own[0]).await?;
    assert_eq!(
        (shown.last_status, shown.last_answer.as_deref(), shown.changed_at.as_millisecond()),
        (Some(500), Some("words"), hour(1).as_millisecond())
    );
    assert!(matches!(journal.delivery("msg_none").await, Err(JournalError::UnknownDelivery { .. })));
    assert!(matches!(journal.replay(Replay::One("msg_none".into())).await, Err(JournalError::UnknownDelivery { .. })));

    let endpoint = journal.endpoints().await?.remove(0);
    assert_eq!((endpoint.delivered, endpoint.waiting, endpoint.failed), (1, 0, 3));
    assert!(endpoint.troubles.is_empty(), "the last try succeeded");
    assert_eq!(journal.replay(Replay::FailedSince(hour(2))).await?, 2);
    assert_eq!(ids(dead.clone()).await?, own[..1]);
    let counts = DeliveryCounts { delivered: 1, waiting: 6, failed: 1 };
    assert_eq!(journal.job(&job.id).await?.deliveries, counts);
    assert_eq!(journal.replay(Replay::Failed { job: job.id.clone(), since: Some(hour(2)) }).await?, 0);
    assert_eq!(journal.replay(Replay::Failed { job: job.id.clone(), since: None }).await?, 1);
    assert!(ids(dead).await?.is_empty());
    Ok(())
}
