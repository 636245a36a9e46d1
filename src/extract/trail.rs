//! The breadcrumbs that a person sees: links, plain words and separators, in a part that is named so or looks so.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::markup::{Markup, Piece, Spot, unescape};
use super::pattern;
use super::survey::{Marks, Survey};
use super::tag::Tag;
use super::text::{line, line_within, one_line};

/// Steps kept of a trail, parts looked at, nodes of the largest part without a name.
pub(super) const MOST_STEPS: usize = 20;
const MOST_PARTS: usize = 8;
const LARGEST: usize = 80;
/// Longer texts are no step.
const LONGEST: usize = 200;
/// How far one step is read, in bytes.
const LONGEST_STEP: usize = 10_000;

/// Signs that stand between two steps, alone in their element or between spaces.
const SEPARATORS: &[char] = &[
    '>', '/', '»', '›', '|', '→', '·', '\\', '-', '•', '‹', '«', '❯', '▸', '▶', ':', '–', '—', '+', '<', '⇒', '➔', '\u{f105}', '\u{f054}',
];
/// Those that part plain words even beside links.
const STRONG: &[&str] = &[" > ", " » ", " › ", " → ", " ❯ ", " ▸ ", " :: ", " >> "];
/// In a trail without links one of these is the separator.
const WEAK: &[&str] = &[" / ", " | ", " • ", " · ", " – ", " - ", ">", "»", "›", "/"];

/// The first part with at least two steps, else the first with one.
pub(super) fn visible(survey: &Survey<'_, '_>, heading: Option<&str>) -> Option<Vec<String>> {
    let named = survey.markup.elements().filter(|element| is_named(survey, *element)).take(MOST_PARTS);
    let trails: Vec<Vec<String>> = named.map(|part| steps(survey, part)).filter(|steps| !steps.is_empty()).collect();
    let long = trails.iter().find(|steps| steps.len() > 1).cloned();
    // The heading alone is no trail.
    let other = |steps: &Vec<String>| steps.len() > 1 || steps.first().map(String::as_str) != heading;
    long.or_else(|| unnamed(survey)).or_else(|| trails.into_iter().next()).filter(other)
}

fn is_named(survey: &Survey<'_, '_>, element: Spot<'_, '_>) -> bool {
    let label = |name: &str| {
        element.raw_attr(name).is_some_and(|label| {
            let label = label.to_lowercase();
            ["breadcrumb", "ariane", "brotkrumen", "kruimelpad", "brödsmulor"].iter().any(|word| label.contains(word))
        })
    };
    survey.own(element).has(Marks::TRAIL) || label("aria-label") || label("itemtype") || label("itemprop")
}

static HOME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:home(?: ?page)?|accueil|start(?:seite)?|inicio|início|página inicial|hem|hjem|forside|etusivu|strona główna|domů|úvod|kezdőlap|főoldal|главная|ana ?sayfa|startpagina|principal|portada|boutique|shop|magasin|store)$",
    )
});

/// A link to the shop's first page with a separator behind it, and what follows.
fn unnamed(survey: &Survey<'_, '_>) -> Option<Vec<String>> {
    let links = survey.markup.elements().filter(|element| element.tag() == Tag::A);
    let first =
        links.filter(|link| link.end() - link.index() < 10 && HOME.is_match(&line(*link))).find(|link| is_followed(survey.markup, *link));
    let mut holders = first?.ancestors().take(4).take_while(|holder| holder.end() - holder.index() <= LARGEST && holder.index() > 0);
    let holder = holders.find(|holder| holder.elements().filter(|element| element.tag() == Tag::A).count() > 1)?;
    Some(steps(survey, holder)).filter(|steps| steps.len() > 1)
}

fn is_followed(markup: &Markup<'_>, link: Spot<'_, '_>) -> bool {
    let next = (link.end()..(link.end() + 6).min(markup.len())).find_map(|index| match markup.at(index).piece() {
        Piece::Text(text) if !text.trim().is_empty() => Some(unescape(text).trim().to_owned()),
        _ => None,
    });
    // Menus have bars and dots between their links.
    next.is_some_and(|text| text.starts_with(['>', '»', '›', '/', '→', ':', '❯', '▸']))
}

/// What a part says, in the order of the page.
enum Said {
    Link(String),
    Plain(String),
}

fn steps(survey: &Survey<'_, '_>, part: Spot<'_, '_>) -> Vec<String> {
    let said = read(survey, part);
    let first = said.iter().position(|said| matches!(said, Said::Link(_)));
    let mut steps: Vec<String> = Vec::new();
    for (at, said) in said.into_iter().enumerate() {
        let found = match said {
            Said::Link(text) => vec![text],
            Said::Plain(text) if first.is_none() => split(&text, true),
            Said::Plain(text) if Some(at) < first && is_label(&text) => Vec::new(),
            Said::Plain(text) => split(&text, false),
        };
        for step in found.iter().map(|step| bare(step)).filter(|step| !step.is_empty() && step.len() <= LONGEST && !is_back(step)) {
            if steps.last().is_none_or(|last| last.to_lowercase() != step.to_lowercase()) && steps.len() < MOST_STEPS {
                steps.push(step);
            }
        }
    }
    steps
}

fn read(survey: &Survey<'_, '_>, part: Spot<'_, '_>) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    let mut plain = String::new();
    let (mut from, mut ends) = (0, Vec::new());
    for node in part.inside() {
        while ends.last().is_some_and(|end| *end <= node.index()) {
            ends.pop();
            flush(&mut plain, &mut said);
        }
        if node.index() < from {
            continue;
        }
        match node.piece() {
            Piece::Element(element) if element.tag().is_silent() || is_menu(element, part) => from = element.end(),
            Piece::Element(element) if matches!(element.tag(), Tag::A) => {
                flush(&mut plain, &mut said);
                said.push(Said::Link(name(element)));
                from = element.end();
            }
            Piece::Element(element) => {
                if element.tag().is_block() || element.tag() == Tag::Br || element.raw_attr("itemprop") == Some("name") {
                    flush(&mut plain, &mut said);
                    ends.push(element.end());
                }
            }
            Piece::Text(_) if survey.marks(node).has(Marks::SPOKEN) => {}
            Piece::Text(text) => {
                let text = unescape(text);
                if is_separator(&text) {
                    flush(&mut plain, &mut said);
                } else {
                    plain.push_str(&text);
                }
            }
        }
    }
    flush(&mut plain, &mut said);
    said
}

fn flush(plain: &mut String, said: &mut Vec<Said>) {
    let text = one_line(&std::mem::take(plain));
    if !bare(&text).is_empty() {
        said.push(Said::Plain(text));
    }
}

/// The words of a link; those of a drawn house stand in its title.
fn name(link: Spot<'_, '_>) -> String {
    let text = line_within(link, LONGEST_STEP);
    if !bare(&text).is_empty() {
        return text;
    }
    let pictured = link.elements().find(|inner| inner.tag() == Tag::Img).and_then(|picture| picture.attr("alt"));
    let told = link.attr("title").or_else(|| link.attr("aria-label")).or(pictured);
    told.map(|text| one_line(&text)).unwrap_or_default()
}

/// The neighbours of a step, in a list that drops down from it. A list with a single member is the rest of the trail.
fn is_menu(element: Spot<'_, '_>, part: Spot<'_, '_>) -> bool {
    let named = || {
        element.raw_attr("class").is_some_and(|class| {
            let class = class.to_ascii_lowercase();
            ["dropdown-menu", "dropdown-content", "submenu", "sub-menu", "flyout", "popover", "tooltip"]
                .iter()
                .any(|word| class.contains(word))
        })
    };
    let nested = || {
        let inner = matches!(element.tag(), Tag::Ul | Tag::Ol)
            && element.ancestors().take_while(|holder| *holder != part).any(|holder| holder.tag() == Tag::Li);
        inner && element.children().filter(|child| child.tag() == Tag::Li).count() > 1
    };
    nested() || named() && element.elements().filter(|inner| inner.tag() == Tag::A).count() > 1
}

fn is_separator(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().all(|c| SEPARATORS.contains(&c) || c.is_whitespace())
}

fn split(text: &str, alone: bool) -> Vec<String> {
    let parts = |sign: &str| text.split(sign).map(str::to_owned).collect();
    let strong = STRONG.iter().find(|sign| text.contains(**sign));
    let weak = || WEAK.iter().find(|sign| alone && text.contains(**sign));
    strong.or_else(weak).map_or_else(|| vec![text.to_owned()], |sign| parts(sign))
}

/// Without separators at its ends and without the words that introduce the trail.
pub(super) fn bare(text: &str) -> String {
    // Each of these openings has a space in it; most steps have none.
    let text = if text.contains(' ') { INTRODUCED.replace(text, "") } else { Cow::Borrowed(text) };
    // A name in quotation marks keeps them.
    let quoted = text.contains('«') && text.contains('»');
    let is_sign = |c: char| c.is_whitespace() || SEPARATORS.contains(&c) && !(quoted && matches!(c, '«' | '»'));
    text.trim_matches(is_sign).to_owned()
}

static INTRODUCED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:you are (?:here|currently (?:on|in|here))|you're here|vous êtes ici|vous êtes dans|sie (?:sind|befinden sich) hier|du bist hier|aktuelle seite|u bevindt zich hier|u bent hier|je bent hier|estás (?:aquí|en)|usted está (?:aquí|en)|está (?:aquí|en)|ti trovi (?:qui|in)|sei (?:qui|in)|tu sei qui|você está (?:aqui|em)|jesteś tutaj|du är här|du er her|nacházíte se|вы здесь)\s*[:>»–-]?\s*",
    )
});

/// Words before the first link that name the trail or end in a colon.
fn is_label(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    lower.ends_with([':', '：', '?'])
        || ["browse", "breadcrumb", "breadcrumbs", "fil d'ariane", "navigation", "location"].contains(&lower.as_str())
}

static BACK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:back|go back|previous|zurück|retour|terug|volver|atrás|indietro|torna|voltar|tilbage|tillbaka|wróć|précédent|suivant|next|back to .*|retour (?:à|au|aux) .*|zurück (?:zu|zur|zum) .*|terug naar .*|volver a .*|torna a.*|voltar (?:para|à|ao) .*|\.\.\.|…)$",
    )
});

fn is_back(text: &str) -> bool {
    BACK.is_match(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn trails_as_shops_print_them() {
        for (html, expected) in [
            ("<p class=breadcrumb><a>Home</a> &gt; <a>Soins</a> &gt; Gel - 200 ml</p>", "Home|Soins|Gel - 200 ml"),
            ("<p class=breadcrumb>Home > Soins > Gel</p>", "Home|Soins|Gel"),
            ("<p class=breadcrumb>Home / Soins / Gel 1/2</p>", "Home|Soins|Gel 1/2"),
            ("<p class=breadcrumb>Vous êtes ici : Accueil » Soins » Gel</p>", "Accueil|Soins|Gel"),
            ("<p class=breadcrumb>You are here: <a>Home</a> » <a>Care</a></p>", "Home|Care"),
            ("<p class=breadcrumb><span>Vous êtes ici :</span> <a>Accueil</a></p>", "Accueil"),
            ("<ol class=breadcrumb><li><a>Zurück</a><li><a>Start</a><li><a>Haare</a></ol>", "Start|Haare"),
            (
                "<ul class=breadcrumbs><li><a>A</a><span>/</span></li><li><a>B</a><span>/</span></li><li><strong>C</strong></li></ul>",
                "A|B|C",
            ),
            ("<ul class=breadcrumbs><li><a>A</a><ul><li><a>x</a><li><a>y</a></ul></li><li><a>B</a></li></ul>", "A|B"),
            ("<ul class=breadcrumbs><li><a>A</a><ul><li><a>B</a><ul><li>C</li></ul></li></ul></li></ul>", "A|B|C"),
            ("<div class=breadcrumb><a title=Startseite><i class=fa></i></a> › <a>Auto</a></div>", "Startseite|Auto"),
            ("<nav aria-label=Breadcrumb><span>A</span><span>›</span><span>B</span></nav>", "A|B"),
            ("<nav aria-label=\"Fil d'Ariane\"><a>« Retour aux résultats</a><a>A</a><a>B</a></nav>", "A|B"),
            ("<p class=chemin>Vous êtes ici : <a href=/>Accueil</a> &gt; <a>Cheveux</a></p>", "Accueil|Cheveux"),
            ("<font><a href=/>Home</a>: <a>Fasteners</a>: <a>Bolts, Gr. 8</a></font>", "Home|Fasteners|Bolts, Gr. 8"),
            (
                "<div class=fil><a href=/>Accueil</a><span> › </span><a>Lampes</a><span> › </span><span>Héron</span></div>",
                "Accueil|Lampes|Héron",
            ),
            ("<div><a href=/>Home</a> <a>Contact</a></div>", ""),
        ] {
            let markup = Markup::scan(html);
            let survey = Survey::of(&markup).settle(None);
            assert_eq!(visible(&survey, None).unwrap_or_default().join("|"), expected, "{html}");
        }
    }
}
