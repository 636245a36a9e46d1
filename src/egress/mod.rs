//! The one room that opens sockets to the world: pages, searches and webhooks all leave through [`Egress`].
//!
//! What the guard refuses, nothing can reach. This room knows neither recipes nor barcodes, and it never decides what an answer
//! means: a 404 or a captcha is a [`Page`](crate::model::Page) like any other.

mod check;
mod client;
mod coding;
mod error;
mod fetch;
mod guard;
mod head;
mod identity;
mod lazy_tor;
mod pace;
#[cfg(feature = "server")]
mod post;
mod read;
mod retry_after;
pub mod robots;
mod stretch;
#[cfg(test)]
mod tests;
pub mod tor;

#[cfg(feature = "server")]
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::model::{Route, RouteWish, Routes};

use client::Cookies;
use guard::Guard;
use identity::Place;
use lazy_tor::LazyTor;

pub(crate) use check::IDENTITIES;
pub use check::{Isolation, Names, RouteReport};
pub(crate) use error::FetchError;
pub(crate) use fetch::{Fetched, Unless};
pub(crate) use guard::Reach;
#[cfg(feature = "server")]
pub(crate) use guard::is_blocked;
pub use guard::{Admitted, AllowPrivate};
pub use identity::Settings as IdentitySettings;
pub(crate) use identity::{Holder, Identity, Retired};
pub use pace::{BreakerState, PaceState};
pub(crate) use pace::{JobKey, NotNow, Pace, PaceSettings, Pass};
#[cfg(feature = "server")]
pub(crate) use post::{Post, Posted};
pub use read::text;
#[cfg(feature = "server")]
pub(crate) use retry_after::retry_after;
pub(crate) use stretch::Stretch;

/// `[egress]` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses, networks or host names that may be reached although they are private: `127.0.0.1`, `10.1.0.0/16`,
    /// `intranet.example`. None by default.
    pub allow_private: AllowPrivate,
    /// How requests leave, where neither a recipe nor a shop's settings say it.
    pub route: RouteWish,
    /// What shops see as the browser; each identity shows one of them.
    pub user_agents: Vec<String>,
    /// Longest wait for a connection, TLS included.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub connect_timeout: Duration,
    /// Longest wait for the head of an answer, the connection included.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub first_byte_timeout: Duration,
    /// Longest wait for one whole answer, redirects included.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub request_timeout: Duration,
    /// Largest page in bytes, counted after decompression.
    pub max_page_bytes: usize,
    /// Largest body in bytes, counted as it is sent.
    pub max_sent_bytes: usize,
    /// How many times its size a body may unpack to; its first MiB is not counted.
    pub max_ratio: usize,
    /// Fields in the head of an answer.
    pub max_headers: usize,
    /// Bytes of all names and values in the head of an answer.
    pub max_head_bytes: usize,
    pub max_redirects: usize,
    /// A page that tells the address of its visitor, as text or JSON; asked for by `egress check` alone.
    pub check_url: Url,
    pub identity: IdentitySettings,
    pub tor: tor::Settings,
    /// Who looks names up in place of the system.
    #[cfg(test)]
    #[serde(skip)]
    pub(crate) names: guard::Names,
}

/// One browser family, because all identities do TLS and HTTP/2 alike.
const USER_AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_private: AllowPrivate::default(),
            route: RouteWish::everywhere(Route::Direct),
            user_agents: USER_AGENTS.map(str::to_owned).to_vec(),
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(30),
            max_page_bytes: 10 << 20,
            max_sent_bytes: 10 << 20,
            max_ratio: 100,
            max_headers: 100,
            max_head_bytes: 64 << 10,
            max_redirects: 5,
            check_url: check::default_url(),
            identity: IdentitySettings::default(),
            tor: tor::Settings::default(),
            #[cfg(test)]
            names: guard::Names::default(),
        }
    }
}

impl Settings {
    fn guard(&self) -> Guard {
        #[cfg(test)]
        let names = self.names.clone();
        #[cfg(not(test))]
        let names = guard::Names::default();
        Guard::new(self.allow_private.clone(), names)
    }
}

/// The way out. Cheap to clone; clones share connections, identities and Tor.
#[derive(Clone, Debug)]
pub struct Egress(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    guard: Guard,
    tls: rustls::ClientConfig,
    identities: identity::Identities,
    tor: LazyTor,
    robots: robots::RobotsCache,
    /// Webhooks have connections of their own: no cookie of a shop goes to a receiver, and only they reach its private address.
    #[cfg(feature = "server")]
    courier: post::Courier,
}

impl Egress {
    /// `receivers`: hosts of webhooks that the operator named exactly; those may be private.
    pub(crate) fn new(settings: &Settings, receivers: &[String]) -> Result<Self, crate::Error> {
        settings.tor.check()?;
        let tls = client::tls()?;
        let guard = settings.guard();
        #[cfg(feature = "server")]
        let courier = post::Courier::new(settings, &guard, &tls, receivers)?;
        #[cfg(not(feature = "server"))]
        let _ = receivers;
        // What cannot be built is said at the start and not with the first request.
        client::build(settings, &guard, &tls, &client::Leave::Direct, Cookies::Kept)?;
        Ok(Self(Arc::new(Inner {
            tls,
            identities: identity::Identities::default(),
            tor: LazyTor::new(settings.tor.clone(), guard.clone()),
            guard,
            robots: robots::RobotsCache::default(),
            #[cfg(feature = "server")]
            courier,
            settings: settings.clone(),
        })))
    }

    /// This process listens there: nothing that is fetched or posted may reach it.
    #[cfg(feature = "server")]
    pub(crate) fn add_listener(&self, address: SocketAddr) {
        self.0.guard.add_listeners(&[address]);
    }

    /// The routes of shops that say nothing themselves.
    pub(crate) fn routes(&self) -> Routes {
        Routes::default().with(&self.0.settings.route)
    }

    /// Starts Tor now, where it will be needed, so that the first job need not wait for it.
    pub(crate) fn warm_up(&self, routes: &Routes) -> Result<(), crate::Error> {
        if [&routes.search, &routes.page, &routes.image].contains(&&Route::Tor) {
            self.0.tor.launch()?;
        }
        Ok(())
    }

    /// How far Tor has come; nothing while nobody wanted it.
    pub fn tor(&self) -> Option<tor::Progress> {
        self.0.tor.progress()
    }

    /// Waits until the route can be used.
    pub(crate) async fn ready(&self, route: &Route) -> Result<(), FetchError> {
        self.0.ready(route).await
    }

    /// What becomes of Tor from now on, started if it is not; nothing where it cannot be started.
    pub(crate) fn watch_tor(&self) -> Option<tokio::sync::watch::Receiver<tor::Progress>> {
        self.0.tor.launch().ok().map(|tor| tor.progress())
    }

    /// Who asks for this holder on this route; waits for Tor, if it is Tor's.
    pub(crate) async fn identity(&self, holder: &Holder, route: &Route) -> Result<Arc<Identity>, FetchError> {
        self.0.identity(holder, route, Place::First).await
    }

    /// The same holder as somebody else, beside an identity that is slow.
    pub(crate) async fn second_identity(&self, holder: &Holder, route: &Route) -> Result<Arc<Identity>, FetchError> {
        self.0.identity(holder, route, Place::Second).await
    }

    /// Nothing of this identity is used again. Whether it was in use until now.
    pub(crate) fn retire(&self, identity: &Identity, why: Retired) -> bool {
        self.0.retire(identity, why)
    }

    /// The identities of a job that is over are given up.
    pub(crate) fn leave(&self, job: JobKey) {
        self.0.leave(job);
    }

    /// What robots.txt allows us, fetched once for all who ask.
    pub(crate) fn robots(&self) -> &robots::RobotsCache {
        &self.0.robots
    }
}
