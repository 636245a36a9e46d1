//! The short way: JSON-LD, found by its script tags without looking at the rest of the page.
//!
//! Fit for shops whose structured data tells all that is wanted. It reads a page of 400 KB about as fast as the blocks can be found
//! and parsed, and gives nothing when they do not suffice, so that the caller reads the page as a whole.

use memchr::memmem;
use url::Url;

use super::markup::Markup;
use super::opengraph::{self, Metas};
use super::tag::Tag;
use super::text::line;
use super::{Extraction, address, from_jsonld, jsonld, page_facts, sighting};
use crate::model::Source;

/// Bytes of the beginning in which the head must end.
const HEAD: usize = 300_000;
/// How far from `<h1` its end is looked for.
const HEADING: usize = 2_000;

/// Reads the structured data alone; nothing when it lacks name, price with currency, availability, barcode, image or description.
pub fn structured(html: &str, url: &Url) -> Option<Extraction> {
    let blocks = jsonld::parse(scripts(html).into_iter());
    let graph = jsonld::graph(&blocks);
    if graph.products.is_empty() {
        return None;
    }
    let head = Markup::scan(head(html));
    let base = address::base(&head, url);
    let metas = Metas::of(&head);
    let mut facts = page_facts::read(&head, &metas, &base);
    facts.heading = heading(html);
    let mut candidates = from_jsonld(&base, &graph);
    candidates.extend(opengraph::candidate(&metas, &base));
    page_facts::trail(&mut facts, &graph, &[], None);
    let addressed = sighting::in_address(url, "url");
    let page = Extraction { url: url.clone(), shop: None, candidates, facts, visible: Vec::new(), addressed, seen: None };
    page.suffices().then_some(page)
}

impl Extraction {
    /// Whether the structured data tells all that a sheet needs, and leaves no doubt which product is meant.
    fn suffices(&self) -> bool {
        let Some(main) = self.main().filter(|main| main.contradiction.is_none()) else { return false };
        let Some(head) = main.same.iter().find(|candidate| candidate.source == Source::JsonLd) else { return false };
        let sheet = &head.sheet;
        let sold = |offers: &[crate::model::Offer]| {
            offers
                .first()
                .is_some_and(|offer| offer.availability.is_some() && offer.price.as_ref().is_some_and(|price| price.currency.is_some()))
        };
        let members =
            !head.variants.is_empty() && head.variants.iter().all(|member| sold(&member.sheet.offers) && !member.sheet.gtins.is_empty());
        let single = sold(&sheet.offers) && !sheet.gtins.is_empty();
        let pictured = !sheet.images.is_empty() || head.variants.iter().all(|member| !member.sheet.images.is_empty()) && members;
        (single || members) && sheet.name.is_some() && sheet.description.is_some() && pictured
    }
}

/// The contents of the JSON-LD scripts, those in comments left out.
fn scripts(html: &str) -> Vec<&str> {
    let bytes = html.as_bytes();
    let mut found = Vec::new();
    let mut comment = Comments { html, at: 0, open: 0..0 };
    let mut at = 0;
    while let Some(kind) = memmem::find(&bytes[at..], b"ld+json").map(|offset| at + offset) {
        at = kind + 7;
        let Some(tag) = memmem::rfind(&bytes[kind.saturating_sub(200)..kind], b"<").map(|offset| kind.saturating_sub(200) + offset) else {
            continue;
        };
        let is_script = bytes.get(tag + 1..tag + 7).is_some_and(|name| name.eq_ignore_ascii_case(b"script"));
        if !is_script || comment.holds(tag) {
            continue;
        }
        let Some(from) = memchr::memchr(b'>', &bytes[kind..]).map(|offset| kind + offset + 1) else { break };
        let Some(to) = memmem::find_iter(&bytes[from..], b"</").map(|offset| from + offset).find(|end| ends_script(&bytes[*end..])) else {
            break;
        };
        found.push(&html[from..to]);
        at = to;
    }
    found
}

fn ends_script(bytes: &[u8]) -> bool {
    bytes.get(2..8).is_some_and(|name| name.eq_ignore_ascii_case(b"script"))
}

/// The comments of a page, followed from its beginning as far as they are asked for.
struct Comments<'h> {
    html: &'h str,
    at: usize,
    open: std::ops::Range<usize>,
}

impl Comments<'_> {
    fn holds(&mut self, place: usize) -> bool {
        let bytes = self.html.as_bytes();
        while self.at < place && self.open.end <= place {
            // Not beyond the place: the next comment may be at the other end of the page.
            let Some(from) = memmem::find(&bytes[self.at..place], b"<!--").map(|offset| self.at + offset) else {
                self.at = place;
                break;
            };
            let end = memmem::find(&bytes[from..], b"-->").map_or(bytes.len(), |offset| from + offset + 3);
            self.open = from..end;
            self.at = end;
        }
        self.open.contains(&place)
    }
}

fn head(html: &str) -> &str {
    let bytes = &html.as_bytes()[..html.len().min(HEAD)];
    let end = memmem::find(bytes, b"</head").or_else(|| memmem::find(bytes, b"<body")).unwrap_or(0);
    &html[..end]
}

fn heading(html: &str) -> Option<String> {
    let bytes = html.as_bytes();
    let from = memmem::find(bytes, b"<h1")?;
    let window = &bytes[from..bytes.len().min(from + HEADING)];
    let end = from + memmem::find(window, b"</h1")?;
    let markup = Markup::scan(&html[from..end]);
    markup.first(Tag::H1).map(line).filter(|text| !text.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GEL: &str = r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","description":"Un gel.","image":"/a.jpg",
        "offers":{"price":"9.90","priceCurrency":"EUR","availability":"InStock"}}"#;

    fn block(json: &str) -> String {
        format!("<SCRIPT data-x=1 type='application/ld+json'>{json}</SCRIPT>")
    }

    #[test]
    fn blocks_are_found_where_a_browser_finds_them() {
        for (html, expected) in [
            (block(GEL), 1),
            (format!("<!-- {} -->", block(GEL)), 0),
            (format!("<!-- x -->{}<!-- y -->", block(GEL)), 1),
            (format!("<!-- x -->{}<!-- {} --><!-- y -->{}", block(GEL), block(GEL), block(GEL)), 2),
            (format!("<p>ld+json</p>{}{}", block(GEL), block("{}")), 2),
            (format!("<!-- {} -->{}", block(GEL), block(GEL)), 1),
            ("<script type='application/ld+json'>{".to_owned(), 0),
            ("ld+json".repeat(100_000), 0),
            ("<!--".repeat(100_000) + &"<script>ld+json".repeat(100_000), 0),
        ] {
            assert_eq!(scripts(&html).len(), expected, "{html:.100}");
        }
    }

    #[test]
    fn only_what_suffices_is_read_in_the_short_way() {
        let url = Url::parse("https://shop.test/gel").unwrap();
        let read = |json: &str| structured(&format!("<head><title>Gel</title></head><h1>Gel</h1>{}", block(json)), &url);
        let product = read(GEL).unwrap().product().unwrap();
        assert_eq!((product.name.as_deref(), product.price().unwrap().to_string()), (Some("Gel"), "9.90 EUR".to_owned()));
        for lacking in ["\"gtin13\"", "\"description\"", "\"image\"", "\"price\"", "\"priceCurrency\"", "\"availability\"", "\"name\""] {
            assert!(read(&GEL.replace(lacking, "\"x\"")).is_none(), "{lacking}");
        }
    }
}
