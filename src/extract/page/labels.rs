//! Values behind a label: `Réf. : 4711`, a table row, a list of definitions.

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

/// Longest label and value.
const LABEL: usize = 45;
const VALUE: usize = 400;
/// Properties kept.
const MOST_PROPERTIES: usize = 120;

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Sku,
    /// An article number when nothing better is labelled.
    Model,
    Style,
    Mpn,
    Code,
    Brand,
    Size,
    Category,
}

fn meaning(label: &str) -> Option<Meaning> {
    let plain: String = label.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    const CODES: &[&str] = &["ean", "ean13", "gtin", "gtin13", "upc", "isbn", "barcode", "gencod"];
    if words.len() <= 4 && words.iter().any(|word| CODES.contains(word)) {
        return Some(Meaning::Code);
    }
    Some(match words.join(" ").as_str() {
        "sku"
        | "ugs"
        | "no d article"
        | "n d article"
        | "numéro d article"
        | "numéro de produit"
        | "no de produit"
        | "n de produit"
        | "código do produto"
        | "code ugs"
        | "sku number"
        | "sku no"
        | "sku code"
        | "product sku"
        | "item"
        | "item no"
        | "item number"
        | "item code"
        | "item id"
        | "item sku"
        | "product code"
        | "product id"
        | "product no"
        | "product number"
        | "product ref"
        | "product reference"
        | "article"
        | "article number"
        | "article no"
        | "art"
        | "art no"
        | "art nr"
        | "artikelnr"
        | "artikel nr"
        | "artikelnummer"
        | "artikel nummer"
        | "bestellnummer"
        | "bestell nr"
        | "best nr"
        | "produktnummer"
        | "référence"
        | "reference"
        | "réf"
        | "ref"
        | "ref no"
        | "référence produit"
        | "ref produit"
        | "réf produit"
        | "réf article"
        | "référence article"
        | "code produit"
        | "code article"
        | "code"
        | "stock code"
        | "stock no"
        | "stock number"
        | "catalog"
        | "catalog no"
        | "catalog number"
        | "catalogue number"
        | "cat no"
        | "cat"
        | "codice"
        | "codice articolo"
        | "codice prodotto"
        | "cod"
        | "cod articolo"
        | "referencia"
        | "código"
        | "código de producto"
        | "cód"
        | "referência"
        | "artikelcode"
        | "productcode"
        | "productnummer"
        | "bestelnummer"
        | "varenummer"
        | "varenr"
        | "order code"
        | "order no"
        | "web id"
        | "pzn"
        | "minsan"
        | "codice minsan"
        | "cn"
        | "código nacional"
        | "codigo nacional"
        | "item #"
        | "sku #"
        | "acl"
        | "cip" => Meaning::Sku,
        "style" | "style no" | "style number" | "style code" | "style id" => Meaning::Style,
        "model" | "model no" | "model number" | "model name" | "modèle" | "modell" | "modello" | "modelo" | "part" | "part no"
        | "part number" | "modellnummer" | "modelnummer" => Meaning::Model,
        "mpn"
        | "mfr part"
        | "mfr part no"
        | "mfr part number"
        | "mfr"
        | "mfr no"
        | "mfg part"
        | "mfg part no"
        | "mfg part number"
        | "manufacturer part"
        | "manufacturer part number"
        | "manufacturer part no"
        | "manufacturer s part number"
        | "manufacturer number"
        | "manufacturer sku"
        | "vendor part number"
        | "herstellernummer"
        | "hersteller nr"
        | "hersteller artikelnummer"
        | "han"
        | "référence fabricant"
        | "réf fabricant"
        | "ref fabricant"
        | "réf constructeur"
        | "référence constructeur"
        | "ref fabricante"
        | "referencia fabricante"
        | "codice produttore"
        | "fabrikantnummer" => Meaning::Mpn,
        "ean" | "ean 13" | "ean13" | "code ean" | "ean code" | "code ean13" | "ean gtin" | "gtin" | "gtin 13" | "gtin ean" | "upc"
        | "upc code" | "upc a" | "code barre" | "code barres" | "code à barres" | "barcode" | "gencod" | "isbn" | "isbn 13" | "isbn13"
        | "strichcode" | "código de barras" | "codice ean" | "codice a barre" | "código ean" => Meaning::Code,
        "brand" | "brand name" | "marque" | "marke" | "marca" | "merk" | "manufacturer" | "fabricant" | "hersteller" | "fabricante"
        | "produttore" | "fabrikant" | "laboratoire" | "maker" | "märke" | "mærke" | "marque du produit" | "producer" | "publisher"
        | "vendor" | "éditeur" | "fabbricante" | "designed by" | "made by" => Meaning::Brand,
        "contenance" | "volume" | "volume net" | "poids net" | "contenu" | "contenu net" | "net content" | "net contents"
        | "net weight" | "net wt" | "inhalt" | "nettoinhalt" | "füllmenge" | "contenido" | "contenido neto" | "contenuto" | "inhoud"
        | "conditionnement" | "capacité" | "quantité" | "size" | "taille" | "format" | "packungsgröße" | "pack size" | "conteúdo" => {
            Meaning::Size
        }
        "category" | "catégorie" | "kategorie" | "categoría" | "categoria" | "categorie" => Meaning::Category,
        _ => return None,
    })
}

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

/// How far from the heading a brand without a label may stand, in lines.
const BRAND_NEAR: usize = 14;

static BY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?i:by|von|par|de|di|door|brand|marque|visit the|shop all|more from|voir tous les produits|tous les produits)\s*:?\s+(.{2,40}?)(?i:\s+store)?$",
    )
});

/// The head of a box that lists all brands of the shop.
static HEADINGS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)^(?:(?:toutes )?(?:les|nos) |(?:all|our|top|popular|shop by|by) |(?:alle|unsere|top) |(?:todas las|nuestras) |(?:tutte le|i nostri|le nostre) |onze |(?:todas as|nossas) )?",
        r"(?:marques?|fabricants?|brands?|manufacturers?|designers?|vendors?|marken?|hersteller|marcas?|fabricantes?|marche|marchi|produttori|merken|fabrikanten)(?: (?:a-z|a–z|von a bis z))?$",
    ))
});

fn brand(page: &Page<'_, '_, '_>, candidate: &mut Candidate) {
    if candidate.sheet.brand.is_some() {
        return;
    }
    let mut best: Option<(usize, usize, String)> = None;
    let mut offer = |distance: usize, node: usize, text: String| {
        let fits = !text.is_empty()
            && !HEADINGS.is_match(&text)
            && text.len() <= 40
            && !text.contains(['€', '$', '£', ':'])
            && text.split_whitespace().count() <= 5;
        if fits && best.as_ref().is_none_or(|(known, ..)| distance < *known) {
            best = Some((distance, node, text));
        }
    };
    for (at, line) in page.lines.iter().enumerate() {
        let distance = at.abs_diff(page.anchor_line);
        if distance > BRAND_NEAR || page.anchor.is_none() || at == page.anchor_line {
            continue;
        }
        let spot = page.survey.markup.at(line.first_node());
        let linked = spot.ancestors().take(3).any(|holder| {
            holder.tag() == Tag::A
                && holder.raw_attr("href").is_some_and(|href| {
                    [
                        "/brand",
                        "/marque",
                        "/manufacturer",
                        "/hersteller",
                        "/vendor",
                        "/marca",
                        "/marke",
                        "/merk",
                        "/collections/vendors",
                        "/maker",
                        "/designer",
                        "/fabricant",
                        "/producer",
                        "/label",
                    ]
                    .iter()
                    .any(|part| href.to_lowercase().contains(part))
                })
        });
        let text = BY.captures(&line.text).map(|found| found[1].to_owned());
        if page.survey.near(spot, Marks::BRAND, 3) || linked {
            offer(distance, line.first_node(), text.unwrap_or_else(|| line.text.clone()));
        } else if let Some(text) = text.filter(|_| distance <= 3 && line.text.to_lowercase().starts_with("by ")) {
            offer(distance + 1, line.first_node(), text);
        }
    }
    if best.is_none() {
        let block = page.block.map_or((0, page.survey.markup.len()), |block| block);
        let logo =
            page.survey.markup.elements().filter(|element| element.tag() == Tag::Img && (block.0..block.1).contains(&element.index()));
        let logo = logo
            .filter(|element| !page.survey.is_aside(*element) && page.survey.near(*element, Marks::BRAND, 3))
            .find_map(|element| Some((element, element.attr("alt").or_else(|| element.attr("title"))?)));
        if let Some((element, alt)) = logo.filter(|(_, alt)| !alt.trim().is_empty() && alt.len() <= 40) {
            best = Some((0, element.index(), alt.trim().to_owned()));
        }
    }
    if let Some((_, node, text)) = best {
        candidate.note("brand", page.locator(node), &text);
        candidate.sheet.brand = Some(text);
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
