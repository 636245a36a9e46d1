//! Results as tables: one row per item and shop, for Excel, LibreOffice and whatever reads CSV. Streams; never holds a batch.

mod csv;
mod xlsx;

pub use self::csv::CsvRows;
pub use self::xlsx::Workbook;

use crate::model::{ItemResult, Product, ShopResult};

/// The columns, in order.
pub const COLUMNS: [&str; 24] = [
    "position",
    "ean",
    "status",
    "used_replacement",
    "shop",
    "shop_status",
    "gtin",
    "name",
    "brand",
    "price",
    "currency",
    "regular_price",
    "availability",
    "size",
    "rating",
    "reviews",
    "url",
    "image",
    "description",
    "composition",
    "directions",
    "category",
    "sku",
    "detail",
];

/// A cell by its type; barcodes are text, or Excel takes their leading zero.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Number(f64),
    /// An amount: decimal text, so that nothing is rounded on the way.
    Amount(String),
}

/// The rows of one item: one per shop, or a single one when no shop was asked.
pub(crate) fn rows(result: &ItemResult) -> Vec<Vec<Cell>> {
    if result.shops.is_empty() {
        return vec![row(result, None)];
    }
    result.shops.iter().map(|outcome| row(result, Some(outcome))).collect()
}

fn row(result: &ItemResult, outcome: Option<&ShopResult>) -> Vec<Cell> {
    let product = outcome.and_then(|outcome| outcome.product.as_deref());
    let offer = product.and_then(|product| product.offers.first());
    let price = product.and_then(Product::price);
    let regular = offer.and_then(|offer| offer.regular_price.as_ref());
    let detail = outcome.and_then(|outcome| outcome.detail.clone()).or_else(|| result.detail.clone());
    vec![
        Cell::Number(result.position.into()),
        text(Some(&result.ean)),
        text(Some(result.status.as_str())),
        text(Some(if result.used_replacement { "yes" } else { "no" })),
        text(outcome.map(|outcome| outcome.shop.as_str())),
        text(outcome.map(|outcome| outcome.status.as_str())),
        text(product.and_then(|product| product.gtins.first()).map(|gtin| gtin.ean())),
        text(product.and_then(|product| product.name.as_deref())),
        text(product.and_then(|product| product.brand.as_deref())),
        price.map_or(Cell::Empty, |price| Cell::Amount(price.amount.to_string())),
        text(price.and_then(|price| price.currency).as_ref().map(|currency| currency.as_str())),
        regular.map_or(Cell::Empty, |price| Cell::Amount(price.amount.to_string())),
        text(offer.and_then(|offer| offer.availability).map(|availability| format!("{availability:?}")).as_deref()),
        text(product.and_then(|product| product.size.as_deref())),
        product.and_then(|product| product.rating.as_ref()).map_or(Cell::Empty, |rating| Cell::Number(rating.value)),
        product.and_then(|product| product.rating.as_ref()?.count).map_or(Cell::Empty, |count| Cell::Number(count.into())),
        text(outcome.and_then(|outcome| outcome.url.as_deref())),
        text(product.and_then(|product| product.images.first()).map(|image| image.url.as_str())),
        text(product.and_then(|product| product.description.as_deref())),
        text(product.and_then(|product| product.composition.as_deref())),
        text(product.and_then(|product| product.directions.as_deref())),
        text(product.and_then(|product| product.category.as_deref())),
        text(product.and_then(|product| product.sku.as_deref())),
        text(detail.as_deref()),
    ]
}

fn text(value: Option<&str>) -> Cell {
    value.map_or(Cell::Empty, |value| Cell::Text(value.to_owned()))
}
