//! Quantities that make a price one per quantity: `/L`, `les 100 g`, `1 kg =`, `per Fl Oz`.

use super::{
    sign::Sign,
    steps::{
        back_over_spaces, char_at, char_before, is_apostrophe, is_digit, is_space, lower, run_end, run_start, skip_spaces, word_at,
        word_before,
    },
    words::{is_price_word, is_tax_word},
};

/// A quantity in the text, by byte offsets from the word that leads to it.
pub(super) struct Quantity {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The quantity as the page words it: `L`, `100 g`.
    pub(super) per: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Measure,
    /// A thing that is counted.
    Piece,
}

fn unit(word: &str) -> Option<Unit> {
    Some(match &*lower(word) {
        "l" | "lt" | "ltr" | "litre" | "litres" | "liter" | "liters" | "litro" | "litros" | "litri" | "ml" | "cl" | "dl" | "hl"
        | "millilitre" | "millilitres" | "milliliter" | "kg" | "kgs" | "kilo" | "kilos" | "kilogramme" | "kilogrammes" | "kilogramm"
        | "kilogram" | "g" | "gr" | "gramme" | "grammes" | "gramm" | "gram" | "grams" | "gramos" | "grammi" | "mg" | "m" | "m2" | "m²"
        | "m3" | "m³" | "cm" | "mètre" | "mètres" | "metre" | "meter" | "metro" | "oz" | "ounce" | "ounces" | "lb" | "lbs" | "pound"
        | "gal" | "gallon" | "qt" | "quart" | "pt" | "pint" | "yd" | "yard" | "ft" | "foot" | "sqm" | "sqft" => Unit::Measure,
        "unité" | "unités" | "unite" | "unidad" | "unidades" | "unità" | "unit" | "pièce" | "pièces" | "piece" | "pieces" | "pieza"
        | "pezzo" | "pz" | "pc" | "pcs" | "stück" | "stk" | "st" | "stuk" | "stuks" | "styck" | "szt" | "ks" | "kus" | "db" | "count"
        | "ct" | "capsule" | "capsules" | "comprimé" | "comprimés" | "tablette" | "tablet" | "tablets" | "gélule" | "gélules" | "dose"
        | "doses" | "sachet" | "feuille" | "sheet" | "sheets" | "lavage" | "wash" | "waschladung" | "wl" | "rouleau" | "roll" | "rolle" => {
            Unit::Piece
        }
        _ => return None,
    })
}

/// A word between a price and its quantity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    Per,
    /// Before a price it needs a measure: `la pièce : 12 €` is the price of the thing.
    Article,
    /// Leads on to an article: `à la pièce`.
    Toward,
}

fn lead(word: &str) -> Option<Lead> {
    Some(match &*lower(word) {
        "par" | "per" | "pro" | "por" | "je" | "au" | "al" | "pr" | "za" | "na" => Lead::Per,
        "le" | "la" | "les" | "l" | "el" | "the" => Lead::Article,
        "à" => Lead::Toward,
        _ => return None,
    })
}

/// First words of units of two words: `fl oz`, `sq. m`.
fn starts_unit(word: &str) -> bool {
    matches!(&*lower(word), "fl" | "fluid" | "sq" | "square")
}

impl Quantity {
    /// The quantity that follows a price which ends at `at`.
    pub(super) fn after(text: &str, at: usize) -> Option<Self> {
        let from = skip_tax(text, skip_spaces(text, at));
        let inside = from + usize::from(text[from..].starts_with('('));
        let number = after_leads(text, inside)?;
        let number_end = quantity_number_end(text, number);
        let unit = skip_spaces(text, number_end);
        let (to, kind) = unit_end(text, unit)?;
        let closed = match char_at(text, skip_spaces(text, to)) {
            // `14,90 € par 100 ml : 7,45 €`: the quantity announces the next price.
            Some(':' | '=') => false,
            next => inside == from || next == Some(')'),
        };
        let (number, unit) = (&text[number..number_end], &text[unit..to]);
        // `les 30 gélules` is what is in the box.
        let usual = kind == Unit::Measure || matches!(number, "" | "1" | "100" | "1000");
        (closed && usual).then(|| Self { from, to, per: worded(number, unit) })
    }

    /// The quantity that a price which starts at `at` is announced with: `Prix au kg :`, `€/kg`, `100 ml =`.
    pub(super) fn before(text: &str, earliest: usize, at: usize) -> Option<Self> {
        let mark = back_over_spaces(text, at);
        let end = back_over_spaces(text, mark - usize::from(text[..mark].ends_with([':', '='])));
        let (unit, kind) = unit_start(text, end).filter(|(unit, _)| *unit >= earliest)?;
        let number_end = back_over_spaces(text, unit);
        let number = run_start(text, number_end, |c| is_digit(c) || matches!(c, '.' | ','));
        let number_text = &text[number..number_end];
        let lead = lead_before(text, back_over_spaces(text, number), kind);
        let equated = text[..mark].ends_with('=') && !number_text.is_empty();
        let from = lead.or(equated.then_some(number)).filter(|from| *from >= earliest)?;
        Some(Self { from, to: end, per: worded(number_text, &text[unit..end]) })
    }
}

fn worded(number: &str, unit: &str) -> String {
    if number.is_empty() { unit.to_owned() } else { format!("{number} {unit}") }
}

fn skip_tax(text: &str, at: usize) -> usize {
    let word = word_at(text, at);
    let after = if is_tax_word(word) { at + word.len() } else { at };
    run_end(text, after, |c| c == '*' || is_space(c))
}

/// Steps over `/`, `les `, `au `, `à l'` and the like.
fn after_leads(text: &str, from: usize) -> Option<usize> {
    if char_at(text, from) == Some('/') {
        return Some(skip_spaces(text, from + 1));
    }
    match after_lead(text, from)? {
        (Lead::Toward, next) => after_lead(text, next).filter(|(lead, _)| *lead == Lead::Article).map(|(_, next)| next),
        (_, next) => Some(next),
    }
}

fn after_lead(text: &str, from: usize) -> Option<(Lead, usize)> {
    let word = word_at(text, from);
    let end = from + word.len();
    let lead = lead(word)?;
    match char_at(text, end)? {
        c if is_apostrophe(c) => Some((lead, end + c.len_utf8())),
        '.' => Some((lead, skip_spaces(text, end + 1))),
        c if is_space(c) => Some((lead, skip_spaces(text, end))),
        _ => None,
    }
}

/// `100`, `0,5`, `1 000`
fn quantity_number_end(text: &str, from: usize) -> usize {
    let end = run_end(text, from, is_digit);
    let more = match char_at(text, end) {
        Some('.' | ',') => run_end(text, end + 1, is_digit),
        Some(c) if is_space(c) => run_end(text, end + c.len_utf8(), is_digit),
        _ => end,
    };
    if end > from && more > end + 1 { more } else { end }
}

/// Where the unit ends that starts at `from`, which may be of two words.
fn unit_end(text: &str, from: usize) -> Option<(usize, Unit)> {
    let end = run_end(text, from, char::is_alphanumeric);
    if starts_unit(&text[from..end]) {
        let second = skip_spaces(text, run_end(text, end, |c| c == '.'));
        let second_end = run_end(text, second, char::is_alphanumeric);
        return Some((second_end, unit(&text[second..second_end])?));
    }
    Some((end, unit(&text[from..end])?))
}

/// Where the unit starts that ends at `end`; a number glued to it is not part of it.
fn unit_start(text: &str, end: usize) -> Option<(usize, Unit)> {
    let start = run_start(text, end, char::is_alphanumeric);
    let from = run_end(&text[..end], start, is_digit);
    let kind = unit(&text[from..end])?;
    let first_end = run_start(text, back_over_spaces(text, from), |c| c == '.');
    let first = word_before(text, first_end);
    Some(if starts_unit(first) { (first_end - first.len(), kind) } else { (from, kind) })
}

/// Where the word that leads to a quantity starts, if it ends at `end`.
fn lead_before(text: &str, end: usize, unit: Unit) -> Option<usize> {
    let last = char_before(text, end)?;
    if last == '/' {
        // `€/kg`, `prix/kg`; not the size `M/L`.
        let earlier = back_over_spaces(text, end - 1);
        return (is_price_word(word_before(text, earlier)) || Sign::before(text, earlier, None).is_some()).then_some(end - 1);
    }
    let end = if is_apostrophe(last) { end - last.len_utf8() } else { end };
    let word = word_before(text, end);
    let from = end - word.len();
    let earlier = || lead(word_before(text, back_over_spaces(text, from)));
    let leads = match lead(word)? {
        Lead::Per => true,
        Lead::Toward => false,
        Lead::Article => unit == Unit::Measure || earlier() == Some(Lead::Toward),
    };
    leads.then_some(from)
}
