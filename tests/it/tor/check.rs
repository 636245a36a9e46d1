//! `egress check` over the private network: exits, remote names, identities apart.

use glaneur::egress::{self, Isolation, Names};
use glaneur::{Glaneur, Route};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::network;
use crate::egress_check::mirror;

#[tokio::test(flavor = "multi_thread")]
async fn the_check_sees_exits_and_that_identities_are_apart() {
    let Some(network) = network::shared().await else { return };
    let (first, rest) = network.doorways().split_first().map(|(first, rest)| (*first, rest.to_vec())).unwrap();
    let mut listeners = vec![TcpListener::bind((first, 0)).await.unwrap()];
    let port = listeners[0].local_addr().unwrap().port();
    for address in rest {
        listeners.push(TcpListener::bind((address, port)).await.unwrap());
    }
    let mut mirrors = JoinSet::new();
    listeners.into_iter().for_each(|listener| drop(mirrors.spawn(mirror(listener))));

    let directory = tempfile::tempdir().unwrap();
    let check_url = format!("http://mirror.test:{port}/").parse().unwrap();
    let settings = egress::Settings { check_url, tor: network.settings(&directory), ..egress::Settings::default() };
    let glaneur = Glaneur::builder().egress(settings).build().await.unwrap();
    // Six identities, three exits: once in 243 checks all take the same.
    for _ in 0..3 {
        let report = glaneur.check_route(&Route::Tor).await;
        assert_eq!((report.failure.as_deref(), report.names, report.exits.len()), (None, Names::Remote, 6), "{report:?}");
        assert!(report.exits.iter().all(|exit| network.doorways().map(Into::into).contains(exit)), "{report:?}");
        assert_ne!(report.isolation, Isolation::Unsteady, "{report:?}");
        if report.isolation == Isolation::Real {
            eprintln!("Tor was checked: {report:?}");
            return;
        }
    }
    panic!("eighteen identities had one exit");
}
