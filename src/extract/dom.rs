//! One page as html5ever's tree, for the CSS rules of recipes: they are written against what browsers show. The generic readers
//! walk over [`super::markup`] instead.

use std::sync::LazyLock;

use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

use super::address::absolute;
use super::flatten::flatten;
use super::tag::Tag;
use super::text::{one_line, tidy};

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

/// A selector that stands in the code; the tests use every one of them.
#[allow(clippy::expect_used)]
pub(crate) fn selector(css: &'static str) -> Selector {
    Selector::parse(css).expect("a selector of our own")
}

pub(crate) fn first<'a>(html: &'a Html, selector: &Selector) -> Option<ElementRef<'a>> {
    html.select(selector).next()
}

/// The text of an element on one line.
pub(crate) fn line(element: ElementRef<'_>) -> String {
    one_line(&lines(element))
}

/// The text of an element, a new line for each block and each `<br>`.
pub(crate) fn lines(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    let mut skipped = None;
    for edge in element.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) if skipped.is_none() => match node.value() {
                Node::Text(text) => out.push_str(&text.replace(['\n', '\r', '\t'], " ")),
                Node::Element(tag) if Tag::of(tag.name()).is_silent() => skipped = Some(node.id()),
                Node::Element(tag) if Tag::of(tag.name()).is_block() => out.push('\n'),
                _ => {}
            },
            ego_tree::iter::Edge::Close(node) => {
                if skipped == Some(node.id()) {
                    skipped = None;
                } else if skipped.is_none() && node.value().as_element().is_some_and(|tag| Tag::of(tag.name()).is_block()) {
                    out.push('\n');
                }
            }
            ego_tree::iter::Edge::Open(_) => {}
        }
    }
    tidy(&out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

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
