//! Who is told after a commit: watchers of a job, the feeder of its items, the scheduler of jobs, the deliverer of webhooks.
//! A wake-up says "look again" and carries nothing: what is true stands in the journal.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// What of a job changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Events,
    /// More items, or the list was closed.
    Items,
}

/// What a command changed; told once it is committed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    parts: Vec<(u64, Part)>,
    jobs: bool,
    outbox: bool,
}

impl Changes {
    pub(super) fn part(&mut self, job: u64, part: Part) {
        self.parts.push((job, part));
    }
    /// A job came, or is to be cancelled.
    pub(super) fn jobs(&mut self) {
        self.jobs = true;
    }
    /// Deliveries were added or re-armed.
    pub(super) fn outbox(&mut self) {
        self.outbox = true;
    }
    pub(super) fn add(&mut self, other: Self) {
        self.parts.extend(other.parts);
        self.jobs |= other.jobs;
        self.outbox |= other.outbox;
    }
}

#[derive(Debug, Default)]
pub(super) struct Wakes {
    parts: Mutex<HashMap<(u64, Part), watch::Sender<()>>>,
    jobs: watch::Sender<u64>,
    outbox: watch::Sender<u64>,
}

impl Wakes {
    pub(super) fn of(&self, job: u64, part: Part) -> watch::Receiver<()> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|_, sender| sender.receiver_count() > 0);
        parts.entry((job, part)).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    pub(super) fn of_jobs(&self) -> watch::Receiver<u64> {
        self.jobs.subscribe()
    }

    pub(super) fn of_outbox(&self) -> watch::Receiver<u64> {
        self.outbox.subscribe()
    }

    pub(super) fn tell(&self, changes: &Changes) {
        if !changes.parts.is_empty() {
            let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
            for sender in changes.parts.iter().filter_map(|part| parts.get(part)) {
                sender.send_replace(());
            }
        }
        self.tell_rooms(changes.jobs, changes.outbox);
    }

    /// Another process wrote: anything may have changed.
    pub(super) fn tell_all(&self) {
        for sender in self.parts.lock().unwrap_or_else(PoisonError::into_inner).values() {
            sender.send_replace(());
        }
        self.tell_rooms(true, true);
    }

    fn tell_rooms(&self, jobs: bool, outbox: bool) {
        if jobs {
            self.jobs.send_modify(|version| *version += 1);
        }
        if outbox {
            self.outbox.send_modify(|version| *version += 1);
        }
    }
}
