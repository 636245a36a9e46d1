//! Decides what a page is about before anything is merged: a carousel's product must not lend its price to the page's own.

use std::cell::LazyCell;

use url::Url;

use super::Extraction;
use super::candidate::{Candidate, Standing};
use super::likeness::overlap;
use crate::model::{Gtin, Source};

/// The candidates that speak of the page's product, the most trusted source first.
pub(crate) struct Main<'a> {
    pub(crate) same: Vec<&'a Candidate>,
    /// A code that another source gives to the page's product, or that of a product for which as much speaks: then nothing is
    /// certain.
    pub(crate) contradiction: Option<&'a Gtin>,
}

impl<'a> Main<'a> {
    /// The member with this code. Where markup gives the code to the page itself, what is shown around it is not needed.
    pub(crate) fn member(&self, code: &Gtin) -> Option<&'a Candidate> {
        let told = || self.same.iter().filter(|candidate| candidate.source != Source::VisibleText);
        let own = told().any(|candidate| candidate.sheet.gtins.contains(code));
        told().find_map(|candidate| candidate.variant(code)).or_else(|| self.listed(code).filter(|_| !own))
    }

    /// The member with this code in the list that the page shows.
    pub(crate) fn listed(&self, code: &Gtin) -> Option<&'a Candidate> {
        self.shown()?.variant(code)
    }

    /// Whether a member stands in the list that the page shows.
    pub(crate) fn lists(&self, member: &Candidate) -> bool {
        self.shown().is_some_and(|shown| shown.holds(member))
    }

    pub(crate) fn shown(&self) -> Option<&'a Candidate> {
        self.same.iter().copied().find(|candidate| candidate.source == Source::VisibleText)
    }
}

/// From here on a candidate is the page's product beyond doubt: its address or its name is the page's.
const CERTAIN: i32 = 8;
/// So much of a name stands in a heading that is the same name.
const NAMED: f64 = 0.75;
/// So many products without a sign of their own are a list.
const LIST: usize = 4;

pub(crate) fn main(page: &Extraction) -> Option<Main<'_>> {
    let head = head(page)?;
    let recipe = page.recipe();
    let is_head = |candidate: &Candidate| std::ptr::eq(candidate, head);
    let belongs = |other: &&Candidate| is_head(other) || other.source == Source::Recipe || same(head, other);
    let mut found: Vec<&Candidate> = page.candidates.iter().filter(belongs).collect();
    found.sort_by_key(|candidate| (candidate.source, !is_head(candidate)));
    let contradiction = recipe.filter(|recipe| !is_head(recipe)).and_then(|recipe| contradiction(recipe, head));
    // Another product for which as much speaks, or which certainly is the page's: then it stays open which one is.
    let enough = LazyCell::new(|| score(page, head).min(CERTAIN));
    let is_rival = |other: &&Candidate| !is_head(other) && score(page, other) >= *enough;
    let contradiction = contradiction.or_else(|| structured(page).filter(is_rival).find_map(|other| contradiction_between(head, other)));
    Some(Main { same: found, contradiction })
}

fn contradiction<'a>(recipe: &'a Candidate, head: &'a Candidate) -> Option<&'a Gtin> {
    contradiction_between(recipe, head).filter(|_| head.source != Source::OpenGraph)
}

/// Both name codes and none is common.
fn contradiction_between<'a>(one: &'a Candidate, other: &'a Candidate) -> Option<&'a Gtin> {
    (one.is_coded() && other.is_coded() && one.codes().is_disjoint(&other.codes())).then(|| other.first_code())?
}

impl Candidate {
    pub(crate) fn first_code(&self) -> Option<&Gtin> {
        self.sheet.gtins.first().or_else(|| self.variants.iter().find_map(|variant| variant.sheet.gtins.first()))
    }
}

fn structured(page: &Extraction) -> impl Iterator<Item = &Candidate> {
    page.candidates.iter().filter(|c| c.standing == Standing::Own && matches!(c.source, Source::JsonLd | Source::Microdata | Source::Rdfa))
}

fn head(page: &Extraction) -> Option<&Candidate> {
    let own: Vec<(i32, &Candidate)> =
        structured(page).filter(|candidate| is_plausible(page, candidate)).map(|candidate| (score(page, candidate), candidate)).collect();
    let best = own.iter().map(|(score, _)| *score).max();
    let list = best.is_some_and(|best| best < CERTAIN) && distinct(&own) >= LIST;
    let first_best = own.iter().find(|(score, _)| !list && Some(*score) == best).map(|(_, candidate)| *candidate);
    // A heading alone makes no product: dead pages and brand pages have one, too.
    let recipe = page.recipe().filter(|recipe| !recipe.sheet.gtins.is_empty() || !recipe.sheet.offers.is_empty());
    first_best
        .or_else(|| lone_listed(page))
        .or(recipe)
        .or_else(|| of(page, Source::State).filter(|state| !page.facts.other && state.sheet.name.is_some()))
        .or_else(|| of(page, Source::OpenGraph))
        .or_else(|| of(page, Source::VisibleText).filter(|shown| is_product(page, shown)))
}

/// Markup that has nothing in common with what the page is called speaks of another product, where the page shows one itself.
fn is_plausible(page: &Extraction, candidate: &Candidate) -> bool {
    let (Some(name), Some(shown)) = (candidate.sheet.name.as_deref(), of(page, Source::VisibleText)) else { return true };
    let addressed = candidate.url.as_deref().is_some_and(|url| page.is_here(url));
    let coded =
        candidate.codes().iter().any(|code| shown.sheet.gtins.contains(code) || page.visible.iter().any(|seen| seen.gtin == **code));
    let called = [page.facts.heading.as_deref(), page.facts.title.as_deref(), page.facts.shared_title.as_deref()];
    let mut called = called.into_iter().flatten().peekable();
    // A page that is about something else needs more than that there is nothing against it.
    let contested = page.facts.other || is_product(page, shown);
    addressed || coded || called.peek().is_none() || !contested || called.any(|known| overlap(name, known) >= 0.34)
}

/// Whether what is seen without any markup is a product: it is for sale, or it has a number.
fn is_product(page: &Extraction, shown: &Candidate) -> bool {
    if page.facts.other {
        return false;
    }
    let sheet = &shown.sheet;
    let priced = sheet.offers.iter().any(|offer| offer.price.is_some());
    let seen = page.seen.as_ref();
    let sure = seen.is_some_and(|seen| seen.score >= SURE);
    let buyable = seen.is_some_and(|seen| seen.buyable);
    let numbered = shown.is_coded() || sheet.sku.is_some() || !page.visible.is_empty();
    let stocked = sheet.offers.iter().any(|offer| offer.availability.is_some());
    numbered && (priced || stocked || !page.visible.is_empty()) || priced && buyable || priced && sure
}

/// A price that stands so well needs no button beside it.
const SURE: i32 = 10;

fn of(page: &Extraction, source: Source) -> Option<&Candidate> {
    page.candidates.iter().find(|candidate| candidate.source == source)
}

/// A page whose whole content stands in a container named like a list, with one product in it.
fn lone_listed(page: &Extraction) -> Option<&Candidate> {
    let mut listed = page.candidates.iter().filter(|candidate| candidate.standing == Standing::Listed);
    let one = listed.next()?;
    (listed.next().is_none() && score(page, one) >= CERTAIN).then_some(one)
}

fn distinct(own: &[(i32, &Candidate)]) -> usize {
    let mut kinds: Vec<&Candidate> = Vec::new();
    for (_, candidate) in own {
        if !kinds.iter().any(|kind| same(kind, candidate)) {
            kinds.push(candidate);
        }
    }
    kinds.len()
}

/// How much speaks for a candidate being what the page is about.
fn score(page: &Extraction, candidate: &Candidate) -> i32 {
    let recipe = page.recipe();
    let shares_code = recipe.is_some_and(|recipe| recipe.sheet.gtins.iter().any(|code| candidate.codes().contains(code)));
    let addressed = candidate.url.as_deref().is_some_and(|url| page.is_here(url));
    let elsewhere = candidate.url.is_some() && !addressed;
    let name = candidate.sheet.name.as_deref().unwrap_or_default();
    let headings = [recipe.and_then(|recipe| recipe.sheet.name.as_deref()), page.facts.heading.as_deref(), page.facts.title.as_deref()];
    let mut named: f64 = 0.0;
    for heading in headings.into_iter().flatten() {
        // What is named so well already needs no other witness.
        if named < NAMED {
            named = named.max(overlap(name, heading));
        }
    }
    let mut score = 0;
    score += if shares_code { 16 } else { 0 };
    score += if addressed { CERTAIN } else { 0 };
    score -= if elsewhere { 2 } else { 0 };
    score += if named >= NAMED { CERTAIN } else { (named * 4.0) as i32 };
    score += i32::from(!candidate.sheet.offers.is_empty() || !candidate.variants.is_empty());
    score += i32::from(candidate.sheet.description.is_some()) + i32::from(candidate.is_coded());
    score
}

/// Whether two candidates speak of the same product. Codes decide; without them names do.
fn same(one: &Candidate, other: &Candidate) -> bool {
    if other.standing == Standing::Listed && one.standing == Standing::Own {
        return false;
    }
    // What is seen around the heading is the page's product, whatever a source calls it.
    if other.source == Source::VisibleText {
        return true;
    }
    if one.is_coded() && other.is_coded() {
        return !one.codes().is_disjoint(&other.codes());
    }
    match (&one.sheet.name, &other.sheet.name) {
        (Some(ours), Some(theirs)) => overlap(ours, theirs) >= 0.5,
        _ => other.sheet.name.is_none() || matches!(other.source, Source::OpenGraph | Source::Recipe | Source::State),
    }
}

/// The same page whatever the scheme, a trailing slash, the query or the fragment.
pub(super) fn same_page(one: &Url, other: &Url) -> bool {
    one.host_str() == other.host_str() && one.path().trim_end_matches('/') == other.path().trim_end_matches('/') && one.path().len() > 1
}
