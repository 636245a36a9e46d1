//! How a shop is asked at the moment, for whoever watches.

use std::time::Duration;

use tokio::time::Instant;

use super::Pace;

/// How one shop is asked at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaceState {
    /// Least time between the starts of two requests, jitter not included: as set, or longer where the shop made us slower.
    pub interval: Duration,
    /// How long nobody will ask the shop, because it refused us.
    pub resting: Option<Duration>,
    /// Of the shop's hosts that were asked, or told their pace, in the order of their names. Over another route than `direct` a host
    /// stands for itself, as `shop.example by tor`: a dead way says nothing about the others.
    pub hosts: Vec<(String, BreakerState)>,
    /// Items that are asked for at the same time, at most.
    pub seats: usize,
    pub seated: usize,
    /// Items that wait for a seat.
    pub waiting: usize,
    /// Retries that the shop is still worth.
    pub retries: u32,
}

/// Whether a host is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BreakerState {
    Closed,
    /// So many requests in a row got no answer.
    Open {
        failures: u32,
        /// Zero when the next request may try.
        next_try: Duration,
    },
    /// One request tries whether anybody is there again.
    HalfOpen,
}

impl Pace {
    pub(crate) fn state(&self) -> PaceState {
        let (now, book) = (Instant::now(), self.book());
        PaceState {
            interval: book.rate.interval(book.floor()),
            resting: book.rate.resting(now),
            hosts: book.hosts.iter().map(|(name, host)| (name.clone(), host.breaker.state(now))).collect(),
            seats: self.seats.all(),
            seated: self.seats.taken(),
            waiting: self.seats.waiting(),
            retries: book.budget.retries(),
        }
    }
}
