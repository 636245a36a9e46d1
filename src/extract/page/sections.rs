//! Parts of the sheet under a heading of their own: description, composition, directions for use.

use super::Page;
use super::lines::Line;
use crate::extract::candidate::Candidate;
use crate::extract::markup::Spot;
use crate::extract::survey::Marks;
use crate::extract::tag::Tag;
use crate::extract::text::{line_within, lines};

/// Longest heading of a section, and longest section, in bytes.
const HEADING: usize = 70;
const LONGEST: usize = 20_000;
/// Lines read below a heading.
const MOST_LINES: usize = 120;
/// Elements a section may have.
const MOST_ELEMENTS: usize = 3_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Composition,
    Directions,
    Description,
}

const PARTS: [Part; 3] = [Part::Composition, Part::Directions, Part::Description];

impl Part {
    fn field(self) -> &'static str {
        match self {
            Self::Composition => "composition",
            Self::Directions => "directions",
            Self::Description => "description",
        }
    }

    /// Whether a heading announces this part.
    fn is_announced(self, heading: &str) -> bool {
        let plain = heading.to_lowercase();
        let plain = plain.trim().trim_end_matches([':', '.', '+', '-', ' ', '▾', '▼', '›', '⌄', '−', '＋']).trim();
        let (exact, start): (&[&str], &[&str]) = match self {
            Self::Composition => (
                &[
                    "composition",
                    "ingrédients",
                    "ingredients",
                    "inci",
                    "zutaten",
                    "inhaltsstoffe",
                    "zusammensetzung",
                    "ingredientes",
                    "composición",
                    "ingredienti",
                    "composizione",
                    "ingrediënten",
                    "samenstelling",
                    "composição",
                    "formule",
                    "actifs et composition",
                ],
                &[
                    "composition ",
                    "ingrédients ",
                    "ingredients ",
                    "liste des ingrédients",
                    "liste inci",
                    "list of ingredients",
                    "full ingredient",
                    "inhaltsstoffe ",
                    "zutaten ",
                    "ingredienti ",
                    "ingredientes ",
                ],
            ),
            Self::Directions => (
                &[
                    "utilisation",
                    "mode d'emploi",
                    "mode d’emploi",
                    "posologie",
                    "usage",
                    "application",
                    "directions",
                    "how to use",
                    "how to use it",
                    "suggested use",
                    "anwendung",
                    "modo de empleo",
                    "modo de uso",
                    "cómo usar",
                    "modo d'uso",
                    "come si usa",
                    "gebruik",
                    "gebruiksaanwijzing",
                    "modo de utilização",
                    "dosage",
                    "dosierung",
                ],
                &[
                    "conseil d'utilisation",
                    "conseils d'utilisation",
                    "conseil d’utilisation",
                    "conseils d’utilisation",
                    "conseils d'application",
                    "précautions d'emploi et",
                    "mode d'utilisation",
                    "conseils d'emploi",
                    "comment utiliser",
                    "comment l'utiliser",
                    "directions for use",
                    "usage instructions",
                    "how to apply",
                    "anwendung ",
                    "gebrauchs",
                    "verzehrempfehlung",
                    "modo de empleo",
                    "modo de aplicación",
                    "consigli d'uso",
                    "modalità d'uso",
                ],
            ),
            Self::Description => (
                &[
                    "description",
                    "descriptif",
                    "présentation",
                    "beschreibung",
                    "produktbeschreibung",
                    "descripción",
                    "descrizione",
                    "omschrijving",
                    "beschrijving",
                    "productbeschrijving",
                    "descrição",
                    "product description",
                    "details",
                    "overview",
                    "product details",
                    "artikelbeschreibung",
                    "en savoir plus",
                    "about this product",
                    "product information",
                    "description du produit",
                ],
                &["description ", "product description", "description:"],
            ),
        };
        exact.contains(&plain) || start.iter().any(|start| plain.starts_with(start) && plain.len() <= start.len() + 34)
    }

    /// Whether an element is named for this part.
    fn is_named(self, name: &str) -> bool {
        let words: &[&str] = match self {
            Self::Composition => &["composition", "ingredients", "inci", "longcompo"],
            Self::Directions => &["utilisation", "usages", "usage", "conseils", "directions", "how-to-use", "mode-emploi", "posologie"],
            Self::Description => return false, // by its sign, below
        };
        // Asked of every class name of a page: no text is made for it.
        words.iter().any(|word| {
            let begins = name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
            let at = name.len().checked_sub(word.len()).filter(|at| name.get(*at..).is_some_and(|end| end.eq_ignore_ascii_case(word)));
            let before = at.map(|at| &name[..at]);
            let ends = before.is_some_and(|before| before.is_empty() || before.ends_with('-') || before.eq_ignore_ascii_case("tab"));
            ends || begins && name.as_bytes().get(word.len()) == Some(&b'-')
        })
    }
}

pub(super) fn read(page: &Page<'_, '_, '_>, candidate: &mut Candidate) {
    for part in PARTS {
        let found = under_a_heading(page, part).or_else(|| named(page, part));
        let found = if part == Part::Description { longer(found, described(page)).or_else(|| paragraphs(page)) } else { found };
        let Some((node, text)) = found else { continue };
        candidate.note(part.field(), page.locator(node), &text);
        match part {
            Part::Composition => candidate.sheet.composition = Some(text),
            Part::Directions => candidate.sheet.directions = Some(text),
            Part::Description => candidate.sheet.description = Some(text),
        }
    }
}

fn longer(one: Option<(usize, String)>, other: Option<(usize, String)>) -> Option<(usize, String)> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.1.len() > one.1.len() { other } else { one }),
        (one, other) => one.or(other),
    }
}

/// An element that is named for the part: `<div id="composition">`.
fn named(page: &Page<'_, '_, '_>, part: Part) -> Option<(usize, String)> {
    let is_named = |element: &Spot<'_, '_>| {
        let id = element.raw_attr("id").is_some_and(|id| part.is_named(id));
        let class = || element.raw_attr("class").is_some_and(|classes| classes.split_ascii_whitespace().any(|class| part.is_named(class)));
        (id || class()) && !matches!(element.tag(), Tag::A | Tag::Button | Tag::Label) && !page.survey.is_aside(*element)
    };
    page.survey.markup.elements().filter(is_named).take(6).find_map(|element| Some((element.index(), content(element, part)?)))
}

/// The text of a section, without its own heading.
fn content(element: Spot<'_, '_>, part: Part) -> Option<String> {
    if element.end() - element.index() > MOST_ELEMENTS {
        return None;
    }
    let text = lines(element);
    let text = match text.split_once('\n') {
        Some((first, rest)) if part.is_announced(first) => rest.to_owned(),
        _ => text,
    };
    (text.len() >= 12 && text.len() <= LONGEST).then_some(text)
}

/// The longest part that carries the sign of a description.
fn described(page: &Page<'_, '_, '_>) -> Option<(usize, String)> {
    let is_described = |element: &Spot<'_, '_>| {
        page.survey.own(*element).has(Marks::DESCRIPTION)
            && !page.survey.marks(*element).has(Marks::ASIDE.with(Marks::OPINIONS))
            && !matches!(element.tag(), Tag::Meta | Tag::A | Tag::Input | Tag::Button)
    };
    let found = page.survey.markup.elements().filter(is_described).take(12);
    found.filter_map(|element| Some((element.index(), content(element, Part::Description)?))).max_by_key(|(_, text)| text.len())
}

/// Lines from the heading on in which running text is looked for, and how long such a line is.
const NEAR: usize = 160;
const RUNNING: usize = 80;

/// Without any sign of a description: the running text that follows the heading.
fn paragraphs(page: &Page<'_, '_, '_>) -> Option<(usize, String)> {
    let from = page.anchor_line;
    let lines = page.lines.get(from..)?.iter().take(NEAR);
    let running =
        |line: &&Line| line.text.len() >= RUNNING && !line.marks.has(Marks::OPINIONS.with(Marks::NO_PRICE)) && !is_small_print(&line.text);
    let mut found: Vec<&Line> = Vec::new();
    for line in lines {
        match found.last() {
            _ if !running(&line) => {}
            // What stands far below belongs to something else.
            Some(last) if line.first_node() - last.first_node() > MOST_BETWEEN => break,
            _ => found.push(line),
        }
    }
    let first = found.first()?.first_node();
    let text = found.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    Some((first, text)).filter(|(_, text)| text.len() <= LONGEST)
}

/// Nodes between two paragraphs of one description.
const MOST_BETWEEN: usize = 40;

/// Shipping, cookies, rights.
fn is_small_print(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "cookie",
        "©",
        "copyright",
        "all rights reserved",
        "tous droits",
        "livraison offerte",
        "free shipping",
        "newsletter",
        "javascript",
        "versandkosten",
        "rgpd",
        "gdpr",
    ]
    .iter()
    .any(|word| text.contains(word))
}

fn under_a_heading(page: &Page<'_, '_, '_>, part: Part) -> Option<(usize, String)> {
    for (at, line) in page.lines.iter().enumerate() {
        if line.marks.has(Marks::OPINIONS) {
            continue;
        }
        // `Composition : Aqua, …` on one line.
        let labelled = line.text.split_once([':', '：']).filter(|(label, value)| value.trim().len() > 20 && label.len() <= HEADING);
        if let Some((_, value)) = labelled.filter(|(label, _)| part != Part::Description && part.is_announced(label)) {
            return Some((line.first_node(), value.trim().to_owned()));
        }
        if line.text.len() > HEADING || !part.is_announced(&line.text) {
            continue;
        }
        let node = line.first_node();
        let pointed = target(page, node).and_then(|element| Some((element.index(), content(element, part)?)));
        if let Some(found) = pointed.or_else(|| Some((node, below(page, at, line)?))) {
            return Some(found);
        }
    }
    None
}

/// The element that a tab or an accordion's head opens.
fn target<'m, 'h>(page: &Page<'_, 'm, 'h>, node: usize) -> Option<Spot<'m, 'h>> {
    let spot = page.survey.markup.at(node);
    let pointer = spot.ancestors().take(3).find_map(|holder| {
        let href = holder.attr("href").filter(|href| href.starts_with('#') && href.len() > 1).map(|href| href[1..].to_owned());
        let names = ["aria-controls", "data-target", "data-bs-target", "data-tab", "for"];
        href.or_else(|| names.iter().find_map(|name| holder.attr(name)).map(|id| id.trim_start_matches('#').to_owned()))
    })?;
    page.survey.markup.elements().find(|element| element.raw_attr("id") == Some(pointer.as_str()))
}

/// The lines below a heading, up to the next heading of its kind.
fn below(page: &Page<'_, '_, '_>, at: usize, heading: &Line) -> Option<String> {
    let spot = page.survey.markup.at(heading.first_node());
    let head = spot.ancestors().take(4).find(|holder| is_head(*holder))?;
    // A heading rules over its siblings; where it has none, over those of what holds it.
    let scope = std::iter::once(head).chain(head.ancestors().take(3)).find(|holder| holder.next_elements().next().is_some())?;
    let end = scope.parent()?.end();
    let mut text = String::new();
    for next in page.lines[at + 1..].iter().take(MOST_LINES) {
        let node = page.survey.markup.at(next.first_node());
        let rank = node.ancestors().take(3).find(|holder| is_head(*holder));
        let another = rank.is_some_and(|other| ends_with(head, other, &next.text));
        if next.first_node() >= end || another || text.len() > LONGEST {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&next.text);
    }
    (text.len() >= 12).then_some(text)
}

fn is_head(element: Spot<'_, '_>) -> bool {
    element.tag().is_heading()
        || matches!(element.tag(), Tag::Dt | Tag::Summary | Tag::Th | Tag::Button)
        || (matches!(element.tag(), Tag::B | Tag::Strong) && line_within(element, 30 * HEADING).len() <= HEADING)
        || element.raw_attr("class").is_some_and(|class| {
            let class = class.to_ascii_lowercase();
            ["title", "titre", "heading", "accordion", "tab"].iter().any(|word| class.contains(word))
        })
}

/// Whether another heading ends the section of this one.
fn ends_with(head: Spot<'_, '_>, other: Spot<'_, '_>, text: &str) -> bool {
    if text.len() > HEADING {
        return false;
    }
    let level = |element: Spot<'_, '_>| match element.tag() {
        Tag::H1 => 1,
        Tag::H2 => 2,
        Tag::H3 => 3,
        Tag::H4 => 4,
        Tag::H5 => 5,
        Tag::H6 => 6,
        _ => 7,
    };
    level(other) <= level(head) || PARTS.iter().any(|part| part.is_announced(text))
}
