//! Reads a page: html in, candidates with provenance out. Pure and synchronous; knows no shop, opens no socket.
//!
//! Each source (JSON-LD, microdata, the page's own state, OpenGraph, what a person sees, a recipe's rules) gives candidates of its
//! own. Only when it is decided which of them the page is about are they merged, field by field. Whether the barcode is the wanted
//! one is `verify`'s business.
//!
//! Two ways through: [`product`] walks over the whole page once, as a flat list of nodes; [`structured`] looks for the blocks of
//! JSON-LD only, and gives nothing where they do not suffice.

mod address;
mod blank;
mod candidate;
mod clean;
mod content;
pub(crate) mod date;
#[doc(hidden)]
pub mod inside;
mod items;
mod json;
mod jsonld;
mod lean;
mod likeness;
mod main_product;
pub(crate) mod markup;
mod members;
pub(crate) mod merge;
mod node;
mod nuxt;
mod offers;
mod opengraph;
mod opinion;
mod page;
mod page_facts;
mod reconcile;
mod recordings;
mod repair;
pub(crate) mod select;
mod sighting;
mod state;
mod survey;
pub(crate) mod tag;
pub(crate) mod text;
pub(crate) mod thing;
mod trail;

use std::collections::HashMap;

use url::Url;

pub(crate) use address::{absolute, base};
pub(crate) use blank::shows_nothing;
pub use candidate::{Candidate, Standing};
pub(crate) use candidate::{codes_in, cut};
pub use lean::structured;
pub use page_facts::Facts;
pub use sighting::Sighting;

use crate::model::{Currency, Gtin, Issue, IssueKind, Product, Provenance, ShopName, Source};
use items::Syntax;
pub(crate) use main_product::Main;
use markup::Markup;
use merge::Share;
use opengraph::Metas;
use page::Seen;
use survey::Survey;

/// Products kept per page; a list page may show hundreds.
const MOST_CANDIDATES: usize = 60;

/// A pattern that stands in the code; the tests use every one of them.
#[allow(clippy::expect_used)]
pub(crate) fn pattern(regex: &'static str) -> regex::Regex {
    regex::Regex::new(regex).expect("a pattern of our own")
}

/// All that was read from one page. Nothing in it is proven; [`Extraction::product`] is the page's own view of its product.
#[derive(Clone, Debug)]
pub struct Extraction {
    /// The address that was read.
    pub url: Url,
    /// The shop whose recipe took part.
    pub shop: Option<ShopName>,
    pub candidates: Vec<Candidate>,
    pub facts: Facts,
    /// Barcodes behind a label in the visible text, in the order of the page.
    pub visible: Vec<Sighting>,
    /// Barcodes in the address.
    pub addressed: Vec<Sighting>,
    /// The amounts that are shown; nothing where the page was not looked at as a whole.
    pub(crate) seen: Option<Seen>,
}

/// Reads a whole page without a recipe.
///
/// ```
/// let html = r#"<script type="application/ld+json">{"@type":"Product","name":"Gel","gtin13":"3665606002802"}</script>"#;
/// let url = url::Url::parse("https://shop.test/gel")?;
/// let product = glaneur::extract::product(html, &url).product().unwrap();
/// assert_eq!(product.name.as_deref(), Some("Gel"));
/// assert_eq!(product.provenance["name"].locator, "$[0].name");
/// # Ok::<(), url::ParseError>(())
/// ```
pub fn product(html: &str, url: &Url) -> Extraction {
    read(&Markup::scan(html), url)
}

/// Reads a page that is scanned already.
pub(crate) fn read(markup: &Markup<'_>, url: &Url) -> Extraction {
    let base = address::base(markup, url);
    let metas = Metas::of(markup);
    let mut facts = page_facts::read(markup, &metas, &base);
    let blocks = jsonld::blocks(markup);
    let graph = jsonld::graph(&blocks);
    let mut candidates = from_jsonld(&base, &graph);

    let survey = Survey::of(markup);
    let anchor = page::find(&survey, &known(&candidates, &facts));
    facts.heading = anchor.as_ref().map(|(_, text)| text.clone());
    let anchor = anchor.map(|(spot, _)| spot);
    let survey = survey.settle(anchor);

    let microdata = items::items(&survey, Syntax::Microdata);
    let rdfa = items::items(&survey, Syntax::Rdfa);
    candidates.extend(from_items(&base, &microdata, Source::Microdata));
    candidates.extend(from_items(&base, &rdfa, Source::Rdfa));
    let own = candidates.iter().any(|candidate| candidate.standing == Standing::Own);
    let listed = if own { survey.listed } else { survey.listed.max(candidates.len()) };
    facts.other = page_facts::is_other(&graph, listed, url) || facts.heading.as_deref().is_some_and(page_facts::is_dead);
    let names = names(&candidates, &facts, url);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values = state::values(markup);
    candidates.extend(state::candidate(&values, &base, url, &names));
    let stated = state::lists(&values, &base, url, &names);
    candidates.extend(opengraph::candidate(&metas, &base));
    let currency = reconcile::currency(&candidates, &facts, url);
    let told: Vec<&str> = candidates.iter().filter_map(|candidate| candidate.sheet.sku.as_deref()).collect();
    let (shown, seen) = page::read(&survey, anchor, facts.heading.as_deref(), &base, currency, &told, stated);
    // An article has no button to buy it.
    facts.other |= page_facts::is_article(&metas) && !seen.buyable;
    candidates.extend((!shown.is_empty()).then_some(shown));
    page_facts::trail(&mut facts, &graph, &microdata, Some(&survey));
    let visible = sighting::in_text(&survey);
    let addressed = sighting::in_address(url, "url");
    let mut page = Extraction { url: url.clone(), shop: None, candidates, facts, visible, addressed, seen: Some(seen) };
    page.assume(currency, None);
    page
}

/// What the page is called in its structured data and its head.
fn known<'a>(candidates: &'a [Candidate], facts: &'a Facts) -> page::Known<'a> {
    let own = candidates.iter().filter(|candidate| candidate.standing == Standing::Own);
    let names = own.filter_map(|candidate| candidate.sheet.name.as_deref()).chain(facts.shared_title.as_deref());
    page::Known { names: names.collect(), title: facts.title.as_deref(), site: facts.site.as_deref() }
}

/// All that the page's product may be called, the words of the address among them.
fn names(candidates: &[Candidate], facts: &Facts, url: &Url) -> Vec<String> {
    let own = candidates.iter().filter(|candidate| candidate.standing == Standing::Own);
    let named = own.filter_map(|candidate| candidate.sheet.name.clone());
    let titled = facts.title.iter().flat_map(|title| page::segments(title).map(str::to_owned));
    let slugs = url.path_segments().into_iter().flatten().filter(|slug| slug.matches(['-', '_']).count() >= 2);
    named.chain(facts.heading.clone()).chain(facts.shared_title.clone()).chain(titled).chain(slugs.map(str::to_owned)).collect()
}

fn from_jsonld(base: &Url, graph: &jsonld::Graph<'_>) -> Vec<Candidate> {
    let context = thing::Context { source: Source::JsonLd, base, ids: &graph.ids };
    let read = |node: &jsonld::Node<'_>| {
        let mut candidate = thing::product(node.object, &node.path, &context);
        candidate.standing = if node.listed { Standing::Listed } else { Standing::Own };
        candidate
    };
    let candidates = graph.products.iter().take(MOST_CANDIDATES).map(read).filter(|candidate| !candidate.is_empty());
    thing::gather_groups(candidates.collect())
}

fn from_items(base: &Url, items: &[items::Item], source: Source) -> Vec<Candidate> {
    let ids = HashMap::new();
    let context = thing::Context { source, base, ids: &ids };
    let name = if source == Source::Rdfa { "rdfa" } else { "microdata" };
    let products = items.iter().filter(|item| jsonld::is_a(&item.object, jsonld::PRODUCTS)).take(MOST_CANDIDATES);
    let read = |(at, item): (usize, &items::Item)| {
        let mut candidate = thing::product(&item.object, &format!("{name}[{at}]"), &context);
        candidate.standing = if item.listed { Standing::Listed } else { Standing::Own };
        candidate
    };
    products.enumerate().map(read).filter(|candidate| !candidate.is_empty()).collect()
}

impl Extraction {
    /// The page's main product, merged from all sources that speak of it; nothing when the page shows no product or a list.
    pub fn product(&self) -> Option<Product> {
        let main = self.main()?;
        // Of a list that is only shown, the page's own price and code are those of the member that is chosen.
        let told = main.same.iter().filter(|candidate| candidate.source != Source::VisibleText);
        let chosen = told.flat_map(|candidate| &candidate.variants).find(|variant| self.shows(&main, variant));
        Some(self.merge(&main, chosen))
    }

    /// Whether the page as it stands shows this member of its group.
    fn shows(&self, main: &Main<'_>, variant: &Candidate) -> bool {
        let shared = |candidate: &&&Candidate| candidate.sheet.gtins.iter().any(|code| variant.sheet.gtins.contains(code));
        if main.same.iter().any(|candidate| !candidate.sheet.gtins.is_empty()) {
            return main.same.iter().any(|candidate| shared(&candidate));
        }
        variant.url.as_deref().is_some_and(|url| self.url.as_str() == url || self.facts.canonical.as_deref() == Some(url))
    }

    /// What the page is about. No wanted barcode takes part: it would find itself in any carousel.
    pub(crate) fn main(&self) -> Option<Main<'_>> {
        main_product::main(self)
    }

    pub(crate) fn recipe(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.source == Source::Recipe)
    }

    /// What the recipe knows of its shop fills the gaps of a page that does not say it.
    pub(crate) fn assume(&mut self, currency: Option<Currency>, language: Option<&str>) {
        if let (None, Some(language)) = (&self.facts.language, language) {
            self.facts.language = Some(language.to_owned());
            self.facts.assumed_language = true;
        }
        let sheets = self.candidates.iter_mut().flat_map(|candidate| {
            candidate.variants.iter_mut().map(|variant| &mut variant.sheet).chain(std::iter::once(&mut candidate.sheet))
        });
        for offer in sheets.flat_map(|sheet| &mut sheet.offers) {
            for money in [&mut offer.price, &mut offer.regular_price].into_iter().flatten() {
                money.currency = money.currency.or(currency);
            }
        }
    }

    /// The codes in the file names of the product's images.
    pub(crate) fn image_sightings(&self, main: &Main<'_>) -> Vec<Sighting> {
        main.same.iter().flat_map(|candidate| &candidate.sheet.images).flat_map(|image| sighting::in_image(&image.url)).collect()
    }

    /// Where a code stands outside of structured data.
    pub(crate) fn sighting(&self, main: &Main<'_>, code: &Gtin) -> Option<Sighting> {
        let elsewhere = self.visible.iter().chain(&self.addressed).find(|sighting| sighting.gtin == *code).cloned();
        elsewhere.or_else(|| self.image_sightings(main).into_iter().find(|sighting| sighting.gtin == *code))
    }

    /// Whether an address is this page's.
    fn is_here(&self, url: &str) -> bool {
        let canonical = self.facts.canonical.as_deref().and_then(|url| Url::parse(url).ok());
        Url::parse(url).is_ok_and(|url| {
            main_product::same_page(&url, &self.url) || canonical.is_some_and(|canonical| main_product::same_page(&url, &canonical))
        })
    }

    /// The sheet of the page's product, or of one member of its group.
    pub(crate) fn merge(&self, main: &Main<'_>, member: Option<&Candidate>) -> Product {
        let mut product = Product { shop: self.shop.clone(), url: self.url.to_string(), ..Product::default() };
        match member {
            None => main.same.iter().for_each(|candidate| merge::add(&mut product, candidate, Share::Whole)),
            Some(member) => self.merge_member(&mut product, main, member),
        }
        self.add_variants(&mut product, main, member);
        self.add_facts(&mut product);
        reconcile::settle(&mut product, self, main, member);
        content::compute(&mut product);
        recordings::sort(&mut product);
        if self.facts.cut {
            let detail = "the page has more elements than are read; what stands at its end is missing".to_owned();
            product.issues.push(Issue { kind: IssueKind::Truncated, field: None, detail });
        }
        product
    }

    fn add_facts(&self, product: &mut Product) {
        let html = |locator: &str, raw: &str| Provenance::new(Source::Html, locator, cut(raw));
        if let (None, Some(canonical)) = (&product.canonical_url, &self.facts.canonical) {
            product.canonical_url = Some(canonical.clone());
            product.provenance.insert("canonical_url".to_owned(), html("link[rel=canonical]", canonical));
        }
        if let (None, Some(language)) = (&product.language, &self.facts.language) {
            product.language = Some(language.clone());
            let declared = if self.facts.assumed_language {
                Provenance::new(Source::Recipe, "language", language.clone())
            } else {
                html("html[lang]", language)
            };
            product.provenance.insert("language".to_owned(), declared);
        }
        if let (true, Some(trail)) = (product.breadcrumbs.is_empty(), &self.facts.trail) {
            product.breadcrumbs = self.facts.breadcrumbs.clone();
            product.provenance.insert("breadcrumbs".to_owned(), trail.clone());
        }
        if let (None, Some(heading)) = (&product.name, &self.facts.heading) {
            product.name = Some(heading.clone());
            product.provenance.insert("name".to_owned(), html("h1", heading));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
