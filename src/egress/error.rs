//! Why nothing came back.

use std::fmt;
use std::net::IpAddr;

use url::Url;

use crate::model::{Route, host_of};

/// A request that brought no answer. An answer of any status is none of these.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{url}: only http and https are fetched")]
    Scheme { url: Box<Url> },
    #[error("{host} is none of the shop's hosts ({allowed}); name it under `hosts` in the recipe if it belongs to the shop")]
    Host { host: String, allowed: String },
    #[error("{host}: port {port} belongs to another protocol; it is one of those that browsers refuse")]
    Port { host: String, port: u16 },
    /// `entry` is what the operator would write to open it.
    #[error(
        "{host} is the private address {address} ({purpose}); to allow it, add to the configuration: [egress] allow_private = [\"{entry}\"]"
    )]
    Private { host: String, address: IpAddr, purpose: &'static str, entry: String },
    #[error(
        "{host} is a name of local networks, which no proxy is asked for; to allow it, add to the configuration: [egress] allow_private = [\"{entry}\"]"
    )]
    Local { host: String, entry: String },
    #[error("{host} is a port on which glaneur itself listens, and is not fetched from")]
    Own { host: String },
    /// Nothing was sent.
    #[error("route {route}: {reason}")]
    Route { route: String, reason: String },
    #[error("{host} cannot be resolved: {reason}")]
    Name { host: String, reason: String },
    #[error("{late} {host} within {seconds:.1} s")]
    Timeout { host: String, late: Late, seconds: f64 },
    #[error("no connection to {host}: {reason}")]
    Connect { host: String, reason: String },
    #[error("{host} broke off: {reason}")]
    Broken { host: String, reason: String },
    #[error("the head of the answer from {host} is not taken: {reason}; `[egress] max_headers` and `max_head_bytes` say what is")]
    Head { host: String, reason: String },
    #[error("{url} is larger than {limit} bytes {stage}")]
    TooLarge { url: Box<Url>, limit: usize, stage: Stage },
    #[error("{url} unpacks to more than {ratio} times its size; a page does not, a decompression bomb does")]
    Bomb { url: Box<Url>, ratio: usize },
    #[error("{host} sends its answer in the coding {coding:?}, which cannot be read")]
    Coding { host: String, coding: String },
    #[error("{url}: more than {limit} redirects")]
    Redirects { url: Box<Url>, limit: usize },
    #[error("{url}: the redirect to {location:?} cannot be followed")]
    Location { url: Box<Url>, location: String },
    #[error("{url}: the request cannot be built: {reason}")]
    Request { url: Box<Url>, reason: String },
}

/// What did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    Connection,
    Answer,
    /// The answer began, and its end did not come.
    End,
}

/// Where the bytes of a body are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    AsSent,
    Unpacked,
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "no connection to",
            Self::Answer => "no answer from",
            Self::End => "no whole answer from",
        })
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AsSent => "as it is sent",
            Self::Unpacked => "when it is unpacked",
        })
    }
}

impl FetchError {
    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    /// Whether the same request may succeed a moment later.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Connect { .. } | Self::Broken { .. } | Self::Name { .. })
    }

    /// The same, where the head of the answer had come.
    pub(super) fn of_the_body(self) -> Self {
        match self {
            Self::Timeout { host, seconds, .. } => Self::Timeout { host, late: Late::End, seconds },
            other => other,
        }
    }

    /// With the route, where the way there may be at fault as well as the host.
    pub(super) fn by(mut self, route: &Route) -> Self {
        if let Self::Timeout { host, .. } | Self::Connect { host, .. } | Self::Broken { host, .. } | Self::Name { host, .. } = &mut self {
            *host = route.way_to(host);
        }
        self
    }

    /// Sorts reqwest's error by type; a refusal of our own resolver travels inside it.
    pub(crate) fn of(error: &reqwest::Error, url: &Url, waited: std::time::Duration) -> Self {
        let host = host_of(url);
        if let Some(refused) = cause::<super::guard::Refused>(error) {
            return refused.into();
        }
        if cause::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
            return Self::Head { host, reason: root(error) };
        }
        if error.is_timeout() {
            let late = if error.is_connect() { Late::Connection } else { Late::Answer };
            Self::Timeout { host, late, seconds: waited.as_secs_f64() }
        } else if error.is_connect() {
            Self::Connect { host, reason: root(error) }
        } else if error.is_builder() {
            Self::Request { url: bare(url), reason: root(error) }
        } else {
            Self::Broken { host, reason: root(error) }
        }
    }
}

/// A URL as it may be told: without the user name and password that it may hold.
pub(super) fn bare(url: &Url) -> Box<Url> {
    let mut url = url.clone();
    // Refused only by URLs without a host, which hold neither.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    Box::new(url)
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source())
}

fn cause<E: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The innermost cause; the outer layers only repeat the URL.
fn root(error: &reqwest::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
