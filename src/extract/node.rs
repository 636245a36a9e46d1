//! Small questions to a JSON node: its text, its members, its address, whatever form the shop gave them.

use std::borrow::Cow;
use std::collections::HashMap;

pub(super) use super::json::{Object, Value};
use super::text::line_of;

/// Members followed per list: reviews, offers, variants, images.
pub(super) const MOST_MEMBERS: usize = 500;

/// A text found at a key, and the key's path.
pub(super) struct Found<'a> {
    pub(super) raw: Cow<'a, str>,
    pub(super) path: &'static str,
}

impl Found<'_> {
    pub(super) fn line(&self) -> String {
        line_of(&self.raw)
    }
}

/// The first text at one of the keys. Objects are read by their `name`, `@value` or `url`, lists by their first member.
pub(super) fn text<'a>(object: &'a Object<'a>, keys: &[&'static str]) -> Option<Found<'a>> {
    keys.iter().find_map(|&key| Some(Found { raw: scalar(object.get(key)?)?, path: key }))
}

/// A text, a number or what stands for them, never empty.
pub(super) fn scalar<'a>(value: &'a Value<'a>) -> Option<Cow<'a, str>> {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Array(several) => return several.iter().take(MOST_MEMBERS).find_map(flat),
        other => return flat(other),
    };
    (!text.is_empty() && !text.eq_ignore_ascii_case("null")).then_some(text)
}

fn flat<'a>(value: &'a Value<'a>) -> Option<Cow<'a, str>> {
    fn own<'a>(key: &str, object: &'a Object<'a>) -> Option<Cow<'a, str>> {
        match object.get(key) {
            Some(text @ (Value::String(_) | Value::Number(_))) => scalar(text),
            Some(Value::Array(several)) => several.iter().find(|one| one.is_string()).and_then(scalar),
            _ => None,
        }
    }
    match value {
        Value::Object(object) => ["name", "nome", "nombre", "@value", "value", "url", "@id"].iter().find_map(|key| own(key, object)),
        Value::String(_) | Value::Number(_) => scalar(value),
        _ => None,
    }
}

/// One value or a list of them.
pub(super) fn members<'a>(object: &'a Object<'a>, key: &str) -> impl Iterator<Item = &'a Value<'a>> {
    let values = match object.get(key) {
        Some(Value::Array(several)) => several.as_slice(),
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    };
    values.iter().take(MOST_MEMBERS)
}

/// The object at a value; `{"@id": "#offer"}` is looked up, also with a type beside it.
pub(super) fn object<'a>(value: &'a Value<'a>, ids: &HashMap<&'a str, &'a Object<'a>>) -> Option<&'a Object<'a>> {
    let object = value.as_object()?;
    match object.get("@id") {
        Some(Value::String(id)) if object.len() == 1 => ids.get(id.as_ref()).copied(),
        Some(Value::String(id)) if object.keys().all(|key| key.starts_with('@')) => ids.get(id.as_ref()).copied().or(Some(object)),
        _ => Some(object),
    }
}

/// A number as schema.org wants it, or with a decimal comma.
pub(super) fn number(object: &Object<'_>, keys: &[&'static str]) -> Option<f64> {
    let raw = text(object, keys)?.raw;
    number_in(&raw)
}

pub(crate) fn number_in(raw: &str) -> Option<f64> {
    let from = raw.find(|c: char| c.is_ascii_digit())?;
    let figure = &raw[from..];
    let figure = &figure[..figure.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(figure.len())];
    let pointed = if figure.contains(',') { Cow::Owned(figure.replace(',', ".")) } else { Cow::Borrowed(figure) };
    pointed.trim_end_matches('.').parse().ok().filter(|value: &f64| value.is_finite())
}
