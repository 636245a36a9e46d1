//! Who the shop sees: circuit or proxy, cookies, TLS sessions, connections and browser words live and die together.
//!
//! One identity serves one shop for one job on one route. It is retired as a whole, after a block, after so many requests or so
//! long a time, and the next one has nothing in common with it but this machine.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use tracing::info;

use super::client::{self, Cookies, Leave};
use super::{FetchError, Inner, JobKey};
use crate::model::{ProxyUrl, Route, ShopName};

/// Identities alive at once: three phases of a dozen shops for twenty jobs. Each costs its idle connections.
const ALIVE: usize = 512;

/// `[egress.identity]` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Requests after which an identity is replaced.
    pub max_requests: u32,
    /// Age after which an identity is replaced.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub max_age: Duration,
    /// How long a proxy that a shop refused is not used again for that shop.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub rest: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_requests: 500, max_age: Duration::from_secs(30 * 60), rest: Duration::from_secs(10 * 60) }
    }
}

/// Whose identity it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Holder {
    pub(crate) shop: ShopName,
    pub(crate) job: JobKey,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    holder: Holder,
    route: Route,
    place: Place,
}

/// Which of a holder's two appearances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    First,
    /// Beside a first one that is slow.
    Second,
}

/// Why an identity is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retired {
    /// The shop refused it: whatever it left by rests, for this shop.
    Refused,
    /// Its circuit or proxy failed.
    Broken,
}

/// One appearance. Cheap to hold; a request that is under way keeps it alive after its retirement.
#[derive(Debug)]
pub(crate) struct Identity {
    key: Key,
    name: String,
    pub(super) client: reqwest::Client,
    pub(super) user_agent: String,
    proxy: Option<ProxyUrl>,
    born: Instant,
    requests: AtomicU32,
    is_proven: AtomicBool,
}

impl Identity {
    /// How it leaves.
    pub(crate) fn route(&self) -> &Route {
        &self.key.route
    }

    /// Counts a request.
    pub(super) fn begin(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Something came back.
    pub(super) fn answered(&self) {
        self.is_proven.store(true, Ordering::Relaxed);
    }

    /// Whether nothing ever came back by it: a failure then tells as much about the shop as about the way there.
    pub(crate) fn is_unproven(&self) -> bool {
        !self.is_proven.load(Ordering::Relaxed)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// All identities alive, and the proxies that rest.
#[derive(Debug, Default)]
pub(super) struct Identities {
    book: Mutex<Book>,
    born: AtomicU64,
}

#[derive(Debug, Default)]
struct Book {
    alive: HashMap<Key, Arc<Identity>>,
    resting: HashMap<(ShopName, ProxyUrl), Instant>,
}

impl Identities {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The holder's identity on this route, a new one where there is none or it is worn out. Waits for Tor, if it is Tor's.
    pub(super) async fn identity(&self, holder: &Holder, route: &Route, place: Place) -> Result<Arc<Identity>, FetchError> {
        let key = Key { holder: holder.clone(), route: route.clone(), place };
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        self.ready(route).await?;
        let no_route = |reason: String| FetchError::Route { route: route.to_string(), reason };
        let number = self.identities.born.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{}-{number}", key.holder.shop, key.holder.job.0);
        let proxy = self.choose(&key.holder.shop, route, number);
        let leave = match (route, &proxy) {
            (Route::Direct, _) => Leave::Direct,
            (Route::Tor, _) => Leave::Through(self.tor.proxy(&name).map_err(|error| no_route(error.to_string()))?),
            (Route::Proxies(_), Some(proxy)) => Leave::Through(with_user(proxy, &name)),
            (Route::Proxies(_), None) => return Err(no_route("the list of proxies is empty".to_owned())),
        };
        let user_agent = self.settings.user_agents[number as usize % self.settings.user_agents.len()].clone();
        let client =
            client::build(&self.settings, &self.guard, &self.tls, &leave, Cookies::Kept).map_err(|error| no_route(error.to_string()))?;
        let (requests, is_proven) = (AtomicU32::new(0), AtomicBool::new(false));
        let identity = Arc::new(Identity { key: key.clone(), name, client, user_agent, proxy, born: Instant::now(), requests, is_proven });
        Ok(self.admit(key, identity))
    }

    /// Waits for Tor, if it is Tor's.
    pub(super) async fn ready(&self, route: &Route) -> Result<(), FetchError> {
        if *route != Route::Tor {
            return Ok(());
        }
        self.tor.ready().await.map_err(|error| FetchError::Route { route: route.to_string(), reason: error.to_string() })
    }

    fn known(&self, key: &Key) -> Option<Arc<Identity>> {
        let mut book = self.identities.book();
        let known = book.alive.get(key)?;
        let limits = &self.settings.identity;
        if known.requests.load(Ordering::Relaxed) < limits.max_requests && known.born.elapsed() < limits.max_age {
            return Some(known.clone());
        }
        let worn = book.alive.remove(key)?;
        drop(book);
        self.tor.forget(worn.name());
        None
    }

    /// Two who ask at once for the same holder share the first one's identity.
    fn admit(&self, key: Key, identity: Arc<Identity>) -> Arc<Identity> {
        let mut book = self.identities.book();
        if let Some(first) = book.alive.get(&key) {
            return first.clone();
        }
        if book.alive.len() >= ALIVE {
            let eldest = book.alive.iter().min_by_key(|(_, identity)| identity.born).map(|(key, _)| key.clone());
            if let Some(gone) = eldest.and_then(|key| book.alive.remove(&key)) {
                self.tor.forget(gone.name());
            }
        }
        book.alive.insert(key, identity.clone());
        identity
    }

    /// In turn, those that rest left out; when all rest, the one that has rested longest.
    fn choose(&self, shop: &ShopName, route: &Route, turn: u64) -> Option<ProxyUrl> {
        let Route::Proxies(proxies) = route else { return None };
        let now = Instant::now();
        let mut book = self.identities.book();
        book.resting.retain(|_, until| *until > now);
        let from = turn as usize % proxies.len().max(1);
        let mut in_turn = proxies[from..].iter().chain(&proxies[..from]);
        let until = |proxy: &&ProxyUrl| book.resting.get(&(shop.clone(), (*proxy).clone())).copied();
        in_turn.clone().find(|proxy| until(proxy).is_none()).or_else(|| in_turn.by_ref().min_by_key(until)).cloned()
    }

    /// Whether it was still in use, and not retired before for the same trouble of another request.
    pub(super) fn retire(&self, identity: &Identity, why: Retired) -> bool {
        let mut book = self.identities.book();
        let current = book.alive.get(&identity.key).is_some_and(|current| current.name == identity.name);
        if !current {
            return false;
        }
        book.alive.remove(&identity.key);
        if let (Retired::Refused, Some(proxy)) = (why, &identity.proxy) {
            book.resting.insert((identity.key.holder.shop.clone(), proxy.clone()), Instant::now() + self.settings.identity.rest);
        }
        drop(book);
        self.tor.forget(identity.name());
        let requests = identity.requests.load(Ordering::Relaxed);
        info!("{} gets a new identity by {}: {why:?} after {requests} requests", identity.key.holder.shop, identity.key.route);
        true
    }

    /// The job is over: nobody asks for its identities any more.
    pub(super) fn leave(&self, job: JobKey) {
        let gone: Vec<Arc<Identity>> = {
            let mut book = self.identities.book();
            book.alive.extract_if(|key, _| key.holder.job == job).map(|(_, identity)| identity).collect()
        };
        gone.iter().for_each(|identity| self.tor.forget(identity.name()));
    }
}

/// An external tor isolates circuits by user name (`IsolateSOCKSAuth`, on by default); a proxy that has its own user keeps it.
fn with_user(proxy: &ProxyUrl, name: &str) -> url::Url {
    let mut url = proxy.reveal().clone();
    if url.scheme() == "socks5h" && url.username().is_empty() {
        // Refused only by URLs without a host, and a proxy has one.
        let _ = url.set_username(name).and_then(|()| url.set_password(Some("x")));
    }
    url
}
