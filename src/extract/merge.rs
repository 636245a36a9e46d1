//! Puts partial sheets together, field by field, each with the place where it was read.
//!
//! The caller has already decided which candidates speak of the same product; this never looks at barcodes.

use super::candidate::Candidate;
use crate::media;
use crate::model::{Offer, Product, Provenance, Reading, Source, Variant};

/// How much of a candidate may be taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// Everything.
    Whole,
    /// What the members of a group have in common: never a price, a code, a size or a picture.
    Common,
    /// As `Common`, and the group's name and pictures where the member has none of its own.
    Group,
}

/// Takes over the fields that the product does not have yet: call in the order of trust.
pub(crate) fn add(product: &mut Product, candidate: &Candidate, share: Share) {
    let from = &candidate.sheet;
    macro_rules! take {
        ($($field:ident),*) => { $(
            if !is_default(&from.$field) {
                if is_default(&product.$field) {
                    product.$field = from.$field.clone();
                    note(product, candidate, stringify!($field));
                } else {
                    lose(product, candidate, stringify!($field));
                }
            }
        )* };
    }
    take!(brand, composition, directions, features, videos, audio, rating, reviews, breadcrumbs, category, properties, language);
    describe(product, candidate);
    if share != Share::Common {
        if candidate.source == Source::VisibleText && !product.images.is_empty() {
            add_pictures(product, candidate);
        }
        take!(name, images);
    }
    if share == Share::Whole {
        take!(sku, mpn, size);
        add_codes(product, candidate);
        add_offers(product, candidate);
    }
}

/// The gallery of the page has the picture of the markup in a larger size, and more of them.
fn add_pictures(product: &mut Product, candidate: &Candidate) {
    let alone = product.images.len() == 1;
    for picture in &candidate.sheet.images {
        let Ok(url) = url::Url::parse(&picture.url) else { continue };
        let same =
            |known: &crate::model::Media| url::Url::parse(&known.url).is_ok_and(|known| media::identity(&known) == media::identity(&url));
        if alone || product.images.iter().any(same) {
            product.images.push(picture.clone());
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn note(product: &mut Product, candidate: &Candidate, field: &str) {
    if let Some(provenance) = candidate.sheet.provenance.get(field) {
        product.provenance.insert(field.to_owned(), provenance.clone());
    }
}

/// Remembers what another source says of a field that is filled already.
pub(super) fn lose(product: &mut Product, candidate: &Candidate, field: &str) {
    let Some(other) = candidate.sheet.provenance.get(field) else { return };
    if let Some(winner) = product.provenance.get_mut(field) {
        outdone(winner, other);
    }
}

pub(super) fn outdone(winner: &mut Provenance, other: &Provenance) {
    let reading = Reading { source: other.source, locator: other.locator.clone(), raw: other.raw.clone() };
    let itself = winner.source == reading.source && winner.locator == reading.locator;
    if !itself && !winner.others.contains(&reading) && winner.others.len() < MOST_OTHERS {
        winner.others.push(reading);
    }
}

/// Losing values kept per field.
const MOST_OTHERS: usize = 8;

/// Shorter descriptions are those of search engines and of those who share a page.
const SHORT: usize = 300;

/// Markup mostly holds a cut version of the description that stands on the page.
fn describe(product: &mut Product, candidate: &Candidate) {
    let from = &candidate.sheet;
    let Some(text) = &from.description else { return };
    let known = product.description.as_deref().map_or(0, str::len);
    let ruled = product.provenance.get("description").is_some_and(|origin| origin.source == Source::Recipe);
    if known > 0 && (ruled || known >= SHORT || text.len() <= known + known / 2) {
        lose(product, candidate, "description");
        return;
    }
    let before = product.provenance.remove("description");
    product.description = Some(text.clone());
    product.description_html = from.description_html.clone();
    note(product, candidate, "description");
    if let (Some(before), Some(winner)) = (before, product.provenance.get_mut("description")) {
        outdone(winner, &before);
    }
}

fn add_codes(product: &mut Product, candidate: &Candidate) {
    // What stands on the page may be a neighbour's code; where the markup names one, that one holds.
    if candidate.source == Source::VisibleText && !product.gtins.is_empty() {
        lose(product, candidate, "gtins");
        return;
    }
    if product.gtins.is_empty() && !candidate.sheet.gtins.is_empty() {
        note(product, candidate, "gtins");
    }
    for code in &candidate.sheet.gtins {
        if !product.gtins.contains(code) {
            product.gtins.push(code.clone());
        }
    }
}

const OFFER: [&str; 4] = ["price", "regular_price", "unit_price", "availability"];

fn add_offers(product: &mut Product, candidate: &Candidate) {
    let Some((first, rest)) = candidate.sheet.offers.split_first() else { return };
    if product.offers.is_empty() {
        product.offers = candidate.sheet.offers.clone();
        OFFER.into_iter().for_each(|field| note(product, candidate, field));
        return;
    }
    let notes = fill(&mut product.offers[0], first);
    for field in OFFER {
        if notes.contains(&field) { note(product, candidate, field) } else { lose(product, candidate, field) }
    }
    if product.offers.len() == 1 {
        product.offers.extend_from_slice(rest);
    }
}

/// Completes an offer with another source's words for the same one; tells which fields were taken.
fn fill(offer: &mut Offer, other: &Offer) -> Vec<&'static str> {
    let mut taken = Vec::new();
    match (&mut offer.price, &other.price) {
        (Some(price), Some(known)) => price.currency = price.currency.or(known.currency),
        (price @ None, Some(known)) => {
            *price = Some(known.clone());
            taken.push("price");
        }
        _ => {}
    }
    if offer.regular_price.is_none()
        && let (Some(regular), Some(price)) = (&other.regular_price, &offer.price)
        && regular.amount > price.amount
    {
        offer.regular_price = Some(regular.clone());
        taken.push("regular_price");
    }
    if offer.availability.is_none() && other.availability.is_some() {
        offer.availability = other.availability;
        taken.push("availability");
    }
    if offer.unit_price.is_none() && other.unit_price.is_some() {
        offer.unit_price = other.unit_price.clone();
        taken.push("unit_price");
    }
    offer.condition = offer.condition.take().or_else(|| other.condition.clone());
    offer.seller = offer.seller.take().or_else(|| other.seller.clone());
    offer.valid_until = offer.valid_until.take().or_else(|| other.valid_until.clone());
    offer.gtin = offer.gtin.take().or_else(|| other.gtin.clone());
    taken
}

/// The name of a page that shows one size, made that of another: `Gel 50 ml` becomes `Gel 200 ml`.
pub(crate) fn renamed(name: &str, member: &Candidate, others: &[Candidate]) -> Option<String> {
    let own = member.sheet.size.as_deref()?;
    // Short labels are letters that stand in many names.
    let labels = others.iter().filter_map(|other| other.sheet.size.as_deref()).filter(|label| label.len() >= 4 && !own.contains(label));
    let stands = |label: &str| {
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let is_word = |at: &usize| apart(name[..*at].chars().next_back()) && apart(name[*at + label.len()..].chars().next());
        name.match_indices(label).map(|(at, _)| at).find(is_word)
    };
    if stands(own).is_some() {
        return None;
    }
    let (at, label) = labels.filter_map(|label| Some((stands(label)?, label))).max_by_key(|(_, label)| label.len())?;
    Some(format!("{}{own}{}", &name[..at], &name[at + label.len()..]))
}

/// A member of a group as the sheet of another member lists it.
pub(crate) fn variant(candidate: &Candidate) -> Variant {
    let offer = candidate.sheet.offers.first();
    Variant {
        name: candidate.sheet.name.clone(),
        gtins: candidate.sheet.gtins.clone(),
        sku: candidate.sheet.sku.clone(),
        size: candidate.sheet.size.clone(),
        url: candidate.url.clone(),
        price: offer.and_then(|offer| offer.price.clone()),
        availability: offer.and_then(|offer| offer.availability),
    }
}
