//! What the engine counts: requests to shops, waiting for a turn, where pages came from.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{Ended, Origin, text};
use crate::model::{Route, ShopName};

/// From what a copy costs to the deadline of a shop.
const SECONDS: [f64; 12] = [0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0];

type Times<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Clone, Debug)]
pub(crate) struct EngineMeter {
    pub(super) registry: Arc<Registry>,
    requests: Times<RequestLabels>,
    waits: Times<ShopLabels>,
    pages: Family<PageLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    shop: String,
    way: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ShopLabels {
    shop: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PageLabels {
    source: &'static str,
}

impl Default for EngineMeter {
    fn default() -> Self {
        let times = || Histogram::new(SECONDS);
        let (requests, waits, pages) =
            (Times::new_with_constructor(times as fn() -> _), Times::new_with_constructor(times as fn() -> _), Family::default());
        let mut registry = text::registry();
        registry.register_with_unit("request", "One request to a shop, until its answer is read", Unit::Seconds, requests.clone());
        registry.register_with_unit("wait", "Waiting until a shop may be asked again", Unit::Seconds, waits.clone());
        registry.register("pages", "Pages by where they came from", pages.clone());
        Self { registry: Arc::new(registry), requests, waits, pages }
    }
}

impl EngineMeter {
    pub(crate) fn request(&self, shop: &ShopName, route: &Route, ended: Ended, took: Duration) {
        let way = match route {
            Route::Direct => "direct",
            Route::Tor => "tor",
            Route::Proxies(_) => "proxy",
        };
        let outcome = match ended {
            Ended::Answered => "answered",
            Ended::Refused => "refused",
            Ended::TimedOut => "timed_out",
            Ended::Failed => "failed",
        };
        self.requests.get_or_create(&RequestLabels { shop: shop.to_string(), way, outcome }).observe(took.as_secs_f64());
    }

    pub(crate) fn waited(&self, shop: &ShopName, long: Duration) {
        self.waits.get_or_create(&ShopLabels { shop: shop.to_string() }).observe(long.as_secs_f64());
    }

    pub(crate) fn page(&self, origin: Origin) {
        let source = match origin {
            Origin::Shop => "shop",
            Origin::Copy => "copy",
            Origin::Renewed => "renewed",
            Origin::Kept => "kept",
        };
        self.pages.get_or_create(&PageLabels { source }).inc();
    }
}
