//! Figures with what stands around them, and whether that makes them a price.

use rust_decimal::Decimal;

use super::{
    super::{Currency, Money},
    Seen,
    figure::{Figure, Number, Shape},
    quantity::Quantity,
    sign::Sign,
    steps::{back_over_spaces, char_at, char_before, is_dash, is_digit, is_space, skip_spaces, word_at, word_before},
    words::{is_price_word, is_tax_word},
};

/// A bare number with so many digits is one of an order or an article.
const ORDER_NUMBER: usize = 8;

/// A figure with what stands around it.
pub(super) struct Candidate {
    pub(super) figure: Figure,
    pub(super) sign: Option<Sign>,
    pub(super) quantity: Option<Quantity>,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Candidate {
    /// Gives a figure its sign and quantity, which do not reach back over `claimed`: what is before belongs to the figure before.
    pub(super) fn new(text: &str, claimed: usize, figure: Figure, hint: Option<Currency>) -> Self {
        let free = |sign: &Sign| sign.from >= claimed;
        let mut leading = Sign::before(text, figure.from, hint).filter(free);
        let announced = Quantity::before(text, claimed, leading.map_or(figure.from, |sign| sign.from));
        if let Some(quantity) = &announced {
            leading = leading.or_else(|| Sign::before(text, quantity.from, hint).filter(free));
        }
        let trailing = figure.inside.or_else(|| Sign::after(text, figure.to, hint).filter(|sign| !figure.cedes(text, sign, hint)));
        let sign = match (leading, trailing) {
            (Some(leading), Some(trailing)) if leading.yields_to(&trailing) => Some(trailing),
            (leading, trailing) => leading.or(trailing),
        };
        let from = leading.map_or(figure.from, |sign| sign.from);
        let to = sign.map_or(figure.to, |sign| sign.to.max(figure.to));
        // `€ 12,50 €/kg`
        let second_sign = || trailing.and_then(|sign| Quantity::after(text, sign.to));
        let quantity = Quantity::after(text, to).or_else(second_sign).or(announced);
        Self { figure, sign, quantity, from, to }
    }

    /// Where the figure ends with all that belongs to it.
    pub(super) fn end(&self) -> usize {
        self.quantity.as_ref().map_or(self.to, |quantity| quantity.to.max(self.to))
    }

    /// Where it starts with all that announces it.
    pub(super) fn start(&self) -> usize {
        self.quantity.as_ref().map_or(self.from, |quantity| quantity.from.min(self.from))
    }

    /// Whether a text that holds no other figure tells an amount. `2 / 100 g` without decimals is something else, and `(123)`
    /// counts reviews.
    pub(super) fn is_money(&self, text: &str) -> bool {
        let bracketed = matches!(char_before(text, self.from), Some('(' | '['));
        self.figure.number.as_ref().is_some_and(|number| match number.shape {
            Shape::Digits(length) => length < ORDER_NUMBER && self.quantity.is_none() && !bracketed,
            Shape::Padded => false,
            Shape::Marked => true,
        })
    }

    /// `344.99 - 444.99` beside other figures; `10 - 15` and `555 1234` could be anything.
    pub(super) fn is_plainly_money(&self) -> bool {
        self.figure.number.as_ref().is_some_and(|number| number.shape == Shape::Marked && number.plain.scale() == 2)
    }

    /// Discounts, shares, dates, fractions and parts of words (`SPF50`, `EAN13`) are no prices.
    pub(super) fn may_be_price(&self, text: &str) -> bool {
        self.figure.number.is_some() && !self.is_difference(text) && !self.is_part_of_word(text) && !self.is_part_of_figures(text)
    }

    /// `-5,00 €`, `-$5`, `- 5,00 €` at a start, `+5 €`, `$49+`.
    fn is_difference(&self, text: &str) -> bool {
        let opens = |at: usize| char_before(text, at).is_none_or(|c| is_space(c) || matches!(c, '(' | '[' | ':' | '/' | '+'));
        let sign_at = back_over_spaces(text, self.from);
        let glued = sign_at == self.from;
        let more = char_at(text, self.to) == Some('+') && !char_at(text, self.to + 1).is_some_and(char::is_alphanumeric);
        match char_before(text, sign_at) {
            Some('+') => more || opens(sign_at - 1),
            Some(c) if is_dash(c) && glued => more || opens(sign_at - c.len_utf8()),
            Some(c) if is_dash(c) && self.from == self.figure.from => {
                let earlier = char_before(text, back_over_spaces(text, sign_at - c.len_utf8()));
                more || earlier.is_none_or(|c| matches!(c, '(' | '[' | ':'))
            }
            _ => more,
        }
    }

    fn is_part_of_word(&self, text: &str) -> bool {
        let before = char_before(text, self.from);
        let word_before = word_before(text, self.from);
        let glued_before = match before {
            Some(c) if c.is_alphabetic() => self.from == self.figure.from && !self.may_follow(word_before),
            other => matches!(other, Some('#' | '_' | '@' | '№')),
        };
        let word_after = word_at(text, self.figure.to);
        let glued_after = self.figure.to >= self.to && !word_after.is_empty() && !is_tax_word(word_after);
        // `12"` is a size, `price="12"` is not.
        let inches = char_at(text, self.figure.to) == Some('"') && before != Some('"');
        glued_before || glued_after || inches || matches!(char_at(text, self.figure.to), Some('_' | '°' | '″' | '×'))
    }

    /// `Prix14,90 €`: the texts of two elements without a space between them.
    fn may_follow(&self, word: &str) -> bool {
        match word.chars().count() {
            // `A4`, `de12`
            0..=2 => false,
            3 => is_price_word(word),
            _ => is_price_word(word) || (self.sign.is_some() && self.is_plainly_money()),
        }
    }

    /// `20 %`, `12/03`, `4,5/5`, `18:30`
    fn is_part_of_figures(&self, text: &str) -> bool {
        let (from, to) = (self.figure.from, self.figure.to);
        let before = char_before(text, from);
        let next_digit = char_at(text, to + 1).is_some_and(is_digit);
        // `%20` is how Turkey writes a share; in `-20%14,90 €` the next element follows.
        let turkish = before == Some('%') && !char_before(text, from - 1).is_some_and(is_digit);
        let share = turkish || matches!(char_at(text, skip_spaces(text, to)), Some('%' | '‰'));
        let divided = before == Some('/') && char_before(text, from - 1).is_none_or(|c| c.is_alphanumeric());
        let goes_on = matches!(char_at(text, to), Some('/' | ':')) && next_digit && self.quantity.is_none();
        share || divided || goes_on
    }

    pub(super) fn seen(self, hint: Option<Currency>) -> Option<Seen> {
        let currency = self.sign.map_or(hint, |sign| sign.currency);
        let amount = self.amount(currency)?;
        Some(Seen { money: Money { amount, currency }, per: self.quantity.map(|quantity| quantity.per), from: self.from, to: self.to })
    }

    fn amount(&self, currency: Option<Currency>) -> Option<Decimal> {
        let Number { plain, grouped, .. } = self.figure.number.as_ref()?;
        let amount = match grouped {
            Some((mark, grouped)) if self.is_grouped_by(*mark, currency) => *grouped,
            _ => *plain,
        };
        if self.sign.is_some_and(|sign| sign.is_cents()) { amount.checked_mul(Decimal::new(1, 2)) } else { Some(amount) }
    }

    /// Whether a lone mark before three digits stands between groups: `1.250` or `$1,299`.
    fn is_grouped_by(&self, mark: char, currency: Option<Currency>) -> bool {
        let code = currency.as_ref().map(Currency::as_str);
        let comma_decimal = code.is_some_and(|code| COMMA_DECIMAL.contains(&code));
        if code.is_some_and(|code| THREE_DECIMALS.contains(&code)) {
            return false;
        }
        match (&self.quantity, self.sign) {
            // `1,459 €/l`: prices of fuel and of small things have three decimals.
            (Some(_), _) => (mark == '.') == comma_decimal,
            // Nobody shows people three decimals beside a sign.
            (None, Some(_)) => true,
            // Machines write `1.250` for one and a quarter, and never a comma.
            (None, None) => mark == ',' || comma_decimal,
        }
    }
}

/// Currencies whose countries write the comma before the decimals.
const COMMA_DECIMAL: &[&str] = &[
    "EUR", "PLN", "CZK", "SEK", "NOK", "DKK", "ISK", "HUF", "RON", "BGN", "RSD", "TRY", "UAH", "RUB", "BRL", "ARS", "CLP", "COP", "MAD",
    "DZD", "XOF", "XAF", "XPF", "VND", "IDR",
];
const THREE_DECIMALS: &[&str] = &["KWD", "BHD", "OMR", "JOD", "TND", "IQD", "LYD"];
