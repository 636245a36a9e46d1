//! Finds prices in text: which figures are a price, what their separators mean, which currency stands beside them.
//!
//! Works on the text alone and never converts an amount; a figure that could be a size, a date or a discount is left out.

use rust_decimal::Decimal;

use super::{Currency, Money};

/// A price and, for a unit price, the quantity it is for.
pub(crate) struct Seen {
    pub(crate) money: Money,
    pub(crate) per: Option<String>,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Whether a currency stands beside it.
    pub(crate) signed: bool,
}

/// Longest text that is searched: a price stands near the start of whatever a selector hits.
const SEARCHED: usize = 2_000;
/// More digits than this are a barcode or a phone number, not an amount.
const MOST_DIGITS: usize = 12;

/// A figure in the text. `from` and `to` are character positions; `to` is after a trailing `.-`.
struct Figure {
    from: usize,
    to: usize,
    parts: Vec<(char, String)>,
    whole: String,
    currency: Option<Named>,
}

/// A currency as written: some signs are shared by several currencies.
#[derive(Clone, Copy)]
struct Named {
    code: Option<Currency>,
    /// Whether it stands before the figure, as in `€1,299`.
    leads: bool,
    shared: bool,
    end: usize,
}

/// All prices in the order of the text, with their byte offsets.
pub(crate) fn scan(text: &str, hint: Option<Currency>) -> Vec<Seen> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let chars: Vec<char> = text.chars().take(SEARCHED).map(plain).collect();
    let mut figures = figures(&chars);
    name_currencies(&chars, &mut figures);
    if figures.iter().all(|figure| figure.currency.is_none()) && !only_price_words(&chars, &figures) {
        return Vec::new();
    }
    let bare = figures.iter().all(|figure| figure.currency.is_none());
    let mut seen: Vec<Seen> = figures.iter().filter(|figure| bare || figure.currency.is_some()).filter_map(|figure| seen(&chars, figure, hint)).collect();
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for one in &mut seen {
        one.from = offsets[one.from.min(offsets.len() - 1)];
        one.to = offsets[one.to.min(offsets.len() - 1)];
    }
    seen
}

/// Every kind of space becomes one, every apostrophe too, so that the grammar stays small.
fn plain(character: char) -> char {
    match character {
        '’' | '`' | '´' => '\'',
        '–' | '—' | '−' | '\u{2010}'..='\u{2012}' => '-',
        other if other.is_whitespace() || matches!(other, '\u{200b}' | '\u{2060}' | '\u{feff}') => ' ',
        '０'..='９' => char::from_u32(other_digit(character)).unwrap_or(character),
        other => other,
    }
}

fn other_digit(full_width: char) -> u32 {
    u32::from(full_width) - u32::from('０') + u32::from('0')
}

fn figures(chars: &[char]) -> Vec<Figure> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let figure = figure(chars, at);
        at = figure.to;
        if is_candidate(chars, &figure) {
            found.push(figure);
        }
    }
    found
}

fn figure(chars: &[char], from: usize) -> Figure {
    let mut to = digits_end(chars, from);
    let whole: String = chars[from..to].iter().collect();
    let mut parts = Vec::new();
    while let Some(&separator) = chars.get(to).filter(|c| matches!(c, '.' | ',' | '\'' | ' ')) {
        let end = digits_end(chars, to + 1);
        let length = end - to - 1;
        if length == 0 || (separator == ' ' && !groups_on(&whole, &parts, length)) {
            break;
        }
        parts.push((separator, chars[to + 1..end].iter().collect()));
        to = end;
    }
    if parts.is_empty() {
        to = cents_after_sign(chars, to, &mut parts).unwrap_or(to);
    }
    if matches!(chars.get(to), Some('.' | ',')) && chars.get(to + 1) == Some(&'-') {
        to += chars[to + 1..].iter().take_while(|c| **c == '-').count() + 1;
    }
    Figure { from, to, parts, whole, currency: None }
}

/// A space continues a number only between groups of three, before any decimal mark.
fn groups_on(whole: &str, parts: &[(char, String)], length: usize) -> bool {
    length == 3 && whole.len() <= 3 && whole != "0" && parts.iter().all(|(separator, digits)| *separator == ' ' && digits.len() == 3)
}

/// `12€90`: the sign stands where the decimal mark belongs. The sign is found again when currencies are named.
fn cents_after_sign(chars: &[char], to: usize, parts: &mut Vec<(char, String)>) -> Option<usize> {
    matches!(chars.get(to)?, '€' | '£' | '$').then_some(())?;
    let end = digits_end(chars, to + 1);
    if end - to - 1 != 2 || matches!(chars.get(end), Some('.' | ',')) {
        return None;
    }
    parts.push((chars[to], chars[to + 1..end].iter().collect()));
    Some(end)
}

fn digits_end(chars: &[char], from: usize) -> usize {
    from + chars[from.min(chars.len())..].iter().take_while(|c| c.is_ascii_digit()).count()
}

/// Discounts, shares, dates, fractions and parts of words (`SPF50`, `EAN13`) are no prices.
fn is_candidate(chars: &[char], figure: &Figure) -> bool {
    let before = figure.from.checked_sub(1).map(|at| chars[at]);
    let earlier = figure.from.checked_sub(2).map(|at| chars[at]);
    let after = chars.get(figure.to).copied();
    let following = chars[figure.to..].iter().find(|c| **c != ' ').copied();
    let glued_word = before.is_some_and(char::is_alphabetic) && sign_before(chars, figure.from).is_none();
    let negative = before == Some('-') && !earlier.is_some_and(|c| c.is_alphanumeric());
    let dated = before == Some('/') || (after == Some('/') && chars.get(figure.to + 1).is_some_and(char::is_ascii_digit));
    let clock = after == Some(':') && chars.get(figure.to + 1).is_some_and(char::is_ascii_digit);
    let glued_after = after.is_some_and(char::is_alphabetic) && sign_after(chars, figure.to).is_none() && !tax_word_at(chars, figure.to);
    !(glued_word || glued_after || negative || dated || clock || following == Some('%') || figure.digits() > MOST_DIGITS)
}

fn tax_word_at(chars: &[char], at: usize) -> bool {
    let word: String = chars[at..].iter().take_while(|c| c.is_alphabetic()).collect();
    matches!(word.to_lowercase().as_str(), "ttc" | "ht")
}

impl Figure {
    fn digits(&self) -> usize {
        self.whole.len() + self.parts.iter().map(|(_, digits)| digits.len()).sum::<usize>()
    }
}

fn name_currencies(chars: &[char], figures: &mut [Figure]) {
    let mut claimed = 0;
    for figure in figures.iter_mut() {
        let inside = figure.parts.first().and_then(|(separator, _)| sign(&separator.to_string()));
        let leading = || sign_before(chars, figure.from).filter(|(start, _)| *start >= claimed).map(|(_, named)| named);
        figure.currency = inside.or_else(leading).or_else(|| sign_after(chars, figure.to));
        claimed = figure.currency.map_or(figure.to, |named| named.end.max(figure.to));
    }
    // `9,90 - 14,90 €`: the sign at the end of a range is for both.
    for at in (1..figures.len()).rev() {
        let between: String = chars[figures[at - 1].to..figures[at].from].iter().collect();
        if figures[at - 1].currency.is_none() && matches!(between.trim(), "-" | "à" | "to" | "bis" | "a") {
            figures[at - 1].currency = figures[at].currency;
        }
    }
}

fn sign_before(chars: &[char], from: usize) -> Option<(usize, Named)> {
    let end = from - chars[..from].iter().rev().take_while(|c| matches!(c, ' ' | ':')).count();
    let letters = chars[..end].iter().rev().take_while(|c| c.is_alphabetic()).count();
    let symbol = chars[..end].last().filter(|c| !c.is_alphanumeric());
    let start = match symbol {
        // `US$`, `R$`: the letters belong to the sign.
        Some('$') => end - 1 - chars[..end - 1].iter().rev().take_while(|c| c.is_ascii_uppercase()).count(),
        Some('.') => end - 1 - chars[..end - 1].iter().rev().take_while(|c| c.is_alphabetic()).count(),
        Some(_) => end - 1,
        None => end - letters,
    };
    let named = sign(&chars[start..end].iter().collect::<String>())
        .or_else(|| sign(&chars[end.checked_sub(1)?..end].iter().collect::<String>()))?;
    Some((start, Named { leads: true, end: from, ..named }))
}

fn sign_after(chars: &[char], to: usize) -> Option<Named> {
    let start = to + chars[to..].iter().take_while(|c| **c == ' ').count();
    let letters = chars[start..].iter().take_while(|c| c.is_alphabetic()).count();
    let length = if letters == 0 { 1 } else { letters };
    let word: String = chars.get(start..start + length)?.iter().collect();
    let dollar = (letters > 0 && chars.get(start + letters) == Some(&'$')).then(|| format!("{word}$"));
    let named = dollar.as_deref().and_then(sign).or_else(|| sign(&word))?;
    // `10 $8`: the sign belongs to the figure that follows it without a space.
    let next_owns = letters == 0 && start > to && chars.get(start + 1).is_some_and(char::is_ascii_digit);
    (!next_owns).then_some(Named { end: start + length, ..named })
}

/// What a sign, a code or a word for a currency means.
fn sign(word: &str) -> Option<Named> {
    let known = |code: &[u8; 3]| Some(Named { code: Some(Currency::of(*code)), leads: false, shared: false, end: 0 });
    let shared = |code: Option<&[u8; 3]>| Some(Named { code: code.map(|code| Currency::of(*code)), leads: false, shared: true, end: 0 });
    match word {
        "€" => known(b"EUR"),
        "£" => known(b"GBP"),
        "$" => shared(Some(b"USD")),
        "¥" => shared(Some(b"JPY")),
        "US$" | "USD$" => known(b"USD"),
        "C$" | "CA$" | "CAD$" => known(b"CAD"),
        "A$" | "AU$" => known(b"AUD"),
        "NZ$" => known(b"NZD"),
        "HK$" => known(b"HKD"),
        "S$" => known(b"SGD"),
        "MX$" => known(b"MXN"),
        "R$" => known(b"BRL"),
        "₹" => known(b"INR"),
        "₺" => known(b"TRY"),
        "₩" => known(b"KRW"),
        "₽" => known(b"RUB"),
        "₴" => known(b"UAH"),
        "zł" => known(b"PLN"),
        "Kč" => known(b"CZK"),
        "Ft" => known(b"HUF"),
        "kr" | "Kr" | "kr." => shared(None),
        "Fr." | "fr." | "SFr" | "sFr" | "Fr" => known(b"CHF"),
        "lei" | "Lei" => known(b"RON"),
        "лв" => known(b"BGN"),
        _ => word_or_code(word),
    }
}

/// ISO codes that stand beside prices; any three letters would make `200 gel` a price.
const CODES: &[&str] = &[
    "EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "JPY", "CNY", "HKD", "SGD", "KRW", "INR", "BRL", "MXN", "ARS", "CLP", "COP", "PEN",
    "SEK", "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN", "RSD", "TRY", "UAH", "RUB", "MAD", "DZD", "TND", "XOF", "XAF", "XPF",
    "ZAR", "AED", "SAR", "KWD", "BHD", "OMR", "JOD", "ILS", "EGP", "THB", "VND", "IDR", "MYR", "PHP", "TWD",
];

fn word_or_code(word: &str) -> Option<Named> {
    let upper = word.to_uppercase();
    let code = match upper.as_str() {
        "EURO" | "EUROS" => "EUR",
        upper if CODES.contains(&upper) && (word == upper || word.eq_ignore_ascii_case("eur")) => upper,
        _ => return None,
    };
    Some(Named { code: Currency::parse(code), leads: false, shared: false, end: 0 })
}

/// Words that may stand beside an amount without a currency. Any other word (`Lot de 2`, `50 ml`) makes the figure something else.
const PRICE_WORDS: &[&str] = &[
    "prix",
    "price",
    "preis",
    "prezzo",
    "precio",
    "prijs",
    "ttc",
    "ht",
    "tva",
    "vat",
    "incl",
    "inkl",
    "excl",
    "mwst",
    "à",
    "a",
    "partir",
    "de",
    "des",
    "dès",
    "from",
    "ab",
    "desde",
    "da",
    "vanaf",
    "seulement",
    "only",
    "now",
    "net",
    "public",
    "conseillé",
    "unitaire",
    "our",
    "notre",
    "actuel",
    "promo",
    "au",
    "lieu",
    "to",
    "bis",
];

fn only_price_words(chars: &[char], figures: &[Figure]) -> bool {
    let mut rest = chars.to_vec();
    for figure in figures {
        rest[figure.from..figure.to].fill(' ');
    }
    let rest: String = rest.into_iter().collect();
    let lower = rest.to_lowercase();
    // A figure that was turned down (a discount, a date) is still there: then the text is about something else.
    !rest.contains(['%', '/', '#', '°'])
        && !rest.contains(|c: char| c.is_ascii_digit())
        && lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).all(|word| PRICE_WORDS.contains(&word))
}

fn seen(chars: &[char], figure: &Figure, hint: Option<Currency>) -> Option<Seen> {
    let currency = match figure.currency {
        Some(Named { shared: true, code, .. }) => hint.filter(|hint| shares_sign(code, *hint)).or(code),
        Some(Named { code, .. }) => code,
        None => hint,
    };
    let amount = amount(figure, currency)?;
    let after = figure.currency.filter(|named| !named.leads).map_or(figure.to, |named| named.end.max(figure.to));
    Some(Seen { money: Money { amount, currency }, per: quantity(&chars[after.min(chars.len())..]), from: figure.from, to: after, signed: figure.currency.is_some() })
}

/// Whether `hint` is written with the same sign as `code`: dollars of all kinds, yen and yuan, crowns.
fn shares_sign(code: Option<Currency>, hint: Currency) -> bool {
    let family: &[&str] = match code.as_ref().map(Currency::as_str) {
        Some("USD") => &["USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "ARS", "CLP", "COP", "TWD"],
        Some("JPY") => &["JPY", "CNY"],
        _ => &["SEK", "NOK", "DKK", "ISK", "CZK"],
    };
    family.contains(&hint.as_str())
}

fn amount(figure: &Figure, currency: Option<Currency>) -> Option<Decimal> {
    let decimals_from = decimal_part(figure, currency)?;
    let mut text = figure.whole.clone();
    for (at, (_, digits)) in figure.parts.iter().enumerate() {
        if Some(at) == decimals_from {
            text.push('.');
        }
        text.push_str(digits);
    }
    text.parse().ok()
}

/// Which part is behind the decimal mark: `Some(None)` for no part, `None` where the separators make no number.
#[allow(clippy::option_option)] // three answers: no number, a whole number, a number with decimals
fn decimal_part(figure: &Figure, currency: Option<Currency>) -> Option<Option<usize>> {
    let Some((last, digits)) = figure.parts.last() else { return Some(None) };
    let index = figure.parts.len() - 1;
    let earlier = &figure.parts[..index];
    let groups = |parts: &[(char, String)]| figure.whole.len() <= 3 && parts.iter().all(|(_, digits)| digits.len() == 3);
    if matches!(last, '€' | '£' | '$') {
        return Some(Some(index));
    }
    if matches!(last, ' ' | '\'') {
        return groups(&figure.parts).then_some(None);
    }
    match earlier.first() {
        None if digits.len() == 3 && groups(&figure.parts) && figure.whole != "0" => {
            Some((!is_grouping(*last, figure.currency, currency)).then_some(index))
        }
        None => Some(Some(index)),
        Some((first, _)) if first == last => groups(&figure.parts).then_some(None),
        // `1,23,456.00` is how India groups.
        Some((first, _)) => (earlier.iter().all(|(separator, digits)| separator == first && matches!(digits.len(), 2 | 3))
            && figure.whole.len() <= 3)
            .then_some(Some(index)),
    }
}

/// A lone separator before three digits: `1.250` or `$1,299`.
fn is_grouping(separator: char, sign: Option<Named>, currency: Option<Currency>) -> bool {
    let code = currency.as_ref().map(Currency::as_str);
    if matches!(code, Some("KWD" | "BHD" | "OMR" | "JOD" | "TND")) {
        return false; // three decimals are the rule there
    }
    let comma_decimal = code.is_some_and(|code| COMMA_DECIMAL.contains(&code));
    match separator {
        '.' => comma_decimal,
        // `€1,299`: who writes the sign first groups with commas.
        _ => !comma_decimal || (sign.is_some_and(|sign| sign.leads) && code == Some("EUR")),
    }
}

/// Currencies whose countries write the comma before the decimals.
const COMMA_DECIMAL: &[&str] = &[
    "EUR", "PLN", "CZK", "SEK", "NOK", "DKK", "ISK", "HUF", "RON", "BGN", "RSD", "TRY", "UAH", "RUB", "BRL", "ARS", "CLP", "COP", "MAD",
    "DZD", "XOF", "XAF", "XPF", "VND", "IDR",
];

/// Units that make a price one per quantity.
const UNITS: &[&str] = &[
    "l",
    "litre",
    "litres",
    "liter",
    "ml",
    "cl",
    "kg",
    "kilo",
    "g",
    "gr",
    "gramme",
    "grammes",
    "mg",
    "m",
    "m2",
    "m²",
    "100g",
    "100ml",
    "unité",
    "pièce",
    "capsule",
    "comprimé",
    "dose",
    "gélule",
    "stück",
    "oz",
    "lb",
];

/// The quantity that follows a price: `/L`, `/ 100 ml`, `le kg`, `les 100 g`, `par litre`.
fn quantity(after: &[char]) -> Option<String> {
    let text: String = after.iter().take(30).collect();
    let text = text.trim_start();
    let text = ["TTC", "ttc"].iter().find_map(|tax| text.strip_prefix(tax)).unwrap_or(text).trim_start();
    let rest = ["/", "par ", "le ", "les ", "per ", "pro ", "au ", "l'"].iter().find_map(|word| text.strip_prefix(word))?.trim_start();
    let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unit_text = rest[number..].trim_start();
    let unit: String = unit_text.chars().take_while(|c| c.is_alphanumeric() || *c == '²').collect();
    UNITS.contains(&unit.to_lowercase().as_str()).then(|| if number == 0 { unit.clone() } else { format!("{} {unit}", &rest[..number]) })
}
