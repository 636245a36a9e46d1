//! A second circuit for a request that takes longer than usual.

use std::time::Duration;

use glaneur::demo::{Fault, Part, Trouble, bulk_ean};
use glaneur::{Batch, ItemStatus, Route};

use super::network;
use super::stage::{Stage, results};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_hangs_is_answered_by_a_second_circuit() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "hedge.test").await;
    let glaneur = stage.builder(Route::Tor, network.settings(&stage.directory)).build().await.unwrap();
    let batch = |numbers: std::ops::Range<u32>| Batch::parse(numbers.map(bulk_ean)).unwrap().shops(["cocooncenter"]);
    let shop = &stage.shops.cocooncenter;
    let found = |status: ItemStatus| status == ItemStatus::Found;

    // What is usual is not known yet, so nothing is asked twice.
    let (usual, _) = results(&glaneur, batch(0..15)).await;
    assert!(usual.iter().all(|result| result.shops[0].requests <= 3), "{usual:#?}");
    shop.forget();
    shop.set(Fault::first(1, Trouble::Silent).on(Part::Search));
    let (hedged, took) = results(&glaneur, batch(15..16)).await;
    assert!(found(hedged[0].status), "{hedged:#?}");
    assert_eq!((hedged[0].shops[0].requests, shop.requests()), (3, 3), "search, the same by a second circuit, page");
    assert!(took < Duration::from_secs(15), "{took:?}");
    eprintln!("a request that hung was answered by a second circuit; the item took {took:.1?}");
    assert_eq!(stage.elsewhere(), 0);
}
