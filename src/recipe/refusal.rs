//! Pages that are no product page: the product is gone, or a firewall answered in the shop's place.

use url::Url;

use super::fields::Page as PageRules;
use crate::extract::{cut, shows_nothing};
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

/// Parts of an address where a shop asks who comes, in place of the page that was asked for.
const GATES: &[&str] = &[
    "login",
    "log-in",
    "signin",
    "sign-in",
    "connexion",
    "authentification",
    "consent",
    "cookie-consent",
    "captcha",
    "validatecaptcha",
    "challenge",
    "cdn-cgi",
    "queue-it",
    "access-denied",
    "blocked",
];

/// A whole document without a word for people is no longer than this.
const LONGEST_SHELL: usize = 8_000;

pub(super) fn refusal(rules: &PageRules, page: &Page, asked: &Url) -> Option<Refusal> {
    if rules.gone.contains(&page.status) {
        return Some(Refusal::Gone { status: page.status });
    }
    if rules.blocked_status.contains(&page.status) {
        return Some(Refusal::Blocked { evidence: format!("status {}", page.status) });
    }
    let searched = &page.text[..page.text.floor_char_boundary(SEARCHED)];
    let own = rules.blocked_text.as_ref().and_then(|own| own.find(searched)).map(|found| found.as_str().to_lowercase());
    let found = own.or_else(|| known(searched, page.text.len())).or_else(|| led_away(rules, &page.url, asked)).or_else(|| shell(page))?;
    Some(Refusal::Blocked { evidence: cut(&found) })
}

/// A redirect to where visitors log in, consent or prove that they are people.
fn led_away(rules: &PageRules, to: &Url, asked: &Url) -> Option<String> {
    let is_gate = |url: &Url| {
        let mut parts = url.path_segments().into_iter().flatten();
        let own = rules.blocked_address.as_ref().is_some_and(|own| own.is_match(url.as_str()));
        own || parts.any(|part| GATES.iter().any(|gate| part.split('.').next().unwrap_or(part).eq_ignore_ascii_case(gate)))
    };
    (to != asked && is_gate(to) && !is_gate(asked)).then(|| format!("led away to {}", to.path()))
}

/// A document that only a browser with scripts would fill. A piece of a document may be empty: so some searches answer.
fn shell(page: &Page) -> Option<String> {
    let is_short = (200..300).contains(&page.status) && page.text.len() <= LONGEST_SHELL;
    let start = page.text.trim_start().get(..9).unwrap_or_default().to_ascii_lowercase();
    let is_document = start.starts_with("<html") || start.starts_with("<!doctype");
    (is_short && is_document && shows_nothing(&page.text)).then(|| "an empty page, to be filled by scripts".to_owned())
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

    fn asked(rules: &str, path: &str, came: &str, text: &str) -> Option<String> {
        let recipe = format!(
            "name = 'shop'\ntitle = 'Shop'\norigin = 'https://shop.example'\n[[search]]\npath = '/'\nhits = {{ css = 'a' }}\n[page]\n{rules}"
        );
        let recipe = crate::recipe::Recipe::parse(&recipe, "shop.toml").unwrap();
        let [asked, url] = [path, came].map(|path| Url::parse("https://shop.example").unwrap().join(path).unwrap());
        let page = Page { status: 200, url, content_type: None, text: text.to_owned(), retrieved_at: jiff::Timestamp::UNIX_EPOCH };
        match recipe.refusal(&page, &asked) {
            Some(Refusal::Blocked { evidence }) => Some(evidence),
            _ => None,
        }
    }

    #[test]
    fn who_is_led_to_a_login_or_a_consent_page_is_refused() {
        let led = |from: &str, to: &str| asked("", from, to, "<html><body>Bonjour</body></html>").is_some();
        for to in ["/login", "/fr/connexion?back=p-1", "/consent", "/errors/validateCaptcha", "/customer/account/login/", "/Login.aspx"] {
            assert!(led("/p-1.html", to), "{to}");
        }
        for (from, to) in
            [("/p-1.html", "/p-1"), ("/p-1.html", "/consentement-parfum.html"), ("/login", "/fr/login"), ("/consent", "/consent")]
        {
            assert!(!led(from, to), "{from} {to}");
        }
        let own = "blocked_address = ['/bienvenue-age']";
        assert_eq!(asked(own, "/p-1.html", "/bienvenue-age?to=p-1", "<p>18 ?</p>").as_deref(), Some("led away to /bienvenue-age"));
    }

    #[test]
    fn a_document_without_a_word_is_refused_and_a_piece_of_one_is_not() {
        let shell = |text: &str| asked("", "/p", "/p", text).is_some();
        for text in [
            "<!DOCTYPE html><html><head><title>Shop</title></head><body></body></html>",
            "<html><body><div id=root></div><noscript>Activez JavaScript</noscript><script src=/app.js></script></body></html>",
        ] {
            assert!(shell(text), "{text}");
        }
        for text in [
            "",
            "<ul></ul>",
            "{\"results\":[]}",
            "<html><body><p>Aucun résultat</p></body></html>",
            "<html><head><script type='application/ld+json'>{\"@type\":\"Product\",\"name\":\"x\"}</script></head><body></body></html>",
            "<html><head><meta property='og:title' content='x'></head><body></body></html>",
            "<html><body><div id=root></div><script>window.__STATE__ = {\"product\": {}}</script></body></html>",
        ] {
            assert!(!shell(text), "{text}");
        }
    }

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
