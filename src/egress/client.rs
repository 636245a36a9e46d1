//! The one place where an HTTP client is made. Each is told how it leaves; there is none that was not.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls_platform_verifier::ConfigVerifierExt;
use url::Url;

use super::Settings;
use super::guard::{Guard, ProxyOnly};
use crate::error::{Error, ErrorKind};

/// Idle connections are dropped after this: n8n closes its own after 5 s, and a request on a closed one fails.
const IDLE: Duration = Duration::from_secs(4);
/// TLS sessions that one identity may resume.
const SESSIONS: usize = 32;

/// Whether cookies that a host sets go back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookies {
    Kept,
    #[cfg(feature = "server")]
    Refused,
}

/// How a client's requests leave.
pub(super) enum Leave {
    Direct,
    /// With the password in it.
    Through(Url),
}

/// What all clients share of TLS: it is made once, because reading the system's certificates takes milliseconds.
pub(super) fn tls() -> Result<rustls::ClientConfig, Error> {
    // Fails when the embedding program has chosen a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = rustls::ClientConfig::with_platform_verifier()
        .map_err(|error| Error::new(ErrorKind::Configuration, format!("TLS cannot be set up: {error}")).because(error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[allow(clippy::disallowed_methods, reason = "this is the factory that the rest of the crate must use")]
pub(super) fn build(
    settings: &Settings,
    guard: &Guard,
    tls: &rustls::ClientConfig,
    leave: &Leave,
    cookies: Cookies,
) -> Result<reqwest::Client, Error> {
    let failed = |error: reqwest::Error| Error::new(ErrorKind::Configuration, format!("the HTTP client cannot be built: {error}"));
    let mut tls = tls.clone();
    // A session that another identity began would link the two.
    tls.resumption = Resumption::in_memory_sessions(SESSIONS);
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .pool_idle_timeout(IDLE)
        .http1_max_headers(settings.max_headers)
        .http2_max_header_list_size(u32::try_from(settings.max_head_bytes).unwrap_or(u32::MAX))
        .cookie_store(cookies == Cookies::Kept)
        // Redirects are followed by hand, each hop checked; proxies of the environment would be a way out nobody chose.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    let builder = match leave {
        Leave::Direct => builder.dns_resolver(Arc::new(guard.clone())),
        Leave::Through(proxy) => {
            let resolver = ProxyOnly::new(guard, proxy.host_str().unwrap_or_default());
            let proxy = reqwest::Proxy::all(proxy.clone()).map_err(|error| failed(error.without_url()))?;
            builder.proxy(proxy).dns_resolver(Arc::new(resolver))
        }
    };
    builder.build().map_err(|error| failed(error.without_url()))
}
