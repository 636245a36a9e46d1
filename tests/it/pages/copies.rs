//! Taken again while it is young enough: without a request, with its age, and no way around what forbids it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, IF_MODIFIED_SINCE, LAST_MODIFIED};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use glaneur::demo::{Behaviour, DemoShops, EANS, Part};
use glaneur::pages::{Pages, Settings};
use glaneur::{Glaneur, Recipe, Route, ShopResult, ShopStatus, egress};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{batch, builder, glaneur, lines, parts, results};
use crate::process;

const HOUR: Duration = Duration::from_secs(3_600);

fn pages(dir: &tempfile::TempDir, max_age: Duration) -> Pages {
    Pages::open(dir.path(), &Settings { max_age, ..Settings::default() }).unwrap()
}

async fn ask(glaneur: &Glaneur, max_age: Option<Duration>) -> ShopResult {
    let batch = glaneur::Batch { max_age, ..batch(&[EANS[0]]) };
    results(glaneur.scrape(batch).unwrap()).await.remove(0).shops.remove(0)
}

#[tokio::test]
async fn a_copy_that_is_young_enough_costs_no_request_and_tells_its_age() {
    let (shops, dir) = (DemoShops::start(Behaviour::immediate()).await.unwrap(), tempfile::tempdir().unwrap());
    let engine = async |max_age| builder(&shops).pages(pages(&dir, max_age)).build().await.unwrap();
    let glaneur = engine(Duration::ZERO).await;
    let first = ask(&glaneur, Some(HOUR)).await;
    assert_eq!((first.status, first.requests, first.page_age_seconds), (ShopStatus::Found, 3, None), "{first:#?}");
    shops.cocooncenter.forget();
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    // Another engine, as after a restart.
    let again = ask(&engine(Duration::ZERO).await, Some(HOUR)).await;
    assert_eq!((again.status, again.requests, shops.cocooncenter.requests()), (ShopStatus::Found, 0, 0));
    assert!((1..60).contains(&again.page_age_seconds.unwrap()), "{again:#?}");
    let (first, again) = (first.product.unwrap(), again.product.unwrap());
    assert_eq!(first.retrieved_at.as_second(), again.retrieved_at.as_second(), "the page is as old as it was");
    assert_eq!((&first.name, &first.offers), (&again.name, &again.offers));

    assert_eq!(ask(&glaneur, None).await.requests, 2, "off unless asked");
    let by_default = engine(HOUR).await;
    assert_eq!(ask(&by_default, None).await.requests, 0);
    assert_eq!(ask(&by_default, Some(Duration::ZERO)).await.requests, 3, "the job's word goes over the settings");
}

#[tokio::test]
async fn a_copy_that_is_too_old_is_asked_for_by_its_etag_and_fresh_again_after_a_304() {
    let (shops, dir) = (DemoShops::start(Behaviour::immediate()).await.unwrap(), tempfile::tempdir().unwrap());
    let glaneur = builder(&shops).pages(pages(&dir, Duration::ZERO)).build().await.unwrap();
    let first = ask(&glaneur, Some(HOUR)).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    shops.cocooncenter.forget();
    let second = ask(&glaneur, Some(Duration::from_secs(1))).await;
    assert_eq!((second.status, second.requests, second.page_age_seconds), (ShopStatus::Found, 2, None), "{second:#?}");
    let told: Vec<_> = shops.cocooncenter.hits().iter().map(|hit| (hit.part, hit.status)).collect();
    assert_eq!(told, [(Part::Search, Some(200)), (Part::Page, Some(304))], "a form is asked anew, the page by its ETag");
    let (first, second) = (first.product.unwrap(), second.product.unwrap());
    assert_eq!((&first.name, &first.offers, &first.description), (&second.name, &second.offers, &second.description));
    assert!(second.retrieved_at > first.retrieved_at);

    shops.cocooncenter.forget();
    let third = ask(&glaneur, Some(Duration::from_secs(30))).await;
    assert_eq!((third.requests, third.page_age_seconds), (0, Some(0)), "its age counts from the 304");
    assert_eq!(parts(&shops.cocooncenter, Part::Page), 0);
}

#[tokio::test]
async fn what_the_guard_or_another_route_would_refuse_is_not_had_from_the_store() {
    let (shops, dir) = (DemoShops::start(Behaviour::immediate()).await.unwrap(), tempfile::tempdir().unwrap());
    let glaneur = builder(&shops).pages(pages(&dir, HOUR)).build().await.unwrap();
    assert_eq!(ask(&glaneur, None).await.status, ShopStatus::Found);
    shops.cocooncenter.forget();
    let guarded = builder(&shops).egress(egress::Settings::default()).pages(pages(&dir, HOUR)).build().await.unwrap();
    let refused = ask(&guarded, None).await;
    assert_eq!(refused.status, ShopStatus::Unreachable, "{refused:#?}");
    assert!(refused.detail.unwrap().contains("allow_private"));
    let elsewhere = batch(&[EANS[0]]).route(Route::parse("socks5h://127.0.0.1:9").unwrap());
    let elsewhere = results(glaneur.scrape(elsewhere).unwrap()).await.remove(0).shops.remove(0);
    assert_eq!(elsewhere.status, ShopStatus::Unreachable, "{elsewhere:#?}");
    assert_eq!(shops.cocooncenter.requests(), 0);
}

#[tokio::test]
async fn a_max_age_without_a_store_is_refused() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let glaneur = builder(&shops).build().await.unwrap();
    assert_eq!(glaneur.scrape(batch(&[EANS[0]]).max_age(HOUR)).unwrap_err().argument(), Some("max_age"));
    assert!(glaneur.scrape(batch(&[EANS[0]]).max_age(Duration::ZERO)).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn scrape_takes_copies_from_the_data_directory() {
    let (shops, dir) = (DemoShops::start(Behaviour::immediate()).await.unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("glaneur.toml"), process::config(&dir.path().join("data"), &shops, 8, "", "")).unwrap();
    let scrape = async |more: &[&str]| {
        let output = glaneur(dir.path(), &[&["scrape", EANS[0], EANS[1]], more].concat()).await;
        assert!(output.status.success(), "{output:?}");
        let requests: u32 = lines(&output).iter().flat_map(|result| &result.shops).map(|outcome| outcome.requests).sum();
        requests
    };
    assert!(scrape(&[]).await > 0);
    assert!(!dir.path().join("data").exists(), "nobody asked for a store");
    assert!(scrape(&["--max-age", "1h"]).await > 0);
    assert_eq!(scrape(&["--max-age", "1h"]).await, 0);
    let refused = glaneur(dir.path(), &["scrape", EANS[0], "--max-age", "soon"]).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(super::text(&refused.stderr).contains("1h 30m"), "{refused:?}");
}

/// A shop whose page says `no-store`, knows Last-Modified, and whose robots.txt can change its mind.
struct Shop {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    unchanged: Arc<AtomicUsize>,
    _server: JoinSet<()>,
}

const MODIFIED: &str = "Mon, 02 Jun 2025 08:00:00 GMT";

impl Shop {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (closed, unchanged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (mind, count) = (closed.clone(), unchanged.clone());
        let rules = async move || if mind.load(Ordering::Relaxed) { "User-agent: *\nDisallow: /gel" } else { "" };
        let gel = async move |headers: HeaderMap| {
            if headers.get(IF_MODIFIED_SINCE).is_some_and(|since| since == MODIFIED) {
                count.fetch_add(1, Ordering::Relaxed);
                return axum::http::StatusCode::NOT_MODIFIED.into_response();
            }
            let sheet = serde_json::json!({"@type": "Product", "name": "Gel", "gtin13": EANS[0]});
            let page = format!("<script type=\"application/ld+json\">{sheet}</script>");
            ([(CACHE_CONTROL, "no-store, no-cache, must-revalidate"), (LAST_MODIFIED, MODIFIED)], Html(page)).into_response()
        };
        let router = Router::new()
            .route("/robots.txt", get(rules))
            .route("/search", get(async || Html("<a class=hit href=\"/gel\">Gel</a>")))
            .route("/gel", get(gel));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, closed, unchanged, _server: server }
    }

    async fn engine(&self, dir: &tempfile::TempDir) -> Glaneur {
        let text = format!(
            "name = 'little'\ntitle = 'Little'\norigin = 'http://{}'\npace = {{ interval = '0s', jitter = '0s' }}\n\
             [[search]]\npath = '/search'\nhits = {{ css = 'a.hit' }}",
            self.address
        );
        let egress = egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..egress::Settings::default() };
        let recipe = Recipe::parse(&text, "little.toml").unwrap();
        Glaneur::builder().recipe(recipe).egress(egress).pages(pages(dir, Duration::ZERO)).build().await.unwrap()
    }
}

async fn ask_little(glaneur: &Glaneur, max_age: Duration) -> ShopResult {
    let batch = batch(&[EANS[0]]).shops(["little"]).max_age(max_age);
    results(glaneur.scrape(batch).unwrap()).await.remove(0).shops.remove(0)
}

#[tokio::test]
async fn no_store_does_not_count_and_last_modified_does() {
    let (shop, dir) = (Shop::open().await, tempfile::tempdir().unwrap());
    let glaneur = shop.engine(&dir).await;
    assert_eq!(ask_little(&glaneur, HOUR).await.status, ShopStatus::Found);
    assert_eq!(ask_little(&glaneur, HOUR).await.requests, 0);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let stale = ask_little(&glaneur, Duration::from_millis(1)).await;
    assert_eq!((stale.status, shop.unchanged.load(Ordering::Relaxed)), (ShopStatus::Found, 1), "{stale:#?}");
}

#[tokio::test]
async fn what_robots_txt_forbids_now_is_not_had_from_yesterday() {
    let (shop, dir) = (Shop::open().await, tempfile::tempdir().unwrap());
    assert_eq!(ask_little(&shop.engine(&dir).await, HOUR).await.status, ShopStatus::Found);
    shop.closed.store(true, Ordering::Relaxed);
    let glaneur = shop.engine(&dir).await;
    assert_eq!(ask_little(&glaneur, Duration::ZERO).await.status, ShopStatus::Robots);
    let copy = ask_little(&glaneur, HOUR).await;
    assert_eq!((copy.status, copy.product), (ShopStatus::Robots, None));
}
