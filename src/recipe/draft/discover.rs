//! The search that a page itself names: schema.org's `SearchAction`, and forms with a search box.

use std::borrow::Cow;

use serde_json::Value;
use url::Url;

use super::Search;
use crate::extract::absolute;
use crate::extract::markup::{Markup, Spot};
use crate::extract::tag::Tag;
use crate::model::Method;

/// Names of the field that takes the search text.
const NAMES: [&str; 11] = ["s", "q", "query", "search", "search_query", "recherche", "keyword", "keywords", "text", "term", "mot"];
/// Forms looked at on a page.
const MOST: usize = 50;

/// The shop's name for people, and the page's language.
pub(super) fn names(markup: &Markup<'_>) -> (Option<String>, Option<String>) {
    let of = |tag: Tag| markup.elements().filter(move |element| element.tag() == tag);
    let site = of(Tag::Meta).find(|meta| meta.attr("property").is_some_and(|property| property == "og:site_name") && meta.has("content"));
    let site = site.map(|meta| text(meta, "content"));
    let title = markup.first(Tag::Title).map(|title| title.texts().collect::<String>());
    let language = markup.first(Tag::Html).map(|root| text(root, "lang"));
    (site.or(title).filter(|title| !title.trim().is_empty()), language.filter(|language| !language.trim().is_empty()))
}

/// `{"@type": "SearchAction", "target": "https://…/search?q={search_term_string}"}`, or the same as microdata.
pub(super) fn action(markup: &Markup<'_>, base: &Url) -> Option<Search> {
    let mut targets = Vec::new();
    let blocks = markup.elements().filter(|script| script.tag() == Tag::Script);
    for block in blocks.filter(|script| script.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("application/ld+json"))) {
        if let Ok(json) = serde_json::from_str::<Value>(block.raw_text()) {
            gather(&json, 0, &mut targets);
        }
    }
    let is_action = |item: &Spot<'_, '_>| item.attr("itemtype").is_some_and(|kind| kind.contains("SearchAction"));
    let told = markup.elements().filter(|target| target.attr("itemprop").is_some_and(|name| name == "target") && target.has("content"));
    targets.extend(told.filter(|target| target.ancestors().any(|item| is_action(&item))).map(|target| text(target, "content")));
    targets.iter().find_map(|target| of_template(base, target))
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
fn of_template(base: &Url, template: &str) -> Option<Search> {
    let (before, rest) = template.split_once('{')?;
    let (_, after) = rest.split_once('}')?;
    // No character of it is changed by the parser, and no shop has it in its addresses.
    let marked = format!("{before}GLANEUREAN{after}");
    let url = absolute(base, &marked).filter(|url| url.host_str() == base.host_str())?;
    let fill = |text: &str| text.replace("GLANEUREAN", "{ean}");
    let query: Vec<(String, String)> = url.query_pairs().map(|(key, value)| (key.into_owned(), fill(&value))).collect();
    Some(Search { query, ..Search::get("the page's SearchAction", &fill(url.path()), &[]) })
}

/// Forms with a search box, those that say so first.
pub(super) fn forms(markup: &Markup<'_>, base: &Url) -> Vec<Search> {
    let forms = markup.elements().filter(|form| form.tag() == Tag::Form);
    let mut found: Vec<(u8, Search)> = forms.take(MOST).filter_map(|form| of_form(base, form)).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, search)| search).collect()
}

fn of_form(base: &Url, form: Spot<'_, '_>) -> Option<(u8, Search)> {
    let inputs: Vec<Spot<'_, '_>> = form.elements().filter(|input| input.tag() == Tag::Input && input.has("name")).collect();
    let kind = |input: &Spot<'_, '_>| input.attr("type").map_or_else(|| "text".to_owned(), |kind| kind.to_ascii_lowercase());
    // A form that asks for a password or an address is no search, whatever its fields are called.
    if inputs.iter().any(|input| ["password", "email", "file"].contains(&kind(input).as_str())) {
        return None;
    }
    let name = |input: &Spot<'_, '_>| text(*input, "name");
    let says = inputs.iter().find(|input| kind(input) == "search");
    let named = || inputs.iter().find(|input| kind(input) == "text" && NAMES.contains(&name(input).to_lowercase().as_str()));
    let (rank, asked) = says.map(|input| (0, input)).or_else(|| named().map(|input| (1, input)))?;
    let hidden = inputs.iter().filter(|input| kind(input) == "hidden" && is_plain(input));
    let mut fields: Vec<(String, String)> = hidden.map(|input| (name(input), text(*input, "value"))).collect();
    fields.push((name(asked), "{ean}".to_owned()));
    let action = form.attr("action").filter(|action| !action.trim().is_empty());
    let url = action.map_or_else(|| Some(base.clone()), |action| absolute(base, &action)).filter(|url| url.origin() == base.origin())?;
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
fn is_plain(input: &Spot<'_, '_>) -> bool {
    let (name, value) = (text(*input, "name").to_lowercase(), text(*input, "value"));
    !["token", "csrf", "nonce", "form_key", "session"].iter().any(|word| name.contains(word))
        && !value.contains(['{', '}'])
        && !value.is_empty()
}

/// An attribute's value; empty where there is none.
fn text(element: Spot<'_, '_>, name: &str) -> String {
    element.attr(name).map(Cow::into_owned).unwrap_or_default()
}
