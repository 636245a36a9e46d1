//! From nothing to a Tor that can be used, under a deadline, and again after a failure when somebody wants it.

use std::sync::Arc;
use std::time::Duration;

use arti_client::status::{BlockageKind, BootstrapStatus};
use arti_client::{BootstrapBehavior, HasKind, TorClient, TorClientConfig};
use futures::StreamExt;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tor_error::{ErrorKind as ArtiKind, ErrorReport};
use tor_rtcompat::PreferredRuntime;

use super::dial::{Client, Slot};
use super::{NotReady, Progress, State};
use crate::error::{Error, ErrorKind};

/// The wait for the locks of the client before, which lets go of them when its tasks have ended.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Progress is logged when it passes another of these.
const LOG_STEP: u8 = 10;

pub(super) struct Bootstrap {
    pub(super) runtime: PreferredRuntime,
    pub(super) config: TorClientConfig,
    pub(super) timeout: Duration,
    pub(super) slot: Slot,
    pub(super) told: watch::Sender<Progress>,
    pub(super) wanted: Arc<Notify>,
}

/// A client that has not touched the network.
pub(super) fn create(runtime: &PreferredRuntime, config: &TorClientConfig) -> Result<Client, Error> {
    builder(runtime, config).create_unbootstrapped().map_err(|error| {
        let kind = if is_of_storage(error.kind()) { ErrorKind::Storage } else { ErrorKind::Configuration };
        Error::new(kind, format!("Tor cannot start: {}", error.report())).because(error)
    })
}

fn builder(runtime: &PreferredRuntime, config: &TorClientConfig) -> arti_client::TorClientBuilder<PreferredRuntime> {
    // Manual: a connection must never start a bootstrap that has no deadline.
    TorClient::with_runtime(runtime.clone()).config(config.clone()).bootstrap_behavior(BootstrapBehavior::Manual)
}

impl Bootstrap {
    /// Ends once Tor is ready. Until then each failure is told, and the next try waits for somebody who wants it.
    pub(super) async fn run(self, first: Client) {
        let mut tried = self.attempt(first).await;
        while let Err(reason) = tried {
            self.fail(reason);
            tokio::time::sleep(self.pause()).await;
            self.wanted.notified().await;
            self.told.send_replace(Progress::starting());
            tried = self.again().await;
        }
        tracing::info!("Tor is ready");
        self.told.send_replace(Progress { percent: 100, sentence: "ready".to_owned(), state: State::Ready });
    }

    /// With a new client: the last one would hold it against the relays that they did not answer, for minutes.
    async fn again(&self) -> Result<(), NotReady> {
        let created = builder(&self.runtime, &self.config).local_resource_timeout(LOCK_TIMEOUT).create_unbootstrapped_async().await;
        self.attempt(created.map_err(|error| not_ready(&error))?).await
    }

    async fn attempt(&self, client: Client) -> Result<(), NotReady> {
        let mut events = client.bootstrap_events();
        let mut bootstrap = Box::pin(client.bootstrap());
        let mut deadline = std::pin::pin!(tokio::time::sleep(self.timeout));
        let mut logged = 0;
        loop {
            tokio::select! {
                done = &mut bootstrap => break done.map_err(|error| not_ready(&error))?,
                Some(status) = events.next() => self.tell(&status, &mut logged),
                () = &mut deadline => return Err(overdue(&client.bootstrap_status(), self.timeout)),
            }
        }
        drop(bootstrap);
        self.slot.fill(client);
        Ok(())
    }

    fn tell(&self, status: &BootstrapStatus, logged: &mut u8) {
        let (percent, sentence) = (percent(status), status.to_string());
        if percent / LOG_STEP > *logged / LOG_STEP || *logged == 0 {
            tracing::info!(percent, "Tor is starting: {sentence}");
            *logged = percent.max(1);
        }
        self.told.send_replace(Progress { percent, sentence, state: State::Starting });
    }

    fn fail(&self, reason: NotReady) {
        tracing::warn!("{reason}");
        let again = Instant::now() + self.pause();
        let percent = self.told.borrow().percent;
        self.told.send_replace(Progress { percent, sentence: reason.to_string(), state: State::Failed { reason, again } });
    }

    /// Long enough that a network that is down is not hammered, and short against the wait for it.
    fn pause(&self) -> Duration {
        self.timeout / 3
    }
}

/// 100 is for a client that is ready.
fn percent(status: &BootstrapStatus) -> u8 {
    let whole = (status.as_frac() * 100.0).clamp(0.0, 99.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 99")]
    let percent = whole as u8;
    percent
}

fn overdue(status: &BootstrapStatus, timeout: Duration) -> NotReady {
    let blocked = status.blocked().map(|blockage| (blockage.kind(), blockage.message().to_string()));
    match blocked {
        Some((BlockageKind::Offline, detail)) => NotReady::Offline { detail },
        Some((BlockageKind::Filtering, detail)) => NotReady::Filtered { detail },
        Some((BlockageKind::ClockSkewed, detail)) => NotReady::Clock { detail },
        Some((BlockageKind::CantReachTor | BlockageKind::CantBootstrap, detail)) => NotReady::Unreachable { detail },
        _ => NotReady::Timeout { seconds: timeout.as_secs(), percent: percent(status), detail: status.to_string() },
    }
}

fn not_ready(error: &arti_client::Error) -> NotReady {
    let (kind, detail) = (error.kind(), error.report().to_string());
    match kind {
        kind if is_of_storage(kind) => NotReady::Storage { detail },
        ArtiKind::ClockSkew => NotReady::Clock { detail },
        ArtiKind::TorAccessFailed
        | ArtiKind::LocalNetworkError
        | ArtiKind::TorNetworkTimeout
        | ArtiKind::TorDirectoryError
        | ArtiKind::TorDirectoryUnusable
        | ArtiKind::TorDocumentRejected
        | ArtiKind::TorProtocolViolation
        | ArtiKind::DirectoryExpired => NotReady::Unreachable { detail },
        _ => NotReady::Internal { detail },
    }
}

fn is_of_storage(kind: ArtiKind) -> bool {
    matches!(
        kind,
        ArtiKind::FsPermissions
            | ArtiKind::PersistentStateAccessFailed
            | ArtiKind::PersistentStateCorrupted
            | ArtiKind::CacheAccessFailed
            | ArtiKind::CacheCorrupted
            | ArtiKind::LocalResourceAlreadyInUse
    )
}
