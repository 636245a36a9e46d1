//! Where a page comes from: a copy that is young enough, the request that somebody else has under way for it, or the shop; or else,
//! when a job is read again, what was kept for it and nothing beside.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::Source;
use super::inquiry::{Inquiry, Outcome, Setback, refusal};
use crate::egress::Fetched;
use crate::metrics::Origin;
use crate::model::{JobId, Method, Page, Phase, Request, ShopStatus, Validators};
use crate::pages::{Entry, Key, Pages, Stay, Stored};

/// A page that came, for as many as want it.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) page: Arc<Page>,
    /// Of a copy.
    pub(super) age: Option<Duration>,
    /// The shop says with it that the product is gone.
    pub(super) gone: Option<Outcome>,
    validators: Validators,
    /// The stored page that it renews.
    renews: Option<i64>,
}

/// What one request came to, good or bad, as all who waited for it hear it.
pub(super) type Attempt = Result<Received, Setback>;

impl Received {
    pub(super) fn fetched(fetched: Fetched, gone: Option<Outcome>) -> Self {
        Self { page: Arc::new(fetched.page), age: None, gone, validators: fetched.validators, renews: None }
    }

    /// The shop said that the copy is what it has now.
    pub(super) fn renewed(stale: &Stored, at: Timestamp) -> Self {
        let page = Page { retrieved_at: at, ..(*stale.page).clone() };
        Self { page: Arc::new(page), age: None, gone: None, validators: stale.validators.clone(), renews: Some(stale.number) }
    }

    fn origin(&self, source: &Source) -> Origin {
        match source {
            Source::Kept(..) => Origin::Kept,
            Source::Shops(_) if self.renews.is_some() => Origin::Renewed,
            Source::Shops(_) if self.age.is_some() => Origin::Copy,
            Source::Shops(_) => Origin::Shop,
        }
    }

    fn copy(page: Arc<Page>, validators: Validators) -> Self {
        Self { age: age(&page), page, gone: None, validators, renews: None }
    }
}

/// Nothing for a page from the future: the clock was set back, and nobody knows.
fn age(page: &Page) -> Option<Duration> {
    Timestamp::now().duration_since(page.retrieved_at).try_into().ok()
}

impl Inquiry<'_> {
    pub(super) async fn fetch(&mut self, request: &Request, phase: Phase) -> Result<Received, Outcome> {
        let (engine, recipe) = (self.engine, &self.station.shop.recipe);
        let key = Key::new(recipe.name(), request, self.errand.routes.of(phase), recipe.robots());
        let received = match &engine.source {
            Source::Shops(None) => self.ask_shop(&key, request, phase, None).await?,
            Source::Shops(Some(pages)) => self.copy_or_ask(pages, &key, request, phase).await?,
            Source::Kept(pages, job) => self.read_kept(pages, job, &key, request).await?,
        };
        engine.meter.page(received.origin(&engine.source));
        match received.gone {
            Some(outcome) => Err(outcome.aged(received.age)),
            None => Ok(received),
        }
    }

    async fn copy_or_ask(&mut self, pages: &Pages, key: &Key, request: &Request, phase: Phase) -> Result<Received, Outcome> {
        let max_age = self.errand.max_age.unwrap_or(pages.max_age());
        let copy = if max_age.is_zero() { None } else { self.copy(pages, key, request, phase).await };
        let is_fresh = |copy: &Stored| age(&copy.page).is_some_and(|age| age <= max_age);
        let received = match copy {
            Some(copy) if is_fresh(&copy) => {
                self.at_work = self.room.enter().await;
                Received::copy(copy.page, copy.validators)
            }
            // Only for a GET a 304 means what we take it for.
            copy => {
                let stale = copy.filter(|copy| request.method == Method::Get && !copy.validators.is_empty());
                self.ask_shop(key, request, phase, stale.as_ref()).await?
            }
        };
        let entry = Entry { page: received.page.clone(), validators: received.validators.clone(), renews: received.renews };
        pages.put(key, entry, Stay { max_age, job: self.errand.keep.clone() }).await;
        Ok(received)
    }

    /// A copy, of any age, of a page that could be asked for now: what the guard or robots.txt refuses today is not had from yesterday.
    async fn copy(&self, pages: &Pages, key: &Key, request: &Request, phase: Phase) -> Option<Stored> {
        let copy = pages.newest(key).await?;
        let (egress, reach, route) = (&self.engine.egress, &self.station.reach, self.errand.routes.of(phase));
        for url in [&request.url, &copy.page.url] {
            egress.admits(url, reach, route).await.ok().filter(|()| self.is_permitted(url))?;
        }
        refusal(self.station, &copy.page, &request.url).is_none().then_some(copy)
    }

    async fn read_kept(&mut self, pages: &Pages, job: &JobId, key: &Key, request: &Request) -> Result<Received, Outcome> {
        self.at_work = self.room.enter().await;
        match pages.kept(job, key).await {
            Ok(page) => {
                let gone = refusal(self.station, &page, &request.url);
                Ok(Received { gone, ..Received::copy(Arc::new(page), Validators::default()) })
            }
            Err(missing) => Err(Outcome::failed(ShopStatus::Unreachable, missing.to_string()).at(&request.url)),
        }
    }

    /// One request, shared with whoever wants the same page meanwhile. A search asks and changes nothing, so that one is shared even
    /// where the shop has it as a form.
    pub(super) async fn share(&mut self, key: &Key, request: &Request, phase: Phase, stale: Option<&Stored>) -> Attempt {
        // Who waits for somebody else's request takes up no room either.
        self.at_work = None;
        let engine = self.engine;
        let attempt = async {
            match self.fetch_once(request, phase, stale).await {
                Err(Setback::Late(outcome)) => Err(Setback::Late(outcome)),
                told => Ok(told),
            }
        };
        let told = engine.under_way.share(key.clone(), attempt).await.flatten();
        if told.is_ok() && self.at_work.is_none() {
            self.at_work = self.room.enter().await;
        }
        told
    }
}
