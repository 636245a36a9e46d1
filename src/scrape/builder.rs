//! How an engine is put together: recipes, what the operator changes about them, and the way out.

use std::collections::BTreeMap;

use super::{Glaneur, Settings, Source};
use crate::egress::{self, Egress};
use crate::error::{Error, ErrorKind};
#[cfg(feature = "server")]
use crate::model::JobId;
#[cfg(feature = "server")]
use crate::pages::Pages;
use crate::plan::{self, ShopSettings};
use crate::recipe::Recipe;

/// See [`Glaneur::builder`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    recipes: Vec<Recipe>,
    shops: BTreeMap<String, ShopSettings>,
    egress: egress::Settings,
    scrape: Settings,
    trusted: Vec<String>,
    source: Option<Source>,
}

impl Builder {
    /// Adds a shop, or replaces the built-in one of the same name.
    pub fn recipe(mut self, recipe: Recipe) -> Self {
        self.recipes.push(recipe);
        self
    }

    /// Changes what a shop's recipe says about origin, pace and deadlines.
    pub fn shop(mut self, name: impl Into<String>, settings: ShopSettings) -> Self {
        self.shops.insert(name.into(), settings);
        self
    }

    pub fn egress(mut self, settings: egress::Settings) -> Self {
        self.egress = settings;
        self
    }

    pub fn settings(mut self, settings: Settings) -> Self {
        self.scrape = settings;
        self
    }

    /// The store that copies of pages go to, and come from where a batch says how old they may be.
    #[cfg(feature = "server")]
    pub fn pages(mut self, pages: Pages) -> Self {
        self.source = Some(Source::Shops(Some(pages)));
        self
    }

    /// Reads the pages that were kept for a job, the answers of searches among them, and nothing else: no shop is asked, whatever
    /// is missing. What was not kept is `UNREACHABLE`.
    #[cfg(feature = "server")]
    pub fn kept(mut self, pages: Pages, job: JobId) -> Self {
        self.source = Some(Source::Kept(pages, job));
        self
    }

    /// Hosts that the operator named exactly, as webhook receivers: they may be private.
    #[cfg(feature = "server")]
    pub(crate) fn trust(mut self, hosts: Vec<String>) -> Self {
        self.trusted = hosts;
        self
    }

    /// The engine, with the built-in recipes and those added.
    ///
    /// # Errors
    /// Settings for a shop that has no recipe, an origin that is none, a limit of zero.
    #[allow(clippy::unused_async, reason = "routes that need a start-up, such as Tor, are opened here")]
    pub async fn build(self) -> Result<Glaneur, Error> {
        for (key, zero) in [
            ("scrape.items_in_work", self.scrape.items_in_work == 0),
            ("scrape.items_waiting", self.scrape.items_waiting == 0),
            ("scrape.hits", self.scrape.hits == 0),
        ] {
            if zero {
                return Err(Error::new(ErrorKind::Configuration, format!("{key} is 0; it must be at least 1")).field(key));
            }
        }
        let mut recipes = Recipe::builtin();
        for recipe in self.recipes {
            match recipes.iter_mut().find(|known| known.name() == recipe.name()) {
                Some(known) => *known = recipe,
                None => recipes.push(recipe),
            }
        }
        let egress = Egress::new(&self.egress, &self.trusted)?;
        let shops = plan::shops(&recipes, &self.shops, &egress.routes())?;
        let source = self.source.unwrap_or(Source::Shops(None));
        if source.leaves() {
            for shop in &shops {
                egress.warm_up(&shop.routes)?;
            }
        }
        Ok(Glaneur::open(self.scrape, egress, source, shops))
    }
}
