//! What HTML puts around elements where a page leaves it out, and what it ignores: `<html>`, `<head>`, `<body>`, the rows of tables, forms.
//!
//! Where a browser moves content about or repeats elements (text between the rows of a table, `<b>` and `</b>` across paragraphs) the
//! tree stays as the page is written, and [`Markup::moved`] says so.

use super::Kind;
use super::scanner::{MOST_ATTRIBUTES, Scanner};
use crate::extract::tag::Tag;

/// How far the frame of the page has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Before,
    Html,
    Head,
    /// Behind `</head>`. What belongs there still goes into it, so it is only closed by the body.
    AfterHead,
    Body,
}

/// Where the head stands among the open elements: behind the root and `<html>`.
const HEAD: usize = 2;

/// Beginnings of public identifiers that mean quirks, as far as pages carry them.
const OLD: [&str; 9] = [
    "-//ietf//dtd html",
    "-//w3c//dtd html 3",
    "-//w3c//dtd html 4.0 transitional//",
    "-//w3c//dtd html 4.0 frameset//",
    "-//w3c//dtd html experimental",
    "-//w3c//dtd w3 html",
    "-//w3o//dtd w3 html",
    "-//netscape comm",
    "-//microsoft//dtd internet explorer",
];

impl Scanner<'_> {
    pub(super) fn doctype(&mut self, text: &str) {
        let is_doctype = text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
        if is_doctype && self.markup.quirks {
            self.markup.quirks = is_quirky(&text[9..].to_ascii_lowercase());
        }
    }

    /// Opens and closes what HTML wants around this element; false when it ignores the tag here.
    pub(super) fn prepare(&mut self, tag: Tag, attributes: (u32, u8)) -> bool {
        if self.stage != Stage::Body {
            if !self.begin(tag, attributes) {
                return false;
            }
        } else if self.foreign == 0 && matches!(tag, Tag::Html | Tag::Head | Tag::Body) {
            self.merge(tag, attributes);
            return false;
        }
        if tag == Tag::Form && std::mem::replace(&mut self.form, true) && !self.in_template() {
            return false;
        }
        if matches!(tag, Tag::Select | Tag::Input) && self.ends_select() && tag == Tag::Select {
            return false;
        }
        if matches!(tag, Tag::Hr | Tag::Option | Tag::Optgroup) && self.in_select() {
            while self.top().ends_by_itself() && !(tag == Tag::Option && self.top() == Tag::Optgroup) {
                self.close_from(self.open.len() - 1);
            }
        }
        self.imply_ends(tag);
        self.imply_rows(tag, attributes)
    }

    /// Whether this text, that comes before the body, is kept.
    pub(super) fn admits_text(&mut self, text: &str) -> bool {
        match self.stage {
            Stage::Before | Stage::Html if text.trim_ascii().is_empty() => false,
            _ if text.trim_ascii().is_empty() => true,
            _ => self.begin(Tag::Other, (0, 0)),
        }
    }

    /// Before the body: the parts of the frame up to where this element stands.
    pub(super) fn begin(&mut self, tag: Tag, attributes: (u32, u8)) -> bool {
        if self.stage == Stage::Before {
            self.stage = Stage::Html;
            if tag == Tag::Html {
                return true;
            }
            self.imply("html", Tag::Html);
        }
        if tag == Tag::Html {
            self.merge(tag, attributes);
            return false;
        }
        if self.stage == Stage::Html {
            self.stage = Stage::Head;
            if tag == Tag::Head {
                return true;
            }
            self.imply("head", Tag::Head);
        }
        if tag.is_of_head() || self.open.len() > HEAD + 1 {
            return true;
        }
        if tag == Tag::Head {
            return false;
        }
        self.close_from(HEAD);
        self.stage = Stage::Body;
        if tag != Tag::Body {
            self.imply("body", Tag::Body);
        }
        true
    }

    /// An end tag before the body; false when there is no more to do.
    pub(super) fn begin_end(&mut self, tag: Tag) -> bool {
        match tag {
            _ if self.open.len() > HEAD + 1 => true,
            Tag::Head => {
                self.begin(Tag::Title, (0, 0));
                self.stage = Stage::AfterHead;
                false
            }
            Tag::Br | Tag::Html | Tag::Body => self.begin(Tag::Other, (0, 0)),
            _ => false,
        }
    }

    /// A second `<html>` or `<body>` only gives the first what that does not have.
    fn merge(&mut self, tag: Tag, given: (u32, u8)) {
        let range = |(from, count): (u32, u8)| from as usize..from as usize + usize::from(count);
        let Some((index, _)) = self.open.iter().find(|(_, open)| *open == tag) else { return };
        let Kind::Element { attributes: own, .. } = &mut self.markup.nodes[*index as usize].kind else { return };
        let mut all = self.markup.attributes[range(*own)].to_vec();
        for (name, value) in &self.markup.attributes[range(given)] {
            if all.len() < MOST_ATTRIBUTES && !all.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                all.push((name, value));
            }
        }
        if all.len() > usize::from(own.1) {
            *own = (self.markup.attributes.len() as u32, all.len() as u8);
            self.markup.attributes.extend(all);
        }
    }

    pub(super) fn in_select(&self) -> bool {
        let bound = self.open.iter().rfind(|(_, open)| open.shields(Tag::Select));
        bound.is_some_and(|(_, open)| *open == Tag::Select)
    }

    /// A list of choices holds neither another one nor a field.
    fn ends_select(&mut self) -> bool {
        let place = self.open.iter().rposition(|(_, open)| *open == Tag::Select).filter(|_| self.in_select());
        place.map(|place| self.close_from(place)).is_some()
    }

    fn imply(&mut self, name: &'static str, tag: Tag) {
        let first = self.markup.attributes.len() as u32;
        let index = self.push(name, Kind::Element { tag, attributes: (first, 0) });
        self.enter(index, tag);
    }

    pub(super) fn top(&self) -> Tag {
        self.open.last().map_or(Tag::Other, |(_, tag)| *tag)
    }

    fn in_template(&self) -> bool {
        self.open.iter().any(|(_, open)| *open == Tag::Template)
    }

    /// Whether only rows and cells may follow here.
    pub(super) fn in_rows(&self) -> bool {
        matches!(self.top(), Tag::Table | Tag::Tbody | Tag::Thead | Tag::Tfoot | Tag::Tr)
    }

    fn imply_rows(&mut self, tag: Tag, attributes: (u32, u8)) -> bool {
        use Tag::{Caption, Col, Colgroup, Form, Input, Script, Style, Table, Tbody, Td, Template, Tfoot, Th, Thead, Tr};
        match tag {
            Caption | Col | Colgroup | Tbody | Thead | Tfoot | Tr | Td | Th
                if self.foreign == 0 && !self.open.iter().any(|(_, open)| matches!(open, Table | Template)) =>
            {
                return false;
            }
            Col if self.top() == Table => self.imply("colgroup", Colgroup),
            Tr if self.top() == Table => self.imply("tbody", Tbody),
            Td | Th => {
                if self.top() == Table {
                    self.imply("tbody", Tbody);
                }
                if matches!(self.top(), Tbody | Thead | Tfoot) {
                    self.imply("tr", Tr);
                }
            }
            Caption | Col | Colgroup | Tbody | Thead | Tfoot | Tr | Script | Style | Template | Form => {}
            Input if self.is_hidden(attributes) => {}
            _ if self.in_rows() => self.markup.moved = true,
            _ => {}
        }
        true
    }

    fn is_hidden(&self, (from, count): (u32, u8)) -> bool {
        let attributes = &self.markup.attributes[from as usize..from as usize + usize::from(count)];
        attributes.iter().any(|(name, value)| name.eq_ignore_ascii_case("type") && value.eq_ignore_ascii_case("hidden"))
    }

    /// Ends a form at its end tag, wherever that stands: what was opened in it stays open.
    pub(super) fn end_form(&mut self, place: usize) {
        while self.open.len() > place + 1 && self.top().ends_by_itself() {
            self.close_from(self.open.len() - 1);
        }
        if self.open.len() == place + 1 {
            self.close_from(place);
        } else if let Some((_, tag)) = self.open.get_mut(place) {
            // No end tag finds it any more; it goes with what stands in it.
            *tag = Tag::VoidOther;
        }
    }

    /// Looks at what is closed from this place on, by an end tag of its own or by another element.
    pub(super) fn note_moves(&mut self, place: usize) {
        let is_formatting = |(index, tag): &(u32, Tag)| tag.is_formatting(self.markup.nodes[*index as usize].source);
        let closed = &self.open[place..];
        let crossed = closed.first().is_some_and(is_formatting) && closed[1..].iter().any(|(_, tag)| tag.is_special());
        // Those in a cell end with it, all others go on behind what is closed.
        let rest = closed.iter().take_while(|(_, tag)| !tag.bounds_formatting()).skip(1);
        let repeated = rest.filter(|entry| is_formatting(entry)).count() + usize::from(crossed);
        self.markup.moved |= repeated > 0;
        self.markup.repeated = self.markup.repeated.saturating_add(repeated as u32);
    }
}

fn is_quirky(doctype: &str) -> bool {
    let Some(rest) = doctype.trim_start().strip_prefix("html") else { return true };
    let Some(rest) = rest.trim_start().strip_prefix("public") else { return false };
    let mut quoted = rest.split(['"', '\'']);
    let public = quoted.nth(1).unwrap_or_default();
    let named = quoted.nth(1).is_some();
    let loose = public.starts_with("-//w3c//dtd html 4.01 transitional//") || public.starts_with("-//w3c//dtd html 4.01 frameset//");
    public == "html" || OLD.iter().any(|old| public.starts_with(old)) || loose && !named
}
