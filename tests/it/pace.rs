//! What a shop's trouble costs the others: nothing, at the shops' own count.

use std::time::{Duration, Instant};

use glaneur::demo::{self, Behaviour, DemoShop, DemoShops, Fault, PageBytes, Trouble};
use glaneur::egress::BreakerState;
use glaneur::plan::ShopSettings;
use glaneur::recipe::Reading;
use glaneur::{Batch, Event, Glaneur, ItemResult, ShopStatus, egress};
use tokio_stream::StreamExt;

/// An engine over the demo shops, so many requests at a time and no interval at each.
async fn engine(shops: &DemoShops, concurrency: usize) -> Glaneur {
    let egress = egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..egress::Settings::default() };
    let builder = shops.shops().into_iter().fold(Glaneur::builder().egress(egress), |builder, (name, shop)| {
        let settings = ShopSettings {
            origin: Some(shop.origin().clone()),
            search_origin: Some(shop.search_origin().clone()),
            concurrency: Some(concurrency),
            interval: Some(Duration::ZERO),
            // Waiting is what is measured here, not reading.
            read: Some(Reading::Structured),
            ..ShopSettings::default()
        };
        builder.shop(name, settings)
    });
    builder.build().await.unwrap()
}

/// Shops with short pages that answer after so many milliseconds.
async fn shops(latency: u64) -> DemoShops {
    let page_bytes = PageBytes { cocooncenter: 2_000, pharma_gdd: 2_000, drakkars: 2_000 };
    DemoShops::start(Behaviour { page_bytes, ..Behaviour::fixed(Duration::from_millis(latency)) }).await.unwrap()
}

fn batch(numbers: std::ops::Range<u32>) -> Batch {
    Batch::parse(numbers.map(demo::bulk_ean)).unwrap()
}

async fn results(glaneur: &Glaneur, batch: Batch) -> Vec<ItemResult> {
    let events = glaneur.scrape(batch).unwrap();
    let results = events.filter_map(|event| match event {
        Event::Result(result) => Some(*result),
        _ => None,
    });
    results.collect().await
}

fn told<'a>(results: &'a [ItemResult], shop: &str) -> Vec<(ShopStatus, &'a str)> {
    let outcomes = results.iter().flat_map(|result| &result.shops).filter(|outcome| outcome.shop.as_str() == shop);
    outcomes.map(|outcome| (outcome.status, outcome.detail.as_deref().unwrap_or_default())).collect()
}

async fn taken(glaneur: &Glaneur, batch: Batch) -> Duration {
    let begun = Instant::now();
    results(glaneur, batch).await;
    begun.elapsed()
}

#[tokio::test]
async fn eight_items_beside_two_thousand_take_about_twice_their_time() {
    let shops = shops(60).await;
    let glaneur = engine(&shops, 2).await;
    let small = || batch(5_000..5_008).shops(["cocooncenter"]);
    let alone = taken(&glaneur, small()).await;
    let mut large = glaneur.scrape(batch(0..2_000).shops(["cocooncenter"])).unwrap();
    let pump = async { while large.next().await.is_some() {} };
    let beside = tokio::select! {
        () = pump => panic!("two thousand were faster than eight"),
        beside = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert!(glaneur.paces().next().unwrap().1.waiting > 500, "{:?}", glaneur.paces().next());
            taken(&glaneur, small()).await
        } => beside,
    };
    // Twice by turns, and as much again for a busy machine.
    assert!(beside < alone * 5, "alone {alone:?}, beside the large batch {beside:?}");
    assert_eq!(shops.cocooncenter.peak_concurrency(), 2);
}

#[tokio::test]
async fn a_dead_shop_slows_nobody_and_its_items_say_why() {
    const ITEMS: u32 = 1_000;
    let shops = shops(5).await;
    let healthy = engine(&shops, 8).await;
    let without = taken(&healthy, batch(0..ITEMS).shops(["cocooncenter", "pharma-gdd"])).await;
    shops.drakkars.set(Fault::always(Trouble::Refused));
    let glaneur = engine(&shops, 8).await;
    let begun = Instant::now();
    let results = results(&glaneur, batch(0..ITEMS)).await;
    let with = begun.elapsed();
    assert!(with < without * 3, "{with:?} with a dead shop, {without:?} without it");
    let dead = told(&results, "drakkars");
    assert_eq!(dead.len(), ITEMS as usize);
    assert!(dead.iter().all(|(status, _)| *status == ShopStatus::Unreachable), "{:?}", dead[0]);
    assert!(dead.iter().all(|(_, detail)| detail.contains("no connection to")), "{:?}", dead.last());
    let asked: u32 = results
        .iter()
        .flat_map(|result| &result.shops)
        .filter(|outcome| outcome.shop.as_str() == "drakkars")
        .map(|outcome| outcome.requests)
        .sum();
    assert!(asked < 50, "{asked} requests to a dead shop for {ITEMS} items");
    for shop in ["cocooncenter", "pharma-gdd"] {
        let found = told(&results, shop).iter().filter(|(status, _)| *status == ShopStatus::Found).count();
        assert_eq!(found, 900, "{shop}");
    }
    let (_, state) = glaneur.paces().last().unwrap();
    assert!(state.hosts.iter().any(|(_, state)| matches!(state, BreakerState::Open { .. })), "{state:?}");
}

/// Hits of a shop that were refused, in each half of what it remembers.
fn refused(shop: &DemoShop) -> [usize; 2] {
    let hits = shop.hits();
    let halves = hits.split_at(hits.len() / 2);
    [halves.0, halves.1].map(|half| half.iter().filter(|hit| hit.status == Some(429)).count())
}

#[tokio::test]
async fn a_shop_that_refuses_its_robots_txt_rests_as_long_as_it_says() {
    let shops = shops(5).await;
    shops.pharma_gdd.set(Fault::always(Trouble::TooManyRequests { retry_after: 60 }));
    let glaneur = engine(&shops, 8).await;
    let results = results(&glaneur, batch(0..300).shops(["pharma-gdd"])).await;
    let told = told(&results, "pharma-gdd");
    assert!(told.iter().all(|(status, detail)| *status == ShopStatus::Blocked && detail.contains("429")), "{:?}", told[0]);
    let asked = shops.pharma_gdd.requests();
    assert!(asked <= 8, "{asked} requests in a rest of 60 s");
}

#[tokio::test]
async fn a_shop_that_limits_its_rate_is_paced_down_and_keeps_its_items() {
    const ITEMS: u32 = 20;
    let shops = shops(5).await;
    // Ten requests in a second; an engine without an interval would make hundreds.
    shops.pharma_gdd.set(Fault::over(10, Duration::from_secs(1), Trouble::TooManyRequests { retry_after: 1 }));
    let glaneur = engine(&shops, 4).await;
    let results = results(&glaneur, batch(0..ITEMS)).await;
    let answers = told(&results, "pharma-gdd");
    assert!(answers.iter().all(|(status, _)| matches!(status, ShopStatus::Found | ShopStatus::NotFound)), "{answers:?}");
    let refused = refused(&shops.pharma_gdd);
    assert!(refused[0] >= 1 && refused[0] <= 8 && refused[1] <= refused[0], "{refused:?}");
    assert!(shops.pharma_gdd.peak_concurrency() <= 4);
    let (_, state) = glaneur.paces().nth(1).unwrap();
    assert!(state.interval > Duration::ZERO, "{state:?}");

    // Nobody asked within the second that it had asked for.
    let hits = shops.pharma_gdd.hits();
    let last_of_burst = hits.windows(2).filter(|pair| pair[0].status == Some(429) && pair[1].status != Some(429));
    for pair in last_of_burst {
        let rest = pair[1].at - pair[0].at;
        assert!(rest >= Duration::from_secs(1), "{rest:?}");
    }
}

#[tokio::test]
async fn a_slow_shop_takes_no_room_from_the_others() {
    const ITEMS: u32 = 200;
    let shops = shops(5).await;
    shops.drakkars.set(Fault::always(Trouble::Slow(Duration::from_millis(400))));
    let glaneur = engine(&shops, 2).await;
    let mut events = glaneur.scrape(batch(0..ITEMS)).unwrap();
    let mut done = [0, 0, 0];
    while let Some(event) = events.next().await {
        if let Event::Progress(progress) = event {
            let place = ["cocooncenter", "pharma-gdd", "drakkars"].iter().position(|shop| progress.shop.as_str() == *shop).unwrap();
            done[place] += 1;
        }
        if done[0] == ITEMS && done[1] == ITEMS {
            break;
        }
    }
    // The slow one is nowhere near, although only 32 items may be in work.
    assert!(done[2] < ITEMS / 3, "{done:?}");
}
