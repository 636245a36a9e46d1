//! Microdata and RDFa Lite, each property in the item that it stands in: a reviewer's name is never the product's.

use std::collections::HashMap;

use super::markup::Spot;
use super::node::{Object, Value};
use super::survey::Survey;
use super::tag::Tag;
use super::text::lines_within;

/// Items read per page, how deep one may stand in another, and nodes built of them in all.
const MOST_ITEMS: usize = 2_000;
const DEEPEST: usize = 8;
const MOST_BUILT: usize = 10_000;
/// So many bytes of text count as one more node.
const HEAVY: usize = 1_000;
/// Bytes of one property, and of all that are kept: properties may stand in each other, and each holds the text of those inside.
const LONGEST: usize = 200_000;
const MOST_BYTES: usize = 8_000_000;
/// What each property costs of that beside its text.
const PROPERTY: usize = 32;
/// Properties of one item by their names: each is looked for among the others.
const MOST_KEYS: usize = 1_000;
/// Names of one property.
const MOST_NAMES: usize = 8;

/// The attributes of a syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Microdata,
    Rdfa,
}

impl Syntax {
    fn opens(self, element: Spot<'_, '_>) -> bool {
        match self {
            Self::Microdata => element.has("itemscope"),
            Self::Rdfa => element.has("typeof"),
        }
    }

    fn kinds(self, element: Spot<'_, '_>) -> Vec<Value<'static>> {
        let kinds = element.attr(if self == Self::Microdata { "itemtype" } else { "typeof" }).unwrap_or_default();
        kinds.split_whitespace().map(|kind| kind.to_owned().into()).collect()
    }

    /// The names of a property. RDFa's may carry a prefix; those of other vocabularies are not read.
    fn names(self, element: Spot<'_, '_>) -> Vec<String> {
        let names = match self {
            Self::Microdata => element.attr("itemprop"),
            // A nested item may be tied by `rel`, as RDFa 1.0 has it.
            Self::Rdfa => element.attr("property").or_else(|| element.attr("rel").filter(|_| element.has("typeof"))),
        };
        let names = names.unwrap_or_default();
        let bare = |name: &str| match name.rsplit_once(['/', '#', ':']) {
            Some((prefix, bare)) => (prefix == "schema" || prefix.ends_with("schema.org")).then(|| bare.to_owned()),
            None => Some(name.to_owned()),
        };
        names.split_whitespace().filter_map(bare).take(MOST_NAMES).collect()
    }
}

/// An item that is no property of another one, in the shape of a JSON-LD node.
pub(super) struct Item {
    pub(super) object: Object<'static>,
    /// Stands in a list or a carousel.
    pub(super) listed: bool,
}

struct Open {
    object: Object<'static>,
    listed: bool,
    /// Whether another item holds it.
    held: bool,
    /// Of the text that it holds itself.
    bytes: usize,
    /// Items that are properties of this one, in the order of the page.
    members: Vec<(String, usize)>,
}

/// The top-level items in the order of the page.
pub(super) fn items(survey: &Survey<'_, '_>, syntax: Syntax) -> Vec<Item> {
    let opened: Vec<usize> = survey.markup.elements().filter(|element| syntax.opens(*element)).map(Spot::index).take(MOST_ITEMS).collect();
    if opened.is_empty() {
        return Vec::new();
    }
    let mut open: Vec<Open> = opened.iter().map(|index| begin(survey, survey.markup.at(*index), syntax)).collect();
    let adopted = if syntax == Syntax::Microdata { references(survey, &opened) } else { HashMap::new() };
    fill(survey, syntax, &opened, &mut open, &adopted);
    let mut built = 0;
    let tops = (0..open.len()).filter(|item| !open[*item].held);
    tops.map(|item| Item { object: build(&open, item, 0, &mut built), listed: open[item].listed }).collect()
}

fn begin(survey: &Survey<'_, '_>, element: Spot<'_, '_>, syntax: Syntax) -> Open {
    let mut object = Object::default();
    let kinds = syntax.kinds(element);
    if !kinds.is_empty() {
        object.push("@type", Value::Array(kinds));
    }
    // `<span itemprop=price itemscope content=…>` carries its value itself.
    if let Some(content) = element.attr("content") {
        object.push("@value", content.into_owned().into());
    }
    if let Some(id) = element.attr("itemid").or_else(|| element.attr("resource")) {
        object.push("@id", id.into_owned().into());
    }
    Open { object, listed: survey.is_aside(element), held: false, bytes: 0, members: Vec::new() }
}

/// `itemref`: which items also own the elements with these ids.
fn references(survey: &Survey<'_, '_>, opened: &[usize]) -> HashMap<usize, Vec<usize>> {
    let mut wanted: HashMap<String, Vec<usize>> = HashMap::new();
    for (item, index) in opened.iter().enumerate() {
        for id in survey.markup.at(*index).attr("itemref").unwrap_or_default().split_whitespace() {
            wanted.entry(id.to_owned()).or_default().push(item);
        }
    }
    if wanted.is_empty() {
        return HashMap::new();
    }
    let named = |element: Spot<'_, '_>| Some((element.index(), wanted.get(element.attr("id")?.as_ref())?.clone()));
    survey.markup.elements().filter_map(named).collect()
}

fn fill(survey: &Survey<'_, '_>, syntax: Syntax, opened: &[usize], open: &mut [Open], adopted: &HashMap<usize, Vec<usize>>) {
    // Where the scope ends, and the items that own what stands in it.
    let mut scopes: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut next = 0;
    let mut left = MOST_BYTES;
    for element in survey.markup.elements() {
        let index = element.index();
        while scopes.last().is_some_and(|(end, _)| *end <= index) {
            scopes.pop();
        }
        if let Some(owners) = adopted.get(&index) {
            scopes.push((element.end(), owners.clone()));
        }
        let item = (opened.get(next) == Some(&index)).then(|| {
            next += 1;
            next - 1
        });
        let owners = scopes.last().map_or(&[][..], |(_, owners)| owners);
        if !owners.is_empty() {
            own(element, syntax, owners, item, open, &mut left);
        }
        if let Some(item) = item {
            scopes.push((element.end(), vec![item]));
        }
    }
}

/// Hands a property, or the item that it is, to its owners.
fn own(element: Spot<'_, '_>, syntax: Syntax, owners: &[usize], item: Option<usize>, open: &mut [Open], left: &mut usize) {
    let names = syntax.names(element);
    if names.is_empty() || *left == 0 {
        return;
    }
    let value = item.is_none().then(|| value(element, &names, syntax, LONGEST.min(*left)));
    for owner in owners {
        for name in &names {
            match (item, &value) {
                (Some(item), _) if item != *owner && *left > 0 => {
                    *left = left.saturating_sub(PROPERTY);
                    open[item].held = true;
                    open[*owner].members.push((name.clone(), item));
                }
                (None, Some(value)) if *left > 0 && value.len() <= *left => {
                    *left = left.saturating_sub(value.len() + PROPERTY);
                    open[*owner].bytes += value.len();
                    append(&mut open[*owner].object, name, value.clone().into());
                }
                _ => {}
            }
        }
    }
}

/// An item with all that it holds. References may go in circles, so depth, number and length are bounded.
fn build(open: &[Open], item: usize, depth: usize, built: &mut usize) -> Object<'static> {
    let mut object = open[item].object.clone();
    *built += 1 + open[item].bytes / HEAVY;
    if depth < DEEPEST {
        for (name, member) in &open[item].members {
            if *built < MOST_BUILT {
                append(&mut object, name, Value::Object(build(open, *member, depth + 1, built)));
            }
        }
    }
    object
}

fn append(object: &mut Object<'static>, name: &str, value: Value<'static>) {
    let is_full = object.len() >= MOST_KEYS;
    match object.get_mut(name) {
        Some(Value::Array(several)) => several.push(value),
        Some(one) => *one = Value::Array(vec![std::mem::take(one), value]),
        None if is_full => {}
        None => object.push(name.to_owned(), value),
    }
}

/// Properties that are words: the name of a thing is not the address that it links to.
const WORDS: &[&str] =
    &["name", "brand", "author", "description", "sku", "mpn", "category", "manufacturer", "ratingValue", "price", "gtin13"];

/// A property's value as the standards find it; `content` counts on every element, as shops use it.
fn value(element: Spot<'_, '_>, names: &[String], syntax: Syntax, longest: usize) -> String {
    if let Some(content) = element.attr("content") {
        return content.into_owned();
    }
    let is_word = names.iter().any(|name| WORDS.contains(&name.as_str()));
    let attribute = match element.tag() {
        Tag::Img if is_word => Some("alt"),
        Tag::Img | Tag::Audio | Tag::Embed | Tag::Iframe | Tag::Source | Tag::Track | Tag::Video => Some("src"),
        Tag::A | Tag::Area if is_word => None,
        Tag::A | Tag::Area | Tag::Link => Some("href"),
        Tag::Object => Some("data"),
        Tag::Data | Tag::Meter | Tag::Input => Some("value"),
        Tag::Time => Some("datetime"),
        _ if syntax == Syntax::Rdfa && !is_word => Some("resource"),
        _ => None,
    };
    // Pictures that are loaded late keep their address elsewhere.
    let late = || element.attr("data-src").filter(|_| element.tag() == Tag::Img);
    let read = attribute.and_then(|name| if name == "src" { late().or_else(|| element.attr(name)) } else { element.attr(name) });
    match read {
        Some(read) => read.into_owned(),
        None => lines_within(element, longest),
    }
}
