//! Class names and ids, looked through once for all signs.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::marks::Marks;
use super::signs::{Fit, SIGNS};

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let signs = SIGNS.iter().map(|(sign, ..)| sign);
    AhoCorasickBuilder::new().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(signs).ok()
});

/// Longest class attribute that is looked through.
const LONGEST: usize = 400;

/// The signs in a class attribute or an id.
pub(super) fn signs(names: &str) -> Marks {
    let names = names.get(..LONGEST).unwrap_or(names);
    let Some(finder) = FINDER.as_ref().filter(|_| names.len() < 4 * LONGEST) else { return Marks::default() };
    let mut marks = Marks::default();
    for found in finder.find_overlapping_iter(names) {
        let (sign, fit, mark) = SIGNS[found.pattern().as_usize()];
        let fits = match fit {
            // A preview is no review.
            Fit::Part => sign != "review" || !ends_in_p(&names.as_bytes()[..found.start()]),
            Fit::Word => {
                is_word(names.as_bytes(), found.start(), found.end()) && !(mark == Marks::HIDDEN && hides_a_part(&names[..found.start()]))
            }
            Fit::Alone => is_alone(names.as_bytes(), found.start(), found.end()),
        };
        if fits {
            marks = marks.with(mark);
        }
    }
    // `visually-hidden` holds the word `hidden`.
    if marks.has(Marks::SPOKEN) { marks.without(Marks::HIDDEN) } else { marks }
}

/// `label-hidden` hides the label, `overflow-hidden` what stands out.
fn hides_a_part(before: &str) -> bool {
    ["label-", "title-", "overflow-", "overflow-x-", "overflow-y-", "backface-"].iter().any(|part| before.ends_with(part))
}

fn ends_in_p(before: &[u8]) -> bool {
    matches!(before.last(), Some(b'p' | b'P'))
}

fn is_alone(text: &[u8], from: usize, to: usize) -> bool {
    let apart = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    apart(from.checked_sub(1).and_then(|at| text.get(at))) && apart(text.get(to))
}

fn is_word(text: &[u8], from: usize, to: usize) -> bool {
    let before = from.checked_sub(1).map(|at| text[at]);
    let starts = before.is_none_or(|byte| !byte.is_ascii_alphabetic() || (byte.is_ascii_lowercase() && text[from].is_ascii_uppercase()));
    // `md:hidden` hides on some screens only.
    starts && before != Some(b':') && text.get(to).is_none_or(|byte| !byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names() {
        for (names, mark, expected) in [
            ("old-price", Marks::OLD, true),
            ("oldPrice", Marks::OLD, true),
            ("priceOld", Marks::OLD, true),
            ("gold", Marks::OLD, false),
            ("sold-out", Marks::OLD, false),
            ("price--compare", Marks::OLD, true),
            ("product-cards-related", Marks::ASIDE, true),
            ("product-item-info", Marks::CARD, true),
            ("product-itemised", Marks::CARD, false),
            ("visually-hidden", Marks::HIDDEN, false),
            ("visually-hidden", Marks::SPOKEN, true),
            ("md:hidden", Marks::HIDDEN, false),
            ("field--label-hidden field__item", Marks::HIDDEN, false),
            ("rounded overflow-hidden", Marks::HIDDEN, false),
            ("label-hidden hidden", Marks::HIDDEN, true),
            ("prixTTC", Marks::PRICE, true),
            ("woocommerce-Price-amount amount", Marks::PRICE, true),
            ("savings", Marks::NO_PRICE, true),
            ("unsaved", Marks::NO_PRICE, false),
            ("cm-image-previewer", Marks::OPINIONS, false),
            ("productReviews", Marks::OPINIONS, true),
        ] {
            assert_eq!(signs(names).has(mark), expected, "{names}");
        }
    }
}
