//! The words of shops, French first, then English, German, Spanish, Italian, Dutch, Portuguese, and a few of their neighbours. All
//! in small letters.

mod button;
mod price;
mod stock;

use regex::Regex;

pub(super) use button::{Press, press};
pub(super) use price::*;
pub(super) use stock::{is_choice, is_elsewhere, is_stock_label, of_stock, sentences};

/// A pattern that finds any of these phrases as whole words.
fn phrases(tables: &[&[&str]]) -> Regex {
    phrases_then(tables, "")
}

/// The same with what must follow them; the tests use every table.
#[allow(clippy::expect_used)]
fn phrases_then(tables: &[&[&str]], then: &str) -> Regex {
    Regex::new(&format!(r"\b(?:{})\b{then}", tables.concat().join("|"))).expect("phrases of our own")
}
