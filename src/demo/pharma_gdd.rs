//! The shop that behaves like Pharma-GDD (Sylius): autocomplete as JSON, a search that redirects on an exact match, pages at
//! `/fr/<slug>`.
//!
//! Only the search and the addresses; the product page is `pharma_gdd_page.rs`.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Site;
use super::catalogue::{Found, Shop, slug};
use super::cocooncenter::is_ajax;
use super::html::{Neighbour, Surroundings, esc, euros, page};
use super::pharma_gdd_page as product_page;
use super::{media, sitemap};

/// About how long a page is.
pub(super) const PAGE_BYTES: usize = 80_000;
/// Suggestions that the search box shows at most.
const SUGGESTIONS: usize = 8;

pub(super) fn surroundings(bytes: usize) -> Surroundings {
    Surroundings::new("Pharma GDD (démonstration)", bytes, |card: &Neighbour| {
        format!(
            "<article class=\"product-card\"><a class=\"product-card__link\" href=\"/fr/{}\"><img src=\"{}\" alt=\"\" loading=\"lazy\"><h3 class=\"product-card__name\">{}</h3></a>\
             <div class=\"product-card__price\"><del>{}</del> <ins>{}</ins></div></article>\n",
            card.slug,
            card.image,
            esc(&card.name),
            euros(card.regular),
            euros(card.price)
        )
    })
}

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/fr/", get(home))
        .route("/fr/search", get(search))
        .route("/fr/search/autocomplete", get(autocomplete))
        .route("/fr/marque/{brand}", get(brand))
        .route("/fr/{slug}", get(product))
        .route("/media/{file}", get(media::file))
        .route("/robots.txt", get(robots))
        .route("/sitemap-product.xml", get(every_page))
        .fallback(missing)
        .with_state(site)
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    s: String,
}

/// `GET /fr/search/autocomplete?s=`: an object when there is something to suggest, an empty ARRAY when not.
async fn autocomplete(State(site): State<Arc<Site>>, headers: HeaderMap, Query(typed): Query<Typed>) -> Response {
    if !is_ajax(&headers) {
        return page(StatusCode::FORBIDDEN, "<html><body><h1>403 Forbidden</h1></body></html>".into());
    }
    let found = site.catalogue.search(Shop::PharmaGdd, &typed.s);
    if found.is_empty() {
        return Json(json!([])).into_response();
    }
    let mut answer = Map::new();
    answer.insert("length".into(), json!(found.len().min(SUGGESTIONS)));
    for (n, found) in found.iter().take(SUGGESTIONS).enumerate() {
        let suggestion = json!({"href": product_page::path(found), "label": found.title(), "price": euros(found.listing().price)});
        answer.insert(format!("variant_{}", n + 1), suggestion);
    }
    Json(Value::Object(answer)).into_response()
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

/// `GET /fr/search?q=`: 302 to the product on an exact code, to the brand on its name; else the search page itself.
async fn search(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Response {
    let query = asked.q.trim();
    if let Some(found) = site.catalogue.by_ean(Shop::PharmaGdd, query) {
        return moved(product_page::path(&found));
    }
    let brand = slug(&[query]);
    if site.catalogue.all(Shop::PharmaGdd).any(|found| slug(&[&found.product().brand]) == brand) {
        return moved(format!("/fr/marque/{brand}"));
    }
    let found = site.catalogue.search(Shop::PharmaGdd, query);
    let word = if found.is_empty() { "Aucun résultat" } else { "Résultats" };
    // What the shop shows in place of an answer: products that have nothing to do with the question.
    let popular: Vec<Found<'_>> = site.catalogue.all(Shop::PharmaGdd).take(3).collect();
    let body = format!(
        "<h1>{word} pour « {} »</h1>{}<section class=\"popular\"><h2>Les plus consultés</h2>{}</section>",
        esc(query),
        cards(&found),
        cards(&popular)
    );
    page(StatusCode::OK, wrapped(&site, "Recherche", &body))
}

fn moved(location: String) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

fn cards(found: &[Found<'_>]) -> String {
    let card = |found: &Found<'_>| {
        format!(
            "<article class=\"product-card\"><a class=\"product-card__link\" href=\"{}\"><h3 class=\"product-card__name\">{}</h3></a>\
             <div class=\"product-card__price\">{}</div></article>\n",
            product_page::path(found),
            esc(&found.title()),
            euros(found.listing().price)
        )
    };
    found.iter().map(card).collect()
}

async fn home(State(site): State<Arc<Site>>) -> Response {
    let all: Vec<Found<'_>> = site.catalogue.all(Shop::PharmaGdd).collect();
    let form = "<form action=\"/fr/search\"><input name=\"q\" placeholder=\"EAN ou nom\"></form>";
    let body = format!("<h1>Pharma GDD, boutique de démonstration</h1>{form}{}", cards(&all));
    page(StatusCode::OK, wrapped(&site, "Pharma GDD (démonstration)", &body))
}

async fn brand(State(site): State<Arc<Site>>, Path(brand): Path<String>) -> Response {
    let found: Vec<Found<'_>> = site.catalogue.all(Shop::PharmaGdd).filter(|found| slug(&[&found.product().brand]) == brand).collect();
    let Some(first) = found.first() else {
        return missing(State(site)).await;
    };
    let body = format!("<h1>{}</h1>{}", esc(&first.product().brand), cards(&found));
    page(StatusCode::OK, wrapped(&site, &first.product().brand, &body))
}

async fn product(State(site): State<Arc<Site>>, Path(slug): Path<String>) -> Response {
    match site.catalogue.by_slug(Shop::PharmaGdd, &slug).filter(|found| found.slug() == slug) {
        Some(found) => page(StatusCode::OK, product_page::render(&site, &found)),
        None => missing(State(site)).await,
    }
}

async fn robots(State(site): State<Arc<Site>>) -> String {
    format!("User-agent: *\nDisallow: /fr/cart\nDisallow: /fr/account\nSitemap: {}/sitemap-product.xml\n", site.origin)
}

async fn every_page(State(site): State<Arc<Site>>) -> Response {
    sitemap(&site.origin, site.catalogue.all(Shop::PharmaGdd).map(|found| product_page::path(&found)))
}

async fn missing(State(site): State<Arc<Site>>) -> Response {
    page(StatusCode::NOT_FOUND, wrapped(&site, "Page introuvable", "<h1>Oups, cette page n'existe pas</h1>"))
}

fn wrapped(site: &Site, title: &str, body: &str) -> String {
    let Surroundings { before, after } = &site.around;
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{}</title></head><body>\n{before}<main>{body}</main>\n{after}",
        esc(title)
    )
}
