//! A product page of the shop that behaves like Pharmacie des Drakkars: one page for all sizes of a product.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Site;
use super::catalogue::{Found, Listing, Product, Size, Trait};
use super::html::{comma, dot, esc, json_ld, paragraphs, unit_price};

/// `/<slug>`, the same for all sizes.
pub(super) fn path(found: &Found<'_>) -> String {
    format!("/{}", found.product().slug())
}

/// The barcode as the shop's database has it: sometimes the UPC, its leading zero lost.
fn code<'a>(size: &'a Size, listing: &Listing) -> &'a str {
    match listing.has(Trait::UnpaddedUpc) {
        true => size.ean.strip_prefix('0').unwrap_or(&size.ean),
        false => &size.ean,
    }
}

/// What is shown outside the structured data is the size that was opened; without one in the address, the first.
pub(super) fn render(site: &Site, found: &Found<'_>) -> String {
    let (product, size, listing) = (found.product(), found.size(), found.listing());
    let title = esc(&format!("{} {}", product.brand, product.name));
    let code = code(size, listing);
    let url = format!("{}{}", site.origin, path(found));
    let struck = listing.regular.map(|regular| format!("<del class=\"pdt-old-price\">{} €</del> ", comma(regular))).unwrap_or_default();
    let mut html = String::with_capacity(site.around.before.len() + site.around.after.len() + 16_000);
    // Writing into a String cannot fail.
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{title} | Pharmacie des Drakkars</title>\n\
         <link rel=\"canonical\" href=\"{url}\"><meta property=\"og:title\" content=\"{title}\"><meta property=\"og:image\" content=\"{}/media/{code}-1.svg\">\n{}</head><body>\n{}",
        site.origin,
        structured(site, found, &url),
        site.around.before
    );
    let _ = write!(
        html,
        "<main>\n<h1>{title}</h1>\n<p class=\"pdt-brand\">{}</p>\n\
         <div class=\"pdt-images\"><img src=\"/media/{code}-1.svg\" alt=\"{title}\" width=\"600\" height=\"800\"><img src=\"/media/{code}-2.png\" alt=\"\"></div>\n\
         <div class=\"pdt-detail-price\">{struck}<div id=\"product_price\"><span><strong>{}</strong> €</span></div> <small>{}</small></div>\n\
         <p class=\"pdt-shipping\">Frais de port offerts dès 49 € d'achat</p>\n<p>Référence : <span id=\"product_reference\">{code}</span></p>\n{}{}\
         <article class=\"desc-longue\"><h2>Description</h2>\n{}<h2>Conseils d'utilisation</h2>\n<p>{}</p></article>\n\
         <div id=\"upcomposition\"><p>{}</p></div>\n<section><h3>Avis du pharmacien</h3>\n<p>{}</p></section>\n{}</main>\n{}",
        esc(&product.brand),
        comma(listing.price),
        unit_price(listing.price, size.quantity, &product.per),
        sizes(found),
        rating(product),
        paragraphs(&product.description),
        esc(&product.directions),
        esc(&product.composition),
        esc(&product.advice),
        reviews(product),
        site.around.after,
    );
    html
}

fn sizes(found: &Found<'_>) -> String {
    if found.sizes().count() < 2 {
        return format!("<p class=\"pdt-size\">{}</p>\n", esc(&found.size().label));
    }
    let option = |(size, listing): (&Size, &Listing)| {
        let chosen = if size.ean == found.size().ean { " selected" } else { "" };
        format!("<option value=\"{}\"{chosen}>{} - {} €</option>", code(size, listing), esc(&size.label), comma(listing.price))
    };
    format!("<select class=\"pdt-sizes\">{}</select>\n", found.sizes().map(option).collect::<String>())
}

fn structured(site: &Site, found: &Found<'_>, url: &str) -> String {
    let site_block = json!({"@context": "https://schema.org", "@type": "WebSite", "url": site.origin, "name": "Pharmacie des Drakkars",
        "potentialAction": {"@type": "SearchAction", "target": format!("{}/recherche?q={{search_term_string}}", site.origin)}});
    let shop = json!({"@context": "https://schema.org", "@type": "Pharmacy", "name": "Pharmacie des Drakkars", "telephone": "+33200000000",
        "address": {"@type": "PostalAddress", "addressLocality": "Ouistreham", "postalCode": "14150", "addressCountry": "FR"}});
    let crumbs = json!({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": [
        {"@type": "ListItem", "position": 1, "name": found.product().category, "item": format!("{}/c/soins", site.origin)},
        {"@type": "ListItem", "position": 2, "name": found.product().name, "item": url},
    ]});
    let product = if found.sizes().count() > 1 { group(site, found, url) } else { single(site, found, url) };
    [site_block, shop, crumbs, product].iter().map(json_ld).collect()
}

/// Several sizes: each with a barcode, price, availability and address of its own.
fn group(site: &Site, found: &Found<'_>, url: &str) -> Value {
    let product = found.product();
    let variant = |(size, listing): (&Size, &Listing)| {
        let name = format!("{} {} {}", product.brand, product.name, size.label);
        let own = format!("{}/{}", site.origin, super::catalogue::slug(&[&name]));
        json!({"@type": "Product", "name": name, "sku": code(size, listing), "gtin13": code(size, listing), "size": size.label,
            "image": format!("{}/media/{}-1.svg", site.origin, code(size, listing)), "url": own, "offers": offer(listing, &own)})
    };
    let mut json = json!({"@context": "https://schema.org", "@type": "ProductGroup", "name": format!("{} {}", product.brand, product.name),
        "productGroupID": product.slug(), "variesBy": ["https://schema.org/size"], "url": url,
        "brand": {"@type": "Brand", "name": product.brand}, "description": product.description.join(" "),
        "hasVariant": found.sizes().map(variant).collect::<Vec<_>>()});
    rate(&mut json, product);
    json
}

fn single(site: &Site, found: &Found<'_>, url: &str) -> Value {
    let (product, size, listing) = (found.product(), found.size(), found.listing());
    let code = code(size, listing);
    let offers = match listing.has(Trait::OffersList) {
        true => json!([offer(listing, url)]),
        false => offer(listing, url),
    };
    let mut json = json!({"@context": "https://schema.org", "@type": "Product", "name": found.title(), "sku": code, "gtin13": code, "url": url,
        "brand": {"@type": "Brand", "name": product.brand}, "description": product.description.join(" "),
        "image": [format!("{}/media/{code}-1.svg", site.origin), format!("{}/media/{code}-2.png", site.origin)], "offers": offers});
    rate(&mut json, product);
    json
}

fn offer(listing: &Listing, url: &str) -> Value {
    let stock = if listing.out_of_stock { "OutOfStock" } else { "InStock" };
    let (kind, price) = if listing.has(Trait::LowPrice) { ("AggregateOffer", "lowPrice") } else { ("Offer", "price") };
    json!({"@type": kind, price: dot(listing.price), "priceCurrency": "EUR", "availability": format!("https://schema.org/{stock}"), "url": url})
}

fn rate(json: &mut Value, product: &Product) {
    if let Some(rating) = product.rating() {
        json["aggregateRating"] =
            json!({"@type": "AggregateRating", "ratingValue": rating.to_string(), "reviewCount": product.reviews.len()});
    }
}

fn rating(product: &Product) -> String {
    let Some(rating) = product.rating() else {
        return String::new();
    };
    let count = product.reviews.len();
    let pleased = product.reviews.iter().filter(|review| review.rating >= 4).count() * 100 / count;
    format!(
        "<p><span class=\"text-bold\">{}/5 | {count}</span></p>\n<p><span class=\"fa-4x text-bold has-color-theme\">{pleased}%</span> recommandent ce produit</p>\n",
        rating.to_string().replace('.', ",")
    )
}

fn reviews(product: &Product) -> String {
    let mut html = String::from("<section id=\"avis\">\n");
    for review in &product.reviews {
        let _ = writeln!(
            html,
            "<div class=\"avis\"><span class=\"note\">{}/5</span> <strong class=\"titre\">{}</strong> <span class=\"auteur\">{}</span> <span class=\"date\">le {}</span><p>{}</p></div>",
            review.rating,
            esc(&review.title),
            esc(&review.author),
            esc(&review.date),
            esc(&review.text)
        );
    }
    html + "</section>\n"
}
