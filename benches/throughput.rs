//! Products per second from end to end: the engine against the three demo shops, in one process on loopback, without pacing.
//!
//! `cargo bench --no-default-features --features demo --bench throughput`; shops, client and reading share the cores, so what the shops
//! themselves cost is told beside it. Nothing is asserted: machines differ, and the figures are for people.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people at a terminal")]
#![allow(clippy::disallowed_methods, reason = "a load generator on loopback: the client is its own")]

use std::time::{Duration, Instant};

use glaneur::demo::{Behaviour, DemoShops, PageBytes, bulk_ean};
use glaneur::plan::ShopSettings;
use glaneur::recipe::Reading;
use glaneur::{Batch, Event, Glaneur, ItemResult, Recipe, egress};
use tokio_stream::StreamExt;

const ITEMS: u32 = 1_000;
const AT_ONCE: usize = 8;

/// What is read of a page.
#[derive(Clone, Copy)]
enum Way {
    /// The JSON-LD alone.
    Short,
    /// The whole page, without rules.
    Whole,
    /// The whole page and the rules of the built-in recipes.
    Rules,
}

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let page_bytes = PageBytes { cocooncenter: 60_000, pharma_gdd: 200_000, drakkars: 600_000 };
    let shops = DemoShops::start(Behaviour { page_bytes, ..Behaviour::immediate() }).await.unwrap();
    println!("{ITEMS} items at three shops, pages of 60, 200 and 600 KB, {AT_ONCE} requests at a time per shop");
    let _ = run(&shops, Way::Short, 100).await;
    for (name, way) in [("JSON-LD alone", Way::Short), ("whole page, no rules", Way::Whole), ("whole page and rules", Way::Rules)] {
        shops.shops().iter().for_each(|(_, shop)| shop.forget());
        let (products, wall, cpu) = run(&shops, way, ITEMS).await;
        let requests: u64 = shops.shops().iter().map(|(_, shop)| shop.requests()).sum();
        println!(
            "{name:<22} {:>6.0} products/s ({products} in {:.2} s, {requests} requests), {:.2} cores busy",
            products as f64 / wall.as_secs_f64(),
            wall.as_secs_f64(),
            cpu.as_secs_f64() / wall.as_secs_f64()
        );
    }
    fetching(&shops).await;
}

async fn run(shops: &DemoShops, way: Way, items: u32) -> (usize, Duration, Duration) {
    let glaneur = engine(shops, way).await;
    let (begun, busy) = (Instant::now(), processor());
    let mut events = glaneur.scrape(Batch::parse((0..items).map(bulk_ean)).unwrap()).unwrap();
    let mut products = 0;
    while let Some(event) = events.next().await {
        if let Event::Result(result) = event {
            products += found(&result);
        }
    }
    (products, begun.elapsed(), processor() - busy)
}

fn found(result: &ItemResult) -> usize {
    result.found().count()
}

/// The same requests, their answers thrown away: what client and shops cost without any reading.
async fn fetching(shops: &DemoShops) {
    #[allow(clippy::disallowed_methods, reason = "the bench asks its own shops, to see what they alone cost")]
    let client = reqwest::Client::new();
    let (_, shop) = shops.shops()[2];
    let listing = client.get(shop.origin().join("/sitemap.xml").unwrap()).send().await.unwrap().text().await.unwrap();
    let Some(address) = listing.split("<loc><![CDATA[").nth(1).and_then(|rest| rest.split("]]>").next()) else { return };
    let (begun, busy) = (Instant::now(), processor());
    let mut bytes = 0;
    for _ in 0..500 {
        bytes += client.get(address).send().await.unwrap().bytes().await.unwrap().len();
    }
    println!(
        "one page of {} KB fetched and thrown away: {:.2} ms, {:.2} ms of a core for client and shop",
        bytes / 500_000,
        begun.elapsed().as_secs_f64() * 2.0,
        (processor() - busy).as_secs_f64() * 2.0
    );
}

async fn engine(shops: &DemoShops, way: Way) -> Glaneur {
    let egress = egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..egress::Settings::default() };
    let mut builder = Glaneur::builder().egress(egress);
    for (name, shop) in shops.shops() {
        let settings = ShopSettings {
            origin: Some(shop.origin().clone()),
            search_origin: Some(shop.search_origin().clone()),
            concurrency: Some(AT_ONCE),
            interval: Some(Duration::ZERO),
            read: Some(if let Way::Short = way { Reading::Structured } else { Reading::Whole }),
            ..ShopSettings::default()
        };
        if let Way::Whole = way {
            builder = builder.recipe(without_rules(name));
        }
        builder = builder.shop(name, settings);
    }
    builder.build().await.unwrap()
}

/// The built-in recipe up to its rules: they stand at its end.
fn without_rules(name: &str) -> Recipe {
    let text = Recipe::builtin_text(name).unwrap();
    let rules = text.find("[page.fields]").unwrap();
    Recipe::parse(&text[..rules], name).unwrap()
}

/// Time on all cores that this process has had.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
    // Linux counts in hundredths of a second.
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}
