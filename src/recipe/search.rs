//! How a shop is asked for a barcode, and how its answer is read. A hit is a hint: the page it leads to decides.

use std::borrow::Cow;

use regex::Regex;
use serde_json::Value;
use url::Url;

use super::Inner;
use super::format::{Base, EanForm};
use crate::extract::absolute;
use crate::extract::markup::Markup;
use crate::extract::select::{self, Selector};
use crate::model::{Body, Gtin, Method, Page, Request, host_of};

/// One way to ask the shop.
#[derive(Clone, Debug)]
pub struct SearchStep {
    pub(super) method: Method,
    pub(super) on: Base,
    pub(super) path: String,
    pub(super) ean: EanForm,
    pub(super) query: Vec<(String, String)>,
    pub(super) form: Vec<(String, String)>,
    pub(super) json: Option<Value>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) page: Option<Regex>,
    pub(super) not_found: Option<Regex>,
    pub(super) hits: Option<Hits>,
}

/// Where the links to product pages stand in an answer.
#[derive(Clone, Debug)]
pub(super) struct Hits {
    pub(super) html: Option<String>,
    pub(super) css: Option<Selector>,
    pub(super) attr: String,
    pub(super) items: Option<String>,
    pub(super) link: Vec<String>,
    pub(super) codes: Vec<String>,
    pub(super) include: Option<Regex>,
    pub(super) exclude: Option<Regex>,
    pub(super) strip_query: bool,
}

/// What a search told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchAnswer {
    /// Addresses on the shop that may show the product: best first, no repeats, at most five.
    Hits(Vec<Url>),
    /// The search led straight to the product's page: the answer is it.
    ThisPage,
    Nothing,
    /// The answer is not what the recipe expects: the shop has changed, or refuses.
    Unreadable {
        reason: String,
    },
}

/// Hits worth opening: behind these a search only guesses.
const MOST_HITS: usize = 5;
/// Items and links looked at in one answer.
const MOST: usize = 1_000;

/// The names between braces: `{ean}`.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

impl SearchStep {
    /// For people: `POST /index/search/searchVue`.
    pub fn label(&self) -> String {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        format!("{method} {}", self.path)
    }
}

impl Inner {
    pub(super) fn request(&self, step: &SearchStep, ean: &Gtin) -> Request {
        let fill = |text: &str| self.fill(text, step, ean);
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(key, value)| (key.clone(), fill(value))).collect::<Vec<_>>();
        let origin = match step.on {
            Base::Search => self.search_origin.as_ref().unwrap_or(&self.origin),
            Base::Shop => &self.origin,
        };
        let mut url = origin.clone();
        let path = fill(&step.path);
        let (path, query) = path.split_once('?').map_or((path.as_str(), None), |(path, query)| (path, Some(query)));
        url.set_path(&format!("{}{path}", origin.path().trim_end_matches('/')));
        url.set_query(query);
        if !step.query.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs(&step.query));
        }
        let body = match &step.json {
            Some(json) => Body::Json(filled(json, &fill).to_string()),
            None if step.form.is_empty() => Body::Empty,
            None => Body::Form(pairs(&step.form)),
        };
        Request { method: step.method, url, headers: pairs(&step.headers), body }
    }

    fn fill(&self, text: &str, step: &SearchStep, ean: &Gtin) -> String {
        let mut out = text.to_owned();
        for name in placeholders(text) {
            let value = match name {
                "ean" => match step.ean {
                    EanForm::Thirteen => ean.ean().to_owned(),
                    EanForm::Fourteen => ean.as_14().to_owned(),
                    EanForm::Given => ean.as_given().to_owned(),
                },
                // A search service knows the shop by its own origin, wherever we reach the shop.
                "origin" => self.home.origin().ascii_serialization(),
                name => self.values.get(name).cloned().unwrap_or_default(),
            };
            out = out.replace(&format!("{{{name}}}"), &value);
        }
        out
    }

    pub(super) fn read(&self, step: &SearchStep, ean: &Gtin, answer: &Page) -> SearchAnswer {
        match answer.status {
            404 => return SearchAnswer::Nothing,
            200..=299 => {}
            status => return unreadable(format!("the search answered with status {status}")),
        }
        let address = &answer.url[url::Position::BeforePath..];
        if step.not_found.as_ref().is_some_and(|pattern| pattern.is_match(address)) {
            return SearchAnswer::Nothing;
        }
        if step.page.as_ref().is_some_and(|pattern| pattern.is_match(address)) {
            return SearchAnswer::ThisPage;
        }
        let Some(hits) = &step.hits else { return SearchAnswer::Nothing };
        match hits.links(ean, answer) {
            Ok(links) => self.accept(hits, links, answer),
            Err(reason) => unreadable(reason),
        }
    }

    /// Keeps the links that lead to pages of this shop.
    fn accept(&self, hits: &Hits, links: Vec<String>, answer: &Page) -> SearchAnswer {
        // A search service answers from a host of its own: its relative links are the shop's.
        let base = if host_of(&answer.url) == host_of(&self.origin) { &answer.url } else { &self.origin };
        let hosts = self.hosts();
        let mut found: Vec<Url> = Vec::new();
        for link in links {
            let Some(url) = absolute(base, &link) else { continue };
            let mut url = self.moved(url);
            url.set_fragment(None);
            if hits.strip_query {
                url.set_query(None);
            }
            let address = &url[url::Position::BeforePath..];
            let wanted = hits.include.as_ref().is_none_or(|pattern| pattern.is_match(address));
            let unwanted = hits.exclude.as_ref().is_some_and(|pattern| pattern.is_match(address));
            if wanted && !unwanted && hosts.contains(&host_of(&url)) && !found.contains(&url) {
                found.push(url);
            }
        }
        found.truncate(MOST_HITS);
        if found.is_empty() { SearchAnswer::Nothing } else { SearchAnswer::Hits(found) }
    }
}

impl Inner {
    /// An address at the shop's own origin, where the configuration says that the shop is elsewhere.
    fn moved(&self, url: Url) -> Url {
        if url.origin() != self.home.origin() || self.origin == self.home {
            return url;
        }
        let mut moved = self.origin.clone();
        moved.set_path(url.path());
        moved.set_query(url.query());
        moved
    }
}

/// A JSON body with its placeholders filled; the texts are escaped when it is written.
fn filled(json: &Value, fill: &impl Fn(&str) -> String) -> Value {
    match json {
        Value::String(text) => Value::String(fill(text)),
        Value::Array(values) => values.iter().map(|value| filled(value, fill)).collect(),
        Value::Object(object) => Value::Object(object.iter().map(|(key, value)| (key.clone(), filled(value, fill))).collect()),
        other => other.clone(),
    }
}

fn unreadable(reason: String) -> SearchAnswer {
    SearchAnswer::Unreadable { reason }
}

impl Hits {
    fn links(&self, ean: &Gtin, answer: &Page) -> Result<Vec<String>, String> {
        match (&self.items, &self.html) {
            (Some(items), _) => self.in_items(items, ean, &json(answer)?),
            (None, Some(pointer)) => {
                let json = json(answer)?;
                match json.pointer(pointer) {
                    Some(Value::String(html)) => Ok(self.in_html(html)),
                    Some(Value::Null) => Ok(Vec::new()),
                    None if json.as_array().is_some_and(Vec::is_empty) => Ok(Vec::new()),
                    _ => Err(format!("the search's JSON has no HTML text at {pointer:?}")),
                }
            }
            (None, None) => Ok(self.in_html(&answer.text)),
        }
    }

    fn in_html(&self, html: &str) -> Vec<String> {
        let Some(css) = &self.css else { return Vec::new() };
        select::on_page(html, &Markup::scan(html), [css], |found| {
            found.select(None, css).take(MOST).filter_map(|element| element.attr(&self.attr)).map(Cow::into_owned).collect()
        })
    }

    fn in_items(&self, items: &str, ean: &Gtin, json: &Value) -> Result<Vec<String>, String> {
        let items =
            members(json, items).ok_or_else(|| format!("the search's JSON has nothing at {items:?}: {}", start(&json.to_string())))?;
        let accepted = items.into_iter().filter(|item| self.codes.is_empty() || self.codes.iter().any(|codes| names(item, codes, ean)));
        Ok(accepted.filter_map(|item| self.link.iter().find_map(|link| item.pointer(link)?.as_str().map(str::to_owned))).collect())
    }
}

fn json(answer: &Page) -> Result<Value, String> {
    serde_json::from_str(answer.text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("the search's answer is no JSON ({error}); it starts with {:?}", start(&answer.text)))
}

fn start(text: &str) -> String {
    text.trim().chars().take(80).collect()
}

/// The values at a pointer in which `*` stands for every member; nothing where the part before the first `*` leads nowhere.
fn members<'a>(root: &'a Value, pointer: &str) -> Option<Vec<&'a Value>> {
    let (head, tail) = pointer.split_once("/*").map_or((pointer, None), |(head, tail)| (head, Some(tail)));
    let start = root.pointer(head)?;
    let Some(tail) = tail else { return Some(vec![start]) };
    let inner: Vec<&Value> = match start {
        Value::Array(values) => values.iter().take(MOST).collect(),
        Value::Object(object) => object.values().take(MOST).collect(),
        _ => return None,
    };
    if tail.is_empty() {
        return Some(inner);
    }
    Some(inner.into_iter().filter_map(|value| members(value, tail)).flatten().take(MOST).collect())
}

/// Whether the wanted barcode is one of the codes at a place: a text with several, a list, or a number.
fn names(item: &Value, pointer: &str, ean: &Gtin) -> bool {
    let token = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|token| Gtin::parse(token).is_ok_and(|code| code == *ean));
    let named = |value: &Value| match value {
        Value::String(text) => token(text),
        Value::Number(number) => number.as_u64().and_then(|number| Gtin::from_number(number).ok()).is_some_and(|code| code == *ean),
        _ => false,
    };
    match item.pointer(pointer) {
        Some(Value::Array(values)) => values.iter().take(MOST).any(named),
        Some(value) => named(value),
        None => false,
    }
}
