//! Steps through text by byte offsets, so that nothing is copied while a price is looked for.

use std::borrow::Cow;

/// Spaces of every width, marks without width and marks of direction: shops put any of them into and around numbers.
pub(super) fn is_space(c: char) -> bool {
    match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => true,
        other => other.is_whitespace(),
    }
}

pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '−' | '－')
}

pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ')
}

/// ASCII and full-width digits.
pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

pub(super) fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// Where the characters of one kind end that start at `at`.
pub(super) fn run_end(text: &str, at: usize, kind: impl Fn(char) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start_matches(kind).len()
}

/// Where the characters of one kind start that end at `at`.
pub(super) fn run_start(text: &str, at: usize, kind: impl Fn(char) -> bool) -> usize {
    text.get(..at).unwrap_or_default().char_indices().rev().take_while(|(_, c)| kind(*c)).last().map_or(at, |(start, _)| start)
}

pub(super) fn skip_spaces(text: &str, at: usize) -> usize {
    run_end(text, at, is_space)
}

pub(super) fn back_over_spaces(text: &str, at: usize) -> usize {
    run_start(text, at, is_space)
}

/// The letters that start at `at`, maybe none.
pub(super) fn word_at(text: &str, at: usize) -> &str {
    &text[at..run_end(text, at, char::is_alphabetic)]
}

/// The letters that end at `at`, maybe none.
pub(super) fn word_before(text: &str, at: usize) -> &str {
    &text[run_start(text, at, char::is_alphabetic)..at]
}

/// A word in lower case, copied only where it is not.
pub(super) fn lower(word: &str) -> Cow<'_, str> {
    if word.chars().any(char::is_uppercase) { Cow::Owned(word.to_lowercase()) } else { Cow::Borrowed(word) }
}
