//! The values that stand in a page's scripts and `data-` attributes, as JSON or as JavaScript writes them.

use crate::extract::json::{self, Value};
use crate::extract::markup::{Markup, Spot, unescape_attribute};
use crate::extract::tag::Tag;
use crate::extract::{nuxt, repair};

/// Bytes of scripts read per page, and values tried in them.
const MOST_BYTES: usize = 6_000_000;
const MOST_VALUES: usize = 120;
/// A literal that is no JSON is mended up to this size.
const MENDED: usize = 400_000;

/// All values that stand in attributes and scripts, with the place of each.
pub(super) fn values<'t>(markup: &Markup<'t>) -> Vec<(String, Value<'t>)> {
    let mut found = Vec::new();
    let mut left = MOST_BYTES;
    for element in markup.elements() {
        if found.len() >= MOST_VALUES || left == 0 {
            break;
        }
        if element.tag() == Tag::Script {
            let script = element.raw_text();
            if script.len() <= left && speaks_of_products(script) {
                left -= script.len();
                in_script(element, script, &mut found);
            }
            continue;
        }
        let is_json = |(_, raw): &(&str, &str)| raw.len() > 40 && raw.len() <= left && raw.trim_start().starts_with(['{', '[']);
        if let Some((name, raw)) = element.attrs_from("data-").find(is_json).filter(|(_, raw)| speaks_of_products(raw)) {
            left -= raw.len();
            let text = unescape_attribute(raw);
            found.extend(json::parse_owned(&text).map(|value| (format!("[{name}]"), value)));
        }
    }
    found
}

/// Parts of the words for a price and for a name, so that both `price` and `salePrice` are found.
const PRICE_WORDS: &[&str] =
    &["rice", "variants", "prix", "preis", "Preis", "preci", "Preci", "prezz", "Prezz", "prijs", "Prijs", "preco", "Preco"];
const NAME_WORDS: &[&str] = &["ame", "itle", "nom", "itre", "itulo"];

/// Keys of barcodes: a list of sizes may have neither price nor name.
const CODE_WORDS: &[&str] = &[
    "ean\"",
    "ean13\"",
    "gtin\"",
    "gtin13\"",
    "upc\"",
    "barcode\"",
    "ean:",
    "ean13:",
    "gtin:",
    "gtin13:",
    "upc:",
    "barcode:",
    "ean&quot;",
    "ean13&quot;",
    "gtin&quot;",
    "gtin13&quot;",
    "upc&quot;",
    "barcode&quot;",
];

fn speaks_of_products(text: &str) -> bool {
    let any = |words: &[&str]| words.iter().any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some());
    any(PRICE_WORDS) && any(NAME_WORDS) || any(CODE_WORDS)
}

fn in_script<'t>(element: Spot<'_, '_>, script: &'t str, found: &mut Vec<(String, Value<'t>)>) {
    let kind = element.attr("type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("ld+json") || kind.contains("html") || kind.contains("template") {
        return;
    }
    let place = element.attr("id").map_or_else(|| "script".to_owned(), |id| format!("script#{id}"));
    if kind.contains("json") || script.trim_start().starts_with(['{', '[']) {
        if let Some(value) = json::parse(script.trim()).or_else(|| repair::parse(script).into_iter().next()) {
            let value = if place.contains("NUXT_DATA") { nuxt::revive(&value) } else { value };
            found.push((place, value));
        }
        return;
    }
    if let Some(value) = nuxt::call(script) {
        found.push((place, value));
        return;
    }
    literals(script, &place, found);
}

/// Object literals behind `=`, `(` or `,`, outermost first.
fn literals<'t>(script: &'t str, place: &str, found: &mut Vec<(String, Value<'t>)>) {
    let bytes = script.as_bytes();
    let mut at = 0;
    let mut tries = 0;
    while let Some(next) = memchr::memchr2(b'{', b'[', &bytes[at..]) {
        let start = at + next;
        at = start + 1;
        let before = script[..start].trim_end().bytes().next_back();
        if !matches!(before, Some(b'=' | b'(' | b',')) || tries > MOST_VALUES {
            continue;
        }
        tries += 1;
        let Some((value, length)) = literal(&script[start..]) else { continue };
        at = start + length.max(1);
        found.push((place.to_owned(), value));
        if found.len() >= MOST_VALUES {
            return;
        }
    }
}

/// A literal at the beginning of a text, as JSON or as JavaScript writes it, and its length.
fn literal(text: &str) -> Option<(Value<'_>, usize)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value<'_>>();
    if let Some(Ok(value)) = stream.next() {
        return (value.is_object() || value.is_array()).then(|| (value, stream.byte_offset()));
    }
    let length = balanced(text)?;
    let whole = text.get(..length).filter(|whole| whole.len() <= MENDED && speaks_of_products(whole))?;
    let value = repair::literal(whole)?;
    Some((value, length))
}

/// The length of a bracketed text, strings left aside.
fn balanced(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().take(MENDED) {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'{' | b'[' | b'(') => depth += 1,
            (None, b'}' | b']' | b')') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            (None, _) => {}
        }
    }
    None
}
