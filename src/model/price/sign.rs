//! Signs, codes and words for currencies, and which of them stands beside a figure.
//!
//! A sign that several countries share is the currency of the page where that is one of them. A word that means something
//! else in other places (`ft`, `R`, `KM`) is a sign only on a page in that currency.

use super::{
    super::Currency,
    steps::{
        back_over_spaces, char_at, char_before, is_apostrophe, is_digit, is_space, run_end, run_start, skip_spaces, word_at, word_before,
    },
};

type Code = &'static [u8; 3];

/// A sign as it stands in the text. `from` and `to` are byte offsets.
#[derive(Clone, Copy)]
pub(super) struct Sign {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) currency: Option<Currency>,
    meaning: Meaning,
    form: Form,
}

/// How a sign is written, in the order of trust.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Symbol,
    Code,
    Word,
}

#[derive(Clone, Copy)]
enum Meaning {
    Own(Code),
    /// Of several countries; the code is for a page that tells no currency.
    Shared(Option<Code>, &'static [Code]),
    /// A sign after a figure, and before it only on a page in that currency: `MAD 12` may be a name.
    Trailing(Code),
    /// A sign only where the page has one of these currencies.
    Only(&'static [Code]),
    /// Hundredths: of the page's currency if that is among these, or if there are none; else of the first.
    Cents(&'static [Code]),
}

use Meaning::{Cents, Only, Own, Shared, Trailing};

const DOLLARS: &[Code] = &[
    b"USD", b"CAD", b"AUD", b"NZD", b"HKD", b"SGD", b"MXN", b"ARS", b"CLP", b"COP", b"TWD", b"UYU", b"DOP", b"JMD", b"TTD", b"BBD", b"BSD",
    b"XCD", b"FJD", b"NAD", b"BZD",
];
const YEN_AND_YUAN: &[Code] = &[b"JPY", b"CNY"];
const CROWNS: &[Code] = &[b"SEK", b"NOK", b"DKK", b"ISK", b"CZK"];
const RUPEES: &[Code] = &[b"INR", b"PKR", b"LKR", b"NPR", b"MUR", b"SCR"];
const FRANCS: &[Code] = &[b"CHF", b"XOF", b"XAF", b"XPF", b"GNF", b"CDF"];
const DIRHAMS: &[Code] = &[b"MAD", b"AED"];
const RIALS: &[Code] = &[b"IRR", b"SAR", b"OMR", b"QAR", b"YER"];

impl Sign {
    /// The sign that stands before `at`, as in `€ 12`, `Rs. 12` or `Prix (€) : 12`.
    pub(super) fn before(text: &str, at: usize, hint: Option<Currency>) -> Option<Self> {
        let end = run_start(text, at, |c| is_space(c) || matches!(c, ':' | ')'));
        let (from, meaning) = phrase_before(text, end).or_else(|| match char_before(text, end)? {
            '.' => abbreviation_before(text, end),
            c if c.is_alphabetic() => word_sign_before(text, end),
            c if is_dollar(c) => Some(dollars_before(text, end)),
            c => Some((end - c.len_utf8(), symbol(c)?)),
        })?;
        let sign = Self::of(text, meaning, from, end, hint)?;
        let follows_only = match meaning {
            Cents(_) => true,
            Trailing(code) => hint != Some(Currency::of(*code)),
            _ => false,
        };
        (!follows_only).then_some(sign)
    }

    /// The sign that stands after `at`, as in `12 €`, `12 kr.` or `12 $ CA`. One that belongs to the next figure does not.
    pub(super) fn after(text: &str, at: usize, hint: Option<Currency>) -> Option<Self> {
        let from = skip_mark(text, skip_spaces(text, at));
        let (to, meaning) = phrase_after(text, from).or_else(|| match char_at(text, from)? {
            c if is_dollar(c) => Some(dollars_after(text, from)),
            c => symbol(c).map(|meaning| (from + c.len_utf8(), meaning)).or_else(|| word_sign_after(text, at, from, hint)),
        })?;
        let sign = Self::of(text, meaning, from, to, hint)?;
        (from == at || !owned_by_next(text, &sign)).then_some(sign)
    }

    fn of(text: &str, meaning: Meaning, from: usize, to: usize, hint: Option<Currency>) -> Option<Self> {
        let hinted = |family: &[Code]| hint.filter(|hint| family.iter().any(|code| hint.as_str().as_bytes() == *code));
        let currency = match meaning {
            Own(code) | Trailing(code) => Some(Currency::of(*code)),
            Shared(code, family) => hinted(family).or(code.map(|code| Currency::of(*code))),
            Only(family) => Some(hinted(family)?),
            Cents([]) => hint,
            Cents(family) => hinted(family).or(family.first().map(|code| Currency::of(**code))),
        };
        let form = match text[from..to].trim_end_matches('.') {
            word if !word.chars().all(char::is_alphabetic) => Form::Symbol,
            code if iso(code).is_some() => Form::Code,
            _ => Form::Word,
        };
        Some(Self { from, to, currency, meaning, form })
    }

    /// Whether it is known for a currency where it stands beside words: `Prix TTC (€) dès`.
    pub(super) fn may_stand_apart(&self) -> bool {
        match self.meaning {
            Own(_) => true,
            Shared(..) => self.form == Form::Symbol,
            _ => false,
        }
    }

    pub(super) fn is_cents(&self) -> bool {
        matches!(self.meaning, Cents(_))
    }

    /// Whether this sign, before a figure, gives way to one after it: `$1,190.00 AUD` tells which dollar, and in `RM 12 €` the
    /// word is no currency.
    pub(super) fn yields_to(&self, trailing: &Self) -> bool {
        match (self.meaning, trailing.meaning) {
            (Shared(_, family), Own(code)) if self.form == Form::Symbol => family.contains(&code),
            _ => self.form == Form::Word && trailing.form != Form::Word,
        }
    }
}

/// `19.€`: a mark whose decimals were left out stands between the figure and a symbol.
fn skip_mark(text: &str, from: usize) -> usize {
    let marked = matches!(char_at(text, from), Some('.' | ',')) && char_at(text, from + 1).is_some_and(|c| symbol(c).is_some());
    if marked { from + 1 } else { from }
}

/// `10 $8`: the sign belongs to the figure that follows it without a space. In `6,90 €8,50 €138 €` it does not: the last of the
/// same signs stands after its figure, so all do.
fn owned_by_next(text: &str, sign: &Sign) -> bool {
    let written = &text[sign.from..sign.to];
    let mut at = sign.to;
    for _ in 0..LONGEST_ROW {
        if !char_at(text, at).is_some_and(is_digit) {
            return false;
        }
        let figure_end = run_end(text, at, |c| is_digit(c) || is_apostrophe(c) || matches!(c, '.' | ','));
        let next = skip_spaces(text, figure_end);
        if !text[next..].starts_with(written) {
            return true;
        }
        at = next + written.len();
    }
    true
}

/// Most prices in a row that are looked at to tell where the shop writes its sign.
const LONGEST_ROW: usize = 8;

/// Signs with marks inside, what is left of `€` after a wrong decoding, and entities that a page escaped twice.
const PHRASES: &[(&str, Code)] = &[
    ("S/.", b"PEN"),
    ("S/", b"PEN"),
    ("B/.", b"PAB"),
    ("GH₵", b"GHS"),
    ("E£", b"EGP"),
    ("F CFA", b"XOF"),
    ("F CFP", b"XPF"),
    ("â‚¬", b"EUR"),
    ("&euro;", b"EUR"),
    ("&pound;", b"GBP"),
    ("د.إ", b"AED"),
    ("ر.س", b"SAR"),
    ("د.م", b"MAD"),
    ("د.ت", b"TND"),
    ("د.ج", b"DZD"),
    ("ج.م", b"EGP"),
    ("د.ك", b"KWD"),
];

fn phrase_before(text: &str, end: usize) -> Option<(usize, Meaning)> {
    let (phrase, code) = PHRASES.iter().find(|(phrase, _)| text[..end].ends_with(phrase))?;
    let from = end - phrase.len();
    (!char_before(text, from).is_some_and(char::is_alphanumeric)).then_some((from, Own(code)))
}

fn phrase_after(text: &str, from: usize) -> Option<(usize, Meaning)> {
    let (phrase, code) = PHRASES.iter().find(|(phrase, _)| text[from..].starts_with(phrase))?;
    let to = from + phrase.len();
    (!char_at(text, to).is_some_and(char::is_alphabetic)).then_some((to, Own(code)))
}

/// `Rs. 12`, `kr. 12`. Longer words with a point end a sentence.
fn abbreviation_before(text: &str, end: usize) -> Option<(usize, Meaning)> {
    let word = word_before(text, end - 1);
    (word.chars().count() < 4 && iso(word).is_none()).then(|| Some((end - 1 - word.len(), named(word)?)))?
}

fn word_sign_before(text: &str, end: usize) -> Option<(usize, Meaning)> {
    let word = word_before(text, end);
    let from = end - word.len();
    let sign_end = back_over_spaces(text, from);
    match char_before(text, sign_end) {
        // `$CA 12`, `$ USD 12`
        Some(c) if is_dollar(c) && (word.len() > 1 || (word == "U" && sign_end == from)) => Some((sign_end - c.len_utf8(), dollars(word)?)),
        _ => Some((from, named(word)?)),
    }
}

fn word_sign_after(text: &str, at: usize, from: usize, hint: Option<Currency>) -> Option<(usize, Meaning)> {
    let word = word_at(text, from);
    let to = from + word.len();
    if let Some(c) = char_at(text, to).filter(|c| is_dollar(*c)) {
        return Some((to + c.len_utf8(), dollars(word).unwrap_or(Shared(None, DOLLARS))));
    }
    if word == "p" {
        return is_pence(text, at, from, hint).then_some((to, Cents(&[b"GBP"])));
    }
    let meaning = named(word).or_else(|| far_eastern(word))?;
    let dotted = char_at(text, to) == Some('.') && word.chars().count() < 4 && !char_at(text, to + 1).is_some_and(is_digit);
    Some((if dotted { to + 1 } else { to }, meaning))
}

/// `50p`, and not `720p`, `120 p.` or anything on a page in euros.
fn is_pence(text: &str, at: usize, from: usize, hint: Option<Currency>) -> bool {
    let digits = at - run_start(text, at, |c| c.is_ascii_digit());
    at == from && digits < 3 && hint.is_none_or(|hint| hint == Currency::of(*b"GBP"))
}

/// Written without a space before the words that follow: `3,500円税込`.
fn far_eastern(word: &str) -> Option<Meaning> {
    match word.chars().next()? {
        '円' => Some(Own(b"JPY")),
        '元' | '圆' | '圓' => Some(Shared(Some(b"CNY"), &[b"CNY", b"TWD", b"HKD"])),
        '원' => Some(Own(b"KRW")),
        _ => None,
    }
}

fn is_dollar(c: char) -> bool {
    matches!(c, '$' | '＄' | '﹩')
}

/// `US$`, `US $`, `CAD$`, `C $` or the sign alone.
fn dollars_before(text: &str, end: usize) -> (usize, Meaning) {
    let from = run_start(text, end, is_dollar);
    let letters_end = back_over_spaces(text, from);
    let letters_from = run_start(text, letters_end, |c| c.is_ascii_uppercase());
    let letters = &text[letters_from..letters_end];
    let country = dollars(letters).filter(|_| letters_end == from || stands_alone(text, letters_from, letters));
    country.map_or((from, Shared(Some(b"USD"), DOLLARS)), |meaning| (letters_from, meaning))
}

/// `C $20` at a start, and not `Vitamin C $20`.
fn stands_alone(text: &str, from: usize, letters: &str) -> bool {
    let earlier = char_before(text, if letters.len() > 1 { from } else { back_over_spaces(text, from) });
    letters != "A" && !earlier.is_some_and(char::is_alphanumeric)
}

/// `12 $ CA`, `12 $US` or the sign alone.
fn dollars_after(text: &str, from: usize) -> (usize, Meaning) {
    let to = run_end(text, from, is_dollar);
    let letters_from = skip_spaces(text, to);
    let letters = word_at(text, letters_from);
    let country = dollars(letters).filter(|_| letters.len() > 1 || (letters == "U" && letters_from == to));
    country.map_or((to, Shared(Some(b"USD"), DOLLARS)), |meaning| (letters_from + letters.len(), meaning))
}

/// The country that letters beside a `$` stand for.
fn dollars(letters: &str) -> Option<Meaning> {
    let code = match letters {
        "US" | "USD" => b"USD",
        "C" | "CA" | "CAN" | "CAD" | "CDN" => b"CAD",
        "A" | "AU" | "AUD" => b"AUD",
        "NZ" | "NZD" => b"NZD",
        "HK" | "HKD" => b"HKD",
        "S" | "SG" | "SGD" => b"SGD",
        "NT" | "NTD" | "TWD" => b"TWD",
        "MX" | "MXN" => b"MXN",
        "R" | "BRL" => b"BRL",
        "AR" | "ARS" => b"ARS",
        "CL" | "CLP" => b"CLP",
        "CO" | "COL" | "COP" => b"COP",
        "U" | "UY" | "UYU" => b"UYU",
        "RD" | "DOP" => b"DOP",
        "J" | "JMD" => b"JMD",
        "TT" | "TTD" => b"TTD",
        "BZ" | "BZD" => b"BZD",
        "GY" | "GYD" => b"GYD",
        "FJ" | "FJD" => b"FJD",
        "N" | "NAD" => b"NAD",
        "EC" | "XCD" => b"XCD",
        "MOP" => b"MOP",
        "CUC" => b"CUC",
        _ => return None,
    };
    Some(Own(code))
}

fn symbol(c: char) -> Option<Meaning> {
    Some(match c {
        '$' | '＄' | '﹩' => Shared(Some(b"USD"), DOLLARS),
        '¥' | '￥' => Shared(Some(b"JPY"), YEN_AND_YUAN),
        '¢' | '￠' => Cents(DOLLARS),
        '₨' => Shared(Some(b"INR"), RUPEES),
        '﷼' => Shared(None, RIALS),
        // Of several countries, or of none that is left.
        '₤' | '₣' | 'ƒ' | '₶' | '₿' | '₧' | '¤' => Shared(None, &[]),
        // What a page in Windows-1252 has for € when it is read as Latin 1.
        '€' | '\u{80}' => Own(b"EUR"),
        '£' | '￡' => Own(b"GBP"),
        '₹' => Own(b"INR"),
        '₺' => Own(b"TRY"),
        '₩' | '￦' => Own(b"KRW"),
        '₽' => Own(b"RUB"),
        '₴' => Own(b"UAH"),
        '₪' => Own(b"ILS"),
        '₫' => Own(b"VND"),
        '₱' => Own(b"PHP"),
        '฿' => Own(b"THB"),
        '₦' => Own(b"NGN"),
        '₵' => Own(b"GHS"),
        '₡' => Own(b"CRC"),
        '₲' => Own(b"PYG"),
        '₸' => Own(b"KZT"),
        '₼' => Own(b"AZN"),
        '₾' => Own(b"GEL"),
        '֏' => Own(b"AMD"),
        '৳' => Own(b"BDT"),
        '₭' => Own(b"LAK"),
        '₮' => Own(b"MNT"),
        '៛' => Own(b"KHR"),
        '؋' => Own(b"AFN"),
        _ => return None,
    })
}

/// Words and abbreviations, in the spellings that shops use.
fn named(word: &str) -> Option<Meaning> {
    Some(match word {
        "kr" | "Kr" | "KR" => Shared(None, CROWNS),
        "kroner" | "Kroner" => Shared(None, &[b"DKK", b"NOK"]),
        "Rs" | "rs" => Shared(Some(b"INR"), RUPEES),
        "Fr" | "fr" => Shared(Some(b"CHF"), FRANCS),
        "CFA" | "FCFA" => Shared(Some(b"XOF"), &[b"XOF", b"XAF"]),
        "lei" | "Lei" | "LEI" | "leu" => Shared(Some(b"RON"), &[b"RON", b"MDL"]),
        "Br" => Shared(None, &[b"BYN", b"ETB"]),
        "DH" | "Dh" | "dh" | "DHS" | "Dhs" | "dhs" | "درهم" => Shared(None, DIRHAMS),
        "ريال" | "ریال" => Shared(None, RIALS),
        "تومان" => Shared(None, &[]),
        "Bs" => Shared(Some(b"BOB"), &[b"BOB", b"VES"]),
        "dollar" | "dollars" | "Dollars" => Shared(Some(b"USD"), DOLLARS),
        "cent" | "cents" | "Cent" | "Cents" | "centimes" => Cents(&[]),
        "pence" => Cents(&[b"GBP"]),
        "p" => Only(&[b"RUB"]),
        "ft" | "FT" => Only(&[b"HUF"]),
        "R" => Only(&[b"ZAR"]),
        "P" => Only(&[b"PHP", b"BWP"]),
        "F" => Only(&[b"XOF", b"XAF", b"XPF"]),
        "franc" | "francs" => Only(FRANCS),
        "DA" => Trailing(b"DZD"),
        "LE" => Only(&[b"EGP"]),
        "KM" => Only(&[b"BAM"]),
        "din" => Only(&[b"RSD", b"MKD"]),
        "SFr" | "sFr" | "SFR" | "Sfr" | "sfr" | "CHf" => Own(b"CHF"),
        "zł" | "Zł" | "ZŁ" | "zl" | "Zl" | "złotych" => Own(b"PLN"),
        "Kč" | "KČ" | "kč" | "Kc" | "korun" | "koruny" => Own(b"CZK"),
        "Ft" | "forint" | "Forint" => Own(b"HUF"),
        "kn" | "Kn" => Trailing(b"HRK"),
        "kronor" => Own(b"SEK"),
        "лв" | "ЛВ" | "лева" => Own(b"BGN"),
        "дин" | "динара" | "dinara" | "Dinara" => Own(b"RSD"),
        "ден" | "ДЕН" => Own(b"MKD"),
        "Lek" | "lek" | "Lekë" | "lekë" => Own(b"ALL"),
        "руб" | "Руб" | "РУБ" | "рублей" | "рубля" | "рубль" | "р" | "Р" | "RUR" => Own(b"RUB"),
        "грн" | "Грн" | "ГРН" | "гривень" | "гривні" | "hrn" => Own(b"UAH"),
        "тг" | "тенге" => Own(b"KZT"),
        "TL" | "Tl" | "tl" => Trailing(b"TRY"),
        "NIS" => Own(b"ILS"),
        "Rp" | "RP" => Own(b"IDR"),
        "RM" => Own(b"MYR"),
        "đ" | "Đ" | "VNĐ" => Trailing(b"VND"),
        "yen" | "Yen" => Own(b"JPY"),
        "yuan" | "Yuan" | "RMB" => Own(b"CNY"),
        // Codes that are words as well.
        "TRY" => Trailing(b"TRY"),
        "MAD" => Trailing(b"MAD"),
        "PEN" => Trailing(b"PEN"),
        "MUR" => Trailing(b"MUR"),
        "DT" => Trailing(b"TND"),
        "KD" => Trailing(b"KWD"),
        "BD" => Only(&[b"BHD"]),
        "JD" => Trailing(b"JOD"),
        "KSh" | "KShs" | "Ksh" => Own(b"KES"),
        "TSh" => Own(b"TZS"),
        "USh" => Own(b"UGX"),
        "جنيه" => Own(b"EGP"),
        "र" => Own(b"INR"),
        _ => Own(iso(word)?),
    })
}

/// ISO codes that stand beside prices; any three letters would make `200 GEL` or `CUP 12` a price.
const CODES: &[Code] = &[
    b"EUR", b"USD", b"GBP", b"CHF", b"CAD", b"AUD", b"NZD", b"JPY", b"CNY", b"HKD", b"SGD", b"KRW", b"INR", b"BRL", b"MXN", b"ARS", b"CLP",
    b"COP", b"PEN", b"SEK", b"NOK", b"DKK", b"ISK", b"PLN", b"CZK", b"HUF", b"RON", b"BGN", b"RSD", b"TRY", b"UAH", b"RUB", b"MAD", b"DZD",
    b"TND", b"XOF", b"XAF", b"XPF", b"ZAR", b"AED", b"SAR", b"KWD", b"BHD", b"OMR", b"JOD", b"ILS", b"EGP", b"THB", b"VND", b"IDR", b"MYR",
    b"PHP", b"TWD", b"QAR", b"LBP", b"IRR", b"IQD", b"LYD", b"PKR", b"LKR", b"BDT", b"NPR", b"MUR", b"NGN", b"KES", b"GHS", b"UGX", b"TZS",
    b"BAM", b"MKD", b"MDL", b"HRK", b"BYN", b"KZT", b"AZN", b"UZS", b"BWP", b"UYU", b"PYG", b"CRC", b"GTQ", b"HNL", b"NIO", b"DOP", b"JMD",
    b"TTD", b"BBD", b"XCD", b"FJD", b"MNT", b"KHR", b"MMK", b"VES", b"DEM", b"FRF", b"KMF", b"RWF", b"MGA",
];
/// Codes that are no word in any language of shops, so that `140,00 pln` can be read.
const IN_ANY_CASE: &[Code] = &[
    b"EUR", b"USD", b"GBP", b"CHF", b"AUD", b"NZD", b"JPY", b"CNY", b"HKD", b"SGD", b"SEK", b"NOK", b"DKK", b"PLN", b"CZK", b"HUF", b"BGN",
    b"RSD", b"MKD", b"UAH", b"BRL", b"MXN", b"ZAR", b"AED",
];

fn iso(word: &str) -> Option<Code> {
    if word.eq_ignore_ascii_case("euro") || word.eq_ignore_ascii_case("euros") || matches!(word, "евро" | "ευρώ") {
        return Some(b"EUR");
    }
    let exact = word.chars().all(|c| c.is_ascii_uppercase());
    let known = if exact { CODES } else { IN_ANY_CASE };
    known.iter().copied().find(|code| word.as_bytes().eq_ignore_ascii_case(*code))
}
