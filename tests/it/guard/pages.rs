//! Pages, redirects, searches, hits, pictures and proxies.

use axum::response::{Html, IntoResponse};
use glaneur::demo::EANS;
use glaneur::{Batch, Event, Glaneur, ItemResult, MediaMode, Recipe, Route, RouteWish, ShopStatus, scrape};
use serde_json::json;
use tokio_stream::StreamExt;
use url::Url;

use super::canary::Canary;
use super::table::{Forbidden, all, links};
use super::{Open, redirect, settings};

async fn engine(egress: glaneur::egress::Settings) -> Glaneur {
    Glaneur::builder().egress(egress).build().await.unwrap()
}

/// The refusal of a page, in words.
async fn refused(glaneur: &Glaneur, url: Url, forbidden: &Forbidden) {
    let error = glaneur.fetch(url).await.expect_err(&forbidden.url).to_string();
    assert!(forbidden.is_told_by(&error), "{forbidden:?}: {error}");
}

#[tokio::test]
async fn no_page_is_fetched_from_there() {
    let canary = Canary::open().await;
    let glaneur = engine(settings()).await;
    for forbidden in all(canary.port) {
        if let Some(url) = forbidden.parsed() {
            refused(&glaneur, url, &forbidden).await;
        }
    }
    canary.assert_untouched().await;
}

#[tokio::test]
async fn no_redirect_leads_there() {
    let canary = Canary::open().await;
    let table = links(canary.port);
    let lines = table.clone();
    let detour = Open::serve(move |path| redirect(&lines[path[1..].parse::<usize>().unwrap()].url)).await;
    let glaneur = engine(settings()).await;
    for (place, forbidden) in table.iter().enumerate() {
        let url = Url::parse(&format!("http://{}/{place}", detour.address)).unwrap();
        refused(&glaneur, url, forbidden).await;
    }
    assert_eq!(detour.asked(), table.len());
    canary.assert_untouched().await;
}

/// What a proxy is asked for is checked as if there were none.
#[tokio::test]
async fn no_proxy_is_asked_for_it() {
    let canary = Canary::open().await;
    let proxy = Open::serve(|_| "a page of the proxy".into_response()).await;
    for scheme in ["http", "socks5h"] {
        let route = Route::parse(&format!("{scheme}://{}", proxy.address)).unwrap();
        let glaneur = engine(glaneur::egress::Settings { route: RouteWish::everywhere(route), ..settings() }).await;
        // `shop.test` belongs to the world, as far as anybody here can tell.
        for forbidden in all(canary.port).into_iter().filter(|forbidden| !forbidden.url.starts_with("http://shop.test#")) {
            if let Some(url) = forbidden.parsed() {
                refused(&glaneur, url, &forbidden).await;
            }
        }
        assert_eq!(proxy.asked(), 0);
    }
    let through = RouteWish::everywhere(Route::parse(&format!("http://{}", proxy.address)).unwrap());
    let glaneur = engine(glaneur::egress::Settings { route: through, ..settings() }).await;
    let page = glaneur.fetch("http://shop.test/".parse().unwrap()).await.unwrap();
    assert_eq!((page.text.as_str(), proxy.asked()), ("a page of the proxy", 1));
    canary.assert_untouched().await;
}

/// Asks every recipe for one barcode.
async fn ask(recipes: Vec<Recipe>) -> ItemResult {
    let shops: Vec<String> = recipes.iter().map(|recipe| recipe.name().to_string()).collect();
    let mut builder = Glaneur::builder().egress(settings()).settings(scrape::Settings { media: MediaMode::Probe, ..Default::default() });
    for recipe in recipes {
        builder = builder.recipe(recipe);
    }
    let glaneur = builder.build().await.unwrap();
    let batch = Batch::parse([EANS[0]]).unwrap().shops(shops.iter().map(String::as_str));
    let events: Vec<Event> = glaneur.scrape(batch).unwrap().collect().await;
    events.into_iter().find_map(|event| if let Event::Result(result) = event { Some(*result) } else { None }).unwrap()
}

fn recipe(place: usize, origin: &str, more: &str) -> Result<Recipe, String> {
    let text = format!(
        "name = 'r{place}'\ntitle = 'r'\norigin = {}\nrobots = 'ignore'\n{more}\npace = {{ interval = '0s', jitter = '0s' }}\n\
         [[search]]\npath = '/search/{place}'\nhits = {{ css = 'a.hit' }}",
        json!(origin)
    );
    Recipe::parse(&text, "r.toml").map_err(|error| error.to_string())
}

/// Scheme, host and port, as a recipe names its shop.
fn origin(forbidden: &Forbidden) -> String {
    forbidden.url.trim_end_matches('/').to_owned()
}

#[tokio::test]
async fn no_shop_is_searched_there() {
    let canary = Canary::open().await;
    let mut recipes = Vec::new();
    let mut expected = Vec::new();
    for (place, forbidden) in all(canary.port).into_iter().enumerate() {
        match recipe(place, &origin(&forbidden), "") {
            Ok(recipe) => {
                recipes.push(recipe);
                expected.push(forbidden);
            }
            Err(error) => assert!(error.contains("is no http or https origin"), "{forbidden:?}: {error}"),
        }
    }
    assert!(expected.len() > 150, "{}", expected.len());
    let result = ask(recipes).await;
    assert_eq!(result.shops.len(), expected.len());
    for (outcome, forbidden) in result.shops.iter().zip(&expected) {
        assert!(matches!(outcome.status, ShopStatus::Unreachable | ShopStatus::Error), "{forbidden:?}: {outcome:?}");
        assert!(forbidden.is_told_by(outcome.detail.as_deref().unwrap_or_default()), "{forbidden:?}: {outcome:?}");
    }
    canary.assert_untouched().await;
}

/// A hit of a search that stands on a host of the recipe, as far as the recipe can name it.
#[tokio::test]
async fn no_hit_is_read_there() {
    let canary = Canary::open().await;
    let table = links(canary.port);
    let lines = table.clone();
    let search = Open::serve(move |path| {
        let place: usize = path.trim_start_matches("/search/").parse().unwrap();
        Html(format!("<a class=hit href=\"{}\">Gel</a>", lines[place].url.replace('"', "&quot;"))).into_response()
    })
    .await;
    let home = format!("http://{}", search.address);
    let with_host = |place: usize, forbidden: &Forbidden| {
        let url = forbidden.parsed()?;
        let host = url.host_str()?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        recipe(place, &home, &format!("hosts = ['{host}']")).ok()
    };
    let recipes: Vec<Recipe> = table
        .iter()
        .enumerate()
        .map(|(place, forbidden)| with_host(place, forbidden).unwrap_or_else(|| recipe(place, &home, "").unwrap()))
        .collect();
    let result = ask(recipes).await;
    let mut refused = 0;
    for (outcome, forbidden) in result.shops.iter().zip(&table) {
        let detail = outcome.detail.as_deref().unwrap_or_default();
        match outcome.status {
            ShopStatus::Unreachable | ShopStatus::Error => {
                assert!(forbidden.is_told_by(detail), "{forbidden:?}: {outcome:?}");
                refused += 1;
            }
            // What is no address of the recipe's is no hit.
            ShopStatus::NotFound => assert_eq!(detail, "the search knows no such barcode", "{forbidden:?}"),
            _ => panic!("{forbidden:?}: {outcome:?}"),
        }
    }
    assert!(refused > 150, "{refused}");
    assert_eq!(search.asked(), table.len());
    canary.assert_untouched().await;
}

#[tokio::test]
async fn no_picture_is_looked_into_there() {
    const AT_ONCE: usize = 12;
    let canary = Canary::open().await;
    let table = links(canary.port);
    let urls: Vec<String> = table.iter().map(|forbidden| forbidden.url.clone()).collect();
    let chunks: Vec<Vec<String>> = urls.chunks(AT_ONCE).map(<[String]>::to_vec).collect();
    let shops = chunks.len();
    let shop = Open::serve(move |path| {
        let place: usize = path.rsplit('/').next().unwrap().parse().unwrap();
        if path.starts_with("/search/") {
            return Html(format!("<a class=hit href=/gel/{place}>Gel</a>")).into_response();
        }
        let sheet = json!({"@type": "Product", "name": "Gel", "gtin13": EANS[0], "image": chunks[place]});
        Html(format!("<script type=\"application/ld+json\">{}</script>", sheet.to_string().replace('<', "\\u003c"))).into_response()
    })
    .await;
    let home = format!("http://{}", shop.address);
    let result = ask((0..shops).map(|place| recipe(place, &home, "").unwrap()).collect()).await;
    let mut listed = 0;
    for outcome in &result.shops {
        assert_eq!(outcome.status, ShopStatus::Found, "{outcome:?}");
        let product = outcome.product.as_ref().unwrap();
        listed += product.images.len();
        assert!(product.images.iter().all(|image| image.media_type.is_none()), "{:?}", product.images);
    }
    assert!(listed > 80, "{listed} of {} are listed as pictures", table.len());
    assert_eq!(shop.asked(), 2 * shops, "a search and a page of each, and no picture");
    canary.assert_untouched().await;
}

/// 10 GiB in 320 KB: frames of zstd may say "128 KiB of this byte" in four bytes.
fn bomb() -> Vec<u8> {
    [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x50][..], &[2, 0, 0x10, b' '].repeat(81_919), &[3, 0, 0x10, b' ']].concat()
}

/// A bomb as search, page, picture and robots.txt: an outcome of that shop alone, and soon.
#[tokio::test]
async fn a_bomb_is_the_outcome_of_its_shop() {
    let shop = Open::serve(|path| match path {
        "/search/0" => packed(),
        "/search/1" => Html("<a class=hit href=/bomb>Gel</a>").into_response(),
        "/search/2" => Html("<a class=hit href=/gel>Gel</a>").into_response(),
        "/gel" => {
            let sheet = json!({"@type": "Product", "name": "Gel", "gtin13": EANS[0], "image": ["/bomb"]});
            Html(format!("<script type=\"application/ld+json\">{sheet}</script>")).into_response()
        }
        _ => packed(),
    })
    .await;
    let home = format!("http://{}", shop.address);
    let respectful = recipe(3, &home, "").unwrap().name().to_string();
    let text = format!("name = '{respectful}'\ntitle = 'r'\norigin = '{home}'\n[[search]]\npath = '/search/3'\nhits = {{ css = 'a' }}");
    let mut recipes: Vec<Recipe> = (0..3).map(|place| recipe(place, &home, "").unwrap()).collect();
    recipes.push(Recipe::parse(&text, "r.toml").unwrap());
    let begun = std::time::Instant::now();
    let result = ask(recipes).await;
    let told = |place: usize| (result.shops[place].status, result.shops[place].detail.clone().unwrap_or_default());
    for place in [0, 1] {
        let (status, detail) = told(place);
        assert!(status == ShopStatus::Error && detail.contains("unpacks to more than 100 times its size"), "{place}: {status:?} {detail}");
    }
    assert_eq!(told(2), (ShopStatus::Found, String::new()), "a picture is no reason to lose a product");
    let (status, detail) = told(3);
    assert!(status == ShopStatus::Unreachable && detail.contains("robots.txt") && detail.contains("100 times"), "{status:?} {detail}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

fn packed() -> axum::response::Response {
    ([("content-encoding", "zstd"), ("content-type", "text/html")], bomb()).into_response()
}
