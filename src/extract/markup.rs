//! A page as a flat tree, made in one pass and without copying: what the generic readers walk over.
//!
//! Building html5ever's tree costs several times as much and is nearly the whole price of a page, so it is left to those who need
//! its exactness: the CSS rules of recipes. This scanner follows HTML's rules for tags, attributes, raw text and implied end tags,
//! and leaves out what moves content about (foster parenting, the adoption agency). It never recurses, looks at each byte a bounded
//! number of times, and holds open no more than [`DEEPEST`] elements. `tests.rs` compares it with html5ever.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use super::tag::Tag;

/// Elements open at once. Pages of shops have 30 to 60; what stands deeper becomes a child of the last one.
const DEEPEST: usize = 256;
/// Nodes kept: some 20 times those of a long page.
const MOST_NODES: usize = 600_000;
/// Below this many bytes little room is made beforehand, and above that many no more.
const SHORT: usize = 50_000;
const LARGEST: usize = 4_000_000;
/// Attributes kept per element.
const MOST_ATTRIBUTES: usize = 100;

/// The page. Nodes stand in the order of the page, each before its descendants.
#[derive(Debug)]
pub(crate) struct Markup<'h> {
    nodes: Vec<Node<'h>>,
    attributes: Vec<(&'h str, &'h str)>,
    /// Whether the page was longer than what is kept.
    pub(crate) cut: bool,
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
        // A short text is mostly a head or a field of structured data, with few tags for its length.
        let room = if html.len() < SHORT { html.len() / 100 + 8 } else { html.len().min(LARGEST) / 24 };
        let mut scanner = Scanner {
            html,
            at: 0,
            markup: Self { nodes: Vec::with_capacity(room), attributes: Vec::with_capacity(room / 2), cut: false },
            open: Vec::with_capacity(64),
            dropped: 0,
            foreign: 0,
        };
        scanner.run();
        scanner.markup
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

    /// The elements that follow under the same parent.
    pub(crate) fn next_elements(self) -> impl Iterator<Item = Self> {
        let end = self.parent().map_or(0, |parent| parent.node().end);
        let at = move |index: u32| (index < end).then_some(Self { markup: self.markup, index });
        std::iter::successors(at(self.node().end), move |spot| at(spot.node().end)).filter(|spot| spot.is_element())
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

struct Scanner<'h> {
    html: &'h str,
    at: usize,
    markup: Markup<'h>,
    open: Vec<(u32, Tag)>,
    /// Elements open beyond the limit.
    dropped: usize,
    /// Open `<svg>` and `<math>`: there `/>` ends an element.
    foreign: usize,
}

impl<'h> Scanner<'h> {
    fn run(&mut self) {
        self.markup.nodes.push(Node { parent: 0, end: 0, source: "", kind: Kind::Element { tag: Tag::Other, attributes: (0, 0) } });
        self.open.push((0, Tag::Other));
        let mut text_from = 0;
        while let Some(found) = memchr(b'<', &self.html.as_bytes()[self.at..]) {
            let start = self.at + found;
            self.at = start;
            if !self.markup_at(start, text_from) {
                self.at = start + 1;
                continue;
            }
            text_from = self.at;
            if self.markup.nodes.len() >= MOST_NODES {
                self.markup.cut = true;
                break;
            }
        }
        if !self.markup.cut {
            self.text(text_from, self.html.len());
        }
        let end = self.markup.nodes.len() as u32;
        while let Some((index, _)) = self.open.pop() {
            self.markup.nodes[index as usize].end = end;
        }
    }

    /// Reads the tag or comment that begins here; false when it is a mere `<`.
    fn markup_at(&mut self, start: usize, text_from: usize) -> bool {
        let bytes = self.html.as_bytes();
        match bytes.get(start + 1) {
            Some(b'/') if bytes.get(start + 2).is_some_and(u8::is_ascii_alphabetic) => {
                self.text(text_from, start);
                self.end_tag(start + 2);
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                self.text(text_from, start);
                self.start_tag(start + 1);
            }
            Some(b'/') if start + 2 == bytes.len() => return false,
            Some(b'!' | b'?' | b'/') => {
                self.text(text_from, start);
                self.at = self.comment_end(start);
            }
            _ => return false,
        }
        true
    }

    fn comment_end(&self, start: usize) -> usize {
        let bytes = self.html.as_bytes();
        if let Some(rest) = bytes[start..].strip_prefix(b"<!--") {
            if rest.starts_with(b">") || rest.starts_with(b"->") {
                return start + if rest[0] == b'>' { 5 } else { 6 };
            }
            let ends = |at: &usize| rest[..*at].ends_with(b"--") || rest[..*at].ends_with(b"--!");
            return memchr_iter(b'>', rest).find(ends).map_or(self.html.len(), |at| start + 4 + at + 1);
        }
        if self.foreign > 0 && bytes[start..].starts_with(b"<![CDATA[") {
            return memmem::find(&bytes[start..], b"]]>").map_or(self.html.len(), |at| start + at + 3);
        }
        memchr(b'>', &bytes[start..]).map_or(self.html.len(), |at| start + at + 1)
    }

    fn push(&mut self, source: &'h str, kind: Kind) -> u32 {
        let index = self.markup.nodes.len() as u32;
        let parent = self.open.last().map_or(0, |(index, _)| *index);
        self.markup.nodes.push(Node { parent, end: index + 1, source, kind });
        index
    }

    fn text(&mut self, from: usize, to: usize) {
        if from < to {
            self.push(&self.html[from..to], Kind::Text);
        }
    }

    fn start_tag(&mut self, from: usize) {
        let name_end = self.name_end(from);
        let name = &self.html[from..name_end];
        let first = self.markup.attributes.len();
        self.at = name_end;
        let Some(closed) = self.attributes(first) else {
            // The page ends inside the tag.
            self.markup.attributes.truncate(first);
            self.at = self.html.len();
            return;
        };
        let tag = self.tag(name);
        self.imply_ends(tag);
        let count = (self.markup.attributes.len() - first) as u8;
        let index = self.push(name, Kind::Element { tag, attributes: (first as u32, count) });
        if tag.is_raw() {
            self.raw(index, name);
        } else if !tag.is_void() && !(closed && (self.foreign > 0 || matches!(tag, Tag::Svg | Tag::Math))) {
            self.enter(index, tag);
        }
    }

    /// Inside of a drawing only the drawings are told apart; HTML there means that the drawing was not ended.
    fn tag(&mut self, name: &str) -> Tag {
        let tag = Tag::of(name);
        if self.foreign == 0 || matches!(tag, Tag::Svg | Tag::Math) {
            return tag;
        }
        if !tag.breaks_out() || name.eq_ignore_ascii_case("image") {
            return Tag::Other;
        }
        if let Some(place) = self.open.iter().position(|(_, open)| matches!(open, Tag::Svg | Tag::Math)) {
            self.close_from(place);
        }
        tag
    }

    fn enter(&mut self, index: u32, tag: Tag) {
        if self.open.len() >= DEEPEST {
            self.dropped += 1;
            return;
        }
        self.open.push((index, tag));
        if matches!(tag, Tag::Svg | Tag::Math) {
            self.foreign += 1;
        }
    }

    fn name_end(&self, from: usize) -> usize {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
        self.html.as_bytes()[from..].iter().position(ends).map_or(self.html.len(), |length| from + length)
    }

    /// Reads up to the `>`; whether the tag ends in `/>`, or nothing when the page ends first.
    fn attributes(&mut self, first: usize) -> Option<bool> {
        let bytes = self.html.as_bytes();
        loop {
            while bytes.get(self.at)?.is_ascii_whitespace() {
                self.at += 1;
            }
            match bytes[self.at] {
                b'>' => {
                    self.at += 1;
                    return Some(false);
                }
                b'/' if bytes.get(self.at + 1)? == &b'>' => {
                    self.at += 2;
                    return Some(true);
                }
                b'/' => self.at += 1,
                _ => self.attribute(first)?,
            }
        }
    }

    fn attribute(&mut self, first: usize) -> Option<()> {
        let bytes = self.html.as_bytes();
        let from = self.at;
        // A name may begin with `=`, and with that only.
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'=');
        let length = bytes[from + 1..].iter().position(ends)? + 1;
        let name = &self.html[from..from + length];
        self.at = from + length;
        let mut next = self.at;
        while bytes.get(next)?.is_ascii_whitespace() {
            next += 1;
        }
        let value = if bytes[next] == b'=' {
            self.at = next + 1;
            self.value()?
        } else {
            ""
        };
        let kept = &self.markup.attributes[first..];
        if kept.len() < MOST_ATTRIBUTES && !kept.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            self.markup.attributes.push((name, value));
        }
        Some(())
    }

    fn value(&mut self) -> Option<&'h str> {
        let bytes = self.html.as_bytes();
        while bytes.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        let from = self.at;
        if let quote @ (b'"' | b'\'') = bytes[from] {
            let length = memchr(quote, &bytes[from + 1..])?;
            self.at = from + length + 2;
            return Some(&self.html[from + 1..from + 1 + length]);
        }
        let length = bytes[from..].iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>')?;
        self.at = from + length;
        Some(&self.html[from..from + length])
    }

    fn raw(&mut self, index: u32, name: &str) {
        let end = self.raw_end(self.at, name);
        if self.at < end {
            let text = self.markup.nodes.len() as u32;
            let source = &self.html[self.at..end];
            self.markup.nodes.push(Node { parent: index, end: text + 1, source, kind: Kind::Raw });
            self.markup.nodes[index as usize].end = text + 1;
        }
        let bytes = self.html.as_bytes();
        self.at = memchr(b'>', &bytes[end..]).map_or(self.html.len(), |at| end + at + 1);
    }

    /// Where the end tag of a raw element begins.
    fn raw_end(&self, from: usize, name: &str) -> usize {
        let bytes = self.html.as_bytes();
        memmem::find_iter(&bytes[from..], b"</")
            .map(|at| from + at)
            .find(|at| {
                let rest = &bytes[at + 2..];
                rest.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name.as_bytes()))
                    && rest.get(name.len()).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
            })
            .unwrap_or(self.html.len())
    }

    fn imply_ends(&mut self, tag: Tag) {
        // A cell ends the cell before it, then a row the row: up to three in a row.
        while let Some(place) = self.open.iter().rposition(|(_, open)| tag.ends(*open)) {
            let (_, found) = self.open[place];
            let shielded = self.open[place + 1..].iter().any(|(_, between)| between.shields(found));
            // A heading is ended only by one that stands directly in it.
            if place == 0 || shielded || (found.is_heading() && place + 1 < self.open.len()) {
                return;
            }
            self.close_from(place);
        }
    }

    fn end_tag(&mut self, from: usize) {
        let name_end = self.name_end(from);
        let name = &self.html[from..name_end];
        // End tags may carry attributes; a `>` in quotes does not end them.
        let first = self.markup.attributes.len();
        self.at = name_end;
        let whole = self.attributes(first).is_some();
        self.markup.attributes.truncate(first);
        if !whole {
            self.at = self.html.len();
            return;
        }
        if self.dropped > 0 {
            self.dropped -= 1;
            return;
        }
        let tag = Tag::of(name);
        if tag == Tag::Br {
            self.push(name, Kind::Element { tag, attributes: (first as u32, 0) });
            return;
        }
        if matches!(tag, Tag::Html | Tag::Body) {
            return; // what follows still belongs to the page
        }
        let place = self.open.iter().rposition(|(index, open)| {
            (*open == tag || *open == Tag::Other || tag.is_heading() && open.is_heading())
                && (tag.is_heading() && open.is_heading() || self.markup.nodes[*index as usize].source.eq_ignore_ascii_case(name))
        });
        if let Some(place) = place.filter(|place| *place > 0)
            && !self.open[place + 1..].iter().any(|(_, between)| between.shields(tag))
        {
            self.close_from(place);
        }
    }

    fn close_from(&mut self, place: usize) {
        let end = self.markup.nodes.len() as u32;
        for (index, tag) in self.open.drain(place..) {
            self.markup.nodes[index as usize].end = end;
            if matches!(tag, Tag::Svg | Tag::Math) {
                self.foreign -= 1;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
