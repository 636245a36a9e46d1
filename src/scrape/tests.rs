//! A defect of ours in an item's work is that item's affair, wherever it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

use std::sync::Arc;
use std::time::Duration;

use tokio_stream::StreamExt;

use super::defect::{Defect, Step};
use super::{Glaneur, Settings};
use crate::demo::{Behaviour, DemoShops, EANS};
use crate::model::{Batch, Event, Gtin, ItemResult, ItemStatus, MediaMode, ShopStatus};
use crate::plan::ShopSettings;

/// The eight products of the demo, with a defect in the work on the first one.
async fn with_a_defect(shops: &DemoShops, step: Step) -> Vec<ItemResult> {
    let egress = crate::egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..Default::default() };
    let settings = Settings { media: MediaMode::Probe, ..Settings::default() };
    let mut builder = Glaneur::builder().egress(egress).settings(settings);
    for (name, shop) in shops.shops() {
        let (origin, search_origin) = (Some(shop.origin().clone()), Some(shop.search_origin().clone()));
        let settings = ShopSettings { origin, search_origin, concurrency: Some(8), interval: Some(Duration::ZERO), ..Default::default() };
        builder = builder.shop(name, settings);
    }
    let mut glaneur = builder.build().await.unwrap();
    Arc::get_mut(&mut glaneur.0).unwrap().defect = Some(Defect { step, ean: Gtin::parse(EANS[0]).unwrap() });
    let results = glaneur.scrape(Batch::parse(EANS).unwrap()).unwrap().filter_map(|event| match event {
        Event::Result(result) => Some(*result),
        _ => None,
    });
    let mut results: Vec<_> = results.collect().await;
    results.sort_by_key(|result| result.position);
    results
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_a_page_is_read_or_judged_fails_its_item_alone() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    for step in [Step::Extract, Step::Verify] {
        let results = with_a_defect(&shops, step).await;
        assert_eq!((results.len(), results[0].status), (8, ItemStatus::Failed), "{step:?}: {:#?}", results[0]);
        for shop in &results[0].shops {
            assert_eq!(shop.status, ShopStatus::Error, "{step:?}: {shop:#?}");
            let detail = shop.detail.as_deref().unwrap();
            assert!(detail.contains("a defect of glaneur while reading the page") && detail.contains(&format!("{step:?}")), "{detail}");
        }
        assert!(results[1..].iter().all(|result| result.status == ItemStatus::Found), "{step:?} reached its neighbours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_media_are_looked_into_costs_no_product() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let results = with_a_defect(&shops, Step::Probe).await;
    assert!(results.iter().all(|result| result.status == ItemStatus::Found), "{results:#?}");
    let is_probed = |result: &ItemResult| result.found().any(|(_, product)| product.images.iter().any(|image| image.media_type.is_some()));
    assert!(!is_probed(&results[0]), "the defect was not met");
    assert!(is_probed(&results[1]), "the others' media are looked into");
}
