//! One connection through Tor, and what went wrong with it in our words.

use std::sync::{Arc, PoisonError, RwLock};

use arti_client::{DataStream, ErrorKind as ArtiKind, HasKind, IsolationToken, StreamPrefs};
use tor_error::ErrorReport;

use super::super::{Country, DialErrorKind};
use super::DialError;
use super::engine::Engine;
use crate::error::Error;

/// The client, once it is ready: one that is bootstrapping lets everybody wait, however long it takes.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<RwLock<Option<Arc<Engine>>>>);

impl Slot {
    pub(super) fn fill(&self, engine: Engine) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(engine));
    }

    fn get(&self) -> Option<Arc<Engine>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(super) struct Dialer {
    slot: Slot,
    prefs: StreamPrefs,
}

impl Dialer {
    pub(super) fn new(slot: Slot, country: Option<Country>) -> Result<Self, Error> {
        let mut prefs = StreamPrefs::new();
        if let Some(country) = country {
            restrict(&mut prefs, country)?;
        }
        Ok(Self { slot, prefs })
    }

    /// Connects to a host on the circuits of one identity. Private and loopback addresses are refused by the client's own filter.
    pub(super) async fn dial(&self, host: &str, port: u16, token: IsolationToken) -> Result<DataStream, DialError> {
        let failure = |kind, detail| DialError { target: format!("{host}:{port}"), kind, detail };
        let Some(engine) = self.slot.get() else {
            return Err(failure(DialErrorKind::TorDown, "it is not ready".to_owned()));
        };
        let mut prefs = self.prefs.clone();
        prefs.set_isolation(token);
        engine
            .client
            .connect_with_prefs((host, port), &prefs)
            .await
            .map_err(|error| failure(kind(error.kind()), error.report().to_string()))
    }
}

#[cfg(feature = "tor-country")]
fn restrict(prefs: &mut StreamPrefs, country: Country) -> Result<(), Error> {
    let refused = |error| Error::new(crate::ErrorKind::Configuration, format!("Tor knows no country {country}")).because(error);
    prefs.exit_country(country.to_string().parse().map_err(refused)?);
    Ok(())
}

/// Refused before, by the check of the settings.
#[cfg(not(feature = "tor-country"))]
fn restrict(_: &mut StreamPrefs, _: Country) -> Result<(), Error> {
    Ok(())
}

fn kind(kind: ArtiKind) -> DialErrorKind {
    match kind {
        ArtiKind::ForbiddenStreamTarget
        | ArtiKind::InvalidStreamTarget
        | ArtiKind::OnionServiceAddressInvalid
        | ArtiKind::FeatureDisabled => DialErrorKind::ForbiddenTarget,
        ArtiKind::ExitPolicyRejected => DialErrorKind::ExitPolicy,
        ArtiKind::RemoteConnectionRefused => DialErrorKind::Refused,
        ArtiKind::RemoteHostNotFound | ArtiKind::RemoteHostResolutionFailed => DialErrorKind::NoSuchHost,
        ArtiKind::RemoteNetworkTimeout | ArtiKind::ExitTimeout | ArtiKind::TorNetworkTimeout => DialErrorKind::Timeout,
        ArtiKind::RemoteNetworkFailed | ArtiKind::RemoteStreamClosed | ArtiKind::RemoteStreamReset | ArtiKind::RemoteStreamError => {
            DialErrorKind::Unreachable
        }
        ArtiKind::NoExit => DialErrorKind::NoExit,
        ArtiKind::CircuitCollapse
        | ArtiKind::CircuitRefused
        | ArtiKind::RelayTooBusy
        | ArtiKind::TransientFailure
        | ArtiKind::TorProtocolViolation
        | ArtiKind::RelayIdMismatch
        | ArtiKind::NoPath => DialErrorKind::Circuit,
        ArtiKind::BootstrapRequired
        | ArtiKind::TorAccessFailed
        | ArtiKind::LocalNetworkError
        | ArtiKind::DirectoryExpired
        | ArtiKind::TorDirectoryError
        | ArtiKind::TorDirectoryUnusable
        | ArtiKind::TorDocumentRejected
        | ArtiKind::ClockSkew
        | ArtiKind::SoftwareDeprecated
        | ArtiKind::ReactorShuttingDown
        | ArtiKind::ArtiShuttingDown => DialErrorKind::TorDown,
        // The list of arti is open; what is not a word about the network happened here.
        _ => DialErrorKind::Internal,
    }
}
