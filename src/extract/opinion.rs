//! Ratings and reviews of structured data, on the scale that their figures show.

use std::borrow::Cow;
use std::collections::HashMap;

use super::date;
use super::node::{self, Object, Value, members, number, number_in, scalar, text};
use super::text::text_of;
use crate::model::{Rating, Review};

type Ids<'a> = HashMap<&'a str, &'a Object<'a>>;

/// The scales that shops use; a value above the declared one is on the next.
const SCALES: &[f64] = &[5.0, 10.0, 20.0, 100.0];

/// The mean rating of a product, and its raw value.
pub(super) fn rating<'a>(product: &'a Object<'a>, ids: &Ids<'a>) -> Option<(Rating, Cow<'a, str>)> {
    let outer = members(product, "aggregateRating").find_map(|value| node::object(value, ids))?;
    // Some put the figure one level deeper.
    let inner = ["ratingValue", "reviewRating", "rating"].iter().find_map(|key| outer.get(key)?.as_object()).unwrap_or(outer);
    let raw = text(inner, &["ratingValue", "value"])?.raw;
    let value = number_in(&raw)?;
    let count = ["ratingCount", "reviewCount"].iter().filter_map(|key| count(&text(outer, &[key])?.raw)).max();
    // Templates print 0 of 5, or 5 of 5, where nobody has an opinion.
    if count == Some(0) || value <= 0.0 {
        return None;
    }
    let declared = number(inner, &["bestRating"]).or_else(|| number(outer, &["bestRating"]));
    let percent = raw.ends_with('%').then_some(100.0);
    Some((Rating { value, best: scale(value, percent.or(declared))?, count }, raw))
}

fn scale(value: f64, declared: Option<f64>) -> Option<f64> {
    declared.filter(|best| *best >= value).or_else(|| SCALES.iter().copied().find(|best| *best >= value))
}

/// A number of opinions, with or without marks between the thousands; `2.1k` is none.
fn count(raw: &str) -> Option<u32> {
    let figure = raw.trim().trim_end_matches(".0");
    let figure: String = figure.chars().filter(|c| !matches!(c, ',' | '.' | '\'') && !c.is_whitespace()).collect();
    figure.parse().ok()
}

/// The reviews at one of the keys, on the scale of the product's rating.
pub(super) fn reviews(product: &Object<'_>, key: &str, best: f64, ids: &Ids<'_>) -> Vec<Review> {
    let mut found: Vec<Review> = Vec::new();
    for value in members(product, key) {
        // An ItemList holds them one level deeper.
        let listed = value.as_object().map(|list| members(list, "itemListElement").collect::<Vec<_>>()).unwrap_or_default();
        let values = if listed.is_empty() { vec![value] } else { listed };
        for review in values.into_iter().filter_map(|value| review(value, best, ids)) {
            if !found.contains(&review) {
                found.push(review);
            }
        }
    }
    found
}

fn review(value: &Value<'_>, best: f64, ids: &Ids<'_>) -> Option<Review> {
    let Some(object) = node::object(value, ids) else {
        let body = text_of(value.as_str()?);
        return (!body.is_empty()).then(|| Review { body, ..Review::default() });
    };
    if let Some(item) = object.get("item").filter(|item| item.is_object()) {
        return review(item, best, ids);
    }
    let line = |keys: &[&'static str]| text(object, keys).map(|found| found.line()).filter(|line| !line.is_empty());
    let written = text(object, &["datePublished", "dateCreated"]).map(|found| found.raw.into_owned());
    let review = Review {
        author: line(&["author"]),
        rating: members(object, "reviewRating").find_map(|value| stars(value, best)),
        title: line(&["name", "headline"]),
        body: text(object, &["reviewBody", "description"]).map(|found| text_of(&found.raw)).unwrap_or_default(),
        date: written.map(|written| date::iso(&written).unwrap_or(written)),
    };
    (review != Review::default()).then_some(review)
}

fn stars(value: &Value<'_>, best: f64) -> Option<f64> {
    let Value::Object(rating) = value else { return number_in(&scalar(value)?) };
    let value = number(rating, &["ratingValue"])?;
    let own = number(rating, &["bestRating"]).filter(|own| *own >= value && *own > 0.0).unwrap_or(best);
    Some(value * best / own)
}
