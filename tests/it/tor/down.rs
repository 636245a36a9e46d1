//! The engine when Tor or a part of it is down: typed failures that name the route, nothing by another way, and no harm to others.

use std::time::{Duration, Instant};

use glaneur::demo::{EANS, Fault, Part, Trouble};
use glaneur::egress::tor::Settings;
use glaneur::{Batch, Event, Glaneur, ItemResult, ItemStatus, Progress, Route, ShopStatus, scrape};
use tokio_stream::StreamExt;

use super::entry::Entry;
use super::network;
use super::stage::{Stage, results};

/// The shop that is not asked through Tor.
const STRAIGHT: &str = "cocooncenter";
const BOOTSTRAP: Duration = Duration::from_secs(6);
/// After a cut the Tor client and the engine each wait some time before they try again.
const RECOVERY: Duration = Duration::from_secs(150);

/// One shop straight, the others through Tor.
async fn engine(stage: &Stage, tor: Settings, settings: scrape::Settings) -> Glaneur {
    stage.builder(Route::Tor, tor).settings(settings).shop(STRAIGHT, stage.straight(STRAIGHT)).build().await.unwrap()
}

/// Shops behind Tor that did not answer say so by one of these statuses, and name the route; how many.
fn failed_by_tor(results: &[ItemResult], statuses: &[ShopStatus]) -> usize {
    let outcomes = results.iter().flat_map(|result| &result.shops).filter(|outcome| outcome.shop.as_str() != STRAIGHT);
    let failed: Vec<_> = outcomes.filter(|outcome| !outcome.status.is_answer()).collect();
    for outcome in &failed {
        let detail = outcome.detail.as_deref().unwrap_or_default();
        let names_it = detail.contains("route tor:") || detail.contains(" by tor");
        assert!(statuses.contains(&outcome.status) && names_it, "{outcome:#?}");
    }
    failed.len()
}

/// New jobs until one finds its product at a shop behind Tor; how long that took.
async fn recovery(glaneur: &Glaneur) -> Duration {
    let begun = Instant::now();
    loop {
        let (found, _) = results(glaneur, Batch::parse([EANS[0]]).unwrap().shops(["pharma-gdd"])).await;
        if found[0].status == ItemStatus::Found {
            return begun.elapsed();
        }
        assert_eq!(failed_by_tor(&found, &[ShopStatus::Unreachable, ShopStatus::Timeout]), 1, "{found:#?}");
        assert!(begun.elapsed() < RECOVERY, "no recovery: {found:#?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tor_down_at_the_start_fails_its_shops_and_holds_up_no_other() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "start.test").await;
    let mut entry = Entry::shut(network);
    let tor = Settings { bootstrap_timeout: BOOTSTRAP, ..network.settings_by(&stage.directory, entry.address) };
    // The deadline is shorter than the bootstrap, and there is room for one item: whoever waits for Tor uses up neither.
    let settings = scrape::Settings { items_in_work: 1, item_deadline: Duration::from_secs(2), ..scrape::Settings::default() };
    let glaneur = engine(&stage, tor, settings).await;
    let begun = Instant::now();
    let mut events = glaneur.scrape(Batch::parse(&EANS[..3]).unwrap()).unwrap();
    let (mut found, mut straight, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(event) = events.next().await {
        match event {
            Event::Progress(Progress { shop, status, .. }) if shop.as_str() == STRAIGHT => straight.push((status, begun.elapsed())),
            Event::Waiting(waiting) => waits.push(waiting),
            Event::Result(result) => found.push(*result),
            _ => {}
        }
    }
    eprintln!("Tor down: failed after {:.1?}, the direct shop's last answer after {:.1?}", begun.elapsed(), straight[2].1);
    assert!(straight.iter().all(|(status, at)| status.is_answer() && *at < BOOTSTRAP), "{straight:?}");
    assert!(straight.iter().any(|(status, _)| *status == ShopStatus::Found), "{straight:?}");
    assert!(found.len() == 3 && found.iter().all(|result| result.status != ItemStatus::Failed), "{found:#?}");
    assert_eq!(failed_by_tor(&found, &[ShopStatus::Unreachable]), 6, "{found:#?}");
    assert_eq!((stage.shops.pharma_gdd.requests(), stage.shops.drakkars.requests()), (0, 0));
    assert!(waits.iter().all(|waiting| waiting.route == "tor" && waiting.percent < 100), "{waits:?}");
    assert!(!waits.is_empty(), "nobody was told of the wait");

    entry.open().await;
    eprintln!("after a start without a network, a job succeeded {:.1?} after it came", recovery(&glaneur).await);
    assert_eq!(stage.elsewhere(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tor_going_down_in_mid_job_fails_its_shops_and_holds_up_no_other() {
    let Some(mut network) = network::own().await else { return };
    let stage = Stage::set(&network, "cut.test").await;
    // Slow enough that there is something left to cut.
    for shop in [&stage.shops.pharma_gdd, &stage.shops.drakkars] {
        shop.set(Fault::always(Trouble::Slow(Duration::from_millis(400))).on(Part::Page));
    }
    let glaneur = engine(&stage, network.settings(&stage.directory), scrape::Settings::default()).await;
    let mut events = glaneur.scrape(Batch::parse(EANS).unwrap()).unwrap();
    let (mut found, mut straight, mut cut) = (Vec::new(), 0, None::<Instant>);
    while let Some(event) = events.next().await {
        match event {
            Event::Progress(told) if told.shop.as_str() == STRAIGHT => straight += 1,
            Event::Progress(told) if told.status == ShopStatus::Found && cut.is_none() => {
                network.kill_guard();
                cut = Some(Instant::now());
            }
            Event::Result(result) => found.push(*result),
            _ => {}
        }
    }
    eprintln!("Tor cut: the job ended {:.1?} later", cut.unwrap().elapsed());
    assert_eq!((found.len(), straight), (EANS.len(), EANS.len()));
    let failed = failed_by_tor(&found, &[ShopStatus::Unreachable, ShopStatus::Timeout]);
    assert!(failed > 0, "it was cut too late: {found:#?}");
    assert_eq!(stage.elsewhere(), 0);

    network.start_guard().unwrap();
    eprintln!("after a cut, a job succeeded {:.1?} after the network was back", recovery(&glaneur).await);
    assert_eq!(stage.elsewhere(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_that_dies_in_mid_job_costs_no_result() {
    let Some(mut network) = network::own().await else { return };
    let stage = Stage::set(&network, "killed.test").await;
    let glaneur = stage.builder(Route::Tor, network.settings(&stage.directory)).build().await.unwrap();
    let mut events = glaneur.scrape(Batch::parse(EANS).unwrap()).unwrap();
    let (mut found, mut killed) = (Vec::new(), None);
    while let Some(event) = events.next().await {
        match event {
            Event::Progress(_) if killed.is_none() => {
                // The one that is most in use.
                let by_exit = stage.by_exit();
                let most = (0..by_exit.len()).max_by_key(|&n| by_exit[n]).unwrap();
                network.kill_exit(most);
                killed = Some((Instant::now(), most));
            }
            Event::Result(result) => found.push(*result),
            _ => {}
        }
    }
    let (since, exit) = killed.unwrap();
    eprintln!("exit {exit} killed in mid-job: {} results, the last {:.1?} later", found.len(), since.elapsed());
    assert_eq!(found.iter().filter(|result| result.status == ItemStatus::Found).count(), EANS.len(), "{found:#?}");
    assert_eq!(stage.elsewhere(), 0);
}
