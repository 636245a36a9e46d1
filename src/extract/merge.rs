//! Puts partial sheets together, field by field, each with the place where it was read.
//!
//! The caller has already decided which candidates speak of the same product; this never looks at barcodes.

use super::candidate::Candidate;
use crate::model::{Offer, Product, Variant};

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
            if is_default(&product.$field) && !is_default(&from.$field) {
                product.$field = from.$field.clone();
                note(product, candidate, stringify!($field));
            }
        )* };
    }
    take!(
        brand,
        description,
        composition,
        directions,
        features,
        videos,
        audio,
        rating,
        reviews,
        breadcrumbs,
        category,
        properties,
        language
    );
    if share != Share::Common {
        take!(name, images);
    }
    if share == Share::Whole {
        take!(sku, mpn, size);
        add_codes(product, candidate);
        add_offers(product, candidate);
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

fn add_codes(product: &mut Product, candidate: &Candidate) {
    if product.gtins.is_empty() && !candidate.sheet.gtins.is_empty() {
        note(product, candidate, "gtins");
    }
    for code in &candidate.sheet.gtins {
        if !product.gtins.contains(code) {
            product.gtins.push(code.clone());
        }
    }
}

fn add_offers(product: &mut Product, candidate: &Candidate) {
    let Some((first, rest)) = candidate.sheet.offers.split_first() else { return };
    if product.offers.is_empty() {
        product.offers = candidate.sheet.offers.clone();
        ["price", "regular_price", "availability"].into_iter().for_each(|field| note(product, candidate, field));
        return;
    }
    let notes = fill(&mut product.offers[0], first);
    notes.into_iter().for_each(|field| note(product, candidate, field));
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
    offer.unit_price = offer.unit_price.take().or_else(|| other.unit_price.clone());
    offer.condition = offer.condition.take().or_else(|| other.condition.clone());
    offer.seller = offer.seller.take().or_else(|| other.seller.clone());
    offer.valid_until = offer.valid_until.take().or_else(|| other.valid_until.clone());
    offer.gtin = offer.gtin.take().or_else(|| other.gtin.clone());
    taken
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
