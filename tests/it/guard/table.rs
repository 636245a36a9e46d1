//! The table, read: what is tried, and what the refusal must say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    ranges: Vec<(String, String)>,
    spellings: Vec<(String, Refusal)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Refusal {
    Private,
    Name,
    Scheme,
    Port,
    Url,
}

/// One line: an address that must not be reached, and why not.
#[derive(Clone, Debug)]
pub(super) struct Forbidden {
    pub(super) url: String,
    pub(super) refusal: Refusal,
}

impl Forbidden {
    /// Whether the words of an error tell what is wrong.
    pub(super) fn is_told_by(&self, error: &str) -> bool {
        let words: &[&str] = match self.refusal {
            Refusal::Private => &["is the private address"],
            // A proxy is not asked for a name of local networks; else the system says where it leads, or that it leads nowhere.
            Refusal::Name => &["is the private address", "cannot be resolved", "is a name of local networks"],
            Refusal::Scheme => &["only http and https"],
            Refusal::Port => &["belongs to another protocol"],
            Refusal::Url => &["cannot be followed", "invalid", "empty host"],
        };
        words.iter().any(|words| error.contains(words))
    }

    pub(super) fn parsed(&self) -> Option<url::Url> {
        let parsed = url::Url::parse(&self.url).ok();
        assert_eq!(parsed.is_none(), self.refusal == Refusal::Url, "{}", self.url);
        parsed
    }
}

/// Every spelling, with the port of the canary.
pub(super) fn spellings(port: u16) -> Vec<Forbidden> {
    let forbidden = |(url, refusal): (String, Refusal)| Forbidden { url: url.replace("{port}", &port.to_string()), refusal };
    table().spellings.into_iter().map(forbidden).collect()
}

/// The first and the last address of every range, and every spelling.
pub(super) fn all(port: u16) -> Vec<Forbidden> {
    let of = |address: IpAddr| match address {
        IpAddr::V4(v4) => format!("http://{v4}:{port}/"),
        IpAddr::V6(v6) => format!("http://[{v6}]:{port}/"),
    };
    let ends = table().ranges.into_iter().flat_map(|(range, _)| ends(&range));
    ends.map(|address| Forbidden { url: of(address), refusal: Refusal::Private }).chain(spellings(port)).collect()
}

/// All that leads away from a page: beside one, `http:127.0.0.1` is a path on the page's own host.
pub(super) fn links(port: u16) -> Vec<Forbidden> {
    let page = url::Url::parse("http://page.test/").unwrap();
    let leads_away = |forbidden: &Forbidden| page.join(&forbidden.url).map_or(true, |url| url.host() != page.host());
    all(port).into_iter().filter(leads_away).collect()
}

fn table() -> Table {
    toml::from_str(include_str!("table.toml")).unwrap()
}

fn ends(range: &str) -> [IpAddr; 2] {
    let (network, prefix) = range.split_once('/').unwrap();
    let prefix: u32 = prefix.parse().unwrap();
    match network.parse().unwrap() {
        IpAddr::V4(v4) => [v4.into(), Ipv4Addr::from_bits(v4.to_bits() | u32::MAX.checked_shr(prefix).unwrap_or(0)).into()],
        IpAddr::V6(v6) => [v6.into(), Ipv6Addr::from_bits(v6.to_bits() | u128::MAX.checked_shr(prefix).unwrap_or(0)).into()],
    }
}

#[test]
fn the_table_is_long_enough_and_says_nothing_twice() {
    let table = table();
    let mut names: Vec<_> = table.ranges.iter().map(|(range, _)| range).chain(table.spellings.iter().map(|(url, _)| url)).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!((names.len(), table.ranges.len() >= 50, table.spellings.len() >= 90), (count, true, true));
    assert_eq!(ends("10.0.0.0/8").map(|end| end.to_string()), ["10.0.0.0", "10.255.255.255"]);
    assert_eq!(ends("fe80::/10")[1].to_string(), "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}
