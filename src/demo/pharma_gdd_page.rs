//! A product page of the shop that behaves like Pharma-GDD.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Site;
use super::catalogue::{Found, Product, Trait};
use super::html::{BAD_JSON_LD, broken_json_ld, dot, esc, euros, json_ld, paragraphs, unit_price};

/// `/fr/<slug>`
pub(super) fn path(found: &Found<'_>) -> String {
    format!("/fr/{}", found.slug())
}

/// The shop's own number of a product: six digits, no barcode.
fn custom_code(found: &Found<'_>) -> String {
    let ean = &found.size().ean;
    format!("GDD{}", &ean[ean.len().saturating_sub(7)..ean.len().saturating_sub(1)])
}

pub(super) fn render(site: &Site, found: &Found<'_>) -> String {
    let (product, size, listing) = (found.product(), found.size(), found.listing());
    let title = esc(&found.title());
    let code = custom_code(found);
    let url = format!("{}{}", site.origin, path(found));
    let struck = listing.regular.map(|regular| format!("<del class=\"old-price\">{}</del> ", euros(regular))).unwrap_or_default();
    let mut html = String::with_capacity(site.around.before.len() + site.around.after.len() + 16_000);
    // Writing into a String cannot fail.
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{title} - Pharma GDD</title>\n<link rel=\"canonical\" href=\"{url}\">\
         <meta property=\"og:type\" content=\"product\"><meta property=\"og:title\" content=\"{title}\"><meta property=\"og:url\" content=\"{url}\">\
         <meta property=\"og:image\" content=\"{}/media/{code}-1.svg\">\n{}</head><body>\n{}",
        site.origin,
        structured(site, found, &url, &code),
        site.around.before
    );
    let _ = write!(
        html,
        "<main>\n<h1 class=\"product-title\">{title}</h1>\n<a class=\"brand\" href=\"/fr/marque/{}\">{}</a>\n\
         <div class=\"product-images\"><img src=\"/media/{code}-1.svg\" alt=\"{title}\" width=\"600\" height=\"800\"><img src=\"/media/{code}-2.png\" alt=\"\"></div>\n\
         <div class=\"product-price\">{struck}<span data-js-product-price>{}</span> <small>{}</small></div>\n\
         <p class=\"delivery\">Livraison à 2,99&nbsp;€, offerte dès 49&nbsp;€</p>\n\
         <p>Référence : <span data-js-product-reference>{}</span> · Code : <span data-js-custom-code>{code}</span></p>\n\
         <section id=\"description\"><h2>Description</h2><div class=\"text\">{}</div></section>\n\
         <section id=\"usages\"><h2>Conseils d'utilisation</h2><div class=\"text\"><p>{}</p></div></section>\n\
         <section id=\"Composition\"><h2>Composition</h2><div class=\"text\"><p>{}</p></div></section>\n\
         <section id=\"caracteristiques\"><ul><li>Contenance : {}</li><li>Forme : {}</li></ul></section>\n{}</main>\n{}",
        super::catalogue::slug(&[&product.brand]),
        esc(&product.brand),
        euros(listing.price),
        unit_price(listing.price, size.quantity, &product.per),
        size.ean,
        paragraphs(&product.description),
        esc(&product.directions),
        esc(&product.composition),
        esc(&size.label),
        esc(&product.form),
        reviews(product),
        site.around.after,
    );
    html
}

fn structured(site: &Site, found: &Found<'_>, url: &str, code: &str) -> String {
    let listing = found.listing();
    let product = json_product(site, found, url, code);
    let crumbs = json_ld(&json!({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": [
        {"@type": "ListItem", "position": 1, "item": {"@id": format!("{}/", site.origin), "name": "Accueil"}},
        {"@type": "ListItem", "position": 2, "item": {"@id": url, "name": found.product().category}},
    ]}));
    let between = if listing.has(Trait::BadNeighbour) { BAD_JSON_LD } else { "" };
    let product = if listing.has(Trait::BrokenJsonLd) { broken_json_ld(&product) } else { json_ld(&product) };
    format!("{crumbs}{between}{product}")
}

fn json_product(site: &Site, found: &Found<'_>, url: &str, code: &str) -> Value {
    let (product, size, listing) = (found.product(), found.size(), found.listing());
    let price = match listing.has(Trait::PriceAsNumber) {
        true => dot(listing.price).parse().map_or(Value::Null, Value::Number),
        false => json!(dot(listing.price)),
    };
    let stock = if listing.out_of_stock { "OutOfStock" } else { "InStock" };
    let brand_logo = format!("{}/media/{}.svg", site.origin, super::catalogue::slug(&[&product.brand]));
    let mut json = json!({"@context": "https://schema.org/", "@type": "Product", "name": found.title(), "sku": code, "mpn": code,
        "gtin13": size.ean, "brand": {"@type": "Brand", "name": product.brand, "logo": brand_logo},
        "image": format!("{}/media/{code}-1.svg", site.origin), "description": product.description.join(" "),
        "offers": [{"@type": "Offer", "url": url, "price": price, "priceCurrency": "EUR",
            "availability": format!("https://schema.org/{stock}"), "seller": {"@type": "Organization", "name": "Pharma GDD"}}]});
    if let Some(rating) = product.rating() {
        // The shop counts now the reviews, now the ratings.
        let counted = if product.reviews.len() > 2 { "ratingCount" } else { "reviewCount" };
        json["aggregateRating"] = json!({"@type": "AggregateRating", "ratingValue": rating.to_string(), counted: product.reviews.len()});
    }
    json
}

fn reviews(product: &Product) -> String {
    let mut html = String::from("<section id=\"avis\"><h2>Avis clients</h2>\n");
    for review in &product.reviews {
        let full = usize::from(review.rating.min(5));
        let _ = writeln!(
            html,
            "<div class=\"flip-card\"><div class=\"stars\">{}{}</div><p>{}</p><span class=\"date\">{}</span> <span class=\"author\">par {}</span></div>",
            "<i data-icon=\"star\"></i>".repeat(full),
            "<i data-icon=\"star-empty\"></i>".repeat(5 - full),
            esc(&review.text),
            esc(&review.date),
            esc(&review.author)
        );
    }
    html + "</section>\n"
}
