//! Amounts of money: decimal, never a float, with an ISO 4217 code where the page tells one.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::price;

/// An ISO 4217 code: `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const EUR: Self = Self(*b"EUR");

    pub(super) const fn of(code: [u8; 3]) -> Self {
        Self(code)
    }

    /// Three ASCII letters, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 3] = text.trim().as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_alphabetic).then(|| Self(code.map(|letter| letter.to_ascii_uppercase())))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("{text:?} is not an ISO 4217 code such as EUR")))
    }
}

/// An amount; JSON `{"amount": "14.90", "currency": "EUR"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// Absent when neither the text nor the page tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency {
            Some(currency) => write!(f, "{} {currency}", self.amount),
            None => write!(f, "{}", self.amount),
        }
    }
}

/// A price per quantity: 293.25 EUR per `L`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitPrice {
    #[serde(flatten)]
    pub price: Money,
    /// The quantity as the page words it: `L`, `100 g`.
    pub per: String,
}

impl Money {
    /// The first price in a text, as shops write it, or the lowest of a range; nothing where there is none. `hint` is the
    /// currency of the page: of a price that names none, and the one that is meant by a sign that several countries share
    /// (`$`, `kr`). It also decides whether a bare `1.250` is a thousand and more; beside a sign it always is.
    ///
    /// A price per quantity (`293,25 €/L`, `€ 3,50 per stuk`) is no price: [`UnitPrice::parse`] reads it. Neither is a
    /// difference (`-5,00 €`, `+ 5,00 €`), nor a word (`gratuit`), nor a bare figure beside any word that does not speak of
    /// prices. Hundredths are given in the currency itself: `99¢` is 0.99 USD, and `50p` is 0.50 GBP where the page is in
    /// pounds or tells no currency.
    ///
    /// ```
    /// use glaneur::{Currency, Money};
    /// let price = Money::parse("à partir de 1\u{202f}770,00\u{a0}€ TTC", None).unwrap();
    /// assert_eq!(price.to_string(), "1770.00 EUR");
    /// assert_eq!(Money::parse("Lot de 2", Some(Currency::EUR)), None);
    /// ```
    pub fn parse(text: &str, hint: Option<Currency>) -> Option<Self> {
        Some(price::chosen(text, price::prices(text, hint))?.money)
    }
}

impl UnitPrice {
    /// The first price per quantity in a text: `293,25 €/L`, `12,50 € les 100 g`, `1 kg = 12,99 €`, `Prix au kg : 12,50 €`.
    /// Of things that are counted only one, 100 or 1000 are a quantity: `9,90 € les 30 gélules` is the price of the box.
    pub fn parse(text: &str, hint: Option<Currency>) -> Option<Self> {
        price::prices(text, hint).into_iter().find_map(|seen| Some(Self { price: seen.money, per: seen.per? }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
