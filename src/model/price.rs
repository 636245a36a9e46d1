//! Finds prices in text: which figures are a price, what their separators mean, which currency stands beside them.
//!
//! Works on the text alone and never converts between currencies; a figure that could be a size, a date or a discount is left out.

mod candidate;
mod figure;
mod quantity;
mod sign;
mod steps;
mod words;

use self::{candidate::Candidate, figure::Figure, quantity::Quantity, sign::Sign};
use super::{Currency, Money};

/// A price as it stands in a text.
pub(crate) struct Seen {
    pub(crate) money: Money,
    /// The quantity of a price per quantity, as the page words it.
    pub(crate) per: Option<String>,
    /// Byte offsets of the figure with its sign, without the quantity.
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// How far into a text, in bytes, a price may start: it stands near the start of whatever a selector hits.
const SEARCHED: usize = 2_000;

/// All prices in the order of the text. `hint` is the currency when the text names none.
///
/// Cheap where there is none: a page consists of thousands of short texts.
pub(crate) fn prices(text: &str, hint: Option<Currency>) -> Vec<Seen> {
    if text.contains(steps::is_digit) { scan(text, hint) } else { Vec::new() }
}

/// The price to tell: the first one that is not per quantity, or the lowest of a range that starts with it.
pub(super) fn chosen(text: &str, prices: Vec<Seen>) -> Option<Seen> {
    let mut prices = prices.into_iter().filter(|seen| seen.per.is_none());
    let mut chosen = prices.next()?;
    let mut end = chosen.to;
    for next in prices {
        if !is_range(&text[end..next.from]) {
            break;
        }
        end = next.to;
        if next.money.amount < chosen.money.amount && next.money.currency == chosen.money.currency {
            chosen = next;
        }
    }
    Some(chosen)
}

fn scan(text: &str, hint: Option<Currency>) -> Vec<Seen> {
    let mut candidates = candidates(text, hint);
    share_sign_of_range(text, &mut candidates);
    let priced = |candidate: &Candidate| candidate.sign.is_some() && candidate.may_be_price(text);
    if candidates.iter().any(priced) {
        candidates.into_iter().filter(priced).filter_map(|candidate| candidate.seen(hint)).collect()
    } else {
        bare_prices(text, candidates, hint)
    }
}

fn candidates(text: &str, hint: Option<Currency>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut at = 0;
    while let Some(from) = text[at..].find(steps::is_digit).map(|offset| at + offset).filter(|from| *from < SEARCHED) {
        let figure = Figure::read(text, from, at, hint);
        let claimed = found.iter().rev().find(|earlier| earlier.sign.is_some() || earlier.quantity.is_some()).map_or(0, Candidate::end);
        let candidate = Candidate::new(text, claimed, figure, hint);
        // `100 ml = 4,95 €`: the quantity was read as a figure of its own.
        found.retain(|earlier| candidate.quantity.as_ref().is_none_or(|quantity| earlier.from < quantity.from));
        at = candidate.end();
        found.push(candidate);
    }
    found
}

/// `9,90 - 14,90 €`, `9,90 à 14,90 €/kg`: the sign and the quantity at the end of a range are for both.
fn share_sign_of_range(text: &str, candidates: &mut [Candidate]) {
    for at in (1..candidates.len()).rev() {
        let (earlier, later) = candidates.split_at_mut(at);
        let (Some(low), Some(high)) = (earlier.last_mut(), later.first()) else { continue };
        let trails = high.sign.is_some_and(|sign| sign.from >= high.figure.to);
        let starts = low.is_plainly_money() || figure::opens(text, low.from);
        if low.sign.is_none() && trails && starts && is_range(&text[low.to..high.from]) {
            low.sign = high.sign;
            low.quantity = high.quantity.as_ref().map(|high| Quantity { from: low.to, to: low.to, per: high.per.clone() });
        }
    }
}

/// Whether two prices with `between` between them are the ends of a range.
fn is_range(between: &str) -> bool {
    let between = between.trim_matches(steps::is_space);
    let mut characters = between.chars();
    let dash = characters.next().is_some_and(|c| steps::is_dash(c) || matches!(c, '~' | '…')) && characters.next().is_none();
    dash || matches!(&*steps::lower(between), "à" | "a" | "to" | "bis" | "tot" | "al" | "do" | "až" | "до" | "til" | "till")
}

/// Amounts without a sign, if the text holds nothing else. Their currency is the page's, or that of a sign that stands apart
/// (`Prix TTC (€) dès 14,90`).
fn bare_prices(text: &str, candidates: Vec<Candidate>, hint: Option<Currency>) -> Vec<Seen> {
    let money = match candidates.as_slice() {
        [alone] => alone.is_money(text),
        several => several.iter().all(Candidate::is_plainly_money),
    };
    let mut currency = hint;
    if money && candidates.iter().all(|candidate| candidate.may_be_price(text)) && only_price_words(text, &candidates, &mut currency) {
        candidates.into_iter().filter_map(|candidate| candidate.seen(currency)).collect()
    } else {
        Vec::new()
    }
}

/// Whether nothing stands around the candidates but price words and signs, the last of which is put into `currency`.
fn only_price_words(text: &str, candidates: &[Candidate], currency: &mut Option<Currency>) -> bool {
    let mut at = 0;
    for candidate in candidates {
        if !words_until(text, at, candidate.start(), currency) {
            return false;
        }
        at = candidate.end();
    }
    words_until(text, at, text.len(), currency)
}

fn words_until(text: &str, from: usize, to: usize, currency: &mut Option<Currency>) -> bool {
    let mut at = from;
    while let Some(c) = steps::char_at(text, at).filter(|_| at < to) {
        let word = steps::word_at(text, at);
        if !word.is_empty() && words::is_price_word(word) {
            at += word.len();
        } else if c == '/' && words::is_price_word(steps::word_at(text, steps::skip_spaces(text, at + 1))) {
            // `40.00/each`
            at += 1;
        } else if steps::is_space(c) || steps::is_dash(c) || steps::is_apostrophe(c) || words::is_harmless(c) {
            at += c.len_utf8();
        } else if let Some(sign) = Sign::after(text, at, *currency).filter(Sign::may_stand_apart) {
            *currency = sign.currency;
            at = sign.to;
        } else {
            return false;
        }
    }
    true
}
