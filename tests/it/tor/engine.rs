//! The engine over Tor: the same results as over the direct route, and nobody sees where they were asked from.

use std::collections::BTreeSet;

use glaneur::demo::{Behaviour, DemoShops, EANS};
use glaneur::plan::ShopSettings;
use glaneur::{Batch, Event, Glaneur, ItemResult, ItemStatus, Route, RouteWish, ShopStatus};
use tokio_stream::StreamExt;

use super::network::{self, EXITS};
use super::stage::{self, Stage, results, told};

/// Identities that are tried until chance has shown what it should: 3 exits give all but one of a million tries.
const IDENTITIES: usize = 40;

fn one(shop: &str) -> Batch {
    Batch::parse([EANS[0]]).unwrap().shops([shop])
}

fn outcome<'a>(results: &'a [ItemResult], shop: &str) -> &'a glaneur::ShopResult {
    results[0].shops.iter().find(|outcome| outcome.shop.as_str() == shop).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_eight_products_are_found_through_exits_only() {
    let Some(network) = network::shared().await else { return };
    let plain = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let (expected, straight) = results(&stage::direct(&plain).await, Batch::parse(EANS).unwrap()).await;
    let stage = Stage::set(network, "eight.test").await;
    let asked = network.names_asked();
    let glaneur = stage.builder(Route::Tor, network.settings(&stage.directory)).build().await.unwrap();
    let (found, took) = results(&glaneur, Batch::parse(EANS).unwrap()).await;
    assert_eq!(told(&found), told(&expected));
    assert_eq!(found.iter().filter(|result| result.status == ItemStatus::Found).count(), EANS.len());
    let (by_exit, elsewhere) = (stage.by_exit(), stage.elsewhere());
    eprintln!("8/8 through Tor in {took:.1?}, its start included (direct {straight:.1?}); by exit {by_exit:?}, from elsewhere {elsewhere}");
    assert_eq!(elsewhere, 0);
    assert!(by_exit.iter().sum::<u64>() >= 3, "{by_exit:?}");
    assert!(network.names_asked() > asked, "no exit was asked for a name");
    assert!(tokio::net::lookup_host(("cocooncenter.eight.test", 80)).await.is_err(), "this machine knows it too");
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_may_leave_in_the_clear_and_pages_not() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "split.test").await;
    // Names are the exits' alone: who searches in the clear needs an address.
    let search_origin = Some(stage.search.clear_url(network));
    let route = RouteWish { search: Some(Route::Direct), page: Some(Route::Tor), image: None };
    let split = ShopSettings { search_origin, route, ..stage.by_name("drakkars") };
    let builder = stage.builder(Route::Tor, network.settings(&stage.directory)).shop("drakkars", split);
    let glaneur = builder.build().await.unwrap();
    let mut events = glaneur.scrape(one("drakkars")).unwrap();
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Event::Accepted(accepted) => {
                let clear: Vec<&str> = accepted.plan[0].in_the_clear.iter().map(|phase| phase.as_str()).collect();
                let plan = &accepted.plan[0];
                assert_eq!((&*plan.search, &*plan.page, &*plan.image, clear), ("direct", "tor", "tor", vec!["search"]));
            }
            Event::Result(result) => told.push(*result),
            _ => {}
        }
    }
    assert_eq!(outcome(&told, "drakkars").status, ShopStatus::Found, "{told:#?}");
    let (searches, pages) = (&stage.search, &stage.doors[2]);
    assert_eq!((searches.by_exit(), pages.elsewhere()), ([0; EXITS], 0));
    assert!(searches.elsewhere() > 0 && pages.by_exit().iter().sum::<u64>() > 0);
}

/// The exits by which a job's requests to two shops came.
async fn exits_of(stage: &Stage, glaneur: &Glaneur) -> [BTreeSet<usize>; 2] {
    let before = [stage.doors[0].by_exit(), stage.doors[1].by_exit()];
    let batch = Batch::parse(&EANS[..3]).unwrap().shops(["cocooncenter", "pharma-gdd"]);
    let (found, _) = results(glaneur, batch).await;
    assert!(found.iter().all(|result| result.status == ItemStatus::Found), "{found:#?}");
    let after = [stage.doors[0].by_exit(), stage.doors[1].by_exit()];
    [0, 1].map(|shop| (0..EXITS).filter(|&n| after[shop][n] > before[shop][n]).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_sees_one_exit_per_job_and_two_shops_see_their_own() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "apart.test").await;
    let glaneur = stage.builder(Route::Tor, network.settings(&stage.directory)).build().await.unwrap();
    let (mut seen, mut apart) = (BTreeSet::new(), false);
    for _ in 0..IDENTITIES {
        let [first, second] = exits_of(&stage, &glaneur).await;
        assert_eq!((first.len(), second.len()), (1, 1), "one identity came by several exits");
        apart |= first != second;
        seen.extend(first.into_iter().chain(second));
        if apart && seen.len() == EXITS {
            break;
        }
    }
    assert!(apart, "two shops saw the same exit in {IDENTITIES} jobs");
    assert_eq!(seen.len(), EXITS, "{seen:?}");
    assert_eq!(stage.elsewhere(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_that_the_shop_refuses_is_left_for_another() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "refused.test").await;
    // By chance the next identity may leave by the same exit.
    let patient = ShopSettings { attempts: Some(12), ..stage.by_name("cocooncenter") };
    let builder = stage.builder(Route::Tor, network.settings(&stage.directory)).shop("cocooncenter", patient);
    let glaneur = builder.build().await.unwrap();
    let door = &stage.doors[0];
    door.refuse(1);
    for job in 0..IDENTITIES {
        let before = door.by_exit();
        let (found, took) = results(&glaneur, one("cocooncenter")).await;
        assert_eq!(outcome(&found, "cocooncenter").status, ShopStatus::Found, "{found:#?}");
        let after = door.by_exit();
        assert!(after[0] + after[2] > before[0] + before[2], "the page came through a door that shows none");
        if after[1] > before[1] {
            eprintln!("job {job} was refused at one exit and found its product through another, in {took:.1?}");
            assert_eq!(stage.elsewhere(), 0);
            return;
        }
    }
    panic!("{IDENTITIES} identities, and none left by the refused exit: {:?}", door.by_exit());
}
