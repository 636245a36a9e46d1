//! The one room that opens sockets to the world: pages, searches and webhooks all leave through [`Egress`].
//!
//! What the guard refuses, nothing can reach. This room knows neither recipes nor barcodes, and it never decides what an answer
//! means: a 404 or a captcha is a [`Page`](crate::model::Page) like any other.

mod client;
mod error;
mod fetch;
mod guard;
mod pace;
#[cfg(feature = "server")]
mod post;
mod read;
pub mod robots;
mod stretch;
pub mod tor;

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use client::Cookies;

pub(crate) use error::FetchError;
pub(crate) use guard::Reach;
pub use guard::{Admitted, AllowPrivate};
pub use pace::{BreakerState, PaceState};
pub(crate) use pace::{JobKey, NotNow, Pace, PaceSettings, Pass};
#[cfg(feature = "server")]
pub(crate) use post::{Post, Posted};
pub use read::text;
pub(crate) use stretch::Stretch;

/// `[egress]` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses, networks or host names that may be reached although they are private: `127.0.0.1`, `10.1.0.0/16`,
    /// `intranet.example`. None by default.
    pub allow_private: AllowPrivate,
    /// What shops see as the browser.
    pub user_agent: String,
    /// Longest wait for a connection, TLS included.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub connect_timeout: Duration,
    /// Longest wait for one whole answer, redirects included.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub request_timeout: Duration,
    /// Largest page in bytes, counted after decompression.
    pub max_page_bytes: usize,
    pub max_redirects: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_private: AllowPrivate::default(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            max_page_bytes: 10 * 1024 * 1024,
            max_redirects: 5,
        }
    }
}

/// The way out. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Egress {
    settings: Arc<Settings>,
    client: reqwest::Client,
    /// Webhooks have connections of their own: no cookie of a shop goes to a receiver, and only they reach its private address.
    #[cfg(feature = "server")]
    courier: post::Courier,
}

impl Egress {
    /// `receivers`: hosts of webhooks that the operator named exactly; those may be private.
    pub(crate) fn new(settings: &Settings, receivers: &[String]) -> Result<Self, crate::Error> {
        let client = client::build(settings, Cookies::Kept)?;
        #[cfg(feature = "server")]
        let courier = post::Courier::new(settings, receivers)?;
        #[cfg(not(feature = "server"))]
        let _ = receivers;
        Ok(Self {
            settings: Arc::new(settings.clone()),
            client,
            #[cfg(feature = "server")]
            courier,
        })
    }
}
