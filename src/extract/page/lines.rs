//! The page as a person reads it: lines of text in the order of the page, each with the parts that it is made of.

use crate::extract::markup::{Piece, Spot, unescape, unescape_attribute};
use crate::extract::survey::{Marks, Survey};
use crate::extract::tag::Tag;

use super::words;

/// Lines kept per page, and bytes of one line.
const MOST_LINES: usize = 20_000;
const LONGEST: usize = 20_000;

/// A line of text, its white space made single spaces.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    /// Where each part begins in the text, and the node that it comes from.
    runs: Vec<(usize, usize)>,
    /// Marks that hold for the whole line.
    pub(super) marks: Marks,
}

impl Line {
    /// The node in which the text at this offset stands.
    pub(super) fn node_at(&self, offset: usize) -> usize {
        let run = self.runs.partition_point(|(from, _)| *from <= offset);
        self.runs[run.saturating_sub(1)].1
    }

    /// The nodes of all parts.
    pub(super) fn nodes(&self) -> impl Iterator<Item = usize> + '_ {
        self.runs.iter().map(|(_, node)| *node)
    }

    pub(super) fn first_node(&self) -> usize {
        self.runs[0].1
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.marks.has(Marks::HIDDEN)
    }
}

/// All lines but those of other products and of the shop.
pub(super) fn read(survey: &Survey<'_, '_>) -> Vec<Line> {
    let mut reader = Reader { survey, done: Vec::new(), text: String::new(), runs: Vec::new() };
    let mut blocks: Vec<usize> = Vec::new();
    let mut from = 0;
    for node in survey.markup.root().inside() {
        while blocks.last().is_some_and(|end| *end <= node.index()) {
            blocks.pop();
            reader.flush();
        }
        if node.index() < from || reader.done.len() >= MOST_LINES {
            continue;
        }
        match node.piece() {
            // Alpine's templates hold what is shown from the start.
            Piece::Element(element) if element.tag() == Tag::Template && element.has("x-if") => {}
            Piece::Element(element) if element.tag().is_silent() || survey.is_aside(element) => from = element.end(),
            Piece::Element(element) => {
                if element.tag().is_block() {
                    reader.flush();
                    blocks.push(element.end());
                }
                reader.element(element);
            }
            Piece::Text(text) => reader.run(&unescape(text), node),
        }
    }
    reader.flush();
    reader.done
}

struct Reader<'s, 'm, 'h> {
    survey: &'s Survey<'m, 'h>,
    done: Vec<Line>,
    text: String,
    runs: Vec<(usize, usize)>,
}

impl Reader<'_, '_, '_> {
    /// Text that stands in attributes: the price as a picture, or in a field that cannot be written to.
    fn element(&mut self, element: Spot<'_, '_>) {
        if element.tag() == Tag::Img {
            self.picture(element);
            return;
        }
        let shown = match element.tag() {
            Tag::Input if !matches!(element.raw_attr("type"), Some("hidden" | "submit" | "button" | "image")) => element.raw_attr("value"),
            _ => None,
        };
        if let Some(raw) = shown.filter(|raw| raw.len() < 60 && raw.bytes().any(|byte| byte.is_ascii_digit())) {
            let text = unescape_attribute(raw);
            if text.contains(['$', '€', '£']) {
                self.run(&format!(" {text} "), element);
            }
        }
    }

    /// Words as pictures: prices, labels of prices, and whether there is stock.
    fn picture(&mut self, element: Spot<'_, '_>) {
        let Some(alt) = element.attr("alt").filter(|alt| !alt.is_empty() && alt.len() < 60) else { return };
        let amount = alt.contains(['$', '€', '£']) && alt.bytes().any(|byte| byte.is_ascii_digit());
        if amount || words::is_picture_of_words(&alt.to_lowercase()) {
            self.run(&format!(" {alt} "), element);
        }
    }

    fn run(&mut self, text: &str, node: Spot<'_, '_>) {
        if self.text.len() > LONGEST {
            return;
        }
        // Hidden words beside shown ones are another line.
        let hidden = self.survey.marks(node).has(Marks::HIDDEN);
        if self.runs.first().is_some_and(|(_, first)| self.survey.marks(self.survey.markup.at(*first)).has(Marks::HIDDEN) != hidden) {
            self.flush();
        }
        let mut words = text.split_whitespace().peekable();
        let starts_apart = text.starts_with(char::is_whitespace) || words.peek().is_some_and(|word| self.parts(word));
        if words.peek().is_none() {
            if !text.is_empty() {
                self.space();
            }
            return;
        }
        if self.are_cents(text, node) {
            self.text.push('.');
        } else if starts_apart {
            self.space();
        }
        self.runs.push((self.text.len(), node.index()));
        let mut first = true;
        for word in words {
            if !first {
                self.text.push(' ');
            }
            first = false;
            self.text.push_str(word);
        }
        if text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// Two words side by side, told apart by their boxes only: `<del>19.90</del><b>14.90</b>`, `<i>Price</i>14.90`.
    fn parts(&self, word: &str) -> bool {
        let (Some(before), Some(after)) = (self.text.chars().next_back(), word.chars().next()) else { return false };
        if before.is_alphabetic() && after.is_ascii_digit() || before.is_ascii_digit() && after.is_alphabetic() {
            return true;
        }
        // `219,99 €` is done; the next figure is another amount, as in `<i>219,99 €</i><b>179<sup>€99</sup></b>`.
        let sold = self.text.strip_suffix(['€', '$', '£']).is_some_and(|amount| amount.trim_end().ends_with(|c: char| c.is_ascii_digit()));
        if sold && after.is_ascii_digit() && self.text.contains([',', '.']) {
            return true;
        }
        let decimals = self.text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let mark = self.text.bytes().rev().nth(decimals);
        decimals == 2 && matches!(mark, Some(b'.' | b',' | b'$' | 0xAC)) && word.starts_with(|c: char| c.is_ascii_digit())
    }

    /// `19<sup>99</sup>`: the decimal mark is a matter of style.
    fn are_cents(&self, text: &str, node: Spot<'_, '_>) -> bool {
        let digits = text.trim().bytes().take_while(u8::is_ascii_digit).count();
        digits == 2
            && self.text.ends_with(|c: char| c.is_ascii_digit())
            && node.parent().is_some_and(|parent| self.survey.near(parent, Marks::CENTS, 1))
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let runs = std::mem::take(&mut self.runs);
        if runs.is_empty() {
            return;
        }
        let marks = self.survey.marks(self.survey.markup.at(runs[0].1));
        self.done.push(Line { text: text.trim_end().to_owned(), runs, marks });
    }
}
