//! A recorded page: `<slug>.html` as it was answered, and `<slug>.json` with what was read from it. Written so that the same page
//! gives the same bytes.

use std::path::{Path, PathBuf};

use glaneur::{Gtin, Page, Product, Recipe, Verdict};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::check::{reason, word};

/// What stands in the JSON file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recording {
    pub(super) url: Url,
    /// The wanted barcode, as given; without one the page's own product is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ean: Option<String>,
    /// Absent for a page that is read as any shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recipe: Option<String>,
    pub(super) recorded_at: Timestamp,
    /// `FOUND` or `UNVERIFIED` for a wanted barcode, `READ` without one.
    pub(super) status: String,
    pub(super) sheet: Value,
}

/// What is read from a page today.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) status: &'static str,
    /// For people: what the status means here.
    pub(super) reason: String,
    pub(super) product: Option<Box<Product>>,
}

pub(super) fn read(page: &Page, recipe: Option<&Recipe>, wanted: Option<&Gtin>) -> Reading {
    let extraction = match recipe {
        Some(recipe) => recipe.extract(page),
        None => glaneur::extract::product(&page.text, &page.url),
    };
    let Some(wanted) = wanted else {
        let product = extraction.product().map(Box::new);
        let (status, reason) =
            if product.is_some() { ("READ", "the page's own product") } else { ("NOT_FOUND", "the page shows no product") };
        return Reading { status, reason: reason.to_owned(), product };
    };
    let verdict = glaneur::judge(&extraction, wanted, page);
    let (status, reason) = (word(&verdict), reason(&verdict, wanted));
    let product = match verdict {
        Verdict::Found(product) | Verdict::Unverified(product) => Some(product),
        Verdict::Mismatch { .. } | Verdict::NoProduct => None,
    };
    Reading { status, reason, product }
}

impl Reading {
    /// The sheet without the one value that changes with every reading.
    pub(super) fn sheet(&self) -> Value {
        let mut sheet = serde_json::to_value(&self.product).unwrap_or_default();
        if let Value::Object(sheet) = &mut sheet {
            sheet.shift_remove("retrieved_at");
        }
        sheet
    }
}

/// The HTML beside a JSON file.
pub(super) fn html_of(json: &Path) -> PathBuf {
    json.with_extension("html")
}

/// The page as UTF-8. Where it declares another encoding, a byte order mark says what it is now.
pub(super) fn bytes_of(page: &Page) -> Vec<u8> {
    let plain = page.text.clone().into_bytes();
    if glaneur::egress::text(plain.clone(), None) == page.text { plain } else { [b"\xef\xbb\xbf".as_slice(), &plain].concat() }
}

impl Recording {
    pub(super) fn load(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        serde_json::from_str(&text)
            .map_err(|error| format!("{}: {error}; record the page again with `glaneur recipe record --force`", file.display()))
    }

    pub(super) fn save(&self, file: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| format!("{}: {error}", file.display()))?;
        std::fs::write(file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))
    }

    /// The page as it was answered.
    pub(super) fn page(&self, json: &Path) -> Result<Page, String> {
        let file = html_of(json);
        let bytes = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let text = glaneur::egress::text(bytes, None);
        Ok(Page { status: 200, url: self.url.clone(), content_type: None, text, retrieved_at: self.recorded_at })
    }
}

/// A file name for a page: its path and the barcode, in small letters, digits and hyphens.
pub(super) fn slug(url: &Url, ean: Option<&str>) -> String {
    let path = url.path().trim_end_matches(".html");
    let mut slug = String::new();
    for character in path.chars().chain(['-']).chain(ean.unwrap_or_default().chars()) {
        let fits = character.is_ascii_alphanumeric();
        if fits {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let tail = slug.len().saturating_sub(LONGEST_SLUG);
    let slug = slug[tail..].trim_start_matches('-');
    if slug.is_empty() { "page".to_owned() } else { slug.to_owned() }
}

/// In bytes; the end is kept, as the barcode stands there.
const LONGEST_SLUG: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gets_a_name_that_any_file_system_takes() {
        for (url, ean, expected) in [
            ("https://a.test/Crème/123.html", Some("3665606002802"), "cr-c3-a8me-123-3665606002802"),
            ("https://a.test/fr/gel?x=1", None, "fr-gel"),
            ("https://a.test/", None, "page"),
            ("https://a.test/../../etc/passwd", None, "etc-passwd"),
        ] {
            assert_eq!(slug(&Url::parse(url).unwrap(), ean), expected);
        }
        assert!(slug(&Url::parse(&format!("https://a.test/{}", "x".repeat(500))).unwrap(), Some("1")).len() <= LONGEST_SLUG);
    }

    #[test]
    fn a_page_of_another_encoding_is_read_back_as_it_was() {
        let url = Url::parse("https://a.test/").unwrap();
        for text in ["<meta charset='iso-8859-1'><p>crème €</p>", "<p>crème €</p>"] {
            let page =
                Page { status: 200, url: url.clone(), content_type: None, text: text.to_owned(), retrieved_at: Timestamp::UNIX_EPOCH };
            assert_eq!(glaneur::egress::text(bytes_of(&page), None), text);
        }
    }
}
