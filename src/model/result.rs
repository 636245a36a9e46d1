//! What is known of an item: one outcome per shop, and the status that follows from them.

use serde::{Deserialize, Serialize};

use super::{Item, Product, ShopName};

/// How an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ItemStatus {
    /// At least one shop shows the wanted barcode.
    Found,
    /// Shops answered, none of them has the product.
    NotFound,
    /// The code matches one of the configured `ignore_prefixes`.
    Ignored,
    /// The text is no barcode.
    Invalid,
    /// No shop could answer.
    Failed,
    /// The job was cancelled before the item was done.
    Cancelled,
}

/// What one shop answered for one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ShopStatus {
    /// The page shows the wanted barcode.
    Found,
    /// The page shows no barcode at all: handed on, marked, never counted as found.
    Unverified,
    NotFound,
    /// The page shows another barcode, and no product is handed out.
    Mismatch,
    /// The shop says that the product is gone (410).
    Discontinued,
    /// The shop refuses us: 403, 429, a captcha or a firewall page.
    Blocked,
    /// The deadline passed.
    Timeout,
    /// `robots.txt` forbids the page.
    Robots,
    /// No connection: name, address, TLS or route; where a job is read again, no page that was kept.
    Unreachable,
    /// The answer could not be understood, or our own work on it failed.
    Error,
}

impl ItemStatus {
    /// The word that every door uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "FOUND",
            Self::NotFound => "NOT_FOUND",
            Self::Ignored => "IGNORED",
            Self::Invalid => "INVALID",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl ShopStatus {
    /// The word that every door uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "FOUND",
            Self::Unverified => "UNVERIFIED",
            Self::NotFound => "NOT_FOUND",
            Self::Mismatch => "MISMATCH",
            Self::Discontinued => "DISCONTINUED",
            Self::Blocked => "BLOCKED",
            Self::Timeout => "TIMEOUT",
            Self::Robots => "ROBOTS",
            Self::Unreachable => "UNREACHABLE",
            Self::Error => "ERROR",
        }
    }

    /// Whether the shop said something about the product, as opposed to a failure on the way.
    pub fn is_answer(self) -> bool {
        matches!(self, Self::Found | Self::Unverified | Self::NotFound | Self::Mismatch | Self::Discontinued)
    }
}

/// The outcome of one shop for one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShopResult {
    pub shop: ShopName,
    pub status: ShopStatus,
    /// The barcode that was searched, as 13 digits (or 8, or 14): the primary or the replacement.
    pub ean: String,
    /// The sheet; with `FOUND` and `UNVERIFIED` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Box<Product>>,
    /// The page that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The barcode that a page showed instead, with `MISMATCH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_ean: Option<String>,
    /// One sentence on why, for everything but `FOUND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Age of the page that decided, in whole seconds, where it is a copy; absent when it was fetched for this item or one beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_age_seconds: Option<u64>,
    /// Requests sent, retries included. A page that was fetched for another item at the same moment counts there.
    pub requests: u32,
    /// From the start of this shop's work on the item to its outcome, waiting for its turn included, in milliseconds.
    pub elapsed_ms: u64,
}

/// All that is known of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemResult {
    /// Place in the batch, from 1.
    pub position: u32,
    /// The primary barcode as given, to the letter.
    pub ean: String,
    /// The 14-digit form of the primary, where it is a barcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin14: Option<String>,
    pub status: ItemStatus,
    /// Whether the shops' outcomes are those of the replacement barcode.
    pub used_replacement: bool,
    /// The replacement as given, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// One outcome per shop, in the order in which the shops are configured; of the replacement, once it was tried and found.
    pub shops: Vec<ShopResult>,
    /// Why, for everything but `FOUND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    pub elapsed_ms: u64,
}

impl ItemResult {
    /// A result that no shop has a part in.
    pub(crate) fn bare(position: u32, item: &Item, status: ItemStatus, detail: Option<String>) -> Self {
        Self {
            position,
            ean: item.primary.as_given().to_owned(),
            gtin14: item.primary.gtin().map(|gtin| gtin.as_14().to_owned()),
            status,
            used_replacement: false,
            replacement: item.replacement.as_ref().map(|code| code.as_given().to_owned()),
            shops: Vec::new(),
            detail,
            elapsed_ms: 0,
        }
    }

    /// The products whose barcode was confirmed, with their shops.
    pub fn found(&self) -> impl Iterator<Item = (&ShopName, &Product)> {
        self.shops
            .iter()
            .filter(|outcome| outcome.status == ShopStatus::Found)
            .filter_map(|outcome| Some((&outcome.shop, outcome.product.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_called_the_same_in_json_and_in_tables() {
        use ShopStatus::{Blocked, Discontinued, Error, Found, Mismatch, NotFound, Robots, Timeout, Unreachable, Unverified};
        for status in [Found, Unverified, NotFound, Mismatch, Discontinued, Blocked, Timeout, Robots, Unreachable, Error] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        for status in
            [ItemStatus::Found, ItemStatus::NotFound, ItemStatus::Ignored, ItemStatus::Invalid, ItemStatus::Failed, ItemStatus::Cancelled]
        {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
