//! JSON-LD: the blocks of a page, and the products and breadcrumbs among their nodes.

use std::collections::HashMap;

use super::json::{Object, Value};
use super::markup::Markup;
use super::repair;
use super::tag::Tag;

/// Blocks read per page, nodes looked at per page: a product page has a few dozen.
const MOST_BLOCKS: usize = 100;
const MOST_NODES: usize = 5_000;
/// Members of an object whose keys are looked at one by one.
const MOST_KEYS: usize = 1_000;

/// The values of all blocks, with the path of each: `$[3]`.
pub(super) fn blocks<'t>(markup: &Markup<'t>) -> Vec<(String, Value<'t>)> {
    let is_block = |kind: &str| {
        let kind = kind.to_ascii_lowercase();
        kind.contains("ld+json") || kind.contains("json+ld")
    };
    let scripts =
        markup.elements().filter(|element| element.tag() == Tag::Script && element.attr("type").is_some_and(|kind| is_block(&kind)));
    parse(scripts.map(|script| script.raw_text()))
}

pub(super) fn parse<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<(String, Value<'t>)> {
    let mut found = Vec::new();
    for (place, text) in texts.take(MOST_BLOCKS).enumerate() {
        for mut value in repair::parse(text) {
            plain(&mut value);
            found.push((format!("$[{place}]"), value));
        }
    }
    found
}

/// Takes off what JSON-LD allows and readers need not know: prefixes of keys, `@value`, `@list`, lists in lists. In place, since most
/// blocks have nothing of it. The parser lets nothing deeper than 128 levels through, so recursion is safe.
fn plain(value: &mut Value<'_>) {
    match value {
        Value::Array(several) => {
            several.iter_mut().for_each(plain);
            if several.iter().any(Value::is_array) {
                *several = std::mem::take(several).into_iter().flat_map(members).collect();
            }
        }
        Value::Object(object) => {
            if object.keys().any(|key| WRAPPERS.contains(&key)) {
                let inner = WRAPPERS.iter().find_map(|key| object.remove(key));
                *value = inner.unwrap_or_default();
                plain(value);
                return;
            }
            rename(object);
            object.values_mut().for_each(plain);
        }
        _ => {}
    }
}

/// Objects with one of these stand for what it holds.
const WRAPPERS: [&str; 3] = ["@value", "@list", "@set"];

fn members(value: Value<'_>) -> Vec<Value<'_>> {
    match value {
        Value::Array(inner) => inner,
        other => vec![other],
    }
}

/// The first of two spellings stays: the others keep theirs.
fn rename(object: &mut Object<'_>) {
    if object.len() > MOST_KEYS || !object.keys().any(is_odd) {
        return;
    }
    let typed = object.contains_key("@type");
    for place in 0..object.len() {
        let name = name_of(&object.members_mut()[place].0, typed);
        if let Some(name) = name.filter(|name| !object.contains_key(name)) {
            object.members_mut()[place].0 = name.into();
        }
    }
}

/// Whether a key may have another name: most have none of this.
fn is_odd(key: &str) -> bool {
    key == "type" || key.len() <= 7 && key.bytes().any(|byte| byte.is_ascii_uppercase()) || key.contains(':')
}

/// How readers know a key that is spelt in another way.
fn name_of(key: &str, typed: bool) -> Option<String> {
    let bare = match key.split_once(':') {
        Some(("schema", bare)) => bare,
        Some(("http" | "https", rest)) => rest.strip_prefix("//schema.org/").unwrap_or(key),
        _ => key,
    };
    let is_code = || {
        bare.len() <= 7
            && ["gtin", "ean", "upc", "isbn"]
                .iter()
                .any(|start| bare.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
    };
    match bare {
        "type" if !typed => Some("@type".to_owned()),
        _ if bare.bytes().any(|byte| byte.is_ascii_uppercase()) && is_code() => Some(bare.to_ascii_lowercase()),
        _ => (bare.len() < key.len()).then(|| bare.to_owned()),
    }
}

/// A node of interest.
pub(super) struct Node<'a> {
    pub(super) object: &'a Object<'a>,
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
    pub(super) ids: HashMap<&'a str, &'a Object<'a>>,
}

/// Keys that lead from a page to what it is about.
const ABOUT: &[&str] = &["@graph", "mainEntity", "mainEntityOfPage", "about", "breadcrumb", "hasPart", "item", "itemOffered"];
/// Keys that lead to products which the page merely lists.
const LISTS: &[&str] = &["itemListElement", "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor"];

/// Finds products without recursion: a hostile page may nest as deep as JSON allows.
pub(super) fn graph<'a>(blocks: &'a [(String, Value<'a>)]) -> Graph<'a> {
    let mut graph = Graph::default();
    let mut queue: Vec<(&Value<'_>, String, bool)> = blocks.iter().rev().map(|(path, value)| (value, path.clone(), false)).collect();
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

fn visit<'a>(object: &'a Object<'a>, path: &str, listed: bool, graph: &mut Graph<'a>) {
    if let (Some(Value::String(id)), true) = (object.get("@id"), object.len() > 1) {
        graph.ids.entry(id).or_insert(object);
    }
    let kinds = match object.get("@type") {
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

fn children<'a>(object: &'a Object<'a>, path: &str, listed: bool) -> Vec<(&'a Value<'a>, String, bool)> {
    if is_a(object, &["BreadcrumbList", "Review"]) {
        return Vec::new();
    }
    let follow = |key: &str, listed| object.get(key).map(|value| (value, format!("{path}.{key}"), listed));
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
pub(super) fn is_a(object: &Object<'_>, types: &[&str]) -> bool {
    let names = |value: &Value<'_>| value.as_str().is_some_and(|name| types.iter().any(|known| known.eq_ignore_ascii_case(kind(name))));
    match object.get("@type") {
        Some(Value::Array(several)) => several.iter().any(names),
        Some(value) => names(value),
        None => false,
    }
}
