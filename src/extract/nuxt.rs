//! The two ways in which Nuxt writes its state: a function call with the values as arguments, and a flat list of references.

use super::json::{Object, Value};
use super::repair;

/// Deepest reference followed, and values made in all: lists may refer to themselves.
const DEEPEST: usize = 40;
const MOST: usize = 200_000;

/// `__NUXT_DATA__`: a list whose objects hold the places of their values in the same list.
pub(super) fn revive(value: &Value<'_>) -> Value<'static> {
    let Value::Array(all) = value else { return value.clone().into_owned() };
    let mut left = MOST;
    at(all, 0, 0, &mut left)
}

fn at(all: &[Value<'_>], place: usize, depth: usize, left: &mut usize) -> Value<'static> {
    let Some(value) = all.get(place).filter(|_| depth < DEEPEST && *left > 0) else { return Value::Null };
    *left -= 1;
    let follow = |value: &Value<'_>, left: &mut usize| match value.as_u64() {
        Some(place) => at(all, place as usize, depth + 1, left),
        None => Value::Null,
    };
    match value {
        Value::Object(object) => {
            Value::Object(object.iter().map(|(key, value)| (key.to_owned().into(), follow(value, left))).collect::<Object<'_>>())
        }
        // `["ShallowReactive", 5]` wraps a value.
        Value::Array(several) => match several.as_slice() {
            [Value::String(_), inner] => follow(inner, left),
            several => Value::Array(several.iter().map(|value| follow(value, left)).collect()),
        },
        other => other.clone().into_owned(),
    }
}

/// `window.__NUXT__=(function(a,b){return {…}}("x",1))`: the body with the arguments put in.
pub(super) fn call(script: &str) -> Option<Value<'static>> {
    let (_, rest) = script.split_once("__NUXT__")?;
    let (_, rest) = rest.split_once("function(")?;
    let (names, rest) = rest.split_once(')')?;
    let body = rest.split_once("return")?.1.trim_start();
    let (body, behind) = repair::prefix(body)?;
    let arguments = behind.trim_start().trim_start_matches([';', ' ']).strip_prefix('}')?.trim_start();
    let arguments = arguments.strip_prefix('(').or_else(|| arguments.strip_prefix(')')?.trim_start().strip_prefix('('))?;
    let end = arguments.rfind(')')?;
    let values = repair::literal(&format!("[{}]", arguments[..end].trim_end_matches(')')))?;
    let mut value = body;
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    put_in(&mut value, &names, values.as_array()?, 0);
    Some(value)
}

fn put_in(value: &mut Value<'static>, names: &[&str], values: &[Value<'static>], depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::String(text) => {
            let name = text.strip_prefix(repair::BARE).and_then(|name| names.iter().position(|known| *known == name));
            if let Some(argument) = name.and_then(|place| values.get(place)) {
                *value = argument.clone();
            }
        }
        Value::Array(several) => several.iter_mut().for_each(|value| put_in(value, names, values, depth + 1)),
        Value::Object(object) => object.values_mut().for_each(|value| put_in(value, names, values, depth + 1)),
        _ => {}
    }
}
