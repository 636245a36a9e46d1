//! What the operator opened beyond the public internet: addresses, networks and exact names, from the configuration alone.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, de};
use url::Host;

use super::ranges::contains;

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

impl AllowPrivate {
    /// Opens these hosts (`name`, `name:port`, an address) too.
    pub fn and_hosts(mut self, hosts: &[String]) -> Self {
        self.0.extend(hosts.iter().filter_map(|host| Admitted::parse(without_port(host)).ok()));
        self
    }

    pub(super) fn admits_name(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        self.0.iter().any(|admitted| matches!(admitted, Admitted::Name(name) if name.eq_ignore_ascii_case(host)))
    }

    pub(super) fn admits_address(&self, address: IpAddr) -> bool {
        let covers = |admitted: &Admitted| matches!(admitted, Admitted::Network { address: network, prefix } if contains(*network, *prefix, address));
        self.0.iter().any(covers)
    }
}

/// A host as `allow_private` names it: without its port and its brackets.
pub(in crate::egress) fn without_port(host: &str) -> &str {
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
            Ok(Host::Domain(name)) if !name.contains('*') => Ok(Self::Name(name.trim_end_matches('.').to_owned())),
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

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(allowed: &AllowPrivate, address: &str) -> bool {
        allowed.admits_address(address.parse().unwrap())
    }

    #[test]
    fn the_operator_opens_addresses_networks_and_names() {
        let allowed: AllowPrivate = ["127.0.0.1", "10.1.0.0/16", "n8n.local."].into_iter().collect();
        assert!(admits(&allowed, "127.0.0.1") && admits(&allowed, "::ffff:127.0.0.1") && admits(&allowed, "10.1.200.3"));
        assert!(!admits(&allowed, "127.0.0.2") && !admits(&allowed, "10.2.0.1") && !admits(&allowed, "::1"));
        assert!(allowed.admits_name("N8N.local.") && allowed.admits_name("n8n.local"));
        assert!(!allowed.admits_name("x.n8n.local") && !allowed.admits_name("127.0.0.1") && !allowed.admits_name(""));
        for wrong in ["10.0.0.0/33", "a b", "*.local", "", "http://n8n/"] {
            assert!(Admitted::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hosts_are_opened_without_their_port() {
        let hosts = AllowPrivate::default().and_hosts(&["127.0.0.1:5678".to_owned(), "[::1]:80".to_owned(), "n8n:5678".to_owned()]);
        assert!(admits(&hosts, "127.0.0.1") && admits(&hosts, "::1") && hosts.admits_name("n8n"));
    }
}
