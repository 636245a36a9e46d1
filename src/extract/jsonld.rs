//! JSON-LD: the blocks of a page, and the products and breadcrumbs among their nodes.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::markup::Markup;
use super::node;
use super::repair;
use super::tag::Tag;

/// Blocks read per page, nodes looked at per page: a product page has a few dozen.
const MOST_BLOCKS: usize = 100;
const MOST_NODES: usize = 5_000;

/// The values of all blocks, with the path of each: `$[3]`.
pub(super) fn blocks(markup: &Markup<'_>) -> Vec<(String, Value)> {
    let is_block = |kind: &str| {
        let kind = kind.to_ascii_lowercase();
        kind.contains("ld+json") || kind.contains("json+ld")
    };
    let scripts =
        markup.elements().filter(|element| element.tag() == Tag::Script && element.attr("type").is_some_and(|kind| is_block(&kind)));
    parse(scripts.map(|script| script.raw_text()))
}

pub(super) fn parse<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (place, text) in texts.take(MOST_BLOCKS).enumerate() {
        found.extend(repair::parse(text).into_iter().map(|value| (format!("$[{place}]"), plain(value))));
    }
    found
}

/// Takes off what JSON-LD allows and readers need not know: prefixes of keys, `@value`, `@list`, lists in lists. The parser lets nothing
/// deeper than 128 levels through, so recursion is safe.
fn plain(value: Value) -> Value {
    match value {
        Value::Array(several) => {
            let flat = several.into_iter().map(plain).flat_map(|value| match value {
                Value::Array(inner) => inner,
                other => vec![other],
            });
            Value::Array(flat.collect())
        }
        Value::Object(mut object) => {
            if let Some(inner) = ["@value", "@list", "@set"].iter().find_map(|key| object.remove(*key)) {
                return plain(inner);
            }
            let typed = object.contains_key("@type");
            let mut out = Map::new();
            for (key, value) in object {
                let name = key_of(&key, typed);
                // The first of two spellings stays.
                if !out.contains_key(name.as_ref()) {
                    out.insert(name.into_owned(), plain(value));
                }
            }
            Value::Object(out)
        }
        other => other,
    }
}

fn key_of(key: &str, typed: bool) -> Cow<'_, str> {
    let bare = ["schema:", "http://schema.org/", "https://schema.org/"].iter().find_map(|prefix| key.strip_prefix(prefix)).unwrap_or(key);
    let codes =
        ["gtin", "ean", "upc", "isbn"].iter().any(|start| bare.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)));
    match bare {
        "type" if !typed => Cow::Borrowed("@type"),
        _ if codes && bare.len() <= 7 => Cow::Owned(bare.to_ascii_lowercase()),
        _ => Cow::Borrowed(bare),
    }
}

/// A node of interest.
pub(super) struct Node<'a> {
    pub(super) object: &'a Map<String, Value>,
    pub(super) path: String,
    pub(super) listed: bool,
}

/// The nodes of a page in the order of the page.
#[derive(Default)]
pub(super) struct Graph<'a> {
    pub(super) products: Vec<Node<'a>>,
    pub(super) breadcrumbs: Vec<Node<'a>>,
    /// The kinds of the nodes that speak of the page as a whole.
    pub(super) kinds: Vec<&'a str>,
    pub(super) ids: HashMap<&'a str, &'a Map<String, Value>>,
}

/// Keys that lead from a page to what it is about.
const ABOUT: &[&str] = &["@graph", "mainEntity", "mainEntityOfPage", "about", "breadcrumb", "hasPart", "item", "itemOffered"];
/// Keys that lead to products which the page merely lists.
const LISTS: &[&str] = &["itemListElement", "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor"];

/// Finds products without recursion: a hostile page may nest as deep as JSON allows.
pub(super) fn graph(blocks: &[(String, Value)]) -> Graph<'_> {
    let mut graph = Graph::default();
    let mut queue: Vec<(&Value, String, bool)> = blocks.iter().rev().map(|(path, value)| (value, path.clone(), false)).collect();
    let mut looked_at = 0;
    while let Some((value, path, listed)) = queue.pop() {
        looked_at += 1;
        if looked_at > MOST_NODES {
            break;
        }
        match value {
            Value::Array(values) => {
                queue.extend(values.iter().enumerate().rev().map(|(at, value)| (value, format!("{path}[{at}]"), listed)));
            }
            // A list that a template numbered: `{"0": {…}, "1": {…}}`.
            Value::Object(object) if !object.is_empty() && object.keys().all(|key| key.bytes().all(|byte| byte.is_ascii_digit())) => {
                queue.extend(object.iter().rev().map(|(key, value)| (value, format!("{path}.{key}"), listed)));
            }
            Value::Object(object) => {
                visit(object, &path, listed, &mut graph);
                queue.extend(children(object, &path, listed));
            }
            _ => {}
        }
    }
    graph
}

fn visit<'a>(object: &'a Map<String, Value>, path: &str, listed: bool, graph: &mut Graph<'a>) {
    if let (Some(Value::String(id)), true) = (node::get(object, "@id"), object.len() > 1) {
        graph.ids.entry(id).or_insert(object);
    }
    let kinds = match node::get(object, "@type") {
        Some(Value::Array(several)) => several.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    if !listed && graph.kinds.len() < MOST_BLOCKS {
        graph.kinds.extend(kinds.iter().filter_map(Value::as_str).map(kind));
    }
    if is_a(object, PRODUCTS) {
        graph.products.push(Node { object, path: path.to_owned(), listed });
    } else if is_a(object, &["BreadcrumbList"]) {
        graph.breadcrumbs.push(Node { object, path: path.to_owned(), listed });
    }
}

fn children<'a>(object: &'a Map<String, Value>, path: &str, listed: bool) -> Vec<(&'a Value, String, bool)> {
    if is_a(object, &["BreadcrumbList", "Review"]) {
        return Vec::new();
    }
    let follow = |key: &str, listed| node::get(object, key).map(|value| (value, format!("{path}.{key}"), listed));
    let lists = LISTS.iter().filter_map(|key| follow(key, true));
    let about = ABOUT.iter().filter_map(|key| follow(key, listed));
    lists.chain(about).collect()
}

pub(super) const PRODUCTS: &[&str] = &["Product", "ProductGroup", "IndividualProduct", "ProductModel", "SomeProducts", "Drug", "Book"];

/// The name of a type without the address of its vocabulary.
fn kind(name: &str) -> &str {
    let name = name.trim().trim_end_matches('/');
    name.rsplit(['/', '#', ':']).next().unwrap_or(name)
}

/// Whether `@type` names one of these, with or without the address of the vocabulary.
pub(super) fn is_a(object: &Map<String, Value>, types: &[&str]) -> bool {
    let names = |value: &Value| value.as_str().is_some_and(|name| types.iter().any(|known| known.eq_ignore_ascii_case(kind(name))));
    match node::get(object, "@type") {
        Some(Value::Array(several)) => several.iter().any(names),
        Some(value) => names(value),
        None => false,
    }
}
