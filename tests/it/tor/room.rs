//! The Tor room alone, on the private network: bootstrap, identities, remote names, and what happens when Tor or an exit is down.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use glaneur::demo::{Behaviour, DemoShops};
use glaneur::egress::tor::{DialErrorKind, NotReady, State, Tor};
use tokio::net::TcpListener;
use url::Url;

use super::doorway::Doorway;
use super::entry::Entry;
use super::network::{self, EXITS, Network};

/// Tor on a network, and a demo shop behind the exits.
struct Scene {
    tor: Tor,
    shops: DemoShops,
    doorway: Doorway,
    _directory: tempfile::TempDir,
}

impl Scene {
    async fn set(network: &Network) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let tor = Tor::launch(&network.settings(&directory), directory.path()).unwrap();
        let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
        let doorway = Doorway::open(network, shops.cocooncenter.origin()).await;
        tor.ready().await.unwrap();
        Self { tor, shops, doorway, _directory: directory }
    }

    async fn get(&self, identity: &str) -> reqwest::Result<String> {
        get(&self.tor, identity, self.doorway.url("cocooncenter.test")).await
    }

    /// Which exits a new connection of this identity came through.
    async fn exit_of(&self, identity: &str) -> usize {
        let before = self.doorway.by_exit();
        self.get(identity).await.unwrap();
        let after = self.doorway.by_exit();
        let moved: Vec<usize> = (0..EXITS).filter(|&n| after[n] > before[n]).collect();
        assert_eq!(moved.len(), 1, "{before:?} {after:?}");
        moved[0]
    }

    async fn end(self) {
        self.tor.close().await;
        self.shops.stop().await;
    }
}

#[allow(clippy::disallowed_methods, reason = "the room is tested alone, before the egress's own factory")]
async fn get(tor: &Tor, identity: &str, url: Url) -> reqwest::Result<String> {
    let proxy = reqwest::Proxy::all(tor.proxy(identity)).unwrap();
    let client = reqwest::Client::builder().proxy(proxy).timeout(Duration::from_secs(60)).build().unwrap();
    client.get(url).send().await?.error_for_status()?.text().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_tells_its_progress() {
    let Some(network) = network::shared().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let since = Instant::now();
    let tor = Tor::launch(&network.settings(&directory), directory.path()).unwrap();
    let mut progress = tor.progress();
    let mut told = vec![progress.borrow_and_update().clone()];
    while told.last().unwrap().state != State::Ready {
        tokio::time::timeout(Duration::from_secs(60), progress.changed()).await.unwrap().unwrap();
        told.push(progress.borrow_and_update().clone());
    }
    eprintln!("Tor was ready after {:.2} s", since.elapsed().as_secs_f64());
    assert_eq!(tor.ready().await, Ok(()));
    let percents: Vec<u8> = told.iter().map(|progress| progress.percent).collect();
    assert_eq!((percents[0], percents.last()), (0, Some(&100)), "{told:?}");
    assert!(percents.len() > 2 && told.iter().all(|progress| !progress.sentence.is_empty()), "{told:?}");
    tor.close().await;

    // The directory is kept, and nobody holds it any more.
    let since = Instant::now();
    let again = Tor::launch(&network.settings(&directory), directory.path()).unwrap();
    assert_eq!(again.ready().await, Ok(()));
    eprintln!("Tor was ready again after {:.2} s", since.elapsed().as_secs_f64());
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_comes_by_a_name_that_only_the_exits_know() {
    let Some(network) = network::shared().await else { return };
    let scene = Scene::set(network).await;
    let asked = network.names_asked();
    // Exits remember names, and the network serves all tests.
    let page = get(&scene.tor, "a", scene.doorway.url("new.room.test")).await.unwrap();
    assert!(page.contains("</html>"), "{page}");
    assert!(network.names_asked() > asked, "the name was resolved at an exit");
    assert!(tokio::net::lookup_host(("new.room.test", 80)).await.is_err(), "this machine knows it too");
    assert_eq!(scene.doorway.by_exit().iter().sum::<u64>(), 1);
    assert_eq!((scene.doorway.elsewhere(), scene.shops.cocooncenter.requests()), (0, 1));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_keeps_its_circuit_and_others_have_their_own() {
    let Some(network) = network::shared().await else { return };
    let scene = Scene::set(network).await;
    let first = scene.exit_of("first").await;
    for _ in 0..5 {
        assert_eq!(scene.exit_of("first").await, first);
    }
    let mut exits = BTreeSet::from([first]);
    for n in 0..30 {
        exits.insert(scene.exit_of(&format!("other {n}")).await);
        if exits.len() == EXITS {
            break;
        }
    }
    assert!(exits.len() > 1, "31 identities, one exit");
    assert_eq!(scene.exit_of("first").await, first, "the others changed nothing for it");

    // Retired, the name is somebody else.
    let mut reborn = BTreeSet::new();
    for _ in 0..30 {
        scene.tor.forget("first");
        reborn.insert(scene.exit_of("first").await);
        if reborn.len() > 1 {
            break;
        }
    }
    assert!(reborn.len() > 1, "30 rebirths, one exit");
    assert_eq!(scene.doorway.elsewhere(), 0);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_reached_is_not() {
    let Some(network) = network::shared().await else { return };
    let scene = Scene::set(network).await;
    let canary = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = canary.local_addr().unwrap().port();
    for host in ["127.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "10.0.0.1", "169.254.169.254", "0.0.0.0"] {
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        assert!(get(&scene.tor, host, url).await.is_err(), "{host}");
        assert_eq!(scene.tor.why(host).unwrap().kind, DialErrorKind::ForbiddenTarget, "{host}");
    }
    let reached = tokio::time::timeout(Duration::from_millis(300), canary.accept()).await;
    assert!(reached.is_err(), "{reached:?}");

    let mut wrong = scene.tor.proxy("a");
    wrong.set_password(Some("guessed")).unwrap();
    #[allow(clippy::disallowed_methods, reason = "the room is tested alone, before the egress's own factory")]
    let client = reqwest::Client::builder().proxy(reqwest::Proxy::all(wrong).unwrap()).build().unwrap();
    assert!(client.get(scene.doorway.url("cocooncenter.test")).send().await.unwrap_err().is_connect());
    assert_eq!(scene.shops.cocooncenter.requests(), 0);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_says_what_socks_cannot() {
    let Some(network) = network::shared().await else { return };
    let scene = Scene::set(network).await;
    // Not even the exits know this name.
    assert!(get(&scene.tor, "nobody", "http://shop.invalid/".parse().unwrap()).await.is_err());
    let why = scene.tor.why("nobody").unwrap();
    assert_eq!((why.kind, &*why.target), (DialErrorKind::NoSuchHost, "shop.invalid:80"), "{why}");
    // A port without a server.
    let mut closed = scene.doorway.url("cocooncenter.test");
    closed.set_port(Some(1)).unwrap();
    assert!(get(&scene.tor, "closed", closed).await.is_err());
    let why = scene.tor.why("closed").unwrap();
    // Exits of Debian's tor 0.4.9 were seen to tell a refusal on loopback as MISC, which says no more than that.
    assert!(matches!(why.kind, DialErrorKind::Refused | DialErrorKind::Unreachable), "{why}");
    // What succeeds takes the complaint back.
    get(&scene.tor, "closed", scene.doorway.url("cocooncenter.test")).await.unwrap();
    assert_eq!(scene.tor.why("closed"), None);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tor_that_is_down_at_the_start_is_a_typed_failure_and_recovers() {
    let Some(network) = network::shared().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut entry = Entry::shut(network);
    let mut settings = network.settings_by(&directory, entry.address);
    settings.bootstrap_timeout = Duration::from_secs(6);
    let tor = Tor::launch(&settings, directory.path()).unwrap();
    let since = Instant::now();
    let failed = tor.ready().await.unwrap_err();
    assert!(matches!(failed, NotReady::Timeout { seconds: 6, .. } | NotReady::Offline { .. }), "{failed:?}");
    assert!(since.elapsed() < Duration::from_secs(8), "{:?}", since.elapsed());

    // Nothing goes out meanwhile, and it is told at once.
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let doorway = Doorway::open(network, shops.cocooncenter.origin()).await;
    let url = doorway.url("cocooncenter.test");
    assert!(get(&tor, "a", url.clone()).await.is_err());
    assert_eq!(tor.why("a").unwrap().kind, DialErrorKind::TorDown);
    assert_eq!((doorway.elsewhere(), shops.cocooncenter.requests()), (0, 0));

    entry.open().await;
    let recovered = async {
        while tor.ready().await.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let since = Instant::now();
    tokio::time::timeout(Duration::from_secs(60), recovered).await.unwrap();
    eprintln!("Tor recovered {:.1} s after its network", since.elapsed().as_secs_f64());
    assert!(get(&tor, "a", url).await.unwrap().contains("</html>"));
    assert_eq!(tor.why("a"), None);
    tor.close().await;
    shops.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_that_dies_costs_no_more_than_its_identities() {
    let Some(mut network) = network::own().await else { return };
    let scene = Scene::set(&network).await;
    let directory = network.directory();
    let lost = scene.exit_of("lost").await;
    network.kill_exit(lost);
    // The consensus still names the dead one: circuits through it fail and are built anew.
    for n in 0..3 {
        let since = Instant::now();
        assert_ne!(scene.exit_of(&format!("new {n}")).await, lost);
        assert!(since.elapsed() < Duration::from_secs(30), "{:?}", since.elapsed());
    }
    assert_eq!(scene.doorway.elsewhere(), 0);
    scene.end().await;
    drop(network);
    assert!(!directory.exists(), "the network left its files behind");
}
