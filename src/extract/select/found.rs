//! Where on a page each selector of a recipe may find something.

use std::cell::Cell;

use selectors::matching::SelectorCaches;

use super::{Key, Selector};
use crate::extract::markup::{Markup, Spot, unescape_attribute};
use crate::extract::tag::Tag;

/// Steps from element to element that all rules together may take, per node and as a start. An ordinary page takes one or two per node;
/// without a limit `a ~ b` is quadratic in the width of a page, and `a b c` multiplies by its depth.
const STEPS_PER_NODE: u64 = 100;
const STEPS: u64 = 4_000_000;
/// One rule may take this part of what is left, so that none leaves nothing to the others.
const SHARE: u64 = 4;

/// The elements of a page by what selectors end in.
pub(crate) struct Found<'m, 'h> {
    markup: &'m Markup<'h>,
    sieve: Sieve,
    /// What is left to the rule at hand, and to those after it.
    steps: Cell<u64>,
    left: Cell<u64>,
    cut: Cell<bool>,
}

impl std::fmt::Debug for Found<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("steps", &self.steps).finish_non_exhaustive()
    }
}

impl<'m, 'h> Found<'m, 'h> {
    /// Looks once through the page for all that these selectors need.
    pub(crate) fn of<'s>(markup: &'m Markup<'h>, selectors: impl IntoIterator<Item = &'s Selector>) -> Self {
        let mut sieve = Sieve::default();
        for key in selectors.into_iter().flat_map(|selector| &selector.keys) {
            sieve.add(key);
        }
        let mut at = 0;
        while at + 1 < markup.len() {
            at += 1;
            let spot = markup.at(at);
            if spot.is_element() {
                sieve.look_at(spot);
                // What a template holds is no part of the page.
                if spot.tag() == Tag::Template {
                    at = spot.end() - 1;
                }
            }
        }
        let found = Self {
            markup,
            sieve,
            steps: Cell::new(1),
            left: Cell::new(STEPS + STEPS_PER_NODE * markup.len() as u64),
            cut: Cell::new(false),
        };
        found.begin();
        found
    }

    /// To be called before each rule.
    pub(crate) fn begin(&self) {
        self.cut.set(self.is_cut());
        let left = self.left.get() + self.steps.get();
        self.steps.set(left / SHARE);
        self.left.set(left - left / SHARE);
    }

    /// Whether the page is made so that looking further would cost this rule too much: what was not looked at was not found.
    pub(crate) fn is_spent(&self) -> bool {
        self.steps.get() == 0
    }

    /// Whether that came to pass for any rule.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.get() || self.is_spent()
    }

    /// Takes so many steps away, for what is done with what was found; whether any are left.
    pub(crate) fn pay(&self, steps: usize) -> bool {
        self.steps.set(self.steps.get().saturating_sub(steps as u64));
        !self.is_spent()
    }

    /// The elements that a selector finds below another one, or without one on the whole page, in its order.
    pub(crate) fn select<'a>(&'a self, scope: Option<Spot<'m, 'h>>, selector: &'a Selector) -> impl Iterator<Item = Spot<'m, 'h>> + 'a {
        let scope = scope.unwrap_or(self.markup.root());
        let mut caches = SelectorCaches::default();
        let spots = self.candidates(selector, scope.index() + 1, scope.end()).into_iter().map(|at| self.markup.at(at as usize));
        spots.take_while(|_| !self.is_spent()).filter(move |spot| selector.matches(*spot, scope, &mut caches, &self.steps))
    }

    fn candidates(&self, selector: &Selector, from: usize, to: usize) -> Vec<u32> {
        let mut all = Vec::new();
        for key in &selector.keys {
            let places = self.sieve.places(key);
            let start = places.partition_point(|at| (*at as usize) < from);
            let end = places.partition_point(|at| (*at as usize) < to);
            all.extend_from_slice(&places[start..end]);
        }
        if selector.keys.len() > 1 {
            all.sort_unstable();
            all.dedup();
        }
        all
    }
}

/// What the selectors end in, and where it was seen.
#[derive(Default)]
struct Sieve {
    ids: Wanted,
    classes: Wanted,
    attributes: Wanted,
    names: Wanted,
    any: Option<Vec<u32>>,
}

/// Names of one kind, each with its places. A recipe has a few dozen of all kinds.
#[derive(Default)]
struct Wanted {
    /// A bit for each length and beginning that a name may have: most names of a page are told off by it.
    shapes: u64,
    places: Vec<(String, Vec<u32>)>,
}

impl Sieve {
    fn add(&mut self, key: &Key) {
        match key {
            Key::Id(name) => self.ids.add(name),
            Key::Class(name) => self.classes.add(name),
            Key::Attribute(name) => self.attributes.add(name),
            Key::Name(name) => self.names.add(name),
            Key::Any => drop(self.any.get_or_insert_default()),
        }
    }

    fn places(&self, key: &Key) -> &[u32] {
        match key {
            Key::Id(name) => self.ids.of(name),
            Key::Class(name) => self.classes.of(name),
            Key::Attribute(name) => self.attributes.of(name),
            Key::Name(name) => self.names.of(name),
            Key::Any => self.any.as_deref().unwrap_or_default(),
        }
    }

    fn look_at(&mut self, spot: Spot<'_, '_>) {
        let at = spot.index() as u32;
        if let Some(any) = &mut self.any {
            any.push(at);
        }
        self.names.see(spot.name(), at);
        for (name, value) in spot.attributes() {
            self.attributes.see(name, at);
            if name.eq_ignore_ascii_case("class") {
                unescape_attribute(value).split_ascii_whitespace().for_each(|class| self.classes.see(class, at));
            } else if name.eq_ignore_ascii_case("id") {
                self.ids.see(&unescape_attribute(value), at);
            }
        }
    }
}

impl Wanted {
    fn shape(name: &str) -> u64 {
        let first = name.as_bytes().first().map_or(0, u8::to_ascii_lowercase);
        1 << ((name.len() as u64 ^ u64::from(first) << 2) & 63)
    }

    fn add(&mut self, name: &str) {
        self.shapes |= Self::shape(name);
        if !self.places.iter().any(|(known, _)| known == name) {
            self.places.push((name.to_owned(), Vec::new()));
        }
    }

    fn see(&mut self, name: &str, at: u32) {
        if self.shapes & Self::shape(name) == 0 {
            return;
        }
        let wanted = self.places.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, places)) = wanted.filter(|(_, places)| places.last() != Some(&at)) {
            places.push(at);
        }
    }

    fn of(&self, name: &str) -> &[u32] {
        self.places.iter().find(|(known, _)| known == name).map_or(&[], |(_, places)| places)
    }
}
