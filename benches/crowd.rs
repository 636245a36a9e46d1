//! Ten thousand items over three shops of which one is dead and one refuses: what that costs the healthy one, whether the limits hold at
//! the shops' own count, and how much memory it takes.
//!
//! `cargo bench --no-default-features --features demo --bench crowd`; nothing is asserted: machines differ, and the figures are for
//! people.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people at a terminal")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use glaneur::demo::{Behaviour, DemoShops, Fault, PageBytes, Trouble, bulk_ean};
use glaneur::plan::ShopSettings;
use glaneur::recipe::Reading;
use glaneur::{Batch, Event, Glaneur, egress};
use tokio_stream::StreamExt;

const ITEMS: u32 = 10_000;
const AT_ONCE: usize = 8;
const RETRY_AFTER: u32 = 60;

#[tokio::main]
async fn main() {
    let page_bytes = PageBytes { cocooncenter: 20_000, pharma_gdd: 20_000, drakkars: 20_000 };
    let shops = DemoShops::start(Behaviour { page_bytes, ..Behaviour::fixed(Duration::from_millis(5)) }).await.unwrap();
    println!("{ITEMS} items, {AT_ONCE} requests at a time per shop, answers after 5 ms, pages of 20 KB");
    let _ = run(&shops, 500, &["cocooncenter"]).await;
    let alone = run(&shops, ITEMS, &["cocooncenter"]).await;
    println!("the healthy shop alone       {:.1} s", alone.wall.as_secs_f64());

    shops.pharma_gdd.set(Fault::always(Trouble::TooManyRequests { retry_after: RETRY_AFTER }));
    shops.drakkars.set(Fault::always(Trouble::Refused));
    shops.shops().iter().for_each(|(_, shop)| shop.forget());
    let beside = run(&shops, ITEMS, &["cocooncenter", "pharma-gdd", "drakkars"]).await;
    let ratio = beside.wall.as_secs_f64() / alone.wall.as_secs_f64();
    println!("beside a dead and a refusing {:.1} s, {ratio:.2} of the time alone", beside.wall.as_secs_f64());
    for ((shop, status), count) in &beside.told {
        println!("  {shop:<13} {status:<12} {count:>6}");
    }
    println!("at the shops' own count:");
    println!("  cocooncenter  {} requests, {} at a time at most", shops.cocooncenter.requests(), shops.cocooncenter.peak_concurrency());
    let refused = shops.pharma_gdd.requests();
    let rests = beside.wall.as_secs() / u64::from(RETRY_AFTER);
    println!("  pharma-gdd    {refused} requests, all 429 with Retry-After {RETRY_AFTER} s; {rests} rests were over");
    println!("  drakkars      {} requests made for {ITEMS} items", beside.asked["drakkars"]);
    println!("memory of engine and shops, in MB after each 1,000 results:");
    println!("  {}", beside.memory.iter().map(|kb| (kb / 1000).to_string()).collect::<Vec<_>>().join(" "));
}

struct Run {
    wall: Duration,
    /// Outcomes by shop and status.
    told: BTreeMap<(String, &'static str), u32>,
    /// Requests by shop.
    asked: BTreeMap<String, u32>,
    /// Resident memory in KB.
    memory: Vec<u64>,
}

async fn run(shops: &DemoShops, items: u32, named: &[&str]) -> Run {
    let glaneur = engine(shops).await;
    let begun = Instant::now();
    let mut events = glaneur.scrape(Batch::parse((0..items).map(bulk_ean)).unwrap().shops(named)).unwrap();
    let mut run = Run { wall: Duration::ZERO, told: BTreeMap::new(), asked: BTreeMap::new(), memory: Vec::new() };
    let mut results = 0_u32;
    while let Some(event) = events.next().await {
        let Event::Result(result) = event else { continue };
        for outcome in &result.shops {
            *run.told.entry((outcome.shop.to_string(), outcome.status.as_str())).or_default() += 1;
            *run.asked.entry(outcome.shop.to_string()).or_default() += outcome.requests;
        }
        results += 1;
        if results.is_multiple_of(1_000) {
            run.memory.push(resident());
        }
    }
    Run { wall: begun.elapsed(), ..run }
}

async fn engine(shops: &DemoShops) -> Glaneur {
    let egress = egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..egress::Settings::default() };
    let builder = shops.shops().into_iter().fold(Glaneur::builder().egress(egress), |builder, (name, shop)| {
        let settings = ShopSettings {
            origin: Some(shop.origin().clone()),
            search_origin: Some(shop.search_origin().clone()),
            concurrency: Some(AT_ONCE),
            interval: Some(Duration::ZERO),
            read: Some(Reading::Structured),
            ..ShopSettings::default()
        };
        builder.shop(name, settings)
    });
    builder.build().await.unwrap()
}

/// Linux tells it in KB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
