//! A second circuit for a request by Tor that takes longer than they usually do: most of the slow ones are slow because of a relay,
//! and another circuit has others.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::inquiry::Errand;
use super::{Engine, Station};
use crate::egress::{FetchError, Fetched, Identity, Pass, Unless};
use crate::model::{Request, Route, host_of};

/// Answers that are remembered.
const KEPT: usize = 200;
/// Fewer say nothing about what is usual.
const ENOUGH: usize = 20;
/// Sooner than this, a second circuit is not worth its request.
const LEAST: Duration = Duration::from_millis(500);

/// How long a shop's answers by Tor took lately.
#[derive(Debug, Default)]
pub(super) struct Usual(Mutex<VecDeque<Duration>>);

impl Usual {
    pub(super) fn took(&self, time: Duration) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() == KEPT {
            times.pop_front();
        }
        times.push_back(time);
    }

    /// The time after which 95 of 100 were there.
    fn p95(&self) -> Option<Duration> {
        let mut times: Vec<Duration> = self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        if times.len() < ENOUGH {
            return None;
        }
        let place = times.len() * 95 / 100;
        Some(*times.select_nth_unstable(place).1)
    }
}

/// One request, and if need be a second one beside it.
pub(super) struct Hedge<'a> {
    pub(super) engine: &'a Engine,
    pub(super) station: &'a Station,
    pub(super) errand: &'a Errand,
    pub(super) request: &'a Request,
    pub(super) unless: Option<Unless<'a>>,
    /// Requests that were made beyond the first, also by a loser.
    pub(super) more: AtomicU32,
}

/// Who answered.
pub(super) enum Winner<'a> {
    First(Result<Fetched, FetchError>),
    /// The first one was cancelled.
    Second {
        fetched: Fetched,
        identity: Arc<Identity>,
        pass: Pass<'a>,
    },
}

impl<'a> Hedge<'a> {
    /// The first answer there is. A failure of the second says nothing: the first may still succeed.
    pub(super) async fn fetch(&self, identity: &Identity) -> Winner<'a> {
        let mut first = std::pin::pin!(self.engine.egress.fetch(identity, self.request, &self.station.reach, self.unless));
        let Some(usual) = self.usual(identity.route()) else { return Winner::First(first.await) };
        tokio::select! {
            biased;
            fetched = &mut first => return Winner::First(fetched),
            () = tokio::time::sleep(usual.max(LEAST)) => {}
        }
        tokio::select! {
            biased;
            fetched = &mut first => Winner::First(fetched),
            Some(second) = self.second(identity.route()) => second,
        }
    }

    fn usual(&self, route: &Route) -> Option<Duration> {
        let wanted = self.engine.settings.hedge && *route == Route::Tor;
        wanted.then(|| self.station.usual.p95()).flatten()
    }

    /// It keeps to the shop's limits as every request does: a seat that nobody waits for, a turn, a part of the budget for retries.
    async fn second(&self, route: &Route) -> Option<Winner<'a>> {
        let (pace, egress) = (&self.station.pace, &self.engine.egress);
        let _seat = pace.spare_seat().filter(|_| pace.may_retry())?;
        let identity = egress.second_identity(&self.errand.holder, route).await.ok()?;
        let pass = pace.turn(&host_of(&self.request.url)).await.ok()?.begin()?;
        self.more.fetch_add(1, Ordering::Relaxed);
        let fetched = egress.fetch(&identity, self.request, &self.station.reach, self.unless).await.ok()?;
        Some(Winner::Second { fetched, identity, pass })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_known_after_some_answers_and_follows_the_latest() {
        let usual = Usual::default();
        let take = |milliseconds: std::ops::Range<u64>| milliseconds.for_each(|time| usual.took(Duration::from_millis(time)));
        take(1..20);
        assert_eq!(usual.p95(), None);
        take(20..101);
        assert_eq!(usual.p95(), Some(Duration::from_millis(96)));
        (0..KEPT).for_each(|_| usual.took(Duration::from_secs(2)));
        assert_eq!(usual.p95(), Some(Duration::from_secs(2)));
    }
}
