//! The engine over proxies that are not its own: a tor daemon, a plain SOCKS5 proxy, a dead one.

use std::collections::BTreeSet;

use glaneur::demo::EANS;
use glaneur::egress::tor::Settings;
use glaneur::{Batch, ItemStatus, Route, ShopStatus};

use super::network::{self, EXITS};
use super::socks::Socks;
use super::stage::{Stage, results};

async fn assert_all_found(stage: &Stage, route: Route, by: &str) {
    let glaneur = stage.builder(route, Settings::default()).build().await.unwrap();
    let (found, took) = results(&glaneur, Batch::parse(EANS).unwrap()).await;
    assert_eq!(found.iter().filter(|result| result.status == ItemStatus::Found).count(), EANS.len(), "{found:#?}");
    let (by_exit, elsewhere) = (stage.by_exit(), stage.elsewhere());
    eprintln!("8/8 through {by} in {took:.1?}; by exit {by_exit:?}, from elsewhere {elsewhere}");
    assert_eq!(elsewhere, 0);
    assert_eq!(glaneur.tor(), None, "the Tor inside was started for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tor_daemon_isolates_identities_by_user_name() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "daemon.test").await;
    let daemon = tokio::task::spawn_blocking(|| network.daemon()).await.unwrap();
    let route = Route::parse(&format!("socks5h://{}", daemon.socks())).unwrap();
    let asked = network.names_asked();
    assert_all_found(&stage, route.clone(), "a tor daemon").await;
    assert!(network.names_asked() > asked, "no exit was asked for a name");

    let glaneur = stage.builder(route, Settings::default()).build().await.unwrap();
    let mut seen = BTreeSet::new();
    for _ in 0..40 {
        let before = stage.doors[0].by_exit();
        let (found, _) = results(&glaneur, Batch::parse(&EANS[..2]).unwrap().shops(["cocooncenter"])).await;
        assert!(found.iter().all(|result| result.status == ItemStatus::Found), "{found:#?}");
        let after = stage.doors[0].by_exit();
        let exits: Vec<usize> = (0..EXITS).filter(|&n| after[n] > before[n]).collect();
        assert_eq!(exits.len(), 1, "one identity came by several exits");
        seen.extend(exits);
        if seen.len() > 1 {
            break;
        }
    }
    assert!(seen.len() > 1, "40 identities, one exit");
    assert_eq!(stage.elsewhere(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_socks_proxy_resolves_the_names() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "socks.test").await;
    let proxy = Socks::start().await;
    assert_all_found(&stage, Route::parse(&format!("socks5h://{}", proxy.address)).unwrap(), "a SOCKS5 proxy").await;
    let asked = proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|line| line.ends_with(".socks.test")), "{asked:?}");
    // An identity is one shop's.
    let pairs: BTreeSet<&String> = asked.iter().collect();
    let users: BTreeSet<&str> = asked.iter().filter_map(|line| line.split_once(' ')).map(|(user, _)| user).collect();
    // Three shops, of which one is searched at another host.
    assert_eq!((users.len(), pairs.len()), (3, 4), "{pairs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_proxy_fails_closed() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "dead.test").await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let route = format!("socks5h://{nobody}");
    let glaneur = stage.builder(Route::parse(&route).unwrap(), Settings::default()).build().await.unwrap();
    let (failed, took) = results(&glaneur, Batch::parse(EANS).unwrap()).await;
    eprintln!("8 failures by a dead proxy in {took:.1?}: {:?}", failed[0].shops[0].detail);
    for result in &failed {
        assert_eq!(result.status, ItemStatus::Failed, "{result:#?}");
        for outcome in &result.shops {
            let detail = outcome.detail.as_deref().unwrap_or_default();
            assert!(outcome.status == ShopStatus::Unreachable && detail.contains(&route), "{outcome:#?}");
        }
    }
    assert_eq!((stage.by_exit(), stage.elsewhere()), ([0; EXITS], 0));
    assert!(stage.shops.shops().iter().all(|(_, shop)| shop.requests() == 0));
}
