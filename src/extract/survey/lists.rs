//! Other products beside the page's own: cards that repeat, and boxes side by side that are made alike.

use std::collections::HashMap;

use super::Survey;
use super::marks::Marks;
use crate::extract::markup::{Markup, Piece, Spot};
use crate::extract::tag::Tag;

/// Fewer boxes side by side are no list; larger ones are no boxes.
const FEWEST: usize = 3;
const LARGEST_BOX: usize = 160;

/// Links and amounts up to each node.
struct Counts {
    links: Vec<u32>,
    amounts: Vec<u32>,
}

impl Counts {
    fn of(markup: &Markup<'_>) -> Self {
        let mut counts = Self { links: vec![0], amounts: vec![0] };
        let (mut links, mut amounts) = (0, 0);
        for index in 0..markup.len() {
            match markup.at(index).piece() {
                Piece::Element(element) => links += u32::from(element.tag() == Tag::A && element.has("href")),
                Piece::Text(text) => amounts += u32::from(text.len() < 200 && is_amount(text)),
            }
            counts.links.push(links);
            counts.amounts.push(amounts);
        }
        counts
    }

    fn is_box(&self, spot: Spot<'_, '_>) -> bool {
        let (from, to) = (spot.index(), spot.end());
        to - from <= LARGEST_BOX && self.links[to] > self.links[from] && self.amounts[to] > self.amounts[from]
    }
}

/// Whether a text may be an amount: a sign, or decimals.
fn is_amount(text: &str) -> bool {
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    digits
        && (text.contains(['€', '$', '£', '₺', '¥'])
            || ["&euro;", "&pound;", "EUR", "USD", "GBP", "CHF", "kr", "zł"].iter().any(|sign| text.contains(sign)))
}

fn first_class<'h>(spot: Spot<'_, 'h>) -> Option<&'h str> {
    spot.raw_attr("class").and_then(|class| class.split_ascii_whitespace().next())
}

impl<'m, 'h> Survey<'m, 'h> {
    /// Elements called a product's card are other products where there are several of them; a lone one is the page's own.
    pub(super) fn part_cards(&mut self) {
        let name = |index: usize| markup_class(self.markup.at(index));
        let cards: Vec<usize> = (0..self.own.len()).filter(|index| self.own[*index].has(Marks::CARD)).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        cards.iter().for_each(|index| *counts.entry(name(*index)).or_default() += 1);
        let repeated: Vec<usize> = cards.iter().copied().filter(|index| counts[name(*index)] > 1).collect();
        repeated.into_iter().for_each(|index| self.own[index] = self.own[index].with(Marks::ASIDE));
    }

    /// Boxes side by side that are made alike, each with a link and an amount, are other products, whatever they are called.
    pub(super) fn part_lists(&mut self, anchor: Option<Spot<'m, 'h>>) {
        let counts = Counts::of(self.markup);
        for parent in self.markup.elements() {
            let mut alike: Vec<Spot<'m, 'h>> = Vec::new();
            for child in parent.children().filter(|child| child.is_element()) {
                if !counts.is_box(child) || anchor.is_some_and(|anchor| child.contains(anchor)) {
                    continue;
                }
                let same = alike.last().is_none_or(|last| last.name() == child.name() && first_class(*last) == first_class(child));
                if !same {
                    self.list(&alike);
                    alike.clear();
                }
                alike.push(child);
            }
            self.list(&alike);
        }
    }

    fn list(&mut self, alike: &[Spot<'m, 'h>]) {
        if alike.len() < FEWEST {
            return;
        }
        self.listed = self.listed.max(alike.len());
        for member in alike {
            self.own[member.index()] = self.own[member.index()].with(Marks::ASIDE);
        }
    }
}

fn markup_class<'h>(spot: Spot<'_, 'h>) -> &'h str {
    spot.raw_attr("class").unwrap_or_default()
}
