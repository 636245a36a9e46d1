//! Whether the product is to be had, as the page says it in words, or shows it by its buttons.

use std::sync::LazyLock;

use regex::Regex;

use super::Page;
use super::lines::Line;
use crate::extract::pattern;
use crate::extract::survey::Marks;
use crate::model::Availability;

static OUT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:(?:en )?rupture(?: de stock)?|épuisée?s?|indisponible|(?:plus|pas|non|momentanément in)[ -]?disponible|victime de son succès|hors stock|stock épuisé|produit non disponible",
        r"|out[ -]of[ -]stock|sold[ -]?out|(?:currently|temporarily) (?:unavailable|not available)|not available|unavailable|not in stock|no stock|none in stock|0 (?:units )?in stock",
        r"|nicht (?:auf lager|verfügbar|lieferbar|vorrätig)|ausverkauft|derzeit nicht|vergriffen|momentan nicht|nicht mehr lieferbar",
        r"|agotado|sin (?:stock|existencias)|no disponible|fuera de (?:stock|existencias)|no hay (?:stock|existencias)",
        r"|esaurito|non disponibile|terminato|uitverkocht|niet (?:op voorraad|leverbaar|beschikbaar)|esgotado|indispon[ií]vel|fora de (?:stock|estoque)|sem (?:stock|estoque)",
        r"|slut(?:såld| i lager)|udsolgt|utsolgt|loppuunmyyty|brak w magazynie|niedostępny)\b",
        r"|(?:m'alerter|prévenez-moi|me prévenir|avertissez-moi|alerte stock|notify me|email me when|back[ -]in[ -]stock|benachrichtig\w+ (?:mich|lassen)|avísame|avvisami|avvertimi|mail mij|avise-me)",
    ))
});

static IN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:en stock|disponible|en magasin et en ligne|expédi(?:é|ée|tion) (?:sous|en|le|aujourd)|livré (?:sous|en|le)|livraison sous|prêt à être expédié",
        r"|in[ -]stock|available|availability: ?yes|instock|(?:usually )?ships (?:within|in|today|same|next|from)|ready to ship|dispatched? (?:within|in|today|same)|in stock now|left in stock|only \d+ left|\d+ (?:units )?(?:in stock|available)",
        r"|auf lager|lieferbar|verfügbar|vorrätig|sofort|lieferzeit|versandfertig|lagernd|en existencias|hay existencias|entrega (?:en|inmediata)|disponibile|disponibilità|spedizione (?:in|entro)",
        r"|op voorraad|leverbaar|voorradig|voor \d+ ?:?\d* ?u(?:ur)? besteld|em stock|em estoque|disponível|pronta entrega|envio imediato|i lager|på lager|på lager|dostępny|w magazynie|skladem)\b",
    ))
});

static PRE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:pre-?order|pré-?commande[rz]?|précommander|vorbestell\w*|preventa|reservar ahora|pre-?ordin\w*|pré-?venda|voorbestell\w*)\b",
    )
});

static BACK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:back-?order(?:ed|able)?|on order|special order|sur commande|réapprovisionnement(?: en cours)?|en cours de réappro\w*|nachbestellt|bajo pedido|su ordinazione|in nabestelling|(?:wel )?nabestel\w*|sob encomenda)\b",
    )
});

static GONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:discontinued|no longer (?:available|sold|made)|n'est plus (?:commercialisé|disponible|vendu)|plus commercialisé|arrêté par le fabricant|nicht mehr (?:erhältlich|verfügbar)|descatalogado|fuori produzione|fuori catalogo|niet meer leverbaar|descontinuado)\b",
    )
});

/// Words of shops and counters: there the product may be, or not; the page is about sending it.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:pick-?up|in[ -]store|stores?|magasins?|boutiques?|click|collect|delivery|shipping|livraison|abhol\w+|filiale|tienda|negozio|winkel|loja|if |si |when |lorsque|falls|wenn)\b",
    )
});

/// Labels before a word for the stock.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:availability|available|stock(?: status)?|status|disponibilit[éeà]|dispo|verfügbarkeit|lieferstatus|bestand|lager\w*|disponibilidad|existencias|beschikbaarheid|voorraad|disponibilidade|estoque)\s*[:：]?\s*|^(?:delivery|lieferzeit|lieferung|levertijd)\s*[:：]\s*",
    )
});

/// A line longer than this is running text.
const RUNNING: usize = 110;
/// How far from the heading, the price or the button words about the stock may stand, in lines.
const NEAR: usize = 12;
/// A button further from the heading is another product's.
const FAR: usize = 90;

/// What is said of the stock.
pub(super) struct Said {
    pub(super) availability: Availability,
    pub(super) locator: String,
    pub(super) raw: String,
    /// How plainly; nothing more than a button is 0.
    pub(super) weight: i32,
}

pub(super) fn read(page: &Page<'_, '_, '_>, price: Option<usize>) -> Option<Said> {
    let mut best: Option<(i32, Availability, usize)> = None;
    for (at, line) in page.lines.iter().enumerate() {
        if line.is_hidden() || line.text.len() > RUNNING || line.marks.has(Marks::OPINIONS.with(Marks::DESCRIPTION)) {
            continue;
        }
        let Some(distance) = distance(page, at, price) else { continue };
        let label = labelled(page, at, line);
        let Some(said) = said(&line.text.to_lowercase(), label) else { continue };
        let weight = weight(page, line, said, label, distance);
        if weight > 0 && best.is_none_or(|(known, ..)| weight > known) {
            best = Some((weight, said, at));
        }
    }
    let buttons: Vec<&(usize, bool)> = page.buttons.iter().filter(|(node, _)| page.block.is_none() || page.in_block(*node)).collect();
    let open = buttons.iter().find(|(_, open)| *open);
    match best {
        // A button that can be pressed outweighs a word that stands far away.
        Some((weight, said, _)) if weight <= 2 && said != Availability::InStock && open.is_some() => {}
        Some((weight, availability, at)) => {
            let line = &page.lines[at];
            return Some(Said { availability, locator: page.locator(line.first_node()), raw: line.text.clone(), weight });
        }
        None => {}
    }
    let (node, open) = open.or(buttons.first())?;
    let availability = if *open { Availability::InStock } else { Availability::OutOfStock };
    let button = page.survey.markup.at(*node);
    Some(Said { availability, locator: page.locator(*node), raw: crate::extract::text::line(button), weight: 0 })
}

/// How far outside of the part from the heading to price and button a line stands.
fn distance(page: &Page<'_, '_, '_>, at: usize, price: Option<usize>) -> Option<usize> {
    let heading = page.anchor.map(|_| page.anchor_line);
    let from = heading.into_iter().chain(price).min();
    let button = page.buttons.iter().map(|(node, _)| page.line_of(*node)).find(|line| from.is_none_or(|from| *line >= from));
    let to = heading.into_iter().chain(price).chain(button.filter(|line| from.is_none_or(|from| line - from < FAR))).max()?;
    let from = from.unwrap_or(to);
    let distance = if at < from { 2 * (from - at) } else { at.saturating_sub(to) };
    (distance <= NEAR).then_some(distance)
}

fn labelled(page: &Page<'_, '_, '_>, at: usize, line: &Line) -> bool {
    LABEL.is_match(&line.text.to_lowercase())
        || LABEL
            .find(&page.label_before(at).to_lowercase())
            .is_some_and(|found| found.end() == page.label_before(at).to_lowercase().len() && found.end() > 0)
}

fn said(text: &str, labelled: bool) -> Option<Availability> {
    if !labelled && ELSEWHERE.is_match(text) {
        return None;
    }
    let (out, there) = (OUT.is_match(text), IN.is_match(OUT.replace_all(text, " ").as_ref()));
    if GONE.is_match(text) {
        return Some(Availability::Discontinued);
    }
    if BACK.is_match(text) {
        return Some(Availability::BackOrder);
    }
    // Both are the words of a template, or of a list of sizes.
    match (out, there) {
        (true, true) => return None,
        (true, false) => return Some(Availability::OutOfStock),
        _ => {}
    }
    if PRE.is_match(text) {
        return Some(Availability::PreOrder);
    }
    there.then_some(Availability::InStock)
}

fn weight(page: &Page<'_, '_, '_>, line: &Line, said: Availability, labelled: bool, distance: usize) -> i32 {
    let spot = page.survey.markup.at(line.first_node());
    let mut weight = match distance {
        0..=4 => 2,
        5..=8 => 0,
        _ => -2,
    };
    weight += if page.survey.near(spot, Marks::STOCK, 3) { 3 } else { 0 };
    weight += if labelled { 4 } else { 0 };
    weight += if page.in_block(line.first_node()) { 1 } else { 0 };
    weight += if line.text.len() <= 40 { 1 } else { -1 };
    // One size of many that is sold out.
    let is_choice = spot.ancestors().take(3).any(|holder| {
        matches!(holder.tag(), crate::extract::tag::Tag::Label | crate::extract::tag::Tag::Li) || holder.raw_attr("role") == Some("option")
    });
    weight -= if is_choice && !labelled { 2 } else { 0 };
    weight -= if line.marks.has(Marks::SPOKEN) && !labelled { 4 } else { 0 };
    weight += i32::from(said != Availability::InStock);
    // Badges are in the page from the start and shown when it comes to it.
    let is_badge =
        spot.ancestors().take(3).any(|holder| holder.raw_attr("class").is_some_and(|class| class.to_ascii_lowercase().contains("badge")));
    weight -= if is_badge && page.buttons.iter().any(|(_, open)| *open) { 5 } else { 0 };
    weight
}
