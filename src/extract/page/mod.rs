//! The page itself: what a person sees of the product, without any markup made for machines.
//!
//! Gives one candidate. The heading is the anchor; lines of text near it, near the price and near the button that puts the product
//! into a cart are believed more than those further away, and those of other products not at all.

mod anchor;
mod attributes;
mod buttons;
mod labels;
mod lines;
mod opinions;
mod pictures;
mod price;
mod sections;
mod stock;
mod variants;
mod words;

use url::Url;

pub(super) use anchor::{Known, find, segments};

use super::candidate::Candidate;
use super::markup::Spot;
use super::recordings;
use super::survey::Survey;
use super::tag::Tag;
use super::text::line;
use crate::model::{Currency, Money, Offer, Source};
use buttons::Button;
use lines::Line;

/// A page with what orients the readers in it.
struct Page<'s, 'm, 'h> {
    survey: &'s Survey<'m, 'h>,
    lines: Vec<Line>,
    anchor: Option<Spot<'m, 'h>>,
    /// The line of the heading.
    anchor_line: usize,
    buttons: Vec<Button>,
    /// The smallest part that holds the heading and the button.
    block: Option<(usize, usize)>,
}

/// What was seen, beside the candidate: amounts that other sources can be compared with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) current: Vec<(Money, i32)>,
    pub(crate) struck: Vec<Money>,
    /// How sure the shown price is.
    pub(crate) score: i32,
    pub(crate) now: bool,
    /// How plainly the page speaks of its stock.
    pub(crate) stock: i32,
    pub(crate) buyable: bool,
    /// Whether the price stands for every size and colour of the list that is shown.
    pub(crate) shared: bool,
    /// The article numbers of other sources that a person sees, too.
    pub(crate) codes: Vec<String>,
}

pub(super) fn read(
    survey: &Survey<'_, '_>,
    anchor: Option<Spot<'_, '_>>,
    heading: Option<&str>,
    base: &Url,
    currency: Option<Currency>,
    told: &[&str],
    stated: Vec<Vec<Candidate>>,
) -> (Candidate, Seen) {
    let page = Page::of(survey, anchor);
    let mut candidate = Candidate::new(Source::VisibleText, "page");
    if let (Some(heading), Some(anchor)) = (heading, anchor) {
        candidate.note("name", anchor.name(), heading);
        candidate.sheet.name = Some(heading.to_owned());
    }
    let shown = price::read(&page, currency);
    let mut offer = Offer::default();
    let mut seen = Seen {
        current: shown.current.clone(),
        struck: shown.struck.clone(),
        score: 0,
        now: false,
        stock: 0,
        buyable: page.buttons.iter().any(|button| button.open),
        shared: false,
        codes: Vec::new(),
    };
    seen.codes = told.iter().filter(|code| page.shows(code)).map(|code| (*code).to_owned()).collect();
    if let Some(price) = &shown.price {
        candidate.note("price", page.locator(price.node), &price.raw);
        (seen.score, seen.now) = (price.score, price.now);
        offer.price = Some(price.money.clone());
    }
    if let Some(regular) = &shown.regular {
        candidate.note("regular_price", page.locator(regular.node), &regular.raw);
        offer.regular_price = Some(regular.money.clone());
    }
    if let Some((unit, raw)) = &shown.unit {
        candidate.note("unit_price", "text", raw);
        offer.unit_price = Some(unit.clone());
    }
    let price_line = shown.price.as_ref().map(|price| price.line);
    if let Some(said) = stock::read(&page, price_line) {
        candidate.note("availability", said.locator, &said.raw);
        offer.availability = Some(said.availability);
        seen.stock = said.weight;
    }
    if offer != Offer::default() {
        candidate.sheet.offers = vec![offer];
    }
    labels::read(&page, &mut candidate);
    let list = variants::read(&page, base, &shown, stated, &mut candidate);
    seen.shared = list.shared;
    attributes::read(&page, &list.nodes, &mut candidate);
    sections::read(&page, &mut candidate);
    pictures::read(&page, base, &mut candidate);
    recordings::shown(survey, base, &mut candidate);
    opinions::read(&page, &mut candidate);
    (candidate, seen)
}

/// How far a label may stand before its value, in nodes.
const LABEL_NEAR: usize = 14;

impl<'s, 'm, 'h> Page<'s, 'm, 'h> {
    fn of(survey: &'s Survey<'m, 'h>, anchor: Option<Spot<'m, 'h>>) -> Self {
        let lines = lines::read(survey);
        let start = anchor.map_or(0, Spot::index);
        let anchor_line = lines.partition_point(|line| line.first_node() < start);
        let mut page = Self { survey, lines, anchor, anchor_line, buttons: Vec::new(), block: None };
        page.buttons = buttons::find(survey);
        page.block = page.find_block();
        page
    }

    /// The part that holds the heading and the first button behind it.
    fn find_block(&self) -> Option<(usize, usize)> {
        let anchor = self.anchor?;
        let button = self
            .buttons
            .iter()
            .map(|button| button.node)
            .find(|node| *node > anchor.index())
            .or_else(|| Some(self.buttons.first()?.node))?;
        let holder = anchor.ancestors().find(|holder| (holder.index()..holder.end()).contains(&button))?;
        // The whole page is no block.
        (!matches!(holder.tag(), Tag::Html | Tag::Body) && holder.index() > 0).then(|| (holder.index(), holder.end()))
    }

    fn in_block(&self, node: usize) -> bool {
        self.block.is_some_and(|(from, to)| (from..to).contains(&node))
    }

    /// Points for standing near the heading and near a button.
    fn closeness(&self, line: usize) -> i32 {
        let heading = match line.checked_sub(self.anchor_line) {
            Some(0..=12) => 4,
            Some(13..=35) => 3,
            Some(36..=90) => 2,
            Some(91..=180) => 1,
            Some(_) => 0,
            None if self.anchor_line - line <= 8 => 2,
            None => -2,
        };
        let heading = if self.anchor.is_none() { 1 } else { heading };
        // Prices stand before the button more often than behind it.
        let distance = |node: usize| match (self.line_of(node), line) {
            (button, line) if line <= button => button - line,
            (button, line) => 3 * (line - button),
        };
        heading
            + match self.buttons.iter().map(|button| distance(button.node)).min() {
                Some(0..=6) => 3,
                Some(7..=15) => 2,
                Some(16..=30) => 1,
                _ => 0,
            }
    }

    /// Whether a line speaks of another product: it leads there and tells an amount, or several of them.
    fn mentions(&self, line: &Line) -> bool {
        let leads = |node: usize| self.survey.markup.at(node).ancestors().take(3).any(|holder| leads_away(holder));
        let linked = line.nodes().filter(|node| leads(*node)).count();
        linked > 0
            && linked < line.nodes().count()
            && line.text.bytes().any(|byte| byte.is_ascii_digit())
            && line.text.contains(['€', '$', '£'])
    }

    /// Whether an article number stands in the text as a word.
    fn shows(&self, code: &str) -> bool {
        let is_word = |text: &str, at: usize| {
            let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            apart(text[..at].chars().next_back()) && apart(text[at + code.len()..].chars().next())
        };
        code.len() >= 3 && self.lines.iter().any(|line| line.text.match_indices(code).any(|(at, _)| is_word(&line.text, at)))
    }

    fn line_of(&self, node: usize) -> usize {
        self.lines.partition_point(|line| line.first_node() < node)
    }

    /// The line before this one, where it is short and near enough to be its label.
    fn label_before(&self, line: usize) -> &str {
        let Some(before) = line.checked_sub(1).and_then(|at| self.lines.get(at)) else { return "" };
        let near = self.lines[line].first_node().saturating_sub(before.first_node()) <= LABEL_NEAR;
        let words = before.text.len() <= 40 && !before.text.bytes().any(|byte| byte.is_ascii_digit());
        if near && words { &before.text } else { "" }
    }

    /// A selector of a kind: enough to find the place again.
    fn locator(&self, node: usize) -> String {
        let spot = self.survey.markup.at(node);
        let mut holders = std::iter::once(spot).chain(spot.ancestors()).filter(|spot| spot.is_element());
        let Some(element) = holders.next() else { return "text".to_owned() };
        let named = |element: Spot<'_, '_>| {
            let class = element.raw_attr("class").and_then(|class| class.split_ascii_whitespace().next()).map(|class| format!(".{class}"));
            let id = element.raw_attr("id").map(|id| format!("#{id}"));
            format!("{}{}", element.name().to_ascii_lowercase(), id.or(class).unwrap_or_default())
        };
        match element.raw_attr("class").or_else(|| element.raw_attr("id")) {
            Some(_) => named(element),
            None => holders.next().map_or_else(|| named(element), |holder| format!("{} {}", named(holder), named(element))),
        }
    }
}

/// A link to another page.
fn leads_away(element: Spot<'_, '_>) -> bool {
    element.tag() == Tag::A
        && element
            .raw_attr("href")
            .is_some_and(|href| !href.is_empty() && !href.starts_with(['#', '?']) && !href.starts_with("javascript:"))
}

/// The text of an element, when it is as short as that of a button.
fn short(element: Spot<'_, '_>) -> Option<String> {
    (element.end() - element.index() < 30).then(|| line(element)).filter(|text| text.len() <= 60)
}

/// What the picture on a button says.
fn pictured(element: Spot<'_, '_>) -> String {
    let picture = element.elements().find(|inner| inner.tag() == Tag::Img);
    picture.and_then(|picture| picture.attr("alt")).unwrap_or_default().into_owned()
}
