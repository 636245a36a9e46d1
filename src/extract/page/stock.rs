//! Whether the product is to be had, as the page says it in words, or shows it by its buttons.

use super::Page;
use super::buttons::Button;
use super::lines::Line;
use super::words::{self, Press};
use crate::extract::markup::Spot;
use crate::extract::survey::Marks;
use crate::extract::tag::Tag;
use crate::model::Availability;

/// A sentence longer than this is running text.
const RUNNING: usize = 110;
/// Lines longer than this are not looked at.
const LONGEST: usize = 600;
/// How far from the heading, the price or the button words about the stock may stand, in lines.
const NEAR: usize = 12;
/// The same behind a label, and for words that speak of no other product.
const FURTHER: usize = 40;
/// A button further from the heading is another product's.
const FAR: usize = 90;

/// A button that orders in advance speaks plainly.
const ORDERED: i32 = 6;

/// What is said of the stock.
pub(super) struct Said {
    pub(super) availability: Availability,
    pub(super) locator: String,
    pub(super) raw: String,
    /// How plainly; nothing more than a button is 0.
    pub(super) weight: i32,
}

pub(super) fn read(page: &Page<'_, '_, '_>, price: Option<usize>) -> Option<Said> {
    let buttons: Vec<&Button> = page.buttons.iter().filter(|button| page.block.is_none() || page.in_block(button.node)).collect();
    let open = buttons.iter().find(|button| button.open).copied();
    let closed = open.is_none() && !buttons.is_empty();
    let said = best(page, price).map(|said| match said.availability {
        // What nobody can order is not on order.
        Availability::BackOrder if closed => Said { availability: Availability::OutOfStock, ..said },
        _ => said,
    });
    let pressed = open.or(buttons.first().copied()).map(|button| of_button(page, button));
    match (said, pressed) {
        // A button that orders in advance says more exactly what `in stock` and `out of stock` leave open.
        (Some(said), Some(pressed)) if is_ordered(pressed.availability) && said.availability != Availability::Discontinued => {
            Some(Said { availability: pressed.availability, weight: said.weight.max(pressed.weight), ..said })
        }
        // A button that can be pressed outweighs a word that stands far away.
        (Some(said), Some(pressed)) if said.weight <= 2 && said.availability != Availability::InStock && open.is_some() => Some(pressed),
        (said, pressed) => said.or(pressed),
    }
}

fn is_ordered(availability: Availability) -> bool {
    matches!(availability, Availability::PreOrder | Availability::BackOrder)
}

fn of_button(page: &Page<'_, '_, '_>, button: &Button) -> Said {
    let availability = match button.press {
        _ if !button.open => Availability::OutOfStock,
        Press::Buy => Availability::InStock,
        Press::Order(availability) => availability,
    };
    let raw = crate::extract::text::line(page.survey.markup.at(button.node));
    let weight = if is_ordered(availability) { ORDERED } else { 0 };
    Said { availability, locator: page.locator(button.node), raw, weight }
}

/// The words that speak of the stock most plainly.
fn best(page: &Page<'_, '_, '_>, price: Option<usize>) -> Option<Said> {
    let mut best: Option<(i32, Availability, usize)> = None;
    for (at, line) in page.lines.iter().enumerate() {
        if line.is_hidden() || line.text.len() > LONGEST || line.marks.has(Marks::OPINIONS.with(Marks::DESCRIPTION)) {
            continue;
        }
        let Some(distance) = distance(page, at, price).filter(|lines| *lines <= FURTHER) else { continue };
        let label = labelled(page, at, line);
        let Some((said, plainness)) = said(&line.text.to_lowercase(), label) else { continue };
        if distance > NEAR && !label && said != Availability::Discontinued {
            continue;
        }
        let weight = plainness - 2 + weight(page, line, said, label, distance);
        if weight > 0 && best.is_none_or(|(known, ..)| weight > known) {
            best = Some((weight, said, at));
        }
    }
    let (weight, availability, at) = best?;
    let line = &page.lines[at];
    Some(Said { availability, locator: page.locator(line.first_node()), raw: line.text.clone(), weight })
}

/// How far outside of the part from the heading to price and button a line stands.
fn distance(page: &Page<'_, '_, '_>, at: usize, price: Option<usize>) -> Option<usize> {
    let heading = page.anchor.map(|_| page.anchor_line);
    let from = heading.into_iter().chain(price).min();
    let button = page.buttons.iter().map(|button| page.line_of(button.node)).find(|line| from.is_none_or(|from| *line >= from));
    let to = heading.into_iter().chain(price).chain(button.filter(|line| from.is_none_or(|from| line - from < FAR))).max()?;
    let from = from.unwrap_or(to);
    let distance = if at < from { 2 * (from - at) } else { at.saturating_sub(to) };
    Some(distance)
}

fn labelled(page: &Page<'_, '_, '_>, at: usize, line: &Line) -> bool {
    words::is_stock_label(&line.text.to_lowercase(), false) || words::is_stock_label(&page.label_before(at).to_lowercase(), true)
}

/// What the first sentence says that speaks of the stock.
fn said(text: &str, labelled: bool) -> Option<(Availability, i32)> {
    let own = |sentence: &&str| sentence.len() <= RUNNING && (labelled || !words::is_elsewhere(sentence) && !words::is_choice(sentence));
    words::sentences(text).filter(own).find_map(words::of_stock)
}

fn weight(page: &Page<'_, '_, '_>, line: &Line, said: Availability, labelled: bool, distance: usize) -> i32 {
    let spot = page.survey.markup.at(line.first_node());
    let gone = said == Availability::Discontinued;
    let mut weight = match distance {
        _ if gone => 2,
        0..=4 => 2,
        5..=8 => 0,
        _ => -2,
    };
    let mut add = |points: i32, holds: bool| weight += if holds { points } else { 0 };
    add(3, page.survey.near(spot, Marks::STOCK, 3));
    add(4, labelled);
    add(1, page.in_block(line.first_node()));
    add(if line.text.len() <= 40 { 1 } else { -1 }, true);
    // One size of many that is sold out, or one shop of many.
    add(-2, !labelled && spot.ancestors().take(3).any(|holder| holder.tag() == Tag::Li));
    add(-8, !labelled && is_choice(spot));
    add(-4, line.marks.has(Marks::SPOKEN) && !labelled);
    add(1, !matches!(said, Availability::InStock | Availability::LimitedAvailability));
    add(2, gone);
    // Badges are in the page from the start and shown when it comes to it.
    let is_badge =
        spot.ancestors().take(3).any(|holder| holder.raw_attr("class").is_some_and(|class| class.to_ascii_lowercase().contains("badge")));
    add(-5, is_badge && page.buttons.iter().any(|button| button.open));
    // A box before the heading, or one with a link and an amount, speaks of another product.
    add(-4, page.anchor.is_some_and(|anchor| line.first_node() < anchor.index()) && !page.in_block(line.first_node()));
    add(-6, !gone && page.mentions(line));
    weight
}

/// One of several sizes or colours, and not the one that is chosen.
fn is_choice(spot: Spot<'_, '_>) -> bool {
    let one = spot.ancestors().take(4).find(|holder| {
        let role = holder.raw_attr("role");
        let named = |class: &str| ["swatch", "variant", "option-", "size-", "variation"].iter().any(|word| class.contains(word));
        holder.tag() == Tag::Label
            || matches!(role, Some("option" | "radio"))
            || holder.tag() == Tag::Button && holder.raw_attr("class").is_some_and(|class| named(&class.to_ascii_lowercase()))
    });
    one.is_some_and(|holder| {
        let chosen = |class: &str| ["selected", "active", "checked", "current"].iter().any(|word| class.contains(word));
        !(holder.raw_attr("aria-checked") == Some("true")
            || holder.raw_attr("aria-selected") == Some("true")
            || holder.raw_attr("class").is_some_and(|class| chosen(&class.to_ascii_lowercase()))
            || holder.elements().any(|inner| inner.has("checked")))
    })
}
