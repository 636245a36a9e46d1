//! One Tor client with a tokio runtime of its own. A dropped client does not end its tasks: they keep trying, and keep the lock on the
//! directory that the next client needs. They end with their runtime.

use std::sync::Arc;

use arti_client::{BootstrapBehavior, ErrorKind as ArtiKind, HasKind, TorClient, TorClientConfig};
use tokio::runtime::{Builder, Runtime};
use tor_error::ErrorReport;
use tor_rtcompat::PreferredRuntime;

use crate::error::{Error, ErrorKind};

/// The second one is for the work on a new directory, which takes long enough to be felt.
const THREADS: usize = 2;

pub(super) struct Engine {
    pub(super) client: Arc<TorClient<PreferredRuntime>>,
    /// Empty only while it is dropped.
    runtime: Option<Runtime>,
}

impl Engine {
    /// A client that has not touched the network.
    pub(super) fn create(config: &TorClientConfig) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::new(ErrorKind::Storage, "the system gives no threads to Tor").because(error);
        let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("tor").enable_all().build().map_err(failed)?;
        let inside = runtime.enter();
        let created = PreferredRuntime::current().map_err(failed).and_then(|current| client(current, config));
        drop(inside);
        match created {
            Ok(client) => Ok(Self { client, runtime: Some(runtime) }),
            Err(error) => {
                // A runtime must not be dropped where tasks run.
                runtime.shutdown_background();
                Err(error)
            }
        }
    }
}

fn client(runtime: PreferredRuntime, config: &TorClientConfig) -> Result<Arc<TorClient<PreferredRuntime>>, Error> {
    // Manual: a connection must never start a bootstrap that has no deadline.
    let builder = TorClient::with_runtime(runtime).config(config.clone()).bootstrap_behavior(BootstrapBehavior::Manual);
    builder.create_unbootstrapped().map_err(|error| {
        let kind = if is_of_storage(error.kind()) { ErrorKind::Storage } else { ErrorKind::Configuration };
        Error::new(kind, format!("Tor cannot start: {}", error.report())).because(error)
    })
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Without waiting: this may be one of the caller's own tasks.
            runtime.shutdown_background();
        }
    }
}

pub(super) fn is_of_storage(kind: ArtiKind) -> bool {
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
