//! Offers of structured data: one, a list, an AggregateOffer, prices in specifications.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::candidate::codes_in;
use super::jsonld::is_a;
use super::node::{self, Object, Value, members, scalar, text};
use super::text::line_of;
use super::thing::Context;
use crate::model::{Availability, Currency, Gtin, Money, Offer, UnitPrice};

/// An offer with what it tells of its own product.
pub(super) struct Read {
    pub(super) offer: Offer,
    pub(super) gtins: Vec<Gtin>,
    pub(super) name: Option<String>,
    pub(super) sku: Option<String>,
    pub(super) url: Option<String>,
    /// Path below the product: `offers[2]`.
    pub(super) path: String,
    pub(super) price_raw: Option<(String, String)>,
    pub(super) regular_raw: Option<(String, String)>,
    pub(super) availability_raw: Option<String>,
}

/// All offers of a product. An AggregateOffer gives its members, or its lowest price when it lists none.
pub(super) fn offers(product: &Object<'_>, context: &Context<'_>) -> Vec<Read> {
    let outer = Outer { currency: currency(product), availability: None };
    let mut found = Vec::new();
    for (at, value) in members(product, "offers").enumerate() {
        let path = if matches!(product.get("offers"), Some(Value::Array(_))) { format!("offers[{at}]") } else { "offers".to_owned() };
        let Some(object) = node::object(value, context.ids) else { continue };
        let inner = Outer { currency: currency(object).or(outer.currency), availability: object.get("availability") };
        let before = found.len();
        if object.get("offers").is_some() {
            let nested = members(object, "offers").filter_map(|value| node::object(value, context.ids)).enumerate();
            found.extend(nested.map(|(at, object)| read(object, format!("{path}.offers[{at}]"), &inner)));
            // New ones first: the cheapest is often a used one.
            found[before..].sort_by_key(|read| read.offer.condition.as_deref().is_some_and(|condition| !condition.starts_with("New")));
        }
        if found.len() == before {
            found.push(read(object, path, &inner));
        }
    }
    found
}

/// What an enclosing node says for its offers.
struct Outer<'a> {
    currency: Option<Currency>,
    availability: Option<&'a Value<'a>>,
}

fn read(object: &Object<'_>, path: String, outer: &Outer<'_>) -> Read {
    let prices = Prices::of(object, currency(object).or(outer.currency));
    let availability_raw = object.get("availability").or(outer.availability).and_then(scalar).map(Cow::into_owned);
    let offered = object.get("itemOffered").and_then(Value::as_object);
    let mut gtins = gtins(object);
    if let (true, Some(offered)) = (gtins.is_empty(), offered) {
        gtins = self::gtins(offered);
    }
    let seller = text(object, &["seller", "offeredBy"]).map(|found| found.line());
    let offer = Offer {
        price: prices.price.as_ref().map(|(money, ..)| money.clone()),
        regular_price: prices.regular.as_ref().map(|(money, ..)| money.clone()),
        unit_price: prices.unit,
        availability: availability_raw.as_deref().and_then(Availability::parse),
        condition: text(object, &["itemCondition"]).and_then(|found| found.raw.rsplit(['/', '#']).next().map(str::to_owned)),
        seller: seller.filter(|name| !name.starts_with("http") && !name.starts_with('#')),
        valid_until: text(object, &["priceValidUntil", "validThrough"]).map(|found| found.raw.into_owned()),
        gtin: gtins.first().cloned(),
    };
    let locate = |told: Option<Told<'_>>| told.map(|(_, below, raw)| (format!("{path}.{below}"), raw.into_owned()));
    Read {
        offer,
        gtins,
        name: text(object, &["name"]).map(|found| found.line()),
        sku: text(object, &["sku"]).map(|found| found.raw.into_owned()),
        url: text(object, &["url"]).map(|found| found.raw.into_owned()),
        price_raw: locate(prices.price),
        regular_raw: locate(prices.regular),
        availability_raw,
        path,
    }
}

/// The codes that a node names for itself.
pub(super) fn gtins(object: &Object<'_>) -> Vec<Gtin> {
    let mut found: Vec<Gtin> = Vec::new();
    for key in GTIN_KEYS {
        for value in members(object, key) {
            for code in scalar(value).map(|text| codes_in(&text)).unwrap_or_default() {
                if !found.contains(&code) {
                    found.push(code);
                }
            }
        }
    }
    found
}

pub(super) const GTIN_KEYS: &[&str] = &["gtin13", "gtin", "gtin14", "gtin12", "gtin8", "ean", "ean13", "barcode", "upc", "isbn13", "isbn"];

/// Money, path below the offer, raw text.
type Told<'a> = (Money, Cow<'static, str>, Cow<'a, str>);

#[derive(Default)]
struct Prices<'a> {
    price: Option<Told<'a>>,
    regular: Option<Told<'a>>,
    unit: Option<UnitPrice>,
}

impl<'a> Prices<'a> {
    fn of(object: &'a Object<'a>, currency: Option<Currency>) -> Self {
        let mut prices = Self { price: at(object, "price", currency), ..Self::default() };
        for (place, value) in members(object, "priceSpecification").enumerate() {
            if let Some(specification) = value.as_object() {
                prices.specify(specification, place, currency);
            }
        }
        prices.price = prices.price.or_else(|| at(object, "lowPrice", currency));
        // The highest of several prices is none to pay; that of a single offer is.
        let single = || text(object, &["offerCount"]).is_some_and(|count| count.raw == "1");
        prices.price = prices.price.or_else(|| at(object, "highPrice", currency).filter(|_| single()));
        let dearer = |regular: &Money, price: &Option<Told<'_>>| price.as_ref().is_none_or(|(price, ..)| regular.amount > price.amount);
        prices.regular = prices.regular.filter(|(regular, ..)| dearer(regular, &prices.price));
        prices
    }

    fn specify(&mut self, specification: &'a Object<'a>, place: usize, outer: Option<Currency>) {
        let Some((money, below, raw)) = at(specification, "price", currency(specification).or(outer)) else { return };
        let below = Cow::Owned(format!("priceSpecification[{place}].{below}"));
        let kind = text(specification, &["priceType"]).map(|found| found.raw.to_lowercase()).unwrap_or_default();
        let listed = ["listprice", "strikethroughprice", "srp", "msrp", "regularprice"].iter().any(|name| kind.ends_with(name));
        match specification.get("referenceQuantity").and_then(per) {
            Some(per) if is_a(specification, &["UnitPriceSpecification"]) && self.price.is_some() => {
                self.unit = self.unit.take().or(Some(UnitPrice { price: money, per }));
            }
            _ if listed => self.regular = self.regular.take().or(Some((money, below, raw))),
            _ => self.price = self.price.take().or(Some((money, below, raw))),
        }
    }
}

fn per(quantity: &Value<'_>) -> Option<String> {
    let object = quantity.as_object()?;
    let unit = text(object, &["unitText", "unitCode"])?.raw;
    match text(object, &["value"]).map(|found| found.raw) {
        Some(value) if value != "1" => Some(format!("{value} {unit}")),
        _ => Some(unit.into_owned()),
    }
}

fn at<'a>(object: &'a Object<'a>, key: &'static str, currency: Option<Currency>) -> Option<Told<'a>> {
    let value = object.get(key)?;
    // A price as an amount with its own currency.
    let (raw, currency) = match value.as_object() {
        Some(amount) => (text(amount, &["value", "amount", "price"])?.raw, self::currency(amount).or(currency)),
        None => (scalar(value)?, currency),
    };
    // Templates print 0 where they have no price.
    let money = amount(&line_of(&raw), currency).filter(|money| !money.amount.is_zero())?;
    Some((money, Cow::Borrowed(key), raw))
}

/// schema.org's numbers have a point before the decimals, whatever the currency; everything else is read as text.
pub(crate) fn amount(raw: &str, currency: Option<Currency>) -> Option<Money> {
    let bare = raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && raw.len() < 20;
    match raw.parse::<Decimal>() {
        Ok(amount) if bare => Some(Money { amount, currency }),
        _ => Money::parse(raw, currency),
    }
}

fn currency(object: &Object<'_>) -> Option<Currency> {
    let raw = text(object, &["priceCurrency", "currency"])?.raw;
    named(&raw)
}

/// A code, or the sign that some shops put where the code belongs.
pub(super) fn named(raw: &str) -> Option<Currency> {
    let raw = raw.trim_end_matches('/').rsplit('/').next().unwrap_or(raw);
    Currency::parse(raw).or_else(|| Money::parse(&format!("1 {raw}"), None)?.currency)
}
