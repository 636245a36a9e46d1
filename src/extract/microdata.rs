//! Microdata, each property in the item that it stands in: a reviewer's name is never the product's.

use std::sync::LazyLock;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::{ElementRef, Selector};
use serde_json::{Map, Value};

use super::dom::{Dom, lines, selector};
use super::node::Object;

/// Items read per page, and how deep one may stand in another.
const MOST_ITEMS: usize = 2_000;
const DEEPEST: usize = 8;

static ANY: LazyLock<Selector> = LazyLock::new(|| selector("[itemscope]"));

/// An item that is no property of another one.
pub(super) struct Item {
    pub(super) object: Object,
    /// Stands in a list or a carousel.
    pub(super) listed: bool,
}

struct Open {
    object: Object,
    /// The enclosing item and the names under which it holds this one.
    parent: Option<usize>,
    names: String,
    listed: bool,
    depth: usize,
}

/// The top-level items in the order of the page, in the shape of JSON-LD nodes.
pub(super) fn items(dom: &Dom, is_aside: impl Fn(ElementRef<'_>) -> bool) -> Vec<Item> {
    if dom.html.select(&ANY).next().is_none() {
        return Vec::new();
    }
    nest(collect(dom, is_aside))
}

fn collect(dom: &Dom, is_aside: impl Fn(ElementRef<'_>) -> bool) -> Vec<Open> {
    let mut items: Vec<Open> = Vec::new();
    let mut scopes: Vec<(NodeId, Option<usize>)> = Vec::new();
    let mut asides: Vec<NodeId> = Vec::new();
    for edge in dom.html.tree.root().traverse() {
        match edge {
            Edge::Open(node) => {
                let Some(element) = ElementRef::wrap(node) else { continue };
                if is_aside(element) {
                    asides.push(node.id());
                }
                let within = scopes.last().and_then(|(_, item)| *item);
                if element.attr("itemscope").is_some() {
                    scopes.push((node.id(), open(&mut items, element, within, !asides.is_empty())));
                } else if let (Some(names), Some(item)) = (element.attr("itemprop"), within) {
                    let value = value(element);
                    for name in names.split_whitespace() {
                        append(&mut items[item].object, name, Value::String(value.clone()));
                    }
                }
            }
            Edge::Close(node) => {
                if scopes.last().is_some_and(|(id, _)| *id == node.id()) {
                    scopes.pop();
                }
                if asides.last() == Some(&node.id()) {
                    asides.pop();
                }
            }
        }
    }
    items
}

/// Starts an item; one that stands too deep is left out with all that it holds.
fn open(items: &mut Vec<Open>, element: ElementRef<'_>, within: Option<usize>, listed: bool) -> Option<usize> {
    let names = element.attr("itemprop").unwrap_or_default().to_owned();
    let parent = within.filter(|_| !names.is_empty());
    let depth = parent.map_or(0, |parent| items[parent].depth + 1);
    if items.len() >= MOST_ITEMS || depth > DEEPEST {
        return None;
    }
    let mut object = Map::new();
    let types: Vec<Value> = element.attr("itemtype").unwrap_or_default().split_whitespace().map(Value::from).collect();
    if !types.is_empty() {
        object.insert("@type".into(), Value::Array(types));
    }
    // `<span itemprop=price itemscope content=…>` carries its value itself.
    if let Some(content) = element.attr("content") {
        object.insert("@value".into(), content.into());
    }
    items.push(Open { object, parent, names, listed, depth });
    Some(items.len() - 1)
}

/// Puts each item into its parent, last first: an item always follows its parent.
fn nest(mut items: Vec<Open>) -> Vec<Item> {
    let mut tops = Vec::new();
    while let Some(item) = items.pop() {
        match item.parent {
            Some(parent) => {
                for name in item.names.split_whitespace() {
                    prepend(&mut items[parent].object, name, Value::Object(item.object.clone()));
                }
            }
            None => tops.push(Item { object: item.object, listed: item.listed }),
        }
    }
    tops.reverse();
    tops
}

fn append(object: &mut Object, name: &str, value: Value) {
    match object.get_mut(name) {
        Some(Value::Array(several)) => several.push(value),
        Some(one) => *one = Value::Array(vec![one.take(), value]),
        None => {
            object.insert(name.to_owned(), value);
        }
    }
}

fn prepend(object: &mut Object, name: &str, value: Value) {
    match object.get_mut(name) {
        Some(Value::Array(several)) => several.insert(0, value),
        Some(one) => *one = Value::Array(vec![value, one.take()]),
        None => {
            object.insert(name.to_owned(), value);
        }
    }
}

/// A property's value as the standard finds it; `content` counts on every element, as shops use it.
fn value(element: ElementRef<'_>) -> String {
    let attribute = match element.value().name() {
        "meta" => "content",
        "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => "src",
        "a" | "area" | "link" => "href",
        "object" => "data",
        "data" | "meter" => "value",
        "time" => "datetime",
        _ => "content",
    };
    let read = element.attr("content").or_else(|| element.attr(attribute)).map(str::to_owned);
    // `<a itemprop=name href=…>` and `<img data-src=…>` are common; the name of a thing is not its address.
    let is_text = matches!(element.attr("itemprop"), Some("name" | "brand" | "author" | "description" | "sku" | "category"));
    match read {
        Some(read) if !(is_text && element.value().name() == "a" && element.attr("content").is_none()) => read,
        _ => lines(element),
    }
}
