//! Takes the depth out of hostile pages before the DOM is built.
//!
//! The tree builder looks through all open elements at each block tag: 20,000 nested `<div>` cost seconds, 100,000 minutes.
//! Browsers flatten such pages too. Text, scripts and everything up to [`DEEPEST`] levels stay as they are.

use std::borrow::Cow;

/// Levels of elements kept. Pages of shops have 30 to 60; each level costs at every block tag below it.
const DEEPEST: usize = 256;

/// Elements without an end tag.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "!doctype"];
/// Elements that the next of their kind closes: left open on honest pages, so they do not count as depth.
const SELF_CLOSING: &[&str] =
    &["p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "html", "head", "body"];
/// Elements whose content is text up to their end tag.
const RAW: &[&str] = &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"];

/// The page with tags beyond the depth limit left out; borrowed when there are none.
pub(super) fn flatten(html: &str) -> Cow<'_, str> {
    let mut open: Vec<&str> = Vec::new();
    let mut dropped = 0_usize;
    let mut out: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(start) = html[at..].find('<').map(|found| at + found) {
        let Some(tag) = tag_at(html, start) else {
            at = start + 1;
            continue;
        };
        at = tag.end;
        if tag.raw_end > tag.end {
            at = tag.raw_end;
        } else if tag.depth_matters() && !settle(&mut open, &mut dropped, &tag) {
            let out = out.get_or_insert_with(|| String::with_capacity(html.len()));
            out.push_str(&html[copied..start]);
            copied = tag.end;
        }
    }
    match out {
        None => Cow::Borrowed(html),
        Some(mut out) => {
            out.push_str(&html[copied..]);
            Cow::Owned(out)
        }
    }
}

/// Follows the nesting; false when the tag has to go.
fn settle<'a>(open: &mut Vec<&'a str>, dropped: &mut usize, tag: &Tag<'a>) -> bool {
    if tag.closes {
        if *dropped > 0 {
            *dropped -= 1;
            return false;
        }
        // Only as far as the limit is deep, so the search is bounded.
        if let Some(place) = open.iter().rposition(|name| name.eq_ignore_ascii_case(tag.name)) {
            open.truncate(place);
        }
        return true;
    }
    if open.len() < DEEPEST {
        open.push(tag.name);
        return true;
    }
    *dropped += 1;
    false
}

struct Tag<'a> {
    name: &'a str,
    closes: bool,
    end: usize,
    /// Behind the content of a raw text element; 0 for others.
    raw_end: usize,
}

impl Tag<'_> {
    fn depth_matters(&self) -> bool {
        let is = |list: &[&str]| list.iter().any(|name| name.eq_ignore_ascii_case(self.name));
        !(is(VOID) || is(SELF_CLOSING) || is(RAW))
    }
}

fn tag_at(html: &str, start: usize) -> Option<Tag<'_>> {
    let rest = &html[start + 1..];
    if let Some(comment) = rest.strip_prefix("!--") {
        let end = comment.find("-->").map_or(html.len(), |found| start + 4 + found + 3);
        return Some(Tag { name: "!doctype", closes: false, end, raw_end: 0 });
    }
    let closes = rest.starts_with('/');
    let from = start + 1 + usize::from(closes);
    let length = html[from..].bytes().take_while(|b| !(b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<'))).count();
    let name = &html[from..from + length];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let end = tag_end(html, from + length);
    let raw = !closes && RAW.iter().any(|raw| raw.eq_ignore_ascii_case(name));
    Some(Tag { name, closes, end, raw_end: if raw { raw_end(html, end, name) } else { 0 } })
}

/// Behind the `>` that is not inside a quoted attribute value.
fn tag_end(html: &str, from: usize) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (offset, byte) in html.as_bytes()[from..].iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if after_equals => quote = Some(*byte),
            (None, b'>') => return from + offset + 1,
            (None, _) => {}
        }
        after_equals = *byte == b'=' || (after_equals && byte.is_ascii_whitespace());
    }
    html.len()
}

fn raw_end(html: &str, from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(found) = html[at..].find("</").map(|found| at + found) {
        if html.as_bytes()[found + 2..].get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name.as_bytes())) {
            return found;
        }
        at = found + 2;
    }
    html.len()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn honest_pages_stay_as_they_are() {
        for html in [
            "",
            "plain < text > here",
            "<!doctype html><p>a<p>b<br><img src='x>y'><!-- <div> --><script>if (a<b) '<div>'</script>",
            &format!("<ul>{}</ul>", "<li>x".repeat(2_000)),
            &"<div a=\"</div>\"></div>".repeat(2_000),
        ] {
            assert!(matches!(flatten(html), Cow::Borrowed(_)), "{html:.80}");
        }
    }

    #[test]
    fn deep_pages_keep_their_text_and_scripts() {
        let html = format!("{}x<script>{{}}</script>{}<b>y</b>", "<div>".repeat(2_000), "</div>".repeat(2_000));
        let flat = flatten(&html);
        assert_eq!(flat.matches("<div>").count(), DEEPEST);
        assert_eq!(flat.matches("</div>").count(), DEEPEST);
        assert!(flat.contains("x<script>{}</script>") && flat.ends_with("<b>y</b>"));
    }

    #[test]
    fn end_tags_of_other_elements_do_not_hide_depth() {
        let flat = flatten(&"<div></span>".repeat(100_000)).into_owned();
        assert!(flat.matches("<div>").count() <= DEEPEST);
    }
}
