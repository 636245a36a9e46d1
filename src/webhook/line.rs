//! The deliveries of one URL: a few at once, or one after the other where order matters, as hard as its pace allows.
//!
//! Holds at most a page of the outbox in memory, starts nothing while the URL rests, and ends when nothing is due.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::clock::Clock;
use super::deliver::{Health, Tried, deliver};
use super::pace::Pace;
use super::receiver::Receivers;
use crate::egress::Egress;
use crate::journal::{Due, Journal, JournalError, Order};

/// Deliveries read from the outbox at once.
const PAGE: usize = 32;

/// The pause of a URL at which nothing was found.
const IDLE: Duration = Duration::from_secs(1);

/// How long a URL may be held behind its oldest delivery before it is looked at again: a replay may bring an older one.
const LONGEST_HOLD: Duration = Duration::from_secs(30);

/// What is known of a URL between two spells of work.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub pace: Pace,
    /// When its next tries are due, as far as they were put off here.
    pub retries: BTreeSet<Timestamp>,
    /// Nothing is to be found before: where order matters, what is due waits behind what is not.
    pub hold: Option<Instant>,
    /// The job whose turn came last.
    pub job: u64,
}

impl Standing {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, retries: BTreeSet::new(), hold: None, job: 0 }
    }

    /// Until when the URL is left alone, when that is still to come.
    pub(super) fn left_alone(&self, now: Instant) -> Option<Instant> {
        self.pace.resting(now).max(self.hold.filter(|until| *until > now))
    }
}

pub(super) struct Line {
    pub url: Url,
    pub receivers: Arc<Receivers>,
    pub journal: Journal,
    pub egress: Egress,
    pub clock: Clock,
    /// When cancelled, nothing more is started.
    pub drain: CancellationToken,
    pub standing: Standing,
}

impl Line {
    /// Works until nothing is due, the URL needs a rest, or the drain has begun and what is under way is done.
    pub(super) async fn work(mut self) -> Result<Standing, JournalError> {
        let mut changed = self.journal.outbox_changed();
        self.standing.hold = None;
        let Some(order) = self.order().await? else { return Ok(self.idle()) };
        let mut tried_any = false;
        let mut queue = VecDeque::new();
        let mut under_way = HashSet::new();
        let mut tries = FuturesUnordered::new();
        loop {
            let mut starved = false;
            while self.may_start(tries.len(), order) {
                if queue.is_empty() {
                    changed.mark_unchanged();
                    self.fetch(&mut queue, &under_way, order).await?;
                }
                let Some(due) = queue.pop_front() else {
                    starved = true;
                    break;
                };
                tried_any = true;
                self.begin(&due);
                under_way.insert(due.id);
                let (receivers, journal, egress, clock) =
                    (Arc::clone(&self.receivers), self.journal.clone(), self.egress.clone(), self.clock);
                tries.push(async move { deliver(&receivers, &journal, &egress, clock, due).await });
            }
            let now = Instant::now();
            if tries.is_empty() && (starved || !self.may_go_on(now)) {
                return match order {
                    Order::Strict => self.held_up().await,
                    Order::Fair { .. } if tried_any => Ok(self.standing),
                    Order::Fair { .. } => Ok(self.idle()),
                };
            }
            let turn = self.standing.pace.turn(now).filter(|_| !starved);
            let next_retry = self.standing.retries.first().copied();
            tokio::select! {
                Some(tried) = tries.next(), if !tries.is_empty() => {
                    let tried = tried?;
                    under_way.remove(&tried.id);
                    self.learn(&tried);
                    if tried.health == Health::Ended {
                        // Read before it ended: the outbox knows better now.
                        queue.clear();
                    }
                }
                () = turned(&mut changed), if starved => {}
                () = self.at(next_retry), if starved && next_retry.is_some() => {}
                () = tokio::time::sleep_until(turn.unwrap_or(now)), if turn.is_some() || tries.is_empty() => {}
                () = self.drain.cancelled(), if !self.drain.is_cancelled() => {}
            }
        }
    }

    /// The order of this URL, by whom a delivery that is due is for; nothing when nothing is due.
    async fn order(&self) -> Result<Option<Order>, JournalError> {
        let endpoint = self.journal.next_endpoint(&self.url, self.clock.now()).await?;
        let fair = Order::Fair { after: self.standing.job };
        Ok(endpoint.map(|endpoint| if self.receivers.is_ordered(&self.url, &endpoint) { Order::Strict } else { fair }))
    }

    /// Nothing was to be had although the outbox named the URL: not to be asked again in a circle.
    fn idle(mut self) -> Standing {
        self.standing.hold = Some(Instant::now() + IDLE);
        self.standing
    }

    /// The later deliveries are due and wait behind the oldest.
    async fn held_up(mut self) -> Result<Standing, JournalError> {
        let oldest = self.journal.next_in_order(&self.url).await?;
        self.standing.hold = oldest.map(|oldest| Instant::now() + self.clock.until(oldest).min(LONGEST_HOLD));
        Ok(self.standing)
    }

    fn may_start(&self, under_way: usize, order: Order) -> bool {
        let width = match order {
            Order::Strict => 1,
            Order::Fair { .. } => self.standing.pace.width(),
        };
        let now = Instant::now();
        under_way < width && self.may_go_on(now) && self.standing.pace.turn(now).is_none()
    }

    fn may_go_on(&self, now: Instant) -> bool {
        !self.drain.is_cancelled() && self.standing.pace.resting(now).is_none()
    }

    fn begin(&mut self, due: &Due) {
        self.standing.job = due.job;
        if due.ended_at.is_none() {
            self.standing.pace.started(Instant::now());
        }
    }

    async fn fetch(&mut self, queue: &mut VecDeque<Due>, under_way: &HashSet<u64>, order: Order) -> Result<(), JournalError> {
        let now = self.clock.now();
        self.standing.retries.retain(|retry| *retry > now);
        let order = match order {
            Order::Strict => Order::Strict,
            Order::Fair { .. } => Order::Fair { after: self.standing.job },
        };
        // Of a URL that fails only what will be tried.
        let limit = if self.standing.pace.is_at_full_width() { PAGE } else { self.standing.pace.width() };
        queue.extend(self.journal.due(&self.url, now, order, limit, under_way).await?);
        Ok(())
    }

    async fn at(&self, then: Option<Timestamp>) {
        match then {
            Some(then) => tokio::time::sleep(self.clock.until(then)).await,
            None => std::future::pending().await,
        }
    }

    fn learn(&mut self, tried: &Tried) {
        self.standing.retries.extend(tried.retry_at);
        match tried.health {
            Health::Well => self.standing.pace.delivered(),
            Health::Unwell { asked } => self.standing.pace.failed(Instant::now(), asked),
            Health::Ended | Health::Unknown => {}
        }
    }
}

/// When the outbox has changed; never once the journal is gone.
pub(super) async fn turned(changed: &mut watch::Receiver<u64>) {
    if changed.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
