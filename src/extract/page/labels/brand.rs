//! A brand without a label: by its place near the heading, its name in the markup, its logo.

use std::sync::LazyLock;

use regex::Regex;

use crate::extract::candidate::Candidate;
use crate::extract::page::Page;
use crate::extract::pattern;
use crate::extract::survey::Marks;
use crate::extract::tag::Tag;

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

pub(super) fn brand(page: &Page<'_, '_, '_>, candidate: &mut Candidate) {
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
