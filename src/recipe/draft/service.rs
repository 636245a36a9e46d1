//! Search services that many shops use: Doofinder and Algolia, by what they leave on a page.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{Hits, Platform, Search};
use crate::extract::pattern;
use crate::model::Method;

static SCRIPT: LazyLock<Regex> = LazyLock::new(|| pattern(r#"((?:https?:)?//[^\s"'<>]+/2\.x/[0-9a-fA-F-]{36}\.js)"#));
static INSTALLATION: LazyLock<Regex> = LazyLock::new(|| pattern(r#"installationId["']?\s*:\s*["']([0-9a-fA-F-]{36})"#));
static ZONE: LazyLock<Regex> = LazyLock::new(|| pattern(r#"zone["']?\s*:\s*["']([a-z]{2}\d)["']"#));
static HASHID: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:^|[^0-9a-fA-F])([0-9a-f]{32})(?:$|[^0-9a-fA-F])"#));
static APPLICATION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:application_?id|app_?id|algolia_?id)["']?\s*[:=]\s*["']([A-Z0-9]{10})["']"#));
static KEY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:search_?)?(?:only_?)?api_?key["']?\s*[:=]\s*["']([A-Za-z0-9+/=]{20,400})["']"#));
static INDEX: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:index_?name|index_?id|index)["']?\s*[:=]\s*["']([A-Za-z0-9_.-]{2,100})["']"#));

/// A Doofinder layer on a page. Its index is named in the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doofinder {
    pub script: Url,
    pub search: Url,
}

pub(super) fn doofinder(html: &str, page: &Url) -> Option<Doofinder> {
    let script = SCRIPT.captures(html).and_then(|found| page.join(&found[1]).ok());
    let script = script.or_else(|| {
        let id = &INSTALLATION.captures(html)?[1];
        let zone = ZONE.captures(html).map_or_else(|| "eu1".to_owned(), |found| found[1].to_owned());
        Url::parse(&format!("https://{zone}-config.doofinder.com/2.x/{id}.js")).ok()
    })?;
    let mut search = script.join("/").ok()?;
    // A layer that is served from elsewhere asks the host it came from.
    if let Some(zone) = script.host_str().and_then(|host| host.strip_suffix("-config.doofinder.com")) {
        search.set_host(Some(&format!("{zone}-search.doofinder.com"))).ok()?;
    }
    Some(Doofinder { script, search })
}

impl Doofinder {
    /// The searches of the index that the script names; none when it names no index.
    pub fn searches(&self, script: &str) -> Vec<Search> {
        let Some(found) = HASHID.captures(script) else { return Vec::new() };
        let hashid = &found[1];
        let newer = Search::get("Doofinder, version 6", &format!("/6/{hashid}/_search"), &[("rpp", "20"), ("query", "{ean}")]);
        let older = Search::get("Doofinder, version 5", "/5/search", &[("hashid", hashid), ("rpp", "20"), ("query", "{ean}")]);
        let headers = [("Accept", "application/json"), ("Origin", "{origin}"), ("Referer", "{origin}/")];
        let complete = |search| Search {
            origin: Some(self.search.clone()),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            hits: Hits::Json { items: "/results/*", link: &["/link", "/url"] },
            ..search
        };
        [newer, older].map(complete).to_vec()
    }
}

/// An index whose three names stand on the page. The key is the public one that every visitor's browser sends.
pub(super) fn algolia(html: &str, platform: Option<Platform>) -> Option<Search> {
    if !html.to_lowercase().contains("algolia") {
        return None;
    }
    let named = |pattern: &Regex| pattern.captures(html).map(|found| found[1].to_owned());
    let (application, key, index) = (named(&APPLICATION)?, named(&KEY)?, named(&INDEX)?);
    // Magento's module names what its indexes begin with.
    let index = if platform == Some(Platform::Magento) && !index.ends_with("_products") { index + "_products" } else { index };
    let origin = Url::parse(&format!("https://{}-dsn.algolia.net", application.to_lowercase())).ok()?;
    let pair = |(name, value): (&str, String)| (name.to_owned(), value);
    Some(Search {
        method: Method::Post,
        origin: Some(origin),
        json: [("query", "{ean}".to_owned()), ("hitsPerPage", "5".to_owned())].map(pair).to_vec(),
        headers: [
            ("X-Algolia-Application-Id", application),
            ("X-Algolia-API-Key", key),
            ("Origin", "{origin}".into()),
            ("Referer", "{origin}/".into()),
        ]
        .map(pair)
        .to_vec(),
        hits: Hits::Json { items: "/hits/*", link: &["/url", "/link", "/product_url", "/permalink"] },
        ..Search::get("Algolia", &format!("/1/indexes/{index}/query"), &[])
    })
}
