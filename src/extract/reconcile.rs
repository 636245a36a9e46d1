//! Where the markup and what a person sees disagree: which one stands, and what is told of it.
//!
//! Markup is right more often than not, and where it is wrong it is wrong in known ways: the price before a reduction, the price
//! without tax, `InStock` in every template, an internal number as `sku`, the shop's own name as brand.

use url::Url;

use super::candidate::{Candidate, cut};
use super::content::contradiction;
use super::likeness::likeness;
use super::merge;
use super::page::Seen;
use super::page_facts::Facts;
use super::{Extraction, Main};
use crate::model::{Availability, Currency, Money, Product, Source};

/// The currency of the page where a price names none, or a sign that several share: that of its markup, else that of its country.
pub(super) fn currency(candidates: &[Candidate], facts: &Facts, url: &Url) -> Option<Currency> {
    let offers = candidates
        .iter()
        .flat_map(|candidate| std::iter::once(candidate).chain(&candidate.variants))
        .flat_map(|candidate| &candidate.sheet.offers);
    let declared = offers.filter_map(|offer| offer.price.as_ref()?.currency).next();
    declared.or_else(|| of_language(facts.language.as_deref()?)).or_else(|| of_host(url.host_str()?))
}

fn of_language(language: &str) -> Option<Currency> {
    let region = language.split(['-', '_']).nth(1)?.to_ascii_uppercase();
    of_country(&region).filter(|_| region != "US")
}

fn of_host(host: &str) -> Option<Currency> {
    let country = host.rsplit('.').next()?.to_ascii_uppercase();
    of_country(if country == "UK" { "GB" } else { &country })
}

fn of_country(code: &str) -> Option<Currency> {
    let currency = match code {
        "FR" | "DE" | "ES" | "IT" | "NL" | "BE" | "PT" | "AT" | "IE" | "FI" | "GR" | "LU" | "SK" | "SI" | "EE" | "LV" | "LT" | "HR" => {
            "EUR"
        }
        "GB" => "GBP",
        "US" => "USD",
        "CA" => "CAD",
        "AU" => "AUD",
        "NZ" => "NZD",
        "CH" | "LI" => "CHF",
        "SE" => "SEK",
        "NO" => "NOK",
        "DK" => "DKK",
        "PL" => "PLN",
        "CZ" => "CZK",
        "HU" => "HUF",
        "RO" => "RON",
        "JP" => "JPY",
        "SG" => "SGD",
        "HK" => "HKD",
        "BR" => "BRL",
        "MX" => "MXN",
        "IN" => "INR",
        "ZA" => "ZAR",
        _ => return None,
    };
    Currency::parse(currency)
}

/// Weighs the merged sheet against what the page shows.
pub(super) fn settle(product: &mut Product, page: &Extraction, main: &Main<'_>, member: Option<&Candidate>) {
    let Some(shown) = main.shown() else { return };
    let Some(seen) = &page.seen else { return };
    name(product, shown);
    brand(product, shown, page);
    if member.is_none_or(|member| page.is_shared(main, member)) {
        price(product, shown, seen);
    }
    if member.is_none() {
        let state = main.same.iter().find(|candidate| candidate.source == Source::State);
        let state = state.and_then(|state| state.sheet.offers.first()?.availability);
        availability(product, shown, seen, state);
        sku(product, shown, seen);
    }
}

fn source_of(product: &Product, field: &str) -> Option<Source> {
    product.provenance.get(field).map(|origin| origin.source)
}

/// Puts the shown value's origin first and the other one behind it.
fn outdo(product: &mut Product, shown: &Candidate, field: &str) {
    let Some(mut winner) = shown.sheet.provenance.get(field).cloned() else { return };
    if let Some(before) = product.provenance.remove(field) {
        merge::outdone(&mut winner, &before);
        winner.others.extend(before.others.into_iter().filter(|other| other.source != winner.source));
    }
    product.provenance.insert(field.to_owned(), winner);
}

/// Titles for those who share a page carry the shop's name; the heading does not.
fn name(product: &mut Product, shown: &Candidate) {
    if source_of(product, "name") == Some(Source::OpenGraph) && shown.sheet.name.is_some() {
        product.name = shown.sheet.name.clone();
        outdo(product, shown, "name");
    }
}

fn brand(product: &mut Product, shown: &Candidate, page: &Extraction) {
    let (Some(brand), Some(seen)) = (&product.brand, &shown.sheet.brand) else { return };
    let is_shop = |name: &str| {
        let host: String = page.url.host_str().unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).collect();
        let plain: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        page.facts.site.as_deref().is_some_and(|site| likeness(site, name) > 0.8) || (plain.len() > 3 && host.contains(&plain))
    };
    if !likeness(brand, seen).eq(&1.0) && is_shop(brand) && !is_shop(seen) && source_of(product, "brand") != Some(Source::Recipe) {
        product.brand = Some(seen.clone());
        outdo(product, shown, "brand");
    }
}

/// A shown price that stands as well as this outweighs markup that nobody sees.
const SURE: i32 = 11;

/// So many points are more than chance.
const BEHIND: i32 = 4;

fn price(product: &mut Product, shown: &Candidate, seen: &Seen) {
    let source = source_of(product, "price");
    let Some(visible) = shown.sheet.offers.first().and_then(|offer| offer.price.clone()) else { return };
    let Some(offer) = product.offers.first_mut() else { return };
    let Some(told) = offer.price.clone() else { return };
    if matches!(source, None | Some(Source::Recipe | Source::VisibleText)) || same(&told, &visible) {
        return;
    }
    // An amount that stands far behind the one that is shown best is another one: the price of another size, or without tax.
    let enough = if seen.now && visible.amount < told.amount { 1 } else { BEHIND };
    let is_current = seen.current.iter().any(|(amount, score)| same(amount, &told) && seen.score - score < enough);
    let is_struck = seen.struck.iter().any(|amount| same(amount, &told));
    let detail = format!("the markup says {told}, the page shows {visible}");
    if is_struck && !is_current && visible.amount < told.amount {
        offer.regular_price = Some(told);
        offer.price = Some(with_currency(&visible, offer.regular_price.as_ref()));
        let was = product.provenance.get("price").cloned();
        outdo(product, shown, "price");
        product.provenance.extend(was.map(|was| ("regular_price".to_owned(), was)));
    } else if !is_current && seen.score >= SURE {
        offer.price = Some(with_currency(&visible, Some(&told)));
        offer.regular_price = shown.sheet.offers[0].regular_price.clone();
        outdo(product, shown, "price");
        product.provenance.remove("regular_price");
        if product.offers[0].regular_price.is_some() {
            outdo(product, shown, "regular_price");
        }
    } else if is_current {
        return;
    }
    product.issues.push(contradiction("price", detail));
}

fn with_currency(money: &Money, other: Option<&Money>) -> Money {
    Money { amount: money.amount, currency: money.currency.or(other.and_then(|other| other.currency)) }
}

fn same(one: &Money, other: &Money) -> bool {
    one.amount == other.amount
}

/// Words that weigh as much as this outweigh a template's `InStock`.
const PLAIN: i32 = 5;
/// The same where the page has no button to buy.
const UNSOLD: i32 = 3;

fn availability(product: &mut Product, shown: &Candidate, seen: &Seen, state: Option<Availability>) {
    let Some(visible) = shown.sheet.offers.first().and_then(|offer| offer.availability) else { return };
    let source = source_of(product, "availability");
    let Some(told) = product.offers.first().and_then(|offer| offer.availability).filter(|told| *told != visible) else { return };
    if matches!(source, None | Some(Source::Recipe | Source::VisibleText)) {
        return;
    }
    let there = |availability| {
        matches!(
            availability,
            Availability::InStock | Availability::LimitedAvailability | Availability::OnlineOnly | Availability::InStoreOnly
        )
    };
    // Where its price is another one, the markup speaks of another offer.
    let doubted = source_of(product, "price") == Some(Source::VisibleText) && seen.stock >= PLAIN;
    let Some(offer) = product.offers.first_mut() else { return };
    if there(told) == there(visible) && told != Availability::InStock && visible != Availability::InStock {
        return; // sold out or out of stock: the same thing
    }
    // What the page holds for its own scripts and what it shows are two witnesses against one.
    let seconded = state.is_some_and(|state| there(state) == there(visible)) && source != Some(Source::State);
    let wins = seconded
        || doubted
        || if there(told) {
            !there(visible) && seen.stock >= if seen.buyable { PLAIN } else { UNSOLD }
        } else {
            there(visible) && seen.buyable && seen.stock >= PLAIN + 2
        };
    let detail = format!("the markup says {told:?}, the page shows {visible:?}");
    if wins {
        offer.availability = Some(visible);
        outdo(product, shown, "availability");
        product.issues.push(contradiction("availability", detail));
    } else if seen.stock >= PLAIN && there(told) != there(visible) {
        product.issues.push(contradiction("availability", detail));
    }
}

/// The number that customers read out on the telephone is the one that is printed on the page.
fn sku(product: &mut Product, shown: &Candidate, seen: &Seen) {
    let Some(visible) = shown.sheet.sku.as_ref().filter(|sku| sku.len() >= 3) else { return };
    let labelled = shown.sheet.provenance.get("sku").is_some_and(|origin| origin.raw.len() > visible.len());
    let told = product.sku.as_ref().filter(|told| !told.eq_ignore_ascii_case(visible));
    let modelled = shown.sheet.mpn.as_ref() == Some(visible) || seen.codes.iter().any(|code| told == Some(code));
    if told.is_some() && labelled && !modelled && source_of(product, "sku") != Some(Source::Recipe) {
        product.sku = Some(cut(visible));
        outdo(product, shown, "sku");
    }
}
