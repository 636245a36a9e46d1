//! The search service of Drakkars, as Doofinder answers: only to the shop's own pages, and eager to please.
//!
//! TRAP, as seen in production: a hit's `references` lists every code of a size group, old ones too, and the first hit may
//! be another product altogether. This service never proves anything; the page does.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::Site;
use super::catalogue::{Found, Shop};
use super::drakkars_page;

/// The shop's index, as reported for the real one.
pub const HASHID: &str = "e01a3f678793d0047e4464ff164f3dd2";
/// The other origin that is let in, beside the demo shop's own.
const REAL_ORIGIN: &str = "https://www.pharmaciedesdrakkars.com";
/// Longest query, in characters.
const LONGEST_QUERY: usize = 200;
const HITS_A_PAGE: usize = 20;
/// Unrelated products in the answer to a barcode that nobody knows.
const GUESSES: usize = 2;

/// `site` is the shop's own: links lead to its origin, and its origin may ask.
pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/5/search", get(version_5))
        .route("/6/{hashid}/_search", get(version_6))
        .fallback(async || failed(StatusCode::NOT_FOUND, "Not found"))
        .with_state(site)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    hashid: String,
    #[serde(default)]
    query: String,
    rpp: Option<usize>,
    page: Option<usize>,
}

async fn version_5(State(site): State<Arc<Site>>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    answer(&site, &headers, &asked.hashid, &asked)
}

async fn version_6(State(site): State<Arc<Site>>, Path(hashid): Path<String>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    answer(&site, &headers, &hashid, &asked)
}

fn answer(site: &Site, headers: &HeaderMap, hashid: &str, asked: &Asked) -> Response {
    if !comes_from_the_shop(&site.origin, headers) {
        return failed(StatusCode::FORBIDDEN, "Forbidden origin");
    }
    if hashid != HASHID {
        return failed(StatusCode::NOT_FOUND, "Search engine not found");
    }
    if asked.query.chars().count() > LONGEST_QUERY {
        return failed(StatusCode::BAD_REQUEST, "Query too long");
    }
    let (query_name, hits) = search(site, asked.query.trim());
    let (rpp, page) = (asked.rpp.unwrap_or(HITS_A_PAGE).clamp(1, 100), asked.page.unwrap_or(1).max(1));
    let results: Vec<Value> = hits.iter().skip((page - 1).saturating_mul(rpp)).take(rpp).map(|hit| result(site, hit)).collect();
    let total = hits.len();
    Json(
        json!({"query": asked.query, "query_name": query_name, "query_counter": 1, "hashid": hashid, "page": page, "results_per_page": rpp,
        "total": total, "total_found": total, "max_score": if total > 0 { 7.5 } else { 0.0 }, "results": results, "facets": {}}),
    )
    .into_response()
}

fn failed(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}

fn comes_from_the_shop(own: &str, headers: &HeaderMap) -> bool {
    let origins = [header::ORIGIN, header::REFERER].map(|name| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(Url::parse(value).ok()?.origin().ascii_serialization())
    });
    origins.into_iter().flatten().any(|origin| origin == own || origin == REAL_ORIGIN)
}

/// The hits, and how the service says it came by them. One hit per product page, whatever the number of its sizes.
fn search<'a>(site: &'a Site, query: &str) -> (&'static str, Vec<Found<'a>>) {
    let is_code = query.len() >= 8 && query.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code {
        return ("match_and", one_a_page(site.catalogue.search(Shop::Drakkars, query)));
    }
    if super::bulk::number(query).is_some() {
        return ("match_and", site.catalogue.by_ean(Shop::Drakkars, query).into_iter().collect());
    }
    let listed = one_a_page(site.catalogue.all(Shop::Drakkars).collect());
    let wanted = format!("0{query}");
    let knows = |found: &Found<'_>| references(found).iter().any(|code| *code == query || *code == wanted);
    let (known, rest): (Vec<_>, Vec<_>) = listed.into_iter().partition(knows);
    let (boosted, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|found| found.product().first_hit_for.as_deref() == Some(query));
    match (boosted.is_empty(), known.is_empty()) {
        (false, _) => ("match_or", boosted.into_iter().chain(known).collect()),
        (true, false) => ("match_and", known),
        (true, true) => ("fuzzy", rest.into_iter().take(GUESSES).collect()),
    }
}

fn one_a_page(mut found: Vec<Found<'_>>) -> Vec<Found<'_>> {
    found.dedup_by_key(|found| drakkars_page::path(found));
    found
}

/// All codes of the size group, then the old ones.
fn references<'a>(found: &'a Found<'_>) -> Vec<&'a str> {
    found.sizes().map(|(size, _)| size.ean.as_str()).chain(found.product().old_codes.iter().map(String::as_str)).collect()
}

fn result(site: &Site, found: &Found<'_>) -> Value {
    let (product, size, listing) = (found.product(), found.size(), found.listing());
    let number = |price: rust_decimal::Decimal| price.to_f64();
    let link = format!("{}{}?mcs={}", site.origin, drakkars_page::path(found), campaign(&size.ean));
    json!({"id": product.slug(), "title": format!("{} {}", product.brand, product.name), "link": link, "brand": product.brand,
        "image_link": format!("{}/media/{}-1.svg", site.origin, size.ean), "references": references(found).join(", "),
        "price": number(listing.regular.unwrap_or(listing.price)), "sale_price": listing.regular.and(number(listing.price)),
        "availability": if listing.out_of_stock { "out of stock" } else { "in stock" }, "categories": [product.category],
        "description": product.description.first(), "type": "product", "dfid": format!("{HASHID}@product@{}", campaign(&product.slug()))})
}

/// The tracking parameter that the shop hangs on every link of a search.
fn campaign(text: &str) -> String {
    let sum = text.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("{sum:08x}")
}
