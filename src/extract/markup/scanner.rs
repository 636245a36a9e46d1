//! The scanner: from the text of a page to its flat tree, in one pass.

use memchr::memchr;

use super::implied::Stage;
use super::{Kind, Markup, Node};
use crate::extract::tag::Tag;

/// Elements open at once. Pages of shops have 30 to 60; what stands deeper becomes a child of the last one.
const DEEPEST: usize = 256;
/// Nodes kept: some 20 times those of a long page.
const MOST_NODES: usize = 600_000;
/// Below this many bytes little room is made beforehand, and above that many no more.
const SHORT: usize = 50_000;
const LARGEST: usize = 4_000_000;
/// Attributes kept per element.
pub(super) const MOST_ATTRIBUTES: usize = 100;

pub(super) struct Scanner<'h> {
    pub(super) html: &'h str,
    pub(super) at: usize,
    pub(super) markup: Markup<'h>,
    pub(super) open: Vec<(u32, Tag)>,
    pub(super) stage: Stage,
    /// Whether a form was begun and not ended: HTML knows no form in a form.
    pub(super) form: bool,
    /// Elements open beyond the limit.
    dropped: usize,
    /// Open `<svg>` and `<math>`: there `/>` ends an element.
    pub(super) foreign: usize,
}

impl<'h> Scanner<'h> {
    pub(super) fn scan(html: &'h str) -> Markup<'h> {
        // A short text is mostly a head or a field of structured data, with few tags for its length.
        let room = if html.len() < SHORT { html.len() / 100 + 8 } else { html.len().min(LARGEST) / 24 };
        let markup = Markup {
            nodes: Vec::with_capacity(room),
            attributes: Vec::with_capacity(room / 2),
            cut: false,
            quirks: true,
            moved: false,
            repeated: 0,
        };
        let open = Vec::with_capacity(64);
        let mut scanner = Self { html, at: 0, markup, open, stage: Stage::Before, form: false, dropped: 0, foreign: 0 };
        scanner.run();
        scanner.markup
    }

    fn run(&mut self) {
        self.markup.nodes.push(Node { parent: 0, end: 0, source: "", kind: Kind::Element { tag: Tag::Other, attributes: (0, 0) } });
        self.open.push((0, Tag::Other));
        self.at = if self.html.starts_with('\u{feff}') { 3 } else { 0 };
        let mut text_from = self.at;
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
            if self.stage != Stage::Body {
                self.begin(Tag::Other, (0, 0));
            }
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
                if self.stage == Stage::Before {
                    self.doctype(&self.html[start..self.at]);
                }
            }
            _ => return false,
        }
        true
    }

    pub(super) fn push(&mut self, source: &'h str, kind: Kind) -> u32 {
        let index = self.markup.nodes.len() as u32;
        let parent = self.open.last().map_or(0, |(index, _)| *index);
        self.markup.nodes.push(Node { parent, end: index + 1, source, kind });
        index
    }

    fn text(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        let text = &self.html[from..to];
        if self.stage != Stage::Body && !self.admits_text(text) {
            return;
        }
        if (self.in_rows() || self.top() == Tag::Colgroup) && !text.trim_ascii().is_empty() {
            self.markup.moved = true;
        }
        self.push(text, Kind::Text);
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
        let attributes = (first as u32, (self.markup.attributes.len() - first) as u8);
        if !self.prepare(tag, attributes) {
            return;
        }
        let name = if tag == Tag::Img && name.len() == 5 { "img" } else { name };
        let index = self.push(name, Kind::Element { tag, attributes });
        if tag == Tag::Form && self.in_rows() {
            return; // a form between rows holds nothing
        }
        if tag.is_raw() {
            self.raw(index, tag, name);
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

    pub(super) fn enter(&mut self, index: u32, tag: Tag) {
        if self.open.len() >= DEEPEST {
            self.dropped += 1;
            self.markup.repeated = u32::MAX;
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

    pub(super) fn imply_ends(&mut self, tag: Tag) {
        // A cell ends the cell before it, then a row the row: up to three in a row.
        let stays = match tag {
            Tag::Table if self.markup.quirks => Tag::P,
            Tag::Optgroup if !self.in_select() => Tag::Optgroup,
            _ => Tag::Other,
        };
        while let Some(place) = self.open.iter().rposition(|(_, open)| *open != stays && tag.ends(*open)) {
            let (_, found) = self.open[place];
            let shielded = self.open[place + 1..].iter().any(|(_, between)| between.shields_from_start(found));
            // A heading is ended only by one that stands directly in it.
            if place == 0 || shielded || (found.is_heading() && place + 1 < self.open.len()) {
                return;
            }
            self.markup.moved |= matches!(found, Tag::A | Tag::Option | Tag::Optgroup) && place + 1 < self.open.len();
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
        if self.stage != Stage::Body && !self.begin_end(tag) {
            return;
        }
        if tag == Tag::Br {
            self.markup.moved |= self.in_rows();
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
        if tag == Tag::Form {
            self.form = false;
        }
        // What is neither a block nor formatting is not ended across a block.
        let inline = !tag.is_special() && tag != Tag::Dialog && !tag.is_formatting(name);
        let stops = |between: Tag| between.shields(tag) || inline && between.is_special();
        let place = place.filter(|place| *place > 0 && !self.open[place + 1..].iter().any(|(_, between)| stops(*between)));
        match place {
            Some(place) if tag == Tag::Form => self.end_form(place),
            Some(place) => self.close_from(place),
            // As browsers do it: an empty paragraph.
            None if tag == Tag::P => {
                self.markup.moved |= self.in_rows();
                self.push(name, Kind::Element { tag, attributes: (first as u32, 0) });
            }
            None => {}
        }
    }

    pub(super) fn close_from(&mut self, place: usize) {
        self.note_moves(place);
        // A form that was ended before what stands in it.
        let place = self.open[..place].iter().rposition(|(_, open)| *open != Tag::VoidOther).map_or(place, |below| below + 1);
        let end = self.markup.nodes.len() as u32;
        for (index, tag) in self.open.drain(place..) {
            self.markup.nodes[index as usize].end = end;
            if matches!(tag, Tag::Svg | Tag::Math) {
                self.foreign -= 1;
            }
        }
    }
}
