//! A rating as it is written or drawn: "4,5/5", "4.5 out of 5 stars", ★★★★☆, a bar of which 92 % are filled, a row of icons.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::Regex;

use crate::extract::markup::Spot;
use crate::extract::pattern;
use crate::extract::tag::Tag;
use crate::extract::text::line;

/// A rating; without a scale where none is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    pub(super) value: f64,
    pub(super) best: Option<f64>,
}

impl Score {
    pub(super) fn of(value: f64, best: Option<f64>) -> Option<Self> {
        let top = best.unwrap_or(5.0);
        (value > 0.0 && value <= top).then_some(Self { value, best })
    }

    /// On a scale that others use.
    pub(super) fn on(self, scale: f64) -> f64 {
        match self.best {
            Some(best) if (best - scale).abs() > f64::EPSILON => (self.value / best * scale * 100.0).round() / 100.0,
            _ => self.value,
        }
    }
}

/// Elements that a drawing of stars may have.
const LARGEST: usize = 80;
/// Longest text that may be a rating and not a sentence which mentions one.
const LONGEST: usize = 160;

// Boundaries of words as in `reviews`: those of ASCII, for speed.
static OF: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(\d{1,3}(?:[.,]\d{1,2})?)(?: ?(/) ?| (?:von|van|aus|sur|out of|of|de|su|di|av|af|od|na|sobre|em|op|en) ?/? ?)(5|10|20|100)(?:[.,]0{1,2})?(?-u:\b)(.?)",
    )
});
static STARS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?-u:\b)(\d(?:[.,]\d{1,2})?) ?(?:stars?|étoiles?|sternen?|sterren?|estrellas?|estrelas?|stelle|stjärnor|stjerner|gwiazdek)(?-u:\b)",
    )
});
static PEOPLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*(?:people|persons?|users|customers|clients?|personnes|personas|personen|persone|pessoas|kunden)"));

/// The rating that a text tells, and where in the text.
pub(super) fn said(text: &str) -> Option<(Score, usize)> {
    if let Some(glyphs) = glyphs(text) {
        return Some(glyphs);
    }
    let of = OF.captures_iter(text).find_map(|found| {
        let whole = found.get(0)?;
        // A date, or a share of those who found it useful.
        let dated = text[..whole.start()].ends_with(['/', '-', '.', ',']) || (found.get(2).is_some() && &found[4] == "/");
        let useful = PEOPLE.is_match(&text[found.get(3)?.end()..]);
        let score = Score::of(figure(&found[1])?, figure(&found[3]))?;
        (!dated && !useful).then_some((score, whole.start()))
    });
    of.or_else(|| {
        let found = STARS.captures(text)?;
        Some((Score::of(figure(&found[1])?, None)?, found.get(0)?.start()))
    })
}

/// A text without the figures of its rating: "4.1 out of 5 ratings" counts none.
pub(super) fn without(text: &str) -> std::borrow::Cow<'_, str> {
    OF.replace_all(text, "$4")
}

/// A figure with a point or a comma.
pub(super) fn figure(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse().ok().filter(|value: &f64| value.is_finite())
}

/// A row of stars as characters.
fn glyphs(text: &str) -> Option<(Score, usize)> {
    let at = text.find(['★', '☆', '⭐', '✭'])?;
    let row = || text[at..].chars().filter(|c| *c != '\u{fe0f}').take_while(|c| matches!(c, '★' | '☆' | '⭐' | '✭' | '⯨' | '½' | ' '));
    let full = row().filter(|c| matches!(c, '★' | '⭐' | '✭')).count();
    let half = row().filter(|c| matches!(c, '⯨' | '½')).count();
    let empty = row().filter(|c| *c == '☆').count();
    // Two rows over each other: which one is filled is a matter of style.
    let doubled = full + half + empty > 5 && empty == 0;
    counted(full, half, empty).filter(|_| !doubled).map(|score| (score, at))
}

/// A row without empty stars is one of five, of which only the full ones are drawn; a lone star is an ornament.
fn counted(full: usize, half: usize, empty: usize) -> Option<Score> {
    let all = full + half + empty;
    if !(2..=10).contains(&all) || (empty > 0 && all < 3) {
        return None;
    }
    let value = full as f64 + half as f64 * 0.5;
    Score::of(value, Some(if empty > 0 || all > 5 { all as f64 } else { 5.0 }))
}

/// Attributes that only ratings have, and attributes whose value is a name.
const RATED: &[&str] = &["data-rating", "data-grade", "data-average-rating", "data-rateit-value", "data-stars"];
const NAMES: &[&str] = &["class", "id", "itemprop", "data-hook", "data-testid"];

/// Whether an element is named for ratings.
pub(super) fn is_named(element: Spot<'_, '_>) -> bool {
    let is_in = |names: &[&str], name: &str| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    element.attributes().iter().any(|(name, value)| is_in(RATED, name) || is_in(NAMES, name) && is_name(value))
}

/// All of them are looked for at once: every element of the page is asked. The first is none where a `t` follows.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [
        "star", "rating", "etoile", "étoile", "grade", "score", "sterne", "stelle", "estrella", "estrela", "average", "note_", "note-",
        "-note", "_note",
    ];
    AhoCorasickBuilder::new().ascii_case_insensitive(true).build(words).ok()
});

fn is_name(name: &str) -> bool {
    let name = name.get(..200).unwrap_or(name);
    let starts = |at: usize| name.as_bytes().get(at).is_some_and(|byte| byte.eq_ignore_ascii_case(&b't'));
    let worded =
        WORDS.as_ref().is_some_and(|words| words.find_iter(name).any(|found| found.pattern().as_usize() > 0 || !starts(found.end())));
    worded || name.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("note"))
}

/// The rating that an element carries or draws.
pub(super) fn drawn(element: Spot<'_, '_>) -> Option<Score> {
    carried(element).or_else(|| pictured(element))
}

/// What an element and its parts say of themselves in attributes.
pub(super) fn carried(element: Spot<'_, '_>) -> Option<Score> {
    let parts = || std::iter::once(element).chain(element.elements().take(LARGEST));
    parts().find_map(property).or_else(|| parts().find_map(told)).or_else(|| parts().find_map(data))
}

/// What is drawn; often rounded to halves.
pub(super) fn pictured(element: Spot<'_, '_>) -> Option<Score> {
    let parts = || std::iter::once(element).chain(element.elements().take(LARGEST));
    parts().find_map(bar).or_else(|| icons(element)).or_else(|| parts().find_map(sprite))
}

/// `itemprop=ratingValue`, with the scale that stands beside it.
fn property(element: Spot<'_, '_>) -> Option<Score> {
    let value = |element: Spot<'_, '_>| figure(&element.attr("content").map_or_else(|| line(element), std::borrow::Cow::into_owned));
    let is = |element: &Spot<'_, '_>, name: &str| element.raw_attr("itemprop") == Some(name);
    if !is(&element, "ratingValue") {
        return None;
    }
    let best = element.parent().and_then(|holder| holder.elements().take(LARGEST).find(|inner| is(inner, "bestRating"))).and_then(value);
    Score::of(value(element)?, best)
}

/// What an element says to those who cannot see it.
pub(super) fn told(element: Spot<'_, '_>) -> Option<Score> {
    let texts = ["aria-label", "title", "alt", "aria-valuetext"].iter().filter_map(|name| element.attr(name));
    texts.filter(|text| text.len() < LONGEST).find_map(|text| said(&crate::extract::text::one_line(&text))).map(|(score, _)| score)
}

/// `data-rating="4.1"`, `data-rating='{"rating":4.35,"total":5}'`.
fn data(element: Spot<'_, '_>) -> Option<Score> {
    const NAMES: &[&str] = &[
        "data-rating",
        "data-score",
        "data-grade",
        "data-average-rating",
        "data-rateit-value",
        "data-note",
        "data-rate",
        "data-stars",
        "data-average",
        "data-rating-value",
        "data-value",
        "aria-valuenow",
    ];
    let raw = NAMES.iter().filter(|name| **name != "data-value" || is_named(element)).find_map(|name| element.attr(name))?;
    if let Some(value) = figure(&raw) {
        let best = ["data-max-rating", "data-max", "data-rating-max", "data-scale-max", "aria-valuemax"]
            .iter()
            .find_map(|name| figure(element.raw_attr(name)?));
        return Score::of(value, best);
    }
    let object: serde_json::Value = serde_json::from_str(&raw).ok()?;
    let number = |names: &[&str]| names.iter().find_map(|name| object.get(name)?.as_f64());
    Score::of(number(&["rating", "value", "average"])?, number(&["total", "max", "best"]))
}

/// A bar of which so much is filled; a full width is the empty bar as often as the filled one.
fn bar(element: Spot<'_, '_>) -> Option<Score> {
    let named = is_named(element) || element.parent().is_some_and(is_named);
    let style: String =
        element.attr("style").filter(|_| named)?.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let width = style.split(';').find_map(|rule| rule.strip_prefix("width:").or_else(|| rule.strip_prefix("--rating-width:")))?;
    let share = figure(width.trim_end_matches("!important").strip_suffix('%')?)?;
    let scored = Score::of((share * 5.0).round() / 100.0, Some(5.0));
    scored.filter(|_| share <= 100.0 && (share < 100.0 || !element.elements().any(|inner| inner.has("style"))))
}

#[derive(Clone, Copy, PartialEq)]
enum Icon {
    Full,
    Half,
    Empty,
    /// Its name says only that it is a star.
    Plain,
}

/// A row of icons, each full, half or empty by its name.
fn icons(element: Spot<'_, '_>) -> Option<Score> {
    let mut row: Vec<(usize, Icon)> = Vec::new();
    for inner in element.elements().take(LARGEST) {
        let within = row.last().is_some_and(|(end, _)| inner.index() < *end);
        if let (false, Some(icon)) = (within, icon(inner)) {
            row.push((inner.end(), icon));
        }
    }
    let number = |kind: Icon| row.iter().filter(|(_, icon)| *icon == kind).count();
    let (full, half, empty, plain) = (number(Icon::Full), number(Icon::Half), number(Icon::Empty), number(Icon::Plain));
    // Where some are marked as full, the others are not; where some are empty, the others are full.
    if full > 0 { counted(full, half, empty + plain) } else { counted(plain, half, empty) }
}

fn icon(element: Spot<'_, '_>) -> Option<Icon> {
    if !matches!(element.tag(), Tag::Span | Tag::Img | Tag::Svg | Tag::Other | Tag::Li | Tag::Div) || element.end() - element.index() > 12 {
        return None;
    }
    let names: String =
        ["class", "data-icon", "src", "href", "xlink:href"].iter().filter_map(|name| element.raw_attr(name)).collect::<Vec<_>>().join(" ");
    let names = names.get(..300).unwrap_or(&names).to_ascii_lowercase();
    // A row of stars is no star.
    let single = names.match_indices("star").any(|(at, _)| !names[at + 4..].starts_with(['t', 's']))
        || names.contains("etoile") && !names.contains("etoiles");
    if !single || names.contains("rating-star") && element.elements().count() > 4 {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| names.contains(word));
    Some(match () {
        () if has(&["half", "demi", "semi", "-25-filled", "-50-filled", "-75-filled"]) => Icon::Half,
        () if has(&["star-on", "star_on", "--on"]) => Icon::Full,
        () if has(&[
            "empty",
            "off",
            "outline",
            "inactive",
            "grey",
            "gray",
            "blank",
            "star-o",
            "star_o",
            "far fa",
            "fa-regular",
            "vide",
            "disabled",
            "unfilled",
        ]) =>
        {
            Icon::Empty
        }
        () if has(&["full", "fill", "active", "checked", "selected", "solid", "pleine"]) => Icon::Full,
        () => Icon::Plain,
    })
}

static SPRITE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[ /_-])(?:stars?|ratings?|etoiles?|notes?|grade|score|e|r|s)[_-]?([0-5])[_.-]?([05])?(?:\.(?:gif|png|jpe?g|svg|webp))?(?:$|[ ?])",
    )
});

/// The figure in the name of a picture that holds all stars: `etoiles e45`, `stars_4.gif`.
fn sprite(element: Spot<'_, '_>) -> Option<Score> {
    let name = match element.tag() {
        Tag::Img => element.raw_attr("src").filter(|src| is_name(src) || is_named(element)),
        _ => element.raw_attr("class").filter(|class| is_name(class)),
    }?;
    let found = SPRITE.captures(name)?;
    let half = found.get(2).is_some_and(|half| half.as_str() == "5");
    Score::of(figure(&found[1])? + if half { 0.5 } else { 0.0 }, None)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::extract::markup::Markup;

    #[test]
    fn ratings_as_words() {
        for (text, expected) in [
            ("4,5/5 (12 avis)", Some((4.5, Some(5.0)))),
            ("4.5 out of 5 stars", Some((4.5, Some(5.0)))),
            ("Note : 4/5", Some((4.0, Some(5.0)))),
            ("Note : 4,2 sur 5", Some((4.2, Some(5.0)))),
            ("4,4 van 5", Some((4.4, Some(5.0)))),
            ("5 von 5 Sternen!", Some((5.0, Some(5.0)))),
            ("Valorado con 4.67 de 5", Some((4.67, Some(5.0)))),
            ("9,2 / 10", Some((9.2, Some(10.0)))),
            ("4.90/5.00", Some((4.9, Some(5.0)))),
            ("17/20", Some((17.0, Some(20.0)))),
            ("★★★★☆", Some((4.0, Some(5.0)))),
            ("★★★★★ Parfait", Some((5.0, Some(5.0)))),
            ("⭐⭐⭐⭐", Some((4.0, Some(5.0)))),
            ("4.67 stars", Some((4.67, None))),
            ("★★★★★★★★★★", None),
            ("4.6 out of / 5", Some((4.6, Some(5.0)))),
            ("★ Nouveau", None),
            ("92 %", None),
            ("6/5", None),
            ("0/5", None),
            ("Le 05/10/2024", None),
            ("1 of 5 people found this helpful", None),
            ("4/50 ml", None),
            ("", None),
        ] {
            assert_eq!(said(text).map(|(score, _)| (score.value, score.best)), expected, "{text}");
        }
    }

    #[test]
    fn ratings_as_drawings() {
        for (html, expected) in [
            ("<div class=stars><span style='width:92%'></span></div>", Some(4.6)),
            ("<div class=rating-box><div class=rating style='width: 87%;'></div></div>", Some(4.35)),
            ("<div class=rating-result title='80%'><span style='width:80%'><span>80%</span></span></div>", Some(4.0)),
            ("<div class='ui star rating' data-rating=4.1 data-max-rating=5></div>", Some(4.1)),
            ("<div class=rating data-rating='{&quot;rating&quot;:4.35,&quot;total&quot;:5}'></div>", Some(4.35)),
            ("<p class=note><i class='icon-star full'></i><i class='icon-star full'></i><i class=icon-star></i></p>", Some(2.0)),
            (
                "<p class=x><i class='fa fa-star'></i><i class='fa fa-star'></i><i class='fa fa-star-half-o'></i><i class='fa fa-star-o'></i><i class='fa fa-star-o'></i></p>",
                Some(2.5),
            ),
            ("<p class=x><i data-icon=star></i><i data-icon=star></i><i data-icon=star></i><i data-icon=star></i></p>", Some(4.0)),
            ("<p class=x><i class='fa fa-star'></i></p>", None),
            ("<p class=x><img src='/img/star-on.png'><img src='/img/star-on.png'><img src='/img/star-off.png'></p>", Some(2.0)),
            ("<span class='etoiles e45'></span>", Some(4.5)),
            ("<p><img src=/img/stars_4.gif></p>", Some(4.0)),
            ("<p><img src=/img/stars_4.gif alt='3 von 5 Sternen'></p>", Some(3.0)),
            ("<p><meta itemprop=ratingValue content=4.67><meta itemprop=bestRating content=5></p>", Some(4.67)),
            ("<div class='flex-start' style='width:50%'></div>", None),
        ] {
            let markup = Markup::scan(html);
            assert_eq!(drawn(markup.elements().next().unwrap()).map(|score| score.value), expected, "{html}");
        }
    }
}
