//! Another Tor network than the public one, read from the file that `[egress.tor] network` names. For tests and private networks:
//! whoever writes this file decides whom Tor trusts.
//!
//! ```toml
//! authorities = ["<v3 identity, 40 hexadecimal digits>"]
//! ipv4_family_prefix = 33    # 33: relays of one network may stand in one circuit
//! ipv6_family_prefix = 129
//! trust_every_user = true    # the state directory may be writable by others, as temporary ones are
//!
//! [[fallbacks]]              # where the directory comes from at first
//! rsa = "<40 hexadecimal digits>"
//! ed25519 = "<64 hexadecimal digits>"
//! addresses = ["127.0.0.1:9001"]
//! ```

use std::net::SocketAddr;
use std::path::Path;

use arti_client::config::TorClientConfigBuilder;
use arti_client::config::dir::FallbackDir;
use serde::{Deserialize, Deserializer, de};

use crate::error::{Error, ErrorKind};

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    authorities: Vec<Hex<20>>,
    fallbacks: Vec<Fallback>,
    ipv4_family_prefix: Option<u8>,
    ipv6_family_prefix: Option<u8>,
    #[serde(default)]
    trust_every_user: bool,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fallback {
    rsa: Hex<20>,
    ed25519: Hex<32>,
    addresses: Vec<SocketAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hex<const N: usize>([u8; N]);

impl Network {
    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        let wrong = |reason: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Configuration, format!("{}: {reason}", file.display())).field("egress.tor.network")
        };
        let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
        toml::from_str(&text).map_err(|error| wrong(&error))
    }

    pub(super) fn describe(&self, builder: &mut TorClientConfigBuilder) {
        let network = builder.tor_network();
        *network.authorities().v3idents() = self.authorities.iter().map(|identity| identity.0.into()).collect();
        *network.fallback_caches() = self.fallbacks.iter().map(Fallback::described).collect();
        if let Some(prefix) = self.ipv4_family_prefix {
            builder.path_rules().ipv4_subnet_family_prefix(prefix);
        }
        if let Some(prefix) = self.ipv6_family_prefix {
            builder.path_rules().ipv6_subnet_family_prefix(prefix);
        }
        if self.trust_every_user {
            builder.storage().permissions().dangerously_trust_everyone();
        }
    }
}

impl Fallback {
    fn described(&self) -> arti_client::config::dir::FallbackDirBuilder {
        let mut fallback = FallbackDir::builder();
        fallback.rsa_identity(self.rsa.0.into()).ed_identity(self.ed25519.0.into());
        *fallback.orports() = self.addresses.clone();
        fallback
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        bytes(&text).map(Self).ok_or_else(|| de::Error::custom(format!("{text:?} is not made of {} hexadecimal digits", 2 * N)))
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    // The length of the text first: its digits are then cut in pairs, and a sign would pass for a digit.
    if text.len() != 2 * N || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
