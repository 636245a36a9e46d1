//! The one place where an HTTP client is made.

use std::sync::Arc;
use std::time::Duration;

use super::Settings;
use super::guard::GuardedResolver;
use crate::error::{Error, ErrorKind};

/// Idle connections are dropped after this: n8n closes its own after 5 s, and a request on a closed one fails.
const IDLE: Duration = Duration::from_secs(4);

/// Whether cookies that a host sets go back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookies {
    Kept,
    #[cfg(feature = "server")]
    Refused,
}

#[allow(clippy::disallowed_methods, reason = "this is the factory that the rest of the crate must use")]
pub(super) fn build(settings: &Settings, cookies: Cookies) -> Result<reqwest::Client, Error> {
    // Fails when the embedding program has chosen a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .pool_idle_timeout(IDLE)
        .cookie_store(cookies == Cookies::Kept)
        // Redirects are followed by hand, each hop checked; proxies of the environment would be a way out nobody chose.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(GuardedResolver { allowed: settings.allow_private.clone() }))
        .build()
        .map_err(|error| Error::new(ErrorKind::Configuration, format!("the HTTP client cannot be built: {error}")).because(error))
}
