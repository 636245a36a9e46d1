//! What a shop does when it is told to misbehave, and what it counts.

use std::time::{Duration, Instant};

use super::*;

const FORBIDDEN: Trouble = Trouble::Forbidden { retry_after: None };

#[tokio::test]
async fn faults_strike_and_pass() {
    let shops = shops().await;
    let shop = &shops.cocooncenter;
    let status = async || send(shop.origin(), "GET", "/maison/748210.html", &[], "").await.map(|reply| reply.status).ok();
    shop.set(Fault::first(2, FORBIDDEN));
    assert_eq!([status().await, status().await, status().await], [Some(403), Some(403), Some(301)]);
    shop.set(Fault::first(1, FORBIDDEN).on(Part::Search));
    assert_eq!(status().await, Some(301));
    assert_eq!(get(shop.origin(), "/?search=1").await.status, 403);
    shop.set(Fault::always(Trouble::Forbidden { retry_after: Some(7) }));
    assert_eq!(get(shop.origin(), "/").await.header("retry-after"), Some("7"));
    shop.set(Fault::always(Trouble::TooManyRequests { retry_after: 2 }));
    let many = get(shop.origin(), "/").await;
    assert_eq!((many.status, many.header("retry-after")), (429, Some("2")));
    shop.set(Fault::always(Trouble::ServerError));
    assert_eq!(status().await, Some(500));
    shop.set(Fault::always(Trouble::Dropped));
    assert_eq!(status().await, None);
    shop.set(Fault::always(Trouble::Firewall));
    let wall = get(shop.origin(), "/").await;
    assert!(wall.status == 200 && wall.body.contains("Incapsula"));
    shop.set(Fault::always(Trouble::Huge(3_000_000)));
    assert!(get(shop.origin(), "/").await.body.len() >= 3_000_000);
    shop.set(Fault::none());
    assert_eq!(status().await, Some(301));
    let hits = shop.hits();
    assert_eq!(hits[0].status, Some(403));
    assert!(hits.iter().any(|hit| hit.status.is_none() && hit.path == "/maison/748210.html" && hit.method == "GET"));
}

#[tokio::test]
async fn hanging_silent_and_slow_shops() {
    let shops = shops().await;
    let shop = &shops.cocooncenter;
    let soon = Duration::from_millis(150);
    for trouble in [Trouble::HangsHalfWay, Trouble::Silent] {
        shop.set(Fault::always(trouble));
        assert!(tokio::time::timeout(soon, get(shop.origin(), "/")).await.is_err(), "{trouble:?}");
    }
    shop.set(Fault::always(Trouble::HangsHalfWay));
    let mut stream = TcpStream::connect(shop.origin().socket_addrs(|| None).unwrap()[0]).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: demo\r\n\r\n").await.unwrap();
    let mut some = [0; 2048];
    assert!(tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut some)).await.unwrap().is_ok());
    shop.set(Fault::always(Trouble::Slow(soon)));
    let start = Instant::now();
    assert_eq!(get(shop.origin(), "/").await.status, 200);
    assert!(start.elapsed() >= soon);
}

#[tokio::test]
async fn a_refusing_shop_comes_back_on_its_port() {
    let shops = shops().await;
    let shop = &shops.drakkars;
    shop.set(Fault::always(Trouble::Refused));
    let refused =
        async || send(shop.search_origin(), "GET", "/", &[], "").await.is_err() && send(shop.origin(), "GET", "/", &[], "").await.is_err();
    let start = Instant::now();
    while !refused().await {
        assert!(start.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    shop.set(Fault::none());
    let start = Instant::now();
    while send(shop.origin(), "GET", "/", &[], "").await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn requests_are_counted_and_their_peak_is_seen() {
    let shops = DemoShops::start(Behaviour::fixed(Duration::from_millis(80))).await.unwrap();
    let shop = &shops.pharma_gdd;
    futures::future::join_all((0..6).map(|_| get(shop.origin(), "/fr/"))).await;
    assert_eq!(shop.requests(), 6);
    assert!((2..=6).contains(&shop.peak_concurrency()), "{}", shop.peak_concurrency());
    assert!(shop.hits().iter().all(|hit| hit.took >= Duration::from_millis(80)));
    shop.forget();
    assert_eq!((shop.requests(), shop.peak_concurrency(), shop.hits().len()), (0, 0, 0));
}

#[tokio::test]
async fn stopped_shops_free_their_ports_with_clients_hanging_on() {
    let shops = shops().await;
    let origin = shops.cocooncenter.origin().clone();
    shops.cocooncenter.set(Fault::always(Trouble::Silent));
    let waiting = get_without_end(origin.clone());
    tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(shops.stop(), waiting) }).await.unwrap();
    assert!(send(&origin, "GET", "/", &[], "").await.is_err());
}

#[tokio::test]
async fn given_ports_are_taken_in_a_row_or_not_at_all() {
    let shops = shops().await;
    let taken = shops.drakkars.origin().port().unwrap();
    let behaviour = Behaviour { first_port: Some(taken), ..Behaviour::immediate() };
    assert_eq!(DemoShops::start(behaviour).await.unwrap_err().kind(), io::ErrorKind::AddrInUse);
}

async fn get_without_end(origin: Url) {
    assert!(send(&origin, "GET", "/", &[], "").await.is_err());
}
