//! `[server]` in the configuration: what a caller may ask of the port, and how long.

use std::time::Duration;

use serde::Deserialize;

use super::hosts;
use super::tls::{TlsError, TlsSettings};

/// The smallest `max_head_bytes`: hyper reads into a buffer of this size, and no less.
pub const LEAST_HEAD: usize = 8_192;

/// The largest `max_json_depth`: the parser itself goes no deeper than 127.
pub const DEEPEST_JSON: usize = 100;

/// The longest `unready_for`: with it, a quiet server still ends before everything is dropped.
pub const LONGEST_UNREADY: Duration = Duration::from_secs(10);

/// Limits of the port. Durations are written `10s`, `2m`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Names under which this server may be called, besides loopback's and the address that it listens on.
    pub hosts: Vec<String>,
    /// Once there are tokens: whether callers on this machine may come without one all the same. A proxy on this machine makes
    /// everybody such a caller.
    pub trust_loopback: bool,
    /// `[server.tls]`; absent: plain HTTP.
    pub tls: Option<TlsSettings>,
    /// Largest body of an HTTP request, in bytes.
    pub max_body_bytes: usize,
    /// How deep the JSON of a request may be nested; at most [`DEEPEST_JSON`].
    pub max_json_depth: usize,
    /// Values in the JSON of a request: every text, number, list and object counts. What is parsed takes ten times the memory of
    /// what was sent, so the size of the body alone bounds little.
    pub max_json_nodes: usize,
    /// Largest gRPC message that is taken, in bytes, after decompression.
    pub max_message_bytes: usize,
    /// Fields in the head of an HTTP/1 request.
    pub max_headers: usize,
    /// Bytes of the head of a request; at least [`LEAST_HEAD`].
    pub max_head_bytes: usize,
    /// Connections at the same time; further ones wait in the system's queue.
    pub max_connections: usize,
    /// Requests at the same time on one HTTP/2 connection.
    pub max_streams: u32,
    /// HTTP/2 requests that were taken back before anybody looked at them; one more ends the connection (CVE-2023-44487).
    pub max_resets: usize,
    /// Requests on one connection in all; after them it ends in good order, and a client comes back on a new one.
    pub max_requests: u64,
    /// From the connection to the first bytes that tell HTTP/1 from HTTP/2.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub first_bytes_timeout: Duration,
    /// For the whole head of an HTTP/1 request; an idle connection is closed after it, too.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub header_timeout: Duration,
    /// A connection without a request in hand is closed after this, also one whose pings are answered. HTTP/1 has the shorter
    /// `header_timeout`.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub idle_timeout: Duration,
    /// For the whole body of an HTTP request or of a gRPC call; of a `ScrapeStream`, until its first item.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub body_timeout: Duration,
    /// Between two pings on an HTTP/2 connection.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub keep_alive_interval: Duration,
    /// For the answer to a ping, before the connection counts as dead.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub keep_alive_timeout: Duration,
    /// From the start of a drain until the port closes: `/readyz` and gRPC health say meanwhile that nothing is taken. At most
    /// [`LONGEST_UNREADY`].
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub unready_for: Duration,
    /// From the closing of the port until connections that are still busy are dropped. Shorter than the process's own deadline, so
    /// that the journal can still be closed in peace.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub drain_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            trust_loopback: false,
            tls: None,
            max_body_bytes: 8 << 20,
            max_json_depth: 32,
            max_json_nodes: 250_000,
            max_message_bytes: 16 << 20,
            max_headers: 100,
            max_head_bytes: 64 << 10,
            max_connections: 1_024,
            max_streams: 256,
            max_resets: 20,
            max_requests: 10_000,
            first_bytes_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(120),
            body_timeout: Duration::from_secs(60),
            keep_alive_interval: Duration::from_secs(20),
            keep_alive_timeout: Duration::from_secs(20),
            unready_for: Duration::from_millis(500),
            drain_timeout: Duration::from_secs(12),
        }
    }
}

impl Settings {
    /// The place in the list of what is no host.
    pub(crate) fn unfit_host(&self) -> Option<usize> {
        self.hosts.iter().position(|host| !hosts::is_host(host))
    }

    pub(crate) fn check_tls(&self) -> Result<(), TlsError> {
        self.tls.as_ref().map_or(Ok(()), TlsSettings::check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_as_people_write_them() {
        let settings: Settings = toml::from_str("header_timeout = \"3s\"\nmax_streams = 5").unwrap();
        assert_eq!((settings.header_timeout, settings.max_streams), (Duration::from_secs(3), 5));
        assert_eq!(settings.body_timeout, Settings::default().body_timeout);
    }

    #[test]
    fn refuses_unknown_keys_and_bad_durations() {
        for text in ["header_timout = \"3s\"", "header_timeout = \"soon\"", "max_streams = -1"] {
            assert!(toml::from_str::<Settings>(text).is_err(), "{text}");
        }
    }
}
