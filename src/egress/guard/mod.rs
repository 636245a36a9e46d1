//! What may be reached: scheme, port, host and the address that is dialled.
//!
//! A custom resolver alone is no guard, because literal addresses never reach it, so the parsed URL is checked first, on every
//! hop, and the resolved addresses where they are dialled.

mod allow;
mod ranges;
mod resolve;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use url::{Host, Url};

use super::error::FetchError;
use crate::model::{Route, host_of};

use allow::without_port;
pub use allow::{Admitted, AllowPrivate};
#[cfg(feature = "server")]
pub(crate) use ranges::is_blocked;
#[cfg(test)]
pub(crate) use resolve::Listed;
pub(crate) use resolve::Names;
pub(super) use resolve::{ProxyOnly, Refused};

/// Which hosts one request may go to, redirects included.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    /// `host` or `host:port`, as in the URL.
    Hosts(Arc<[String]>),
    /// Wherever the operator or the caller pointed at; private addresses are still refused.
    Any,
}

/// Decides for one client what may be reached, and looks names up for it. Clones know the same listeners.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    allowed: AllowPrivate,
    names: Names,
    own: Listeners,
}

/// Where this process listens itself.
#[derive(Clone, Debug, Default)]
struct Listeners(Arc<RwLock<Vec<SocketAddr>>>);

impl Guard {
    pub(super) fn new(allowed: AllowPrivate, names: Names) -> Self {
        Self { allowed, names, own: Listeners::default() }
    }

    /// The same, and these hosts are open too.
    pub(super) fn and_hosts(&self, hosts: &[String]) -> Self {
        Self { allowed: self.allowed.clone().and_hosts(hosts), ..self.clone() }
    }

    /// A port of ours is never fetched from, not even where the operator opened its address: a page could give us orders.
    pub(super) fn add_listeners(&self, addresses: &[SocketAddr]) {
        self.own.0.write().unwrap_or_else(PoisonError::into_inner).extend(addresses);
    }

    /// Checks one hop before anything is sent. A name is checked again where it is resolved; one that a proxy or an exit resolves
    /// must belong to the world, because nobody here sees the address that is dialled.
    pub(super) async fn check(&self, url: &Url, reach: &Reach, route: &Route) -> Result<(), FetchError> {
        let no_address = || FetchError::Scheme { url: Box::new(url.clone()) };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(no_address());
        }
        let host = host_of(url);
        if let Reach::Hosts(hosts) = reach
            && !hosts.contains(&host)
        {
            return Err(FetchError::Host { host, allowed: hosts.join(", ") });
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if ranges::is_blocked(port) {
            return Err(FetchError::Port { host, port });
        }
        match url.host().ok_or_else(no_address)? {
            Host::Ipv4(address) => self.check_address(host, address.into(), port),
            Host::Ipv6(address) => self.check_address(host, address.into(), port),
            Host::Domain(name) if *route == Route::Direct => self.check_own_port(host, name, port).await,
            Host::Domain(name) => self.check_remote(host, name),
        }
    }

    fn check_address(&self, host: String, address: IpAddr, port: u16) -> Result<(), FetchError> {
        match ranges::special_purpose(address) {
            Some(purpose) if !self.allowed.admits_address(address) => Err(FetchError::private(host, address, purpose)),
            _ if self.own.hear(address, port) => Err(FetchError::Own { host }),
            _ => Ok(()),
        }
    }

    /// The resolver sees no ports, so a name with the port of a listener of ours is looked up once more here. Only a name that the
    /// operator opened can then be dialled at a private address, so nothing is gained by changing the answer in between.
    async fn check_own_port(&self, host: String, name: &str, port: u16) -> Result<(), FetchError> {
        if !self.own.have(port) {
            return Ok(());
        }
        // A name that cannot be resolved is told where it is dialled.
        let found = self.names.look_up(name).await.unwrap_or_default();
        if found.into_iter().any(|address| self.own.hear(address, port)) { Err(FetchError::Own { host }) } else { Ok(()) }
    }

    fn check_remote(&self, host: String, name: &str) -> Result<(), FetchError> {
        let name = name.trim_end_matches('.');
        let last = name.rsplit_once('.').map_or("", |(_, last)| last);
        let is_local = last.is_empty() || LOCAL_NAMES.iter().any(|local| local.eq_ignore_ascii_case(last));
        if is_local && !self.allowed.admits_name(name) { Err(FetchError::local(host)) } else { Ok(()) }
    }
}

impl Listeners {
    fn have(&self, port: u16) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(|own| own.port() == port)
    }

    /// Whether who dials this address speaks to us. The unspecified address is loopback to who dials it, and all to who listens.
    fn hear(&self, address: IpAddr, port: u16) -> bool {
        let address = ranges::carried(address);
        let same =
            |own: IpAddr| own == address || (address.is_unspecified() && own.is_loopback()) || (own.is_unspecified() && is_here(address));
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(|own| own.port() == port && same(own.ip()))
    }
}

/// As far as an address alone tells.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

/// Last labels of names that mean something in one network only.
const LOCAL_NAMES: [&str; 9] = ["localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa"];

impl FetchError {
    fn private(host: String, address: IpAddr, purpose: &'static str) -> Self {
        let entry = without_port(&host).trim_start_matches('[').trim_end_matches(']').to_owned();
        Self::Private { host, address, purpose, entry }
    }

    fn local(host: String) -> Self {
        let entry = without_port(&host).to_owned();
        Self::Local { host, entry }
    }
}

impl From<&Refused> for FetchError {
    fn from(refused: &Refused) -> Self {
        match refused {
            Refused::Private { host, address, purpose } => Self::private(host.clone(), *address, purpose),
            Refused::Unresolved { host, reason } => Self::Name { host: host.clone(), reason: reason.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allowed: &[&str]) -> Guard {
        Guard::new(allowed.iter().collect(), Names::default())
    }

    async fn check(guard: &Guard, url: &str, reach: &Reach, route: &Route) -> Result<(), FetchError> {
        guard.check(&Url::parse(url).unwrap(), reach, route).await
    }

    #[tokio::test]
    async fn names_that_a_proxy_looks_up_belong_to_the_world() {
        let guard = guard(&["shop.internal"]);
        for url in
            ["http://localhost/", "http://n8n:5678/", "http://printer.local./", "http://x.internal/", "http://1.0.0.127.in-addr.arpa/"]
        {
            let refused = check(&guard, url, &Reach::Any, &Route::Tor).await;
            assert!(matches!(refused, Err(FetchError::Local { .. })), "{url}: {refused:?}");
        }
        for url in ["https://www.shop.example/", "http://shop.internal/", "http://93.184.216.34/"] {
            check(&guard, url, &Reach::Any, &Route::Tor).await.unwrap();
        }
    }

    #[tokio::test]
    async fn public_addresses_and_names_pass() {
        let guard = guard(&[]);
        for url in
            ["http://93.184.216.34/", "https://www.example.com/", "http://[2606:2800:220:1::1]/", "http://[64:ff9b::5db8:d822]:8080/"]
        {
            check(&guard, url, &Reach::Any, &Route::Direct).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_shops_hosts_are_its_hosts() {
        let (guard, reach) = (guard(&[]), Reach::Hosts(vec!["shop.example".to_owned()].into()));
        check(&guard, "https://shop.example/a", &reach, &Route::Direct).await.unwrap();
        for url in
            ["https://other.example/", "https://shop.example:8443/", "https://shop.example.evil/", "https://shop.example@evil.example/"]
        {
            let refused = check(&guard, url, &reach, &Route::Direct).await;
            assert!(matches!(refused, Err(FetchError::Host { .. })), "{url}: {refused:?}");
        }
    }

    #[tokio::test]
    async fn the_line_to_add_is_told_as_it_is_written() {
        for (url, entry) in [("http://10.1.2.3:5678/x", "10.1.2.3"), ("http://[::1]:80/", "::1"), ("http://[::1]:8080/", "::1")] {
            let refused = check(&guard(&[]), url, &Reach::Any, &Route::Direct).await.unwrap_err().to_string();
            assert!(refused.contains(&format!("[egress] allow_private = [\"{entry}\"]")), "{refused}");
            check(&guard(&[entry]), url, &Reach::Any, &Route::Direct).await.unwrap();
        }
    }

    #[tokio::test]
    async fn our_own_listeners_are_refused_where_their_address_is_open() {
        let guard = guard(&["127.0.0.0/8", "::1", "0.0.0.0", "localhost"]);
        guard.add_listeners(&["127.0.0.1:8080", "[::]:9090"].map(|own| own.parse().unwrap()));
        let clone = guard.and_hosts(&["127.0.0.1:8080".to_owned()]);
        for url in [
            "http://127.0.0.1:8080/api/scrape",
            "http://0.0.0.0:8080/",
            "http://[::ffff:127.0.0.1]:8080/",
            "http://localhost:8080/",
            "http://[::1]:9090/",
            "http://127.0.0.9:9090/",
        ] {
            for guard in [&guard, &clone] {
                let refused = check(guard, url, &Reach::Any, &Route::Direct).await;
                assert!(matches!(refused, Err(FetchError::Own { .. })), "{url}: {refused:?}");
            }
        }
        for url in ["http://127.0.0.1:8081/", "http://127.0.0.2:8080/", "http://[::1]:8080/"] {
            check(&guard, url, &Reach::Any, &Route::Direct).await.unwrap();
        }
    }
}
