//! The one thread that writes. Commands that wait together are committed together, and nobody is answered before the commit.
//! After a failure of the disk nothing is acknowledged any more.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

use super::JournalError;
use super::lock::Locks;
use super::wake::{Changes, Wakes};

/// Commands that may wait for the writer; callers beyond wait for a place. Some groups' worth, so that it never idles.
const QUEUE: usize = 256;

/// Commands of one transaction: at most so many callers wait for one commit; above it the fsync is no longer the cost.
const GROUP: usize = 64;

/// How often the other process of a shared directory is looked at.
const OTHER_PROCESS: Duration = Duration::from_millis(200);

/// Sends commands to the thread; joins it when dropped.
#[derive(Debug)]
pub(super) struct Writer {
    queue: SyncSender<Message>,
    places: Arc<Semaphore>,
    failure: Arc<Failure>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Whether another process may share the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    Shared,
}

enum Message {
    Command(Command),
    Close,
}

/// Runs inside a savepoint and says whether that is to be kept, and how to answer after the commit.
type Command = Box<dyn FnOnce(&Connection, &mut Changes) -> (Verdict, Answer) + Send>;
/// Called after the commit; dropped when there was none.
type Answer = Box<dyn FnOnce() + Send>;

enum Verdict {
    Keep,
    Undo,
    /// The disk failed.
    Stop(Arc<str>),
}

/// Set once, never taken back.
#[derive(Debug, Default)]
pub(super) struct Failure {
    reason: OnceLock<Arc<str>>,
    token: CancellationToken,
}

impl Failure {
    fn set(&self, reason: &Arc<str>) {
        if self.reason.set(Arc::clone(reason)).is_ok() {
            tracing::error!("the journal takes no more writes: {reason}");
        }
        self.token.cancel();
    }

    fn check(&self) -> Result<(), JournalError> {
        match self.reason.get() {
            Some(reason) => Err(JournalError::Failed { reason: Arc::clone(reason) }),
            None => Ok(()),
        }
    }
}

impl Writer {
    /// The thread holds the directory's locks until it is done.
    pub(super) fn start(
        connection: Connection,
        locks: Locks,
        company: Company,
        wakes: Arc<Wakes>,
        commits: Counter,
    ) -> Result<Self, JournalError> {
        // One more than there are places, for `Close`.
        let (queue, commands) = sync_channel(QUEUE + 1);
        let failure = Arc::new(Failure::default());
        let desk = Desk { connection, commands, company, wakes, commits, failure: Arc::clone(&failure), seen: 0, looked: Instant::now() };
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || {
                let _locks = locks;
                desk.work();
            })
            .map_err(|source| JournalError::Start { source })?;
        Ok(Self { queue, places: Arc::new(Semaphore::new(QUEUE)), failure, thread: Mutex::new(Some(thread)) })
    }

    /// Runs `change` in the writer's next transaction; returns when that is on disk. An error of `change` undoes what it did and
    /// nothing else.
    pub(super) async fn write<T, F>(&self, doing: &'static str, change: F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &mut Changes) -> Result<T, JournalError> + Send + 'static,
    {
        self.check()?;
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| JournalError::Closed)?;
        let (tell, told) = oneshot::channel();
        let command: Command = Box::new(move |connection, changes| {
            let outcome = change(connection, changes).map_err(|error| error.during(doing));
            let verdict = match &outcome {
                Ok(_) => Verdict::Keep,
                Err(error) if error.is_fatal() => Verdict::Stop(reason(error)),
                Err(_) => Verdict::Undo,
            };
            let answer: Answer = Box::new(move || {
                drop(place);
                // A caller that is gone does not undo what it asked for.
                let _ = tell.send(outcome);
            });
            (verdict, answer)
        });
        // Full is impossible with a place in hand; disconnected drops the command, which answers it.
        let _ = self.queue.try_send(Message::Command(command));
        match told.await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.check()?;
                Err(if self.places.is_closed() { JournalError::Closed } else { JournalError::Busy })
            }
        }
    }

    /// Whether writes are still taken.
    pub(super) fn check(&self) -> Result<(), JournalError> {
        self.failure.check()
    }

    /// Resolves when a failure has ended all writing.
    pub(super) async fn failed(&self) -> JournalError {
        self.failure.token.cancelled().await;
        self.check().err().unwrap_or(JournalError::Closed)
    }

    /// Blocks until everything queued is committed and the thread is gone.
    pub(super) fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            self.places.close();
            // Full is impossible: this place is kept for us. Disconnected: the thread is gone already.
            let _ = self.queue.try_send(Message::Close);
            if thread.join().is_err() {
                tracing::error!("the journal's thread panicked");
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.join();
    }
}

fn reason(error: &JournalError) -> Arc<str> {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}").into(),
        None => error.to_string().into(),
    }
}

/// What the thread has before it.
struct Desk {
    connection: Connection,
    commands: Receiver<Message>,
    company: Company,
    wakes: Arc<Wakes>,
    commits: Counter,
    failure: Arc<Failure>,
    /// The last `data_version`: it moves with the commits of other processes, not with ours.
    seen: i64,
    looked: Instant,
}

impl Drop for Desk {
    /// A thread that ends by a panic must not leave callers who wait for it.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.failure.set(&"the journal's thread panicked".into());
        }
    }
}

impl Desk {
    fn work(mut self) {
        let mut closing = false;
        while !closing {
            let first = match self.next() {
                Ok(Message::Command(command)) => Some(command),
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => {
                    closing = true;
                    None
                }
                Err(RecvTimeoutError::Timeout) => None,
            };
            if let Some(first) = first {
                let (group, close) = self.gather(first);
                closing = close;
                self.commit(group);
            }
            self.look_around();
        }
    }

    fn next(&self) -> Result<Message, RecvTimeoutError> {
        match self.company {
            Company::Alone => self.commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Company::Shared => self.commands.recv_timeout(OTHER_PROCESS),
        }
    }

    /// What waits already is committed together: one fsync for all.
    fn gather(&self, first: Command) -> (Vec<Command>, bool) {
        let mut group = vec![first];
        while group.len() < GROUP {
            match self.commands.try_recv() {
                Ok(Message::Command(command)) => group.push(command),
                Ok(Message::Close) | Err(TryRecvError::Disconnected) => return (group, true),
                Err(TryRecvError::Empty) => break,
            }
        }
        (group, false)
    }

    fn commit(&self, group: Vec<Command>) {
        // Commands and answers that are dropped unused tell their callers that nothing was written; a failure is set first, so
        // that they learn of it.
        let mut group = group.into_iter();
        let mut answers = Vec::with_capacity(group.len());
        if self.failure.reason.get().is_some() {
            return;
        }
        match self.transact(&mut group, &mut answers) {
            Ok(changes) => {
                self.commits.inc();
                self.wakes.tell(&changes);
                for answer in answers {
                    answer();
                }
            }
            Err(error) => {
                // Fails where SQLite has rolled back by itself.
                let _ = self.connection.execute_batch("ROLLBACK");
                match error {
                    JournalError::Busy => tracing::warn!("the journal was held by another process for too long; writes were refused"),
                    error => self.failure.set(&reason(&error)),
                }
            }
        }
    }

    fn transact(&self, group: &mut std::vec::IntoIter<Command>, answers: &mut Vec<Answer>) -> Result<Changes, JournalError> {
        let mut changes = Changes::default();
        self.run("BEGIN IMMEDIATE")?;
        for command in group {
            self.run("SAVEPOINT one")?;
            let mut own = Changes::default();
            let (verdict, answer) = command(&self.connection, &mut own);
            answers.push(answer);
            match verdict {
                Verdict::Keep => changes.add(own),
                Verdict::Undo => self.run("ROLLBACK TO one")?,
                Verdict::Stop(reason) => return Err(JournalError::Failed { reason }),
            }
            self.run("RELEASE one")?;
        }
        self.run("COMMIT").map_err(|error| error.during("a commit"))?;
        Ok(changes)
    }

    fn run(&self, sql: &str) -> Result<(), JournalError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn look_around(&mut self) {
        if self.company == Company::Alone || self.looked.elapsed() < OTHER_PROCESS {
            return;
        }
        self.looked = Instant::now();
        let version = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        if let Ok(version) = version
            && std::mem::replace(&mut self.seen, version) != version
        {
            self.wakes.tell_all();
        }
    }
}
