//! Where a page comes from: the request that somebody else has under way for it, or the shop.

use std::sync::Arc;

use super::inquiry::{Inquiry, Outcome, Setback};
use crate::model::{Page, Phase, Request};
use crate::pages::Key;

/// A page that came, for as many as want it.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) page: Arc<Page>,
    /// The shop says with it that the product is gone.
    pub(super) gone: Option<Outcome>,
}

/// What one request came to, good or bad, as all who waited for it hear it.
pub(super) type Attempt = Result<Received, Setback>;

impl Inquiry<'_> {
    pub(super) async fn fetch(&mut self, request: &Request, phase: Phase) -> Result<Received, Outcome> {
        let received = self.ask_shop(request, phase).await?;
        match received.gone {
            Some(outcome) => Err(outcome),
            None => Ok(received),
        }
    }

    /// One request, shared with whoever wants the same page meanwhile. A search asks and changes nothing, so that one is shared even
    /// where the shop has it as a form.
    pub(super) async fn share(&mut self, request: &Request, phase: Phase) -> Attempt {
        // Who waits for somebody else's request takes up no room either.
        self.at_work = None;
        let (engine, station) = (self.engine, self.station);
        let recipe = &station.shop.recipe;
        let key = Key::new(recipe.name(), request, self.errand.routes.of(phase), recipe.robots());
        let attempt = async {
            match self.fetch_once(request, phase).await {
                Err(Setback::Late(outcome)) => Err(Setback::Late(outcome)),
                told => Ok(told),
            }
        };
        let told = engine.under_way.share(key, attempt).await.flatten();
        if told.is_ok() && self.at_work.is_none() {
            self.at_work = self.room.enter().await;
        }
        told
    }
}
