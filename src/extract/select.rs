//! CSS selectors over the flat tree, for the rules of recipes. What a selector may be is scraper's to say: its parser reads them.
//!
//! People write selectors in their browser, so what a browser finds counts, and `tests.rs` holds them against scraper on html5ever's
//! tree. Known differences to that:
//! - what stands in a `<template>` is not found, and a page without a doctype takes classes and ids in any case, as in browsers;
//! - of a drawing's names the case is not looked at;
//! - NUL stays where it stands, so an element that holds nothing else is not `:empty`;
//! - what stands deeper than the tree is deep is a child of its last element, and a page that goes beyond all bounds is cut, or read as
//!   it is written where a browser would move its parts ([`Markup::rewritten`]).
//!
//! One pass over the page ([`Found`]) sorts its elements by what the selectors end in, so that many rules do not cost many walks.

mod element;
mod found;

use std::cell::Cell;

use scraper::selector::{Parser, Simple};
use selectors::SelectorList;
use selectors::matching::{self, MatchingContext, SelectorCaches};
use selectors::parser::{Component, ParseRelative};

use super::markup::{Markup, Spot};
use element::At;
pub(crate) use found::Found;

/// A group of selectors, as in `h1, .title`.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    list: SelectorList<Simple>,
    /// One for each selector of the group.
    keys: Vec<Key>,
}

/// What every element that a selector finds has: a sieve, and in lower case for that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Id(String),
    Class(String),
    Attribute(String),
    Name(String),
    Any,
}

/// Looks on a page for what selectors find there, as a browser has it.
pub(crate) fn on_page<'s, T>(
    html: &str,
    markup: &Markup<'_>,
    selectors: impl IntoIterator<Item = &'s Selector>,
    look: impl FnOnce(&Found<'_, '_>) -> T,
) -> T {
    let rewritten = markup.rewritten(html);
    let settled = rewritten.as_deref().map(Markup::scan);
    look(&Found::of(settled.as_ref().unwrap_or(markup), selectors))
}

impl Selector {
    /// The error is a sentence for people.
    pub(crate) fn parse(css: &str) -> Result<Self, String> {
        let list = SelectorList::parse(&Parser, &mut cssparser::Parser::new(css), ParseRelative::No)
            .map_err(|error| scraper::error::SelectorErrorKind::from(error).to_string())?;
        let keys = list.slice().iter().map(Key::of).collect();
        Ok(Self { list, keys })
    }

    fn matches(&self, spot: Spot<'_, '_>, scope: Spot<'_, '_>, caches: &mut SelectorCaches, steps: &Cell<u64>) -> bool {
        let at = |spot| At { spot, steps };
        let quirks = if spot.is_in_quirks() { matching::QuirksMode::Quirks } else { matching::QuirksMode::NoQuirks };
        let (flags, restyling) = (matching::NeedsSelectorFlags::No, matching::MatchingForInvalidation::No);
        let mut context = MatchingContext::new(matching::MatchingMode::Normal, None, caches, quirks, flags, restyling);
        // Without one `:scope` is the page's root element.
        context.scope_element = (scope.index() > 0).then(|| scope.opaque());
        let matched = matching::matches_selector_list(&self.list, &at(spot), &mut context);
        // A walk that was broken off proves nothing, least of all for `:not`.
        matched && steps.get() > 0
    }
}

impl Key {
    fn of(selector: &selectors::parser::Selector<Simple>) -> Self {
        selector.iter().filter_map(Self::of_part).min_by_key(Self::rank).unwrap_or(Self::Any)
    }

    fn of_part(part: &Component<Simple>) -> Option<Self> {
        let lower = |name: &scraper::selector::CssLocalName| name.0.to_ascii_lowercase().to_string();
        Some(match part {
            Component::ID(id) => Self::Id(lower(id)),
            Component::Class(class) => Self::Class(lower(class)),
            Component::AttributeInNoNamespaceExists { local_name, .. } | Component::AttributeInNoNamespace { local_name, .. } => {
                Self::Attribute(lower(local_name))
            }
            Component::LocalName(name) => Self::Name(lower(&name.lower_name)),
            _ => return None,
        })
    }

    /// The rarer on a page, the lower.
    fn rank(&self) -> u8 {
        match self {
            Self::Id(_) => 0,
            Self::Class(_) => 1,
            Self::Attribute(_) => 2,
            Self::Name(_) => 3,
            Self::Any => 4,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
