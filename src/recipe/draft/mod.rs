//! A first recipe for a shop nobody has described yet: what a page tells of its platform and its search, and the recipe as a text.
//!
//! Pure: it names requests and reads answers, it sends none. Nothing it says is proven; whoever sends the requests tries each search
//! with barcodes through the interpreter, and writes down which one led to a page that shows one of them.

mod discover;
mod learn;
mod platform;
mod service;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
mod write;

use url::Url;

pub use learn::learn;
pub use platform::Platform;
pub use service::Doofinder;
pub use write::{Attempt, Draft};

use crate::extract;
use crate::extract::markup::Markup;
use crate::model::{Method, Page};

/// What a shop's home page tells.
#[derive(Clone, Debug)]
pub struct Survey {
    /// With the sign on the page that gives it away.
    pub platform: Option<(Platform, &'static str)>,
    /// Searches to try, the most promising first.
    pub searches: Vec<Search>,
    /// A search service whose index is named in a script of its own, to be fetched.
    pub doofinder: Option<Doofinder>,
    pub title: Option<String>,
    /// BCP 47, as the page declares it.
    pub language: Option<String>,
}

/// One way to ask the shop, as a draft words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Where it was found: `the form of the page`.
    pub found: &'static str,
    pub method: Method,
    /// Of a search service; the shop's own where there is none.
    pub origin: Option<Url>,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub form: Vec<(String, String)>,
    /// Members of a JSON body.
    pub json: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub not_found: Option<String>,
    pub page: Option<String>,
    pub hits: Hits,
}

/// Where the answer's links stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hits {
    /// Nobody knows yet: [`learn`] reads an answer.
    Unknown,
    Html {
        css: String,
    },
    Json {
        items: &'static str,
        link: &'static [&'static str],
    },
}

impl Search {
    fn get(found: &'static str, path: &str, query: &[(&str, &str)]) -> Self {
        Self {
            found,
            method: Method::Get,
            origin: None,
            path: path.to_owned(),
            query: query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            form: Vec::new(),
            json: Vec::new(),
            headers: Vec::new(),
            not_found: None,
            page: None,
            hits: Hits::Unknown,
        }
    }

    /// For people: `GET /search?q={ean}`.
    pub fn label(&self) -> String {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let host = self.origin.as_ref().map(|origin| origin.origin().ascii_serialization()).unwrap_or_default();
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", pairs(&self.query)) };
        let body = if self.form.is_empty() { String::new() } else { format!(" with {}", pairs(&self.form)) };
        format!("{method} {host}{}{query}{body}", self.path)
    }

    /// Braces of the shop's own would be taken for placeholders.
    fn is_plain(&self) -> bool {
        let texts = [&self.query, &self.form].into_iter().flatten().map(|(_, value)| value).chain([&self.path]);
        texts.into_iter().all(|text| !text.replace("{ean}", "").contains('{'))
    }

    /// The same request, however its answer is read.
    fn asks_as(&self, other: &Self) -> bool {
        let names = |pairs: &[(String, String)]| {
            let mut names: Vec<String> = pairs.iter().map(|(name, _)| name.clone()).collect();
            names.sort();
            names
        };
        (self.method, &self.origin, self.path.trim_end_matches('/')) == (other.method, &other.origin, other.path.trim_end_matches('/'))
            && names(&self.query) == names(&other.query)
            && names(&self.form) == names(&other.form)
    }
}

/// Reads a home page.
pub fn survey(home: &Page) -> Survey {
    let markup = Markup::scan(&home.text);
    let base = extract::base(&markup, &home.url);
    let platform = Platform::of(&home.text);
    let kind = platform.map(|(platform, _)| platform);
    let own = discover::action(&markup, &base).into_iter().chain(discover::forms(&markup, &base)).map(|search| Search {
        hits: platform::hits(kind),
        page: platform::page(kind),
        ..search
    });
    let mut searches: Vec<Search> = Vec::new();
    let first = service::algolia(&home.text, kind).into_iter().chain(platform::json_search(kind));
    for search in first.chain(own).chain(platform::usual(kind)) {
        if search.is_plain() && !searches.iter().any(|known| known.asks_as(&search)) {
            searches.push(search);
        }
    }
    let (title, language) = discover::names(&markup);
    Survey { platform, searches, doofinder: service::doofinder(&home.text, &home.url), title, language }
}
