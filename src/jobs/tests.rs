//! Jobs over a real journal; only the engine is played, by a script.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may end so")]

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_stream::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::journal::{self, Role};
use crate::model::{Batch, Code, Event, Item, ItemStatus, Progress, ShopName, ShopStatus};
use crate::shutdown::Shutdown;

/// Finds every item, one after another, each once the gate lets it through.
#[derive(Clone, Debug)]
pub(super) struct Script {
    gate: Arc<Semaphore>,
    panics_at: Option<u32>,
    /// Ends without a word at this position.
    silent_at: Option<u32>,
}

impl Script {
    fn open() -> Self {
        Self { gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)), panics_at: None, silent_at: None }
    }

    fn closed() -> Self {
        Self { gate: Arc::new(Semaphore::new(0)), ..Self::open() }
    }

    pub(super) fn run<S>(&self, items: S, stop: CancellationToken) -> Pin<Box<dyn Stream<Item = Event> + Send>>
    where
        S: Stream<Item = (u32, Item)> + Send + 'static,
    {
        let script = self.clone();
        Box::pin(async_stream::stream! {
            let mut items = Box::pin(items);
            loop {
                let next = tokio::select! {
                    () = stop.cancelled() => None,
                    next = items.next() => next,
                };
                let Some((position, item)) = next else { return };
                tokio::select! {
                    biased;
                    permit = script.gate.acquire() => permit.expect("the gate").forget(),
                    // As an engine does: what is in work is finished.
                    () = stop.cancelled() => {}
                }
                if script.silent_at == Some(position) {
                    return;
                }
                assert!(script.panics_at != Some(position), "as the script says");
                let ean = item.primary.as_given().to_owned();
                yield Event::Progress(Progress { position, ean: ean.clone(), shop: ShopName::new("a"), status: ShopStatus::Found, detail: None, elapsed_ms: 1 });
                yield Event::Result(Box::new(ItemResult {
                    position, ean, gtin14: None, status: ItemStatus::Found, used_replacement: false, replacement: None, shops: Vec::new(), detail: None, elapsed_ms: 1,
                }));
            }
        })
    }
}

struct House {
    jobs: Jobs,
    shutdown: Shutdown,
    work: JoinHandle<Result<(), Error>>,
}

impl House {
    fn open(dir: &Path, role: Role, script: &Script, settings: Settings) -> Result<Self> {
        let journal = Journal::open(&journal::Settings::default(), dir, role, Vec::new())?;
        let jobs = Jobs { caller: Caller::Unnamed, journal, engine: Engine::Script(script.clone()), settings: Arc::new(settings) };
        let shutdown = Shutdown::default();
        #[allow(clippy::disallowed_methods, reason = "the house waits for it")]
        let work = tokio::spawn({
            let (jobs, shutdown) = (jobs.clone(), shutdown.clone());
            async move { jobs.run(shutdown).await }
        });
        Ok(Self { jobs, shutdown, work })
    }

    fn all(dir: &TempDir, script: &Script) -> Result<Self> {
        Self::open(dir.path(), Role::All, script, Settings::default())
    }

    async fn drain(self) -> Result<()> {
        self.shutdown.drain.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.work).await???;
        self.jobs.journal.close().await;
        Ok(())
    }

    async fn force(self) -> Result<()> {
        self.shutdown.force.cancel();
        tokio::time::timeout(Duration::from_secs(1), self.work).await???;
        self.jobs.journal.close().await;
        Ok(())
    }

    /// Every event after a cursor, to the end.
    async fn follow(&self, id: &JobId, after: u64) -> Result<Vec<Entry>> {
        let entries = self.jobs.watch(id, Seq(after)).await?;
        Ok(tokio::time::timeout(Duration::from_secs(20), entries.collect::<Result<Vec<_>, _>>()).await??)
    }

    /// Looks again and again: a job that is started tells no event of it.
    async fn until(&self, id: &JobId, reached: impl Fn(&JobInfo) -> bool) -> Result<JobInfo> {
        let looking = async {
            loop {
                let job = self.jobs.get(id).await?;
                if reached(&job) {
                    return anyhow::Ok(job);
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), looking).await?
    }
}

fn items(count: u32) -> Vec<Item> {
    (0..count).map(|_| Item::new(Code::parse("0748322148474"), None)).collect()
}

fn new(count: u32) -> NewJob {
    NewJob {
        batch: Batch { items: items(count), ..Batch::default() },
        callback: None,
        intake: Intake::Whole,
        once: None,
        owner: None,
        caller: None,
        plan: Vec::new(),
    }
}

fn open_list() -> NewJob {
    NewJob { intake: Intake::Open, ..new(0) }
}

fn statuses(entries: &[Entry]) -> Vec<ItemStatus> {
    let mut results: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Result(result) => Some((result.position, result.status)),
            _ => None,
        })
        .collect();
    results.sort_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, status)| status).collect()
}

fn completed(entries: &[Entry]) -> crate::model::Completed {
    match entries.last().map(|entry| &entry.event) {
        Some(Event::Completed(completed)) => completed.clone(),
        other => panic!("the last event is {other:?}"),
    }
}

#[tokio::test]
async fn a_job_runs_to_its_end() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let house = House::all(&dir, &Script::open())?;
    let id = house.jobs.submit(new(300)).await?.job.id;
    let entries = house.follow(&id, 0).await?;
    assert!(entries.iter().map(|entry| entry.seq.0).eq(1..=602), "accepted, 300 times progress and result, completed");
    assert_eq!(completed(&entries).counts.found, 300);
    let job = house.jobs.get(&id).await?;
    assert_eq!((job.state, job.counts.total, job.last_seq), (JobState::Completed, 300, Seq(602)));
    let results: Vec<_> = house.jobs.results(&id).await?.collect::<Result<Vec<_>, _>>().await?;
    assert!(results.iter().map(|result| result.position).eq(1..=300));
    house.drain().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_from_any_cursor_misses_and_repeats_nothing() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let script = Script::closed();
    let house = House::all(&dir, &script)?;
    let id = house.jobs.submit(new(100)).await?.job.id;
    let give = async {
        for _ in 0..100 {
            script.gate.add_permits(1);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        anyhow::Ok(())
    };
    // A reader that is cut off again and again and resumes from its last cursor.
    let cut = async {
        let mut seen = Vec::new();
        loop {
            let after = seen.last().copied().unwrap_or(0);
            let mut entries = Box::pin(house.jobs.watch(&id, Seq(after)).await?.take(7));
            let before = seen.len();
            while let Some(entry) = entries.next().await {
                seen.push(entry?.seq.0);
            }
            if seen.len() < before + 7 {
                return anyhow::Ok(seen);
            }
        }
    };
    let (_, whole, cut) = tokio::try_join!(give, house.follow(&id, 0), cut)?;
    assert!(whole.iter().map(|entry| entry.seq.0).eq(1..=202));
    assert!(cut.into_iter().eq(1..=202));
    for after in [0, 1, 31, 32, 33, 200, 201, 202] {
        let rest = house.follow(&id, after).await?;
        assert!(rest.iter().map(|entry| entry.seq.0).eq(after + 1..=202), "after {after}");
    }
    let beyond = house.jobs.watch(&id, Seq(203)).await.err().expect("beyond the end");
    assert_eq!((beyond.kind(), beyond.argument()), (ErrorKind::OutOfRange, Some("after_cursor")));
    house.drain().await
}

#[tokio::test]
async fn a_drained_house_goes_on_at_the_next_start() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let script = Script::closed();
    let house = House::all(&dir, &script)?;
    let id = house.jobs.submit(new(50)).await?.job.id;
    script.gate.add_permits(10);
    house.until(&id, |job| job.counts.total == 10).await?;
    let other = house.jobs.clone();
    house.drain().await?;
    assert_eq!(other.submit(new(1)).await.expect_err("closed").kind(), ErrorKind::Unavailable);
    drop(other);

    let house = House::all(&dir, &Script::open())?;
    let entries = house.follow(&id, 0).await?;
    assert_eq!(statuses(&entries), [ItemStatus::Found; 50]);
    assert!(entries.iter().map(|entry| entry.seq.0).eq(1..=entries.len() as u64));
    house.drain().await
}

#[tokio::test]
async fn force_lets_go_at_once_and_nothing_is_lost() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let script = Script::closed();
    let house = House::all(&dir, &script)?;
    let ids = [house.jobs.submit(new(5)).await?.job.id, house.jobs.submit(new(5)).await?.job.id];
    script.gate.add_permits(3);
    house.until(&ids[0], |job| job.state == JobState::Running).await?;
    house.force().await?;
    let house = House::all(&dir, &Script::open())?;
    for id in ids {
        assert_eq!(statuses(&house.follow(&id, 0).await?), [ItemStatus::Found; 5]);
    }
    house.drain().await
}

#[tokio::test]
async fn a_cancelled_job_tells_every_item() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let script = Script::closed();
    let house = House::open(dir.path(), Role::All, &script, Settings { running_jobs: 1, ..Settings::default() })?;
    let running = house.jobs.submit(new(600)).await?.job.id;
    let waiting = house.jobs.submit(new(3)).await?.job.id;
    script.gate.add_permits(2);
    house.until(&running, |job| job.counts.total == 2).await?;

    house.jobs.cancel(&waiting).await?;
    assert_eq!(statuses(&house.follow(&waiting, 0).await?), [ItemStatus::Cancelled; 3], "it needs no slot to end");
    house.jobs.cancel(&running).await?;
    house.jobs.cancel(&running).await?;
    let entries = house.follow(&running, 0).await?;
    let end = completed(&entries);
    assert!(end.cancelled);
    assert_eq!((end.counts.total, end.counts.found + end.counts.cancelled), (600, 600));
    assert!((2..10).contains(&end.counts.found), "{:?}", end.counts);
    assert_eq!(house.jobs.cancel(&running).await?.state, JobState::Cancelled);
    assert_eq!(house.jobs.get(&running).await?.last_seq, entries[entries.len() - 1].seq);
    house.drain().await
}

#[tokio::test]
async fn an_open_list_takes_items_until_it_is_closed() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let house = House::all(&dir, &Script::open())?;
    let id = house.jobs.submit(open_list()).await?.job.id;
    house.jobs.append(&id, items(2)).await?;
    house.until(&id, |job| job.counts.found == 2).await?;
    house.jobs.append(&id, items(3)).await?;
    let job = house.until(&id, |job| job.counts.found == 5).await?;
    assert_eq!((job.total, job.state), (None, JobState::Running));
    house.jobs.seal(&id).await?;
    house.jobs.seal(&id).await?;
    assert_eq!(completed(&house.follow(&id, 0).await?).counts.found, 5);
    assert_eq!(house.jobs.append(&id, items(1)).await.expect_err("closed").kind(), ErrorKind::Conflict);
    let empty = house.jobs.submit(open_list()).await?.job.id;
    house.jobs.seal(&empty).await?;
    assert_eq!(completed(&house.follow(&empty, 0).await?).counts.total, 0);
    house.drain().await
}

#[tokio::test]
async fn a_long_list_waits_for_the_work() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let script = Script::closed();
    let house = House::open(dir.path(), Role::All, &script, Settings { max_items: 5, ..Settings::default() })?;
    let id = house.jobs.submit(open_list()).await?.job.id;
    house.jobs.append(&id, items(5)).await?;
    let mut more = Box::pin(house.jobs.append(&id, items(5)));
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut more).await.is_err(), "five items wait already");
    script.gate.add_permits(100);
    tokio::time::timeout(Duration::from_secs(5), more).await??;
    house.jobs.seal(&id).await?;
    assert_eq!(completed(&house.follow(&id, 0).await?).counts.found, 10);
    house.drain().await
}

#[tokio::test]
async fn a_broken_engine_fails_its_items_and_no_other_job() -> Result<()> {
    for broken in [Script { panics_at: Some(3), ..Script::open() }, Script { silent_at: Some(3), ..Script::open() }] {
        let dir = tempfile::tempdir()?;
        let house = House::all(&dir, &broken)?;
        let id = house.jobs.submit(new(5)).await?.job.id;
        let short = house.jobs.submit(new(2)).await?.job.id;
        use ItemStatus::{Failed, Found};
        assert_eq!(statuses(&house.follow(&id, 0).await?), [Found, Found, Failed, Failed, Failed]);
        assert_eq!(statuses(&house.follow(&short, 0).await?), [Found, Found]);
        house.drain().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_worker_runs_what_an_api_process_takes() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let api = House::open(dir.path(), Role::Api, &Script::closed(), Settings::default())?;
    let script = Script::closed();
    let worker = House::open(dir.path(), Role::Worker, &script, Settings::default())?;
    let id = api.jobs.submit(new(20)).await?.job.id;
    let cancelled = api.jobs.submit(new(4)).await?.job.id;
    api.until(&cancelled, |job| job.state == JobState::Queued || job.state == JobState::Running).await?;
    api.jobs.cancel(&cancelled).await?;
    assert!(completed(&api.follow(&cancelled, 0).await?).cancelled);
    script.gate.add_permits(1_000);
    assert_eq!(statuses(&api.follow(&id, 0).await?), [ItemStatus::Found; 20]);
    worker.drain().await?;
    api.drain().await
}

#[tokio::test]
async fn bad_requests_name_their_field_and_change_nothing() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let settings = Settings { max_items: 10, max_queued_jobs: 1, running_jobs: 1, ..Settings::default() };
    let house = House::open(dir.path(), Role::Api, &Script::open(), settings)?;
    let jobs = &house.jobs;
    let refused = |error: Error| (error.kind(), error.argument().map(str::to_owned));
    let eans = (ErrorKind::InvalidInput, Some("eans".to_owned()));
    assert_eq!(refused(jobs.submit(new(0)).await.expect_err("empty")), eans);
    assert_eq!(refused(jobs.submit(new(11)).await.expect_err("too many")), eans);
    let token = ListJobs { page_token: Some("x".into()), ..ListJobs::default() };
    assert_eq!(jobs.list(token).await.expect_err("no token").argument(), Some("page_token"));
    let nobody = JobId::new("0199-nobody");
    let unknown = jobs.get(&nobody).await.expect_err("unknown");
    assert!(unknown.kind() == ErrorKind::NotFound && unknown.to_string().contains("0199-nobody"));
    assert_eq!(jobs.watch(&nobody, Seq(0)).await.err().map(|error| error.kind()), Some(ErrorKind::NotFound));
    assert!(jobs.list(ListJobs::default()).await?.jobs.is_empty());
    jobs.submit(new(10)).await?;
    let full = jobs.submit(new(1)).await.expect_err("full");
    assert_eq!((full.kind(), full.retry()), (ErrorKind::Overloaded, crate::error::Retry::Later));
    house.drain().await
}

#[tokio::test]
async fn pages_of_jobs_hold_while_others_come() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let house = House::open(dir.path(), Role::Api, &Script::open(), Settings::default())?;
    for _ in 0..7 {
        house.jobs.submit(new(1)).await?;
    }
    let mut seen = Vec::new();
    let mut wanted = ListJobs { page_size: 3, state: Some(JobState::Queued), ..ListJobs::default() };
    loop {
        let page = house.jobs.list(wanted.clone()).await?;
        seen.extend(page.jobs.iter().map(|job| job.number));
        house.jobs.submit(new(1)).await?;
        let Some(next) = page.next_page_token else { break };
        wanted.page_token = Some(next);
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    let none = house.jobs.list(ListJobs { state: Some(JobState::Completed), ..ListJobs::default() }).await?;
    assert!(none.jobs.is_empty() && none.next_page_token.is_none());
    house.drain().await
}

#[test]
fn settings_read_durations_as_text() -> Result<()> {
    let settings: Settings = toml::from_str("repeat_window = \"0s\"\nidempotency_window = \"2h 30m\"\nmax_items = 5")?;
    assert_eq!(settings.repeat_window, jiff::SignedDuration::ZERO);
    assert_eq!(settings.idempotency_window, jiff::SignedDuration::from_mins(150));
    assert_eq!((settings.max_items, settings.running_jobs), (5, 64));
    assert!(toml::from_str::<Settings>("max_item = 5").is_err());
    Ok(())
}
