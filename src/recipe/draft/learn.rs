//! Where the links of a search stand, read from one of its answers: by the names that shops give to the boxes around a product.

use url::Url;

use super::{Hits, Search};
use crate::extract::markup::{Markup, Spot};
use crate::extract::tag::Tag;
use crate::extract::{absolute, base};
use crate::model::{Page, host_of};

/// Parts of class names and ids, and how much they say. What is not named so is looked for in `<main>`.
const BOXES: [(&str, u8); 12] = [
    ("product", 3),
    ("produit", 3),
    ("pdt", 3),
    ("article", 2),
    ("item", 2),
    ("result", 2),
    ("hit", 2),
    ("card", 2),
    ("miniature", 2),
    ("listing", 1),
    ("list", 1),
    ("grid", 1),
];
/// Boxes whose links are not the search's.
const ELSEWHERE: [&str; 11] =
    ["nav", "menu", "header", "footer", "carous", "carrous", "related", "popular", "suggest", "breadcrumb", "cart"];
const CLIMB: usize = 8;
const MOST: usize = 2_000;

/// The same search with what its answer shows: a redirect to a page of its own, or a list of links. Nothing when it shows neither.
pub fn learn(search: &Search, asked: &Url, answer: &Page) -> Option<Search> {
    if answer.url.path() != asked.path() {
        return redirected(search, asked, &answer.url);
    }
    let markup = Markup::scan(&answer.text);
    let base = base(&markup, &answer.url);
    let links = markup.elements().filter(|link| link.tag() == Tag::A && link.has("href"));
    let mut best: Option<(u8, String)> = None;
    for link in links.take(MOST).filter(|link| leads_on(&base, *link, asked)) {
        let Some((weight, css)) = boxed(link) else { continue };
        if best.as_ref().is_none_or(|(known, _)| weight > *known) {
            best = Some((weight, css));
        }
    }
    best.map(|(_, css)| Search { hits: Hits::Html { css: format!("{css} a[href]") }, ..search.clone() })
}

/// An answer that is somewhere else than the question is the product's page, or the shop's excuse.
fn redirected(search: &Search, asked: &Url, page: &Url) -> Option<Search> {
    let segments = |url: &Url| url.path().trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (from, to) = (segments(asked), segments(page));
    let shared = from.iter().zip(&to).take(to.len().saturating_sub(1)).take_while(|(a, b)| a == b).count();
    let shape = to.iter().enumerate().map(|(at, segment)| match at {
        at if at < shared => regex::escape(segment),
        _ if segment.ends_with(".html") => r"[^/?]+\.html".to_owned(),
        _ => "[^/?]+".to_owned(),
    });
    let shape = shape.collect::<Vec<_>>().join("/");
    if page.path() == "/" {
        return None;
    }
    Some(Search {
        not_found: Some(format!(r"^{}/?(\?|$)", regex::escape(asked.path().trim_end_matches('/')))),
        page: Some(format!(r"^/{shape}/?(\?|$)")),
        ..search.clone()
    })
}

fn leads_on(base: &Url, link: Spot<'_, '_>, asked: &Url) -> bool {
    let Some(url) = link.attr("href").and_then(|href| absolute(base, &href)) else { return false };
    host_of(&url) == host_of(asked) && url.path() != "/" && url.path() != asked.path()
}

/// The nearest box around a link that is named like a product's, as a selector.
fn boxed(link: Spot<'_, '_>) -> Option<(u8, String)> {
    let mut best: Option<(u8, String)> = None;
    for element in link.ancestors().take(CLIMB) {
        let (classes, id) = (element.attr("class").unwrap_or_default(), element.attr("id").unwrap_or_default());
        let named = || classes.split_ascii_whitespace().map(|class| (class, '.')).chain(std::iter::once((&*id, '#')));
        if matches!(element.tag(), Tag::Nav | Tag::Header | Tag::Footer | Tag::Aside) || named().any(|(name, _)| says(name, &ELSEWHERE)) {
            return None;
        }
        for (name, sign) in named().filter(|(name, _)| is_plain(name)) {
            let weight = BOXES.iter().filter(|(word, _)| says(name, &[word])).map(|(_, weight)| *weight).max();
            if let Some(weight) = weight.filter(|weight| best.as_ref().is_none_or(|(known, _)| weight > known)) {
                best = Some((weight, format!("{sign}{name}")));
            }
        }
    }
    best
}

fn says(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}

/// A name that a selector takes as it stands, and that is not one product's own.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
}
