//! Tor when somebody wants it: the first who does starts it, and nobody else pays for it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use url::Url;

use super::guard::Guard;
use super::tor::{DialError, Progress, Settings, Tor};
use crate::error::{Error, ErrorKind};

/// Beside the default `data_dir`; the configuration puts its own there.
const DEFAULT_DIR: &str = "data/tor";

#[derive(Debug)]
pub(super) struct LazyTor {
    settings: Settings,
    guard: Guard,
    running: Mutex<Option<Tor>>,
}

impl LazyTor {
    pub(super) fn new(settings: Settings, guard: Guard) -> Self {
        Self { settings, guard, running: Mutex::new(None) }
    }

    fn running(&self) -> Option<Tor> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts it, unless it runs.
    pub(super) fn launch(&self) -> Result<Tor, Error> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tor) = &*running {
            return Ok(tor.clone());
        }
        let directory = self.settings.state_dir.as_deref().unwrap_or(Path::new(DEFAULT_DIR));
        let tor = Tor::launch(&self.settings, directory)?;
        self.guard.add_listeners(&tor.proxy("").socket_addrs(|| None).unwrap_or_default());
        Ok(running.insert(tor).clone())
    }

    /// Waits until it can be used.
    pub(super) async fn ready(&self) -> Result<(), Error> {
        let tor = self.launch()?;
        tor.ready().await.map_err(|reason| Error::new(ErrorKind::Unavailable, reason.to_string()).because(reason))
    }

    pub(super) fn proxy(&self, identity: &str) -> Result<Url, Error> {
        Ok(self.launch()?.proxy(identity))
    }

    pub(super) fn why(&self, identity: &str) -> Option<DialError> {
        self.running()?.why(identity)
    }

    pub(super) fn forget(&self, identity: &str) {
        if let Some(tor) = self.running() {
            tor.forget(identity);
        }
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        Some(self.running()?.progress().borrow().clone())
    }
}
