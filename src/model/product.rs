//! The sheet of one product as one shop shows it, with the proof for each field.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Availability, Gtin, Money, ShopName, UnitPrice};

/// A product sheet. Absent means that the page does not say; nothing is guessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    /// Absent for a page that was read without a recipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop: Option<ShopName>,
    /// The address that was read, after redirects.
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    pub retrieved_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Plain text, paragraphs separated by a newline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The same as HTML, where the shop writes it so: a few harmless elements, no attributes but the address of a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_html: Option<String>,
    /// Ingredients as the shop lists them; for cosmetics the INCI list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composition: Option<String>,
    /// The composition taken apart, where it is a list of ingredients (INCI), in the order of the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingredients: Vec<String>,
    /// Directions for use ("conseils d'utilisation").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directions: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Barcodes of this very product (not of its variants), each with a valid check digit.
    pub gtins: Vec<Gtin>,
    /// How well the wanted barcode is proven; absent when none was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mpn: Option<String>,
    pub offers: Vec<Offer>,
    pub images: Vec<Media>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub videos: Vec<Media>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audio: Vec<Media>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
    /// From the root of the shop to the product's category.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breadcrumbs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Net content as the shop words it: `200 ml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// The same as a number, computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_content: Option<NetContent>,
    /// The other members of the product's group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
    /// BCP 47, as the page declares it: `fr` or `fr-FR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Field name -> where it was read.
    pub provenance: BTreeMap<String, Provenance>,
    /// What does not fit on the page: a price in the markup that is not the one that is shown, and the like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

impl Default for Product {
    fn default() -> Self {
        Self {
            shop: None,
            url: String::new(),
            canonical_url: None,
            retrieved_at: Timestamp::UNIX_EPOCH,
            name: None,
            brand: None,
            description: None,
            description_html: None,
            composition: None,
            ingredients: Vec::new(),
            directions: None,
            features: Vec::new(),
            gtins: Vec::new(),
            evidence: None,
            sku: None,
            mpn: None,
            offers: Vec::new(),
            images: Vec::new(),
            videos: Vec::new(),
            audio: Vec::new(),
            rating: None,
            reviews: Vec::new(),
            breadcrumbs: Vec::new(),
            category: None,
            size: None,
            net_content: None,
            variants: Vec::new(),
            properties: Vec::new(),
            language: None,
            provenance: BTreeMap::new(),
            issues: Vec::new(),
        }
    }
}

impl Product {
    /// The price to pay: that of the first offer that has one.
    pub fn price(&self) -> Option<&Money> {
        self.offers.iter().find_map(|offer| offer.price.as_ref())
    }
}

/// How well a barcode is proven to be the page's, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Evidence {
    /// In the page's structured data (JSON-LD, microdata) or in the field that the recipe names.
    Structured,
    /// In the structured data of one variant of the page's product group, or in the list of sizes or colours that the page shows.
    Variant,
    /// In the visible text, beside a label such as "EAN".
    VisibleText,
    /// In the page's address or in the file name of its image.
    UrlOrImage,
    /// Only the shop's search connects the barcode to the page.
    SearchHitOnly,
    /// The page shows another barcode.
    Mismatch,
}

/// Where a value was read, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Recipe,
    JsonLd,
    Microdata,
    Rdfa,
    /// The state that a page holds for its own scripts: `__NEXT_DATA__`, `dataLayer`, PrestaShop's `data-product`.
    State,
    OpenGraph,
    /// Plain HTML: `<html lang>`, `<link rel=canonical>`, the title, attributes.
    Html,
    VisibleText,
    Url,
    /// Worked out from other fields.
    Computed,
}

/// Where a value was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    pub source: Source,
    /// Where in the source: a JSON path (`$[3].offers.price`), an item property, a CSS selector.
    pub locator: String,
    /// The text as it stood there, cut after 200 characters.
    pub raw: String,
    /// What other sources say of the same field, in the order of trust.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Reading>,
}

impl Provenance {
    pub fn new(source: Source, locator: impl Into<String>, raw: impl Into<String>) -> Self {
        Self { source, locator: locator.into(), raw: raw.into(), others: Vec::new() }
    }
}

/// A value that another source's was preferred to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub source: Source,
    pub locator: String,
    /// Cut after 200 characters.
    pub raw: String,
}

/// How much a package holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetContent {
    /// Of all pieces together.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    pub unit: ContentUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContentUnit {
    #[serde(rename = "ml")]
    Millilitre,
    #[serde(rename = "g")]
    Gram,
    /// Tablets, capsules, sachets and other countable things.
    #[serde(rename = "piece")]
    Piece,
}

/// Something on the page that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    pub kind: IssueKind,
    /// The field of the product that it concerns; absent when it is the page as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For people.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IssueKind {
    /// Sources that speak of the same product say different things.
    Contradiction,
    /// The page is longer than what is read of it, or made so that reading on would cost too much.
    Truncated,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Offer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The price before a reduction, where one is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regular_price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<UnitPrice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// As in schema.org: `NewCondition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
    /// ISO 8601 date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// The barcode that the offer names, where it has one of its own (one offer per combination).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gtin: Option<Gtin>,
}

/// An image, video or audio file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    /// Absolute.
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Of a video or audio whose content was read, in lower case: `h264, aac`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
}

impl Media {
    pub fn at(url: Url) -> Self {
        Self { url: url.into(), ..Self::default() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    pub value: f64,
    /// The top of the scale, 5 where the page does not say.
    pub best: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Review {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// On the scale of the product's rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub body: String,
    /// ISO 8601 where the page's date could be read, else as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Variant {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub gtins: Vec<Gtin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    pub name: String,
    pub value: String,
}
