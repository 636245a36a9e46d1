//! What a fetch costs more than its bare parts: a page by the engine's way out against plain reqwest, and a page through Tor's front in
//! this process against a stream of bytes that was dialled by hand.
//!
//! `cargo bench --bench egress`. The second part needs `tor` (Debian: `apt install tor`) and Linux; it runs a private network on loopback.
//! Rounds take turns, so that a busy machine is busy for all alike; nothing is asserted.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::panic, reason = "a program for people at a terminal")]
#![allow(clippy::disallowed_methods, reason = "the bare parts are made by hand, to compare with")]

#[cfg(target_os = "linux")]
#[path = "../tests/it/programs.rs"]
mod programs;
/// The private network of the tests.
#[cfg(target_os = "linux")]
#[path = "../tests/it/tor"]
#[allow(dead_code, unreachable_pub, reason = "the tests use the rest")]
mod tor {
    pub(crate) mod daemon;
    pub(crate) mod dns;
    pub(crate) mod network;
    pub(crate) mod relay;
}

use std::time::{Duration, Instant};

use glaneur::demo::{Behaviour, DemoShops, EANS, PageBytes};
use glaneur::plan::ShopSettings;
use glaneur::{Batch, Builder, Event, Glaneur, Route, RouteWish, egress};
use tokio_stream::StreamExt;
use url::Url;

const ROUNDS: usize = 20;
const PAGES: usize = 50;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    direct().await;
    #[cfg(target_os = "linux")]
    through_tor().await;
}

async fn direct() {
    let page_bytes = PageBytes { cocooncenter: 60_000, pharma_gdd: 430_000, drakkars: 1_300_000 };
    let shops = DemoShops::start(Behaviour { page_bytes, ..Behaviour::immediate() }).await.unwrap();
    let session = builder(Route::Direct, egress::tor::Settings::default()).build().await.unwrap().session();
    // As a browser, or one of the shops sends nothing.
    let plain = reqwest::Client::builder().user_agent("Mozilla/5.0 Firefox/140.0").cookie_store(true).build().unwrap();
    println!("one page over a connection that is open, median of {ROUNDS} rounds of {PAGES}, in ms:");
    for (name, url) in product_pages(&shops).await {
        let (mut ours, mut theirs, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            theirs.push(timed(PAGES, async || bytes = plain.get(url.clone()).send().await.unwrap().text().await.unwrap().len()).await);
            ours.push(timed(PAGES, async || drop(session.fetch(url.clone()).await.unwrap())).await);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        println!(
            "  {name:<13} {:>5} KB  plain reqwest {theirs:.3}  the engine's way out {ours:.3}  ratio {:.2}",
            bytes / 1000,
            ours / theirs
        );
    }
}

/// The page on which each shop has one of the demo's products.
async fn product_pages(shops: &DemoShops) -> Vec<(String, Url)> {
    let builder = shops.shops().into_iter().fold(builder(Route::Direct, egress::tor::Settings::default()), |builder, (name, shop)| {
        let (origin, search_origin) = (Some(shop.origin().clone()), Some(shop.search_origin().clone()));
        builder.shop(name, ShopSettings { origin, search_origin, interval: Some(Duration::ZERO), ..ShopSettings::default() })
    });
    let events = builder.build().await.unwrap().scrape(Batch::parse([EANS[4]]).unwrap()).unwrap();
    let results = events.filter_map(|event| if let Event::Result(result) = event { Some(result) } else { None });
    let outcomes = results.collect::<Vec<_>>().await.into_iter().flat_map(|result| result.shops);
    outcomes.filter_map(|outcome| Some((outcome.shop.to_string(), Url::parse(outcome.url.as_deref()?).ok()?))).collect()
}

fn builder(route: Route, tor: egress::tor::Settings) -> Builder {
    let allow_private = ["127.0.0.0/8"].into_iter().collect();
    // No identity is replaced in mid-run.
    let identity = egress::IdentitySettings { max_requests: u32::MAX, ..egress::IdentitySettings::default() };
    let settings = egress::Settings { allow_private, route: RouteWish::everywhere(route), tor, identity, ..egress::Settings::default() };
    Glaneur::builder().egress(settings)
}

/// Milliseconds for one of them.
async fn timed(times: usize, mut work: impl AsyncFnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        work().await;
    }
    begun.elapsed().as_secs_f64() * 1000.0 / times as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[cfg(target_os = "linux")]
async fn through_tor() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const BODY: usize = 60_000;
    const FETCHES: usize = 20;

    let Some(network) = tor::network::own().await else { return };
    let listener = TcpListener::bind((network.doorways()[0], 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut doors = vec![listener];
    for address in &network.doorways()[1..] {
        doors.push(TcpListener::bind((*address, port)).await.unwrap());
    }
    for door in doors {
        tokio::spawn(async move {
            while let Ok((mut visitor, _)) = door.accept().await {
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    let answer =
                        format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {BODY}\r\n\r\n{}", "x".repeat(BODY));
                    while visitor.read(&mut head).await.is_ok_and(|length| length > 0) && visitor.write_all(answer.as_bytes()).await.is_ok()
                    {
                    }
                });
            }
        });
    }
    let directory = tempfile::tempdir().unwrap();
    let url = Url::parse(&format!("http://bench.test:{port}/")).unwrap();
    let session = builder(Route::Tor, network.settings(&directory)).build().await.unwrap().session();
    session.fetch(url.clone()).await.unwrap();
    let daemon = tokio::task::block_in_place(|| network.daemon());
    let mut bare = dial(daemon.socks(), "bench.test", port).await;
    let request = format!("GET / HTTP/1.1\r\nhost: bench.test:{port}\r\n\r\n");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(timed(FETCHES, async || drop(session.fetch(url.clone()).await.unwrap())).await);
        theirs.push(
            timed(FETCHES, async || {
                bare.write_all(request.as_bytes()).await.unwrap();
                let (mut got, mut buffer) = (0, vec![0; 16_384]);
                while got < BODY {
                    got += bare.read(&mut buffer).await.unwrap();
                }
            })
            .await,
        );
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("{} KB by Tor over a stream that is open, median of {ROUNDS} rounds of {FETCHES}, in ms:", BODY / 1000);
    println!("  bytes by a tor daemon's SOCKS port {theirs:.2}  a page by the front in this process {ours:.2}  ratio {:.2}", ours / theirs);
}

/// A SOCKS5 dial by hand, as an identity of its own.
#[cfg(target_os = "linux")]
async fn dial(socks: std::net::SocketAddr, host: &str, port: u16) -> tokio::net::TcpStream {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let begun = Instant::now();
    loop {
        let mut stream = tokio::net::TcpStream::connect(socks).await.unwrap();
        stream.write_all(&[5, 1, 0]).await.unwrap();
        stream.read_exact(&mut [0; 2]).await.unwrap();
        let mut wish = vec![5, 1, 0, 3, u8::try_from(host.len()).unwrap()];
        wish.extend(host.as_bytes());
        wish.extend(port.to_be_bytes());
        stream.write_all(&wish).await.unwrap();
        let mut answer = [0; 10];
        // A daemon that has just started may not have a circuit yet.
        if stream.read_exact(&mut answer).await.is_ok() && answer[1] == 0 {
            return stream;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no circuit: {answer:?}");
    }
}
