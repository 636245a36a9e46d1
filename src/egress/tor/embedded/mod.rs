//! The embedded client: [`Tor`] owns the bootstrap and the front, and nothing of it outlives the last clone.

mod bootstrap;
mod config;
mod dial;
mod engine;
mod front;
mod handshake;
mod identities;
mod network;
mod secret;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use super::{DialError, NotReady, Progress, Settings, State};
use crate::error::{Error, ErrorKind};
use bootstrap::Bootstrap;
use dial::{Dialer, Slot};
use engine::Engine;
use front::Front;
use identities::Identities;

/// Tor inside this process. Cheap to clone; it stops with the last clone.
#[derive(Clone)]
pub struct Tor(Arc<Inner>);

struct Inner {
    /// With the secret in it.
    proxy: Url,
    identities: Arc<Identities>,
    progress: watch::Receiver<Progress>,
    wanted: Arc<Notify>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Tor {
    /// Opens the front on loopback and starts to bootstrap; [`ready`](Self::ready) waits for it. State is kept in
    /// `settings.state_dir`, or else in `default_dir`.
    ///
    /// # Errors
    /// A setting that cannot be followed, a directory that cannot be used, no free port, a call from outside a tokio runtime.
    pub fn launch(settings: &Settings, default_dir: &Path) -> Result<Self, Error> {
        settings.check()?;
        tokio::runtime::Handle::try_current()
            .map_err(|error| Error::new(ErrorKind::Internal, "Tor needs a tokio runtime around it").because(error))?;
        // Fails when the embedding program has chosen a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = config::client(settings, default_dir)?;
        let engine = Engine::create(&config)?;

        let slot = Slot::default();
        let identities = Arc::new(Identities::default());
        let dialer = Dialer::new(slot.clone(), settings.exit_country)?;
        let front = Front::bind(dialer, Arc::clone(&identities))?;
        let proxy = front.proxy().clone();
        let (told, progress) = watch::channel(bootstrap::starting());
        let wanted = Arc::new(Notify::new());
        let bootstrap = Bootstrap { config, timeout: settings.bootstrap_timeout, slot, told, wanted: Arc::clone(&wanted) };

        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(stop.clone().run_until_cancelled_owned(bootstrap.run(engine)));
        tasks.spawn(front.serve(tasks.clone(), stop.clone()));
        tasks.close();
        Ok(Self(Arc::new(Inner { proxy, identities, progress, wanted, stop, tasks })))
    }

    /// How far it has come, now and from now on.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.0.progress.clone()
    }

    /// Waits until Tor can be used. After a failure the same answer comes at once for a while; whoever asks later starts the next
    /// try and waits for it.
    ///
    /// # Errors
    /// Why it cannot be used, and the remedy.
    pub async fn ready(&self) -> Result<(), NotReady> {
        let mut progress = self.progress();
        let now = progress.borrow_and_update().state.clone();
        match now {
            State::Ready => return Ok(()),
            State::Failed { reason, again } => {
                self.0.wanted.notify_one();
                if Instant::now() < again {
                    return Err(reason);
                }
            }
            State::Starting => {}
        }
        while progress.changed().await.is_ok() {
            let now = progress.borrow_and_update().state.clone();
            match now {
                State::Ready => return Ok(()),
                State::Failed { reason, .. } => return Err(reason),
                State::Starting => {}
            }
        }
        Err(NotReady::Stopped)
    }

    /// The proxy of one identity: whatever goes through it shares circuits with nobody else. The URL holds the password of the
    /// front: it belongs into an HTTP client, never into a log. A name has 1 to 255 bytes, or the front cannot be asked.
    pub fn proxy(&self, identity: &str) -> Url {
        let mut url = self.0.proxy.clone();
        // Refused only by URLs without a host, and this one has one.
        let _ = url.set_username(identity);
        url
    }

    /// Why the identity's last connection did not come about; nothing once one did.
    pub fn why(&self, identity: &str) -> Option<DialError> {
        self.0.identities.why(identity)
    }

    /// Retires an identity: whoever uses its name again is somebody else, on other circuits. Open connections stay open.
    pub fn forget(&self, identity: &str) {
        self.0.identities.forget(identity);
    }

    /// Stops at once and returns when every task and connection is gone.
    pub async fn close(self) {
        self.0.stop.cancel();
        self.0.tasks.wait().await;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl fmt::Debug for Tor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tor").field("port", &self.0.proxy.port()).field("progress", &*self.0.progress.borrow()).finish_non_exhaustive()
    }
}
