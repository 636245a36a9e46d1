//! The signs that an element bears itself: by its tag, its names and its style.

use super::marks::Marks;
use super::names::signs;
use crate::extract::markup::Spot;
use crate::extract::tag::Tag;

pub(super) fn own(element: Spot<'_, '_>) -> Marks {
    let tag = element.tag();
    let mut marks = match tag {
        Tag::Nav | Tag::Footer | Tag::Aside | Tag::Dialog => Marks::ASIDE,
        Tag::S | Tag::Strike | Tag::Del => Marks::OLD,
        Tag::Sup => Marks::CENTS,
        _ => Marks::default(),
    };
    // The body's classes describe the page, not a part of it.
    let described = !matches!(tag, Tag::Html | Tag::Body | Tag::Main);
    let mut hidden = false;
    let mut style = None;
    for (name, value) in element.attributes() {
        match Named::of(name) {
            Named::Sign if described => marks = marks.with(signs(value)),
            Named::Hidden => hidden = true,
            Named::Type => hidden |= *value == "hidden",
            Named::Style => style = Some(*value),
            Named::Sign | Named::Other => {}
        }
    }
    // A box to buy in may stand at the side of the page.
    if tag == Tag::Aside && marks.has(Marks::BUY.with(Marks::MAIN).with(Marks::PRICE)) {
        marks = marks.without(Marks::ASIDE);
    }
    if hidden {
        marks = marks.with(Marks::HIDDEN);
    }
    style.map_or(marks, |style| marks.with(styled(style)))
}

/// What an attribute is for. Each of a page is looked at once.
enum Named {
    Sign,
    Hidden,
    Type,
    Style,
    Other,
}

impl Named {
    fn of(name: &str) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match name.len() {
            2 if is("id") => Self::Sign,
            4 if is("type") => Self::Type,
            5 if is("class") => Self::Sign,
            5 if is("style") => Self::Style,
            6 if is("hidden") => Self::Hidden,
            9 if is("data-test") || is("data-hook") => Self::Sign,
            11 if is("data-testid") => Self::Sign,
            18 if is("data-automation-id") => Self::Sign,
            _ => Self::Other,
        }
    }
}

fn styled(style: &str) -> Marks {
    let plain: String = style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let hidden = plain.contains("display:none") || plain.contains("visibility:hidden");
    let old = plain.contains("line-through");
    match (hidden, old) {
        (false, false) => Marks::default(),
        (true, false) => Marks::HIDDEN,
        (false, true) => Marks::OLD,
        (true, true) => Marks::HIDDEN.with(Marks::OLD),
    }
}
