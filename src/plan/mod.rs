//! From what was asked to what is to be done: which shops, at which pace, which barcodes in which order. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::error::{Error, ErrorKind};
use crate::model::{Code, Gtin, Item, ItemStatus, RouteWish, Routes};
use crate::recipe::{Pace, Reading, Recipe, RobotsPolicy};

/// `[shops.<name>]` in the configuration: what the operator changes about a recipe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShopSettings {
    /// `false` leaves the shop out.
    pub enabled: Option<bool>,
    /// Replaces the recipe's origin: `http://127.0.0.1:9003`.
    pub origin: Option<Url>,
    /// Replaces the origin of the recipe's search.
    pub search_origin: Option<Url>,
    /// Requests at a time.
    pub concurrency: Option<usize>,
    /// Time between two starts.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::optional")]
    pub interval: Option<Duration>,
    /// Working time for one item, waiting for a turn not included.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::optional")]
    pub deadline: Option<Duration>,
    /// Tries of one request.
    pub attempts: Option<u32>,
    /// How much of a product page is read.
    pub read: Option<Reading>,
    /// Whether the shop's robots.txt counts.
    pub robots: Option<RobotsPolicy>,
    /// How requests to the shop leave.
    pub route: RouteWish,
}

/// A shop as this process asks it.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    /// With the origins and the pace that hold here.
    pub(crate) recipe: Recipe,
    pub(crate) deadline: Duration,
    pub(crate) attempts: u32,
    /// How requests leave, unless a job wishes otherwise.
    pub(crate) routes: Routes,
}

/// The recipes as the operator's settings change them, in the order of the recipes. `routes` hold where neither says anything.
pub(crate) fn shops(recipes: &[Recipe], settings: &BTreeMap<String, ShopSettings>, routes: &Routes) -> Result<Vec<Shop>, Error> {
    let known = || recipes.iter().map(|recipe| recipe.name().as_str()).collect::<Vec<_>>().join(", ");
    if let Some(stranger) = settings.keys().find(|name| !recipes.iter().any(|recipe| recipe.name().as_str() == **name)) {
        let message = format!("there is no shop {stranger:?}; known shops: {}", known());
        return Err(Error::new(ErrorKind::Configuration, message).field(format!("shops.{stranger}")));
    }
    let nothing = ShopSettings::default();
    let shops: Vec<Shop> = recipes
        .iter()
        .map(|recipe| (recipe, settings.get(recipe.name().as_str()).unwrap_or(&nothing)))
        .filter(|(_, settings)| settings.enabled != Some(false))
        .map(|(recipe, settings)| Shop::new(recipe.clone(), settings, routes))
        .collect::<Result<_, _>>()?;
    if shops.is_empty() {
        return Err(Error::new(ErrorKind::Configuration, "every shop is disabled; enable at least one").field("shops"));
    }
    Ok(shops)
}

impl Shop {
    fn new(mut recipe: Recipe, settings: &ShopSettings, routes: &Routes) -> Result<Self, Error> {
        let name = recipe.name().clone();
        for (key, url) in [("origin", &settings.origin), ("search_origin", &settings.search_origin)] {
            check_origin(url.as_ref(), &format!("shops.{name}.{key}"))?;
        }
        for (key, zero) in [("concurrency", settings.concurrency == Some(0)), ("attempts", settings.attempts == Some(0))] {
            if zero {
                let message = format!("shops.{name}.{key} is 0; it must be at least 1");
                return Err(Error::new(ErrorKind::Configuration, message).field(format!("shops.{name}.{key}")));
            }
        }
        if let Some(origin) = &settings.origin {
            recipe = recipe.with_origin(origin.clone());
        }
        if let Some(origin) = &settings.search_origin {
            recipe = recipe.with_search_origin(origin.clone());
        }
        if let Some(reading) = settings.read {
            recipe = recipe.with_reading(reading);
        }
        if let Some(robots) = settings.robots {
            recipe = recipe.with_robots(robots);
        }
        let pace = recipe.pace();
        recipe = recipe.with_pace(Pace {
            concurrency: settings.concurrency.unwrap_or(pace.concurrency),
            interval: settings.interval.unwrap_or(pace.interval),
            // Whoever sets the interval wants just that.
            jitter: if settings.interval.is_some() { Duration::ZERO } else { pace.jitter },
        });
        Ok(Self {
            deadline: settings.deadline.unwrap_or(recipe.deadline()),
            attempts: settings.attempts.unwrap_or(recipe.attempts()),
            routes: routes.with(recipe.route()).with(&settings.route),
            recipe,
        })
    }
}

fn check_origin(url: Option<&Url>, key: &str) -> Result<(), Error> {
    let Some(url) = url else { return Ok(()) };
    let bare = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none() && url.username().is_empty();
    if bare {
        return Ok(());
    }
    let message = format!("{key} is {url}; an origin is scheme, host and port only, such as http://127.0.0.1:9003");
    Err(Error::new(ErrorKind::Configuration, message).field(key))
}

/// What to do with one item.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Nothing to search: the result is known already.
    Settled { status: ItemStatus, detail: String },
    /// Ask the shops for these, one after the other, until one is found.
    Search(Vec<Gtin>),
}

/// `ignore_prefixes`: beginnings of barcodes, as given or as printed. A code that begins so is ignored even if it is not valid.
pub(crate) fn work(item: &Item, ignore_prefixes: &[String]) -> Work {
    let begins = |prefix: &&String| {
        let printed = item.primary.gtin().is_some_and(|gtin| gtin.ean().starts_with(prefix.as_str()));
        printed || item.primary.as_given().trim_start().starts_with(prefix.as_str())
    };
    if let Some(prefix) = ignore_prefixes.iter().filter(|prefix| !prefix.is_empty()).find(begins) {
        return Work::Settled { status: ItemStatus::Ignored, detail: format!("codes that begin with {prefix} are not searched") };
    }
    let primary = match &item.primary {
        Code::Invalid { reason, .. } => return Work::Settled { status: ItemStatus::Invalid, detail: reason.to_string() },
        Code::Valid(gtin) => gtin,
    };
    let replacement = item.replacement.as_ref().and_then(Code::gtin).filter(|replacement| *replacement != primary);
    Work::Search([Some(primary), replacement].into_iter().flatten().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(primary: &str, replacement: Option<&str>) -> Item {
        Item::new(Code::parse(primary), replacement.map(Code::parse))
    }

    fn searched(work: &Work) -> Vec<&str> {
        match work {
            Work::Search(codes) => codes.iter().map(Gtin::ean).collect(),
            Work::Settled { .. } => Vec::new(),
        }
    }

    #[test]
    fn the_settings_go_over_the_recipe() {
        let recipes = Recipe::builtin();
        let read = Some(Reading::Structured);
        let robots = Some(RobotsPolicy::Ignore);
        let set = ShopSettings { concurrency: Some(7), interval: Some(Duration::from_millis(5)), read, robots, ..ShopSettings::default() };
        let shops = shops(&recipes, &BTreeMap::from([(recipes[0].name().to_string(), set)]), &Routes::default()).unwrap();
        assert_eq!(shops[0].recipe.pace(), Pace { concurrency: 7, interval: Duration::from_millis(5), jitter: Duration::ZERO });
        assert_eq!(shops[1].recipe.pace(), recipes[1].pace());
        assert_eq!((shops[0].recipe.robots(), shops[1].recipe.robots()), (RobotsPolicy::Ignore, RobotsPolicy::Respect));
        assert_eq!((shops[0].recipe.reading(), shops[1].recipe.reading()), (Reading::Structured, Reading::Whole));
    }

    #[test]
    fn the_replacement_comes_second_and_only_if_it_is_another_barcode() {
        let none = &[];
        assert_eq!(searched(&work(&item("0748322148474", Some("3665606002802")), none)), ["0748322148474", "3665606002802"]);
        assert_eq!(searched(&work(&item("0748322148474", Some("748322148474")), none)), ["0748322148474"]);
        assert_eq!(searched(&work(&item("0748322148474", Some("12")), none)), ["0748322148474"]);
    }

    #[test]
    fn medicines_and_nonsense_are_settled_at_once() {
        let ignore = &["3400".to_owned(), String::new()];
        for (code, expected) in [
            ("3400936403116", ItemStatus::Ignored),
            ("3400not a code", ItemStatus::Ignored),
            ("abc", ItemStatus::Invalid),
            ("3665606002803", ItemStatus::Invalid),
        ] {
            let Work::Settled { status, .. } = work(&item(code, Some("3665606002802")), ignore) else { panic!("{code} is searched") };
            assert_eq!(status, expected, "{code}");
        }
        assert_eq!(searched(&work(&item("3665606002802", None), ignore)), ["3665606002802"]);
    }
}
