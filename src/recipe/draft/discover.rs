//! The search that a page itself names: schema.org's `SearchAction`, and forms with a search box.

use std::sync::LazyLock;

use scraper::{ElementRef, Selector};
use serde_json::Value;
use url::Url;

use super::Search;
use crate::extract::dom::{Dom, first, selector};
use crate::model::Method;

static BLOCKS: LazyLock<Selector> = LazyLock::new(|| selector("script[type='application/ld+json']"));
static TARGETS: LazyLock<Selector> = LazyLock::new(|| selector("[itemtype*=SearchAction] [itemprop=target][content]"));
static FORMS: LazyLock<Selector> = LazyLock::new(|| selector("form"));
static INPUTS: LazyLock<Selector> = LazyLock::new(|| selector("input[name]"));
static TITLE: LazyLock<Selector> = LazyLock::new(|| selector("title"));
static SITE: LazyLock<Selector> = LazyLock::new(|| selector("meta[property='og:site_name'][content]"));
static ROOT: LazyLock<Selector> = LazyLock::new(|| selector("html[lang]"));

/// Names of the field that takes the search text.
const NAMES: [&str; 11] = ["s", "q", "query", "search", "search_query", "recherche", "keyword", "keywords", "text", "term", "mot"];
/// Forms looked at on a page.
const MOST: usize = 50;

/// The shop's name for people, and the page's language.
pub(super) fn names(dom: &Dom) -> (Option<String>, Option<String>) {
    let site = first(&dom.html, &SITE).and_then(|meta| meta.attr("content")).map(str::to_owned);
    // `line` is for what a page shows, and a title is not in it.
    let title = first(&dom.html, &TITLE).map(|title| title.text().collect::<String>());
    let language = first(&dom.html, &ROOT).and_then(|root| root.attr("lang")).map(str::to_owned);
    (site.or(title).filter(|title| !title.trim().is_empty()), language.filter(|language| !language.trim().is_empty()))
}

/// `{"@type": "SearchAction", "target": "https://…/search?q={search_term_string}"}`, or the same as microdata.
pub(super) fn action(dom: &Dom) -> Option<Search> {
    let mut targets = Vec::new();
    for block in dom.html.select(&BLOCKS) {
        if let Ok(json) = serde_json::from_str::<Value>(&block.text().collect::<String>()) {
            gather(&json, 0, &mut targets);
        }
    }
    targets.extend(dom.html.select(&TARGETS).filter_map(|target| target.attr("content")).map(str::to_owned));
    targets.iter().find_map(|target| of_template(dom, target))
}

/// Deep enough for `@graph` in a list; a hostile page may nest without end.
const DEEPEST: usize = 12;

fn gather(json: &Value, depth: usize, targets: &mut Vec<String>) {
    if depth > DEEPEST {
        return;
    }
    match json {
        Value::Array(values) => values.iter().for_each(|value| gather(value, depth + 1, targets)),
        Value::Object(object) => {
            if object.get("@type").is_some_and(|kind| kind.to_string().contains("SearchAction")) {
                let target = object
                    .get("target")
                    .map(|target| if let Value::Array(targets) = target { &targets[..] } else { std::slice::from_ref(target) });
                let text = |target: &Value| target.as_str().or_else(|| target.get("urlTemplate")?.as_str()).map(str::to_owned);
                targets.extend(target.into_iter().flatten().filter_map(text));
            }
            object.values().for_each(|value| gather(value, depth + 1, targets));
        }
        _ => {}
    }
}

/// A URL with one `{placeholder}`.
fn of_template(dom: &Dom, template: &str) -> Option<Search> {
    let (before, rest) = template.split_once('{')?;
    let (_, after) = rest.split_once('}')?;
    // No character of it is changed by the parser, and no shop has it in its addresses.
    let marked = format!("{before}GLANEUREAN{after}");
    let url = dom.absolute(&marked).filter(|url| url.host_str() == dom.base.host_str())?;
    let fill = |text: &str| text.replace("GLANEUREAN", "{ean}");
    let query: Vec<(String, String)> = url.query_pairs().map(|(key, value)| (key.into_owned(), fill(&value))).collect();
    Some(Search { query, ..Search::get("the page's SearchAction", &fill(url.path()), &[]) })
}

/// Forms with a search box, those that say so first.
pub(super) fn forms(dom: &Dom) -> Vec<Search> {
    let mut found: Vec<(u8, Search)> = dom.html.select(&FORMS).take(MOST).filter_map(|form| of_form(dom, form)).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, search)| search).collect()
}

fn of_form(dom: &Dom, form: ElementRef<'_>) -> Option<(u8, Search)> {
    let inputs: Vec<ElementRef<'_>> = form.select(&INPUTS).collect();
    let kind = |input: &ElementRef<'_>| input.attr("type").unwrap_or("text").to_ascii_lowercase();
    // A form that asks for a password or an address is no search, whatever its fields are called.
    if inputs.iter().any(|input| ["password", "email", "file"].contains(&kind(input).as_str())) {
        return None;
    }
    let name = |input: &ElementRef<'_>| input.attr("name").unwrap_or_default().to_owned();
    let says = inputs.iter().find(|input| kind(input) == "search");
    let named = || inputs.iter().find(|input| kind(input) == "text" && NAMES.contains(&name(input).to_lowercase().as_str()));
    let (rank, text) = says.map(|input| (0, input)).or_else(|| named().map(|input| (1, input)))?;
    let hidden = inputs.iter().filter(|input| kind(input) == "hidden" && is_plain(input));
    let mut fields: Vec<(String, String)> = hidden.map(|input| (name(input), input.attr("value").unwrap_or_default().to_owned())).collect();
    fields.push((name(text), "{ean}".to_owned()));
    let action = form.attr("action").filter(|action| !action.trim().is_empty());
    let url = action.map_or_else(|| Some(dom.base.clone()), |action| dom.absolute(action)).filter(|url| own(dom, url))?;
    let search = Search::get("the form of the page", url.path(), &[]);
    let at: Vec<(String, String)> = url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    Some(if form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")) {
        (rank, Search { method: Method::Post, query: at, form: fields, ..search })
    } else {
        // As browsers do it: what stands in the action's query is replaced.
        (rank, Search { query: fields, ..search })
    })
}

/// Tokens of a visit are no part of a recipe; braces would be taken for placeholders.
fn is_plain(input: &ElementRef<'_>) -> bool {
    let (name, value) = (input.attr("name").unwrap_or_default().to_lowercase(), input.attr("value").unwrap_or_default());
    !["token", "csrf", "nonce", "form_key", "session"].iter().any(|word| name.contains(word))
        && !value.contains(['{', '}'])
        && !value.is_empty()
}

fn own(dom: &Dom, url: &Url) -> bool {
    url.origin() == dom.base.origin()
}
