//! What a page says of itself as a whole: language, canonical address, breadcrumbs, headings.

use std::cell::LazyCell;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::address::absolute;
use super::candidate::cut;
use super::items::Item;
use super::jsonld::{Graph, is_a};
use super::markup::{Markup, Spot, unescape};
use super::node::{Object, members, number, scalar, text};
use super::opengraph::Metas;
use super::pattern;
use super::survey::Survey;
use super::tag::Tag;
use super::text::{line_of, one_line};
use super::trail::{self, MOST_STEPS};
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
    /// The heading of the page's product, or the first `<h1>` with text.
    pub heading: Option<String>,
    pub title: Option<String>,
    /// `og:title`: mostly the product's name without the shop's.
    pub(crate) shared_title: Option<String>,
    /// The shop's name, as `og:site_name` tells it.
    pub(crate) site: Option<String>,
    /// The page was longer than what is read.
    pub(crate) cut: bool,
    /// What the page is, where that is no product: a list, an article, the shop's first page.
    pub(crate) other: bool,
}

/// What stands in the head, of a whole page or of its beginning.
pub(super) fn read(markup: &Markup<'_>, metas: &Metas, base: &Url) -> Facts {
    let of = |tag: Tag| markup.elements().filter(move |element| element.tag() == tag);
    let canonical =
        |link: &Spot<'_, '_>| link.attr("rel").is_some_and(|rel| rel.split_whitespace().any(|rel| rel.eq_ignore_ascii_case("canonical")));
    // An SVG has titles, too; they are not told apart as `Tag::Title`.
    let title = of(Tag::Title).map(|title| one_line(&unescape(title.raw_text()))).find(|text| !text.is_empty());
    let language = of(Tag::Html).find_map(|html| html.attr("lang").or_else(|| html.attr("xml:lang"))).map(|lang| lang.trim().to_owned());
    Facts {
        language: language.or_else(|| metas.line_of(&["og:locale"]).map(|locale| locale.replace('_', "-"))).filter(|lang| !lang.is_empty()),
        canonical: of(Tag::Link).find(canonical).and_then(|link| absolute(base, &link.attr("href")?)).map(String::from),
        title,
        shared_title: metas.line_of(&["og:title", "twitter:title"]),
        site: metas.line_of(&["og:site_name", "application-name"]),
        cut: markup.cut,
        ..Facts::default()
    }
}

/// Kinds of pages on which products are only mentioned.
const OTHERS: &[&str] =
    &["Article", "BlogPosting", "NewsArticle", "TechArticle", "Recipe", "CollectionPage", "SearchResultsPage", "ProfilePage", "FAQPage"];
/// So many products side by side are the page's subject.
const LIST: usize = 8;

static DEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:(?:page|produit|article) (?:introuvable|non trouvée?|inexistante?)|(?:produit|article|page) n'(?:existe|est) plus|ce produit n'est plus",
        r"|(?:page|product|item) (?:not found|no longer (?:exists|available))|this (?:product|item) is no longer|page you .{0,20}looking for|error 404|404 (?:error|not found)",
        r"|(?:seite|artikel|produkt) (?:wurde )?nicht gefunden|(?:artikel|produkt) ist (?:leider )?nicht mehr|ya no está disponible|(?:página|producto) no encontrad[oa]",
        r"|producto no disponible|(?:pagina|prodotto) non trovat[oa]|non è più disponibile|(?:pagina|product|artikel) niet gevonden|niet meer (?:beschikbaar|leverbaar)",
        r"|(?:página|produto) não encontrad[oa]|já não está disponível|produto indisponível)\b|^404\b",
    ))
});

/// A heading that names no product but says that there is none any more.
pub(super) fn is_dead(heading: &str) -> bool {
    DEAD.is_match(heading)
}

/// Whether the page is about something else than one product.
pub(super) fn is_other(graph: &Graph<'_>, listed: usize, url: &Url) -> bool {
    let path = url.path().trim_end_matches('/');
    let first = path.is_empty()
        || matches!(path.trim_start_matches('/'), "index.html" | "index.php" | "fr" | "en" | "de" | "es" | "it" | "nl" | "home");
    let first = first && url.query().is_none() && url.scheme() != "file";
    let typed = graph.kinds.iter().any(|kind| OTHERS.contains(kind));
    first || typed || listed >= LIST
}

/// Whether the page calls itself an article to those who share it. Many shops do so with their products, too.
pub(super) fn is_article(metas: &Metas) -> bool {
    metas.get(&["og:type"]).is_some_and(|(_, kind)| kind == "article" || kind == "blog")
}

/// The breadcrumbs: the longest trail leads to the product; of equals the structured one is told.
pub(super) fn trail(facts: &mut Facts, graph: &Graph<'_>, items: &[Item], survey: Option<&Survey<'_, '_>>) {
    let jsonld = graph.breadcrumbs.iter().map(|node| (steps(node.object), Source::JsonLd, format!("{}.itemListElement", node.path)));
    let micro = items.iter().filter(|item| is_a(&item.object, &["BreadcrumbList"]));
    let micro = micro.map(|item| (steps(&item.object), Source::Microdata, "BreadcrumbList.itemListElement".to_owned()));
    let shown = survey.and_then(|survey| trail::visible(survey, facts.heading.as_deref()));
    let shown = shown.map(|steps| (steps, Source::Html, "breadcrumb".to_owned()));
    // `max_by_key` takes the last of equals.
    // The product itself is no step to it; some trails end in it and some do not.
    let heading = LazyCell::new(|| facts.heading.as_deref().map(str::to_lowercase));
    let length = |steps: &[String]| steps.iter().filter(|step| Some(step.to_lowercase()) != *heading).count();
    let mut trails: Vec<_> = shown.into_iter().chain(micro).chain(jsonld.rev()).collect();
    let best = if trails.len() < 2 { trails.pop() } else { trails.into_iter().max_by_key(|(steps, ..)| length(steps)) };
    let Some((steps, source, locator)) = best.filter(|(steps, ..)| !steps.is_empty()) else { return };
    facts.trail = Some(Provenance::new(source, locator, cut(&steps.join(" > "))));
    facts.breadcrumbs = steps;
}

/// In the order of `position`, which is not always the order of the list.
fn steps(list: &Object<'_>) -> Vec<String> {
    let mut steps: Vec<(f64, String)> = Vec::new();
    for (at, value) in members(list, "itemListElement").take(MOST_STEPS).enumerate() {
        let Some(step) = value.as_object() else { continue };
        let inner = step.get("item").and_then(|item| item.as_object()).and_then(|item| text(item, &["name", "title"]));
        let name = text(step, &["name"]).or(inner).map(|found| found.line());
        let name = name.or_else(|| step.get("item").and_then(scalar).map(|raw| line_of(&raw)));
        // An address stands where the name is missing.
        let is_name = |name: &String| !name.is_empty() && !name.starts_with("http") && !name.starts_with(['/', '.']);
        if let Some(name) = name.map(|name| trail::bare(&name)).filter(is_name) {
            steps.push((number(step, &["position"]).unwrap_or(at as f64), name));
        }
    }
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    steps.into_iter().map(|(_, name)| name).collect()
}
