//! A node of the flat tree as the crate `selectors` sees elements.

use std::borrow::Cow;
use std::cell::Cell;

use scraper::selector::{CssLocalName, CssString, NonTSPseudoClass, PseudoElement, Simple};
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::BloomFilter;
use selectors::matching::{ElementSelectorFlags, MatchingContext};
use selectors::parser::SelectorImpl;
use selectors::{Element, OpaqueElement};

use crate::extract::markup::{Spot, unescape_attribute};
use crate::extract::tag::Tag;

type Namespace = <Simple as SelectorImpl>::NamespaceUrl;

/// An element, and the steps that matching may still take from one to another.
#[derive(Clone)]
pub(super) struct At<'a, 'm, 'h> {
    pub(super) spot: Spot<'m, 'h>,
    pub(super) steps: &'a Cell<u64>,
}

/// Bytes of a value that cost as much as one step.
const BYTES_PER_STEP: usize = 64;
/// Names of attributes that cost as much.
const NAMES_PER_STEP: usize = 16;

impl std::fmt::Debug for At<'_, '_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.spot.fmt(f)
    }
}

impl<'m, 'h> At<'_, 'm, 'h> {
    /// One step further, where there are any left.
    fn step(&self, to: Option<Self>) -> Option<Self> {
        self.pay(1).then_some(to).flatten()
    }

    fn first(&self, spots: impl Iterator<Item = Spot<'m, 'h>>) -> Option<Self> {
        spots.take_while(|_| self.pay(1)).find(|spot| spot.is_element()).map(|spot| Self { spot, steps: self.steps })
    }

    /// The value that answers to this test, where there is enough left to look at it.
    fn value(&self, is_name: impl Fn(&str) -> bool) -> Option<Cow<'h, str>> {
        let attributes = self.spot.attributes();
        let (_, value) = attributes.iter().find(|(name, _)| is_name(name))?;
        self.pay(1 + attributes.len() / NAMES_PER_STEP + value.len() / BYTES_PER_STEP).then(|| unescape_attribute(value))
    }

    fn pay(&self, steps: usize) -> bool {
        self.steps.set(self.steps.get().saturating_sub(steps as u64));
        self.steps.get() > 0
    }
}

/// Asked for in lower case it is HTML, where case means nothing; `viewBox` in a drawing is nothing else.
fn is_called(written: &str, wanted: &str) -> bool {
    written == wanted || written.eq_ignore_ascii_case(wanted) && !wanted.bytes().any(|byte| byte.is_ascii_uppercase())
}

impl Element for At<'_, '_, '_> {
    type Impl = Simple;

    fn opaque(&self) -> OpaqueElement {
        self.spot.opaque()
    }

    fn parent_element(&self) -> Option<Self> {
        let parent = self.spot.parent().filter(|parent| parent.index() > 0);
        self.step(parent.map(|spot| Self { spot, steps: self.steps }))
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        let parent = self.spot.parent()?;
        let mut at = self.spot.before()?;
        while at != parent && self.pay(1) {
            let above = at.parent()?;
            match above == parent {
                true if at.is_element() => return Some(Self { spot: at, steps: self.steps }),
                true => at = at.before()?,
                // The deepest end of what stands before it.
                false => at = above,
            }
        }
        None
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.first(self.spot.next())
    }

    fn first_element_child(&self) -> Option<Self> {
        if self.spot.tag() == Tag::Template { None } else { self.first(self.spot.children()) }
    }

    fn is_html_element_in_html_document(&self) -> bool {
        !self.spot.is_foreign()
    }

    fn has_local_name(&self, name: &CssLocalName) -> bool {
        is_called(self.spot.name(), &name.0)
    }

    fn has_namespace(&self, namespace: &Namespace) -> bool {
        (&**namespace == "http://www.w3.org/1999/xhtml") != self.spot.is_foreign()
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.spot.name().eq_ignore_ascii_case(other.spot.name())
    }

    fn attr_matches(
        &self,
        _: &NamespaceConstraint<&Namespace>,
        name: &CssLocalName,
        operation: &AttrSelectorOperation<&CssString>,
    ) -> bool {
        self.value(|key| is_called(key, &name.0)).is_some_and(|value| operation.eval_str(&value))
    }

    fn match_non_ts_pseudo_class(&self, class: &NonTSPseudoClass, _: &mut MatchingContext<'_, Simple>) -> bool {
        match *class {}
    }

    fn match_pseudo_element(&self, element: &PseudoElement, _: &mut MatchingContext<'_, Simple>) -> bool {
        match *element {}
    }

    fn apply_selector_flags(&self, _: ElementSelectorFlags) {}

    fn is_link(&self) -> bool {
        matches!(self.spot.tag(), Tag::A | Tag::Area) && self.spot.has("href")
    }

    fn is_html_slot_element(&self) -> bool {
        false
    }

    fn has_id(&self, id: &CssLocalName, case: CaseSensitivity) -> bool {
        self.value(|key| key.eq_ignore_ascii_case("id")).is_some_and(|value| case.eq(id.0.as_bytes(), value.as_bytes()))
    }

    fn has_class(&self, class: &CssLocalName, case: CaseSensitivity) -> bool {
        let is = |name: &str| case.eq(class.0.as_bytes(), name.as_bytes());
        self.value(|key| key.eq_ignore_ascii_case("class")).is_some_and(|value| value.split_ascii_whitespace().any(is))
    }

    fn has_custom_state(&self, _: &CssLocalName) -> bool {
        false
    }

    fn imported_part(&self, _: &CssLocalName) -> Option<CssLocalName> {
        None
    }

    fn is_part(&self, _: &CssLocalName) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        self.spot.tag() == Tag::Template || self.spot.children().next().is_none()
    }

    fn is_root(&self) -> bool {
        self.spot.parent().is_some_and(|parent| parent.index() == 0)
    }

    fn add_element_unique_hashes(&self, _: &mut BloomFilter) -> bool {
        false
    }
}
