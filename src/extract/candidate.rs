//! What one source says of one product: a partial sheet with its provenance.

use std::collections::HashSet;

use super::clean;
use super::text::text_of;
use crate::model::{Gtin, Product, Provenance, Source};

/// Longest raw text kept as provenance.
const RAW: usize = 200;

/// A product as one source shows it. Nothing here is proven yet.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub source: Source,
    /// Where it stands: `$[3]` for the fourth JSON-LD block, `microdata[0]`, `page.fields`.
    pub locator: String,
    pub standing: Standing,
    /// The fields that this source tells; `provenance` says where.
    pub sheet: Product,
    /// The product's own address as the source tells it.
    pub url: Option<String>,
    /// Members of a group, or offers with barcodes of their own.
    pub variants: Vec<Candidate>,
    /// Ties members that stand side by side: `inProductGroupWithID` or the `@id` of `isVariantOf`.
    pub(crate) group: Option<String>,
}

/// Whether a candidate can be what the page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Own,
    /// A member of a list, a carousel or the related products.
    Listed,
}

impl Candidate {
    pub(crate) fn new(source: Source, locator: impl Into<String>) -> Self {
        Self {
            source,
            locator: locator.into(),
            standing: Standing::Own,
            sheet: Product::default(),
            url: None,
            variants: Vec::new(),
            group: None,
        }
    }

    /// Remembers where a field was read; the first place stays.
    pub(crate) fn note(&mut self, field: &str, locator: impl Into<String>, raw: &str) {
        let source = self.source;
        self.sheet.provenance.entry(field.to_owned()).or_insert_with(|| Provenance::new(source, locator, cut(raw)));
    }

    /// Takes over a description as the source writes it, plain or as HTML.
    pub(crate) fn describe(&mut self, raw: &str) {
        let text = text_of(raw);
        if text.is_empty() {
            return;
        }
        self.sheet.description_html = clean::html(raw);
        self.sheet.description = Some(text);
    }

    /// The codes of the product and of its variants.
    pub(crate) fn codes(&self) -> HashSet<&Gtin> {
        self.sheet.gtins.iter().chain(self.variants.iter().flat_map(|variant| &variant.sheet.gtins)).collect()
    }

    pub(crate) fn is_coded(&self) -> bool {
        self.first_code().is_some()
    }

    pub(crate) fn variant(&self, code: &Gtin) -> Option<&Candidate> {
        self.variants.iter().find(|variant| variant.sheet.gtins.contains(code))
    }

    /// Whether this very candidate is one of the variants.
    pub(crate) fn holds(&self, member: &Candidate) -> bool {
        self.variants.iter().any(|variant| std::ptr::eq(variant, member))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sheet.provenance.is_empty() && self.variants.is_empty()
    }
}

/// A text cut to what provenance keeps.
pub(crate) fn cut(raw: &str) -> String {
    if raw.len() <= RAW {
        return raw.to_owned();
    }
    match raw.char_indices().nth(RAW) {
        Some((end, _)) => raw[..end].to_owned(),
        None => raw.to_owned(),
    }
}

/// A code that proves something: no placeholder, not one that shops print for themselves.
pub(crate) fn evidence(text: &str) -> Option<Gtin> {
    let digits = text.trim();
    let code = Gtin::parse(digits).ok().or_else(|| shortened(digits))?;
    is_evidence(&code).then_some(code)
}

pub(crate) fn is_evidence(code: &Gtin) -> bool {
    let digits = code.as_14().trim_start_matches('0');
    !code.is_in_store() && digits.len() > 5 && !digits.bytes().all(|digit| Some(digit) == digits.bytes().next())
}

/// A leading zero that a spreadsheet took.
fn shortened(digits: &str) -> Option<Gtin> {
    let lost_zero = digits.len() == 11 && digits.bytes().all(|digit| digit.is_ascii_digit());
    lost_zero.then(|| Gtin::from_number(digits.parse().ok()?).ok())?
}

/// The codes in a text that a field for codes holds: one, a list, or one behind a label.
pub(crate) fn codes_in(text: &str) -> Vec<Gtin> {
    if let Some(code) = evidence(text) {
        return vec![code.clone().given_as(text.trim())];
    }
    let mut codes: Vec<Gtin> = Vec::new();
    for code in text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() >= 8).filter_map(evidence) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_prove_something() {
        for (text, expected) in [
            ("3665606002802", &["3665606002802"][..]),
            (" 748322148474 ", &["748322148474"]),
            ("12345678905", &["12345678905"]),
            ("EAN Code:8001704110516", &["8001704110516"]),
            ("3665606002802, 3665606002406", &["3665606002802", "3665606002406"]),
            ("0000000000000", &[]),
            ("00000000", &[]),
            ("2000000000008", &[]),
            ("3665606002803", &[]),
            ("36656060028021234567", &[]),
            ("", &[]),
        ] {
            assert_eq!(codes_in(text).iter().map(Gtin::as_given).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
