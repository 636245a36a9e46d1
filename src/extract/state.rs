//! The state that shop systems put into their pages for their own scripts: PrestaShop's `data-product`, Shopify's product JSON,
//! `__NEXT_DATA__`, `__NUXT__`, `dataLayer`.
//!
//! Each shop names its keys in its own way, so this looks for any object that has what a product has, and believes the one whose
//! name is the page's.

use serde_json::Value;
use url::Url;

use super::address::absolute;
use super::candidate::{Candidate, codes_in};
use super::likeness::likeness;
use super::markup::{Markup, Spot};
use super::node::{self, Object, members, scalar, text};
use super::nuxt;
use super::offers;
use super::repair;
use super::tag::Tag;
use super::thing::distinct;
use crate::model::{Availability, Currency, Media, Money, Offer, Source};

/// Bytes of scripts read per page, and values tried in them.
const MOST_BYTES: usize = 6_000_000;
const MOST_VALUES: usize = 120;
/// Nodes looked at per page.
const MOST_NODES: usize = 120_000;
/// Objects kept that look like products.
const MOST_FOUND: usize = 400;
/// A literal that is no JSON is mended up to this size.
const MENDED: usize = 400_000;

/// Keys under which other products stand.
const BESIDE: &[&str] =
    &["related", "recommend", "similar", "carousel", "viewed", "upsell", "crosssell", "cart", "bundle", "accessor", "impressions"];

/// From here on a name is the page's.
const ALIKE: f64 = 0.6;

/// The product of the page's state whose name is one of `names`.
pub(super) fn candidate(markup: &Markup<'_>, base: &Url, page: &Url, names: &[&str]) -> Option<Candidate> {
    let values = values(markup);
    let mut best: Option<(f64, &Object, String)> = None;
    for (object, path) in products(&values) {
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
    for (path, value) in &values {
        variations(value, path, base, page, &mut candidate);
    }
    (!candidate.is_empty()).then_some(candidate)
}

/// WooCommerce's `data-product_variations`: members without a name.
fn variations(value: &Value, path: &str, base: &Url, page: &Url, candidate: &mut Candidate) {
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

const NAMES: &[&str] = &[
    "name",
    "nome",
    "nombre",
    "nom",
    "title",
    "productName",
    "product_name",
    "item_name",
    "displayName",
    "productTitle",
    "full_name",
    "Name",
    "Title",
];
const PRICES: &[&str] = &[
    "price_amount",
    "salePrice",
    "sale_price",
    "finalPrice",
    "final_price",
    "specialPrice",
    "special_price",
    "currentPrice",
    "current_price",
    "sellingPrice",
    "selling_price",
    "display_price",
    "priceInclVat",
    "price",
    "Price",
    "priceInfo",
    "preco",
    "precio",
    "prix",
    "valor",
    "prices",
    "pricing",
    "priceRange",
    "price_range",
    "display_price",
    "unit_sale_price",
    "price_min",
    "minPrice",
    "offers",
];
const REGULAR: &[&str] = &[
    "compare_at_price",
    "compareAtPrice",
    "regularPrice",
    "regular_price",
    "listPrice",
    "list_price",
    "originalPrice",
    "original_price",
    "precoDe",
    "preco_de",
    "price_without_reduction",
    "wasPrice",
    "was_price",
    "strikePrice",
    "oldPrice",
    "old_price",
    "msrp",
    "rrp",
    "basePrice",
    "base_price",
    "display_regular_price",
];
const CURRENCIES: &[&str] =
    &["currency", "moeda", "currencyUnit", "currencyCode", "priceCurrency", "currency_code", "currencyIso", "currency_iso"];
const SKUS: &[&str] = &[
    "sku",
    "SKU",
    "Sku",
    "reference",
    "productCode",
    "product_code",
    "articleNumber",
    "article_number",
    "itemNumber",
    "item_number",
    "partNumber",
    "masterSku",
];
const CODES: &[&str] = &[
    "gtin13",
    "_global_unique_id",
    "global_unique_id",
    "wpm_gtin_code",
    "variation_gtin",
    "gtin",
    "ean13",
    "ean",
    "EAN",
    "barcode",
    "upc",
    "UPC",
    "gtin14",
    "gtin12",
    "gtin8",
    "eanCode",
    "ean_code",
    "GTIN",
    "isbn",
];
const BRANDS: &[&str] = &[
    "brand",
    "marca",
    "brandName",
    "brand_name",
    "manufacturer_name",
    "manufacturer",
    "manufacturerName",
    "vendor",
    "item_brand",
    "Brand",
    "marque",
];
const PARTS: &[&str] = &["mpn", "MPN", "manufacturerPartNumber", "mfrPartNumber", "model_number", "modelNumber"];
const DESCRIPTIONS: &[&str] =
    &["description", "longDescription", "descriptionHtml", "description_html", "body_html", "description_short", "shortDescription"];
const CATEGORIES: &[&str] = &["category_name", "category", "item_category", "productType", "product_type"];
const STOCK: &[&str] = &[
    "availability",
    "stockStatus",
    "stock_status",
    "availabilityStatus",
    "available",
    "inStock",
    "in_stock",
    "is_in_stock",
    "isInStock",
    "availableForSale",
    "isAvailable",
    "disponivel",
];
const PICTURES: &[&str] = &["images", "image", "featured_image", "featuredImage", "media", "imageUrl", "image_url", "photos"];
/// Other signs of a product.
const SIGNS: &[&str] = &["id", "productId", "product_id", "handle", "slug", "url", "variants", "options", "item_id", "id_product", "link"];

/// How much an object tells of a product.
fn richness(object: &Object) -> u32 {
    let groups = [PRICES, SKUS, CODES, BRANDS, DESCRIPTIONS, STOCK, PICTURES, REGULAR, CURRENCIES];
    groups.iter().filter(|keys| keys.iter().any(|key| object.get(*key).is_some_and(|value| !value.is_null()))).count() as u32
}

fn looks_like_a_product(object: &Object) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| object.contains_key(*key));
    has(NAMES) && (has(PRICES) || has(&["variants"])) && (has(SKUS) || has(CODES) || has(BRANDS) || has(SIGNS) || has(PICTURES))
}

/// All values that stand in attributes and scripts, with the place of each.
fn values(markup: &Markup<'_>) -> Vec<(String, Value)> {
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
            let text = super::markup::unescape_attribute(raw);
            found.extend(serde_json::from_str(&text).ok().map(|value| (format!("[{name}]"), value)));
        }
    }
    found
}

fn speaks_of_products(text: &str) -> bool {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    (has("rice") || has("variants")) && (has("ame") || has("itle"))
}

fn in_script(element: Spot<'_, '_>, script: &str, found: &mut Vec<(String, Value)>) {
    let kind = element.attr("type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("ld+json") || kind.contains("html") || kind.contains("template") {
        return;
    }
    let place = element.attr("id").map_or_else(|| "script".to_owned(), |id| format!("script#{id}"));
    if kind.contains("json") || script.trim_start().starts_with(['{', '[']) {
        if let Some(value) = serde_json::from_str(script.trim()).ok().or_else(|| repair::parse(script).into_iter().next()) {
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

/// Object literals behind `=`, `(` or `:`, outermost first.
fn literals(script: &str, place: &str, found: &mut Vec<(String, Value)>) {
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
fn literal(text: &str) -> Option<(Value, usize)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
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

/// Everything that looks like a product, found without recursion.
fn products(values: &[(String, Value)]) -> Vec<(&Object, String)> {
    let mut found = Vec::new();
    let mut queue: Vec<(&Value, String)> = values.iter().rev().map(|(place, value)| (value, place.clone())).collect();
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

struct Reader<'a> {
    object: &'a Object,
    path: &'a str,
    base: &'a Url,
    page: &'a Url,
}

impl Reader<'_> {
    fn read(&self) -> Candidate {
        let mut candidate = Candidate::new(Source::State, self.path);
        let words = [("name", NAMES), ("brand", BRANDS), ("sku", SKUS), ("mpn", PARTS), ("category", CATEGORIES)];
        for (field, keys) in words {
            let Some(found) = text(self.object, keys) else { continue };
            let line = found.line();
            if line.is_empty() || line.starts_with("http") || line.len() > 300 {
                continue;
            }
            candidate.note(field, format!("{}.{}", self.path, found.path), &found.raw);
            let sheet = &mut candidate.sheet;
            *match field {
                "name" => &mut sheet.name,
                "brand" => &mut sheet.brand,
                "sku" => &mut sheet.sku,
                "mpn" => &mut sheet.mpn,
                _ => &mut sheet.category,
            } = Some(line);
        }
        if let Some(found) = text(self.object, DESCRIPTIONS).filter(|found| found.raw.len() > 20) {
            candidate.note("description", format!("{}.{}", self.path, found.path), &found.raw);
            candidate.describe(&found.raw);
        }
        self.pictures(&mut candidate);
        self.variants(&mut candidate);
        self.codes(self.object, self.path, &mut candidate);
        self.offer(self.object, self.path, &mut candidate);
        candidate
    }

    fn codes(&self, object: &Object, path: &str, candidate: &mut Candidate) {
        let found = CODES.iter().find_map(|key| Some((key, scalar(object.get(*key)?)?)));
        let Some((key, raw)) = found.filter(|_| candidate.sheet.gtins.is_empty()) else { return };
        let codes = codes_in(&raw);
        if !codes.is_empty() {
            candidate.note("gtins", format!("{path}.{key}"), &raw);
            candidate.sheet.gtins = codes;
        }
    }

    /// Shopify counts in cents wherever it writes whole numbers.
    fn in_cents(&self) -> bool {
        let has = |keys: &[&str]| keys.iter().any(|key| self.object.contains_key(*key));
        let inner = members(self.object, "variants").next().and_then(Value::as_object);
        has(&["compare_at_price_max", "price_varies", "featured_image", "vendor"])
            && (has(&["handle", "variants"]))
            && inner.is_none_or(|variant| variant.get("price").is_none_or(|price| price.is_u64()))
    }

    fn money(&self, value: &Value, currency: Option<Currency>, depth: usize) -> Option<(Money, String)> {
        match value {
            Value::Number(number) if number.is_u64() && self.in_cents() => {
                let amount = rust_decimal::Decimal::from(number.as_u64()?) / rust_decimal::Decimal::ONE_HUNDRED;
                Some((Money { amount, currency }, number.to_string()))
            }
            Value::Number(_) | Value::String(_) => {
                let raw = scalar(value)?;
                Some((offers::amount(&raw, currency)?, raw.into_owned()))
            }
            Value::Object(object) if depth < 3 => {
                let currency = self.currency(object).or(currency);
                if let (Some(cents), digits) = (object.get("centAmount").and_then(Value::as_i64), object.get("fractionDigits")) {
                    let scale = digits.and_then(Value::as_u64).unwrap_or(2).min(6) as u32;
                    return Some((Money { amount: rust_decimal::Decimal::new(cents, scale), currency }, cents.to_string()));
                }
                const INNER: &[&str] = &[
                    "sale",
                    "salePrice",
                    "now",
                    "current",
                    "currentPrice",
                    "current_price",
                    "por",
                    "venda",
                    "final",
                    "finalPrice",
                    "amount",
                    "value",
                    "price",
                    "min",
                    "minVariantPrice",
                    "minimum",
                    "selling",
                    "gross",
                    "priceInclVat",
                    "withTax",
                    "centPrice",
                    "formatted",
                    "formattedValue",
                ];
                INNER.iter().find_map(|key| self.money(object.get(*key)?, currency, depth + 1))
            }
            Value::Array(several) if depth < 3 => several.first().and_then(|value| self.money(value, currency, depth + 1)),
            _ => None,
        }
    }

    fn currency(&self, object: &Object) -> Option<Currency> {
        let value = CURRENCIES.iter().find_map(|key| object.get(*key))?;
        let raw = match value {
            Value::Object(inner) => text(inner, &["isoCode", "iso", "code", "iso_code", "currencyCode"])?.raw,
            other => scalar(other)?,
        };
        offers::named(&raw)
    }

    fn price(&self, object: &Object, keys: &[&'static str], currency: Option<Currency>) -> Option<(&'static str, Money, String)> {
        let read = |key: &&'static str| {
            let (money, raw) = self.money(object.get(*key)?, currency, 0)?;
            (!money.amount.is_zero()).then_some((*key, money, raw))
        };
        keys.iter().find_map(read)
    }

    fn offer(&self, object: &Object, path: &str, candidate: &mut Candidate) {
        let currency = self.currency(object).or_else(|| self.currency(self.object));
        let mut offer = Offer::default();
        if let Some((key, money, raw)) = self.price(object, PRICES, currency) {
            candidate.note("price", format!("{path}.{key}"), &raw);
            offer.price = Some(money);
        }
        let dearer = |money: &Money| offer.price.as_ref().is_some_and(|price| money.amount > price.amount);
        if let Some((key, money, raw)) = self.price(object, REGULAR, currency).filter(|(_, money, _)| dearer(money)) {
            candidate.note("regular_price", format!("{path}.{key}"), &raw);
            offer.regular_price = Some(money);
        }
        if let Some((key, raw, availability)) = stock(object) {
            candidate.note("availability", format!("{path}.{key}"), &raw);
            offer.availability = Some(availability);
        }
        if offer != Offer::default() {
            candidate.sheet.offers = vec![offer];
        }
    }

    fn variants(&self, candidate: &mut Candidate) {
        let all: Vec<(usize, &Object)> =
            members(self.object, "variants").enumerate().filter_map(|(at, value)| Some((at, value.as_object()?))).collect();
        for (at, object) in &all {
            let path = format!("{}.variants[{at}]", self.path);
            let mut variant = Candidate::new(Source::State, path.clone());
            if let Some(found) = text(object, &["name", "title", "public_title"]) {
                variant.note("name", format!("{path}.{}", found.path), &found.raw);
                variant.sheet.name = Some(found.line());
            }
            if let Some(found) = text(object, SKUS) {
                variant.note("sku", format!("{path}.{}", found.path), &found.raw);
                variant.sheet.sku = Some(found.line());
            }
            self.codes(object, &path, &mut variant);
            self.offer(object, &path, &mut variant);
            candidate.variants.push(variant);
        }
        self.choose(&all, candidate);
    }

    /// The variant that the page shows lends its code and price to the whole: the one in the address, else the first that is to be had.
    fn choose(&self, all: &[(usize, &Object)], candidate: &mut Candidate) {
        let wanted = self.page.query_pairs().find(|(key, _)| key == "variant").map(|(_, id)| id.into_owned());
        let is_wanted = |object: &Object| wanted.is_some() && object.get("id").and_then(scalar).as_deref() == wanted.as_deref();
        let is_there = |object: &Object| stock(object).is_none_or(|(.., stock)| stock == Availability::InStock);
        let chosen = all.iter().position(|(_, object)| is_wanted(object)).or_else(|| all.iter().position(|(_, object)| is_there(object)));
        let Some(chosen) = chosen.or(if all.is_empty() { None } else { Some(0) }) else { return };
        let (at, object) = all[chosen];
        let path = format!("{}.variants[{at}]", self.path);
        self.codes(object, &path, candidate);
        if let Some(found) = text(object, SKUS).filter(|_| candidate.sheet.sku.is_none()) {
            candidate.note("sku", format!("{path}.{}", found.path), &found.raw);
            candidate.sheet.sku = Some(found.line());
        }
        self.offer(object, &path, candidate);
        if all.len() == 1 {
            candidate.variants.clear();
        }
    }

    fn pictures(&self, candidate: &mut Candidate) {
        let mut found = Vec::new();
        for key in PICTURES {
            for value in members(self.object, key) {
                let raw = match value {
                    Value::Object(object) => text(object, &["src", "url", "originalSrc", "large", "full", "href"]).map(|found| found.raw),
                    other => scalar(other),
                };
                found.extend(raw.and_then(|raw| absolute(self.base, &raw)).filter(|url| url.path().contains('.')).map(Media::at));
            }
            if let Some(first) = found.first() {
                candidate.note("images", format!("{}.{key}", self.path), &first.url);
                candidate.sheet.images = distinct(found);
                return;
            }
        }
    }
}

/// What an object says of its stock: a word, or yes and no.
fn stock(object: &Object) -> Option<(&'static str, String, Availability)> {
    STOCK.iter().find_map(|key| {
        let value = object.get(*key)?;
        let availability = match value {
            Value::Bool(true) => Availability::InStock,
            Value::Bool(false) => Availability::OutOfStock,
            Value::Object(inner) => return stock(inner),
            other => Availability::parse(&scalar(other)?)?,
        };
        Some((*key, value.to_string(), availability))
    })
}
