//! The names under which we may be called. A web page whose name its owner points at us (DNS rebinding) has our answers for the
//! reading, as a page of its own origin; but its browser still says the page's name.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

use super::fault::{Class, Fault};

#[derive(Clone, Debug)]
pub(super) struct Hosts {
    listen: IpAddr,
    names: Vec<String>,
}

impl Hosts {
    pub(super) fn new(listen: IpAddr, names: &[String]) -> Self {
        Self { listen: listen.to_canonical(), names: names.iter().map(|name| plain(name)).collect() }
    }

    /// `Host` and `:authority`, each if it is there. `local` is the address that the client dialled, for a port that listens on all of
    /// them. A request without either comes from no browser.
    pub(super) fn check(&self, headers: &HeaderMap, uri: &Uri, local: Option<SocketAddr>) -> Result<(), Fault> {
        let told = headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
        for host in told.chain(uri.authority().map(Authority::as_str)) {
            if !self.allow(host, local) {
                return Err(refused(host));
            }
        }
        Ok(())
    }

    /// Whatever its port: a proxy or a container may give us another one than we know of.
    fn allow(&self, host: &str, local: Option<SocketAddr>) -> bool {
        let Some(host) = host.parse::<Authority>().ok().filter(|_| !host.contains('@')).map(|authority| plain(authority.host())) else {
            return false;
        };
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) => {
                let dialled = local.map(|local| local.ip().to_canonical());
                address.is_loopback() || address == self.listen || Some(address) == dialled || self.names.contains(&host)
            }
            Err(_) => host == "localhost" || host.ends_with(".localhost") || self.names.contains(&host),
        }
    }
}

/// Whether `[server] hosts` may hold it: a name or an address, nothing around it.
pub(super) fn is_host(text: &str) -> bool {
    text.parse::<Authority>().is_ok_and(|authority| authority.port().is_none() && authority.host() == text && !text.contains('@'))
}

fn plain(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn refused(host: &str) -> Fault {
    let name = host.parse::<Authority>().map_or_else(|_| host.to_owned(), |authority| plain(authority.host()));
    let message = format!(
        "{name:?} is none of this server's names: call it by its address, or, if the name is its own, add to the configuration: [server] hosts = [{name:?}]"
    );
    Fault::new(Class::Misdirected, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_answered() {
        let hosts = Hosts::new("192.0.2.7".parse().unwrap(), &["Shop.Example".to_owned(), "10.0.0.9".to_owned()]);
        let local = "198.51.100.3:8080".parse().ok();
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST.:8080", true),
            ("a.localhost:1", true),
            ("127.0.0.1:8080", true),
            ("127.9.9.9", true),
            ("[::1]:8080", true),
            ("[::ffff:127.0.0.1]", true),
            ("192.0.2.7:80", true),
            ("198.51.100.3", true),
            ("shop.example:443", true),
            ("10.0.0.9:1", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("evil.example:8080", false),
            ("localhost@evil.example", false),
            ("evil.example@localhost", false),
            ("192.0.2.8", false),
            ("2130706433", false),
            ("", false),
            ("a b", false),
            ("x.shop.example", false),
            ("evillocalhost", false),
        ] {
            assert_eq!(hosts.allow(host, local), expected, "{host}");
        }
        assert!(refused("evil.example:80").message.contains("[server] hosts = [\"evil.example\"]"));
    }

    #[test]
    fn both_places_must_be_ours() {
        let hosts = Hosts::new("127.0.0.1".parse().unwrap(), &[]);
        let check = |headers: &[&str], uri: &str| {
            let headers = headers.iter().map(|host| (HOST, host.parse().unwrap())).collect();
            hosts.check(&headers, &uri.parse().unwrap(), None).is_ok()
        };
        assert!(check(&["localhost"], "/") && check(&[], "/") && check(&["localhost"], "http://127.0.0.1/"));
        assert!(!check(&["localhost"], "http://evil.example/") && !check(&["evil.example"], "http://127.0.0.1/"));
        assert!(!check(&["localhost", "evil.example"], "/"));
    }

    #[test]
    fn a_host_is_nothing_but_a_name() {
        for (text, expected) in [
            ("shop.example", true),
            ("10.0.0.9", true),
            ("[::2]", true),
            ("shop.example:80", false),
            ("http://x", false),
            ("", false),
            ("a b", false),
            ("a/b", false),
        ] {
            assert_eq!(is_host(text), expected, "{text}");
        }
    }
}
