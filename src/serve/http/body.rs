//! The body of `POST /api/scrape`, as strict as it can be about the request and as lenient as it must be about a barcode.
//!
//! An unknown or doubled key refuses the request and is named. A barcode that is none becomes an item with an INVALID result of its
//! own. n8n's habits are repaired: numbers that lost their leading zero, the text "null", arrays sent as text.

use std::time::Duration;

use crate::jobs::CallbackEvents;
use crate::model::{Batch, Code, GtinError, Item, MediaMode, Route, RouteWish, ShopName, parse_duration};
use crate::serve::fault::{Class, Fault};
use crate::serve::intake::Order;

use super::json::{Bounds, Json, JsonError};

const EXAMPLE: &str = r#"{"eans":[{"primary":"0748322148474","replacement":null}]}"#;
const KEYS: [&str; 9] = ["eans", "ignored3400", "shops", "media", "route", "max_age", "callback_url", "callback_events", "idempotency_key"];
const ITEM_KEYS: [&str; 2] = ["primary", "replacement"];
/// Up to here a float holds every whole number exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn order(bytes: &[u8], bounds: Bounds) -> Result<Order, Fault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Fault::new(Class::InvalidJson, format!("the body is empty: send JSON such as {EXAMPLE}")));
    }
    let body = Json::parse(bytes, bounds).map_err(|error| unread(&error, bounds))?;
    let Json::Object(pairs) = body else {
        let message = format!("the body is {}, not an object: send {EXAMPLE}", body.kind());
        return Err(Fault::new(Class::InvalidArgument, message));
    };
    let [eans, ignored, shops, media, route, max_age, callback_url, callback_events, key] = pick(pairs, KEYS, "")?;
    let batch = Batch {
        items: items(eans.unwrap_or(Json::Null), bounds)?,
        ignored3400: each("ignored3400", ignored, bounds)?.into_iter().enumerate().map(ignored3400).collect::<Result<_, _>>()?,
        shops: each("shops", shops, bounds)?.into_iter().enumerate().map(shop).collect::<Result<_, _>>()?,
        media: text("media", media)?.map(|word| mode(&word)).transpose()?,
        route: self::route(route)?,
        max_age: self::max_age(max_age)?,
    };
    Ok(Order {
        batch,
        callback_url: text("callback_url", callback_url)?,
        callback_events: wanted(text("callback_events", callback_events)?.as_deref())?,
        idempotency_key: text("idempotency_key", key)?,
    })
}

fn unread(error: &JsonError, Bounds { depth, nodes }: Bounds) -> Fault {
    match error {
        JsonError::Syntax(error) => Fault::new(Class::InvalidJson, format!("the body is not JSON ({error}): send {EXAMPLE}")),
        JsonError::TooDeep => Fault::new(Class::InvalidJson, format!("the body is nested deeper than {depth} levels: send {EXAMPLE}")),
        JsonError::TooMany => Fault::new(Class::TooLarge, format!("the body has more than {nodes} values: send the batch in parts")),
    }
}

/// The values of the known keys, in their order. `path` is where the object stands: empty, or `eans[3]`.
fn pick<const N: usize>(pairs: Vec<(String, Json)>, known: [&str; N], path: &str) -> Result<[Option<Json>; N], Fault> {
    let mut values = [const { None }; N];
    for (key, value) in pairs {
        let field = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let Some(place) = known.iter().position(|known| *known == key) else {
            return Err(Fault::argument(field, format!("{key:?} is not known here: the keys are {}", known.join(", "))));
        };
        if values[place].replace(value).is_some() {
            return Err(Fault::argument(field, format!("{key:?} is given twice: give it once")));
        }
    }
    Ok(values)
}

fn items(eans: Json, bounds: Bounds) -> Result<Vec<Item>, Fault> {
    let refuse = |what: &str| Fault::argument("eans", format!("eans is {what}; it must be an array such as in {EXAMPLE}"));
    let list = match unwrapped(eans, bounds)? {
        Json::List(list) => list,
        Json::Null => return Err(refuse("missing")),
        other => return Err(refuse(other.kind())),
    };
    list.into_iter().enumerate().map(|(place, value)| item(place, value)).collect()
}

fn item(place: usize, value: Json) -> Result<Item, Fault> {
    match value {
        Json::Object(pairs) => {
            let [primary, replacement] = pick(pairs, ITEM_KEYS, &format!("eans[{place}]"))?;
            let primary = match primary {
                // Nothing was given, so there is nothing to echo.
                None | Some(Json::Null) => Code::parse(""),
                Some(value) => code(value),
            };
            Ok(Item::new(primary, replacement.and_then(optional)))
        }
        other => Ok(Item::new(code(other), None)),
    }
}

fn optional(value: Json) -> Option<Code> {
    match value {
        Json::Null => None,
        Json::Text(text) => Code::parse_optional(&text),
        other => Some(code(other)),
    }
}

/// Whatever was given as a barcode; what can be none is kept as the text it was.
fn code(value: Json) -> Code {
    match value {
        Json::Text(text) => Code::parse(&text),
        Json::Number(number) => match number.as_u64().or_else(|| number.as_f64().and_then(whole)) {
            Some(whole) => Code::from_number(whole),
            // Not through the text: there a minus would count as a hyphen between digits.
            None => Code::Invalid { given: number.to_string(), reason: GtinError::NotDigits { given: number.to_string() } },
        },
        other => Code::parse(&other.to_string()),
    }
}

/// Spreadsheets send whole numbers as `748322148474.0` or `7.48322148474e11`.
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..EXACT).contains(&number)).then_some(number as u64)
}

fn ignored3400((place, value): (usize, Json)) -> Result<String, Fault> {
    let value = match value {
        Json::Object(pairs) => {
            let [primary, _] = pick(pairs, ITEM_KEYS, &format!("ignored3400[{place}]"))?;
            primary.ok_or_else(|| {
                let field = format!("ignored3400[{place}]");
                let message =
                    format!("{field} is an object without \"primary\"; it must be a text, a number or {{\"primary\":\"3400...\"}}");
                Fault::argument(field, message)
            })?
        }
        other => other,
    };
    match value {
        Json::Text(text) => Ok(text),
        Json::Number(number) => Ok(code(Json::Number(number)).as_given().to_owned()),
        other => {
            let field = format!("ignored3400[{place}]");
            let message = format!("{field} is {}; it must be a text or a number", other.kind());
            Err(Fault::argument(field, message))
        }
    }
}

fn shop((place, value): (usize, Json)) -> Result<ShopName, Fault> {
    match value {
        Json::Text(name) => Ok(ShopName::new(name)),
        other => {
            let field = format!("shops[{place}]");
            let message = format!("{field} is {}; it must be the name of a shop", other.kind());
            Err(Fault::argument(field, message))
        }
    }
}

/// The values of an optional array.
fn each(field: &'static str, value: Option<Json>, bounds: Bounds) -> Result<Vec<Json>, Fault> {
    match unwrapped(value.unwrap_or(Json::Null), bounds)? {
        Json::List(list) => Ok(list),
        Json::Null => Ok(Vec::new()),
        other => Err(Fault::argument(field, format!("{field} is {}; it must be an array", other.kind()))),
    }
}

/// n8n's key/value mode sends every value as text: an array as its JSON, nothing as "null" or "".
fn unwrapped(value: Json, bounds: Bounds) -> Result<Json, Fault> {
    match value {
        Json::Text(text) if text.trim().is_empty() || text.trim() == "null" => Ok(Json::Null),
        Json::Text(text) => match Json::parse(text.as_bytes(), bounds) {
            Ok(list @ Json::List(_)) => Ok(list),
            Ok(_) | Err(JsonError::Syntax(_)) => Ok(Json::Text(text)),
            Err(error) => Err(unread(&error, bounds)),
        },
        other => Ok(other),
    }
}

fn text(field: &'static str, value: Option<Json>) -> Result<Option<String>, Fault> {
    match value {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) if text.is_empty() || text == "null" => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text)),
        Some(other) => Err(Fault::argument(field, format!("{field} is {}; it must be a text", other.kind()))),
    }
}

const PHASES: [&str; 3] = ["search", "page", "image"];

/// `"tor"` for everything, or `{"search": "direct", "page": "tor"}`.
fn route(value: Option<Json>) -> Result<RouteWish, Fault> {
    match value {
        Some(Json::Object(pairs)) => {
            let [search, page, image] = pick(pairs, PHASES, "route")?;
            let one = |field: &'static str, value| text(field, value)?.map(|word| way(field, &word)).transpose();
            Ok(RouteWish { search: one("route.search", search)?, page: one("route.page", page)?, image: one("route.image", image)? })
        }
        other => Ok(text("route", other)?.map(|word| way("route", &word)).transpose()?.map(RouteWish::everywhere).unwrap_or_default()),
    }
}

/// Proxies are the operator's to name: a caller who could would send our requests anywhere.
fn way(field: &'static str, word: &str) -> Result<Route, Fault> {
    match word {
        "direct" => Ok(Route::Direct),
        "tor" => Ok(Route::Tor),
        _ => Err(Fault::argument(field, "only \"direct\" and \"tor\" can be asked for; proxies stand in the configuration")),
    }
}

/// A length of time as text, or a number of seconds.
fn max_age(value: Option<Json>) -> Result<Option<Duration>, Fault> {
    let refuse = |message: String| Fault::argument("max_age", message);
    match value {
        Some(Json::Number(number)) => {
            let seconds = number.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            seconds.map(Some).ok_or_else(|| refuse(format!("{number} is no number of seconds, from 0 up")))
        }
        other => text("max_age", other)?.map(|text| parse_duration(&text).map_err(|error| refuse(error.to_string()))).transpose(),
    }
}

fn mode(word: &str) -> Result<MediaMode, Fault> {
    MediaMode::parse(word).ok_or_else(|| Fault::argument("media", format!("{word:?} is not known: use \"listed\" or \"probe\"")))
}

fn wanted(events: Option<&str>) -> Result<Option<CallbackEvents>, Fault> {
    match events {
        None => Ok(None),
        Some("all") => Ok(Some(CallbackEvents::All)),
        Some("completed") => Ok(Some(CallbackEvents::Completed)),
        Some(other) => Err(Fault::argument("callback_events", format!("{other:?} is not known: use \"all\" or \"completed\""))),
    }
}
