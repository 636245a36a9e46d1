//! Text out of markup: what a person reads, on one line or in paragraphs.

use std::borrow::Cow;

use super::markup::{Markup, Piece, Spot, unescape};

/// Bytes looked at together: without a way out among them the compiler makes vectors of them.
const BLOCK: usize = 64;

/// Whether there is nothing to put in order: words between single spaces, on one line. May say no where there is not either.
fn is_tidy(text: &str) -> bool {
    let bytes = text.as_bytes();
    // White space beyond ASCII begins with one of the last four; `é` does not.
    let odd = |byte: u8| byte.is_ascii_control() | (byte == 0xC2) | (byte.wrapping_sub(0xE1) < 3);
    let has_odd = |block: &[u8]| block.iter().fold(false, |found, byte| found | odd(*byte));
    let doubled = |(block, next): (&[u8], &[u8])| block.iter().zip(next).fold(false, |found, two| found | (two == (&b' ', &b' ')));
    let next = bytes.get(1..).unwrap_or_default();
    !(bytes.first() == Some(&b' ')
        || bytes.last() == Some(&b' ')
        || bytes.chunks(BLOCK).any(has_odd)
        || bytes.chunks(BLOCK).zip(next.chunks(BLOCK)).any(doubled))
}

/// What nobody sees and what may do harm where the text is shown: escapes of a terminal, turns of the reading direction.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !c.is_whitespace()) || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn seen(text: &str) -> Cow<'_, str> {
    if text.contains(is_unseen) { Cow::Owned(text.replace(is_unseen, "")) } else { Cow::Borrowed(text) }
}

/// All white space, no-break spaces included, as single spaces; without what nobody sees.
pub(crate) fn one_line(text: &str) -> String {
    if is_tidy(text) {
        return text.to_owned();
    }
    let text = seen(text);
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Each line on its own, without empty ones; without what nobody sees.
pub(crate) fn tidy(text: &str) -> String {
    if is_tidy(text) {
        return text.to_owned();
    }
    let text = seen(text);
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        let from = out.len();
        for word in line.split_whitespace() {
            if out.len() > from {
                out.push(' ');
            } else if from > 0 {
                out.push('\n');
            }
            out.push_str(word);
        }
    }
    out
}

/// The text of an element on one line.
pub(crate) fn line(spot: Spot<'_, '_>) -> String {
    one_line(&lines(spot))
}

/// The beginning of an element's text on one line, of about so many bytes in the source. To be taken much longer than what counts:
/// white space is counted, too.
pub(crate) fn line_within(spot: Spot<'_, '_>, longest: usize) -> String {
    one_line(&lines_within(spot, longest))
}

/// The text of an element, a new line for each block and each `<br>`.
pub(crate) fn lines(spot: Spot<'_, '_>) -> String {
    lines_but(spot, |_| false)
}

/// Like [`lines`], up to about this many bytes: elements may stand in each other, and the text of each be asked for.
pub(crate) fn lines_within(spot: Spot<'_, '_>, longest: usize) -> String {
    read(spot, longest, |_| false)
}

/// Like [`lines`], without the elements that `skip` names.
pub(crate) fn lines_but(spot: Spot<'_, '_>, skip: impl Fn(Spot<'_, '_>) -> bool) -> String {
    read(spot, usize::MAX, skip)
}

fn read(spot: Spot<'_, '_>, longest: usize, skip: impl Fn(Spot<'_, '_>) -> bool) -> String {
    let mut out = String::new();
    let mut breaks: Vec<usize> = Vec::new();
    let mut from = 0;
    for node in spot.inside() {
        while breaks.last().is_some_and(|end| *end <= node.index()) {
            breaks.pop();
            out.push('\n');
        }
        if node.index() < from {
            continue;
        }
        if out.len() >= longest {
            break;
        }
        match node.piece() {
            Piece::Element(element) if element.tag().is_silent() || skip(element) => from = element.end(),
            Piece::Element(element) if element.tag().is_block() => {
                out.push('\n');
                breaks.push(element.end());
            }
            Piece::Element(_) => {}
            Piece::Text(text) => {
                let room = longest.saturating_sub(out.len());
                push_inline(&mut out, beginning(text, room));
            }
        }
    }
    tidy(&out)
}

/// The text up to so many bytes, and to the end of a character.
fn beginning(text: &str, longest: usize) -> &str {
    &text[..text.ceil_char_boundary(longest)]
}

/// Line breaks in the source mean nothing.
fn push_inline(out: &mut String, text: &str) {
    let text = unescape(text);
    if text.contains(['\n', '\r', '\t']) {
        out.extend(text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }));
    } else {
        out.push_str(&text);
    }
}

/// How often a text may be escaped over itself.
const ESCAPED: usize = 3;

/// Text as structured data holds it: HTML, escaped HTML or plain. Entities may be escaped twice.
pub(crate) fn text_of(raw: &str) -> String {
    tidy(&plain(raw))
}

/// The same on one line.
pub(crate) fn line_of(raw: &str) -> String {
    one_line(&plain(raw))
}

fn plain(raw: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(raw);
    for _ in 0..ESCAPED {
        if !(looks_marked(&text) || looks_escaped(&text)) {
            break;
        }
        text = Cow::Owned(lines(Markup::scan(&text).root()));
    }
    text
}

pub(crate) fn looks_marked(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'))
}

pub(crate) fn looks_escaped(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let name = &text.as_bytes()[at + 1..];
        let length = name.iter().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b'#').count();
        length > 1 && name.get(length) == Some(&b';')
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn white_space_of_all_kinds() {
        for (text, expected) in [
            ("un deux", "un deux"),
            (" un deux", "un deux"),
            ("un  deux ", "un deux"),
            ("un\u{a0}deux", "un deux"),
            ("un\u{2009}\u{3000}deux\u{85}", "un deux"),
            ("un\u{1680}deux", "un deux"),
            ("un\tdeux", "un deux"),
            ("un \u{1b}[2J\0deux\u{9b}1m", "un [2Jdeux1m"),
            ("un \u{202e}\u{2066}deux \u{7f}", "un deux"),
            ("\u{1b} \u{7}", ""),
            ("l’été", "l’été"),
            ("", ""),
            (" ", ""),
        ] {
            assert_eq!((one_line(text).as_str(), tidy(text).as_str()), (expected, expected), "{text:?}");
        }
    }

    #[test]
    fn text_in_all_its_disguises() {
        for (raw, expected) in [
            ("Crème  douce\n", "Crème douce"),
            ("Cr&egrave;me", "Crème"),
            ("Cr&amp;egrave;me &amp;amp; lait", "Crème & lait"),
            ("<p>Un.</p><p>Deux<br>trois</p><script>x()</script>", "Un.\nDeux\ntrois"),
            ("&lt;p&gt;Un&lt;/p&gt;&lt;p&gt;Deux&lt;/p&gt;", "Un\nDeux"),
            ("Soins & beauté, < 5 ml", "Soins & beauté, < 5 ml"),
            ("A&B;", "A&B;"),
        ] {
            assert_eq!(text_of(raw), expected, "{raw:?}");
        }
    }
}
