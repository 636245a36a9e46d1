//! A page as a flat tree, made in one pass and without copying: what the generic readers walk over.
//!
//! Building html5ever's tree costs several times as much. This scanner follows HTML's rules for tags, attributes, raw text, implied
//! elements and implied end tags, and leaves out what moves content about (foster parenting, the adoption agency): see [`implied`] and
//! [`Markup::rewritten`]. It never recurses, looks at each byte a bounded number of times, and holds open no more than
//! [`scanner::DEEPEST`] elements. `tests.rs` compares it with html5ever.

mod implied;
mod raw;
mod scanner;

use std::borrow::Cow;

use memchr::memchr;

use super::tag::Tag;

/// Elements that a browser may add to a page by repeating some.
const MOST_REPEATED: u64 = 500_000;

/// The page. Nodes stand in the order of the page, each before its descendants.
#[derive(Debug)]
pub(crate) struct Markup<'h> {
    nodes: Vec<Node<'h>>,
    attributes: Vec<(&'h str, &'h str)>,
    /// Whether the page was longer than what is kept.
    pub(crate) cut: bool,
    /// Whether browsers read it as pages of the last century: there classes and ids are equal in any case.
    pub(crate) quirks: bool,
    /// Whether browsers may have moved or repeated something: see [`implied`].
    moved: bool,
    /// Elements that browsers may repeat in each block behind them; without limit where the page is too deep.
    repeated: u32,
}

#[derive(Debug)]
struct Node<'h> {
    parent: u32,
    /// Behind the last descendant.
    end: u32,
    /// The element's name, or the text as it stands in the source.
    source: &'h str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Element {
        tag: Tag,
        attributes: (u32, u8),
    },
    Text,
    /// The content of a script and the like: no entities.
    Raw,
}

/// A node: an element, or a text.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'m, 'h> {
    markup: &'m Markup<'h>,
    index: u32,
}

impl std::fmt::Debug for Spot<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{} #{}>", self.node().source, self.index)
    }
}

impl PartialEq for Spot<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && std::ptr::eq(self.markup, other.markup)
    }
}

/// What a node is.
pub(crate) enum Piece<'m, 'h> {
    Element(Spot<'m, 'h>),
    Text(&'h str),
}

impl<'h> Markup<'h> {
    pub(crate) fn scan(html: &'h str) -> Self {
        scanner::Scanner::scan(html)
    }

    /// The page written out anew where browsers move its content about, for the rules of recipes, which are written after what they show: so costly that all others
    /// read it as it stands. Nothing for a page that would grow beyond measure by it.
    pub(crate) fn rewritten(&self, html: &str) -> Option<String> {
        let grown = u64::from(self.repeated) * self.nodes.len() as u64;
        if !self.moved || self.cut || grown > MOST_REPEATED {
            return None;
        }
        let mut page = scraper::Html::parse_document(html).html();
        // The identifier that says what quirks are is lost; without any doctype they are the rule.
        if let Some(start) = page.find("<html").filter(|_| self.quirks) {
            page.drain(..start);
        }
        Some(page)
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The invisible node that holds the whole page.
    pub(crate) fn root(&self) -> Spot<'_, 'h> {
        Spot { markup: self, index: 0 }
    }

    pub(crate) fn at(&self, index: usize) -> Spot<'_, 'h> {
        Spot { markup: self, index: index as u32 }
    }

    /// All elements in the order of the page.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Spot<'_, 'h>> {
        self.root().elements()
    }

    /// Whether every node stands behind its parent and ends within it.
    pub(crate) fn is_sound(&self) -> bool {
        (1..self.len()).map(|index| self.at(index)).all(|spot| {
            spot.parent().is_some_and(|parent| parent.index() < spot.index() && spot.end() <= parent.end() && parent.is_element())
                && spot.index() < spot.end()
        }) && self.root().end() == self.len()
    }

    pub(crate) fn first(&self, tag: Tag) -> Option<Spot<'_, 'h>> {
        self.elements().find(|element| element.tag() == tag)
    }
}

impl<'m, 'h> Spot<'m, 'h> {
    fn node(self) -> &'m Node<'h> {
        &self.markup.nodes[self.index as usize]
    }

    pub(crate) fn index(self) -> usize {
        self.index as usize
    }

    /// Behind the last descendant.
    pub(crate) fn end(self) -> usize {
        self.node().end as usize
    }

    pub(crate) fn is_element(self) -> bool {
        matches!(self.node().kind, Kind::Element { .. })
    }

    pub(crate) fn piece(self) -> Piece<'m, 'h> {
        match self.node().kind {
            Kind::Element { .. } => Piece::Element(self),
            Kind::Text | Kind::Raw => Piece::Text(self.node().source),
        }
    }

    pub(crate) fn tag(self) -> Tag {
        match self.node().kind {
            Kind::Element { tag, .. } => tag,
            Kind::Text | Kind::Raw => Tag::Other,
        }
    }

    /// The element's name as it is written.
    pub(crate) fn name(self) -> &'h str {
        self.node().source
    }

    pub(crate) fn parent(self) -> Option<Self> {
        (self.index > 0).then(|| Self { markup: self.markup, index: self.node().parent })
    }

    /// From the parent to the root.
    pub(crate) fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |spot| spot.parent())
    }

    /// All nodes inside, in the order of the page.
    pub(crate) fn inside(self) -> impl Iterator<Item = Self> {
        (self.index + 1..self.node().end).map(move |index| Self { markup: self.markup, index })
    }

    /// All elements inside, in the order of the page.
    pub(crate) fn elements(self) -> impl Iterator<Item = Self> {
        self.inside().filter(|spot| spot.is_element())
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        let end = self.node().end;
        let at = move |index: u32| (index < end).then_some(Self { markup: self.markup, index });
        std::iter::successors(at(self.index + 1), move |spot| at(spot.node().end))
    }

    /// The nodes that follow under the same parent.
    pub(crate) fn next(self) -> impl Iterator<Item = Self> {
        let end = self.parent().map_or(0, |parent| parent.node().end);
        let at = move |index: u32| (index < end).then_some(Self { markup: self.markup, index });
        std::iter::successors(at(self.node().end), move |spot| at(spot.node().end))
    }

    /// The elements among them.
    pub(crate) fn next_elements(self) -> impl Iterator<Item = Self> {
        self.next().filter(|spot| spot.is_element())
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        (self.index..self.node().end).contains(&other.index)
    }

    /// Names and values as they stand in the source.
    pub(crate) fn attributes(self) -> &'m [(&'h str, &'h str)] {
        match self.node().kind {
            Kind::Element { attributes: (from, count), .. } => &self.markup.attributes[from as usize..from as usize + usize::from(count)],
            Kind::Text | Kind::Raw => &[],
        }
    }

    /// The value as it stands in the source, with its entities.
    pub(crate) fn raw_attr(self, name: &str) -> Option<&'h str> {
        self.attributes().iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    pub(crate) fn attr(self, name: &str) -> Option<Cow<'h, str>> {
        self.raw_attr(name).map(unescape_attribute)
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.raw_attr(name).is_some()
    }

    /// All attributes whose name begins like this, such as `data-`.
    pub(crate) fn attrs_from(self, prefix: &'static str) -> impl Iterator<Item = (&'h str, &'h str)> + 'm {
        let starts = move |name: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        self.attributes().iter().copied().filter(move |(name, _)| starts(name))
    }

    /// The node before it in the order of the page: its parent, or the last one within what stands before it.
    pub(crate) fn before(self) -> Option<Self> {
        Some(Self { markup: self.markup, index: self.index.checked_sub(1)? })
    }

    /// Whether it is a drawing or stands in one: such names are no HTML.
    pub(crate) fn is_foreign(self) -> bool {
        std::iter::once(self).chain(self.ancestors()).any(|spot| matches!(spot.tag(), Tag::Svg | Tag::Math))
    }

    pub(crate) fn is_in_quirks(self) -> bool {
        self.markup.quirks
    }

    /// What tells this node from all others, for as long as the page stays where it is.
    pub(crate) fn opaque(self) -> selectors::OpaqueElement {
        selectors::OpaqueElement::new(self.node())
    }

    /// The text that it is, whether shown or not; nothing for an element.
    pub(crate) fn text(self) -> Option<Cow<'h, str>> {
        match self.node().kind {
            Kind::Element { .. } => None,
            Kind::Raw if !self.parent().is_some_and(|holder| matches!(holder.tag(), Tag::Title | Tag::Textarea)) => {
                Some(Cow::Borrowed(self.node().source))
            }
            Kind::Raw | Kind::Text => Some(unescape(self.node().source)),
        }
    }

    /// All texts inside.
    pub(crate) fn texts(self) -> impl Iterator<Item = Cow<'h, str>> {
        self.inside().filter_map(Self::text)
    }

    /// The content of a script, title or the like, as it stands there.
    pub(crate) fn raw_text(self) -> &'h str {
        self.inside().next().filter(|spot| matches!(spot.node().kind, Kind::Raw)).map_or("", |spot| spot.node().source)
    }
}

pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() { Cow::Borrowed(text) } else { htmlize::unescape(text) }
}

pub(crate) fn unescape_attribute(text: &str) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() { Cow::Borrowed(text) } else { htmlize::unescape_attribute(text) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
pub(super) mod tests;
