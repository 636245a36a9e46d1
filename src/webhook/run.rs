//! Watches the outbox and owns the work on it: at most one task per URL, so that none waits for another.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::clock::Clock;
use super::line::{Line, Standing, turned};
use super::pace::Pace;
use super::receiver::{Receivers, shown};
use super::settings::Settings;
use crate::egress::Egress;
use crate::error::Error;
use crate::journal::{Journal, JournalError};
use crate::shutdown::Shutdown;

/// The outbox is looked at this often even when nothing calls for it: the clock may be set, the machine may have slept.
const LOOK: Duration = Duration::from_secs(30);

/// The pause after the journal was held by another process.
const BUSY: Duration = Duration::from_secs(1);

/// How long a drain waits for the deliveries under way; what is cut off goes out again after the start, under the same id.
const DRAIN: Duration = Duration::from_secs(10);

/// Callback URLs served at once: there may be one per job. Configured endpoints do not count, each always has its task.
const CALLBACK_LINES: usize = 128;

/// Delivers what the outbox holds until `shutdown.drain`: then nothing more is started, and it returns when the deliveries
/// under way are done. On `shutdown.force` it returns at once. Fails when the settings are unsound or the journal fails.
pub async fn run(journal: Journal, egress: Egress, settings: Settings, shutdown: Shutdown) -> Result<(), Error> {
    run_by(Clock::System, journal, egress, settings, shutdown).await
}

pub(super) async fn run_by(clock: Clock, journal: Journal, egress: Egress, settings: Settings, shutdown: Shutdown) -> Result<(), Error> {
    let receivers = Arc::new(Receivers::new(settings)?);
    for warning in receivers.settings().warnings() {
        tracing::warn!("{warning}");
    }
    let mut desk = Desk {
        journal,
        egress,
        receivers,
        clock,
        drain: shutdown.drain.clone(),
        // Dropped with the desk, which ends every line: that is what force means.
        lines: JoinSet::new(),
        at_work: HashMap::new(),
        apart: HashMap::new(),
    };
    let work = async {
        desk.serve().await?;
        desk.finish().await
    };
    tokio::select! {
        () = shutdown.force.cancelled() => Ok(()),
        done = work => done.map_err(Error::from),
    }
}

struct Desk {
    journal: Journal,
    egress: Egress,
    receivers: Arc<Receivers>,
    clock: Clock,
    drain: CancellationToken,
    lines: JoinSet<Result<Standing, JournalError>>,
    at_work: HashMap<Id, Url>,
    /// URLs that rest or whose next try is still to come.
    apart: HashMap<Url, Standing>,
}

impl Desk {
    async fn serve(&mut self) -> Result<(), JournalError> {
        let mut changed = self.journal.outbox_changed();
        let drain = self.drain.clone();
        while !drain.is_cancelled() {
            changed.mark_unchanged();
            let pause = match self.look().await {
                Err(JournalError::Busy) => BUSY,
                looked => looked?,
            };
            tokio::select! {
                () = drain.cancelled() => {}
                () = turned(&mut changed) => {}
                () = tokio::time::sleep(pause) => {}
                Some(ended) = self.lines.join_next_with_id() => self.put_back(ended)?,
            }
        }
        Ok(())
    }

    /// Starts what is due, and tells for how long nothing calls for another look.
    async fn look(&mut self) -> Result<Duration, JournalError> {
        // One moment for both: a rest that ended in between would be seen by neither.
        let (now, instant) = (self.clock.now(), Instant::now());
        self.start_lines(now, instant).await?;
        self.pause(now, instant).await
    }

    async fn finish(&mut self) -> Result<(), JournalError> {
        let deadline = Instant::now() + DRAIN;
        loop {
            match tokio::time::timeout_at(deadline, self.lines.join_next_with_id()).await {
                Ok(Some(ended)) => self.put_back(ended)?,
                Ok(None) => return Ok(()),
                Err(_) => {
                    tracing::warn!(urls = self.lines.len(), "webhooks under way are cut off; they go out again after the next start");
                    return Ok(());
                }
            }
        }
    }

    async fn start_lines(&mut self, now: Timestamp, instant: Instant) -> Result<(), JournalError> {
        let due: HashSet<Url> = self.journal.due_urls(now).await?.into_iter().collect();
        self.apart.retain(|url, standing| {
            due.contains(url) || standing.left_alone(instant).is_some() || standing.retries.last().is_some_and(|retry| *retry > now)
        });
        let at_work: HashSet<Url> = self.at_work.values().cloned().collect();
        let mut callbacks = at_work.iter().filter(|url| !self.receivers.is_configured(url)).count();
        for url in due {
            let rests = self.apart.get(&url).is_some_and(|standing| standing.left_alone(instant).is_some());
            let configured = self.receivers.is_configured(&url);
            if rests || at_work.contains(&url) || (!configured && callbacks >= CALLBACK_LINES) {
                continue;
            }
            callbacks += usize::from(!configured);
            self.start(url);
        }
        Ok(())
    }

    fn fresh(&self) -> Standing {
        let settings = self.receivers.settings();
        Standing::new(Pace::new(settings.concurrency, settings.per_second))
    }

    fn rested(&self, rest: Duration) -> Standing {
        let mut standing = self.fresh();
        standing.pace.failed(Instant::now(), Some(rest));
        standing
    }

    fn start(&mut self, url: Url) {
        let line = Line {
            standing: self.apart.remove(&url).unwrap_or_else(|| self.fresh()),
            url: url.clone(),
            receivers: Arc::clone(&self.receivers),
            journal: self.journal.clone(),
            egress: self.egress.clone(),
            clock: self.clock,
            drain: self.drain.clone(),
        };
        let id = self.lines.spawn(line.work()).id();
        self.at_work.insert(id, url);
    }

    /// Takes back the standing of a URL whose line has ended.
    fn put_back(&mut self, ended: Result<(Id, Result<Standing, JournalError>), JoinError>) -> Result<(), JournalError> {
        let (id, standing) = match ended {
            Ok((id, Err(JournalError::Busy))) => (id, self.rested(BUSY)),
            Ok((id, standing)) => (id, standing?),
            Err(failure) => {
                // A panic: the URL rests, so that the same delivery does not do it again at once.
                tracing::error!(%failure, "the deliveries to a URL broke off");
                (failure.id(), self.rested(LOOK))
            }
        };
        let Some(url) = self.at_work.remove(&id) else { return Ok(()) };
        let now = Instant::now();
        if let Some(rest) = standing.left_alone(now) {
            tracing::debug!(url = shown(&url), seconds = (rest - now).as_secs_f32(), "the webhooks of this URL rest");
        }
        self.apart.insert(url, standing);
        Ok(())
    }

    /// The journal's own next time may lie in the past, for a URL that rests or is at work; what comes after it is then known
    /// from `apart`.
    async fn pause(&self, now: Timestamp, instant: Instant) -> Result<Duration, JournalError> {
        let next = self.journal.next_due().await?.filter(|next| *next > now).map(|next| self.clock.until(next));
        let apart = self.apart.values().filter_map(|standing| match standing.left_alone(instant) {
            Some(rest) => Some(rest - instant),
            None => standing.retries.iter().find(|retry| **retry > now).map(|retry| self.clock.until(*retry)),
        });
        Ok(apart.chain(next).min().unwrap_or(LOOK).min(LOOK))
    }
}
