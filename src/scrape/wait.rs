//! What a job is told while its items wait for Tor: that it starts, and how far it is.

use tokio::sync::watch;

use super::{Engine, Order};
use crate::egress::tor::{Progress, State};
use crate::model::{Route, Waiting};

/// A job is told when the start passes another of these, in percent: a journal is no log.
const STEP: u8 = 10;

/// The start of Tor, as one job sees it.
pub(super) struct Wait {
    /// Nothing where no shop of the job needs Tor, or nothing more will be told.
    progress: Option<watch::Receiver<Progress>>,
    told: Option<u8>,
}

impl Wait {
    /// Starts Tor, if the job needs it. Why it cannot be started is told by the items.
    pub(super) fn of(engine: &Engine, order: &Order) -> Self {
        let stations = engine.stations.iter().filter(|station| order.shops.contains(station.shop.recipe.name()));
        let mut routes = stations.map(|station| station.shop.routes.with(&order.route));
        let is_needed = engine.source.leaves() && routes.any(|routes| [&routes.search, &routes.page].contains(&&Route::Tor));
        let progress = is_needed.then(|| engine.egress.watch_tor()).flatten();
        Self { progress, told: None }
    }

    /// The next thing to tell; nothing when there is nothing more.
    pub(super) async fn next(&mut self) -> Option<Waiting> {
        loop {
            let progress = self.progress.as_mut()?;
            let Progress { percent, sentence, state } = progress.borrow_and_update().clone();
            match state {
                // It does not start again.
                State::Ready => self.progress = None,
                State::Starting if self.told.is_none_or(|told| percent / STEP != told / STEP) => {
                    self.told = Some(percent);
                    return Some(Waiting { route: Route::Tor.to_string(), percent, detail: sentence });
                }
                // The items tell of the failure; the next start is news.
                State::Failed { .. } => {
                    self.told = None;
                    self.change().await;
                }
                State::Starting => self.change().await,
            }
        }
    }

    async fn change(&mut self) {
        if let Some(progress) = &mut self.progress
            && progress.changed().await.is_err()
        {
            self.progress = None;
        }
    }
}
