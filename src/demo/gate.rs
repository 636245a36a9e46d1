//! The way into a demo shop: every request is counted, delayed, perhaps struck by a fault, and remembered.
//!
//! One gate serves all servers of a shop, so that a shop's concurrency is seen whole. It never looks at what is asked.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use hyper::body::Incoming;
use tokio::sync::watch;
use tower::ServiceExt;

use super::etag::Known;
use super::fault::{self, Armed, Fault, Part, Trouble};
use super::server::{Answer, Cut, Door, infallible};

/// Requests that [`DemoShop::hits`](super::DemoShop::hits) remembers: the newest ones.
pub const HITS_KEPT: usize = 10_000;

/// How long a shop takes to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// The same for every request; zero answers at once.
    Fixed(Duration),
    /// Between the two, by what is asked: the same request always takes the same time.
    Varied { least: Duration, most: Duration },
}

impl Default for Latency {
    /// 150 to 400 ms, as a good shop on a good day.
    fn default() -> Self {
        Self::Varied { least: Duration::from_millis(150), most: Duration::from_millis(400) }
    }
}

impl Latency {
    fn of(self, path: &str) -> Duration {
        match self {
            Self::Fixed(time) => time,
            Self::Varied { least, most } => {
                // FNV-1a: spreads well enough, and gives the same on every machine and in every run.
                let hash =
                    path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
                let share = f64::from((hash >> 40) as u32) / f64::from(1_u32 << 24);
                least + most.saturating_sub(least).mul_f64(share)
            }
        }
    }
}

/// A request that a demo shop has dealt with.
#[derive(Clone, Debug)]
pub struct Hit {
    /// When it came.
    pub at: Instant,
    /// From its coming to its answer, or to the client's giving up.
    pub took: Duration,
    pub method: String,
    /// Path and query.
    pub path: String,
    pub part: Part,
    /// Absent when no answer was sent.
    pub status: Option<u16>,
}

#[derive(Debug)]
pub(super) struct Gate {
    latency: Latency,
    armed: Mutex<Armed>,
    door: watch::Sender<Door>,
    requests: AtomicU64,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
    hits: Mutex<VecDeque<Hit>>,
}

impl Gate {
    pub(super) fn new(latency: Latency, fault: Fault) -> Arc<Self> {
        let gate = Self {
            latency,
            armed: Mutex::default(),
            door: watch::Sender::new(Door::Open),
            requests: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            hits: Mutex::default(),
        };
        gate.set(fault);
        Arc::new(gate)
    }

    pub(super) fn set(&self, fault: Fault) {
        *lock(&self.armed) = Armed::new(fault);
        self.door.send_replace(if fault.refuses() { Door::Shut } else { Door::Open });
    }

    pub(super) fn door(&self) -> watch::Receiver<Door> {
        self.door.subscribe()
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    pub(super) fn hits(&self) -> Vec<Hit> {
        lock(&self.hits).iter().cloned().collect()
    }

    /// Forgets counts and hits; requests that are running stay counted as running.
    pub(super) fn forget(&self) {
        self.requests.store(0, Ordering::Relaxed);
        self.peak.store(self.in_flight.load(Ordering::Relaxed), Ordering::Relaxed);
        lock(&self.hits).clear();
    }

    pub(super) async fn pass(self: Arc<Self>, request: Request<Incoming>, router: Router) -> Answer {
        let mut visit = Visit::begin(self, &request);
        let trouble = lock(&visit.gate.armed).strike(visit.part, visit.at);
        let delay = match trouble {
            Some(Trouble::Slow(time)) => time,
            _ => visit.gate.latency.of(&visit.path),
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let known = Known::of(request.method(), request.headers());
        let response = match trouble {
            None | Some(Trouble::Slow(_)) => known.answer(infallible(router.oneshot(request).await)).await,
            Some(Trouble::HangsHalfWay) => fault::half_of(infallible(router.oneshot(request).await)).await,
            Some(Trouble::Forbidden { retry_after }) => fault::refusal(StatusCode::FORBIDDEN, retry_after),
            Some(Trouble::TooManyRequests { retry_after }) => fault::refusal(StatusCode::TOO_MANY_REQUESTS, Some(retry_after)),
            Some(Trouble::ServerError) => fault::refusal(StatusCode::INTERNAL_SERVER_ERROR, None),
            Some(Trouble::Firewall) => fault::firewall_page(),
            Some(Trouble::Huge(bytes)) => fault::huge_page(bytes),
            Some(Trouble::Dropped | Trouble::Refused) => return Err(Cut),
            Some(Trouble::Silent) => std::future::pending().await,
        };
        visit.status = Some(response.status().as_u16());
        Ok(response)
    }
}

/// A request on its way; it is written down when it ends, also when its client left.
struct Visit {
    gate: Arc<Gate>,
    at: Instant,
    method: String,
    path: String,
    part: Part,
    status: Option<u16>,
}

impl Visit {
    fn begin(gate: Arc<Gate>, request: &Request<Incoming>) -> Self {
        gate.requests.fetch_add(1, Ordering::Relaxed);
        let running = gate.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        gate.peak.fetch_max(running, Ordering::Relaxed);
        let path = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let part = Part::of(&path);
        Self { gate, at: Instant::now(), method: request.method().to_string(), path, part, status: None }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.gate.in_flight.fetch_sub(1, Ordering::Relaxed);
        let hit = Hit {
            at: self.at,
            took: self.at.elapsed(),
            method: std::mem::take(&mut self.method),
            path: std::mem::take(&mut self.path),
            part: self.part,
            status: self.status,
        };
        let mut hits = lock(&self.gate.hits);
        if hits.len() == HITS_KEPT {
            hits.pop_front();
        }
        hits.push_back(hit);
    }
}

/// Every lock here guards plain data that is whole at each step, so a panic elsewhere does not spoil it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_is_varied_and_repeatable() {
        let latency = Latency::default();
        let times: Vec<Duration> = (0..50).map(|n| latency.of(&format!("/produit-{n}"))).collect();
        assert!(times.iter().all(|time| (150..=400).contains(&time.as_millis())));
        assert!(times.iter().max() > times.iter().min().map(|least| *least + Duration::from_millis(150)).as_ref());
        assert_eq!(latency.of("/produit-7"), times[7]);
        assert_eq!(Latency::Fixed(Duration::ZERO).of("/"), Duration::ZERO);
    }
}
