//! Barcodes outside of structured data: behind a label in the visible text, in the address, in the file name of an image.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::candidate::{cut, evidence};
use super::pattern;
use super::survey::{Marks, Survey};
use super::text::lines_but;
use crate::model::{Gtin, Provenance, Source};

/// A code that was seen, and where.
#[derive(Clone, Debug)]
pub struct Sighting {
    pub gtin: Gtin,
    pub provenance: Provenance,
}

/// Codes kept per page and kind.
const MOST: usize = 20;

/// A label at the end of a text. Looked for only before digits: over a whole page it would cost more than building the tree.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(ean(?:[ -]?(?:8|13|14))?(?:[ -]?code)?|gtin(?:[ -]?(?:8|12|13|14))?|upc(?:-a)?|code[ -]?(?:à )?barres?|barcode",
        r"|code ean(?: ?13)?|code (?:acl|cip)(?: ?13)?|acl(?: ?13)?|cip(?: ?13)?|gencod|r[ée]f(?:[ée]rence)?s?(?: (?:produit|fabricant))?\.?)",
        r"\s*(?:\([^)\n]{0,20}\))?\s*(?:n°)?\s*[:#=]?\s*$",
    ))
});

/// Digits that may be a code, printed in one or in groups.
static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9](?:[ -]?[0-9]){7,}"));

/// How far before the digits a label may start, in bytes.
const LABEL_BEFORE: usize = 80;

/// Labelled codes of the text that belongs to the page's own product, as far as the markup tells.
pub(super) fn in_text(survey: &Survey<'_, '_>) -> Vec<Sighting> {
    let text = lines_but(survey.markup.root(), |element| survey.marks(element).has(Marks::ASIDE));
    let mut found: Vec<Sighting> = Vec::new();
    for (from, digits) in DIGITS.find_iter(&text).flat_map(|run| printed(run.start(), run.as_str())).take(MOST_RUNS) {
        let start = text.ceil_char_boundary(from.saturating_sub(LABEL_BEFORE));
        let Some(label) = LABEL.captures(&text[start..from]) else { continue };
        let is_reference = label[1].to_lowercase().starts_with('r');
        let Some(gtin) = evidence(digits).filter(|_| !is_reference || digits.len() >= 12) else { continue };
        if found.len() < MOST && !found.iter().any(|seen| seen.gtin == gtin) {
            let raw = cut(&format!("{}{digits}", &label[0]));
            found.push(Sighting { gtin, provenance: Provenance::new(Source::VisibleText, &label[1], raw) });
        }
    }
    found
}

/// Runs of digits looked at per page.
const MOST_RUNS: usize = 2_000;

/// The codes that a run of digits may hold: each group that is long enough, or all groups together.
fn printed(from: usize, run: &str) -> Vec<(usize, &str)> {
    let mut groups = Vec::new();
    let mut at = 0;
    for group in run.split([' ', '-']) {
        if matches!(group.len(), 8..=14) {
            groups.push((from + at, group));
        }
        at += group.len() + 1;
    }
    if groups.is_empty() { vec![(from, run)] } else { groups }
}

/// Codes in an address. Only 12 to 14 digits: a shop's own numbers are shorter, and one in ten passes for an EAN-8.
pub(super) fn in_address(url: &Url, locator: &str) -> Vec<Sighting> {
    let text = format!("{} {}", url.path(), url.query().unwrap_or_default());
    let runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| matches!(run.len(), 12..=14));
    let codes = runs.filter_map(evidence).filter(|code| !is_clock(code)).take(MOST);
    codes.map(|gtin| Sighting { gtin, provenance: Provenance::new(Source::Url, locator, cut(url.as_str())) }).collect()
}

/// Codes in the file name of an image; its folders are numbered by the shop.
pub(super) fn in_image(address: &str) -> Vec<Sighting> {
    let Ok(mut url) = Url::parse(address) else { return Vec::new() };
    let name = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default().to_owned();
    url.set_path(&name);
    url.set_query(None);
    let mut found = in_address(&url, "image");
    for sighting in &mut found {
        sighting.provenance.raw = cut(address);
    }
    found
}

/// Milliseconds since 1970 have 13 digits; GS1 has given out no prefix from 140 to 199.
fn is_clock(code: &Gtin) -> bool {
    matches!(code.as_14().as_bytes(), [b'0', b'1', b'4'..=b'9', ..])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::extract::markup::Markup;

    #[test]
    fn labels() {
        for (html, expected) in [
            ("<p>EAN : 3665606002802</p>", "3665606002802"),
            ("<p>EAN13: 3665606002802</p>", "3665606002802"),
            ("EAN Code:8001704110516", "8001704110516"),
            ("<tr><th>Code-barres</th><td>3665606002802</td></tr>", "3665606002802"),
            ("<table><tr><th>Code-barres</th><td>3665606002802</td></tr></table>", "3665606002802"),
            ("<dt>GTIN</dt><dd>3665606002802</dd>", "3665606002802"),
            ("Référence : 3665606002802", "3665606002802"),
            ("Ref. 3665606002802 - 14,90 €", "3665606002802"),
            ("Code EAN : 3 665606 002802", "3 665606 002802"),
            ("UPC 748322148474", "748322148474"),
            ("EAN : 3665606002802 12 avis", "3665606002802"),
            ("Référence : 12345670", ""),
            ("EAN : 3665606002803", ""),
            ("EAN : 0000000000000", ""),
            ("EAN : 2000000000008", ""),
            ("Téléphone : 3665606002802", ""),
            ("<div class='related-products'>EAN : 3665606002802</div>", ""),
            ("<footer>EAN : 3665606002802</footer>", ""),
            ("<script>EAN : 3665606002802</script>", ""),
        ] {
            let seen = in_text(&Survey::of(&Markup::scan(html)).settle(None));
            assert_eq!(seen.first().map(|seen| seen.gtin.as_given()).unwrap_or_default(), expected, "{html}");
        }
    }

    #[test]
    fn addresses() {
        for (address, expected) in [
            ("https://shop.test/gel-3665606002802.html", 1),
            ("https://shop.test/gel?ean=3665606002802", 1),
            ("https://shop.test/p/12345670.html", 0),
            ("https://shop.test/gel?t=1732300000005", 0),
            ("https://shop.test/gel-3665606002803.html", 0),
        ] {
            assert_eq!(in_address(&Url::parse(address).unwrap(), "url").len(), expected, "{address}");
        }
        assert_eq!(in_image("https://cdn.test/3665606002406/3665606002802_1.jpg?v=3665606002406")[0].gtin.as_given(), "3665606002802");
        assert!(in_image("nonsense").is_empty());
    }
}
