//! JSON as shops write it into their pages, made JSON again.
//!
//! Valid JSON is never touched. A block that ends in the middle stays unread: half a price is worse than none.

mod mender;

use super::json::{self, Value};
use mender::{Dialect, Mender};

/// The values of one block: mostly one, several when a template printed objects one after the other, none when it is beyond
/// repair.
pub(super) fn parse(block: &str) -> Vec<Value<'_>> {
    match json::parse(block) {
        // The block as a text of its own.
        Some(Value::String(text)) => {
            let inner = json::parse_owned(&text).filter(|inner| inner.is_object() || inner.is_array());
            return vec![inner.unwrap_or(Value::String(text))];
        }
        Some(value) => return vec![value],
        None => {}
    }
    let bare = unwrap(block);
    let bare = if is_escaped(bare) { unescape(bare) } else { bare.to_owned() };
    let bare = if inner(&bare).starts_with(['“', '„', '”']) { bare.replace(['“', '„', '”'], "\"") } else { bare };
    mend(&bare).iter().filter_map(|text| json::parse_owned(text)).collect()
}

/// Takes comment and CDATA wrappers off both ends.
fn unwrap(block: &str) -> &str {
    let mut text = block;
    loop {
        let before = text.len();
        text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'));
        for opener in ["<!--", "<![CDATA[", "//<![CDATA[", "// <![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */"] {
            text = text.strip_prefix(opener).unwrap_or(text);
        }
        for closer in ["-->", "//]]>", "// ]]>", "/*]]>*/", "/* ]]> */", "]]>", "//"] {
            text = text.strip_suffix(closer).unwrap_or(text);
        }
        if text.len() == before {
            return text;
        }
    }
}

/// Escaped as a whole: the quotes of the keys are entities.
fn is_escaped(text: &str) -> bool {
    let start = inner(text).get(..10).unwrap_or(inner(text)).to_ascii_lowercase();
    ["&quot;", "&#34;", "&#034;", "&#x22;", "&amp;quot;", "&amp;#34;"].iter().any(|quote| start.starts_with(quote))
}

/// What stands behind the first brackets: the first quote as a rule.
fn inner(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '[' | '(' | ','))
}

/// Undoes the entities, twice where they are escaped twice; tags inside the strings survive as text.
fn unescape(text: &str) -> String {
    let text = htmlize::unescape(text);
    if is_escaped(&text) { htmlize::unescape(&*text).into_owned() } else { text.into_owned() }
}

/// Rewrites a block into JSON texts, one for each complete root value.
fn mend(text: &str) -> Vec<String> {
    let mut mender = Mender::new(text, Dialect::Json);
    mender.run();
    mender.roots
}

/// Marks a variable's name where a value is expected.
pub(super) const BARE: char = '\u{1}';

/// A literal as JavaScript writes it: single quotes, bare keys, comments. Values that only a script could compute are null.
pub(super) fn literal(text: &str) -> Option<Value<'static>> {
    let mut mender = Mender::new(text, Dialect::Script);
    mender.run();
    json::parse_owned(mender.roots.first()?)
}

/// The literal at the beginning of a text and what follows it; variables are texts that begin with [`BARE`].
pub(super) fn prefix(text: &str) -> Option<(Value<'static>, &str)> {
    let mut mender = Mender::new(text, Dialect::Function);
    mender.run();
    let length: usize = mender.chars[..mender.at].iter().map(|c| c.len_utf8()).sum();
    Some((json::parse_owned(mender.roots.first()?)?, &text[length..]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
