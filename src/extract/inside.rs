//! What the benches and the fuzz targets reach of the readers. No part of the interface: it may change with any version.

use super::markup::Markup;
use super::repair;

/// Scans a page; how many nodes it has.
pub fn scan(html: &str) -> usize {
    Markup::scan(html).len()
}

/// Scans a page and looks at every node: each stands behind its parent and ends within it.
pub fn is_sound(html: &str) -> bool {
    Markup::scan(html).is_sound()
}

/// Reads the JSON of one block, mended where it is none; how many values it holds.
pub fn mend(block: &str) -> usize {
    repair::parse(block).len()
}

/// Reads a literal as JavaScript writes it.
pub fn literal(text: &str) -> bool {
    repair::literal(text).is_some()
}

/// Finds the prices in a text; how many there are. Each stands within the text, behind the one before it.
pub fn prices(text: &str) -> Option<usize> {
    let seen = crate::model::price::prices(text, None);
    let ordered = seen.windows(2).all(|pair| pair[0].to <= pair[1].from);
    let within = seen.iter().all(|price| price.from < price.to && text.get(price.from..price.to).is_some());
    (ordered && within).then_some(seen.len())
}
