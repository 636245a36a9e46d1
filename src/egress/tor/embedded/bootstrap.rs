//! From nothing to a Tor that can be used, under a deadline, and again after a failure when somebody wants it.

use std::sync::Arc;
use std::time::Duration;

use arti_client::status::{BlockageKind, BootstrapStatus};
use arti_client::{HasKind, TorClientConfig};
use futures::StreamExt;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tor_error::{ErrorKind as ArtiKind, ErrorReport};

use super::dial::Slot;
use super::engine::{self, Engine};
use super::{NotReady, Progress, State};

/// Progress is logged when it passes another of these.
const LOG_STEP: u8 = 10;

pub(super) struct Bootstrap {
    pub(super) config: TorClientConfig,
    pub(super) timeout: Duration,
    pub(super) slot: Slot,
    pub(super) told: watch::Sender<Progress>,
    pub(super) wanted: Arc<Notify>,
}

/// Nothing is known yet.
pub(super) fn starting() -> Progress {
    Progress { percent: 0, sentence: "starting".to_owned(), state: State::Starting }
}

impl Bootstrap {
    /// Ends once Tor is ready. Until then each failure is told, and the next try waits for somebody who wants it.
    pub(super) async fn run(self, first: Engine) {
        let mut tried = self.attempt(first).await;
        while let Err(reason) = tried {
            self.fail(reason);
            tokio::time::sleep(self.pause()).await;
            self.wanted.notified().await;
            self.told.send_replace(starting());
            tried = self.again().await;
        }
        tracing::info!("Tor is ready");
        self.told.send_replace(Progress { percent: 100, sentence: "ready".to_owned(), state: State::Ready });
    }

    /// With a new client: the last one would hold it against the relays that they did not answer, for minutes, and answers a second
    /// call to bootstrap with success.
    async fn again(&self) -> Result<(), NotReady> {
        let config = self.config.clone();
        match tokio::task::spawn_blocking(move || Engine::create(&config)).await {
            Ok(Ok(engine)) => self.attempt(engine).await,
            Ok(Err(error)) => Err(NotReady::Storage { detail: error.to_string() }),
            Err(defect) => Err(NotReady::Internal { detail: defect.to_string() }),
        }
    }

    async fn attempt(&self, engine: Engine) -> Result<(), NotReady> {
        let client = &engine.client;
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
        self.slot.fill(engine);
        Ok(())
    }

    fn tell(&self, status: &BootstrapStatus, logged: &mut u8) {
        // The first word of a new client is that nobody has told it to start, which we just did.
        if status.blocked().is_some_and(|blockage| matches!(blockage.kind(), BlockageKind::Disabled)) {
            return;
        }
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
    let whole = (status.as_frac() * 100.0).round().clamp(0.0, 99.0);
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
        kind if engine::is_of_storage(kind) => NotReady::Storage { detail },
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
