//! One page as a tree, and the text in it. The tree is built once per page and shared by all readers and by the recipe.

use std::sync::LazyLock;

use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

use super::flatten::flatten;

/// A parsed page and the address against which its links resolve.
pub(crate) struct Dom {
    pub(crate) html: Html,
    pub(crate) base: Url,
}

impl Dom {
    pub(crate) fn parse(html: &str, url: &Url) -> Self {
        let html = Html::parse_document(&flatten(html));
        let base = first(&html, &BASE).and_then(|element| element.attr("href")).and_then(|href| url.join(href.trim()).ok());
        Self { base: base.filter(|base| base.has_host()).unwrap_or_else(|| url.clone()), html }
    }

    /// An http address made absolute; nothing for `data:`, `javascript:` and what is no address.
    pub(crate) fn absolute(&self, link: &str) -> Option<Url> {
        absolute(&self.base, link)
    }
}

static BASE: LazyLock<Selector> = LazyLock::new(|| selector("base[href]"));

pub(crate) fn absolute(base: &Url, link: &str) -> Option<Url> {
    let link = link.trim();
    let url = (!link.is_empty() && !link.starts_with('#')).then(|| base.join(link).ok())??;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// A selector that stands in the code; the tests use every one of them.
#[allow(clippy::expect_used)]
pub(crate) fn selector(css: &'static str) -> Selector {
    Selector::parse(css).expect("a selector of our own")
}

/// A pattern that stands in the code; the tests use every one of them.
#[allow(clippy::expect_used)]
pub(crate) fn pattern(regex: &'static str) -> regex::Regex {
    regex::Regex::new(regex).expect("a pattern of our own")
}

pub(crate) fn first<'a>(html: &'a Html, selector: &Selector) -> Option<ElementRef<'a>> {
    html.select(selector).next()
}

/// The text of an element on one line.
pub(crate) fn line(element: ElementRef<'_>) -> String {
    one_line(&lines(element))
}

/// All white space, no-break spaces included, as single spaces.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The text of an element, a new line for each block and each `<br>`.
pub(crate) fn lines(element: ElementRef<'_>) -> String {
    lines_but(element, |_| false)
}

/// Like [`lines`], without the elements that `skip` names.
pub(crate) fn lines_but(element: ElementRef<'_>, skip: impl Fn(ElementRef<'_>) -> bool) -> String {
    let mut out = String::new();
    let mut skipped = None;
    for edge in element.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) if skipped.is_none() => match node.value() {
                Node::Text(text) => out.push_str(&text.replace(['\n', '\r', '\t'], " ")),
                Node::Element(tag) => {
                    if is_silent(tag.name()) || ElementRef::wrap(node).is_some_and(&skip) {
                        skipped = Some(node.id());
                    } else if is_block(tag.name()) {
                        out.push('\n');
                    }
                }
                _ => {}
            },
            ego_tree::iter::Edge::Close(node) => {
                if skipped == Some(node.id()) {
                    skipped = None;
                } else if skipped.is_none() && node.value().as_element().is_some_and(|tag| is_block(tag.name())) {
                    out.push('\n');
                }
            }
            ego_tree::iter::Edge::Open(_) => {}
        }
    }
    tidy(&out)
}

/// Each line on its own, without empty ones.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for text in text.split('\n').map(one_line).filter(|text| !text.is_empty()) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&text);
    }
    out
}

fn is_silent(tag: &str) -> bool {
    matches!(tag, "script" | "style" | "template" | "noscript" | "svg" | "head" | "select" | "textarea" | "iframe")
}

fn is_block(tag: &str) -> bool {
    matches!(
        tag,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "br"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "table"
            | "td"
            | "th"
            | "tr"
            | "ul"
            | "summary"
            | "details"
            | "button"
            | "label"
    )
}

/// How often a text may be escaped over itself.
const ESCAPED: usize = 3;

/// Text as structured data holds it: HTML, escaped HTML or plain. Entities may be escaped twice.
pub(crate) fn text_of(raw: &str) -> String {
    let mut text = tidy(raw);
    for _ in 0..ESCAPED {
        if !(looks_marked(&text) || looks_escaped(&text)) {
            break;
        }
        text = lines(Html::parse_fragment(&flatten(&text)).root_element());
    }
    text
}

fn looks_marked(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'))
}

fn looks_escaped(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let name = &text.as_bytes()[at + 1..];
        let length = name.iter().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b'#').count();
        length > 1 && name.get(length) == Some(&b';')
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn text_in_all_its_disguises() {
        for (raw, expected) in [
            ("Crème  douce\n", "Crème douce"),
            ("Cr&egrave;me", "Crème"),
            ("Cr&amp;egrave;me &amp;amp; lait", "Crème & lait"),
            ("<p>Un.</p><p>Deux<br>trois</p><script>x()</script>", "Un.\nDeux\ntrois"),
            ("&lt;p&gt;Un&lt;/p&gt;&lt;p&gt;Deux&lt;/p&gt;", "Un\nDeux"),
            ("Soins & beauté, < 5 ml", "Soins & beauté, < 5 ml"),
            ("A&B;", "A&B;"),
        ] {
            assert_eq!(text_of(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn a_hundred_thousand_nested_elements() {
        let url = Url::parse("https://shop.test/").unwrap();
        for tag in ["div", "ul><li", "span", "b", "table><tr><td", "svg><tr", "p", "a", "button"] {
            let html = format!("<{tag}>").repeat(100_000) + "EAN : 3665606002802";
            let started = std::time::Instant::now();
            let dom = Dom::parse(&html, &url);
            let _ = lines(dom.html.root_element());
            drop(dom);
            assert!(started.elapsed().as_secs() < 120, "{tag}: {:?}", started.elapsed());
        }
    }

    #[test]
    fn links() {
        let url = Url::parse("https://shop.test/a/b.html").unwrap();
        let dom = Dom::parse("<base href='/c/'>", &url);
        for (link, expected) in [
            ("x.jpg", Some("https://shop.test/c/x.jpg")),
            ("//cdn.test/x.jpg", Some("https://cdn.test/x.jpg")),
            (" /y ", Some("https://shop.test/y")),
            ("data:image/png;base64,AA", None),
            ("javascript:void(0)", None),
            ("", None),
            ("#top", None),
        ] {
            assert_eq!(dom.absolute(link).map(String::from).as_deref(), expected, "{link}");
        }
    }
}
