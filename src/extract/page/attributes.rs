//! What stands in the attributes of the product's own part: `data-sku`, `data-ean`, and microdata that nobody put into an item.

use std::collections::HashSet;

use super::Page;
use crate::extract::candidate::{Candidate, codes_in};
use crate::extract::markup::Spot;
use crate::extract::offers;
use crate::extract::tag::Tag;
use crate::extract::text::line_within;
use crate::model::{Availability, Money, Offer, Source};

const CODES: &[&str] = &["data-ean", "data-gtin", "data-ean13", "data-barcode", "data-product-ean", "data-upc", "data-gtin13"];
const SKUS: &[&str] = &["data-sku", "data-product-sku", "data-product_sku", "data-item-sku"];
const PRICES: &[&str] = &["data-price-amount", "data-product-price"];

/// How far a value is read: such elements may stand in each other, and none of their values is long.
const LONGEST: usize = 10_000;

/// `members` are the sizes and colours of a list: what they say is not the page's.
pub(super) fn read(page: &Page<'_, '_, '_>, members: &HashSet<usize>, candidate: &mut Candidate) {
    let own = |element: &Spot<'_, '_>| !page.survey.is_aside(*element);
    for element in page.survey.markup.elements().filter(own) {
        loose(element, candidate);
        if !members.contains(&element.index()) {
            named(page, element, candidate);
        }
    }
}

fn first<'h>(element: Spot<'_, 'h>, names: &[&'static str]) -> Option<(&'static str, std::borrow::Cow<'h, str>)> {
    names.iter().find_map(|name| Some((*name, element.attr(name)?))).filter(|(_, value)| !value.trim().is_empty())
}

fn named(page: &Page<'_, '_, '_>, element: Spot<'_, '_>, candidate: &mut Candidate) {
    // An element that holds the heading or stands in its block speaks of the page's product; further away it may be anybody's.
    if element.tag() == Tag::A || element.ancestors().take(2).any(|holder| holder.tag() == Tag::A) {
        return; // it leads to another product
    }
    let holds = page.anchor.is_some_and(|anchor| element.contains(anchor));
    if !(holds || page.in_block(element.index()) || page.anchor.is_none()) {
        return;
    }
    if let Some((name, value)) = first(element, CODES).filter(|_| candidate.sheet.gtins.is_empty()) {
        candidate.sheet.gtins = codes_in(&value);
        if !candidate.sheet.gtins.is_empty() {
            candidate.note("gtins", format!("[{name}]"), &value);
        }
    }
    let empty = || {
        SKUS.iter()
            .find(|name| element.raw_attr(name) == Some(""))
            .map(|name| (*name, std::borrow::Cow::Owned(line_within(element, LONGEST))))
    };
    let sku = first(element, SKUS).or_else(empty).filter(|(_, value)| !value.is_empty() && value.len() <= 40);
    if let Some((name, value)) = sku.filter(|_| candidate.sheet.sku.is_none()) {
        candidate.note("sku", format!("[{name}]"), &value);
        candidate.sheet.sku = Some(value.trim().to_owned());
    }
    if let Some((name, value)) = first(element, PRICES).filter(|_| page.in_block(element.index())) {
        let price = offers::amount(value.trim(), None).filter(|price| !price.amount.is_zero());
        fill_price(candidate, format!("[{name}]"), &value, price);
    }
}

/// `itemprop` outside of any item: templates lose the item, not the properties.
fn loose(element: Spot<'_, '_>, candidate: &mut Candidate) {
    let Some(property) = element.raw_attr("itemprop") else { return };
    if element.has("itemscope") || element.ancestors().any(|holder| holder.has("itemscope")) {
        return;
    }
    let raw = element.attr("content").map_or_else(
        || match element.tag() {
            Tag::Link | Tag::A => element.attr("href").unwrap_or_default().into_owned(),
            _ => line_within(element, LONGEST),
        },
        std::borrow::Cow::into_owned,
    );
    if raw.is_empty() {
        return;
    }
    let locator = format!("[itemprop={property}]");
    match property {
        "price" => fill_price(candidate, locator, &raw, offers::amount(&raw, None)),
        "priceCurrency" => {
            let currency = offers::named(&raw);
            for money in candidate.sheet.offers.iter_mut().filter_map(|offer| offer.price.as_mut()) {
                money.currency = money.currency.or(currency);
            }
        }
        "availability" => {
            let offer = first_offer(candidate);
            if let (None, Some(availability)) = (offer.availability, Availability::parse(&raw)) {
                offer.availability = Some(availability);
                candidate.note("availability", locator, &raw);
            }
        }
        "sku" if candidate.sheet.sku.is_none() => {
            candidate.note("sku", locator, &raw);
            candidate.sheet.sku = Some(raw);
        }
        "brand" | "manufacturer" if candidate.sheet.brand.is_none() && raw.len() < 60 && !raw.starts_with("http") => {
            candidate.note("brand", locator, &raw);
            candidate.sheet.brand = Some(raw);
        }
        "gtin13" | "gtin" | "gtin12" | "gtin14" | "gtin8" if candidate.sheet.gtins.is_empty() => {
            candidate.sheet.gtins = codes_in(&raw);
            if !candidate.sheet.gtins.is_empty() {
                candidate.note("gtins", locator, &raw);
            }
        }
        _ => {}
    }
}

fn first_offer(candidate: &mut Candidate) -> &mut Offer {
    if candidate.sheet.offers.is_empty() {
        candidate.sheet.offers.push(Offer::default());
    }
    &mut candidate.sheet.offers[0]
}

/// An attribute's price fills a gap; where a price is shown, that one stands.
fn fill_price(candidate: &mut Candidate, locator: String, raw: &str, price: Option<Money>) {
    let Some(price) = price else { return };
    let offer = first_offer(candidate);
    if offer.price.is_none() {
        offer.price = Some(price);
        candidate.note("price", locator, raw);
        debug_assert_eq!(candidate.source, Source::VisibleText);
    }
}
