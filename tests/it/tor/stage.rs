//! The three demo shops behind the exits of a network, under names that only the exits know, and engines that ask them.

use std::time::{Duration, Instant};

use glaneur::demo::{Behaviour, DemoShops};
use glaneur::plan::ShopSettings;
use glaneur::{Batch, Builder, Event, Glaneur, ItemResult, Route, RouteWish, egress};
use tokio_stream::StreamExt;

use super::doorway::Doorway;
use super::network::{EXITS, Network};

pub(super) struct Stage {
    pub(super) shops: DemoShops,
    /// In the order of the shops.
    pub(super) doors: Vec<Doorway>,
    /// Drakkars is searched at a service of its own.
    pub(super) search: Doorway,
    pub(super) directory: tempfile::TempDir,
    domain: &'static str,
}

impl Stage {
    /// Under a domain of its own: exits remember for minutes what their name servers said.
    pub(super) async fn set(network: &Network, domain: &'static str) -> Self {
        let shops = DemoShops::start(Behaviour { domain: Some(domain), ..Behaviour::immediate() }).await.unwrap();
        let mut doors = Vec::new();
        for (_, shop) in shops.shops() {
            doors.push(Doorway::open(network, shop.origin()).await);
        }
        let search = Doorway::open(network, shops.drakkars.search_origin()).await;
        Self { shops, doors, search, directory: tempfile::tempdir().unwrap(), domain }
    }

    /// An engine that knows the shops by name, with all requests on one route unless a shop says otherwise.
    pub(super) fn builder(&self, route: Route, tor: egress::tor::Settings) -> Builder {
        let egress = egress::Settings { route: RouteWish::everywhere(route), tor, ..settings() };
        let names = self.shops.shops().map(|(name, _)| name);
        names.into_iter().fold(Glaneur::builder().egress(egress), |builder, name| builder.shop(name, self.by_name(name)))
    }

    pub(super) fn by_name(&self, name: &str) -> ShopSettings {
        let place = self.shops.shops().iter().position(|(known, _)| *known == name).unwrap();
        let search_origin = (name == "drakkars").then(|| self.search.url(&self.host("drakkars-search")));
        ShopSettings { origin: Some(self.doors[place].url(&self.host(name))), search_origin, ..eager() }
    }

    fn host(&self, name: &str) -> String {
        format!("{name}.{}", self.domain)
    }

    /// A shop that is asked straight, at its own address.
    pub(super) fn straight(&self, name: &str) -> ShopSettings {
        let (_, shop) = self.shops.shops().into_iter().find(|(known, _)| *known == name).unwrap();
        let (origin, search_origin) = (Some(shop.origin().clone()), Some(shop.search_origin().clone()));
        ShopSettings { origin, search_origin, route: RouteWish::everywhere(Route::Direct), ..eager() }
    }

    fn all_doors(&self) -> impl Iterator<Item = &Doorway> {
        self.doors.iter().chain([&self.search])
    }

    /// Connections by exit, over all doors.
    pub(super) fn by_exit(&self) -> [u64; EXITS] {
        self.all_doors().map(Doorway::by_exit).fold([0; EXITS], |sums, door| std::array::from_fn(|n| sums[n] + door[n]))
    }

    /// Connections that came without Tor, over all doors.
    pub(super) fn elsewhere(&self) -> u64 {
        self.all_doors().map(Doorway::elsewhere).sum()
    }
}

fn settings() -> egress::Settings {
    egress::Settings {
        allow_private: ["127.0.0.0/8"].into_iter().collect(),
        connect_timeout: Duration::from_secs(5),
        ..egress::Settings::default()
    }
}

fn eager() -> ShopSettings {
    ShopSettings { concurrency: Some(4), interval: Some(Duration::ZERO), ..ShopSettings::default() }
}

/// An engine over shops of its own that no route hides, to compare with.
pub(super) async fn direct(shops: &DemoShops) -> Glaneur {
    let builder = shops.shops().into_iter().fold(Glaneur::builder().egress(settings()), |builder, (name, shop)| {
        builder
            .shop(name, ShopSettings { origin: Some(shop.origin().clone()), search_origin: Some(shop.search_origin().clone()), ..eager() })
    });
    builder.build().await.unwrap()
}

/// All results of a batch, in its order, and how long they took.
pub(super) async fn results(glaneur: &Glaneur, batch: Batch) -> (Vec<ItemResult>, Duration) {
    let begun = Instant::now();
    let events = glaneur.scrape(batch).unwrap();
    let results = events.filter_map(|event| match event {
        Event::Result(result) => Some(*result),
        _ => None,
    });
    let mut results: Vec<ItemResult> = results.collect().await;
    results.sort_by_key(|result| result.position);
    (results, begun.elapsed())
}

/// What every shop says about every item: status, name and price, one line each.
pub(super) fn told(results: &[ItemResult]) -> Vec<String> {
    let lines = results.iter().flat_map(|result| result.shops.iter().map(move |outcome| (result, outcome)));
    let line = lines.map(|(result, outcome)| {
        let product = outcome.product.as_deref();
        let (name, price) = (product.and_then(|product| product.name.as_deref()), product.and_then(|product| product.price()));
        format!("{} {:?} {} {:?} {name:?} {price:?}", result.ean, result.status, outcome.shop, outcome.status)
    });
    line.collect()
}
