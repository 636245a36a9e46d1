//! The heading of the page's product: from it everything else is measured.

use crate::extract::likeness::{likeness, overlap};
use crate::extract::markup::Spot;
use crate::extract::survey::{Marks, Survey};
use crate::extract::tag::Tag;
use crate::extract::text::{line, line_within};

/// Headings looked at, and how long one may be.
const MOST: usize = 120;
const LONGEST: usize = 300;
/// Texts compared with the title where no heading fits.
const MOST_TEXTS: usize = 3_000;

/// What the page is called elsewhere.
pub(in crate::extract) struct Known<'a> {
    /// The names of its products in structured data, and `og:title`.
    pub(in crate::extract) names: Vec<&'a str>,
    pub(in crate::extract) title: Option<&'a str>,
    pub(in crate::extract) site: Option<&'a str>,
}

/// Signs between a product's name and the shop's in a title.
const SEPARATORS: &[&str] = &[" | ", " - ", " – ", " — ", " :: ", " : ", " » ", " · ", " • ", " @ ", " > ", "|"];

impl Known<'_> {
    /// How much a text is the name of the page's product.
    fn likeness(&self, text: &str) -> f64 {
        let parts = self.title.into_iter().flat_map(segments);
        let named = self.names.iter().map(|name| likeness(name, text)).fold(0.0, f64::max);
        let titled = parts.map(|part| likeness(part, text)).fold(0.0, f64::max);
        // A shop that puts words around the name in its title still holds all of the heading's.
        let held = self.title.filter(|_| text.split_whitespace().count() > 1).map_or(0.0, |title| 0.9 * overlap(text, title));
        named.max(titled).max(held)
    }

    fn is_site(&self, text: &str) -> bool {
        self.site.is_some_and(|site| likeness(site, text) > 0.9)
    }
}

/// The parts of a title, and the title as a whole.
pub(in crate::extract) fn segments(title: &str) -> impl Iterator<Item = &str> {
    let parts = SEPARATORS.iter().filter(|separator| title.contains(**separator)).flat_map(|separator| title.split(*separator));
    std::iter::once(title).chain(parts)
}

/// The heading, and its text.
pub(in crate::extract) fn find<'m, 'h>(survey: &Survey<'m, 'h>, known: &Known<'_>) -> Option<(Spot<'m, 'h>, String)> {
    let headings = survey.markup.elements().filter(|element| weight(survey, *element) > 0).take(MOST);
    let mut best: Option<(f64, Spot<'m, 'h>, String)> = None;
    for heading in headings {
        let text = line_within(heading, 30 * LONGEST);
        if text.is_empty() || text.len() > LONGEST {
            continue;
        }
        let score = score(survey, known, heading, &text);
        if best.as_ref().is_none_or(|(known, ..)| score > *known) {
            best = Some((score, heading, text));
        }
    }
    let best = best.filter(|(score, ..)| *score >= LEAST);
    best.map(|(_, heading, text)| (heading, text)).or_else(|| titled(survey, known))
}

/// A first heading without any likeness to the title still passes; the name of a carousel does not.
const LEAST: f64 = 2.0;

fn weight(survey: &Survey<'_, '_>, element: Spot<'_, '_>) -> i32 {
    let named = survey.own(element).has(Marks::NAME) || element.raw_attr("itemprop") == Some("name");
    let tag = match element.tag() {
        Tag::H1 => 5,
        Tag::H2 => 2,
        Tag::H3 | Tag::H4 => 1,
        Tag::Img | Tag::Input | Tag::Meta | Tag::Link | Tag::Script => return 0,
        _ => 0,
    };
    tag + if named { 2 } else { 0 }
}

fn score(survey: &Survey<'_, '_>, known: &Known<'_>, heading: Spot<'_, '_>, text: &str) -> f64 {
    let mut score = f64::from(weight(survey, heading)) + 6.0 * known.likeness(text);
    let aside = heading.ancestors().any(|holder| survey.own(holder).has(Marks::ASIDE));
    let hidden = heading.ancestors().take(4).any(|holder| survey.own(holder).has(Marks::HIDDEN.with(Marks::SPOKEN)))
        || survey.own(heading).has(Marks::HIDDEN.with(Marks::SPOKEN));
    if aside || survey.own(heading).has(Marks::ASIDE) {
        score -= 3.0;
    }
    if hidden {
        score -= 2.0;
    }
    if known.is_site(text) || leads_home(heading) {
        score -= 6.0;
    }
    score
}

/// The shop's own name as a heading links to its first page.
fn leads_home(heading: Spot<'_, '_>) -> bool {
    let mut links = heading.elements().chain(heading.ancestors().take(1)).filter(|element| element.tag() == Tag::A);
    links
        .any(|link| link.raw_attr("href").is_some_and(|href| matches!(href.trim(), "/" | "./" | "index.html" | "index.php" | "/index.php")))
}

/// Without any heading: the text that stands in the title.
fn titled<'m, 'h>(survey: &Survey<'m, 'h>, known: &Known<'_>) -> Option<(Spot<'m, 'h>, String)> {
    let is_leaf = |element: &Spot<'m, 'h>| {
        !element.tag().is_silent()
            && !matches!(element.tag(), Tag::Html | Tag::Body | Tag::A | Tag::Option)
            && element.elements().nth(2).is_none()
    };
    let mut best: Option<(f64, Spot<'m, 'h>, String)> = None;
    for element in survey.markup.elements().filter(is_leaf).take(MOST_TEXTS) {
        let text = line(element);
        if text.len() < 4 || text.len() > LONGEST || known.is_site(&text) {
            continue;
        }
        let alike = known.likeness(&text);
        if alike >= 0.6 && best.as_ref().is_none_or(|(known, ..)| alike > *known) {
            best = Some((alike, element, text));
        }
    }
    best.map(|(_, element, text)| (element, text))
}
