//! The price that a page shows for its product, among all the amounts on it.

use crate::extract::markup::Spot;
use crate::extract::survey::Marks;
use crate::extract::tag::Tag;
use crate::model::price::prices;
use crate::model::{Currency, Money, UnitPrice};

use super::lines::Line;
use super::{Page, words};

/// Lines looked through for amounts.
const MOST_LINES: usize = 6_000;
/// Amounts weighed.
const MOST_AMOUNTS: usize = 400;
/// No price without a currency is as high as this: it is a number.
const UNSIGNED: rust_decimal::Decimal = rust_decimal::Decimal::from_parts(100_000, 0, 0, false, 0);
/// A line longer than this is running text.
const RUNNING: usize = 160;

/// What is shown of prices.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) price: Option<Amount>,
    pub(super) regular: Option<Amount>,
    pub(super) unit: Option<(UnitPrice, String)>,
    /// All amounts that the page's own part shows, the struck ones apart.
    /// Each with its score.
    pub(super) current: Vec<(Money, i32)>,
    pub(super) struck: Vec<Money>,
}

#[derive(Clone, Debug)]
pub(super) struct Amount {
    pub(super) money: Money,
    pub(super) line: usize,
    pub(super) node: usize,
    pub(super) score: i32,
    pub(super) raw: String,
    /// Whether words or names say that it is the one to pay.
    pub(super) now: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Current,
    Old,
    Unit,
    None,
}

pub(super) fn read(page: &Page<'_, '_, '_>, hint: Option<Currency>) -> Shown {
    let mut shown = Shown::default();
    let mut current: Vec<Amount> = Vec::new();
    let mut old: Vec<Amount> = Vec::new();
    for (at, line) in page.lines.iter().enumerate().take(MOST_LINES) {
        if line.is_hidden() || line.marks.has(Marks::OPINIONS) || !line.text.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        amounts(page, at, line, hint, &mut shown, &mut current, &mut old);
        if current.len() + old.len() > MOST_AMOUNTS {
            break;
        }
    }
    repeated(page, &mut current);
    tabled(page, &mut current);
    if page.lines.iter().enumerate().any(|(at, line)| page.closeness(at) >= 4 && words::is_on_request(&line.text.to_lowercase())) {
        return shown;
    }
    shown.current = current.iter().map(|amount| (amount.money.clone(), amount.score)).collect();
    shown.struck = old.iter().map(|amount| amount.money.clone()).collect();
    choose(page, &mut shown, &current, &old);
    shown
}

fn amounts(
    page: &Page<'_, '_, '_>,
    at: usize,
    line: &Line,
    hint: Option<Currency>,
    shown: &mut Shown,
    current: &mut Vec<Amount>,
    old: &mut Vec<Amount>,
) {
    let seen = prices(&line.text, hint);
    let is_range = |place: usize| {
        seen.get(place + 1)
            .is_some_and(|next| matches!(line.text[seen[place].to.min(next.from)..next.from].trim(), "-" | "–" | "—" | "à" | "to" | "bis"))
    };
    for (place, one) in seen.iter().enumerate() {
        let from = if place == 0 { 0 } else { seen[place - 1].to };
        let to = seen.get(place + 1).map_or(line.text.len(), |next| next.from);
        let (before, after) = (&line.text[from.min(one.from)..one.from], &line.text[one.to.min(to)..to]);
        // What ends in a colon is the label of the next amount.
        let after = if place + 1 < seen.len() && after.trim_end().ends_with(':') { "" } else { after };
        let node = line.node_at(one.from);
        let label = if before.trim().is_empty() && place == 0 { page.label_before(at) } else { "" };
        let role = if one.per.is_some() { Role::Unit } else { role(page, node, before, after, label) };
        let raw = line.text[one.from..one.to].to_owned();
        if let (Role::Unit, Some(per)) = (role, &one.per) {
            shown.unit.get_or_insert_with(|| (UnitPrice { price: one.money.clone(), per: per.clone() }, line.text.clone()));
        }
        // A number without a currency is a price only where its place says so.
        let spot = page.survey.markup.at(node);
        let signed =
            line.text[one.from..one.to].contains(|c: char| !(c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ',' | '\'')));
        let placed = signed
            || page.survey.near(spot, Marks::PRICE, 3)
            || (!before.trim().is_empty() || !label.is_empty()) && words::last_label(&format!("{label} {before}").to_lowercase()).is_some();
        let counted = after.starts_with(['+', '%', '-', '/', 'x', '×']) || before.ends_with(['/', '-', '#']);
        if !placed || (!signed && counted) || (!signed && one.money.amount >= UNSIGNED) {
            continue;
        }
        if matches!(role, Role::None | Role::Unit) || one.money.amount.is_zero() || one.money.amount.is_sign_negative() {
            continue;
        }
        let range = if is_range(place) || place > 0 && is_range(place - 1) { 3 } else { 0 };
        let score = score(page, at, line, node, (before, after, label), &one.money) - range;
        // `£11.66 (£13.99 including VAT)`: the label before the first is for both.
        let twin =
            current.last().filter(|twin| twin.line == at && words::with_tax(&before.to_lowercase(), &after.to_lowercase()) == Some(true));
        let score = twin.map_or(score, |before| score.max(before.score + 1));
        let said = if before.trim().is_empty() { label } else { before };
        let now = words::last_label(&said.to_lowercase()) == Some(words::Label::Now) || page.survey.near(spot, Marks::CURRENT, 2);
        let amount = Amount { money: one.money.clone(), line: at, node, score, raw, now };
        if role == Role::Old { old.push(amount) } else { current.push(amount) }
    }
}

/// What an amount is, by its marks and by the words around it.
fn role(page: &Page<'_, '_, '_>, node: usize, before: &str, after: &str, label: &str) -> Role {
    let spot = page.survey.markup.at(node);
    let marks = page.survey.marks(spot);
    if marks.has(Marks::UNIT) {
        return Role::Unit;
    }
    let (before, after, label) = (before.to_lowercase(), after.to_lowercase(), label.to_lowercase());
    let said = if before.trim().is_empty() { label.as_str() } else { before.as_str() };
    if marks.has(Marks::NO_PRICE) || words::is_no_price_before(said) || words::is_no_price_after(&after) {
        return Role::None;
    }
    // The word that stands last before the amount decides: `was 19.90, now 14.90`.
    match words::last_label(said) {
        Some(words::Label::Old) => Role::Old,
        Some(words::Label::Now) => Role::Current,
        Some(words::Label::Current) if !marks.has(Marks::OLD) => Role::Current,
        _ if marks.has(Marks::OLD) || words::is_old_after(&after) => Role::Old,
        _ => Role::Current,
    }
}

fn score(page: &Page<'_, '_, '_>, at: usize, line: &Line, node: usize, around: (&str, &str, &str), money: &Money) -> i32 {
    let (before, after, label) = around;
    let spot = page.survey.markup.at(node);
    let marks = page.survey.marks(spot);
    let mut score = 0;
    let mut add = |points: i32, holds: bool| score += if holds { points } else { 0 };
    add(4, page.survey.near(spot, Marks::PRICE, 4));
    add(2, page.survey.near(spot, Marks::CURRENT, 4));
    let said = format!("{} {}", before.to_lowercase(), label.to_lowercase());
    add(3, words::last_label(&said) == Some(words::Label::Current));
    add(5, words::last_label(&said) == Some(words::Label::Now));
    add(-1, words::is_from(&said));
    add(2, money.currency.is_some());
    add(1, spot.ancestors().take(3).any(|holder| holder.tag().is_heading() || matches!(holder.tag(), Tag::B | Tag::Strong | Tag::Ins)));
    add(3, page.in_block(node));
    add(-4, marks.has(Marks::DESCRIPTION) || line.text.len() > RUNNING);
    add(-6, !before.trim().is_empty() && page.mentions(line));
    let taxed = words::with_tax(&said, &after.to_lowercase()).or_else(|| column(spot)).or_else(|| marks.has(Marks::NET).then_some(false));
    add(-6, taxed == Some(false));
    add(3, taxed == Some(true));
    add(-3, marks.has(Marks::TRAIL));
    score + page.closeness(at)
}

/// What the label of a responsive table's cell says of the tax.
fn column(spot: Spot<'_, '_>) -> Option<bool> {
    let label = spot.ancestors().take(3).find_map(|holder| holder.attr("data-label"))?;
    words::with_tax(&label.to_lowercase(), "")
}

/// The same boxes again and again are a list of other products.
fn repeated(page: &Page<'_, '_, '_>, amounts: &mut [Amount]) {
    let place = |amount: &Amount| Place::of(page.survey.markup.at(amount.node));
    let places: Vec<Place<'_>> = amounts.iter().map(place).collect();
    let mut counts: std::collections::HashMap<&Place<'_>, usize> = std::collections::HashMap::new();
    places.iter().for_each(|place| *counts.entry(place).or_default() += 1);
    for (amount, place) in amounts.iter_mut().zip(&places) {
        if counts[place] >= 4 && !page.in_block(amount.node) {
            amount.score -= 4;
        }
    }
}

/// The names and classes of the elements that closely hold an amount.
#[derive(PartialEq, Eq, Hash)]
struct Place<'h>([Option<(&'h str, &'h str)>; 4]);

impl<'h> Place<'h> {
    fn of(spot: Spot<'_, 'h>) -> Self {
        let mut holders = spot.ancestors().map(|holder| (holder.name(), holder.raw_attr("class").unwrap_or_default()));
        Self(std::array::from_fn(|_| holders.next()))
    }
}

/// A table with an amount in each of several cells is one of quantities, sizes or sellers.
fn tabled(page: &Page<'_, '_, '_>, amounts: &mut [Amount]) {
    let table = |amount: &Amount| page.survey.markup.at(amount.node).ancestors().find(|holder| holder.tag() == Tag::Table).map(Spot::index);
    let tables: Vec<Option<usize>> = amounts.iter().map(table).collect();
    for (amount, table) in amounts.iter_mut().zip(&tables) {
        let Some(index) = *table else { continue };
        let whole = page.anchor.is_some_and(|anchor| page.survey.markup.at(index).contains(anchor));
        if !whole && tables.iter().filter(|other| **other == Some(index)).count() >= 3 {
            amount.score -= 5;
        }
    }
}

/// From here on an amount is taken for the product's price.
const LEAST: i32 = 5;

fn choose(page: &Page<'_, '_, '_>, shown: &mut Shown, current: &[Amount], old: &[Amount]) {
    let best = |amounts: &[Amount]| {
        let mut best: Option<Amount> = None;
        for amount in amounts.iter().filter(|amount| amount.score >= LEAST) {
            if best.as_ref().is_none_or(|known| amount.score > known.score) {
                best = Some(amount.clone());
            }
        }
        best
    };
    // Where only one price is shown, its name means little.
    let Some(price) = best(current).or_else(|| best(old)) else { return };
    let near = |amount: &&Amount| amount.line.abs_diff(price.line) <= 12 && amount.money.amount > price.money.amount;
    let same = |amount: &&Amount| amount.money.currency == price.money.currency || amount.money.currency.is_none();
    let beside = |amount: &&Amount| {
        amount.line.abs_diff(price.line) <= 3 && !amount.now && page.survey.near(page.survey.markup.at(amount.node), Marks::PRICE, 3)
    };
    let struck = old.iter().filter(near).filter(same).min_by_key(|amount| amount.line.abs_diff(price.line));
    // `Price 8.20, offer price 6.90`: the first one is no longer asked.
    let other = || current.iter().filter(|_| price.now).filter(near).filter(same).find(beside);
    shown.regular = struck.or_else(other).cloned();
    shown.price = Some(price);
}
