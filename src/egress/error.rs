//! Why nothing came back.

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
    #[error(
        "{host} is the private address {address}; to allow it add it to `[egress] allow_private`, or, for a webhook, name the host there"
    )]
    Private { host: String, address: IpAddr },
    #[error("{host} is a name of local networks, which no proxy is asked for; to allow it add it to `[egress] allow_private`")]
    Local { host: String },
    /// Nothing was sent.
    #[error("route {route}: {reason}")]
    Route { route: String, reason: String },
    #[error("{host} cannot be resolved: {reason}")]
    Name { host: String, reason: String },
    #[error("no answer from {host} within {seconds:.1} s")]
    Timeout { host: String, seconds: f64 },
    #[error("no connection to {host}: {reason}")]
    Connect { host: String, reason: String },
    #[error("{host} broke off: {reason}")]
    Broken { host: String, reason: String },
    #[error("{url} is larger than {limit} bytes")]
    TooLarge { url: Box<Url>, limit: usize },
    #[error("{url}: more than {limit} redirects")]
    Redirects { url: Box<Url>, limit: usize },
    #[error("{url}: the redirect to {location:?} cannot be followed")]
    Location { url: Box<Url>, location: String },
    #[error("{url}: the request cannot be built: {reason}")]
    Request { url: Box<Url>, reason: String },
}

impl FetchError {
    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    /// Whether the same request may succeed a moment later.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Connect { .. } | Self::Broken { .. } | Self::Name { .. })
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
            return match refused {
                super::guard::Refused::Private { host, address } => Self::Private { host: host.clone(), address: *address },
                super::guard::Refused::Unresolved { host, reason } => Self::Name { host: host.clone(), reason: reason.clone() },
            };
        }
        if error.is_timeout() {
            Self::Timeout { host, seconds: waited.as_secs_f64() }
        } else if error.is_connect() {
            Self::Connect { host, reason: root(error) }
        } else if error.is_builder() {
            Self::Request { url: Box::new(url.clone()), reason: root(error) }
        } else {
            Self::Broken { host, reason: root(error) }
        }
    }
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
