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
}

impl Standing {
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
                under_way.insert(due.id);
                let (receivers, journal, egress) = (Arc::clone(&self.receivers), self.journal.clone(), self.egress.clone());
                tries.push(async move { deliver(&receivers, &journal, &egress, due).await });
            }
            if tries.is_empty() {
                return match order {
                    Order::Strict => self.held_up().await,
                    Order::Any if tried_any => Ok(self.standing),
                    Order::Any => Ok(self.idle()),
                };
            }
            let next_retry = self.standing.retries.first().copied();
            tokio::select! {
                Some(tried) = tries.next() => {
                    let tried = tried?;
                    under_way.remove(&tried.id);
                    self.learn(&tried);
                }
                () = turned(&mut changed), if starved => {}
                () = at(next_retry), if starved && next_retry.is_some() => {}
                () = self.drain.cancelled(), if !self.drain.is_cancelled() => {}
            }
        }
    }

    /// The order of this URL, by whom its oldest due delivery is for; nothing when nothing is due.
    async fn order(&self) -> Result<Option<Order>, JournalError> {
        let oldest = self.journal.due(&self.url, Timestamp::now(), Order::Any, 1, 0).await?;
        let order = |due: &Due| if self.receivers.is_ordered(&self.url, &due.endpoint) { Order::Strict } else { Order::Any };
        Ok(oldest.first().map(order))
    }

    /// Nothing was to be had although the outbox named the URL: not to be asked again in a circle.
    fn idle(mut self) -> Standing {
        self.standing.hold = Some(Instant::now() + IDLE);
        self.standing
    }

    /// The later deliveries are due and wait behind the oldest.
    async fn held_up(mut self) -> Result<Standing, JournalError> {
        let oldest = self.journal.next_in_order(&self.url).await?;
        self.standing.hold = oldest.map(|oldest| Instant::now() + until(oldest).min(LONGEST_HOLD));
        Ok(self.standing)
    }

    fn may_start(&self, under_way: usize, order: Order) -> bool {
        let width = match order {
            Order::Strict => 1,
            Order::Any => self.standing.pace.width(),
        };
        under_way < width && !self.drain.is_cancelled() && self.standing.pace.resting(Instant::now()).is_none()
    }

    async fn fetch(&mut self, queue: &mut VecDeque<Due>, under_way: &HashSet<u64>, order: Order) -> Result<(), JournalError> {
        let now = Timestamp::now();
        self.standing.retries.retain(|retry| *retry > now);
        let limit = match order {
            Order::Strict => 1,
            // Those under way are still due as the outbox sees it, and may be the oldest.
            Order::Any => PAGE + under_way.len(),
        };
        let page = self.journal.due(&self.url, now, order, limit, 0).await?;
        queue.extend(page.into_iter().filter(|due| !under_way.contains(&due.id)));
        Ok(())
    }

    fn learn(&mut self, tried: &Tried) {
        self.standing.retries.extend(tried.retry_at);
        match tried.health {
            Health::Well => self.standing.pace.delivered(),
            Health::Unwell { asked } => self.standing.pace.failed(Instant::now(), asked),
            Health::Unknown => {}
        }
    }
}

/// When the outbox has changed; never once the journal is gone.
pub(super) async fn turned(changed: &mut watch::Receiver<u64>) {
    if changed.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// How long it is until then: nothing when it has passed.
pub(super) fn until(then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(Timestamp::now())).unwrap_or_default()
}

async fn at(then: Option<Timestamp>) {
    match then {
        Some(then) => tokio::time::sleep(until(then)).await,
        None => std::future::pending().await,
    }
}
