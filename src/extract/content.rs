//! What follows from other fields: the net content as a number, the price per unit, the list of ingredients.

use rust_decimal::Decimal;

use crate::model::{ContentUnit, Issue, IssueKind, Money, NetContent, Product, Provenance, Source, UnitPrice};

/// Words between how many there are and how much each holds.
const TIMES: &[&str] = &["x", "×", "*", "lot de", "lots de", "sachet de", "sachets de", "flacon de", "flacons de", "tube de", "tubes de"];

#[rustfmt::skip]
const UNITS: &[&str] = &[
    "ml", "millilitre", "millilitres", "milliliter", "milliliters", "cl", "dl", "litre", "litres", "liter", "liters", "litro", "litros", "l",
    "kg", "kilo", "kilos", "gramme", "grammes", "gram", "grams", "gr", "g", "mg", "floz", "oz", "lb", "lbs",
    "gélule", "gélules", "gelule", "gelules", "capsule", "capsules", "comprimé", "comprimés", "comprime", "comprimes",
    "tablet", "tablets", "tablette", "tabletten", "tabletas", "compresse", "cápsulas", "capsulas", "kapseln", "sachet", "sachets",
    "ampoule", "ampoules", "dosette", "dosettes", "unidose", "unidoses", "pastille", "pastilles", "gomme", "gommes", "patch", "patchs",
    "lingette", "lingettes", "pièce", "pièces", "piece", "pieces", "pcs", "stück", "count", "ct",
];

/// The quantity in a text such as `Flacon de 200 ml`, `3 x 50 g`, `60 gélules`.
pub(super) fn quantity(text: &str) -> Option<NetContent> {
    let mut figures = text.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| &text[at..]);
    let (times, (amount, word)) = figures.find_map(|text| several(text).or_else(|| Some(("1", one(text)?))))?;
    let amount: Decimal = if amount.contains(',') { amount.replace(',', ".").parse() } else { amount.parse() }.ok()?;
    let (unit, factor) = unit(&word)?;
    let amount = amount.checked_mul(times.parse().ok()?)?.checked_mul(factor)?.normalize();
    (!amount.is_zero()).then_some(NetContent { amount, unit })
}

/// `3 x 50 g`: how many, and what each holds.
fn several(text: &str) -> Option<(&str, (&str, String))> {
    let (times, rest) = digits(text, 3)?;
    let rest = rest.trim_start();
    let rest =
        TIMES.iter().find_map(|word| rest.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).map(|_| &rest[word.len()..]));
    Some((times, one(rest?.trim_start())?))
}

/// `1,5 L`: an amount and its unit in small letters.
fn one(text: &str) -> Option<(&str, String)> {
    let (_, mut rest) = digits(text, 5)?;
    if let Some(behind) = rest.strip_prefix(['.', ',']) {
        (_, rest) = digits(behind, 3)?;
    }
    let amount = &text[..text.len() - rest.len()];
    let (unit, rest) = word(rest.trim_start());
    let fluid = || {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        word(rest.strip_prefix(char::is_whitespace).unwrap_or(rest)).0.eq_ignore_ascii_case("oz")
    };
    let unit = if unit.eq_ignore_ascii_case("fl") && fluid() { "floz".to_owned() } else { unit.to_lowercase() };
    UNITS.contains(&unit.as_str()).then_some((amount, unit))
}

/// The digits at the beginning, as long as they are no more than this many, and the rest.
fn digits(text: &str, most: usize) -> Option<(&str, &str)> {
    let length = text.bytes().take(most + 1).take_while(u8::is_ascii_digit).count();
    (1..=most).contains(&length).then(|| text.split_at(length))
}

/// Longer words are no unit, in characters.
const LONGEST_UNIT: usize = 16;

/// The word at the beginning and the rest; an accent may stand behind its letter as a character of its own.
fn word(text: &str) -> (&str, &str) {
    let inside = |c: char| c.is_alphabetic() || c.is_ascii_digit() || c == '_' || ('\u{300}'..='\u{36f}').contains(&c);
    let mut read = text.char_indices().take(LONGEST_UNIT + 1);
    let end = read.find(|(_, c)| !inside(*c)).map(|(at, _)| at);
    text.split_at(end.unwrap_or(if text.chars().nth(LONGEST_UNIT).is_some() { 0 } else { text.len() }))
}

fn unit(word: &str) -> Option<(ContentUnit, Decimal)> {
    use ContentUnit::{Gram, Millilitre, Piece};
    Some(match word {
        "ml" => (Millilitre, Decimal::ONE),
        "cl" => (Millilitre, Decimal::TEN),
        "dl" => (Millilitre, Decimal::ONE_HUNDRED),
        "l" => (Millilitre, Decimal::ONE_THOUSAND),
        "kg" | "kilo" | "kilos" => (Gram, Decimal::ONE_THOUSAND),
        "g" | "gr" => (Gram, Decimal::ONE),
        "mg" => (Gram, Decimal::new(1, 3)),
        "floz" => (Millilitre, Decimal::new(295_735, 4)),
        "oz" => (Gram, Decimal::new(283_495, 4)),
        "lb" | "lbs" => (Gram, Decimal::new(453_592, 3)),
        plain if plain.starts_with("millilit") => (Millilitre, Decimal::ONE),
        plain if plain.starts_with("lit") => (Millilitre, Decimal::ONE_THOUSAND),
        plain if plain.starts_with("gram") => (Gram, Decimal::ONE),
        _ => (Piece, Decimal::ONE),
    })
}

/// Fills in what the page leaves to its reader.
pub(super) fn compute(product: &mut Product) {
    let source = [("size", &product.size), ("name", &product.name)]
        .into_iter()
        .find_map(|(field, text)| Some((field, quantity(text.as_ref()?)?, text.clone()?)));
    if let Some((field, content, text)) = source {
        product.provenance.insert("net_content".to_owned(), Provenance::new(Source::Computed, field, super::cut(&text)));
        product.net_content = Some(content);
    }
    price_per_unit(product);
    if let Some(list) = product.composition.as_deref().and_then(ingredients) {
        product.provenance.insert("ingredients".to_owned(), Provenance::new(Source::Computed, "composition", super::cut(&list.join(", "))));
        product.ingredients = list;
    }
}

fn price_per_unit(product: &mut Product) {
    let Some(content) = &product.net_content else { return };
    let (per, base) = match content.unit {
        ContentUnit::Millilitre => ("L", Decimal::ONE_THOUSAND),
        ContentUnit::Gram => ("kg", Decimal::ONE_THOUSAND),
        ContentUnit::Piece => ("piece", Decimal::ONE),
    };
    let Some(offer) = product.offers.first_mut().filter(|offer| offer.unit_price.is_none()) else { return };
    let Some(price) = &offer.price else { return };
    let amount = price.amount.checked_mul(base).and_then(|amount| amount.checked_div(content.amount));
    let Some(amount) = amount.map(|amount| amount.round_dp(2)) else { return };
    let raw = format!("{price} / {} {}", content.amount, per);
    offer.unit_price = Some(UnitPrice { price: Money { amount, currency: price.currency }, per: per.to_owned() });
    product.provenance.insert("unit_price".to_owned(), Provenance::new(Source::Computed, "price, net_content", raw));
}

/// A list of fewer ingredients is a sentence.
const FEWEST: usize = 3;
const LONGEST: usize = 90;

/// The ingredients of an INCI list; nothing for prose.
pub(super) fn ingredients(composition: &str) -> Option<Vec<String>> {
    let text = composition.replace('\n', " ");
    // What stands before the list ("Ingrédients :") and after it.
    let text = text
        .rsplit_once(": ")
        .filter(|(before, after)| after.matches(',').count() >= before.matches(',').count())
        .map_or(text.as_str(), |(_, after)| after);
    let separator = [", ", " • ", " - ", " / ", "; ", ","].into_iter().find(|separator| text.matches(separator).count() + 1 >= FEWEST)?;
    let list: Vec<String> = split(text, separator)
        .into_iter()
        .map(|part| part.trim().trim_end_matches('.').trim_matches('*').trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    let short = list.iter().filter(|part| part.chars().count() <= LONGEST && part.split_whitespace().count() <= 9).count();
    (list.len() >= FEWEST && short * 10 >= list.len() * 9).then_some(list)
}

/// Commas inside brackets and numbers (`1,2-Hexanediol`) part nothing.
fn split<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut from, mut depth) = (0, 0_i32);
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = (depth - 1).max(0),
            _ if depth == 0 && at >= from && text[at..].starts_with(separator) => {
                parts.push(&text[from..at]);
                from = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}

/// A contradiction between two sources of one product.
pub(super) fn contradiction(field: &str, detail: String) -> Issue {
    Issue { kind: IssueKind::Contradiction, field: Some(field.to_owned()), detail }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        for (text, expected) in [
            ("Flacon de 200 ml", "200 ml"),
            ("200ml", "200 ml"),
            ("1,5 L", "1500 ml"),
            ("3 x 50 g", "150 g"),
            ("Lot de 2 x 400 ml", "800 ml"),
            ("0.5kg", "500 g"),
            ("60 gélules", "60 piece"),
            ("Boîte de 30 comprimés", "30 piece"),
            ("5 g", "5 g"),
            ("8 fl oz", "236.588 ml"),
            ("SPF50+", ""),
            ("Taille M", ""),
            ("15 % 30 ml", "30 ml"),
            ("4G router", "4 g"),
            ("SPF 50 200 ML", "200 ml"),
            ("5 mlx", ""),
            ("5 ml²", "5 ml"),
            ("2 sachets de 5 g", "10 g"),
            ("2 sachets", "2 piece"),
            ("8 FL. OZ", "236.588 ml"),
            ("8 fl", ""),
            ("0 ml", ""),
            (&"1a".repeat(100_000), ""),
        ] {
            let read = quantity(text).map(|content| {
                let unit = serde_json::to_value(content.unit).unwrap();
                format!("{} {}", content.amount, unit.as_str().unwrap())
            });
            assert_eq!(read.unwrap_or_default(), expected, "{text}");
        }
    }

    #[test]
    fn lists_of_ingredients() {
        let list = ingredients("Ingrédients : Aqua (Water), Glycerin, 1,2-Hexanediol, Parfum (Fragrance, Linalool).").unwrap();
        assert_eq!(list, ["Aqua (Water)", "Glycerin", "1,2-Hexanediol", "Parfum (Fragrance, Linalool)"]);
        assert_eq!(ingredients("AQUA,GLYCERIN,PARFUM").unwrap().len(), 3);
        assert_eq!(
            ingredients(
                "Un gel doux, sans parfum et sans savon, qui nettoie la peau en douceur et convient à toute la famille depuis toujours."
            ),
            None
        );
        assert_eq!(ingredients("Eau thermale"), None);
    }
}
