//! Wanted at the same moment: fetched once.

use std::time::Duration;

use glaneur::demo::{self, Behaviour, DemoShops, EANS, Fault, PageBytes, Part, Trouble};
use glaneur::{Batch, Event, Glaneur, ItemResult, ShopStatus};
use tokio_stream::StreamExt;

use super::{batch, builder, outcomes, parts, results, until};

/// Long enough for a second one to come while the first waits.
const LATENCY: Duration = Duration::from_millis(300);

async fn slow() -> (DemoShops, Glaneur) {
    let shops = DemoShops::start(Behaviour::fixed(LATENCY)).await.unwrap();
    let glaneur = builder(&shops).build().await.unwrap();
    (shops, glaneur)
}

#[tokio::test]
async fn two_items_that_want_the_same_page_fetch_it_once() {
    let (shops, glaneur) = slow().await;
    let results = results(glaneur.scrape(batch(&[EANS[0], EANS[0]])).unwrap()).await;
    let outcomes = outcomes(&results);
    assert!(outcomes.iter().all(|outcome| outcome.status == ShopStatus::Found), "{outcomes:#?}");
    assert_eq!(outcomes[0].product, outcomes[1].product);
    let told: u32 = outcomes.iter().map(|outcome| outcome.requests).sum();
    assert_eq!((u64::from(told), shops.cocooncenter.requests()), (3, 3), "robots.txt, the search and the page");
}

#[tokio::test]
async fn two_jobs_share_a_page_and_two_shops_never() {
    let (shops, glaneur) = slow().await;
    let jobs = [(); 2].map(|()| results(glaneur.scrape(Batch::parse([EANS[0]]).unwrap()).unwrap()));
    let both: Vec<ItemResult> = futures::future::join_all(jobs).await.concat();
    assert!(outcomes(&both).iter().all(|outcome| outcome.status == ShopStatus::Found), "{both:#?}");
    for (name, shop) in shops.shops() {
        let told: u32 = outcomes(&both).iter().filter(|outcome| outcome.shop.as_str() == name).map(|outcome| outcome.requests).sum();
        assert_eq!(u64::from(told), shop.requests(), "{name}");
        assert_eq!((parts(shop, Part::Search), parts(shop, Part::Page)), (1, 1), "{name}: {:#?}", shop.hits());
    }
}

#[tokio::test]
async fn when_the_one_who_fetches_is_cancelled_another_takes_over() {
    let (shops, glaneur) = slow().await;
    let mut first = glaneur.scrape(batch(&[EANS[0]])).unwrap();
    let begun = async { until(|| shops.cocooncenter.requests() == 2).await };
    tokio::select! {
        () = begun => {}
        () = async { while first.next().await.is_some() {} } => panic!("it was faster than the shop"),
    }
    let second = results(glaneur.scrape(batch(&[EANS[0]])).unwrap());
    let (second, ()) = tokio::join!(second, async {
        tokio::time::sleep(LATENCY / 6).await;
        assert_eq!(shops.cocooncenter.requests(), 2, "the second one waits");
        drop(first);
    });
    assert_eq!(second[0].shops[0].status, ShopStatus::Found, "{second:#?}");
    assert_eq!(second[0].shops[0].requests, 2, "the search that was cancelled is not its own");
    assert_eq!((parts(&shops.cocooncenter, Part::Search), parts(&shops.cocooncenter, Part::Page)), (2, 1));
}

#[tokio::test]
async fn a_failure_is_shared_with_those_who_waited_for_it_and_tried_again_together() {
    let (shops, glaneur) = slow().await;
    shops.cocooncenter.set(Fault::first(1, Trouble::ServerError).on(Part::Page));
    let results = results(glaneur.scrape(batch(&[EANS[0], EANS[0]])).unwrap()).await;
    assert!(outcomes(&results).iter().all(|outcome| outcome.status == ShopStatus::Found), "{results:#?}");
    let pages = parts(&shops.cocooncenter, Part::Page);
    // Each pauses for a time of its own choice, so the second try need not be common.
    assert!((2..=3).contains(&pages), "{:#?}", shops.cocooncenter.hits());
    let told: u32 = outcomes(&results).iter().map(|outcome| outcome.requests).sum();
    assert_eq!(u64::from(told), shops.cocooncenter.requests());
}

#[tokio::test]
async fn a_reader_that_stops_reading_holds_up_nobody_who_waits_for_the_same_pages() {
    // More events than may wait for a reader; short pages, since reading is not what is measured.
    let page_bytes = PageBytes { cocooncenter: 2_000, pharma_gdd: 2_000, drakkars: 2_000 };
    let shops = DemoShops::start(Behaviour { page_bytes, ..Behaviour::fixed(LATENCY / 10) }).await.unwrap();
    let glaneur = builder(&shops).build().await.unwrap();
    let batch = || Batch::parse((0..60).map(demo::bulk_ean)).unwrap();
    let mut stalled = glaneur.scrape(batch()).unwrap();
    while !matches!(stalled.next().await, Some(Event::Progress(_))) {}
    let read = tokio::time::timeout(Duration::from_secs(60), results(glaneur.scrape(batch()).unwrap())).await;
    assert_eq!(read.expect("it waits for the other one's reader").len(), 60);
    drop(stalled);
}
