//! Candidate + wanted barcode -> a product with its evidence, or a typed refusal. Pure.
//!
//! Never hands out a product under a barcode that its page contradicts: when sources disagree, the answer is a mismatch.

use crate::extract::{Extraction, Main, Sighting};
use crate::model::{Evidence, Gtin, Page, Product, Provenance, Source};

/// What a page proves about a wanted barcode.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The page shows the wanted barcode; `evidence` says where.
    Found(Box<Product>),
    /// The page shows a product without any barcode: only the search connects the two.
    Unverified(Box<Product>),
    /// The page shows another barcode, and no product is handed out.
    Mismatch {
        seen: Gtin,
        /// Where the other barcode stands.
        provenance: Option<Provenance>,
    },
    /// Nothing on the page looks like a product.
    NoProduct,
}

/// Judges a page by the barcode that is wanted.
pub fn judge(extraction: &Extraction, wanted: &Gtin, page: &Page) -> Verdict {
    let Some(main) = extraction.main() else { return Verdict::NoProduct };
    let proof = prove(extraction, &main, wanted);
    let member = main.member(wanted);
    let product = |evidence| {
        let mut product = extraction.merge(&main, member);
        product.evidence = Some(evidence);
        product.retrieved_at = page.retrieved_at;
        Box::new(product)
    };
    match proof {
        Proof::Evidence(evidence) => Verdict::Found(with_code(product(evidence), wanted, extraction.sighting(&main, wanted))),
        Proof::Contradiction(seen, provenance) => Verdict::Mismatch { seen, provenance },
        Proof::Nothing if nameless(extraction, &main) => Verdict::NoProduct,
        Proof::Nothing => Verdict::Unverified(product(Evidence::SearchHitOnly)),
    }
}

enum Proof {
    Evidence(Evidence),
    Contradiction(Gtin, Option<Provenance>),
    Nothing,
}

fn prove(extraction: &Extraction, main: &Main<'_>, wanted: &Gtin) -> Proof {
    listed(extraction, main, wanted)
        .or_else(|| structured(main, wanted))
        .or_else(|| visible(extraction, wanted))
        .or_else(|| labelled(main, wanted))
        .or_else(|| by_sightings(&extraction.addressed, wanted))
        .or_else(|| by_sightings(&extraction.image_sightings(main), wanted))
        .unwrap_or(Proof::Nothing)
}

/// A size or colour in the list that the page shows. A code that the page gives to itself must be in the list, too: else the list is
/// that of another product.
fn listed(extraction: &Extraction, main: &Main<'_>, wanted: &Gtin) -> Option<Proof> {
    let shown = main.shown().filter(|shown| main.contradiction.is_none() && shown.variant(wanted).is_some())?;
    let told = main.same.iter().filter(|candidate| candidate.source != Source::VisibleText);
    let named = told.clone().any(|candidate| candidate.sheet.gtins.contains(wanted) || candidate.variant(wanted).is_some());
    let first = extraction.visible.iter().find(|sighting| !is_national(sighting)).map(|sighting| &sighting.gtin);
    let mut own = told.filter_map(|candidate| candidate.first_code()).chain(&shown.sheet.gtins).chain(first);
    (!named && own.all(|code| shown.variant(code).is_some())).then_some(Proof::Evidence(Evidence::Variant))
}

fn structured(main: &Main<'_>, wanted: &Gtin) -> Option<Proof> {
    let same = || main.same.iter().copied().filter(|candidate| candidate.source != Source::VisibleText);
    let refuse = |code: &Gtin| {
        let provenance = same().find(|candidate| candidate.sheet.gtins.contains(code)).and_then(|c| c.sheet.provenance.get("gtins"));
        Proof::Contradiction(code.clone(), provenance.cloned())
    };
    let mut codes = same().flat_map(|candidate| &candidate.sheet.gtins).chain(main.contradiction);
    let members = || same().filter_map(|candidate| candidate.first_code());
    if main.contradiction.is_some() {
        return codes.find(|code| *code != wanted).map(refuse);
    }
    if codes.any(|code| code == wanted) {
        return Some(Proof::Evidence(Evidence::Structured));
    }
    if same().any(|candidate| candidate.variant(wanted).is_some()) {
        return Some(Proof::Evidence(Evidence::Variant));
    }
    members().next().map(refuse)
}

/// The first code behind a label is the page's; those that follow may be a carousel's. A pharmacy's national code (ACL, CIP)
/// stands beside the barcode, so the two kinds are looked at apart.
fn visible(extraction: &Extraction, wanted: &Gtin) -> Option<Proof> {
    let first = extraction.visible.iter().find(|sighting| !is_national(sighting));
    let first_national = extraction.visible.iter().find(|sighting| is_national(sighting));
    let mut shown = [first, first_national].into_iter().flatten().peekable();
    let refused = shown.peek().map(|sighting| Proof::Contradiction(sighting.gtin.clone(), Some(sighting.provenance.clone())))?;
    Some(if shown.any(|sighting| sighting.gtin == *wanted) { Proof::Evidence(Evidence::VisibleText) } else { refused })
}

fn is_national(sighting: &Sighting) -> bool {
    let label = sighting.provenance.locator.to_lowercase();
    label.contains("acl") || label.contains("cip")
}

/// A code in the product's own part that no sentence labels: in an attribute, in a table's row.
fn labelled(main: &Main<'_>, wanted: &Gtin) -> Option<Proof> {
    let shown = main.shown()?;
    let first = shown.first_code()?;
    let refused = || Proof::Contradiction(first.clone(), shown.sheet.provenance.get("gtins").cloned());
    Some(if shown.sheet.gtins.contains(wanted) { Proof::Evidence(Evidence::VisibleText) } else { refused() })
}

/// Several codes that disagree prove nothing for the wanted one.
fn by_sightings(sightings: &[Sighting], wanted: &Gtin) -> Option<Proof> {
    let other = sightings.iter().find(|sighting| sighting.gtin != *wanted);
    match other {
        Some(other) => Some(Proof::Contradiction(other.gtin.clone(), Some(other.provenance.clone()))),
        None => (!sightings.is_empty()).then_some(Proof::Evidence(Evidence::UrlOrImage)),
    }
}

fn nameless(extraction: &Extraction, main: &Main<'_>) -> bool {
    main.same.iter().all(|candidate| candidate.sheet.name.is_none()) && extraction.facts.heading.is_none()
}

/// A code that only the text or the address shows becomes one of the product's, with the place where it stood.
fn with_code(mut product: Box<Product>, wanted: &Gtin, seen: Option<Sighting>) -> Box<Product> {
    if let Some(sighting) = seen.filter(|_| !product.gtins.contains(wanted)) {
        product.gtins = vec![sighting.gtin];
        product.provenance.insert("gtins".to_owned(), sighting.provenance);
    }
    product
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod variants_shown;
