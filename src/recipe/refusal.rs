//! Pages that are no product page: the product is gone, or a firewall answered in the shop's place.

use super::fields::Page as PageRules;
use crate::extract::cut;
use crate::model::Page;

/// Why there is nothing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The shop says that the product is gone for good.
    Gone { status: u16 },
    /// The shop refuses us; `evidence` is the status or the words that told it.
    Blocked { evidence: String },
}

/// What firewalls print, and how long such a page may be: the same words stand in the scripts of honest pages.
const FIREWALLS: &[(&str, usize)] = &[
    ("<title>just a moment...</title>", usize::MAX),
    ("<title>attention required! | cloudflare</title>", usize::MAX),
    ("<title>access denied</title>", 50_000),
    ("<title>access to this page has been denied", 200_000),
    ("<title>pardon our interruption", usize::MAX),
    ("<title>request rejected</title>", 50_000),
    ("<title>robot check</title>", usize::MAX),
    ("incapsula incident id", 50_000),
    ("captcha-delivery.com", 20_000),
    ("px-captcha", 50_000),
    ("awswafcookiedomainlist", 20_000),
    ("the requested url was rejected. please consult with your administrator", 50_000),
];

/// On longer pages only words in the title count: the test below holds the table to it.
const SHORT: usize = 50_000;
const TITLE: &[u8] = b"<title";
/// Titles looked at; drawings have some, too.
const MOST_TITLES: usize = 50;
const LONGEST_TITLE: usize = 200;

/// As far as a page is searched for the words of a firewall.
const SEARCHED: usize = 200_000;

pub(super) fn refusal(rules: &PageRules, page: &Page) -> Option<Refusal> {
    if rules.gone.contains(&page.status) {
        return Some(Refusal::Gone { status: page.status });
    }
    if rules.blocked_status.contains(&page.status) {
        return Some(Refusal::Blocked { evidence: format!("status {}", page.status) });
    }
    let searched = &page.text[..page.text.floor_char_boundary(SEARCHED)];
    let own = rules.blocked_text.as_ref().and_then(|own| own.find(searched)).map(|found| found.as_str().to_lowercase());
    let found = own.or_else(|| known(searched, page.text.len()))?;
    Some(Refusal::Blocked { evidence: cut(&found) })
}

/// Every page of a shop is asked, so a long one is not copied to be compared: there only titles count.
fn known(searched: &str, length: usize) -> Option<String> {
    let found = |lower: &str| {
        FIREWALLS.iter().find(|(words, longest)| length <= *longest && lower.contains(words)).map(|(words, _)| (*words).to_owned())
    };
    if length <= SHORT {
        return found(&searched.to_lowercase());
    }
    let is_title = |at: &usize| searched.as_bytes()[*at..].get(..TITLE.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(TITLE));
    let titles = memchr::memchr_iter(b'<', searched.as_bytes()).filter(is_title).take(MOST_TITLES);
    titles.map(|at| &searched[at..]).find_map(|title| found(&title[..title.floor_char_boundary(LONGEST_TITLE)].to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_titles_count_on_long_pages() {
        for (words, longest) in FIREWALLS {
            assert!(*longest <= SHORT || words.starts_with("<title"), "{words}");
            assert!(words.len() < LONGEST_TITLE && *words == words.to_lowercase(), "{words}");
        }
        let long = "x".repeat(60_000);
        for (page, expected) in [
            (format!("<TITLE>Just a moment...</Title>{long}"), Some("<title>just a moment...</title>")),
            (format!("{long}<svg><title>x</title></svg><title>Robot Check</title>"), Some("<title>robot check</title>")),
            (format!("<title>Access denied</title>{long}"), None),
            (format!("Incapsula incident ID {long}"), None),
            ("Incapsula incident ID".to_owned(), Some("incapsula incident id")),
        ] {
            assert_eq!(known(&page, page.len()).as_deref(), expected, "{page:.60}");
        }
    }
}
