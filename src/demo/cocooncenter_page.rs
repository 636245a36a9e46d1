//! A product page of the shop that behaves like Cocooncenter.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Site;
use super::catalogue::{Found, Product, Trait};
use super::html::{broken_json_ld, dot, esc, euros, json_ld, paragraphs, unit_price};

/// `/<slug>/<id>.html`
pub(super) fn path(found: &Found<'_>) -> String {
    format!("/{}/{}.html", found.slug(), found.listing().id)
}

pub(super) fn render(site: &Site, found: &Found<'_>) -> String {
    let (product, listing) = (found.product(), found.listing());
    let title = esc(&found.title());
    let url = format!("{}{}", site.origin, path(found));
    let mut html = String::with_capacity(site.around.before.len() + site.around.after.len() + 16_000);
    // Writing into a String cannot fail.
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{title} | Cocooncenter</title>\n\
         <link rel=\"canonical\" href=\"{url}\"><meta property=\"og:type\" content=\"product\"><meta property=\"og:title\" content=\"{title}\">\
         <meta property=\"og:url\" content=\"{url}\"><meta property=\"og:image\" content=\"{}/media/{}-1.svg\">\n{}</head><body>\n{}",
        site.origin,
        listing.id,
        structured(site, found, &url),
        site.around.before
    );
    let _ = write!(
        html,
        "<main itemscope itemtype=\"https://schema.org/Product\">\n<h1 class=\"titre_produit\" itemprop=\"name\">{title}</h1>\n\
         <a class=\"marque\" href=\"/cp/{}\"><span itemprop=\"brand\">{}</span></a>\n\
         <div id=\"div_image\"><a href=\"/media/{id}-1.svg\"><img itemprop=\"image\" src=\"/media/{id}-1.svg\" alt=\"{title}\" width=\"600\" height=\"800\"></a>\
         <a href=\"/media/{id}-2.png\"><img src=\"/media/{id}-2.png\" alt=\"{title}, texture\"></a>\
         <a href=\"/media/{id}-3.jpg\"><img src=\"/media/{id}-3.jpg\" alt=\"{title}, étui\"></a>\
         <video src=\"/media/{id}.mp4\" poster=\"/media/{id}-1.svg\" controls></video></div>\n{}\
         <div itemprop=\"description\">{}</div>\n{}<div class=\"longcompo\">{}</div>\n{}</main>\n{}",
        super::catalogue::slug(&[&product.brand]),
        esc(&product.brand),
        offer(found),
        paragraphs(&product.description),
        blocks(found),
        esc(&product.composition),
        reviews(product),
        site.around.after,
        id = listing.id,
    );
    html
}

fn offer(found: &Found<'_>) -> String {
    let (product, size, listing) = (found.product(), found.size(), found.listing());
    let struck = listing.regular.map(|regular| format!("<span class=\"prix_barre\">{}</span> ", euros(regular))).unwrap_or_default();
    format!(
        "<div class=\"prix_fiche_produit\" itemprop=\"offers\" itemscope itemtype=\"https://schema.org/Offer\">{struck}\
         <span id=\"prix_fiche_produit_{}\" itemprop=\"price\" content=\"{}\">{}</span><meta itemprop=\"priceCurrency\" content=\"EUR\">\
         <link itemprop=\"availability\" href=\"https://schema.org/{}\"> <span class=\"prix_unitaire\">soit {}</span>\
         <span class=\"livraison\">Livraison offerte dès 49&nbsp;€</span></div>\n",
        listing.id,
        dot(listing.price),
        euros(listing.price),
        stock(listing.out_of_stock),
        unit_price(listing.price, size.quantity, &product.per)
    )
}

fn stock(out: bool) -> &'static str {
    if out { "OutOfStock" } else { "InStock" }
}

/// The `type_info_prio_*` blocks: each holds its value and nothing else, the label stands before it.
fn blocks(found: &Found<'_>) -> String {
    let (product, size) = (found.product(), found.size());
    let barcode = match found.listing().has(Trait::NoBarcode) {
        true => String::new(),
        false => format!("<h3>Code-barres</h3><div class=\"type_info_prio_cab_0\"><span itemprop=\"gtin13\">{}</span></div>\n", size.ean),
    };
    let rows = [
        ("12_1", "Nom", esc(&found.title())),
        ("3_1", "Contenance", esc(&size.label)),
        ("4_1", "Forme", esc(&product.form)),
        ("6_1", "Conseils d'utilisation", format!("<p>{}</p>", esc(&product.directions))),
        ("11_1", "Description", paragraphs(&product.description)),
    ];
    let rows = rows.map(|(key, label, value)| format!("<h3>{}</h3><div class=\"type_info_prio_{key}\">{value}</div>\n", esc(label)));
    format!("<div id=\"infos_produit\">\n{barcode}{}</div>\n", rows.concat())
}

fn structured(site: &Site, found: &Found<'_>, url: &str) -> String {
    let listing = found.listing();
    if listing.has(Trait::NoJsonLd) {
        return String::new();
    }
    let product = json_product(site, found, url);
    if listing.has(Trait::InGraph) {
        return json_ld(&json!({"@context": "https://schema.org", "@graph": [
            {"@type": "WebSite", "@id": format!("{}/#site", site.origin), "url": site.origin, "name": "Cocooncenter"},
            breadcrumbs(site, found.product(), url),
            product,
        ]}));
    }
    let crumbs = json_ld(&breadcrumbs(site, found.product(), url));
    let product = if listing.has(Trait::BrokenJsonLd) { broken_json_ld(&product) } else { json_ld(&product) };
    crumbs + &product
}

fn breadcrumbs(site: &Site, product: &Product, url: &str) -> Value {
    let shelf = super::catalogue::slug(&[&product.category]);
    json!({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": [
        {"@type": "ListItem", "position": 1, "name": "Accueil", "item": format!("{}/", site.origin)},
        {"@type": "ListItem", "position": 2, "name": product.category, "item": format!("{}/c/{shelf}", site.origin)},
        {"@type": "ListItem", "position": 3, "name": product.name, "item": url},
    ]})
}

fn json_product(site: &Site, found: &Found<'_>, url: &str) -> Value {
    let (product, size, listing) = (found.product(), found.size(), found.listing());
    let mut offer = json!({"@type": "Offer", "url": url, "priceCurrency": "EUR", "itemCondition": "https://schema.org/NewCondition",
        "availability": format!("https://schema.org/{}", stock(listing.out_of_stock))});
    if listing.has(Trait::PriceSpecification) {
        offer["priceSpecification"] =
            json!({"@type": "UnitPriceSpecification", "price": dot(listing.price), "priceCurrency": "EUR", "valueAddedTaxIncluded": true});
    } else {
        offer["price"] = json!(dot(listing.price));
    }
    let file = |ending: &str| format!("{}/media/{}{ending}", site.origin, listing.id);
    let images = ["-1.svg", "-2.png", "-3.jpg"].map(file);
    let mut json = json!({"@context": "https://schema.org", "@type": "Product", "name": found.title(), "sku": listing.id.to_string(),
        "brand": {"@type": "Brand", "name": product.brand}, "category": product.category, "image": images,
        "description": product.description.join(" "), "offers": offer,
        "video": {"@type": "VideoObject", "name": found.title(), "contentUrl": file(".mp4"), "thumbnailUrl": file("-1.svg")},
        "audio": {"@type": "AudioObject", "contentUrl": file(".mp3"), "encodingFormat": "audio/mpeg"}});
    if !listing.has(Trait::NoBarcode) {
        json["gtin13"] = json!(size.ean);
    }
    if let Some(rating) = product.rating() {
        json["aggregateRating"] =
            json!({"@type": "AggregateRating", "ratingValue": rating.to_string(), "bestRating": "5", "reviewCount": product.reviews.len()});
    }
    json
}

/// Bazaarvoice's block for search engines. It stands inside the product's item and has `name`, `description` and
/// `ratingValue` of its own, one item deeper: whoever does not scope takes a reviewer's name for the product's.
fn reviews(product: &Product) -> String {
    let Some(rating) = product.rating() else {
        return String::new();
    };
    let mut html = format!(
        "<div id=\"BVRRContainer\"><div id=\"bvseo-aggregateRatingSection\" itemprop=\"aggregateRating\" itemscope itemtype=\"https://schema.org/AggregateRating\">\
         Note de <span class=\"bvseo-ratingValue\" itemprop=\"ratingValue\">{}</span> sur <span itemprop=\"bestRating\">5</span> \
         d'après <span class=\"bvseo-reviewCount\" itemprop=\"reviewCount\">{}</span> avis.</div>\n<div id=\"bvseo-reviewsSection\">\n",
        rating.to_string().replace('.', ","),
        product.reviews.len()
    );
    for review in &product.reviews {
        let _ = writeln!(
            html,
            "<div class=\"bvseo-review\" itemprop=\"review\" itemscope itemtype=\"https://schema.org/Review\" data-reviewid=\"{}\">\
             <span itemprop=\"reviewRating\" itemscope itemtype=\"https://schema.org/Rating\">Note : <span itemprop=\"ratingValue\">{}</span> sur \
             <span itemprop=\"bestRating\">5</span></span> par <span itemprop=\"author\" itemscope itemtype=\"https://schema.org/Person\">\
             <span itemprop=\"name\">{}</span></span>. <span itemprop=\"name\">{}</span> <span itemprop=\"description\">{}</span> \
             <span class=\"bvseo-pubdate\">Publié le {}</span><meta itemprop=\"datePublished\" content=\"{}\"></div>",
            review.day.replace('-', ""),
            review.rating,
            esc(&review.author),
            esc(&review.title),
            esc(&review.text),
            esc(&review.date),
            review.day
        );
    }
    html + "</div></div>\n"
}
