//! What a page says of itself as a whole: language, canonical address, breadcrumbs, headings.

use std::sync::LazyLock;

use scraper::{ElementRef, Selector};

use super::dom::{Dom, first, line, one_line, selector, text_of};
use super::jsonld::{Graph, is_a};
use super::microdata::Item;
use super::node::{Object, members, number, scalar, text};
use crate::model::{Provenance, Source};

/// Facts that hold for the page, whatever products stand on it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `<html lang>`, or the recipe's where the page declares none.
    pub language: Option<String>,
    pub(crate) assumed_language: bool,
    /// `<link rel=canonical>`, absolute.
    pub canonical: Option<String>,
    pub breadcrumbs: Vec<String>,
    pub(crate) trail: Option<Provenance>,
    /// The first `<h1>` with text.
    pub heading: Option<String>,
    pub title: Option<String>,
}

static HTML: LazyLock<Selector> = LazyLock::new(|| selector("html[lang]"));
static CANONICAL: LazyLock<Selector> = LazyLock::new(|| selector("link[rel~=canonical i][href]"));
static HEADING: LazyLock<Selector> = LazyLock::new(|| selector("h1"));
static TITLE: LazyLock<Selector> = LazyLock::new(|| selector("title"));
static TRAIL: LazyLock<Selector> = LazyLock::new(|| {
    selector(
        "[class*=breadcrumb i], [id*=breadcrumb i], [class*=ariane i], [id*=ariane i], [aria-label*=breadcrumb i], [aria-label*=ariane i]",
    )
});
static STEP: LazyLock<Selector> = LazyLock::new(|| selector("a, [aria-current=page]"));

/// Steps kept of a trail.
const MOST_STEPS: usize = 20;

pub(super) fn read(dom: &Dom, graph: &Graph<'_>, items: &[Item]) -> Facts {
    let mut facts = Facts {
        language: first(&dom.html, &HTML)
            .and_then(|html| html.attr("lang"))
            .map(str::trim)
            .filter(|lang| !lang.is_empty())
            .map(str::to_owned),
        canonical: first(&dom.html, &CANONICAL).and_then(|link| dom.absolute(link.attr("href")?)).map(String::from),
        heading: dom.html.select(&HEADING).map(line).find(|text| !text.is_empty()),
        title: first(&dom.html, &TITLE).map(|title| one_line(&title.text().collect::<String>())).filter(|text| !text.is_empty()),
        ..Facts::default()
    };
    trail(&mut facts, dom, graph, items);
    facts
}

fn trail(facts: &mut Facts, dom: &Dom, graph: &Graph<'_>, items: &[Item]) {
    let jsonld = graph.breadcrumbs.iter().map(|node| (steps(node.object), Source::JsonLd, format!("{}.itemListElement", node.path)));
    let micro = items.iter().filter(|item| is_a(&item.object, &["BreadcrumbList"]));
    let micro = micro.map(|item| (steps(&item.object), Source::Microdata, "BreadcrumbList.itemListElement".to_owned()));
    let html = dom.html.select(&TRAIL).take(3).map(|element| (links(element), Source::Html, "breadcrumb".to_owned()));
    // The longest of several JSON-LD trails is the one that leads to the product; plain links are the last resort.
    let best = jsonld.chain(micro).max_by_key(|(steps, ..)| steps.len()).filter(|(steps, ..)| !steps.is_empty());
    let Some((steps, source, locator)) = best.or_else(|| html.into_iter().find(|(steps, ..)| !steps.is_empty())) else { return };
    facts.trail = Some(Provenance { source, locator, raw: super::candidate::cut(&steps.join(" > ")) });
    facts.breadcrumbs = steps;
}

/// In the order of `position`, which is not always the order of the list.
fn steps(list: &Object) -> Vec<String> {
    let mut steps: Vec<(f64, String)> = Vec::new();
    for (at, value) in members(list, "itemListElement").take(MOST_STEPS).enumerate() {
        let Some(step) = value.as_object() else { continue };
        let inner = step.get("item").and_then(|item| item.as_object()).and_then(|item| text(item, &["name"]));
        let name = text(step, &["name"]).or(inner).map(|found| found.line());
        let name = name.or_else(|| step.get("item").and_then(scalar).map(|raw| one_line(&text_of(&raw))));
        if let Some(name) = name.filter(|name| !name.is_empty() && !name.starts_with("http")) {
            steps.push((number(step, &["position"]).unwrap_or(at as f64), name));
        }
    }
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    steps.into_iter().map(|(_, name)| name).collect()
}

fn links(element: ElementRef<'_>) -> Vec<String> {
    element.select(&STEP).map(line).filter(|text| !text.is_empty()).take(MOST_STEPS).collect()
}
