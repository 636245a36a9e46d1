//! A product sheet field by field: as rows for people, and as two sheets compared. Knows nothing of files or recipes.

use std::collections::BTreeMap;

use glaneur::Product;
use serde_json::{Map, Value};

/// What a full sheet of a pharmacy has.
pub(super) const EXPECTED: [&str; 12] =
    ["name", "brand", "price", "availability", "gtins", "description", "composition", "directions", "images", "rating", "reviews", "size"];

/// Of the sheet, what is no field of the product.
const FRAME: [&str; 8] = ["shop", "url", "retrieved_at", "evidence", "provenance", "issues", "offers", "description_html"];

/// Longest value in a listing, in characters.
const SHORT: usize = 60;

/// The product's fields with their values, those of the first offer among them, in the sheet's order.
pub(super) fn fields(product: &Product) -> Vec<(String, Value)> {
    let Ok(Value::Object(sheet)) = serde_json::to_value(product) else { return Vec::new() };
    let offer = sheet.get("offers").and_then(|offers| offers.get(0)).and_then(Value::as_object).cloned().unwrap_or_default();
    let own = sheet.into_iter().filter(|(field, _)| !FRAME.contains(&field.as_str()));
    let offered = offer.into_iter().filter(|(field, _)| field != "gtin");
    own.chain(offered).filter(|(_, value)| !is_nothing(value)).collect()
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// The fields of [`EXPECTED`] that the sheet does not have.
pub(super) fn missing(fields: &[(String, Value)]) -> Vec<&'static str> {
    EXPECTED.into_iter().filter(|expected| fields.iter().all(|(field, _)| field != expected)).collect()
}

/// A value on one short line: `14.90 EUR`, `3: https://…`.
pub(super) fn short(value: &Value) -> String {
    cut(&worded(value))
}

pub(in crate::cli) fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHORT { line } else { line.chars().take(SHORT - 1).chain(['…']).collect() }
}

fn worded(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => match values.as_slice() {
            [only] => worded(only),
            [first, ..] => format!("{}: {}", values.len(), worded(first)),
            [] => String::new(),
        },
        Value::Object(object) => worded_object(object),
        other => other.to_string(),
    }
}

/// What tells the most of a money, a barcode, a picture, a review; else all of it.
fn worded_object(object: &Map<String, Value>) -> String {
    let text = |key: &str| object.get(key).map(worded);
    if let (Some(amount), Some(unit)) = (text("amount"), text("currency").or_else(|| text("unit"))) {
        return format!("{amount} {unit}");
    }
    if let (Some(value), Some(best)) = (text("value"), text("best")) {
        return format!("{value} of {best}{}", text("count").map(|count| format!(" ({count})")).unwrap_or_default());
    }
    if let (Some(name), Some(value)) = (text("name"), text("value")) {
        return format!("{name}: {value}");
    }
    let telling = ["ean", "gtin", "url", "name", "body"].into_iter().find_map(text);
    telling.unwrap_or_else(|| object.values().map(worded).collect::<Vec<_>>().join(" "))
}

/// One place where two sheets differ; absent means that the sheet has no such place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Drift {
    pub(in crate::cli) place: String,
    pub(in crate::cli) expected: Option<String>,
    pub(in crate::cli) read: Option<String>,
}

/// Value by value, in the expected sheet's order, then what is new. Where a value was read is no part of it.
pub(in crate::cli) fn compare(expected: &Value, read: &Value) -> Vec<Drift> {
    let (old, new) = (leaves(expected), leaves(read));
    let value = |leaves: &[(String, String)]| leaves.iter().cloned().collect::<BTreeMap<_, _>>();
    let (was, is) = (value(&old), value(&new));
    let fresh = new.iter().filter(|(place, _)| !was.contains_key(place));
    let places = old.iter().chain(fresh).map(|(place, _)| place);
    let drift = |place: &String| Drift { place: place.clone(), expected: was.get(place).cloned(), read: is.get(place).cloned() };
    places.map(drift).filter(|drift| drift.expected != drift.read).collect()
}

fn leaves(sheet: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Some(sheet) = sheet.as_object() else { return found };
    for (field, value) in sheet.iter().filter(|(field, _)| !["provenance", "retrieved_at"].contains(&field.as_str())) {
        gather(field, value, &mut found);
    }
    found
}

fn gather(place: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| gather(&format!("{place}.{key}"), value, found)),
        Value::Array(values) => values.iter().enumerate().for_each(|(at, value)| gather(&format!("{place}[{at}]"), value, found)),
        Value::String(text) => found.push((place.to_owned(), text.clone())),
        other => found.push((place.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_told_on_one_line() {
        for (value, told) in [
            (json!("a\n b"), "a b"),
            (json!({"amount": "14.90", "currency": "EUR"}), "14.90 EUR"),
            (json!({"value": 4.6, "best": 5.0, "count": 12}), "4.6 of 5.0 (12)"),
            (json!([{"url": "https://a.test/1.jpg"}, {"url": "https://a.test/2.jpg"}]), "2: https://a.test/1.jpg"),
            (json!([{"name": "Forme", "value": "gel"}]), "Forme: gel"),
        ] {
            assert_eq!(short(&value), told);
        }
        assert_eq!(short(&json!("x".repeat(200))).chars().count(), SHORT);
    }

    #[test]
    fn sheets_are_compared_value_by_value() {
        let old = json!({"name": "Gel", "offers": [{"price": {"amount": "1.00"}}], "brand": "B", "provenance": {"name": 1}});
        let new = json!({"name": "Gel", "offers": [{"price": {"amount": "2.00"}}], "size": "200 ml", "provenance": {"name": 2}});
        let told: Vec<_> = compare(&old, &new).into_iter().map(|drift| (drift.place, drift.expected, drift.read)).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("offers[0].price.amount".to_owned(), text("1.00"), text("2.00")),
                ("brand".to_owned(), text("B"), None),
                ("size".to_owned(), None, text("200 ml"))
            ]
        );
        assert!(compare(&old, &old).is_empty());
    }
}
