//! `glaneur recipe draft` against small shops of the well-known platforms and two of the demo shops, all on loopback: what it writes is a
//! recipe with which `scrape` finds the product.

use std::path::Path;

use axum::Router;
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json};
use glaneur::demo::{Behaviour, DemoShops, EANS, HASHID};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::recipes::glaneur;

const EAN: &str = "3665606002802";
const OTHER: &str = "3701129820322";

type Asked = Query<std::collections::HashMap<String, String>>;

/// A shop on loopback; it ends with the set.
async fn open(router: impl FnOnce(String) -> Router) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = router(origin.clone());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (origin, tasks)
}

fn html(text: impl Into<String>) -> Response {
    Html(text.into()).into_response()
}

fn product(ean: &str) -> Response {
    html(format!(
        r#"<html lang="fr"><h1>Crème {ean}</h1><script type="application/ld+json">{{"@type":"Product","name":"Crème {ean}","gtin13":"{ean}",
           "offers":{{"price":"14.90","priceCurrency":"EUR","availability":"https://schema.org/InStock"}}}}</script></html>"#
    ))
}

fn home(signs: &str) -> impl Fn() -> std::future::Ready<Response> + Clone + Send + Sync + 'static {
    let page = format!(
        "<html lang='fr'><head><title>La \"belle\" boutique</title></head><body>{signs}<nav><a href='/menu'>Menu</a></nav></body></html>"
    );
    move || std::future::ready(html(page.clone()))
}

fn known(asked: &Asked, key: &str) -> bool {
    asked.get(key).is_some_and(|text| text == EAN)
}

/// What a draft of this shop looks like, and that `scrape` finds the product with it.
async fn drafted(origin: &str, signs: &[&str]) -> String {
    let room = tempfile::tempdir().unwrap();
    std::fs::create_dir(room.path().join("recipes")).unwrap();
    configure(room.path(), "");
    let (code, told, error) = glaneur(room.path(), &["recipe", "draft", origin, EAN, OTHER, "--output", "recipes/new.toml"]).await;
    let toml = std::fs::read_to_string(room.path().join("recipes/new.toml")).unwrap_or_default();
    assert_eq!(code, 0, "{told}{error}\n{toml}");
    for sign in signs {
        assert!(toml.contains(sign), "{sign}\n{toml}");
    }
    let (code, told, error) = glaneur(room.path(), &["recipe", "check", "recipes/new.toml"]).await;
    assert!(code == 0 && told.contains("1 search step: ok"), "{told}{error}");
    let name: toml::Table = toml::from_str(&toml).unwrap();
    let name = name["name"].as_str().unwrap().to_owned();
    configure(room.path(), &format!("recipes = 'recipes'\n[shops.{name}]\ninterval = '0s'\n"));
    let (_, told, error) = glaneur(room.path(), &["scrape", EAN, "--shops", &name]).await;
    let result: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}{error}"));
    assert_eq!(result["shops"][0]["status"], "FOUND", "{result:#}\n{toml}");
    toml
}

fn configure(room: &Path, more: &str) {
    std::fs::write(room.join("glaneur.toml"), format!("{more}\n[egress]\nallow_private = ['127.0.0.1']\n")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prestashop() {
    let signs = "<meta name=generator content=PrestaShop><script>var prestashop = {};</script>\
                 <form action='/recherche'><input type=hidden name=controller value=search><input name=s></form>";
    let search = async |asked: Asked| {
        let hit = if known(&asked, "s") && asked.get("controller").is_some() { "/creme/12-creme.html" } else { "/autre/1-autre.html" };
        html(format!("<article class='product-miniature'><a class='thumbnail product-thumbnail' href='{hit}#/taille'>x</a></article>"))
    };
    let (origin, _shop) = open(|_| {
        let pages = Router::new()
            .route("/creme/12-creme.html", get(async || product(EAN)))
            .route("/autre/1-autre.html", get(async || product(OTHER)));
        pages.route("/", get(home(signs))).route("/recherche", get(search))
    })
    .await;
    let toml =
        drafted(&origin, &["Platform: PrestaShop", "the form of the page", "currency = \"EUR\"", "title = 'La \"belle\" boutique'"]).await;
    assert!(toml.contains(&format!("with {OTHER}: FOUND")), "{toml}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_woocommerce_that_leads_straight_to_the_product() {
    let signs = r#"<link href="/wp-content/plugins/woocommerce/a.css"><script type="application/ld+json">{"@type":"WebSite","potentialAction":
        {"@type":"SearchAction","target":{"urlTemplate":"/?s={search_term_string}&post_type=product"}}}</script>"#;
    let front = home(signs);
    let search = async move |asked: Asked| match asked.get("s") {
        None => front().await,
        Some(_) if known(&asked, "s") => Redirect::to("/produit/creme/").into_response(),
        Some(_) => html("<p class=woocommerce-info>Aucun produit</p>"),
    };
    let (origin, _shop) = open(|_| Router::new().route("/", get(search)).route("/produit/creme/", get(async || product(EAN)))).await;
    let toml = drafted(&origin, &["Platform: WooCommerce", "the page's SearchAction", "post_type"]).await;
    assert!(toml.contains(&format!("with {OTHER}: NOT_FOUND")), "{toml}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopify() {
    let suggest = async |asked: Asked| {
        let products = if known(&asked, "q") { json!([{"title": "Crème", "url": "/products/creme?_pos=1"}]) } else { json!([]) };
        Json(json!({"resources": {"results": {"products": products}}}))
    };
    let (origin, _shop) = open(|_| {
        let pages = Router::new().route("/products/creme", get(async || product(EAN))).route("/search/suggest.json", get(suggest));
        pages.route("/", get(home("<script src='//cdn.shopify.com/s/theme.js'></script>")))
    })
    .await;
    drafted(&origin, &["Platform: Shopify", "/resources/results/products/*"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_magento_whose_theme_moved_the_links() {
    let search = async |asked: Asked| {
        let hit = if known(&asked, "q") { "<a href='/creme.html'>Crème</a>" } else { "" };
        html(format!("<nav class='product-menu'><a href='/menu'>Menu</a></nav><div class='my-product-tile'>{hit}</div>"))
    };
    let (origin, _shop) = open(|_| {
        let pages = Router::new().route("/creme.html", get(async || product(EAN))).route("/catalogsearch/result/", get(search));
        pages.route("/", get(home("<script type=\"text/x-magento-init\">{}</script>")))
    })
    .await;
    drafted(&origin, &["Platform: Magento", "/catalogsearch/result/", ".my-product-tile a[href]"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_with_a_doofinder_layer() {
    let search = async |headers: HeaderMap, asked: Asked| {
        if !headers.contains_key(header::ORIGIN) {
            return (StatusCode::FORBIDDEN, Json(json!({"error": "Forbidden origin"}))).into_response();
        }
        let results = if known(&asked, "query") { json!([{"link": "/wrong"}, {"link": "/right?mcs=1"}]) } else { json!([]) };
        Json(json!({"total": 2, "results": results})).into_response()
    };
    let (origin, _shop) = open(|_| {
        let layer = "<script src='/2.x/6b0e2a52-7c1e-4c0b-9d3f-2f3a5f1f7a10.js'></script>";
        let pages = Router::new().route("/wrong", get(async || product(OTHER))).route("/right", get(async || product(EAN)));
        let script = format!("dfLayer({{\"hashid\":\"{HASHID}\"}})");
        let service = pages.route("/2.x/{script}", get(async move || script.clone())).route(&format!("/6/{HASHID}/_search"), get(search));
        service.route(
            "/",
            get(async move |request: Request| {
                let host = request.headers()[header::HOST].to_str().unwrap().to_owned();
                home(&layer.replace("src='", &format!("src='http://{host}")))().await
            }),
        )
    })
    .await;
    drafted(&origin, &["Doofinder, version 6", HASHID, "Referer = \"{origin}/\""]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_posts() {
    let signs = "<form method=post action='/cherche'><input type=search name=mot></form>";
    let search = async |Form(asked): Form<std::collections::HashMap<String, String>>| {
        html(if asked.get("mot").is_some_and(|text| text == EAN) { "<main><a href='/creme'>x</a></main>" } else { "<main></main>" })
    };
    let (origin, _shop) = open(|_| {
        let pages = Router::new().route("/creme", get(async || product(EAN))).route("/cherche", post(search));
        pages.route("/", get(home(signs)))
    })
    .await;
    drafted(&origin, &["Platform: none", "method = \"POST\"", "mot = \"{ean}\""]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_without_a_search_gets_a_draft_that_says_so() {
    let (origin, _shop) = open(|_| Router::new().route("/", get(home("")))).await;
    let room = tempfile::tempdir().unwrap();
    configure(room.path(), "");
    let (code, toml, error) = glaneur(room.path(), &["recipe", "draft", &origin, EAN]).await;
    assert!(code == 1 && error.contains("no search led to a page"), "{error}");
    assert!(toml.contains("NOT CONFIRMED") && toml.contains("it answered 404"), "{toml}");
    std::fs::write(room.path().join("draft.toml"), toml).unwrap();
    let (code, _, error) = glaneur(room.path(), &["recipe", "check", "draft.toml"]).await;
    assert_eq!(code, 0, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shops_with_few_requests() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    for (shop, sign) in [(&shops.cocooncenter, ".bloc_produit_listing a[href]"), (&shops.pharma_gdd, "page = ")] {
        let room = tempfile::tempdir().unwrap();
        configure(room.path(), "");
        let (code, toml, error) = glaneur(room.path(), &["recipe", "draft", shop.origin().as_str(), EANS[0], EANS[1]]).await;
        assert!(code == 0 && toml.contains(sign), "{error}\n{toml}");
        // robots.txt, and the eight that it takes to learn the shop.
        assert!(shop.requests() <= 9, "{} requests", shop.requests());
    }
}
