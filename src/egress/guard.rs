//! What may be reached: scheme, host and the address that is dialled.
//!
//! A custom resolver alone is no guard, because literal addresses never reach it, so the parsed URL is checked first, on every
//! hop, and the resolved addresses where they are dialled.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::{Deserialize, Deserializer, de};
use url::{Host, Url};

use super::error::FetchError;
use crate::model::host_of;

/// Which hosts one request may go to, redirects included.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    /// `host` or `host:port`, as in the URL.
    Hosts(Arc<[String]>),
    /// Wherever the operator or the caller pointed at; private addresses are still refused.
    Any,
}

/// What the operator opened beyond the public internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowPrivate(Vec<Admitted>);

/// One entry of `allow_private`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    Network {
        address: IpAddr,
        prefix: u8,
    },
    /// Whatever this name resolves to.
    Name(String),
}

/// Why the resolver gives no address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("{host} is the private address {address}")]
    Private { host: String, address: IpAddr },
    #[error("{host} cannot be resolved: {reason}")]
    Unresolved { host: String, reason: String },
}

impl AllowPrivate {
    /// Opens these hosts (`name`, `name:port`, an address) too.
    pub fn and_hosts(mut self, hosts: &[String]) -> Self {
        self.0.extend(hosts.iter().filter_map(|host| Admitted::parse(without_port(host)).ok()));
        self
    }

    fn admits_name(&self, host: &str) -> bool {
        self.0.iter().any(|admitted| matches!(admitted, Admitted::Name(name) if name.eq_ignore_ascii_case(host)))
    }

    fn admits(&self, host: &str, address: IpAddr) -> bool {
        self.0.iter().any(|admitted| match admitted {
            Admitted::Network { address: network, prefix } => contains(*network, *prefix, address),
            Admitted::Name(name) => name.eq_ignore_ascii_case(host.trim_end_matches('.')),
        })
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty()
                && port.bytes().all(|b| b.is_ascii_digit())
                && !name.ends_with(':')
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

impl Admitted {
    fn parse(text: &str) -> Result<Self, String> {
        let bare = text.trim().trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Network { address, prefix: width(address) });
        }
        if let Some((network, prefix)) = bare.split_once('/') {
            let address: IpAddr = network.parse().map_err(|_| format!("{text:?} is no network such as 10.1.0.0/16"))?;
            let prefix: u8 = prefix.parse().map_err(|_| format!("{text:?} is no network such as 10.1.0.0/16"))?;
            if prefix > width(address) {
                return Err(format!("{text:?}: the prefix is at most {}", width(address)));
            }
            return Ok(Self::Network { address, prefix });
        }
        match Host::parse(bare) {
            Ok(Host::Domain(name)) if !name.contains('*') => Ok(Self::Name(name)),
            _ => Err(format!("{text:?} is no address, network or host name; write 127.0.0.1, 10.1.0.0/16 or intranet.example")),
        }
    }
}

impl<'de> Deserialize<'de> for AllowPrivate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<String>::deserialize(deserializer)?;
        entries.iter().map(|entry| Admitted::parse(entry)).collect::<Result<_, _>>().map(Self).map_err(de::Error::custom)
    }
}

impl<T: AsRef<str>> FromIterator<T> for AllowPrivate {
    /// Entries that cannot be read are left out: nothing more is opened.
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self(entries.into_iter().filter_map(|entry| Admitted::parse(entry.as_ref()).ok()).collect())
    }
}

/// Checks a URL before anything is sent to it; names are checked again where they are resolved.
pub(super) fn check(url: &Url, reach: &Reach, allowed: &AllowPrivate) -> Result<(), FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Scheme { url: Box::new(url.clone()) });
    }
    if let Reach::Hosts(hosts) = reach {
        let host = host_of(url);
        if !hosts.contains(&host) {
            return Err(FetchError::Host { host, allowed: hosts.join(", ") });
        }
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err(FetchError::Scheme { url: Box::new(url.clone()) }),
    };
    match literal {
        Some(address) if !is_public(address) && !allowed.admits("", address) => Err(FetchError::Private { host: host_of(url), address }),
        _ => Ok(()),
    }
}

/// The system's resolver, less every address that must not be dialled.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    pub(super) allowed: AllowPrivate,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0))
                .await
                .map_err(|error| Refused::Unresolved { host: host.clone(), reason: error.to_string() })?
                .collect();
            let refused = found.iter().find(|address| !is_public(address.ip()) && !allowed.admits(&host, address.ip())).copied();
            // One private address among public ones is a rebinding trick as a rule: the whole answer is refused.
            match (refused, found.is_empty()) {
                (Some(address), _) => Err(Refused::Private { host, address: address.ip() }.into()),
                (None, true) => Err(Refused::Unresolved { host, reason: "the name has no address".to_owned() }.into()),
                (None, false) => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn contains(network: IpAddr, prefix: u8, address: IpAddr) -> bool {
    match (network, unmapped(address)) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

/// The IPv4 address inside an IPv4-mapped, -compatible, NAT64 or 6to4 one: they all end at it.
fn unmapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let last = || Ipv4Addr::from_bits(v6.to_bits() as u32);
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] => last().into(),
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) > (0, 1) => last().into(),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => last().into(),
        [0x2002, high, low, ..] => Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)).into(),
        _ => address,
    }
}

/// Last labels of names that mean something in one network only.
const LOCAL_NAMES: [&str; 9] = ["localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa"];

/// Checks a name that a proxy or an exit will look up: nobody here sees the address that is dialled.
pub(super) fn check_remote(url: &Url, allowed: &AllowPrivate) -> Result<(), FetchError> {
    let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
    let name = name.trim_end_matches('.');
    let last = name.rsplit_once('.').map_or("", |(_, last)| last);
    let is_local = last.is_empty() || LOCAL_NAMES.iter().any(|local| local.eq_ignore_ascii_case(last));
    if is_local && !allowed.admits_name(name) {
        return Err(FetchError::Local { host: host_of(url) });
    }
    Ok(())
}

/// Not in IANA's special-purpose registries as anything but globally reachable.
pub(super) fn is_public(address: IpAddr) -> bool {
    match unmapped(address) {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|(network, prefix)| contains(Ipv4Addr::from(*network).into(), *prefix, v4.into())),
        IpAddr::V6(v6) => {
            let global = contains(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0).into(), 3, v6.into());
            global && !SPECIAL_V6.iter().any(|(network, prefix)| contains(Ipv6Addr::from(*network).into(), *prefix, v6.into()))
        }
    }
}

/// IANA IPv4 special-purpose address registry, and multicast.
const SPECIAL_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3),
];

/// IANA IPv6 special-purpose address registry, inside 2000::/3; the rest of the space is not global at all.
const SPECIAL_V6: [([u16; 8], u8); 4] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_private_address_is_refused() {
        let spellings = [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://①②⑦.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[::127.0.0.1]/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://169.254.169.254/latest/",
            "http://10.0.0.1/",
            "http://172.31.255.1/",
            "http://192.168.1.1/",
            "http://100.64.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://[ff02::1]/",
            "http://[2001:db8::1]/",
            "http://198.18.0.1/",
            "http://192.0.2.1/",
        ];
        for spelling in spellings {
            let url = Url::parse(spelling).unwrap();
            let refused = check(&url, &Reach::Any, &AllowPrivate::default());
            assert!(matches!(refused, Err(FetchError::Private { .. })), "{spelling}: {refused:?}");
        }
    }

    #[test]
    fn names_that_a_proxy_looks_up_belong_to_the_world() {
        let named: AllowPrivate = ["shop.internal"].into_iter().collect();
        let check = |url: &str| check_remote(&Url::parse(url).unwrap(), &named);
        for url in
            ["http://localhost/", "http://n8n:5678/", "http://printer.local./", "http://x.internal/", "http://1.0.0.127.in-addr.arpa/"]
        {
            assert!(matches!(check(url), Err(FetchError::Local { .. })), "{url}");
        }
        for url in ["https://www.shop.example/", "http://shop.internal/", "http://93.184.216.34/"] {
            check(url).unwrap();
        }
    }

    #[test]
    fn public_addresses_and_names_pass() {
        for spelling in ["http://93.184.216.34/", "https://www.example.com/", "http://[2606:2800:220:1::1]/", "http://172.32.0.1/"] {
            check(&Url::parse(spelling).unwrap(), &Reach::Any, &AllowPrivate::default()).unwrap();
        }
    }

    #[test]
    fn other_schemes_and_hosts_are_refused() {
        let any = AllowPrivate::default();
        for url in ["ftp://example.com/", "file:///etc/passwd", "gopher://example.com/"] {
            assert!(matches!(check(&Url::parse(url).unwrap(), &Reach::Any, &any), Err(FetchError::Scheme { .. })), "{url}");
        }
        let reach = Reach::Hosts(vec!["shop.example".to_owned()].into());
        check(&Url::parse("https://shop.example/a").unwrap(), &reach, &any).unwrap();
        for url in
            ["https://other.example/", "https://shop.example:8443/", "https://shop.example.evil/", "https://shop.example@evil.example/"]
        {
            assert!(matches!(check(&Url::parse(url).unwrap(), &reach, &any), Err(FetchError::Host { .. })), "{url}");
        }
    }

    #[test]
    fn the_operator_opens_addresses_networks_and_names() {
        let allowed: AllowPrivate = ["127.0.0.1", "10.1.0.0/16", "n8n.local"].into_iter().collect();
        assert!(allowed.admits("", "127.0.0.1".parse().unwrap()));
        assert!(allowed.admits("", "::ffff:127.0.0.1".parse().unwrap()));
        assert!(!allowed.admits("", "127.0.0.2".parse().unwrap()));
        assert!(allowed.admits("", "10.1.200.3".parse().unwrap()));
        assert!(!allowed.admits("", "10.2.0.1".parse().unwrap()));
        assert!(allowed.admits("N8N.local.", "192.168.1.9".parse().unwrap()));
        assert!(Admitted::parse("10.0.0.0/33").is_err());
        assert!(Admitted::parse("a b").is_err());
        assert!(Admitted::parse("*.local").is_err());
        let hosts = AllowPrivate::default().and_hosts(&["127.0.0.1:5678".to_owned(), "[::1]:80".to_owned(), "n8n:5678".to_owned()]);
        assert!(
            hosts.admits("", "127.0.0.1".parse().unwrap())
                && hosts.admits("", "::1".parse().unwrap())
                && hosts.admits("n8n", "172.18.0.2".parse().unwrap())
        );
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_loopback_is_refused_where_it_is_dialled() {
        let resolver = GuardedResolver { allowed: AllowPrivate::default() };
        let refused = resolver.resolve("localhost".parse().unwrap()).await.map(drop).unwrap_err();
        assert!(matches!(refused.downcast_ref(), Some(Refused::Private { .. })), "{refused}");
    }
}
