//! Results as a table on a terminal.

use std::fmt;

use comfy_table::{ContentArrangement, presets};
use glaneur::{ItemResult, Product, ShopResult};

pub(crate) struct Table(comfy_table::Table);

impl Default for Table {
    fn default() -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["EAN", "Status", "Shop", "Answer", "Price", "Name"]);
        Self(table)
    }
}

impl Table {
    pub(crate) fn push(&mut self, result: &ItemResult) {
        if result.shops.is_empty() {
            self.0.add_row([&result.ean, result.status.as_str(), "", "", "", result.detail.as_deref().unwrap_or_default()]);
        }
        for (place, outcome) in result.shops.iter().enumerate() {
            let (ean, status) = if place == 0 { (result.ean.as_str(), result.status.as_str()) } else { ("", "") };
            self.0.add_row([ean, status, outcome.shop.as_str(), outcome.status.as_str(), &price(outcome), &what(outcome)]);
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn price(outcome: &ShopResult) -> String {
    outcome.product.as_deref().and_then(Product::price).map(ToString::to_string).unwrap_or_default()
}

fn what(outcome: &ShopResult) -> String {
    let name = outcome.product.as_deref().and_then(|product| product.name.clone());
    name.or_else(|| outcome.detail.clone()).unwrap_or_default()
}
