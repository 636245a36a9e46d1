//! One size or colour as its element shows it.

use url::Url;

use super::list::Member;
use super::names::{CHOSEN, CLOSED, LABELS, PICTURES, PRICES, REGULAR, SKUS, STOCKS, first, has_class};
use crate::extract::address::absolute;
use crate::extract::candidate::{Candidate, evidence};
use crate::extract::markup::Spot;
use crate::extract::offers;
use crate::extract::page::{Page, words};
use crate::extract::tag::Tag;
use crate::extract::text::line_within;
use crate::model::price::prices;
use crate::model::{Availability, Gtin, Media, Source};

/// A member has no more nodes than this, and its words no more bytes.
pub(super) const LARGEST: usize = 40;
pub(super) const LONGEST: usize = 600;

/// An element, its code, and where the code stands.
pub(super) type Coded<'m, 'h> = (Spot<'m, 'h>, Gtin, String);

/// The only code among some words, and where it begins and ends.
pub(super) fn code_in(text: &str) -> Option<(Gtin, usize, usize)> {
    let mut found = text.split(|c: char| !c.is_ascii_digit()).filter(|run| (12..=14).contains(&run.len()));
    let run = found.next().filter(|_| found.next().is_none())?;
    let from = text.find(run)?;
    Some((evidence(run)?, from, from + run.len()))
}

pub(super) fn is_radio(element: Spot<'_, '_>) -> bool {
    element.raw_attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("radio"))
}

/// The words of a member: its own, or those of the label of a field.
pub(super) fn words_of(element: Spot<'_, '_>) -> String {
    if element.tag() != Tag::Input {
        return line_within(element, LONGEST);
    }
    let around = element.ancestors().take(3).find(|holder| holder.tag() == Tag::Label);
    let beside = || {
        let id = element.raw_attr("id")?;
        let holder = element.ancestors().nth(2)?;
        holder.elements().take(LARGEST * LARGEST).find(|label| label.tag() == Tag::Label && label.raw_attr("for") == Some(id))
    };
    around.or_else(beside).map(|label| line_within(label, LONGEST)).unwrap_or_default()
}

pub(super) fn member(page: &Page<'_, '_, '_>, base: &Url, (element, code, locator): &Coded<'_, '_>) -> Member {
    let element = *element;
    // Between the code and the price there may be nothing but a box.
    let text = words_of(element).replace(code.as_given(), " ");
    let place = format!("{}{}", page.locator(element.index()), if locator.starts_with('[') { locator.as_str() } else { "" });
    let mut member = Member::of(Candidate::new(Source::VisibleText, place.clone()));
    let candidate = &mut member.candidate;
    candidate.note("gtins", place.clone(), code.as_given());
    candidate.sheet.gtins = vec![code.clone()];
    let label = first(element, LABELS).map(|(_, label)| label).or_else(|| label_in(&text)).or_else(|| spoken(element));
    if let Some(label) = label {
        candidate.note("size", place.clone(), &label);
        candidate.sheet.size = Some(label);
    }
    // A number with the barcode in it is a key of the shop's scripts.
    let is_number = |(_, sku): &(&str, String)| sku.len() <= 40 && !sku.contains(code.as_given());
    if let Some((name, sku)) = first(element, SKUS).filter(is_number) {
        candidate.note("sku", format!("[{name}]"), &sku);
        candidate.sheet.sku = Some(sku);
    }
    if let Some((name, link)) = first(element, PICTURES)
        && let Some(url) = absolute(base, &link).filter(|url| url.path().contains('.'))
    {
        candidate.note("images", format!("[{name}]"), &link);
        candidate.sheet.images = vec![Media::at(url)];
    }
    price(&mut member, element, &text, &place);
    stock(&mut member, element, &text, &place);
    member.chosen = is_chosen(element);
    member.nodes = vec![element.index()];
    member
}

fn price(member: &mut Member, element: Spot<'_, '_>, text: &str, place: &str) {
    let told = first(element, PRICES).and_then(|(name, raw)| Some((offers::amount(&raw, None)?, format!("[{name}]"), raw)));
    let seen = || {
        let mut seen = prices(text, None).into_iter().filter(|seen| seen.per.is_none());
        let price = seen.next().filter(|_| seen.next().is_none())?;
        Some((price.money, place.to_owned(), text[price.from..price.to].to_owned()))
    };
    let Some((money, locator, raw)) = told.or_else(|| seen().filter(|(money, ..)| money.currency.is_some())) else { return };
    member.candidate.note("price", locator, &raw);
    let regular = first(element, REGULAR).and_then(|(name, raw)| Some((offers::amount(&raw, None)?, name, raw)));
    if let Some((regular, name, raw)) = regular.filter(|(regular, ..)| regular.amount > money.amount) {
        member.candidate.note("regular_price", format!("[{name}]"), &raw);
        member.offer().regular_price = Some(regular);
    }
    member.offer().price = Some(money);
}

fn stock(member: &mut Member, element: Spot<'_, '_>, text: &str, place: &str) {
    let told = first(element, STOCKS).and_then(|(name, raw)| Some((in_figures(&raw)?, format!("[{name}]"), raw)));
    let said = || words::of_stock(&text.to_lowercase()).map(|(availability, _)| (availability, place.to_owned(), text.to_owned()));
    let closed = || is_closed(element).then(|| (Availability::OutOfStock, place.to_owned(), "disabled".to_owned()));
    let Some((availability, locator, raw)) = told.or_else(said).or_else(closed) else { return };
    member.candidate.note("availability", locator, &raw);
    member.offer().availability = Some(availability);
}

/// A count, yes and no, or a word.
fn in_figures(raw: &str) -> Option<Availability> {
    let of = |there: bool| if there { Availability::InStock } else { Availability::OutOfStock };
    match raw.parse::<i64>() {
        Ok(count) => Some(of(count > 0)),
        Err(_) if raw.eq_ignore_ascii_case("no") => Some(of(false)),
        Err(_) if raw.eq_ignore_ascii_case("yes") => Some(of(true)),
        Err(_) => Availability::parse(raw),
    }
}

/// An element and the field that it stands for or holds.
fn is_closed(element: Spot<'_, '_>) -> bool {
    let has = |one: Spot<'_, '_>| one.has("disabled") || one.raw_attr("aria-disabled") == Some("true") || has_class(one, CLOSED);
    has(element) || element.elements().take(LARGEST).any(|inner| inner.tag() == Tag::Input && has(inner))
}

fn is_chosen(element: Spot<'_, '_>) -> bool {
    let says = |name: &str| element.raw_attr(name) == Some("true");
    let checked = |one: Spot<'_, '_>| one.has("checked") || one.has("selected");
    checked(element)
        || element.elements().take(LARGEST).any(|inner| inner.tag() == Tag::Input && checked(inner))
        || ["aria-checked", "aria-selected", "aria-pressed"].into_iter().any(says)
        || has_class(element, CHOSEN)
}

/// What stands before the price, the code and the stock.
fn label_in(text: &str) -> Option<String> {
    let price = prices(text, None).into_iter().find(|price| price.money.currency.is_some()).map(|price| price.from);
    let code = code_in(text).map(|(_, from, _)| from);
    let lower = text.to_ascii_lowercase();
    let named = ["ean", "gtin", "upc"].iter().filter_map(|word| lower.find(word).filter(|at| *at > 0)).min();
    let end = [price, code, named].into_iter().flatten().min().unwrap_or(text.len());
    let head = text.get(..end)?;
    let head = [" - ", " – ", " — ", " | ", " (", " : "].iter().filter_map(|mark| head.split(mark).next()).min_by_key(|part| part.len())?;
    let label = head.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | '|' | '(' | ':' | ',' | '+'));
    (!label.is_empty() && label.len() <= 60).then(|| label.to_owned())
}

fn spoken(element: Spot<'_, '_>) -> Option<String> {
    let alt = || element.elements().take(LARGEST).find(|inner| inner.tag() == Tag::Img)?.attr("alt");
    let label = element.attr("aria-label").or_else(|| element.attr("title")).or_else(alt)?;
    (!label.trim().is_empty() && label.len() <= 60).then(|| label.trim().to_owned())
}
