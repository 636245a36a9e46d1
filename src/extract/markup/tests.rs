//! The flat tree against html5ever's, and against anything at all.
//!
//! The two may differ where HTML moves content about: text and elements that stand in a table but in no cell (foster parenting), formatting
//! elements that are closed in the wrong order (the adoption agency), CDATA in a drawing, which nobody sees. There the scanner leaves everything
//! where it is written; what a page of [`EXCEPTIONS`] differs in was looked at.

use proptest::prelude::*;
use scraper::{Html, Node as Leaf};

use super::*;

/// Name, number of the parent, attributes.
type Seen = (String, usize, Vec<(String, String)>);

/// A page as both see it: every element with its attributes, every text with the element that holds it, every script.
#[derive(Debug, Default, PartialEq)]
struct Read {
    elements: Vec<Seen>,
    texts: Vec<(String, String)>,
    scripts: Vec<String>,
}

impl Read {
    /// `parent` counts the elements before it.
    fn element(&mut self, name: &str, parent: usize, attributes: impl Iterator<Item = (String, String)>) {
        let mut attributes: Vec<_> = attributes.collect();
        attributes.sort();
        self.elements.push((plain(&name.to_ascii_lowercase()), parent, attributes));
    }

    fn text(&mut self, holder: &str, fresh: bool, text: &str) {
        let holder = plain(&holder.to_ascii_lowercase());
        if fresh || self.texts.is_empty() {
            self.texts.push((holder, String::new()));
        }
        if let Some((_, whole)) = self.texts.last_mut() {
            whole.push_str(text);
        }
    }

    /// White space between tags is left out, and what browsers drop or replace, and so are texts that a stray tag parts.
    fn settled(mut self) -> Self {
        self.texts.iter_mut().for_each(|(_, text)| *text = text.replace('\u{fffd}', "").split_whitespace().collect::<Vec<_>>().join(" "));
        self.texts.retain(|(_, text)| !text.is_empty());
        self
    }
}

fn ours(html: &str) -> Read {
    let markup = Markup::scan(html);
    let mut read = Read::default();
    let mut last = None;
    let mut numbers = vec![0];
    for spot in markup.root().inside() {
        numbers.push(read.elements.len() + 1);
        let parent = spot.parent().map(Spot::index);
        match spot.node().kind {
            Kind::Element { .. } => {
                // html5ever keeps the prefix of `xlink:href` apart.
                let local = |name: &str| name.strip_prefix("xlink:").unwrap_or(name).to_ascii_lowercase();
                let attributes = spot.attributes().iter().map(|(name, value)| (plain(&local(name)), plain(&unescape_attribute(value))));
                read.element(spot.name(), parent.map_or(0, |parent| numbers[parent]), attributes);
                last = None;
            }
            Kind::Text => {
                let holder = spot.parent().map_or("", Spot::name);
                // In a drawing a script is an element like any other.
                if holder.eq_ignore_ascii_case("script") {
                    read.scripts.push(plain(&unescape(spot.node().source)));
                } else {
                    read.text(holder, last != parent, &plain(&unescape(spot.node().source)));
                }
                last = parent;
            }
            Kind::Raw => {
                let holder = spot.parent().map_or(Tag::Other, Spot::tag);
                match holder {
                    Tag::Script => read.scripts.push(plain(spot.node().source)),
                    Tag::Title | Tag::Textarea => {
                        read.text(spot.parent().map_or("", Spot::name), true, &plain(&unescape(spot.node().source)));
                    }
                    _ => read.text(spot.parent().map_or("", Spot::name), true, &plain(spot.node().source)),
                }
                last = None;
            }
        }
    }
    read.settled()
}

fn theirs(html: &str) -> Read {
    let tree = Html::parse_document(html);
    let mut read = Read::default();
    let mut last = None;
    let mut numbers = std::collections::HashMap::new();
    for node in tree.tree.root().descendants() {
        match node.value() {
            Leaf::Element(element) => {
                // The content of a template hangs on a node of its own.
                let above = node.ancestors().find_map(|above| numbers.get(&above.id()).copied());
                numbers.insert(node.id(), read.elements.len() + 1);
                read.element(
                    element.name(),
                    above.unwrap_or(0),
                    element.attrs().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())),
                );
                last = None;
            }
            Leaf::Text(text) => {
                let parent = node.parent();
                let holder = parent.as_ref().and_then(|parent| parent.value().as_element()).map_or("", |element| element.name());
                if holder == "script" {
                    read.scripts.push(text.to_string());
                } else {
                    read.text(holder, last != parent.as_ref().map(|parent| parent.id()), text);
                }
                last = parent.map(|parent| parent.id());
            }
            _ => {}
        }
    }
    read.settled()
}

/// Line ends as HTML reads them.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}")
}

pub(in crate::extract) fn pages() -> Vec<std::path::PathBuf> {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages")];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|end| end == "html") => pages.push(path),
                _ => {}
            }
        }
    }
    pages.sort();
    pages
}

/// The first difference of two lists.
fn difference<T: PartialEq + std::fmt::Debug>(ours: &[T], theirs: &[T]) -> Option<String> {
    let at = ours
        .iter()
        .zip(theirs)
        .position(|(ours, theirs)| ours != theirs)
        .or_else(|| (ours.len() != theirs.len()).then(|| ours.len().min(theirs.len())))?;
    Some(format!("at {at} of {} and {}: ours {:?}, html5ever's {:?}", ours.len(), theirs.len(), ours.get(at), theirs.get(at)))
}

fn faults(html: &str) -> Vec<String> {
    let (ours, theirs) = (ours(html), theirs(html));
    let faults = [
        ("elements", difference(&ours.elements, &theirs.elements)),
        ("texts", difference(&ours.texts, &theirs.texts)),
        ("scripts", difference(&ours.scripts, &theirs.scripts)),
    ];
    faults.into_iter().filter_map(|(name, fault)| Some(format!("{name} {}", fault?))).collect()
}

/// Pages on which the two differ, and in what.
const EXCEPTIONS: &[(&str, &str)] = &[
    // `<meta>` between `<table>` and `<tbody>` moves before the table.
    ("shopware6-olivenseife-staffel.html", "elements"),
];

#[test]
fn the_pages_of_the_board_as_html5ever_reads_them() {
    let mut wrong = Vec::new();
    let pages = pages();
    for path in &pages {
        let html = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let known = EXCEPTIONS.iter().find(|(end, _)| path.ends_with(end));
        for fault in faults(&html) {
            if !known.is_some_and(|(_, kind)| fault.starts_with(kind)) {
                wrong.push(format!("{}: {fault}", path.display()));
            }
        }
    }
    assert!(pages.len() > 100);
    assert!(wrong.is_empty(), "{} faults on {} pages\n{}", wrong.len(), pages.len(), wrong.join("\n"));
}

/// Tags that shops use, opened and closed at random, between text, entities and what only looks like markup.
pub(in crate::extract) fn soup() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "div", "p", "li", "ul", "span", "b", "a", "h1", "h2", "td", "tr", "table", "option", "select", "button", "br", "img", "DIV", "x-y",
        "form", "section", "label", "input", "meta", "dl", "dd", "dt", "tbody", "th", "thead", "caption", "col", "colgroup", "html",
        "head", "body", "strong", "em", "object", "optgroup", "hr",
    ]);
    let open =
        (names.clone(), prop::sample::select(vec!["", " class=a", " a='b>c'", " a=\"x\" b", "/", " a = b ", " =x", " \u{e9}=\u{e9}"]))
            .prop_map(|(name, rest)| format!("<{name}{rest}>"));
    let close = names.prop_map(|name| format!("</{name}>"));
    let odd = prop::sample::select(vec![
        "<",
        ">",
        "<!",
        "<!--",
        "-->",
        "<!-->",
        "</",
        "<?x>",
        "&amp;",
        "&eacute;",
        "&",
        "\"",
        "'",
        "\u{e9}",
        " ",
        "\n",
        "<script>a<b</script>",
        "<script",
        "</script>",
        "<style>",
        "<title>x",
        "<textarea>",
        "<![CDATA[]]>",
        "<svg><path d=m0/><title>x</title></svg>",
        "\0",
    ]);
    prop::collection::vec(prop_oneof![3 => open, 3 => close, 2 => odd.prop_map(str::to_owned), 3 => "[a-z0-9 \u{e9}]{1,8}"], 0..60)
        .prop_map(|parts| parts.concat())
}

/// Well-made pages: every element closed where it was opened, none where another may not stand.
fn tidy_page() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z \u{e9}]{1,12}",
        Just("&eacute;&amp;".to_owned()),
        Just("<br>".to_owned()),
        Just("<img alt='a > b'>".to_owned()),
        Just("<!-- <p> -->".to_owned()),
        Just("<script><!-- <script>a</script> --></script>".to_owned()),
        Just("<script><!--><script>a</script>".to_owned()),
        Just("<script>if(a<b){}</script>".to_owned())
    ];
    let tree = leaf.prop_recursive(5, 60, 6, |inner| {
        let name = prop::sample::select(vec!["div", "section", "ul", "span", "article", "x-card"]);
        (name, prop::collection::vec(inner, 0..6))
            .prop_map(|(name, inner)| format!("<{name} class='c d' data-x=\"&quot;1&quot;\">{}</{name}>", inner.concat()))
    });
    prop::collection::vec(tree, 0..5)
        .prop_map(|parts| format!("<!DOCTYPE html><html><head><title>t</title></head><body>{}</body></html>", parts.concat()))
}

proptest! {
    #[test]
    fn nodes_of_any_soup_nest(html in soup()) {
        let markup = Markup::scan(&html);
        prop_assert!(markup.is_sound(), "{:?}", markup);
        // Every text and name is a part of the page, in the page's order.
        let mut from = html.as_ptr() as usize;
        let page = html.as_bytes().as_ptr_range();
        let implied = |spot: &Spot<'_, '_>| !page.contains(&spot.name().as_ptr()) && ["html", "head", "body", "colgroup", "tbody", "tr", "img"].contains(&spot.name());
        for spot in markup.root().inside().filter(|spot| !implied(spot)) {
            let at = spot.node().source.as_ptr() as usize;
            prop_assert!(at >= from && at + spot.node().source.len() <= html.as_ptr() as usize + html.len());
            from = at;
        }
    }

    #[test]
    fn any_text_is_a_page(html in "\\PC{0,200}") {
        prop_assert!(Markup::scan(&html).is_sound());
    }

    #[test]
    fn tidy_pages_read_as_html5ever_reads_them(html in tidy_page()) {
        prop_assert_eq!(faults(&html), Vec::<String>::new());
    }

    /// Whatever the nesting: where the scanner does not say that something is moved, the tree is the same.
    #[test]
    fn soup_is_read_as_html5ever_reads_it_or_told(html in soup()) {
        if !Markup::scan(&html).moved {
            prop_assert_eq!(faults(&html), Vec::<String>::new(), "{}", html);
        }
    }

    /// Whatever the nesting, the same words are seen: only what moves content about may change their order.
    #[test]
    fn the_text_of_soup_is_html5evers(html in soup()) {
        let words = |read: &Read| {
            let mut words: Vec<String> = read.texts.iter().flat_map(|(_, text)| text.chars()).filter(|c| !c.is_whitespace() && *c != '\u{fffd}').map(String::from).collect();
            words.sort();
            words.concat()
        };
        prop_assert_eq!(words(&ours(&html)), words(&theirs(&html)), "{}", html);
    }
}
