//! Figures: where the digits of one number start and end, and what their separators mean.

use rust_decimal::Decimal;

use super::{
    super::Currency,
    sign::Sign,
    steps::{
        back_over_spaces, char_at, char_before, is_apostrophe, is_dash, is_digit, is_space, run_end, run_start, skip_spaces, word_before,
    },
    words::{is_price_word, may_end},
};

/// More digits than this are a barcode or a phone number, not an amount.
const MOST_DIGITS: usize = 12;
const MOST_DECIMALS: usize = 20;
/// More groups than these are no number; a page may hold a million of them.
const MOST_PARTS: usize = 8;

/// A figure in the text, by byte offsets; `to` is after a trailing `.-`.
pub(super) struct Figure {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Nothing where the separators make no number, as in a date.
    pub(super) number: Option<Number>,
    /// The sign of `12€90`, which stands where the decimal mark belongs.
    pub(super) inside: Option<Sign>,
}

/// What a figure says. A lone separator before three digits can be read in two ways until the currency is known.
pub(super) struct Number {
    pub(super) plain: Decimal,
    pub(super) grouped: Option<(char, Decimal)>,
    pub(super) shape: Shape,
}

/// How a figure looks, which tells an amount from a number of an order or a telephone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// So many digits and no separator.
    Digits(usize),
    /// A zero leads that no amount has: `0800`.
    Padded,
    Marked,
}

/// The decimal mark of what can only be decimals, whatever stands in the text.
const DECIMALS: char = '·';

/// Digits with what separates them: `1`, then (` `, `770`), then (`,`, `00`).
struct Run<'t> {
    text: &'t str,
    from: usize,
    to: usize,
    whole: &'t str,
    parts: Vec<(char, &'t str)>,
}

impl Figure {
    /// Reads the figure whose first digit is at `from`; nothing before `earliest` belongs to it.
    pub(super) fn read(text: &str, from: usize, earliest: usize, hint: Option<Currency>) -> Self {
        if let Some(run) = Run::led_by_mark(text, from, earliest) {
            return run.figure(None);
        }
        let mut run = Run::start(text, from);
        while run.parts.len() < MOST_PARTS && run.grow() {}
        let inside = if run.has_decimals() { None } else { run.odd_cents(hint) };
        run.figure(inside)
    }

    /// Whether a sign after this figure belongs to an amount that follows: `Lot de 2 € 14,90`.
    pub(super) fn cedes(&self, text: &str, sign: &Sign, hint: Option<Currency>) -> bool {
        let from = skip_spaces(text, sign.to);
        let next = &text[from..run_end(text, from, |c| is_digit(c) || matches!(c, '.' | ','))];
        let has_cents = next.bytes().rev().position(|byte| matches!(byte, b'.' | b',')) == Some(2);
        let counts = matches!(&self.number, Some(Number { shape: Shape::Digits(_), .. }));
        counts && has_cents && Sign::after(text, from + next.len(), hint).is_none()
    }
}

impl<'t> Run<'t> {
    fn start(text: &'t str, from: usize) -> Self {
        let to = run_end(text, from, is_digit);
        Self { text, from, to, whole: &text[from..to], parts: Vec::new() }
    }

    /// `.75 €`, `$.75`, `$..75`: nothing stands before the decimal mark.
    fn led_by_mark(text: &'t str, from: usize, earliest: usize) -> Option<Self> {
        let mark = run_start(text, from, |c| matches!(c, '.' | ','));
        let end = run_end(text, from, is_digit);
        let opens = match char_before(text, mark) {
            Some('$' | '€' | '£') => true,
            Some(c) => from - mark == 1 && (is_space(c) || c == '('),
            None => from - mark == 1,
        };
        let fits = mark < from && mark >= earliest && opens && end - from <= 2 && !matches!(char_at(text, end), Some('.' | ','));
        fits.then(|| Self { text, from: mark, to: end, whole: "", parts: vec![(DECIMALS, &text[from..end])] })
    }

    /// Takes the next group or the decimals, where a separator leads to them.
    fn grow(&mut self) -> bool {
        let Some(mark) = char_at(self.text, self.to) else { return false };
        let from = self.to + mark.len_utf8();
        let end = run_end(self.text, from, is_digit);
        let length = count(&self.text[from..end]);
        let kind = match mark {
            '.' | '．' if length > 0 => '.',
            ',' | '，' if length > 0 => ',',
            DECIMALS if length == 2 => DECIMALS,
            c if is_apostrophe(c) && length == 3 => '\'',
            c if is_space(c) && length == 3 && self.may_be_spaced() => ' ',
            _ => return false,
        };
        self.push(kind, from, end);
        true
    }

    fn push(&mut self, mark: char, from: usize, to: usize) {
        self.parts.push((mark, &self.text[from..to]));
        self.to = to;
    }

    /// A space continues a number only between groups of three, before any decimal mark.
    fn may_be_spaced(&self) -> bool {
        count(self.whole) <= 3 && self.whole != "0" && self.parts.iter().all(|(mark, digits)| *mark == ' ' && count(digits) == 3)
    }

    fn has_decimals(&self) -> bool {
        match self.parts.as_slice() {
            [.., ('.' | ',', digits)] if count(digits) != 3 => true,
            [.., (DECIMALS, _)] => true,
            [earlier @ .., (mark @ ('.' | ','), _)] => earlier.iter().any(|(other, _)| other != mark),
            _ => false,
        }
    }

    /// Decimals that are written in another way than behind a mark. Gives the sign that stands among them.
    fn odd_cents(&mut self, hint: Option<Currency>) -> Option<Sign> {
        let cents = self.superscript().or_else(|| self.spaced_cents(hint)).or_else(|| self.cents_after_apostrophe(hint));
        if let Some((from, to)) = cents {
            self.push(DECIMALS, from, to);
        } else if let Some((sign, from, to)) = self.cents_after_sign(hint) {
            self.push(DECIMALS, from, to);
            return Some(sign);
        } else if let Some(to) = self.dash() {
            self.push(DECIMALS, to, to);
        } else if let Some((from, to)) = self.split_cents(hint) {
            self.push(DECIMALS, from, to);
        }
        None
    }

    /// `12⁹⁰`
    fn superscript(&self) -> Option<(usize, usize)> {
        let end = run_end(self.text, self.to, |c| superscript_value(c).is_some());
        (count(&self.text[self.to..end]) == 2).then_some((self.to, end))
    }

    /// `119. 95`, `118, 99 TL`, `$ 19 . 99`: the mark stands apart because elements of the page do.
    fn spaced_cents(&self, hint: Option<Currency>) -> Option<(usize, usize)> {
        let mark = skip_spaces(self.text, self.to);
        matches!(char_at(self.text, mark), Some('.' | ',')).then_some(())?;
        let (from, end) = self.two_digits(skip_spaces(self.text, mark + 1))?;
        let ends = may_end(self.text, end) || Sign::after(self.text, end, hint).is_some();
        (ends && self.opens(hint)).then_some((from, end))
    }

    fn opens(&self, hint: Option<Currency>) -> bool {
        opens(self.text, self.from) || Sign::before(self.text, self.from, hint).is_some()
    }

    /// `12'50 €`, and not the `6'05` of feet and inches.
    fn cents_after_apostrophe(&self, hint: Option<Currency>) -> Option<(usize, usize)> {
        let mark = char_at(self.text, self.to).filter(|c| is_apostrophe(*c))?;
        let (from, end) = self.two_digits(self.to + mark.len_utf8())?;
        Sign::after(self.text, end, hint).map(|_| (from, end))
    }

    /// `12€90`, `3 €,99`, `3 € 99`: the sign stands where the decimal mark belongs.
    fn cents_after_sign(&self, hint: Option<Currency>) -> Option<(Sign, usize, usize)> {
        let sign = Sign::after(self.text, self.to, hint).or_else(|| self.euro_of_cents(hint)).filter(|sign| !sign.is_cents())?;
        let after = skip_spaces(self.text, sign.to);
        let marked = matches!(char_at(self.text, after), Some('.' | ',')) && char_at(self.text, after + 1).is_some_and(is_digit);
        let (from, end) = self.two_digits(if marked { after + 1 } else { after })?;
        let joined = marked || (sign.from == self.to && from == sign.to);
        let fits = joined || (may_end(self.text, end) && Sign::after(self.text, end, hint).is_none());
        (fits && Sign::before(self.text, self.from, hint).is_none()).then_some((sign, from, end))
    }

    /// `3 €99` where a price starts: no country that writes the sign first puts a bare figure before it.
    fn euro_of_cents(&self, hint: Option<Currency>) -> Option<Sign> {
        let at = skip_spaces(self.text, self.to);
        let glued = char_at(self.text, at) == Some('€') && self.opens(hint);
        glued.then(|| Sign::after(self.text, at, hint))?
    }

    /// `19.-`, `19,– €`, `12,=`, `1 299:-`, `105. –`: no decimals at all.
    fn dash(&self) -> Option<usize> {
        let mark = char_at(self.text, self.to).filter(|c| matches!(c, '.' | ',' | ':'))?;
        let glued = self.to + mark.len_utf8();
        let from = skip_spaces(self.text, glued);
        let end = run_end(self.text, from, |c| is_dash(c) || matches!(c, '=' | '_'));
        let apart = from > glued;
        let ends = !apart || (mark != ':' && !char_at(self.text, skip_spaces(self.text, end)).is_some_and(char::is_alphanumeric));
        (end > from && ends).then_some(end)
    }

    /// `$19 99`, and `19 99 €` if that is all: the cents are in an element of their own.
    fn split_cents(&self, hint: Option<Currency>) -> Option<(usize, usize)> {
        let apart = skip_spaces(self.text, self.to);
        let (from, end) = (apart > self.to).then(|| self.two_digits(apart))??;
        let trailing = Sign::after(self.text, end, hint);
        let fits = match (Sign::before(self.text, self.from, hint), trailing) {
            (Some(_), trailing) => trailing.is_none() && may_end(self.text, end),
            (None, Some(sign)) => back_over_spaces(self.text, self.from) == 0 && may_end(self.text, sign.to),
            (None, None) => false,
        };
        fits.then_some((from, end))
    }

    /// Two digits at `from` that no digit, mark or fraction follows.
    fn two_digits(&self, from: usize) -> Option<(usize, usize)> {
        let end = run_end(self.text, from, is_digit);
        let goes_on = matches!(char_at(self.text, end), Some('.' | ',' | '/')) && char_at(self.text, end + 1).is_some_and(is_digit);
        (count(&self.text[from..end]) == 2 && !goes_on).then_some((from, end))
    }

    fn figure(self, inside: Option<Sign>) -> Figure {
        Figure { from: self.from, to: self.to, number: self.number(), inside }
    }

    fn number(&self) -> Option<Number> {
        let sure = |decimals| Some(Number { plain: self.decimal(decimals)?, grouped: None, shape: self.shape() });
        let Some((&(mark, digits), earlier)) = self.parts.split_last() else { return sure(0) };
        let length = count(digits);
        match mark {
            ' ' | '\'' => self.groups(&self.parts).then(|| sure(0))?,
            DECIMALS => (earlier.is_empty() || self.groups(earlier)).then(|| sure(length))?,
            _ if earlier.is_empty() && length == 3 && self.groups(&self.parts) && self.whole != "0" => {
                Some(Number { plain: self.decimal(3)?, grouped: Some((mark, self.decimal(0)?)), shape: Shape::Marked })
            }
            _ if earlier.is_empty() => sure(length),
            _ if earlier.iter().all(|(other, _)| *other == mark) => self.groups(&self.parts).then(|| sure(0))?,
            _ => self.groups(earlier).then(|| sure(length))?,
        }
    }

    /// Groups of three behind one kind of mark, or, as India groups, `1,23,456`.
    fn groups(&self, parts: &[(char, &str)]) -> bool {
        let Some(((mark, last), middle)) = parts.split_last() else { return true };
        let width = middle.first().map_or(3, |(_, digits)| count(digits));
        (width == 3 || (width == 2 && *mark == ','))
            && (1..=width).contains(&count(self.whole))
            && count(last) == 3
            && middle.iter().all(|(other, digits)| other == mark && count(digits) == width)
    }

    fn shape(&self) -> Shape {
        match count(self.whole) {
            length if length > 1 && self.whole.starts_with(['0', '０']) => Shape::Padded,
            length if self.parts.is_empty() => Shape::Digits(length),
            _ => Shape::Marked,
        }
    }

    /// All digits, the last `decimals` of them behind the decimal mark.
    fn decimal(&self, decimals: usize) -> Option<Decimal> {
        let digits = || self.whole.chars().chain(self.parts.iter().flat_map(|(_, digits)| digits.chars()));
        let length = digits().count();
        (length - decimals <= MOST_DIGITS && decimals <= MOST_DECIMALS).then_some(())?;
        let mantissa = digits().try_fold(0_i128, |sum, c| sum.checked_mul(10)?.checked_add(digit_value(c)?.into()))?;
        Decimal::try_from_i128_with_scale(mantissa, u32::try_from(decimals).ok()?).ok()
    }
}

/// Whether an amount may start at `from` rather than end a phrase: not in `Lot de 2, 32 €` or `Lot de 2 - 32 €`.
pub(super) fn opens(text: &str, from: usize) -> bool {
    let mut at = from;
    loop {
        at = back_over_spaces(text, at);
        let word = word_before(text, at);
        if word.is_empty() {
            return char_before(text, at).is_none_or(|c| matches!(c, ':' | '(' | '[' | '|'));
        }
        if !is_price_word(word) {
            return false;
        }
        at -= word.len();
    }
}

fn count(digits: &str) -> usize {
    digits.chars().count()
}

fn digit_value(c: char) -> Option<u32> {
    match c {
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        _ => c.to_digit(10).or_else(|| superscript_value(c)),
    }
}

fn superscript_value(c: char) -> Option<u32> {
    match c {
        '⁰' => Some(0),
        '¹' => Some(1),
        '²' => Some(2),
        '³' => Some(3),
        '⁴'..='⁹' => Some(u32::from(c) - u32::from('⁰')),
        _ => None,
    }
}
