//! Descriptions as HTML that may be shown anywhere.

use std::sync::LazyLock;

use super::text::{looks_marked, text_of};

/// Longest description that is kept as HTML, in bytes.
const LONGEST: usize = 200_000;

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::empty();
    cleaner
        .add_tags([
            "p",
            "br",
            "ul",
            "ol",
            "li",
            "b",
            "strong",
            "i",
            "em",
            "u",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "dl",
            "dt",
            "dd",
            "sub",
            "sup",
            "blockquote",
            "a",
        ])
        .add_tag_attributes("a", ["href"])
        .add_url_schemes(["http", "https"])
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// The harmless part of a text that is HTML, escaped or not; nothing for plain text.
pub(super) fn html(raw: &str) -> Option<String> {
    if raw.len() > LONGEST {
        return None;
    }
    let escaped = (!looks_marked(raw)).then(|| htmlize::unescape(raw));
    let marked = escaped.as_deref().unwrap_or(raw);
    if !looks_marked(marked) {
        return None;
    }
    let clean = CLEANER.clean(marked).to_string();
    let clean = clean.trim();
    // Elements that are all left out leave a plain text.
    (looks_marked(clean) && !text_of(clean).is_empty()).then(|| clean.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_elements_stay() {
        for (raw, expected) in [
            ("Un gel.", None),
            ("<div>Un gel.</div>", None),
            ("<p onclick='x()'>Un <b class=a>gel</b>.</p><script>x()</script>", Some("<p>Un <b>gel</b>.</p>")),
            ("&lt;p&gt;Un gel.&lt;/p&gt;", Some("<p>Un gel.</p>")),
            (
                "<p><a href='javascript:x()'>gel</a> <img src=x onerror=y></p>",
                Some("<p><a rel=\"noopener noreferrer nofollow\">gel</a> </p>"),
            ),
            ("<p>5 < 6", Some("<p>5 &lt; 6</p>")),
        ] {
            assert_eq!(html(raw).as_deref(), expected, "{raw}");
        }
    }
}
