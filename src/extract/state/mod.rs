//! The state that shop systems put into their pages for their own scripts: PrestaShop's `data-product`, Shopify's product JSON,
//! `__NEXT_DATA__`, `__NUXT__`, `dataLayer`.
//!
//! Each shop names its keys in its own way, so this looks for any object that has what a product has, and believes the one whose
//! name is the page's.

mod combinations;
mod keys;
mod reader;
mod scripts;

use url::Url;

use super::candidate::Candidate;
use super::likeness::likeness;
use super::markup::Markup;
use super::node::{self, Object, Value, text};
use crate::model::Source;
pub(super) use combinations::lists;
use keys::{NAMES, SKUS, looks_like_a_product, richness};
use reader::Reader;

/// Nodes looked at per page.
const MOST_NODES: usize = 120_000;
/// Objects kept that look like products.
const MOST_FOUND: usize = 400;

/// Keys under which other products stand.
const BESIDE: &[&str] =
    &["related", "recommend", "similar", "carousel", "viewed", "upsell", "crosssell", "cart", "bundle", "accessor", "impressions"];

/// From here on a name is the page's.
const ALIKE: f64 = 0.6;

/// All that the page holds for its scripts, with the place of each value.
pub(super) fn values<'t>(markup: &Markup<'t>) -> Vec<(String, Value<'t>)> {
    scripts::values(markup)
}

/// The product of the page's state whose name is one of `names`.
pub(super) fn candidate(values: &[(String, Value<'_>)], base: &Url, page: &Url, names: &[&str]) -> Option<Candidate> {
    let mut best: Option<(f64, &Object<'_>, String)> = None;
    for (object, path) in products(values) {
        let Some(name) = text(object, NAMES) else { continue };
        let line = name.line();
        let alike = names.iter().map(|known| likeness(known, &line)).fold(0.0, f64::max);
        let beside = BESIDE.iter().any(|word| path.to_ascii_lowercase().contains(word));
        let rank = alike + f64::from(richness(object)) / 100.0 - if beside { 0.3 } else { 0.0 };
        if alike >= ALIKE && best.as_ref().is_none_or(|(known, ..)| rank > *known) {
            best = Some((rank, object, path));
        }
    }
    let mut candidate = match best {
        Some((_, object, path)) => Reader { object, path: &path, base, page }.read(),
        None => Candidate::new(Source::State, "state"),
    };
    for (path, value) in values {
        variations(value, path, base, page, &mut candidate);
    }
    (!candidate.is_empty()).then_some(candidate)
}

/// WooCommerce's `data-product_variations`: members without a name.
fn variations(value: &Value<'_>, path: &str, base: &Url, page: &Url, candidate: &mut Candidate) {
    let members = value.as_array().into_iter().flatten().filter_map(Value::as_object).enumerate();
    for (at, object) in members.filter(|(_, object)| object.contains_key("variation_id")).take(node::MOST_MEMBERS) {
        let path = format!("{path}[{at}]");
        let reader = Reader { object, path: &path, base, page };
        let mut variant = Candidate::new(Source::State, path.clone());
        if let Some(found) = text(object, SKUS) {
            variant.note("sku", format!("{path}.sku"), &found.raw);
            variant.sheet.sku = Some(found.line());
        }
        reader.codes(object, &path, &mut variant);
        reader.pictures(&mut variant);
        reader.offer(object, &path, &mut variant);
        candidate.variants.push(variant);
    }
}

/// Everything that looks like a product, found without recursion.
fn products<'v>(values: &'v [(String, Value<'v>)]) -> Vec<(&'v Object<'v>, String)> {
    let mut found = Vec::new();
    let mut queue: Vec<(&Value<'_>, String)> = values.iter().rev().map(|(place, value)| (value, place.clone())).collect();
    let mut looked_at = 0;
    while let Some((value, path)) = queue.pop() {
        looked_at += 1;
        if looked_at > MOST_NODES || found.len() >= MOST_FOUND {
            break;
        }
        match value {
            Value::Array(values) => {
                let nested = values.iter().enumerate().rev().filter(|(_, value)| value.is_object() || value.is_array());
                queue.extend(nested.map(|(at, value)| (value, format!("{path}[{at}]"))));
            }
            Value::Object(object) => {
                if looks_like_a_product(object) {
                    found.push((object, path.clone()));
                }
                let nested = object.iter().filter(|(_, value)| value.is_object() || value.is_array());
                queue.extend(nested.map(|(key, value)| (value, format!("{path}.{key}"))));
            }
            _ => {}
        }
    }
    found
}
