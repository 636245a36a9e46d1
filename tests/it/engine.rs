//! The library alone: the engine over the demo shops, as a stream.

use std::time::{Duration, Instant};

use glaneur::demo::{self, Behaviour, DemoShops, EANS, Fault, Part, Trouble, WRONG_HITS};
use glaneur::plan::ShopSettings;
use glaneur::{Batch, Builder, Code, Event, Evidence, Glaneur, Item, ItemResult, ItemStatus, ShopStatus, egress, scrape};
use tokio_stream::StreamExt;

/// An engine whose shops are the demo's, without pauses between requests.
fn builder(shops: &DemoShops) -> Builder {
    let egress = egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..egress::Settings::default() };
    shops.shops().into_iter().fold(Glaneur::builder().egress(egress), |builder, (name, shop)| builder.shop(name, shop_settings(shop)))
}

fn shop_settings(shop: &demo::DemoShop) -> ShopSettings {
    ShopSettings {
        origin: Some(shop.origin().clone()),
        search_origin: Some(shop.search_origin().clone()),
        concurrency: Some(8),
        interval: Some(Duration::ZERO),
        ..ShopSettings::default()
    }
}

async fn engine(shops: &DemoShops) -> Glaneur {
    builder(shops).build().await.unwrap()
}

async fn results(glaneur: &Glaneur, batch: Batch) -> Vec<ItemResult> {
    let mut results: Vec<ItemResult> = glaneur
        .scrape(batch)
        .unwrap()
        .filter_map(|event| match event {
            Event::Result(result) => Some(*result),
            _ => None,
        })
        .collect()
        .await;
    results.sort_by_key(|result| result.position);
    results
}

async fn one(glaneur: &Glaneur, ean: &str) -> ItemResult {
    results(glaneur, Batch::parse([ean]).unwrap()).await.remove(0)
}

fn status(result: &ItemResult, shop: &str) -> ShopStatus {
    result.shops.iter().find(|outcome| outcome.shop.as_str() == shop).unwrap().status
}

#[tokio::test]
async fn the_eight_products_are_found_and_none_is_wrong() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let glaneur = engine(&shops).await;
    let results = results(&glaneur, Batch::parse(EANS).unwrap()).await;
    assert_eq!(results.iter().map(|result| result.ean.as_str()).collect::<Vec<_>>(), EANS);
    for result in &results {
        assert_eq!(result.status, ItemStatus::Found, "{result:#?}");
        let wanted = glaneur::Gtin::parse(&result.ean).unwrap();
        for (shop, product) in result.found() {
            assert!(product.gtins.contains(&wanted), "{shop}: {product:#?}");
            assert!(matches!(product.evidence, Some(Evidence::Structured | Evidence::Variant)), "{shop}: {:?}", product.evidence);
            assert!(product.name.is_some() && product.price().is_some() && !product.images.is_empty(), "{shop}: {product:#?}");
        }
    }
    // Carried by all three, at different prices.
    let prices: Vec<String> = results[0].found().map(|(shop, product)| format!("{shop} {}", product.price().unwrap())).collect();
    assert_eq!(prices, ["cocooncenter 7.90 EUR", "pharma-gdd 7.49 EUR", "drakkars 8.20 EUR"]);
}

#[tokio::test]
async fn a_wrong_first_hit_is_never_handed_out() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let glaneur = engine(&shops).await;
    for (wanted, wrong) in WRONG_HITS {
        let result = one(&glaneur, wanted).await;
        let outcome = result.shops.iter().find(|outcome| outcome.shop.as_str() == "drakkars").unwrap();
        match outcome.status {
            ShopStatus::Found => assert!(outcome.product.as_ref().unwrap().gtins.contains(&glaneur::Gtin::parse(wanted).unwrap())),
            ShopStatus::Mismatch => assert_eq!((outcome.seen_ean.as_deref(), &outcome.product), (Some(wrong), &None)),
            other => panic!("{wanted}: {other:?} {outcome:#?}"),
        }
    }
}

#[tokio::test]
async fn outcomes_are_typed() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let glaneur = engine(&shops).await;
    let unverified = one(&glaneur, demo::UNVERIFIED_EAN).await;
    assert_eq!((unverified.status, status(&unverified, "cocooncenter")), (ItemStatus::NotFound, ShopStatus::Unverified));
    let discontinued = one(&glaneur, demo::DISCONTINUED_EAN).await;
    assert_eq!((discontinued.status, status(&discontinued, "cocooncenter")), (ItemStatus::NotFound, ShopStatus::Discontinued));
    let unknown = one(&glaneur, demo::UNKNOWN_EAN).await;
    assert_eq!(unknown.status, ItemStatus::NotFound);
    assert_eq!(unknown.detail.as_deref(), Some("no shop shows this barcode"));
}

#[tokio::test]
async fn the_replacement_is_tried_and_answers_for_the_primary() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let item = Item::new(Code::parse(demo::REPLACED_EAN), Some(Code::parse(demo::REPLACEMENT_EAN)));
    let result = results(&engine(&shops).await, Batch::of(vec![item]).unwrap()).await.remove(0);
    assert_eq!((result.ean.as_str(), result.status, result.used_replacement), (demo::REPLACED_EAN, ItemStatus::Found, true));
    assert!(result.found().all(|(_, product)| product.gtins[0].ean() == demo::REPLACEMENT_EAN));
}

#[tokio::test]
async fn a_bad_item_is_invalid_alone_and_a_medicine_is_ignored() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let settings = scrape::Settings { ignore_prefixes: vec!["3400".to_owned()], ..scrape::Settings::default() };
    let glaneur = builder(&shops).settings(settings).build().await.unwrap();
    let results = results(&glaneur, Batch::parse(["nonsense", "3400936403116", EANS[0], "0748322148475", ""]).unwrap()).await;
    let statuses: Vec<ItemStatus> = results.iter().map(|result| result.status).collect();
    use ItemStatus::{Found, Ignored, Invalid};
    assert_eq!(statuses, [Invalid, Ignored, Found, Invalid, Invalid], "{results:#?}");
    assert!(results[3].detail.as_ref().unwrap().contains("wrong check digit: the last digit would have to be 4"));
}

/// Longer than seven items take on a busy machine.
const SLOW: Duration = Duration::from_secs(8);

#[tokio::test]
async fn results_come_before_the_slowest_is_done() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    // Only the first page that Drakkars shows is slow.
    shops.drakkars.set(Fault::first(1, Trouble::Slow(SLOW)).on(Part::Page));
    let glaneur = engine(&shops).await;
    let begun = Instant::now();
    let mut events = glaneur.scrape(Batch::parse(EANS).unwrap()).unwrap();
    let mut times = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::Result(_) = event {
            times.push(begun.elapsed());
        }
    }
    assert_eq!(times.len(), 8);
    // At Drakkars three sizes of one oil are one page: whoever wants it waits for the one request.
    assert!(times[4] < SLOW && times[7] >= SLOW, "{times:?}");
}

#[tokio::test]
async fn troubles_of_one_shop_are_survived_or_told() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    for (trouble, passing) in [
        (Trouble::Forbidden { retry_after: None }, ShopStatus::Blocked),
        (Trouble::TooManyRequests { retry_after: 1 }, ShopStatus::Blocked),
        (Trouble::ServerError, ShopStatus::Error),
        (Trouble::Dropped, ShopStatus::Unreachable),
        (Trouble::Firewall, ShopStatus::Blocked),
    ] {
        // A shop that refused us is asked less for a while: not by an engine that knows nothing of it.
        let glaneur = engine(&shops).await;
        shops.cocooncenter.set(Fault::first(1, trouble));
        let once = one(&glaneur, EANS[0]).await;
        assert_eq!(status(&once, "cocooncenter"), ShopStatus::Found, "once {trouble:?}: {once:#?}");
        shops.cocooncenter.set(Fault::always(trouble));
        let always = one(&glaneur, EANS[0]).await;
        assert_eq!((always.status, status(&always, "cocooncenter")), (ItemStatus::Found, passing), "always {trouble:?}: {always:#?}");
        shops.cocooncenter.set(Fault::none());
    }
}

#[tokio::test]
async fn a_shop_that_hangs_costs_its_deadline_and_no_more() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    shops.drakkars.set(Fault::always(Trouble::HangsHalfWay).on(Part::Page));
    let slow = ShopSettings { deadline: Some(Duration::from_secs(1)), ..shop_settings(&shops.drakkars) };
    let glaneur = builder(&shops).shop("drakkars", slow).build().await.unwrap();
    let begun = Instant::now();
    let result = one(&glaneur, EANS[0]).await;
    assert_eq!((result.status, status(&result, "drakkars")), (ItemStatus::Found, ShopStatus::Timeout), "{result:#?}");
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn no_shop_answers_means_failed() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    for (_, shop) in shops.shops() {
        shop.set(Fault::always(Trouble::Refused));
    }
    let result = one(&engine(&shops).await, EANS[0]).await;
    assert_eq!(result.status, ItemStatus::Failed, "{result:#?}");
    assert!(result.shops.iter().all(|outcome| outcome.status == ShopStatus::Unreachable), "{result:#?}");
}

#[tokio::test]
async fn pacing_is_kept_at_the_shops_own_count() {
    let shops = DemoShops::start(Behaviour::fixed(Duration::from_millis(20))).await.unwrap();
    let paced = ShopSettings { concurrency: Some(2), ..shop_settings(&shops.drakkars) };
    let glaneur = builder(&shops).shop("drakkars", paced).build().await.unwrap();
    let batch = Batch::parse((0..40).map(demo::bulk_ean)).unwrap();
    assert_eq!(results(&glaneur, batch).await.len(), 40);
    assert_eq!(shops.drakkars.peak_concurrency(), 2);
    assert!(shops.cocooncenter.peak_concurrency() > 2 && shops.cocooncenter.peak_concurrency() <= 8);
}

#[tokio::test]
async fn dropping_the_stream_ends_the_work() {
    let shops = DemoShops::start(Behaviour::fixed(Duration::from_millis(50))).await.unwrap();
    let glaneur = engine(&shops).await;
    let mut events = glaneur.scrape(Batch::parse((0..500).map(demo::bulk_ean)).unwrap()).unwrap();
    while !matches!(events.next().await, Some(Event::Result(_))) {}
    drop(events);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let asked = shops.cocooncenter.requests();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(shops.cocooncenter.requests(), asked);
}

#[tokio::test]
async fn private_addresses_need_the_operators_word() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let glaneur = shops.shops().into_iter().fold(Glaneur::builder(), |builder, (name, shop)| builder.shop(name, shop_settings(shop)));
    let result = one(&glaneur.build().await.unwrap(), EANS[0]).await;
    assert_eq!(result.status, ItemStatus::Failed);
    assert!(result.shops[0].detail.as_ref().unwrap().contains("allow_private"), "{result:#?}");
    assert!(shops.shops().iter().all(|(_, shop)| shop.requests() == 0));
}

#[tokio::test]
async fn an_unknown_shop_and_an_empty_batch_are_refused_by_name() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let glaneur = engine(&shops).await;
    let unknown = glaneur.scrape(Batch::parse(EANS).unwrap().shops(["drakars"])).unwrap_err();
    assert_eq!(
        (unknown.argument(), unknown.to_string().contains("known shops: cocooncenter, pharma-gdd, drakkars")),
        (Some("shops"), true),
        "{unknown}"
    );
    assert_eq!(glaneur.scrape(Batch::default()).unwrap_err().argument(), Some("eans"));
}
