//! Reviews as boxes that repeat: in each an author, a date, a rating, a title, and what is said.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::stars::{self, Score};
use crate::extract::date;
use crate::extract::markup::{Piece, Spot};
use crate::extract::page::Page;
use crate::extract::pattern;
use crate::extract::survey::Marks;
use crate::extract::tag::Tag;
use crate::extract::text::{line, lines_but};
use crate::model::Review;

/// Reviews kept; nodes of the largest, and bytes of its texts: boxes may stand in each other, and each is read whole.
const MOST: usize = 200;
const LARGEST: usize = 150;
const LONGEST: usize = 100_000;
/// Shortest text that says something.
const SHORTEST: usize = 8;

/// The boxes of the single reviews, in the order of the page.
pub(super) fn boxes<'m, 'h>(page: &Page<'_, 'm, 'h>) -> Vec<Spot<'m, 'h>> {
    let own = |element: &Spot<'m, 'h>| {
        let marks = page.survey.marks(*element);
        marks.has(Marks::OPINIONS)
            && !marks.has(Marks::ASIDE)
            && may_hold(*element)
            && page.anchor.is_none_or(|anchor| !element.contains(anchor))
    };
    let full: Vec<Spot<'m, 'h>> = page
        .survey
        .markup
        .elements()
        .filter(own)
        .filter(|element| Parts::of(*element).is_review(is_entry(*element)))
        .take(4 * MOST)
        .collect();
    // The smallest boxes that are complete, each as large as it can be without holding another.
    let holds =
        |holder: Spot<'m, 'h>, but: Spot<'m, 'h>| full.iter().any(|other| *other != but && holder.contains(*other) && !other.contains(but));
    let mut found: Vec<Spot<'m, 'h>> = Vec::new();
    for spot in full.iter().filter(|spot| !full.iter().any(|other| other != *spot && spot.contains(*other))) {
        let whole = std::iter::once(*spot)
            .chain(spot.ancestors())
            .take_while(|holder| *holder == *spot || own(holder) && !holds(*holder, *spot) && !is_list(*holder));
        let whole = whole.last().unwrap_or(*spot);
        if found.len() < MOST && !found.iter().any(|other| other.contains(whole)) {
            found.push(whole);
        }
    }
    let lone = found.len() == 1 && !found.iter().any(|spot| is_single(*spot));
    if lone { Vec::new() } else { found }
}

fn may_hold(element: Spot<'_, '_>) -> bool {
    let tag = matches!(
        element.tag(),
        Tag::Div
            | Tag::Li
            | Tag::Article
            | Tag::Section
            | Tag::Blockquote
            | Tag::P
            | Tag::Tr
            | Tag::Td
            | Tag::Dd
            | Tag::Figure
            | Tag::Other
            | Tag::Span
            | Tag::Table
            | Tag::Tbody
            | Tag::Details
    );
    tag && element.end() - element.index() <= LARGEST && length(element) <= LONGEST
}

fn length(element: Spot<'_, '_>) -> usize {
    element.inside().map(|spot| if let Piece::Text(text) = spot.piece() { text.len() } else { 0 }).sum()
}

/// A holder of all reviews, even where it holds a single one.
fn is_list(element: Spot<'_, '_>) -> bool {
    const LISTS: &[&str] =
        &["reviews", "comments", "commentaires", "list", "avis_clients", "cards", "items", "testimonials", "bewertungen", "tab"];
    let names = [element.raw_attr("class"), element.raw_attr("id")];
    matches!(element.tag(), Tag::Ul | Tag::Ol | Tag::Section | Tag::Body | Tag::Main)
        || names.into_iter().flatten().any(|name| {
            let name = name.to_ascii_lowercase();
            LISTS.iter().any(|word| name.contains(word)) && !name.ends_with("item") && !name.contains("-item")
        })
}

/// Whether an element is named for one review.
fn is_single(element: Spot<'_, '_>) -> bool {
    const NAMES: &[&str] =
        &["review", "avis", "comment", "bewertung", "testimonial", "opinion", "rezension", "recensione", "flip-card", "beoordeling"];
    let class = [element.raw_attr("class"), element.raw_attr("itemprop"), element.raw_attr("itemtype")];
    class.into_iter().flatten().flat_map(str::split_whitespace).any(|word| {
        let word = word.to_ascii_lowercase();
        NAMES.iter().any(|name| word.contains(name))
    })
}

fn is_entry(element: Spot<'_, '_>) -> bool {
    matches!(element.tag(), Tag::Li | Tag::Article | Tag::Blockquote) || is_single(element) && !is_list(element)
}

pub(super) fn read(page: &Page<'_, '_, '_>, boxes: &[Spot<'_, '_>], scale: f64) -> Vec<Review> {
    let taken = |spot: &Spot<'_, '_>| {
        let mut parts = Parts::of(*spot);
        parts.look_before(*spot);
        let rating = parts.rating.map(|score| score.on(scale));
        Review { author: parts.author, rating, title: parts.title, body: parts.body, date: parts.date }
    };
    let mut reviews: Vec<Review> = Vec::new();
    for review in boxes.iter().filter(|spot| !page.survey.is_aside(**spot)).map(taken) {
        // Carousels repeat what the list shows.
        if !reviews.contains(&review) {
            reviews.push(review);
        }
    }
    reviews
}

/// What stands in one box.
#[derive(Default)]
struct Parts {
    author: Option<String>,
    rating: Option<Score>,
    title: Option<String>,
    date: Option<String>,
    body: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Author,
    Title,
    Date,
    Rating,
    Body,
    /// Buttons, thanks, answers of the shop.
    Noise,
}

impl Parts {
    /// Said by somebody, on some day, or rated: two of these and a text. An entry of a list needs one.
    fn is_review(&self, entry: bool) -> bool {
        // What stands above all reviews has a number in it.
        if self.body.chars().count() < 60 && super::count(&self.body).is_some() {
            return false;
        }
        let signs = [self.author.is_some(), self.rating.is_some(), self.date.is_some(), self.title.is_some()];
        let enough = if entry && self.author.is_some() { 1 } else { 2 };
        self.body.chars().count() >= SHORTEST && signs.iter().filter(|sign| **sign).count() >= enough
            || self.body.len() >= 3 && self.rating.is_some() && self.author.is_some()
    }

    fn of(spot: Spot<'_, '_>) -> Self {
        let mut parts = Self { rating: stars::drawn(spot).or_else(|| stars::said(&line(spot)).map(|(score, _)| score)), ..Self::default() };
        let mut done: Vec<usize> = Vec::new();
        let mut body: Option<Spot<'_, '_>> = None;
        for element in spot.elements() {
            match part(element) {
                Some(Part::Author) if parts.author.is_none() => {
                    parts.author = author(&line(element)).inspect(|_| done.push(element.index()));
                }
                Some(Part::Title) if parts.title.is_none() => parts.title = some(line(element)).inspect(|_| done.push(element.index())),
                Some(Part::Date) if parts.date.is_none() => parts.date = written_date(element).inspect(|_| done.push(element.index())),
                Some(Part::Body) if body.is_none_or(|body| body.contains(element)) => body = Some(element),
                Some(Part::Rating) if line(element).len() < 30 => done.push(element.index()),
                Some(Part::Noise) => done.push(element.index()),
                _ => {}
            }
        }
        let skip = |element: Spot<'_, '_>| done.contains(&element.index());
        let rest = lines_but(spot, skip);
        let text = parts.loose(&rest);
        let marked = body.map(|body| lines_but(body, skip)).filter(|text| text.chars().count() >= 3);
        parts.body = marked.unwrap_or(text);
        parts.name_bold(spot);
        parts
    }

    /// Takes the author and the date out of lines that nothing else names; what remains was said.
    fn loose(&mut self, text: &str) -> String {
        let mut body: Vec<String> = Vec::new();
        for line in text.lines() {
            let mut left = line.to_owned();
            if self.date.is_none()
                && left.len() < 140
                && let Some(found) = DATED.find(&left)
                && let Some(day) =
                    date::iso(found.as_str()).or_else(|| is_relative(found.as_str()).then(|| found.as_str().trim().to_owned()))
            {
                self.date = Some(day);
                left.replace_range(found.range(), " ");
            }
            if self.author.is_none()
                && let Some(found) = BY.captures(&left)
                && let (Some(whole), Some(name)) = (found.get(0), author(&found[1]))
            {
                self.author = Some(name);
                let whole = whole.range();
                left.replace_range(whole, " ");
            }
            let score = stars::said(&left).filter(|_| left.len() < 40);
            let left = left
                .trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '-' | '–' | '|' | '★' | '☆' | '⭐' | ':' | '(' | ')' | '·'))
                .to_owned();
            if score.is_none() && !left.is_empty() && !NOISE.is_match(&left) {
                body.push(left);
            }
        }
        body.join("\n")
    }

    /// A bold word names the author or the title, whichever is missing.
    fn name_bold(&mut self, spot: Spot<'_, '_>) {
        let bold = spot.elements().filter(|element| matches!(element.tag(), Tag::B | Tag::Strong | Tag::Dt)).map(line);
        for text in bold.filter(|text| !text.is_empty() && text.len() <= 80 && stars::said(text).is_none()) {
            let text = text.trim_end_matches([':', ',']).to_owned();
            if self.author.as_ref() == Some(&text) || LABEL.is_match(&text) || self.body.len() <= text.len() {
                continue;
            }
            let Some(rest) = self.body.strip_prefix(&text) else { continue };
            let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '-' | '–')).to_owned();
            if self.author.is_none() && is_name(&text) {
                self.author = Some(text);
            } else if self.title.is_none() {
                self.title = Some(text);
            }
            self.body = rest;
            return;
        }
    }

    /// In a list of terms the title and the author stand before what is said.
    fn look_before(&mut self, spot: Spot<'_, '_>) {
        if spot.tag() != Tag::Dd || self.author.is_some() {
            return;
        }
        let terms =
            spot.parent().into_iter().flat_map(|list| list.children()).filter(|child| child.is_element() && child.index() < spot.index());
        let Some(term) = terms.last().filter(|term| term.tag() == Tag::Dt) else { return };
        let text = line(term);
        let found = BY.captures(&text);
        self.author = found.as_ref().and_then(|found| author(&found[1]));
        let title = found.and_then(|found| Some(text[..found.get(0)?.start()].to_owned())).unwrap_or(text);
        self.title = self.title.take().or_else(|| some(title.trim().to_owned()));
    }
}

// Boundaries of words are those of ASCII: for Unicode's the fast engines give up at the first accent, and the text is read ten times slower.
static DATED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)(?:\(?(?:publié|posted|on|le|am|vom|el|il|op|em|date|datum)\s*:?\s*(?:on|le|am)?\s*)?
        (?:(?-u:\b)\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:T[\d:.Z+]*)?(?-u:\b) | (?-u:\b)\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}(?-u:\b)
        | (?-u:\b)\d{1,2}(?:er|st|nd|rd|th|\.|º)?\ (?:de\ )?\p{Alphabetic}{3,10}\.?,?\ (?:de\ )?\d{4}(?-u:\b)
        | (?-u:\b)\p{Alphabetic}{3,10}\.?\ \d{1,2}(?:st|nd|rd|th)?,?\ \d{4}(?-u:\b)
        | (?-u:\b)il\ y\ a\ [\p{Alphabetic}\d]+\ (?:jours?|semaines?|mois|ans?|heures?) | (?-u:\b)(?:\d+|an?|one)\ (?:day|week|month|year|hour)s?\ ago(?-u:\b)
        | (?-u:\b)vor\ [\p{Alphabetic}\d]+\ (?:tag|woche|monat|jahr|stunde)\p{Alphabetic}* | (?-u:\b)hace\ [\p{Alphabetic}\d]+\ (?:día|semana|mes|año|hora)\p{Alphabetic}*
        | (?-u:\b)\d+\ (?:giorn|settiman|mes|ann)\p{Alphabetic}+\ fa(?-u:\b) | (?-u:\b)\d+\ (?:dagen|dag|weken|week|maanden|maand|jaar)\ geleden(?-u:\b) | (?-u:\b)há\ \d+\ (?:dia|semana|mes|mês|ano)\p{Alphabetic}*)\)?",
    )
});
static BY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[,;(|–—]\s*|\s)(?:(?:avis |review |reviewed |rezension |reseña |recensione |posted |publié |rédigé )?(?:par|by|von|por|door|da|van)\s*:?|(?:author|auteur|autor|autore|reviewer|nom|name|naam)\s*:|(?-i:(?-u:\b)de)\s)\s*((?-i:\p{Lu})[\p{Alphabetic}'’_.-]*(?: (?:(?-i:\p{Lu})[\p{Alphabetic}'’.-]*|de|du|la|le|van|von|der)){0,3}|[\p{Ll}\d]+_[\p{Ll}\d_]+)",
    )
});
static NOISE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:achat vérifié|avis vérifié|client vérifié|verified (?:purchase|buyer|review|owner)|verifizierter kauf|compra verificada|utile ?\??.*|cet avis vous .*|was this .*|helpful.*|report( abuse)?|signaler.*|répondre|reply|share|oui|non|yes|no|\(?\d+\)?|\d+ (?:of|sur|von) \d+ (?:people|personnes|personen|kunden).*|par|by|von|le|de|publié|posted|on|noté|rated|note|rating|quality|de \w+ sur \d)\s*:?$",
    )
});
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:author|autor|auteur|autore|datum|date|note|rating|bewertung|avis|titre|title|name|nom|reviewer|avantages|inconvénients|pros|cons)$|\d+ of \d+",
    )
});

/// What an element is for, by its name.
fn part(element: Spot<'_, '_>) -> Option<Part> {
    match element.tag() {
        Tag::Time => return Some(Part::Date),
        Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => return Some(Part::Title),
        Tag::Button | Tag::Form | Tag::Input => return Some(Part::Noise),
        _ if element.name().eq_ignore_ascii_case("cite") => return Some(Part::Author),
        _ => {}
    }
    let names: Vec<Cow<'_, str>> = ["itemprop", "class", "data-hook"].iter().filter_map(|name| element.attr(name)).collect();
    if names.is_empty() {
        return None;
    }
    let names = names.join(" ").to_lowercase();
    let names = names.get(..200).unwrap_or(&names);
    let has = |words: &[&str]| words.iter().any(|word| names.contains(word));
    match () {
        () if has(&[
            "helpful",
            "useful",
            "utile",
            "report",
            "reply",
            "answer",
            "response",
            "reponse",
            "visually-hidden",
            "verified",
            "avatar",
            "initials",
        ]) =>
        {
            Some(Part::Noise)
        }
        () if has(&[
            "author",
            "auteur",
            "autor",
            "pseudo",
            "nickname",
            "reviewer",
            "customer-name",
            "username",
            "user-name",
            "reviewer-name",
            "client-name",
        ]) =>
        {
            Some(Part::Author)
        }
        () if has(&["date", "published", "posted-on", "time"]) => Some(Part::Date),
        () if has(&["title", "headline", "subject", "subheadline", "titre", "heading"]) => Some(Part::Title),
        () if element.raw_attr("itemprop") == Some("name") => Some(if in_author(element) { Part::Author } else { Part::Title }),
        () if stars::is_named(element) => Some(Part::Rating),
        () if has(&["body", "content", "text", "message", "description", "comment_txt", "desc"]) => Some(Part::Body),
        () if names.split_whitespace().any(|name| name == "name") => Some(Part::Author),
        () => None,
    }
}

fn in_author(element: Spot<'_, '_>) -> bool {
    element.ancestors().take(2).any(|holder| holder.raw_attr("itemprop") == Some("author"))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// A name without the words that introduce it and the rating that follows it.
fn author(text: &str) -> Option<String> {
    let text = BY
        .captures(text)
        .filter(|found| found.get(0).is_some_and(|whole| whole.start() < 3))
        .map_or(text, |found| found.get(1).map_or(text, |name| name.as_str()));
    let cut = DATED.find(text).map_or(text.len(), |found| found.start());
    let cut = stars::said(text).map_or(cut, |(_, at)| at.min(cut));
    let name = text[..cut].trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '-' | '–' | '(' | ')' | '|'));
    (!name.is_empty() && name.chars().count() <= 50 && name.chars().any(char::is_alphabetic)).then(|| name.to_owned())
}

/// Whether a text can be somebody's name: a few words that begin large.
fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=3).contains(&words.len()) && words.iter().all(|word| word.starts_with(char::is_uppercase)) && !text.contains(['!', '?'])
}

fn is_relative(text: &str) -> bool {
    text.chars().any(char::is_alphabetic) && text.bytes().filter(u8::is_ascii_digit).count() <= 3
}

/// As ISO 8601, else as written; nothing where no day is told.
fn written_date(element: Spot<'_, '_>) -> Option<String> {
    let machine = element.attr("datetime").or_else(|| element.attr("content")).and_then(|text| date::iso(&text));
    machine.or_else(|| {
        let text = line(element);
        date::iso(&text).or_else(|| some(text).filter(|text| text.len() < 40))
    })
}
