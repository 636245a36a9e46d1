//! The buttons that sell: by them a page shows what it sells, and whether it can be had.

use super::words::{Press, press};
use super::{pictured, short};
use crate::extract::markup::Spot;
use crate::extract::survey::{Marks, Survey};
use crate::extract::tag::Tag;

/// Buttons looked at.
const MOST: usize = 60;

/// A button that puts something into a cart, or orders it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Button {
    pub(super) node: usize,
    /// Whether it can be pressed.
    pub(super) open: bool,
    pub(super) press: Press,
}

pub(super) fn find(survey: &Survey<'_, '_>) -> Vec<Button> {
    let may = |element: &Spot<'_, '_>| {
        matches!(element.tag(), Tag::Button | Tag::Input | Tag::A | Tag::Span | Tag::Div) && !survey.is_aside(*element)
    };
    let read = |element: Spot<'_, '_>| Some(Button { node: element.index(), open: is_open(element), press: pressed(survey, element)? });
    survey.markup.elements().filter(may).filter_map(read).take(MOST).collect()
}

fn pressed(survey: &Survey<'_, '_>, element: Spot<'_, '_>) -> Option<Press> {
    let named = survey.own(element).has(Marks::BUY);
    let text = words_on(element, named)?;
    // A short word may be explained to those who do not see the button.
    let spoken = ["aria-label", "title"].iter().filter_map(|name| element.attr(name)).find_map(|label| press(&label.to_lowercase()));
    let found = press(&text.to_lowercase()).or_else(|| spoken.filter(|_| text.len() < 12))?;
    // Links with such words are often menus: they need a name, too.
    (element.tag() != Tag::A || named || text.len() < 30).then_some(found)
}

fn words_on(element: Spot<'_, '_>, named: bool) -> Option<String> {
    let text = match element.tag() {
        Tag::Input => match element.raw_attr("type").unwrap_or("text").to_ascii_lowercase().as_str() {
            "submit" | "button" => element.attr("value")?.into_owned(),
            "image" => element.attr("alt").or_else(|| element.attr("title")).or_else(|| element.attr("name"))?.into_owned(),
            _ => return None,
        },
        Tag::Button | Tag::A => short(element)?,
        // A box around the buttons is none itself.
        _ if named && !element.elements().any(|inner| matches!(inner.tag(), Tag::Button | Tag::Input | Tag::A)) => short(element)?,
        _ => return None,
    };
    let spoken = || element.attr("aria-label").or_else(|| element.attr("title")).unwrap_or_default().into_owned();
    let text = if text.is_empty() { spoken() } else { text };
    Some(if text.is_empty() { pictured(element) } else { text })
}

fn is_open(element: Spot<'_, '_>) -> bool {
    let class = element.raw_attr("class").unwrap_or_default();
    let closed = class.split_ascii_whitespace().any(|name| {
        name == "disabled"
            || name.ends_with("-disabled")
            || name.ends_with("--disabled")
            || name.ends_with("_disabled")
            || name == "outOfStock"
    });
    !(element.has("disabled") || element.raw_attr("aria-disabled") == Some("true") || closed)
}
