//! What a shop adds: its recipe as data, and the interpreter. Pure and synchronous; never opens a socket, never trusts a hit.
//!
//! A recipe is a TOML file (docs/recipes.md). It says how the shop is asked for a barcode, how links are found in the answer,
//! which rules read the page before the generic readers do, and how politely to go about it.

mod compile;
pub mod draft;
mod error;
mod fields;
mod format;
mod reading;
mod refusal;
mod robots;
mod rule;
mod search;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

pub use error::{RecipeError, RecipeFault};
pub use reading::Reading;
pub use refusal::Refusal;
pub use robots::RobotsPolicy;
pub use search::{SearchAnswer, SearchStep};

use crate::model::{Currency, Gtin, MediaMode, Page, Request, RouteWish, ShopName, host_of};

/// A shop as data. Cheap to clone.
///
/// ```
/// let toml = r#"
/// name = "example"
/// title = "Example"
/// origin = "https://www.shop.example"
/// [[search]]
/// path = "/search"
/// query = { q = "{ean}" }
/// hits = { css = "a.product" }
/// "#;
/// let recipe = glaneur::Recipe::parse(toml, "example.toml")?;
/// assert_eq!(recipe.title(), "Example");
/// # Ok::<(), glaneur::RecipeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recipe(Arc<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    name: ShopName,
    title: String,
    /// The shop's own origin, as the recipe names it.
    home: Url,
    /// Where the shop is asked: `home`, unless the configuration replaces it.
    origin: Url,
    search_origin: Option<Url>,
    hosts: Vec<String>,
    currency: Option<Currency>,
    language: Option<String>,
    pace: Pace,
    deadline: Duration,
    attempts: u32,
    media: Option<MediaMode>,
    route: RouteWish,
    robots: RobotsPolicy,
    values: BTreeMap<String, String>,
    steps: Vec<SearchStep>,
    page: fields::Page,
    reading: Reading,
}

/// How politely a shop is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Requests under way at once.
    pub concurrency: usize,
    /// Least time from the start of one request to the start of the next.
    pub interval: Duration,
    /// Up to this much is added to the interval, at random.
    pub jitter: Duration,
}

/// The built-in recipes, in the order in which shops are shown.
const BUILTIN: [(&str, &str); 3] = [
    ("cocooncenter.toml", include_str!("builtin/cocooncenter.toml")),
    ("pharma-gdd.toml", include_str!("builtin/pharma-gdd.toml")),
    ("pharmacie-drakkars.toml", include_str!("builtin/pharmacie-drakkars.toml")),
];

impl Recipe {
    /// Reads a recipe; `file` names it in errors. Everything is checked here: a recipe that parses can be used.
    pub fn parse(toml: &str, file: &str) -> Result<Self, RecipeError> {
        Ok(Self(Arc::new(compile::recipe(toml, file)?)))
    }

    /// The recipes that come with the program: `cocooncenter`, `pharma-gdd`, `drakkars`.
    pub fn builtin() -> Vec<Self> {
        // That each of them parses is a test's business.
        BUILTIN.iter().filter_map(|(file, toml)| Self::parse(toml, file).ok()).collect()
    }

    /// The text of a built-in recipe: the model for a corrected or a new one.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        BUILTIN
            .iter()
            .find(|(file, toml)| Self::parse(toml, file).is_ok_and(|recipe| recipe.name().as_str() == name))
            .map(|(_, toml)| *toml)
    }

    pub fn name(&self) -> &ShopName {
        &self.0.name
    }

    /// The shop's name for people.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    pub fn origin(&self) -> &Url {
        &self.0.origin
    }

    /// Where search steps go that do not ask the shop itself; the shop's origin when the recipe names no other.
    pub fn search_origin(&self) -> &Url {
        self.0.search_origin.as_ref().unwrap_or(&self.0.origin)
    }

    /// `host[:port]` of everything that this recipe may contact.
    pub fn hosts(&self) -> impl Iterator<Item = String> {
        self.0.hosts().into_iter()
    }

    /// ISO 4217 code of prices that name none.
    pub fn currency(&self) -> Option<Currency> {
        self.0.currency
    }

    pub fn pace(&self) -> Pace {
        self.0.pace
    }

    /// Working time for one item on this shop.
    pub fn deadline(&self) -> Duration {
        self.0.deadline
    }

    /// Tries of one request.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether this shop's pictures, videos and sounds are looked into; the settings decide where the recipe does not say.
    pub fn media(&self) -> Option<MediaMode> {
        self.0.media
    }

    /// How requests to this shop leave; what it does not say, the settings decide.
    pub fn route(&self) -> &RouteWish {
        &self.0.route
    }

    /// The same shop at another address. A search that still names pages at the shop's own origin means this one.
    pub fn with_origin(mut self, origin: Url) -> Self {
        Arc::make_mut(&mut self.0).origin = origin;
        self
    }

    pub fn with_search_origin(mut self, origin: Url) -> Self {
        Arc::make_mut(&mut self.0).search_origin = Some(origin);
        self
    }

    pub fn with_reading(mut self, reading: Reading) -> Self {
        Arc::make_mut(&mut self.0).reading = reading;
        self
    }

    pub fn with_robots(mut self, robots: RobotsPolicy) -> Self {
        Arc::make_mut(&mut self.0).robots = robots;
        self
    }

    pub fn with_pace(mut self, pace: Pace) -> Self {
        Arc::make_mut(&mut self.0).pace = pace;
        self
    }

    /// The ways to ask the shop, in the order in which they are tried.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = &SearchStep> {
        self.0.steps.iter()
    }

    /// The request that asks for a barcode.
    pub fn search_request(&self, step: &SearchStep, ean: &Gtin) -> Request {
        self.0.request(step, ean)
    }

    /// Reads the answer to [`Recipe::search_request`]. Only addresses on the recipe's hosts are hits.
    pub fn read_search(&self, step: &SearchStep, ean: &Gtin, answer: &Page) -> SearchAnswer {
        self.0.read(step, ean, answer)
    }

    /// Whether the shop says that the product is gone, or refuses us, possibly with status 200. `asked` is the address before redirects.
    pub fn refusal(&self, page: &Page, asked: &Url) -> Option<Refusal> {
        refusal::refusal(&self.0.page, page, asked)
    }
}

impl Inner {
    fn hosts(&self) -> Vec<String> {
        let mut hosts = vec![host_of(&self.origin)];
        for other in self.search_origin.iter().map(host_of).chain(self.hosts.iter().cloned()) {
            if !hosts.contains(&other) {
                hosts.push(other);
            }
        }
        hosts
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
