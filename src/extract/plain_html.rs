//! What well-known shop systems put into attributes: PrestaShop's state, Magento's price.

use std::sync::LazyLock;

use scraper::Selector;
use serde_json::Value;

use super::candidate::{Candidate, codes_in};
use super::dom::{Dom, first, selector, text_of};
use super::node::{Object, text};
use super::offers;
use crate::model::{Currency, Offer, Source};

static PRESTASHOP: LazyLock<Selector> = LazyLock::new(|| selector("#product-details[data-product]"));
static PRICE: LazyLock<Selector> = LazyLock::new(|| {
    selector(".current-price-value[content], .product-info-price .price-wrapper[data-price-amount], .product-info-main [data-price-amount]")
});
static CODE: LazyLock<Selector> =
    LazyLock::new(|| selector("h1 [data-ean], [data-product-ean], .product-info-main [data-ean], #product [data-ean]"));

/// The product that attributes tell of.
pub(super) fn candidate(dom: &Dom) -> Option<Candidate> {
    let mut candidate = Candidate::new(Source::Html, "attributes");
    prestashop(dom, &mut candidate);
    price(dom, &mut candidate);
    code(dom, &mut candidate);
    (!candidate.is_empty()).then_some(candidate)
}

/// The attribute holds the whole product as JSON.
fn prestashop(dom: &Dom, candidate: &mut Candidate) {
    let Some(state) = first(&dom.html, &PRESTASHOP).and_then(|element| element.attr("data-product")) else { return };
    let Ok(Value::Object(state)) = serde_json::from_str(state) else { return };
    let mut line = |field: &str, keys: &[&str]| {
        let found = text(&state, keys)?;
        let read = text_of(&found.raw);
        candidate.note(field, format!("#product-details.{}", found.path), &found.raw);
        (!read.is_empty()).then_some(read)
    };
    let name = line("name", &["name"]);
    let brand = line("brand", &["manufacturer_name"]);
    let description = line("description", &["description", "description_short"]);
    let sku = line("sku", &["reference"]);
    let category = line("category", &["category_name"]);
    let sheet = &mut candidate.sheet;
    (sheet.name, sheet.brand, sheet.description, sheet.sku, sheet.category) = (name, brand, description, sku, category);
    state_code(&state, candidate);
    state_price(&state, candidate);
}

fn state_code(state: &Object, candidate: &mut Candidate) {
    if let Some(found) = text(state, &["ean13", "upc"]) {
        candidate.sheet.gtins = codes_in(&found.raw);
        if !candidate.sheet.gtins.is_empty() {
            candidate.note("gtins", format!("#product-details.{}", found.path), &found.raw);
        }
    }
}

fn state_price(state: &Object, candidate: &mut Candidate) {
    let currency = text(state, &["currency"]).and_then(|found| Currency::parse(&found.raw));
    let Some(found) = text(state, &["price_amount"]) else { return };
    let price = offers::amount(&found.raw, currency);
    if price.is_some() {
        candidate.note("price", "#product-details.price_amount", &found.raw);
        candidate.sheet.offers = vec![Offer { price, ..Offer::default() }];
    }
}

fn price(dom: &Dom, candidate: &mut Candidate) {
    let Some(element) = first(&dom.html, &PRICE).filter(|_| candidate.sheet.offers.is_empty()) else { return };
    let raw = element.attr("content").or_else(|| element.attr("data-price-amount")).unwrap_or_default();
    let price = offers::amount(raw, None);
    if price.is_some() {
        candidate.note("price", element.value().name(), raw);
        candidate.sheet.offers = vec![Offer { price, ..Offer::default() }];
    }
}

fn code(dom: &Dom, candidate: &mut Candidate) {
    let Some(element) = first(&dom.html, &CODE).filter(|_| candidate.sheet.gtins.is_empty()) else { return };
    let raw = element.attr("data-ean").or_else(|| element.attr("data-product-ean")).unwrap_or_default();
    candidate.sheet.gtins = codes_in(raw);
    if !candidate.sheet.gtins.is_empty() {
        candidate.note("gtins", "[data-ean]", raw);
    }
}
