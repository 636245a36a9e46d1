//! The shop that behaves like Cocooncenter: search by form POST, pages at `/<slug>/<id>.html`, Bazaarvoice reviews inside the
//! product's own microdata.
//!
//! Only the search and the addresses; the product page is `cocooncenter_page.rs`.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::Site;
use super::catalogue::{Found, Shop, Trait};
use super::cocooncenter_page as product_page;
use super::html::{Neighbour, Surroundings, esc, euros, page};
use super::media;

/// About how long a page is.
pub(super) const PAGE_BYTES: usize = 60_000;

pub(super) fn surroundings(bytes: usize) -> Surroundings {
    Surroundings::new("Cocooncenter (démonstration)", bytes, |card: &Neighbour| {
        format!(
            "<div class=\"bloc_produit_listing\"><a href=\"/{}/{}.html\"><img src=\"{}\" alt=\"\" loading=\"lazy\"><span class=\"nom_listing\">{}</span></a>\
             <span class=\"prix_barre\">{}</span> <span class=\"prix_listing\">{}</span><span class=\"stock\">En stock</span></div>\n",
            card.slug,
            card.id,
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
        .route("/index/search/searchVue", post(search))
        .route("/c/{*shelf}", get(shelf))
        .route("/cp/{*brand}", get(shelf))
        .route("/{slug}/{file}", get(product))
        .route("/media/{file}", get(media::file))
        .route("/robots.txt", get(async || "User-agent: *\nDisallow: /panier\nDisallow: /compte\n"))
        .fallback(missing)
        .with_state(site)
}

#[derive(Deserialize)]
struct Wanted {
    recherche: String,
}

/// `POST /index/search/searchVue`, as the shop's own search box does it.
async fn search(State(site): State<Arc<Site>>, headers: HeaderMap, form: Result<Form<Wanted>, FormRejection>) -> Response {
    let Ok(Form(wanted)) = form else {
        return (StatusCode::BAD_REQUEST, "recherche manquante").into_response();
    };
    if !is_ajax(&headers) {
        return (StatusCode::BAD_REQUEST, "requête refusée").into_response();
    }
    let found = site.catalogue.search(Shop::Cocooncenter, &wanted.recherche);
    Json(json!({"nb_total": found.len(), "vue": listing(&found)})).into_response()
}

pub(super) fn is_ajax(headers: &HeaderMap) -> bool {
    headers.get("x-requested-with").is_some_and(|value| value == "XMLHttpRequest")
}

#[derive(Deserialize)]
struct HumanSearch {
    search: Option<String>,
}

async fn home(State(site): State<Arc<Site>>, Query(query): Query<HumanSearch>) -> Response {
    let body = match query.search {
        Some(search) => listing(&site.catalogue.search(Shop::Cocooncenter, &search)),
        None => {
            let all: Vec<Found<'_>> = site.catalogue.all(Shop::Cocooncenter).collect();
            format!(
                "<h1>Cocooncenter, boutique de démonstration</h1><form action=\"/\"><input name=\"search\" placeholder=\"EAN ou nom\"></form>{}",
                listing(&all)
            )
        }
    };
    page(StatusCode::OK, wrapped(&site, "Cocooncenter (démonstration)", &body))
}

/// The results as HTML, categories and brands before the products.
fn listing(found: &[Found<'_>]) -> String {
    if found.is_empty() {
        return "<section id=\"listing\"><div id=\"msg_erreur_listing\">Aucun produit ne correspond à votre recherche.</div></section>"
            .into();
    }
    let mut html = String::from("<section id=\"listing\">\n");
    for found in found {
        let (product, listing) = (found.product(), found.listing());
        let brand = super::catalogue::slug(&[&product.brand]);
        html.push_str(&format!(
            "<div class=\"suggestions\"><a href=\"/c/{}\">{}</a> <a href=\"/cp/{brand}/{}.html\">Tout {}</a></div>\n\
             <div class=\"bloc_produit_listing\"><a href=\"{}\"><img src=\"/media/{}-1.svg\" alt=\"\"><span class=\"nom_listing\">{}</span></a> \
             <span class=\"prix_listing\">{}</span></div>\n",
            super::catalogue::slug(&[&product.category]),
            esc(&product.category),
            listing.id % 1000,
            esc(&product.brand),
            product_page::path(found),
            listing.id,
            esc(&found.title()),
            euros(listing.price)
        ));
    }
    html + "</section>\n"
}

async fn product(State(site): State<Arc<Site>>, Path((slug, file)): Path<(String, String)>) -> Response {
    let id = file.strip_suffix(".html").and_then(|id| id.parse().ok());
    let Some(found) = id.and_then(|id| site.catalogue.by_id(id)) else {
        return missing(State(site)).await;
    };
    if found.slug() != slug {
        return (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, product_page::path(&found))]).into_response();
    }
    if found.listing().has(Trait::Discontinued) {
        let body = "<div id=\"erreur_http\"><h1>Ce produit n'est plus commercialisé</h1><p>Découvrez nos autres soins.</p></div>";
        return page(StatusCode::GONE, wrapped(&site, "Produit arrêté", body));
    }
    page(StatusCode::OK, product_page::render(&site, &found))
}

async fn shelf() -> Redirect {
    Redirect::to("/")
}

async fn missing(State(site): State<Arc<Site>>) -> Response {
    let body = "<div id=\"erreur_http\"><h1>Erreur 404</h1><p>Cette page n'existe pas ou n'existe plus.</p></div>";
    page(StatusCode::NOT_FOUND, wrapped(&site, "Page introuvable", body))
}

fn wrapped(site: &Site, title: &str, body: &str) -> String {
    let Surroundings { before, after } = &site.around;
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{}</title></head><body>\n{before}<main>{body}</main>\n{after}",
        esc(title)
    )
}
