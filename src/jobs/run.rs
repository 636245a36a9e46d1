//! The life of all jobs of a process: what a dead process left is taken up first, new jobs as they come, in the order in which
//! they were submitted. Every task of a job belongs to the set in here.

use std::collections::HashMap;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::runner::{Runner, Stop};
use super::{Jobs, retain};
use crate::error::Error;
use crate::journal::{Journal, JournalError, Role};
use crate::shutdown::Shutdown;

impl Jobs {
    /// Works on jobs until the process drains: then no further item is started, those in work are finished and journaled, and the
    /// rest waits in the journal for the next start. On force it lets go at once. A process with [`Role::Api`] only waits.
    ///
    /// # Errors
    /// `Storage` when the journal failed: the process should end.
    pub async fn run(&self, shutdown: Shutdown) -> Result<(), Error> {
        if self.journal.role() == Role::Api {
            tokio::select! {
                () = shutdown.drain.cancelled() => {}
                () = shutdown.force.cancelled() => {}
            }
            return Ok(());
        }
        tokio::select! {
            // Dropping the schedule ends its tasks.
            () = shutdown.force.cancelled() => Ok(()),
            worked = Schedule::new(self, shutdown.drain.clone()).work() => Ok(worked?),
            failed = self.forget_old(&shutdown.drain) => Err(failed.into()),
        }
    }
}

impl Jobs {
    /// Comes back only when the journal has failed.
    async fn forget_old(&self, drain: &CancellationToken) -> JournalError {
        let kept = match self.settings.retention() {
            Some(keep) => retain::retain(&self.journal, keep, drain).await,
            None => Ok(()),
        };
        match kept {
            Err(error) => error,
            Ok(()) => std::future::pending().await,
        }
    }
}

struct Schedule {
    journal: Journal,
    runner: Runner,
    slots: usize,
    drain: CancellationToken,
    tasks: JoinSet<u64>,
    /// The jobs in work, and how each is stopped.
    stops: HashMap<u64, Stop>,
    /// Jobs are started in the order of their numbers; those up to here were.
    started: u64,
}

impl Schedule {
    fn new(jobs: &Jobs, drain: CancellationToken) -> Self {
        Self {
            journal: jobs.journal.clone(),
            runner: Runner { journal: jobs.journal.clone(), engine: jobs.engine.clone() },
            slots: jobs.settings.running_jobs.max(1) as usize,
            drain,
            tasks: JoinSet::new(),
            stops: HashMap::new(),
            started: 0,
        }
    }

    async fn work(mut self) -> Result<(), JournalError> {
        let mut changed = self.journal.jobs_changed();
        while !self.drain.is_cancelled() {
            changed.borrow_and_update();
            match self.look().await {
                // Another process holds the file; there will be a next time.
                Ok(()) | Err(JournalError::Busy) => {}
                Err(error) => return Err(error),
            }
            tokio::select! {
                () = self.drain.cancelled() => {}
                error = self.journal.failed() => return Err(error),
                _ = changed.changed() => {}
                Some(ended) = self.tasks.join_next() => self.ended(ended),
            }
        }
        while let Some(ended) = self.tasks.join_next().await {
            self.ended(ended);
        }
        self.journal.check()
    }

    async fn look(&mut self) -> Result<(), JournalError> {
        for number in self.journal.to_cancel().await? {
            match self.stops.get(&number) {
                Some(stop) => stop.cancel(),
                // It has nothing to wait for: its end needs no slot.
                None if number > self.started => self.start(number),
                None => {}
            }
        }
        let free = self.slots.saturating_sub(self.stops.len());
        if free > 0 {
            for number in self.journal.unfinished(self.started, free).await? {
                self.started = number;
                if !self.stops.contains_key(&number) {
                    self.start(number);
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, number: u64) {
        let stop = Stop::under(&self.drain);
        self.stops.insert(number, stop.clone());
        let runner = self.runner.clone();
        self.tasks.spawn(async move {
            runner.run(number, &stop).await;
            number
        });
    }

    fn ended(&mut self, ended: Result<u64, tokio::task::JoinError>) {
        match ended {
            Ok(number) => {
                self.stops.remove(&number);
            }
            // The runner catches panics; this would be one of its own.
            Err(error) => tracing::error!(%error, "a job's task ended out of order; the job is taken up again at the next start"),
        }
    }
}
