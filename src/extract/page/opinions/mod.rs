//! What customers say, as a person sees it where no markup tells it: the mean rating, how many gave one, and the reviews.
//!
//! The ratings of the shop and of other products are none of the product's; nor is a share of customers who recommend it.

mod reviews;
mod stars;

use std::sync::LazyLock;

use regex::Regex;

use super::Page;
use crate::extract::candidate::Candidate;
use crate::extract::markup::{Piece, Spot, unescape};
use crate::extract::pattern;
use crate::extract::survey::Marks;
use crate::extract::text::{line, one_line};
use crate::model::Rating;
use stars::Score;

pub(super) fn read(page: &Page<'_, '_, '_>, candidate: &mut Candidate) {
    let boxes = reviews::boxes(page);
    if let Some(found) = mean(page, &boxes) {
        candidate.note("rating", page.locator(found.node), &found.raw);
        let best = found.score.best.unwrap_or(5.0);
        candidate.sheet.rating = Some(Rating { value: found.score.value, best, count: found.count });
    }
    let scale = candidate.sheet.rating.as_ref().map_or(5.0, |rating| rating.best);
    let reviews = reviews::read(page, &boxes, scale);
    if let (Some(first), Some(spot)) = (reviews.first(), boxes.first()) {
        candidate.note("reviews", page.locator(spot.index()), &first.body);
        candidate.sheet.reviews = reviews;
    }
}

/// A mean rating as it stands on the page.
struct Found {
    score: Score,
    count: Option<u32>,
    node: usize,
    raw: String,
    weight: i32,
}

/// Ratings compared; a page has one to three of the product's own.
const MOST: usize = 60;
/// Elements looked at for one.
const MOST_LOOKED_AT: usize = 3_000;
/// Longer lines mention a rating and are none.
const LONGEST: usize = 200;
/// Lines behind the heading in which a mean rating stands as a rule.
const NEAR: usize = 40;
/// Nodes of the largest part in which a rating and its number stand together.
const LARGEST_PART: usize = 60;

fn mean(page: &Page<'_, '_, '_>, boxes: &[Spot<'_, '_>]) -> Option<Found> {
    let apart = |node: usize| !boxes.iter().any(|spot| (spot.index()..spot.end()).contains(&node));
    let own = |node: &usize| apart(*node) && is_products(page, *node);
    let written = page.lines.iter().filter(|line| line.text.len() < LONGEST).filter_map(|line| {
        let (score, at) = stars::said(&line.text)?;
        Some((line.node_at(at), score, line.text.as_str()))
    });
    let written = written.filter(|(node, _, text)| own(node) && speaks(page, *node, text)).take(MOST);
    // Words are more exact than drawings, and figures with their scale than figures alone.
    let told = |(node, score, text): (usize, Score, &str)| {
        let found = weigh(page, node, score, text.to_owned());
        Found { weight: found.weight + if text.contains(['★', '⭐']) { -3 } else { i32::from(score.best.is_some()) }, ..found }
    };
    let mut found: Vec<Found> = written.map(told).collect();
    let named =
        page.survey.markup.elements().filter(|element| element.end() - element.index() <= LARGEST_PART && stars::is_named(*element));
    for element in named.take(MOST_LOOKED_AT).filter(|element| own(&element.index())).take(MOST) {
        found.extend(in_element(page, element));
    }
    let labelled = page.survey.markup.elements().filter(|element| element.has("alt") || element.has("title") || element.has("aria-label"));
    let labelled = labelled.take(MOST_LOOKED_AT).filter(|element| own(&element.index()) && !stars::is_named(*element));
    for (element, score) in labelled.filter_map(|element| Some((element, stars::told(element)?))).take(MOST) {
        let label = element.attr("aria-label").or_else(|| element.attr("title")).is_some_and(|label| WORDS.is_match(&label));
        let around = element.parent().filter(|holder| holder.end() - holder.index() <= LARGEST_PART).map(line).unwrap_or_default();
        if label || speaks(page, element.index(), around.get(..150).unwrap_or(&around)) {
            found.push(weigh(page, element.index(), score, format!("{}", score.value)));
        }
    }
    // The first of equals stays.
    found.into_iter().rev().max_by_key(|found| found.weight)
}

/// The rating of an element that is named for ratings. A figure is more exact than a drawing.
fn in_element(page: &Page<'_, '_, '_>, element: Spot<'_, '_>) -> Option<Found> {
    let at = |score: Score, more: i32| {
        let found = weigh(page, element.index(), score, format!("{}", score.value));
        Found { weight: found.weight + more, ..found }
    };
    let carried = stars::carried(element).map(|score| at(score, 0));
    let figure = || bare(element).map(|score| at(score, 1));
    carried.or_else(figure).or_else(|| stars::pictured(element).map(|score| at(score, -3)))
}

/// A lone figure in an element that is named for it, or beside a drawing: `<span class=rating-average>4,6</span>`.
fn bare(element: Spot<'_, '_>) -> Option<Score> {
    const MEANS: &[&str] =
        &["average", "avg", "value", "score", "summary", "moyenne", "rating-number", "decimal", "promedio", "numero", "prefix"];
    let lone = |element: Spot<'_, '_>| {
        let text = line(element);
        let text = text.split([' ', '(', '|']).next().unwrap_or_default();
        let mean = element.raw_attr("class").is_some_and(|class| MEANS.iter().any(|word| class.to_ascii_lowercase().contains(word)));
        (text.len() <= 4 && (mean || text.contains(['.', ',']))).then(|| Score::of(stars::figure(text)?, None))?
    };
    let beside =
        || element.parent().into_iter().flat_map(Spot::children).filter(|child| child.is_element() && *child != element).find_map(lone);
    lone(element).or_else(beside)
}

static SHOPS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)trust-?pilot|trusted-?shops?|google|ekomi|kiyoh|webwinkelkeur|proven-?expert|notre (?:boutique|site|magasin)|our (?:shop|store)|this (?:shop|store)|unser(?:en|em)? shop|onze (?:webshop|winkel)|nuestra tienda|nostro negozio|avis certifiés|note (?:clients|du site|de la boutique)|klanten geven ons|seller rating|shop-?rating|store-?rating|merchant",
    )
});

/// Whether a rating at this place is the product's: behind the heading or in the same block, and not that of the shop.
fn is_products(page: &Page<'_, '_, '_>, node: usize) -> bool {
    let behind = page.anchor.is_none_or(|anchor| node >= anchor.index()) || page.in_block(node);
    let spot = page.survey.markup.at(node);
    behind && !page.survey.is_aside(spot) && !std::iter::once(spot).chain(spot.ancestors().take(5)).any(is_of_shop)
}

fn is_of_shop(spot: Spot<'_, '_>) -> bool {
    let named = ["class", "id", "href", "data-widget"]
        .iter()
        .filter_map(|name| spot.raw_attr(name))
        .any(|name| SHOPS.is_match(name.get(..200).unwrap_or(name)));
    named || spot.is_element() && spot.end() - spot.index() < 12 && SHOPS.is_match(&line(spot))
}

static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:not[ée]e?s?|rat(?:ed|ings?)|stars?|étoiles?|évaluations?|bewertet|bewertung|sterne?n?|beoordeling|waardering|valorado|valoración|puntuación|voto|valutazione|avaliação|classificação|score|average|moyenne)\b",
    )
});

/// Whether a line that holds two figures speaks of a rating: by its words, or by the part in which it stands.
fn speaks(page: &Page<'_, '_, '_>, node: usize, text: &str) -> bool {
    let spot = page.survey.markup.at(node);
    let named = || spot.ancestors().take(3).any(stars::is_named) || page.survey.marks(spot).has(Marks::OPINIONS);
    text.len() < LONGEST && (text.contains(['★', '⭐']) || count(text).is_some() || WORDS.is_match(text) || named())
}

fn weigh(page: &Page<'_, '_, '_>, node: usize, score: Score, raw: String) -> Found {
    let count = beside(page, node);
    let distance = page.line_of(node).saturating_sub(page.anchor_line);
    let weight = i32::from(page.in_block(node)) * 2
        + i32::from(distance <= NEAR) * 2
        + i32::from(score.best.is_some())
        + i32::from(count.is_some()) * 2
        + i32::from(score.value.fract() > 0.0);
    Found { score, count: count.or_else(|| elsewhere(page)), node, raw, weight }
}

static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(\d{1,3}(?:[ .,'’\u{a0}\u{202f}]\d{3})+|\d{1,7})\s*(?:avis|commentaires?|notes?(?-u:\b)|notations?|votes?|évaluations?|(?:customer |global |verified |product )?(?:reviews?|ratings?)|review\(s\)|bewertung|rezension|kundenbewertung|beoordeling|valoraci|opinion|reseña|recension|valutazion|avaliaç|opini[ei]|hodnocení|recenz|omdöme|recensie|anmeldelse)",
    )
});
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:avis|commentaires?|votes?|reviews?|ratings?|bewertungen|rezensionen|beoordelingen|valoraciones|opiniones|recensioni|avaliações|opinie)\s*[:(]\s*(\d{1,3}(?:[ .,'’\u{a0}\u{202f}]\d{3})+|\d{1,7})(?-u:\b)",
    )
});
static ALONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\(\s*(\d{1,3}(?:[ .,'’\u{a0}\u{202f}]\d{3})+|\d{1,7})\s*\)"));

/// How many opinions a text counts.
pub(super) fn count(text: &str) -> Option<u32> {
    let text = stars::without(text);
    let found = AFTER.captures(&text).or_else(|| BEFORE.captures(&text))?;
    whole(&found[1])
}

fn whole(text: &str) -> Option<u32> {
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok().filter(|count| *count > 0)
}

/// The number that stands beside a rating, in the smallest part that holds both.
fn beside(page: &Page<'_, '_, '_>, node: usize) -> Option<u32> {
    let spot = page.survey.markup.at(node);
    let parts = std::iter::once(spot).chain(spot.ancestors()).filter(|part| part.is_element()).take(5);
    let small = parts.take_while(|part| part.end() - part.index() <= LARGEST_PART);
    small.enumerate().find_map(|(level, part)| {
        let marked = part.elements().chain([part]).take(LARGEST_PART).find_map(marked);
        marked.or_else(|| spoken(part)).or_else(|| {
            let text = apart(part);
            count(&text).or_else(|| whole(&ALONE.captures(&text).filter(|_| level < 4)?[1]))
        })
    })
}

/// The text of a part with a space between its elements: `5</span><a>31 avis` is no 531.
fn apart(part: Spot<'_, '_>) -> String {
    let texts = part.inside().filter_map(|node| match node.piece() {
        Piece::Text(text) => Some(unescape(text)),
        Piece::Element(_) => None,
    });
    one_line(&texts.collect::<Vec<_>>().join(" "))
}

fn marked(element: Spot<'_, '_>) -> Option<u32> {
    let counted = matches!(element.raw_attr("itemprop"), Some("reviewCount" | "ratingCount"));
    let told = counted.then(|| element.attr("content").map_or_else(|| line(element), std::borrow::Cow::into_owned));
    let data = || {
        ["data-number-of-reviews", "data-review-count", "data-reviews-count", "data-count"]
            .iter()
            .find_map(|name| element.attr(name))
            .map(std::borrow::Cow::into_owned)
    };
    whole(&told.or_else(data)?)
}

fn spoken(part: Spot<'_, '_>) -> Option<u32> {
    std::iter::once(part)
        .chain(part.elements().take(LARGEST_PART))
        .filter_map(|element| element.attr("aria-label").or_else(|| element.attr("title")))
        .find_map(|text| count(&text))
}

/// The number on a tab or above the reviews: "Avis (12)".
fn elsewhere(page: &Page<'_, '_, '_>) -> Option<u32> {
    let short = |text: &&str| text.len() < 40;
    page.lines[page.anchor_line.min(page.lines.len())..]
        .iter()
        .map(|line| line.text.as_str())
        .filter(short)
        .find_map(|text| whole(&BEFORE.captures(text)?[1]))
}

#[cfg(test)]
mod tests;
