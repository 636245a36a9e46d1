//! `[server.tls]`: certificate, key and, for mTLS, who signs callers. Files that change are read again; connections that stand keep
//! what they began with.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde::Deserialize;
use tokio::sync::watch;

use super::certificate;

/// Between two looks at the files.
const LOOK: Duration = Duration::from_secs(1);
/// A certificate that ends sooner is worth a word, at the start and once a day.
const SOON: jiff::SignedDuration = jiff::SignedDuration::from_hours(14 * 24);
const LOOKS_A_DAY: u32 = 24 * 60 * 60;

/// Files in PEM. With `client_ca` a caller needs a certificate that one of these signed, and a token besides.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Our certificate, and those between it and its root.
    pub cert: PathBuf,
    pub key: PathBuf,
    pub client_ca: Option<PathBuf>,
}

/// A file that cannot be used, by its key in `[server.tls]`.
#[derive(Debug)]
pub struct TlsError {
    pub key: &'static str,
    pub message: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server.tls.{}: {}", self.key, self.message)
    }
}

impl TlsError {
    fn of(key: &'static str, file: &Path, why: impl fmt::Display) -> Self {
        Self { key, message: format!("{} {why}", file.display()) }
    }
}

impl TlsSettings {
    /// # Errors
    /// A file that is missing or holds something else, a key that is another certificate's, a certificate that has expired.
    pub fn check(&self) -> Result<(), TlsError> {
        self.load().map(drop)
    }

    fn load(&self) -> Result<Loaded, TlsError> {
        let chain = certificates("cert", &self.cert)?;
        let expires_at = certificate::expiry(&chain[0]);
        if expires_at.is_some_and(|at| at <= Timestamp::now()) {
            return Err(TlsError::of("cert", &self.cert, format_args!("expired at {}: renew it", shown(expires_at))));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| TlsError::of("key", &self.key, format_args!("holds no key that can be used ({error}): name a PEM file")))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let unfit = |error| TlsError::of("key", &self.key, format_args!("cannot be used with {}: {error}", self.cert.display()));
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().map_err(unfit)?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(file) => {
                let refused = |error: &dyn fmt::Display| TlsError::of("client_ca", file, format_args!("cannot be used: {error}"));
                let mut roots = RootCertStore::empty();
                for root in certificates("client_ca", file)? {
                    roots.add(root).map_err(|error| refused(&error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.map_err(|error| refused(&error))?)
            }
        };
        let mut config = builder.with_single_cert(chain, key).map_err(unfit)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Loaded { config: Arc::new(config), expires_at })
    }

    fn stamps(&self) -> Vec<Option<(SystemTime, u64)>> {
        let files = [Some(&self.cert), Some(&self.key), self.client_ca.as_ref()];
        files.into_iter().flatten().map(|file| std::fs::metadata(file).and_then(|file| Ok((file.modified()?, file.len()))).ok()).collect()
    }
}

fn certificates(key: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unread = |error| TlsError::of(key, file, format_args!("cannot be read as PEM ({error}): name a file of certificates"));
    let all: Vec<_> = CertificateDer::pem_file_iter(file).map_err(unread)?.collect::<Result<_, _>>().map_err(unread)?;
    if all.is_empty() { Err(TlsError::of(key, file, "holds no certificate: name a PEM file")) } else { Ok(all) }
}

fn shown(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "an unknown time".to_owned(), |at| at.to_string())
}

#[derive(Clone, Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    /// Absent where the certificate does not say it in a way that is understood.
    expires_at: Option<Timestamp>,
}

/// What new connections are met with.
#[derive(Debug)]
pub(super) struct Tls {
    settings: TlsSettings,
    current: watch::Sender<Loaded>,
}

impl Tls {
    pub(super) fn open(settings: &TlsSettings) -> Result<Self, TlsError> {
        let loaded = settings.load()?;
        tell(&loaded);
        Ok(Self { settings: settings.clone(), current: watch::Sender::new(loaded) })
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.borrow().config)
    }

    /// Follows the files for as long as it is polled. What cannot be used is told once per change, and the old certificate stays.
    pub(super) async fn follow(&self) {
        let (mut seen, mut looks) = (self.settings.stamps(), 0);
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.settings.stamps();
            if now != seen {
                // Certificate and key are written one after the other.
                tokio::time::sleep(LOOK / 2).await;
                seen = now;
                match self.settings.load() {
                    Ok(loaded) => {
                        tell(&loaded);
                        self.current.send_replace(loaded);
                    }
                    Err(error) => tracing::error!("new TLS files are not taken, the old ones stay: {error}"),
                }
            }
            looks += 1;
            if looks % LOOKS_A_DAY == 0 {
                tell(&self.current.borrow());
            }
        }
    }
}

fn tell(Loaded { expires_at, .. }: &Loaded) {
    let expires = shown(*expires_at);
    match expires_at.map(|at| at.duration_since(Timestamp::now())) {
        Some(left) if left < SOON => tracing::warn!(expires, "the TLS certificate expires soon: renew it, it is read again by itself"),
        _ => tracing::info!(expires, "TLS certificate in use"),
    }
}
