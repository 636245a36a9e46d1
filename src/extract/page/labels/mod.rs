//! Values behind a label: `Réf. : 4711`, a table row, a list of definitions.

mod brand;
mod meaning;

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Page;
use super::lines::Line;
use crate::extract::candidate::{Candidate, codes_in};
use crate::extract::markup::Spot;
use crate::extract::pattern;
use crate::extract::survey::Marks;
use crate::extract::tag::Tag;
use crate::extract::text::line;
use crate::model::Property;
use brand::brand;
use meaning::{Meaning, meaning};

/// Longest label and value.
const LABEL: usize = 45;
const VALUE: usize = 400;
/// Properties kept.
const MOST_PROPERTIES: usize = 120;

/// A pair and the node of its value.
struct Pair {
    label: String,
    value: String,
    node: usize,
    /// Whether it stands in a table, a list of definitions or behind a colon.
    listed: bool,
}

pub(super) fn read(page: &Page<'_, '_, '_>, candidate: &mut Candidate) {
    let mut pairs = rows(page);
    pairs.extend(in_lines(page));
    let (mut model, mut style): (Option<&Pair>, Option<&Pair>) = (None, None);
    for pair in &pairs {
        match meaning(&pair.label) {
            Some(Meaning::Model) => model = model.or(Some(pair)),
            Some(Meaning::Style) => style = style.or(Some(pair)),
            Some(meaning) => put(page, candidate, meaning, pair),
            None => {}
        }
    }
    if let Some(pair) = style {
        put(page, candidate, Meaning::Sku, pair);
    }
    if let Some(pair) = model {
        put(page, candidate, Meaning::Mpn, pair);
        put(page, candidate, Meaning::Sku, pair);
    }
    loose_codes(page, candidate);
    marked_code(page, candidate);
    brand(page, candidate);
    properties(candidate, &pairs);
}

fn put(page: &Page<'_, '_, '_>, candidate: &mut Candidate, meaning: Meaning, pair: &Pair) {
    let value = match meaning {
        Meaning::Sku | Meaning::Mpn | Meaning::Model | Meaning::Style => code_of(&pair.value),
        // A manufacturer's address follows its name.
        Meaning::Brand => {
            Some(pair.value.split(',').next().unwrap_or_default().trim().to_owned()).filter(|value| !value.is_empty() && value.len() <= 50)
        }
        Meaning::Size => Some(pair.value.clone()).filter(|value| value.len() <= 40 && value.bytes().any(|byte| byte.is_ascii_digit())),
        _ => Some(pair.value.clone()),
    };
    let Some(value) = value else { return };
    let sheet = &mut candidate.sheet;
    let (field, slot) = match meaning {
        Meaning::Sku | Meaning::Style => ("sku", &mut sheet.sku),
        Meaning::Mpn | Meaning::Model => ("mpn", &mut sheet.mpn),
        Meaning::Brand => ("brand", &mut sheet.brand),
        Meaning::Size => ("size", &mut sheet.size),
        Meaning::Category => ("category", &mut sheet.category),
        Meaning::Code => {
            let codes = codes_in(&value);
            if sheet.gtins.is_empty() && !codes.is_empty() {
                sheet.gtins = codes;
                candidate.note("gtins", page.locator(pair.node), &format!("{}: {value}", pair.label));
            }
            return;
        }
    };
    if slot.is_none() {
        *slot = Some(value.clone());
        candidate.note(field, page.locator(pair.node), &format!("{}: {value}", pair.label));
    }
}

/// An article number: one word with a digit, or a short word of capitals.
fn code_of(value: &str) -> Option<String> {
    let word = value.trim_start_matches([':', '#', ' ', '.', '°']).split_whitespace().next()?.trim_end_matches([',', ';', '|', ')', '.']);
    let word = word.trim_start_matches('(');
    let plausible =
        word.bytes().any(|byte| byte.is_ascii_digit()) || (word.len() >= 3 && word.chars().all(|c| c.is_uppercase() || c == '-'));
    // A name of several groups (`AB 123 456`) is read as a whole.
    let rest = value.trim();
    let grouped = rest.len() <= 24
        && rest.split_whitespace().count() > 1
        && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '/'));
    if grouped {
        return Some(rest.to_owned());
    }
    (plausible && word.len() <= 40).then(|| word.to_owned())
}

/// Rows of tables and lists of definitions.
fn rows(page: &Page<'_, '_, '_>) -> Vec<Pair> {
    let mut found = Vec::new();
    for element in page.survey.markup.elements() {
        if found.len() >= 4 * MOST_PROPERTIES || page.survey.is_aside(element) || page.survey.marks(element).has(Marks::OPINIONS) {
            continue;
        }
        let cells: Vec<Spot<'_, '_>> = match element.tag() {
            Tag::Tr => element.children().filter(|child| matches!(child.tag(), Tag::Td | Tag::Th)).take(4).collect(),
            Tag::Dt => std::iter::once(element).chain(element.next_elements().next().filter(|next| next.tag() == Tag::Dd)).collect(),
            _ => continue,
        };
        let [label, value] = cells.as_slice() else { continue };
        if let Some(pair) = pair(*label, *value) {
            found.push(pair);
        }
    }
    found
}

fn pair(label: Spot<'_, '_>, value: Spot<'_, '_>) -> Option<Pair> {
    if label.end() - label.index() > 20 || value.end() - value.index() > 200 {
        return None;
    }
    let text = line(label);
    let label = text.trim_end_matches([':', ' ', '：']).to_owned();
    let read = line(value);
    (!label.is_empty() && label.len() <= LABEL && !read.is_empty() && read.len() <= VALUE).then(|| Pair {
        label,
        value: read,
        node: value.index(),
        listed: true,
    })
}

/// `Label: value` on one line, or a known label on a line of its own before its value.
fn in_lines(page: &Page<'_, '_, '_>) -> Vec<Pair> {
    let mut found = Vec::new();
    for (at, line) in page.lines.iter().enumerate() {
        if line.marks.has(Marks::OPINIONS) || found.len() >= 4 * MOST_PROPERTIES {
            continue;
        }
        let node = line.first_node();
        if let Some((label, value)) = split(&line.text) {
            found.push(Pair { label: label.to_owned(), value: value.to_owned(), node, listed: true });
        } else if let Some(next) = next_value(page, at, line) {
            let label = line.text.trim_end_matches([':', ' ', '#']).to_owned();
            found.push(Pair { label, value: next.text.clone(), node: next.first_node(), listed: line.text.ends_with(':') });
        }
    }
    found
}

fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.find([':', '：'])?;
    let (label, value) = (text[..at].trim(), text[at..].trim_start_matches([':', '：', ' ']).trim());
    (!label.is_empty() && label.len() <= LABEL && !value.is_empty() && value.len() <= VALUE && !value.starts_with("//"))
        .then_some((label, value))
}

fn next_value<'p>(page: &'p Page<'_, '_, '_>, at: usize, line: &Line) -> Option<&'p Line> {
    let known = line.text.len() <= LABEL && (line.text.ends_with([':', '#']) || meaning(&line.text).is_some());
    let next = page.lines.get(at + 1).filter(|_| known)?;
    let near = next.first_node() - line.first_node() <= super::LABEL_NEAR;
    (near && next.text.len() <= VALUE && meaning(&next.text).is_none()).then_some(next)
}

/// A code behind its label in the middle of a line, or without a colon: `SKU 4711`, `Item # 4711 | In stock`.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:^|[\s(|,;•·\[])(?P<label>skus?|item(?: ?(?:no\.?|number|code|id))?|product (?:code|id|no\.?|number)|art(?:icle|ikel)?[.\- ]*(?:nr|no|nummer|number)\.?|bestell-?nr\.?|r[ée]f(?:[ée]rence)?\.?|style(?: (?:no\.?|number|code))?|stock (?:code|no\.?|number)|cat(?:alog)?\.? ?(?:no\.?|number)|model(?: (?:no\.?|number))?|part (?:no\.?|number)|pzn|minsan|cod(?:ice|\.)?|c[óo]d(?:igo|\.)|referencia)",
        r"\s*(?P<sign>[:#№]|n°|nr\.?|no\.)+\s*(?P<code>[A-Za-z0-9][A-Za-z0-9\-_./]{1,38}[A-Za-z0-9])",
    ))
});

static BARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?P<label>sku|item|art\.?-?nr\.?|artikelnummer|artikelnr\.?|bestellnr\.?|r[ée]f\.?(?:[ée]rence)?|product code|item number|style|model|pzn)\s+(?P<code>[A-Z0-9][A-Z0-9\-_./]{2,30})$",
    )
});

fn loose_codes(page: &Page<'_, '_, '_>, candidate: &mut Candidate) {
    for line in page.lines.iter().filter(|line| line.text.len() < 300 && !line.marks.has(Marks::OPINIONS)) {
        if candidate.sheet.sku.is_some() {
            return;
        }
        let captures = BARE.captures(&line.text).or_else(|| CODE.captures(&line.text));
        let Some(code) = captures.as_ref().and_then(|captures| captures.name("code")) else { continue };
        if code.as_str().bytes().any(|byte| byte.is_ascii_digit()) {
            candidate.note("sku", page.locator(line.first_node()), &line.text);
            candidate.sheet.sku = Some(code.as_str().to_owned());
        }
    }
}

/// A code in an element that is named for it.
fn marked_code(page: &Page<'_, '_, '_>, candidate: &mut Candidate) {
    if candidate.sheet.sku.is_some() {
        return;
    }
    for line in page.lines.iter().filter(|line| line.text.len() < 60) {
        let spot = page.survey.markup.at(line.first_node());
        if !page.survey.near(spot, Marks::CODE, 2) {
            continue;
        }
        let text = line.text.rsplit([':', '#']).next().unwrap_or_default();
        if let Some(code) = code_of(text).filter(|code| code.bytes().any(|byte| byte.is_ascii_digit())) {
            candidate.note("sku", page.locator(line.first_node()), &line.text);
            candidate.sheet.sku = Some(code);
            return;
        }
    }
}

fn properties(candidate: &mut Candidate, pairs: &[Pair]) {
    let mut seen = HashSet::new();
    let listed = pairs.iter().filter(|pair| pair.listed && pair.value.len() <= VALUE && !pair.label.contains(['€', '$', '£']));
    for pair in listed.filter(|pair| seen.insert(pair.label.to_lowercase())).take(MOST_PROPERTIES) {
        candidate.sheet.properties.push(Property { name: pair.label.clone(), value: pair.value.clone() });
    }
    if let Some(first) = candidate.sheet.properties.first() {
        let raw = format!("{}: {}", first.name, first.value);
        candidate.note("properties", "text", &raw);
    }
}
