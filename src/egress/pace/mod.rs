//! How fast one shop may be asked, whoever asks: so many items at a time, so long between the starts of two requests, and not at all
//! while it is dead or refuses us.
//!
//! It knows no page: whether an answer is good, refuses us or never came is told to it, and what follows for everybody else is
//! decided here.

mod breaker;
mod budget;
mod rate;
mod seats;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tracing::info;

use breaker::{Breaker, Through};
use budget::Budget;
use rate::{Rate, Refusal};
use seats::Seats;

pub(crate) use seats::{JobKey, Seat};
pub use state::{BreakerState, PaceState};

/// How a shop was set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaceSettings {
    /// Requests at a time, which is as many seats; 0 counts as 1.
    pub(crate) concurrency: usize,
    pub(crate) interval: Duration,
    /// Up to this much is added to the interval, at random.
    pub(crate) jitter: Duration,
    /// A longer rest is not waited for.
    pub(crate) patience: Duration,
}

/// The pace of one shop, shared by all items and jobs.
///
/// A seat is held from an item's first search to its last page, one request after the other: so an item that was begun is
/// finished before the next one of its job starts, and results come early.
#[derive(Debug)]
pub(crate) struct Pace {
    seats: Seats,
    /// Those who wait to start do so in the order in which they came.
    queue: Semaphore,
    book: Mutex<Book>,
    /// The foremost looks again when the shop rests longer, or is dead.
    changed: Notify,
    patience: Duration,
}

#[derive(Debug)]
struct Book {
    rate: Rate,
    budget: Budget,
    /// By the ways that lead to them; no more than the shop has.
    hosts: BTreeMap<String, Host>,
    /// Of the last refusal.
    evidence: String,
}

#[derive(Debug, Default)]
struct Host {
    breaker: Breaker,
    crawl_delay: Duration,
}

/// Why a request does not start: there would be nothing to wait for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotNow {
    #[error("{failures} requests in a row got no answer, the last: {last}; {}", when(*.next_try))]
    Dead { failures: u32, last: String, next_try: Option<Duration> },
    #[error("{evidence}; {}", when(Some(*.rest)))]
    Refusing { evidence: String, rest: Duration },
}

fn when(next_try: Option<Duration>) -> String {
    next_try.map_or_else(|| "one is trying again now".to_owned(), |wait| format!("next try in {} s", wait.as_secs_f64().ceil()))
}

impl Pace {
    pub(crate) fn new(settings: PaceSettings) -> Self {
        let book = Book {
            rate: Rate::new(settings.interval, settings.jitter, Instant::now()),
            budget: Budget::new(),
            hosts: BTreeMap::new(),
            evidence: String::new(),
        };
        Self {
            seats: Seats::new(settings.concurrency.max(1)),
            queue: Semaphore::new(1),
            book: Mutex::new(book),
            changed: Notify::new(),
            patience: settings.patience,
        }
    }

    /// Waits for a seat; it is handed on when it is dropped.
    pub(crate) async fn seat(&self, job: JobKey) -> Seat {
        self.seats.take(job).await
    }

    /// A seat that is free and that nobody waits for.
    pub(crate) fn spare_seat(&self) -> Option<Seat> {
        self.seats.spare()
    }

    /// Waits until a request to this host may start, and starts it.
    pub(crate) async fn start(&self, host: &str) -> Result<Pass<'_>, NotNow> {
        loop {
            if let Some(pass) = self.turn(host).await?.begin() {
                return Ok(pass);
            }
        }
    }

    /// Waits until a request to this host may start. Nobody else at this shop starts while the turn is held, so whoever holds it
    /// waits for nothing at this shop.
    pub(crate) async fn turn(&self, host: &str) -> Result<Turn<'_>, NotNow> {
        // Not behind those who wait for another host, or for a rest that is short enough.
        self.refusal(host)?;
        let place = self.queue.acquire().await.ok();
        loop {
            // Before the look, so that no change falls between the two.
            let changed = self.changed.notified();
            self.refusal(host)?;
            let not_before = self.book().rate.not_before(Instant::now());
            let Some(start) = not_before else {
                return Ok(Turn { pace: self, host: host.to_owned(), _place: place });
            };
            tokio::select! {
                () = tokio::time::sleep_until(start) => {}
                () = changed => {}
            }
        }
    }

    /// Sleeps before a retry, but not on once the host turns out to be dead.
    pub(crate) async fn pause(&self, host: &str, time: Duration) {
        let until = Instant::now() + time;
        loop {
            let changed = self.changed.notified();
            if self.refusal(host).is_err() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                () = changed => {}
            }
        }
    }

    /// Whether the shop is worth a retry, which is then paid for.
    pub(crate) fn may_retry(&self) -> bool {
        self.book().budget.spend()
    }

    /// The `Crawl-delay` that the host's robots.txt names, or none: no request starts sooner after another.
    pub(crate) fn set_crawl_delay(&self, host: &str, delay: Option<Duration>) {
        self.book().host(host).crawl_delay = delay.unwrap_or_default();
    }

    fn refusal(&self, host: &str) -> Result<(), NotNow> {
        let (now, book) = (Instant::now(), self.book());
        if let Some(dead) = book.hosts.get(host).and_then(|host| host.breaker.dead(now)) {
            return Err(NotNow::Dead { failures: dead.failures, last: dead.last, next_try: dead.next_try });
        }
        match book.rate.resting(now).filter(|rest| *rest > self.patience) {
            Some(rest) => Err(NotNow::Refusing { evidence: book.evidence.clone(), rest }),
            None => Ok(()),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn host(&mut self, host: &str) -> &mut Host {
        self.hosts.entry(host.to_owned()).or_default()
    }

    fn floor(&self) -> Duration {
        self.hosts.values().map(|host| host.crawl_delay).max().unwrap_or_default()
    }
}

/// The right to be the next who starts.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pace: &'a Pace,
    host: String,
    _place: Option<SemaphorePermit<'a>>,
}

impl<'a> Turn<'a> {
    /// Starts; nothing when the shop was told to rest since, and then the turn is to be waited for again.
    pub(crate) fn begin(self) -> Option<Pass<'a>> {
        let now = Instant::now();
        let mut book = self.pace.book();
        if book.rate.not_before(now).is_some() || book.host(&self.host).breaker.dead(now).is_some() {
            return None;
        }
        let floor = book.floor();
        book.rate.start(now, floor, fastrand::f64());
        let through = book.host(&self.host).breaker.pass();
        drop(book);
        Some(Pass { pace: self.pace, host: self.host, started: now, through, told: false })
    }
}

/// A request that is under way. What became of it is told once; dropping it untold says nothing about the shop.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    pace: &'a Pace,
    host: String,
    started: Instant,
    through: Through,
    told: bool,
}

impl Pass<'_> {
    /// A good answer.
    pub(crate) fn answered(mut self) {
        self.told = true;
        let mut book = self.pace.book();
        book.budget.answered();
        let floor = book.floor();
        book.rate.answered(self.started, self.started.elapsed(), floor);
        book.host(&self.host).breaker.answered();
    }

    /// An answer that says nothing about our pace: a server error.
    pub(crate) fn stumbled(mut self) {
        self.told = true;
        self.pace.book().host(&self.host).breaker.answered();
    }

    /// The shop refused us; tells how long nobody will ask it.
    pub(crate) fn refused(mut self, retry_after: Option<Duration>, evidence: &str) -> Duration {
        self.told = true;
        let mut book = self.pace.book();
        let refusal = Refusal { started: self.started, retry_after, spent: book.budget.is_spent(), dice: fastrand::f64() };
        let floor = book.floor();
        let rest = book.rate.refused(Instant::now(), floor, refusal);
        evidence.clone_into(&mut book.evidence);
        book.host(&self.host).breaker.answered();
        let interval = book.rate.interval(floor);
        drop(book);
        self.pace.changed.notify_waiters();
        info!(host = self.host, "{} refuses us ({evidence:?}): it rests for {rest:?}, then {interval:?} between two requests", self.host);
        rest
    }

    /// No answer came.
    pub(crate) fn failed(mut self, reason: &str) {
        self.told = true;
        let opened = self.pace.book().host(&self.host).breaker.failed(Instant::now(), self.through, reason.to_owned());
        if opened {
            self.pace.changed.notify_waiters();
            info!(host = self.host, "nobody waits for {} any more, until it answers again: {reason:?}", self.host);
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.pace.book().host(&self.host).breaker.given_up(Instant::now(), self.through);
            self.pace.changed.notify_waiters();
        }
    }
}
