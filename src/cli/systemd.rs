//! What systemd is told of `glaneur serve`: ready, stopping, how things stand, and that the journal still writes. Started by anybody
//! else nothing is said. Never decides anything.

use std::convert::Infallible;
use std::time::Duration;

use glaneur::journal::Journal;
use glaneur::shutdown::Shutdown;
use sd_notify::NotifyState;

/// Everything that dependents wait for is there: the journal is open, the port is bound.
pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Speaks for as long as it is polled.
pub(super) async fn keep_told(journal: Journal, shutdown: Shutdown) -> Infallible {
    let stopping = async {
        shutdown.drain.cancelled().await;
        tell(&[NotifyState::Stopping, NotifyState::Status("draining: items in work are finished, nothing new is taken")]);
    };
    let failing = async {
        let failure = journal.failed().await;
        tell(&[NotifyState::Status(&failure.to_string())]);
    };
    tokio::join!(stopping, failing, beat(&journal));
    std::future::pending().await
}

/// Twice as often as `WatchdogSec=` asks, and only while a write comes back: a process whose journal stands still is started again.
async fn beat(journal: &Journal) {
    let Some(patience) = sd_notify::watchdog_enabled() else { return };
    let pause = (patience / 2).max(Duration::from_millis(1));
    loop {
        match tokio::time::timeout(pause, journal.beat()).await {
            Ok(Ok(())) => tell(&[NotifyState::Watchdog]),
            Ok(Err(error)) => tracing::warn!(%error, "the watchdog is not told that the journal writes"),
            Err(_) => tracing::warn!("the watchdog is not told that the journal writes: it does not answer"),
        }
        tokio::time::sleep(pause).await;
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd cannot be told how we are");
    }
}
