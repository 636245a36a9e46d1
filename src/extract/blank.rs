//! Documents without a word: what shops send that fill their pages by scripts, or keep programs away with them.

use super::markup::Markup;
use super::tag::Tag;

/// Whether a document has neither text nor pictures for people, nor data for programs.
pub(crate) fn shows_nothing(html: &str) -> bool {
    let markup = Markup::scan(html);
    (0..markup.len()).map(|index| markup.at(index)).all(|spot| match spot.text() {
        // A title and the advice to switch scripts on are on every such page.
        Some(text) => text.trim().is_empty() || spot.parent().is_some_and(|holder| holds_no_words(holder.tag(), &text)),
        None => match spot.tag() {
            Tag::Img => false,
            Tag::Meta => !spot.has("itemprop") && spot.attr("property").is_none_or(|property| !property.starts_with("og:")),
            Tag::Script => spot.attr("type").is_none_or(|kind| !kind.contains("json")),
            _ => true,
        },
    })
}

fn holds_no_words(tag: Tag, text: &str) -> bool {
    match tag {
        Tag::Title | Tag::Noscript | Tag::Style => true,
        Tag::Script => !text.to_ascii_lowercase().contains("product"),
        _ => false,
    }
}
