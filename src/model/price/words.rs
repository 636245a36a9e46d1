//! Words that may stand beside an amount without a currency. Any other word (`Lot de 2`, `50 ml`) makes the figure something else.

use super::steps::{char_at, is_digit, lower, skip_spaces, word_at};

/// What a word beside an amount says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Price,
    Tax,
}

fn said(word: &str) -> Option<Said> {
    Some(match &*lower(word) {
        "ttc" | "ht" => Said::Tax,
        // French
        "prix" | "tarif" | "tva" | "à" | "a" | "partir" | "de" | "des" | "dès" | "seulement" | "net" | "public" | "conseillé"
        | "unitaire" | "notre" | "votre" | "actuel" | "habituel" | "normal" | "régulier" | "promo" | "promotionnel" | "soldé"
        | "réduit" | "remisé" | "barré" | "initial" | "ancien" | "nouveau" | "au" | "lieu" => Said::Price,
        // English
        "price" | "vat" | "gst" | "tax" | "inc" | "incl" | "including" | "excl" | "exc" | "ex" | "from" | "only" | "now" | "was"
        | "our" | "your" | "sale" | "special" | "regular" | "retail" | "msrp" | "rrp" | "each" | "ea" | "to" => Said::Price,
        // German and Dutch
        "preis" | "nur" | "ab" | "statt" | "uvp" | "inkl" | "mwst" | "bis" | "prijs" | "vanaf" | "voor" | "nu" | "btw" | "adviesprijs" => {
            Said::Price
        }
        // Italian, Spanish, Portuguese
        "prezzo" | "iva" | "inclusa" | "partire" | "da" | "solo" | "precio" | "desde" | "pvp" | "preço" | "por" => Said::Price,
        // North and east
        "pris" | "fra" | "från" | "nå" | "hinta" | "alkaen" | "cena" | "cijena" | "od" | "naše" | "běžná" | "brutto" | "ár" | "цена"
        | "от" | "τιμή" => Said::Price,
        _ => return None,
    })
}

pub(super) fn is_price_word(word: &str) -> bool {
    said(word).is_some()
}

pub(super) fn is_tax_word(word: &str) -> bool {
    said(word) == Some(Said::Tax)
}

/// Marks that may stand around amounts. A share, a fraction or a number sign says that the figure is something else.
pub(super) fn is_harmless(c: char) -> bool {
    matches!(c, ':' | '.' | ',' | ';' | '*' | '(' | ')' | '[' | ']' | '!' | '|' | '=' | '"' | '~' | '≈' | '•' | '…' | '¹' | '²' | '³')
}

/// Whether a price may end at `at`: what follows is no word of another matter, no share and no fraction.
pub(super) fn may_end(text: &str, at: usize) -> bool {
    let next = skip_spaces(text, at);
    match char_at(text, next) {
        None => true,
        Some('%' | '°') => false,
        Some('.' | ',' | '/' | ':' | '-') => !char_at(text, next + 1).is_some_and(is_digit),
        Some(c) if c.is_alphabetic() => is_price_word(word_at(text, next)),
        Some(c) => !is_digit(c),
    }
}
