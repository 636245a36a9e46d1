//! A list of members, and what makes it one: different codes, prices that are prices.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::MOST;
use crate::extract::candidate::Candidate;
use crate::model::{Gtin, Money, Offer, Source};

/// One size or colour.
pub(super) struct Member {
    pub(super) candidate: Candidate,
    /// The elements that it was read from.
    pub(super) nodes: Vec<usize>,
    /// Whether the page shows it as the one that is chosen.
    pub(super) chosen: bool,
    /// Whether its code stands for two that differ.
    pub(super) ambiguous: bool,
}

/// What the amounts of a list are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Amounts {
    None,
    Prices,
    /// Amounts stand there, and which one is the price was not seen.
    Unread,
    /// Something is told, but no price: a surcharge, an amount that could be anything.
    Unclear,
}

pub(super) struct List {
    pub(super) members: Vec<Member>,
    pub(super) amounts: Amounts,
}

impl List {
    pub(super) fn of(members: Vec<Member>) -> Self {
        Self { members, amounts: Amounts::None }
    }

    pub(super) fn stated(candidates: Vec<Candidate>) -> Self {
        Self::of(candidates.into_iter().map(Member::of).collect())
    }

    /// The list with each code once and its amounts weighed; nothing where fewer than two codes are left.
    pub(super) fn settled(mut self, shown: &[Decimal]) -> Option<Self> {
        self.members.truncate(MOST);
        self.unite();
        self.weigh(shown);
        (self.members.len() > 1).then_some(self)
    }

    /// Whether a code stands in both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let known: HashSet<&Gtin> = self.codes().collect();
        other.codes().any(|code| known.contains(code))
    }

    fn codes(&self) -> impl Iterator<Item = &Gtin> {
        self.members.iter().flat_map(|member| &member.candidate.sheet.gtins)
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.members.iter().filter_map(|member| member.candidate.sheet.size.as_deref())
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = usize> {
        self.members.iter().flat_map(|member| member.nodes.iter().copied())
    }

    pub(super) fn is_unpriced(&self) -> bool {
        self.amounts == Amounts::None
    }

    pub(super) fn has_chosen(&self) -> bool {
        self.members.iter().any(|member| member.chosen)
    }

    /// The same member twice (for small and for large screens) is one; two that share a code and differ have no more in common.
    fn unite(&mut self) {
        let mut places: HashMap<Gtin, usize> = HashMap::new();
        let mut united: Vec<Member> = Vec::new();
        for member in std::mem::take(&mut self.members) {
            let Some(code) = member.candidate.sheet.gtins.first().cloned() else { continue };
            match places.get(&code) {
                Some(place) => {
                    united[*place].meet(member);
                    if united[*place].ambiguous && self.amounts == Amounts::None {
                        self.amounts = Amounts::Unread;
                    }
                }
                None => {
                    places.insert(code, united.len());
                    united.push(member);
                }
            }
        }
        self.members = united;
    }

    /// Surcharges, amounts in cents and net prices stand under the same names as prices.
    fn weigh(&mut self, shown: &[Decimal]) {
        let amounts: Vec<Decimal> = self.prices().map(|money| money.amount).collect();
        let is_shown = |scale: Decimal| amounts.iter().any(|amount| shown.contains(&(amount / scale)));
        // What is written for people is a price; what stands under a name must be an amount of the page.
        let named = self.members.iter().filter_map(|member| member.candidate.sheet.provenance.get("price"));
        let worded = named.clone().all(|origin| origin.source == Source::VisibleText && !origin.locator.ends_with(']'));
        let whole = amounts.iter().all(|amount| amount.fract().is_zero() && amount.scale() == 0);
        let hundred = Decimal::ONE_HUNDRED;
        self.amounts = match () {
            () if self.amounts == Amounts::Unclear => Amounts::Unclear,
            () if amounts.is_empty() && self.amounts == Amounts::Unread => Amounts::Unclear,
            () if amounts.is_empty() => Amounts::None,
            () if amounts.iter().any(|amount| *amount <= Decimal::ZERO) => Amounts::Unclear,
            () if worded || is_shown(Decimal::ONE) || shown.is_empty() && !whole => Amounts::Prices,
            () if is_shown(hundred) => {
                self.members.iter_mut().flat_map(Member::money).for_each(|money| money.amount /= hundred);
                Amounts::Prices
            }
            () => Amounts::Unclear,
        };
        if self.amounts == Amounts::Unclear {
            self.members.iter_mut().for_each(Member::forget_price);
        }
    }

    fn prices(&self) -> impl Iterator<Item = &Money> {
        self.members.iter().filter_map(|member| member.candidate.sheet.offers.first()?.price.as_ref())
    }

    /// What another list of the same members says more.
    pub(super) fn join(&mut self, other: Self) {
        if self.amounts != Amounts::Prices && other.amounts != Amounts::None {
            self.amounts = other.amounts;
        }
        for theirs in other.members {
            let code = theirs.candidate.sheet.gtins.first();
            match self.members.iter_mut().find(|ours| ours.candidate.sheet.gtins.first() == code) {
                Some(ours) => ours.complete(theirs),
                None => self.members.push(theirs),
            }
        }
    }
}

impl Member {
    pub(super) fn of(candidate: Candidate) -> Self {
        Self { candidate, nodes: Vec::new(), chosen: false, ambiguous: false }
    }

    pub(super) fn offer(&mut self) -> &mut Offer {
        let offers = &mut self.candidate.sheet.offers;
        if offers.is_empty() {
            offers.push(Offer::default());
        }
        &mut offers[0]
    }

    pub(super) fn money(&mut self) -> impl Iterator<Item = &mut Money> {
        self.candidate.sheet.offers.iter_mut().flat_map(|offer| [&mut offer.price, &mut offer.regular_price]).flatten()
    }

    fn forget_price(&mut self) {
        for offer in &mut self.candidate.sheet.offers {
            (offer.price, offer.regular_price) = (None, None);
        }
        for field in ["price", "regular_price"] {
            self.candidate.sheet.provenance.remove(field);
        }
    }

    fn meet(&mut self, mut other: Self) {
        self.nodes.append(&mut other.nodes);
        let (ours, theirs) = (&self.candidate.sheet, &other.candidate.sheet);
        let differs = ours.size.is_some() && theirs.size.is_some() && ours.size != theirs.size;
        let price = |sheet: &crate::model::Product| sheet.price().map(|price| price.amount);
        let priced_apart = price(ours).is_some() && price(theirs).is_some() && price(ours) != price(theirs);
        if self.ambiguous || differs || priced_apart {
            self.ambiguous = true;
            self.forget_price();
            let sheet = &mut self.candidate.sheet;
            (sheet.size, sheet.sku, sheet.images) = (None, None, Vec::new());
            sheet.offers.clear();
        } else {
            self.complete(other);
        }
    }

    fn complete(&mut self, mut other: Self) {
        self.nodes.append(&mut other.nodes);
        self.chosen |= other.chosen;
        if self.ambiguous || other.ambiguous {
            return;
        }
        let (ours, theirs) = (&mut self.candidate.sheet, other.candidate.sheet);
        ours.size = ours.size.take().or(theirs.size);
        ours.sku = ours.sku.take().or(theirs.sku);
        if ours.images.is_empty() {
            ours.images = theirs.images;
        }
        for (field, origin) in theirs.provenance {
            ours.provenance.entry(field).or_insert(origin);
        }
        let Some(told) = theirs.offers.into_iter().next() else { return };
        let offer = self.offer();
        if offer.price.is_none() {
            (offer.price, offer.regular_price) = (told.price, told.regular_price);
        }
        offer.availability = offer.availability.or(told.availability);
    }
}
