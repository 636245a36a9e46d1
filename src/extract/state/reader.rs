//! One object of the state as a candidate.

use url::Url;

use super::keys::{
    AMOUNTS, BRANDS, CATEGORIES, CODES, CURRENCIES, DESCRIPTIONS, FORMER, NAMES, NO_STOCK, PARTS, PICTURES, PRICES, REGULAR, SKUS, STOCK,
};
use crate::extract::address::absolute;
use crate::extract::candidate::{Candidate, codes_in};
use crate::extract::node::{Object, Value, members, scalar, text};
use crate::extract::offers;
use crate::extract::text::text_of;
use crate::extract::thing::distinct;
use crate::model::{Availability, Currency, Media, Money, Offer, Source};

pub(super) struct Reader<'a> {
    pub(super) object: &'a Object<'a>,
    pub(super) path: &'a str,
    pub(super) base: &'a Url,
    pub(super) page: &'a Url,
}

impl Reader<'_> {
    pub(super) fn read(&self) -> Candidate {
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

    pub(super) fn codes(&self, object: &Object<'_>, path: &str, candidate: &mut Candidate) {
        let found = CODES.iter().find_map(|key| Some((key, scalar(object.get(key)?)?)));
        let Some((key, raw)) = found.filter(|_| candidate.sheet.gtins.is_empty()) else { return };
        let codes = codes_in(&raw);
        if !codes.is_empty() {
            candidate.note("gtins", format!("{path}.{key}"), &raw);
            candidate.sheet.gtins = codes;
        }
    }

    /// Shopify counts in cents wherever it writes whole numbers.
    fn in_cents(&self) -> bool {
        let has = |keys: &[&str]| keys.iter().any(|key| self.object.contains_key(key));
        let inner = members(self.object, "variants").next().and_then(Value::as_object);
        has(&["compare_at_price_max", "price_varies", "featured_image", "vendor"])
            && (has(&["handle", "variants"]))
            && inner.is_none_or(|variant| variant.get("price").is_none_or(|price| price.as_u64().is_some()))
    }

    fn money(&self, value: &Value<'_>, currency: Option<Currency>, depth: usize) -> Option<(Money, String)> {
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
                AMOUNTS.iter().find_map(|key| self.money(object.get(key)?, currency, depth + 1))
            }
            Value::Array(several) if depth < 3 => several.first().and_then(|value| self.money(value, currency, depth + 1)),
            _ => None,
        }
    }

    fn currency(&self, object: &Object<'_>) -> Option<Currency> {
        let value = CURRENCIES.iter().find_map(|key| object.get(key))?;
        let raw = match value {
            Value::Object(inner) => text(inner, &["isoCode", "iso", "code", "iso_code", "currencyCode"])?.raw,
            other => scalar(other)?,
        };
        offers::named(&raw)
    }

    fn price(&self, object: &Object<'_>, keys: &[&'static str], currency: Option<Currency>) -> Option<(&'static str, Money, String)> {
        let read = |key: &&'static str| {
            let (money, raw) = self.money(object.get(key)?, currency, 0)?;
            (!money.amount.is_zero()).then_some((*key, money, raw))
        };
        keys.iter().find_map(read)
    }

    /// The former price beside the current one: `price: {was: 220, now: 185}`.
    fn former(&self, object: &Object<'_>, currency: Option<Currency>) -> Option<(String, Money, String)> {
        let inside = |key: &&str| {
            let prices = object.get(key)?.as_object()?;
            let (at, money, raw) = self.price(prices, FORMER, self.currency(prices).or(currency))?;
            Some((format!("{key}.{at}"), money, raw))
        };
        PRICES.iter().find_map(inside)
    }

    pub(super) fn offer(&self, object: &Object<'_>, path: &str, candidate: &mut Candidate) {
        let currency = self.currency(object).or_else(|| self.currency(self.object));
        let mut offer = Offer::default();
        if let Some((key, money, raw)) = self.price(object, PRICES, currency) {
            candidate.note("price", format!("{path}.{key}"), &raw);
            offer.price = Some(money);
        }
        let dearer = |money: &Money| offer.price.as_ref().is_some_and(|price| money.amount > price.amount);
        let regular = self.price(object, REGULAR, currency).map(|(key, money, raw)| (key.to_owned(), money, raw));
        let regular = regular.or_else(|| self.former(object, currency));
        if let Some((key, money, raw)) = regular.filter(|(_, money, _)| dearer(money)) {
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
        let all: Vec<(usize, &Object<'_>)> =
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
    fn choose(&self, all: &[(usize, &Object<'_>)], candidate: &mut Candidate) {
        let wanted = self.page.query_pairs().find(|(key, _)| key == "variant").map(|(_, id)| id.into_owned());
        let is_wanted = |object: &Object<'_>| wanted.is_some() && object.get("id").and_then(scalar).as_deref() == wanted.as_deref();
        let is_there = |object: &Object<'_>| stock(object).is_none_or(|(.., stock)| stock == Availability::InStock);
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

    pub(super) fn pictures(&self, candidate: &mut Candidate) {
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
fn stock(object: &Object<'_>) -> Option<(&'static str, String, Availability)> {
    let no = NO_STOCK.iter().find(|key| object.get(key) == Some(&Value::Bool(true)));
    if let Some(key) = no {
        return Some((key, "true".to_owned(), Availability::OutOfStock));
    }
    STOCK.iter().find_map(|key| {
        let value = object.get(key)?;
        let raw = match value {
            Value::Bool(true) => return Some((*key, "true".to_owned(), Availability::InStock)),
            Value::Bool(false) => return Some((*key, "false".to_owned(), Availability::OutOfStock)),
            Value::Object(inner) => return stock(inner),
            other => scalar(other)?,
        };
        let availability = Availability::parse(&text_of(&raw))?;
        Some((*key, raw.into_owned(), availability))
    })
}
