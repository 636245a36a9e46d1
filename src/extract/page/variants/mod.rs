//! Several sizes or colours on one page, each with a barcode of its own: options and buttons, rows of a table, a list for scripts.
//!
//! No wanted barcode takes part: a list counts by where and how it stands. A price is a member's own, or it is told that it stands for
//! all of them; the price of one never becomes another's.

mod choice;
mod choices;
mod list;
mod names;
mod rows;

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::price::Shown;
use super::{Page, words};
use crate::extract::candidate::Candidate;
use crate::extract::content::quantity;
use crate::extract::likeness::overlap;
use crate::extract::markup::Spot;
use crate::extract::pattern;
use crate::extract::tag::Tag;
use crate::extract::text::line_within;
use crate::model::Source;
use list::List;

/// Members kept per list.
const MOST: usize = 300;

/// What the readers behind this one must know of the list.
#[derive(Default)]
pub(super) struct Told {
    /// The elements of the members: what their attributes say is theirs alone.
    pub(super) nodes: HashSet<usize>,
    /// Whether the price of the page stands for every member.
    pub(super) shared: bool,
}

/// Finds the list and gives its members to the page's candidate.
pub(super) fn read(page: &Page<'_, '_, '_>, base: &Url, shown: &Shown, stated: Vec<Vec<Candidate>>, candidate: &mut Candidate) -> Told {
    let amounts: Vec<_> = shown.current.iter().map(|(money, _)| money.amount).collect();
    let stated = stated.into_iter().map(List::stated);
    let (chosen, foreign) = choices::lists(page, base);
    let found = chosen.into_iter().chain(rows::lists(page)).chain(stated);
    let mut found = found.filter_map(|list| list.settled(&amounts));
    let Some(mut list) = found.next() else { return Told { nodes: foreign.into_iter().collect(), shared: false } };
    // Another list of the same codes completes it; one without any of them may be another product's.
    for other in found {
        if list.meets(&other) {
            list.join(other);
        }
    }
    let currency = shown.price.as_ref().and_then(|price| price.money.currency);
    list.members.iter_mut().flat_map(list::Member::money).for_each(|money| money.currency = money.currency.or(currency));
    let in_words = is_in_words(&list, candidate);
    let shared = !in_words && list.is_unpriced() && !list.has_chosen() && !is_lowest(page, shown) && !list.labels().any(is_content);
    let nodes = list.nodes().chain(foreign).collect();
    if in_words {
        candidate.sheet.gtins.clear();
        candidate.sheet.provenance.remove("gtins");
    }
    put(list, candidate);
    Told { nodes, shared }
}

/// Whether the code behind a label is only the first one in the words of the list: then the page is not that member's.
fn is_in_words(list: &List, candidate: &Candidate) -> bool {
    let own = candidate.sheet.gtins.first();
    let of_own = list.members.iter().map(|member| &member.candidate).find(|member| own.is_some() && member.sheet.gtins.first() == own);
    of_own
        .and_then(|member| member.sheet.provenance.get("gtins"))
        .is_some_and(|origin| origin.source == Source::VisibleText && !origin.locator.ends_with(']'))
}

fn put(list: List, candidate: &mut Candidate) {
    let own = candidate.sheet.gtins.first().cloned();
    let chosen = list.members.iter().find(|member| member.chosen).map(|member| &member.candidate);
    if let Some(chosen) = chosen.filter(|_| own.is_none()) {
        candidate.sheet.gtins = chosen.sheet.gtins.clone();
        let origin = chosen.sheet.provenance.get("gtins").cloned();
        candidate.sheet.provenance.extend(origin.map(|origin| ("gtins".to_owned(), origin)));
    }
    candidate.variants = list.members.into_iter().map(|member| member.candidate).collect();
}

/// A larger bottle costs more, a larger shoe does not: the price of the page stands for no size that is a content.
fn is_content(label: &str) -> bool {
    quantity(label).is_some()
}

/// Whether the price is only the lowest of several: `from 11.95`.
fn is_lowest(page: &Page<'_, '_, '_>, shown: &Shown) -> bool {
    shown.price.as_ref().is_some_and(|price| {
        let line = &page.lines[price.line].text;
        let before = line.split(price.raw.as_str()).next().unwrap_or_default();
        words::is_from(&before.to_lowercase()) || words::is_from(&page.label_before(price.line).to_lowercase())
    })
}

/// How far behind the heading a list may stand where no part of the page holds both heading and button, in nodes.
const NEAR: usize = 600;

/// Whether an element stands where the page speaks of its own product.
fn is_own(page: &Page<'_, '_, '_>, element: Spot<'_, '_>) -> bool {
    let Some(anchor) = page.anchor else { return false };
    let near = page.block.is_none() && (anchor.index()..anchor.index() + NEAR).contains(&element.index());
    !page.survey.is_aside(element) && (page.in_block(element.index()) || near) && !element.contains(anchor)
}

static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)accessoi?r|complete (?:the|your)|shop the look|zubeh|toebehoren|related|similar|ähnlich|passend|bijpassend|vergelijkbar|anderen? |andere |kunden|also |aussi",
        r"|similaire|compl[eé]ment|associ[eé]|souvent|together|zusammen|ensemble|bundle|recommend|recommand|empfehl|aanbevolen|relacionad",
        r"|tambi[eé]n|correlat|anche|abbin|recently|r[eé]cemment|zuletzt|d[eé]couvr",
    ))
});

/// Whether the title above a list says that it is one of other products.
fn is_titled_otherwise(page: &Page<'_, '_, '_>, first: Spot<'_, '_>) -> bool {
    let from = page.anchor.map_or(0, |anchor| anchor.end());
    let is_title = |node: &Spot<'_, '_>| matches!(node.tag(), Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 | Tag::Caption | Tag::Legend);
    let before = (from..first.index()).rev().take(NEAR).map(|index| page.survey.markup.at(index));
    before.filter(|node| node.is_element()).find(is_title).is_some_and(|title| OTHERS.is_match(&line_within(title, 300)))
}

/// A name of several words that has nothing in common with the heading is another product's.
fn is_foreign_name(page: &Page<'_, '_, '_>, name: &str) -> bool {
    let heading = page.anchor.map(|anchor| line_within(anchor, 2_000)).unwrap_or_default();
    name.split_whitespace().count() >= 2 && overlap(name, &heading) < 0.34
}
