//! Tables of what the guard refuses: address ranges that are no part of the public internet, and ports of other protocols.

use std::net::{IpAddr, Ipv4Addr};

/// What an address is for, when it is not for everybody: its entry in IANA's special-purpose registries or in the additions below.
/// An IPv6 form that carries an IPv4 address ends at it, and is what that address is.
pub(super) fn special_purpose(address: IpAddr) -> Option<&'static str> {
    let entry = |address: IpAddr| SPECIAL.iter().find(|(network, prefix, _)| contains(address_of(network), *prefix, address));
    let carried = carried(address);
    match (entry(carried), carried) {
        (Some((_, _, purpose)), _) => Some(purpose),
        (None, IpAddr::V6(_)) if !contains(address_of("2000::"), 3, carried) => Some("not assigned to the internet"),
        (None, _) => None,
    }
}

/// The IPv4 address inside an IPv4-mapped or NAT64 one. Those of other forms (IPv4-compatible, 6to4, Teredo) are refused whole: no
/// server has stood behind one for years.
pub(super) fn carried(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Ipv4Addr::from_bits(v6.to_bits() as u32).into(),
        _ => address,
    }
}

pub(super) fn contains(network: IpAddr, prefix: u8, address: IpAddr) -> bool {
    match (network, carried(address)) {
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

/// Whether a URL may name this port. The list is that of the Fetch standard, which every browser keeps: a request to a mail or a
/// printer port is a trick as a rule. All others are open, because shops and receivers stand on any.
pub(crate) fn is_blocked(port: u16) -> bool {
    BLOCKED_PORTS.contains(&port)
}

/// The networks of [`SPECIAL`] are constants that the tests read; one that could not be would match nothing.
fn address_of(network: &str) -> IpAddr {
    network.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// <https://fetch.spec.whatwg.org/#port-blocking>
const BLOCKED_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115,
    117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601,
    636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
    10080,
];

/// Network, prefix, purpose; a range before the one that holds it. Ranges that IANA calls globally reachable (AS112, AMT, ORCHIDv2)
/// are here too: they are services of the network, and no shop stands there.
const SPECIAL: [(&str, u8, &str); 44] = [
    // https://www.iana.org/assignments/iana-ipv4-special-registry
    ("0.0.0.0", 8, "this network"),
    ("10.0.0.0", 8, "private use"),
    ("100.64.0.0", 10, "shared address space"),
    ("127.0.0.0", 8, "loopback"),
    ("169.254.0.0", 16, "link local, where clouds keep their metadata"),
    ("172.16.0.0", 12, "private use"),
    ("192.0.0.0", 24, "IETF protocol assignments"),
    ("192.0.2.0", 24, "documentation"),
    ("192.31.196.0", 24, "AS112"),
    ("192.52.193.0", 24, "AMT"),
    ("192.88.99.0", 24, "6to4 relays"),
    ("192.168.0.0", 16, "private use"),
    ("192.175.48.0", 24, "AS112"),
    ("198.18.0.0", 15, "benchmarking"),
    ("198.51.100.0", 24, "documentation"),
    ("203.0.113.0", 24, "documentation"),
    ("240.0.0.0", 4, "reserved"),
    // https://www.iana.org/assignments/iana-ipv6-special-registry
    ("::1", 128, "loopback"),
    ("::", 128, "unspecified"),
    ("::", 96, "IPv4-compatible"),
    ("64:ff9b:1::", 48, "local IPv4/IPv6 translation"),
    ("100::", 64, "discard only"),
    ("100:0:0:1::", 64, "dummy prefix"),
    ("2001::", 32, "Teredo"),
    ("2001:1::", 32, "port control and TURN anycast"),
    ("2001:2::", 48, "benchmarking"),
    ("2001:3::", 32, "AMT"),
    ("2001:4:112::", 48, "AS112"),
    ("2001:10::", 28, "ORCHID"),
    ("2001:20::", 28, "ORCHIDv2"),
    ("2001:30::", 28, "drone remote identification"),
    ("2001::", 23, "IETF protocol assignments"),
    ("2001:db8::", 32, "documentation"),
    ("2002::", 16, "6to4"),
    ("2620:4f:8000::", 48, "AS112"),
    ("3fff::", 20, "documentation"),
    ("5f00::", 16, "segment routing"),
    ("fc00::", 7, "unique local"),
    ("fe80::", 10, "link local"),
    ("fec0::", 10, "site local"),
    ("ff00::", 8, "multicast"),
    // Not in those registries.
    ("224.0.0.0", 4, "multicast"),
    ("168.63.129.16", 32, "the platform address of Azure"),
    ("::ffff:0:0:0", 96, "IPv4-translated"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_of_the_table_can_be_read() {
        for (network, prefix, purpose) in SPECIAL {
            let address: IpAddr = network.parse().unwrap_or_else(|_| panic!("{network} {purpose}"));
            assert!(contains(address, prefix, address), "{network}/{prefix}");
            assert!(special_purpose(address).is_some(), "{network}/{prefix}");
        }
    }

    #[test]
    fn what_carries_a_public_address_is_public() {
        for address in
            ["93.184.216.34", "::ffff:93.184.216.34", "64:ff9b::93.184.216.34", "2606:2800:220:1::1", "172.32.0.1", "100.63.255.255"]
        {
            assert_eq!(special_purpose(address.parse().unwrap()), None, "{address}");
        }
    }

    #[test]
    fn the_usual_ports_are_open() {
        for port in [80, 443, 3000, 5678, 8000, 8080, 8443, 9000, 65535] {
            assert!(!is_blocked(port), "{port}");
        }
        for port in [0, 22, 25, 110, 6667, 10080] {
            assert!(is_blocked(port), "{port}");
        }
    }
}
