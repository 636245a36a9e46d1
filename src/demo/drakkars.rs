//! The shop that behaves like Pharmacie des Drakkars: pages at the root, all sizes of a product on one of them, a search box
//! that is Doofinder's.
//!
//! Only the addresses; the product page is `drakkars_page.rs`, the search `doofinder.rs`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::Site;
use super::catalogue::Shop;
use super::drakkars_page as product_page;
use super::html::{Neighbour, Surroundings, comma, esc, page};
use super::{media, sitemap};

/// About how long a page is.
pub(super) const PAGE_BYTES: usize = 100_000;

pub(super) fn surroundings(bytes: usize) -> Surroundings {
    // The pictures of the neighbours carry barcodes in their names, as this shop's do: none of them is the page's own.
    Surroundings::new("Pharmacie des Drakkars (démonstration)", bytes, |card: &Neighbour| {
        format!(
            "<div class=\"pdt-card\"><a href=\"/{}?mcs={}\"><img src=\"/media/{}-1.svg\" alt=\"\" loading=\"lazy\"><p class=\"pdt-card-name\">{}</p></a>\
             <p class=\"pdt-card-price\"><s>{} €</s> <strong>{}</strong> €</p><button type=\"button\">Ajouter au panier</button></div>\n",
            card.slug,
            card.id,
            card.ean,
            esc(&card.name),
            comma(card.regular),
            comma(card.price)
        )
    })
}

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/{slug}", get(product))
        .route("/c/{*shelf}", get(missing))
        .route("/media/{file}", get(media::file))
        .route("/robots.txt", get(robots))
        .route("/sitemap-products.xml", get(every_page))
        .fallback(missing)
        .with_state(site)
}

async fn home(State(site): State<Arc<Site>>) -> Response {
    let mut body = String::from("<h1>Pharmacie des Drakkars, boutique de démonstration</h1><ul>\n");
    for found in site.catalogue.all(Shop::Drakkars) {
        let (path, title, price) = (product_page::path(&found), esc(&found.title()), comma(found.listing().price));
        body.push_str(&format!("<li><a href=\"{path}\">{title}</a> {price} €</li>\n"));
    }
    // The search box needs this script and its layer, as on the real shop.
    body.push_str("</ul><script>var dfLayerOptions = {installationId: '6b0e2a52-7c1e-4c0b-9d3f-2f3a5f1f7a10', zone: 'eu1'};</script>");
    page(StatusCode::OK, wrapped(&site, "Pharmacie des Drakkars (démonstration)", &body))
}

async fn product(State(site): State<Arc<Site>>, Path(slug): Path<String>) -> Response {
    match site.catalogue.by_slug(Shop::Drakkars, &slug) {
        Some(found) => page(StatusCode::OK, product_page::render(&site, &found)),
        None => missing(State(site)).await,
    }
}

async fn robots(State(site): State<Arc<Site>>) -> String {
    format!("User-agent: *\nDisallow: /panier\nSitemap: {}/sitemap-products.xml\n", site.origin)
}

async fn every_page(State(site): State<Arc<Site>>) -> Response {
    let mut paths: Vec<String> = site.catalogue.all(Shop::Drakkars).map(|found| product_page::path(&found)).collect();
    paths.dedup();
    sitemap(&site.origin, paths.into_iter())
}

async fn missing(State(site): State<Arc<Site>>) -> Response {
    page(StatusCode::NOT_FOUND, wrapped(&site, "Page introuvable", "<h1>Cette page a pris le large</h1>"))
}

fn wrapped(site: &Site, title: &str, body: &str) -> String {
    let Surroundings { before, after } = &site.around;
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{}</title></head><body>\n{before}<main>{body}</main>\n{after}",
        esc(title)
    )
}
