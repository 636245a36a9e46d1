//! Lists of sizes or colours that a page holds for its scripts, whatever the shop calls them: objects with a code each and no product's
//! name of their own.

use rust_decimal::Decimal;
use url::Url;

use super::keys::{CODES, NAMES, PRICES, SKUS};
use super::reader::Reader;
use super::{ALIKE, BESIDE};
use crate::extract::candidate::Candidate;
use crate::extract::likeness::overlap;
use crate::extract::node::{self, Object, Value, scalar, text};
use crate::model::{Availability, Money, Offer, Source};

/// Values looked at per page, and lists kept.
const MOST_NODES: usize = 40_000;
const MOST_LISTS: usize = 8;

/// Parts of the keys under which the members stand.
const LISTS: &[&str] = &[
    "variant",
    "variat",
    "combination",
    "declin",
    "sizes",
    "taille",
    "tallas",
    "taglie",
    "maten",
    "options",
    "skus",
    "children",
    "swatch",
];
/// Keys of what tells members apart.
const LABELS: &[&str] = &[
    "size",
    "taille",
    "talla",
    "taglia",
    "maat",
    "groesse",
    "größe",
    "color",
    "colour",
    "couleur",
    "kleur",
    "farbe",
    "label",
    "option",
    "options",
    "option1",
    "attributes_values",
    "attributes",
    "title",
    "name",
];
const COUNTS: &[&str] = &["stock", "quantity", "qty", "stock_quantity", "stockQuantity", "inventory"];

/// The lists that no name on the way to them gives to another product.
pub(in crate::extract) fn lists(values: &[(String, Value<'_>)], base: &Url, page: &Url, names: &[&str]) -> Vec<Vec<Candidate>> {
    let mut found = Vec::new();
    let mut queue: Vec<(&Value<'_>, String)> = values.iter().rev().map(|(place, value)| (value, place.clone())).collect();
    for _ in 0..MOST_NODES {
        let Some((value, path)) = queue.pop().filter(|_| found.len() < MOST_LISTS) else { break };
        let lower = path.to_lowercase();
        if BESIDE.iter().any(|word| lower.contains(word)) {
            continue;
        }
        let members = members(value, &path);
        let told = LISTS.iter().any(|word| lower.rsplit(['.', '[']).next().is_some_and(|last| last.contains(word)));
        if members.len() > 1 && members.iter().all(|(object, _)| is_member(object, told, names)) {
            let read = |(object, path): &(&Object<'_>, String)| member(object, path, base, page);
            found.push(members.iter().map(read).collect());
            continue;
        }
        match value {
            Value::Object(object) if is_other(object, names) => {}
            Value::Object(object) => queue.extend(object.iter().map(|(key, value)| (value, format!("{path}.{key}"))).filter(nested)),
            Value::Array(several) => {
                queue.extend(several.iter().enumerate().map(|(at, value)| (value, format!("{path}[{at}]"))).filter(nested));
            }
            _ => {}
        }
    }
    found
}

fn nested((value, _): &(&Value<'_>, String)) -> bool {
    value.is_object() || value.is_array()
}

/// The objects of a list, or those behind numbers as keys.
fn members<'v>(value: &'v Value<'v>, path: &str) -> Vec<(&'v Object<'v>, String)> {
    match value {
        Value::Array(several) => {
            let objects = several.iter().enumerate().take(node::MOST_MEMBERS);
            objects.filter_map(|(at, value)| Some((value.as_object()?, format!("{path}[{at}]")))).collect()
        }
        Value::Object(object) if object.len() > 1 && object.keys().all(|key| key.bytes().all(|byte| byte.is_ascii_digit())) => {
            object.iter().take(node::MOST_MEMBERS).filter_map(|(key, value)| Some((value.as_object()?, format!("{path}.{key}")))).collect()
        }
        _ => Vec::new(),
    }
}

fn is_member(object: &Object<'_>, told: bool, names: &[&str]) -> bool {
    let coded = CODES.iter().any(|key| object.contains_key(key));
    let labelled = told || LABELS.iter().take(LABELS.len() - 2).any(|key| object.contains_key(key));
    coded && labelled && !is_other(object, names)
}

/// Whether an object has the name of another product: several words, and not the page's.
fn is_other(object: &Object<'_>, names: &[&str]) -> bool {
    let Some(name) = text(object, NAMES).map(|found| found.line()) else { return false };
    name.split_whitespace().count() >= 2 && !names.is_empty() && !names.iter().any(|known| overlap(known, &name) >= ALIKE)
}

fn member(object: &Object<'_>, path: &str, base: &Url, page: &Url) -> Candidate {
    let reader = Reader { object, path, base, page };
    let mut candidate = Candidate::new(Source::State, path);
    reader.codes(object, path, &mut candidate);
    reader.pictures(&mut candidate);
    reader.offer(object, path, &mut candidate);
    surcharge(object, path, &mut candidate);
    if let Some(found) = text(object, SKUS) {
        candidate.note("sku", format!("{path}.{}", found.path), &found.raw);
        candidate.sheet.sku = Some(found.line());
    }
    let label = LABELS.iter().find_map(|key| Some((key, label(object.get(key)?)?)));
    if let Some((key, label)) = label {
        candidate.note("size", format!("{path}.{key}"), &label);
        candidate.sheet.size = Some(label);
    }
    counted(object, path, &mut candidate);
    candidate
}

/// One word, or those of several attributes: `M / rouge`.
fn label(value: &Value<'_>) -> Option<String> {
    let whole = match value {
        Value::Object(object) if !object.contains_key("name") && !object.contains_key("value") => {
            object.values().filter_map(scalar).collect::<Vec<_>>().join(" / ")
        }
        Value::Array(several) => several.iter().take(5).filter_map(scalar).collect::<Vec<_>>().join(" / "),
        other => scalar(other)?.into_owned(),
    };
    (!whole.is_empty() && whole.len() <= 60).then_some(whole)
}

/// A price of nothing says that the others are surcharges: it is kept, for the list to be weighed.
fn surcharge(object: &Object<'_>, path: &str, candidate: &mut Candidate) {
    let told = PRICES.iter().find_map(|key| Some((key, scalar(object.get(key)?)?)));
    let Some((key, raw)) = told.filter(|(_, raw)| raw.parse::<Decimal>().is_ok_and(|amount| amount <= Decimal::ZERO)) else { return };
    candidate.note("price", format!("{path}.{key}"), &raw);
    offer(candidate).price = Some(Money { amount: Decimal::ZERO, currency: None });
}

fn offer(candidate: &mut Candidate) -> &mut Offer {
    if candidate.sheet.offers.is_empty() {
        candidate.sheet.offers.push(Offer::default());
    }
    &mut candidate.sheet.offers[0]
}

fn counted(object: &Object<'_>, path: &str, candidate: &mut Candidate) {
    let Some((key, count)) = COUNTS.iter().find_map(|key| Some((key, scalar(object.get(key)?)?.parse::<i64>().ok()?))) else { return };
    if offer(candidate).availability.is_none() {
        offer(candidate).availability = Some(if count > 0 { Availability::InStock } else { Availability::OutOfStock });
        candidate.note("availability", format!("{path}.{key}"), &count.to_string());
    }
}
