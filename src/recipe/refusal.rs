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

/// As far as a page is searched for the words of a firewall.
const SEARCHED: usize = 200_000;

pub(super) fn refusal(rules: &PageRules, page: &Page) -> Option<Refusal> {
    if rules.gone.contains(&page.status) {
        return Some(Refusal::Gone { status: page.status });
    }
    if rules.blocked_status.contains(&page.status) {
        return Some(Refusal::Blocked { evidence: format!("status {}", page.status) });
    }
    let end = (0..=SEARCHED.min(page.text.len())).rev().find(|at| page.text.is_char_boundary(*at)).unwrap_or(0);
    let lower = page.text[..end].to_lowercase();
    let known = FIREWALLS.iter().filter(|(_, longest)| page.text.len() <= *longest).map(|(words, _)| (*words).to_owned());
    let own = rules.blocked_text.iter().map(|words| words.to_lowercase());
    let found = own.chain(known).find(|words| !words.is_empty() && lower.contains(words.as_str()))?;
    Some(Refusal::Blocked { evidence: cut(&found) })
}
