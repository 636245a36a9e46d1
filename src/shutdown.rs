//! The end of the process in two steps: drain, then force. Signals are heard here and nowhere else.
//!
//! The room never ends the process: [`Signals::run`] lets go of the work and says how it ended; `main` returns the exit code.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind};

/// How long a drain may take before everything still open is dropped.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(15);

/// How long work may still take to come back after force, before it is abandoned where it stands. Short: whoever presses Ctrl+C
/// twice wants the end now.
const LAST_GRACE: Duration = Duration::from_millis(100);

/// SIGTERMs this close together are one: some supervisors signal the process and then its group.
const ECHO: Duration = Duration::from_millis(50);

/// Two tokens that everybody shares. `drain`: take nothing new, finish what is at hand, tell open streams where they stand.
/// `force`: let go at once; the journal remembers.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    pub drain: CancellationToken,
    pub force: CancellationToken,
}

/// How the process comes to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Nobody asked for it: the work is simply done.
    #[default]
    Undisturbed,
    /// A signal came (or `drain` was cancelled), and everything ended within the deadline.
    Drained,
    /// The drain deadline passed; what was open was dropped.
    Forced,
    /// A second signal came.
    Interrupted,
}

/// What became of the work that [`Signals::run`] was given.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    Done(T, End),
    /// It did not come back after `force` and was dropped.
    Abandoned(End),
}

/// The listener behind a [`Shutdown`]; it hears signals for as long as it lives.
#[derive(Debug)]
pub struct Signals {
    end: watch::Receiver<End>,
    force: CancellationToken,
    _listener: JoinSet<()>,
}

impl Shutdown {
    /// Hears SIGINT and SIGTERM from now on. The first one cancels `drain`; `force` follows after `deadline` or with the second
    /// one. A `drain` that is cancelled by hand starts the same deadline.
    ///
    /// Call it inside the runtime, before a port is opened.
    pub fn listen(deadline: Duration) -> Result<(Self, Signals), Error> {
        let heard = Heard::install()?;
        let shutdown = Self::default();
        let (told, end) = watch::channel(End::default());
        let mut listener = JoinSet::new();
        listener.spawn(wait(heard, shutdown.clone(), deadline, told));
        let force = shutdown.force.clone();
        Ok((shutdown, Signals { end, force, _listener: listener }))
    }
}

impl Signals {
    pub fn end(&self) -> End {
        *self.end.borrow()
    }

    /// Runs `work` until it ends; after `force` it has a tenth of a second more, then it is dropped.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Outcome<T> {
        let overdue = async {
            self.force.cancelled().await;
            tokio::time::sleep(LAST_GRACE).await;
        };
        tokio::select! {
            done = work => Outcome::Done(done, self.end()),
            () = overdue => Outcome::Abandoned(self.end()),
        }
    }
}

impl End {
    /// The exit code that the end itself demands: 130 after a second signal. Otherwise the work's own outcome decides.
    pub fn exit_code(self) -> Option<u8> {
        match self {
            Self::Interrupted => Some(130),
            Self::Undisturbed | Self::Drained | Self::Forced => None,
        }
    }
}

async fn wait(mut heard: Heard, shutdown: Shutdown, deadline: Duration, told: watch::Sender<End>) {
    tokio::select! {
        name = heard.next() => {
            tracing::info!(signal = name, deadline_s = deadline.as_secs(), "draining: nothing new is taken; once more ends at once");
        }
        () = shutdown.drain.cancelled() => tracing::info!(deadline_s = deadline.as_secs(), "draining: nothing new is taken"),
    }
    told.send_replace(End::Drained);
    shutdown.drain.cancel();
    heard.forget_echo().await;
    tokio::select! {
        name = heard.next() => {
            tracing::warn!(signal = name, "second signal: ending at once; the jobs in the journal resume at the next start");
            told.send_replace(End::Interrupted);
        }
        () = tokio::time::sleep(deadline) => {
            tracing::warn!("the drain deadline passed: what is still open is dropped; the jobs in the journal resume at the next start");
            told.send_replace(End::Forced);
        }
    }
    shutdown.force.cancel();
    // A signal after force still turns the exit code.
    let name = heard.next().await;
    tracing::warn!(signal = name, "ending at once");
    told.send_replace(End::Interrupted);
}

#[cfg(unix)]
struct Heard {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Heard {
    fn install() -> Result<Self, Error> {
        use tokio::signal::unix::{SignalKind, signal};
        let refused = |source| Error::new(ErrorKind::Internal, "the system refuses to hand out SIGINT and SIGTERM").because(source);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(refused)?,
            terminate: signal(SignalKind::terminate()).map_err(refused)?,
        })
    }

    /// A second SIGTERM of the same supervisor; SIGINT is a person's and always counts.
    async fn forget_echo(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            () = tokio::time::sleep(ECHO) => {}
        }
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Heard {}

#[cfg(not(unix))]
impl Heard {
    fn install() -> Result<Self, Error> {
        Ok(Self {})
    }

    async fn forget_echo(&mut self) {}

    async fn next(&mut self) -> &'static str {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl+C cannot be heard; stop the process another way");
            std::future::pending::<()>().await;
        }
        "Ctrl+C"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_drain_that_takes_too_long_is_forced() {
        let (shutdown, signals) = Shutdown::listen(DRAIN_DEADLINE).unwrap();
        shutdown.drain.cancel();
        let outcome = signals.run(std::future::pending::<()>()).await;
        assert_eq!(outcome, Outcome::Abandoned(End::Forced));
        assert!(shutdown.force.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_drains_in_time_is_done() {
        let (shutdown, signals) = Shutdown::listen(DRAIN_DEADLINE).unwrap();
        let drain = shutdown.drain.clone();
        shutdown.drain.cancel();
        let work = async move {
            drain.cancelled().await;
            tokio::time::sleep(Duration::from_secs(3)).await;
            "drained"
        };
        assert_eq!(signals.run(work).await, Outcome::Done("drained", End::Drained));
        assert!(!shutdown.force.is_cancelled());
    }

    #[tokio::test]
    async fn undisturbed_work_ends_by_itself() {
        let (_shutdown, signals) = Shutdown::listen(DRAIN_DEADLINE).unwrap();
        assert_eq!(signals.run(async { 7 }).await, Outcome::Done(7, End::Undisturbed));
        assert_eq!(End::Undisturbed.exit_code(), None);
        assert_eq!(End::Interrupted.exit_code(), Some(130));
    }
}
