//! What is no markup inside of a page: comments, scripts, and all that is text up to its end tag.

use memchr::{memchr, memchr_iter, memchr2_iter, memmem};

use super::scanner::Scanner;
use super::{Kind, Node};
use crate::extract::tag::Tag;

impl Scanner<'_> {
    pub(super) fn comment_end(&self, start: usize) -> usize {
        let bytes = self.html.as_bytes();
        if let Some(rest) = bytes[start..].strip_prefix(b"<!--") {
            if rest.starts_with(b">") || rest.starts_with(b"->") {
                return start + if rest[0] == b'>' { 5 } else { 6 };
            }
            let ends = |at: &usize| rest[..*at].ends_with(b"--") || rest[..*at].ends_with(b"--!");
            return memchr_iter(b'>', rest).find(ends).map_or(self.html.len(), |at| start + 4 + at + 1);
        }
        if self.foreign > 0 && bytes[start..].starts_with(b"<![CDATA[") {
            return memmem::find(&bytes[start..], b"]]>").map_or(self.html.len(), |at| start + at + 3);
        }
        memchr(b'>', &bytes[start..]).map_or(self.html.len(), |at| start + at + 1)
    }

    pub(super) fn raw(&mut self, index: u32, tag: Tag, name: &str) {
        let end = self.raw_end(self.at, tag, name);
        if self.at < end {
            let text = self.markup.nodes.len() as u32;
            let source = &self.html[self.at..end];
            self.markup.nodes.push(Node { parent: index, end: text + 1, source, kind: Kind::Raw });
            self.markup.nodes[index as usize].end = text + 1;
        }
        let bytes = self.html.as_bytes();
        self.at = memchr(b'>', &bytes[end..]).map_or(self.html.len(), |at| end + at + 1);
    }

    /// Where the end tag of a raw element begins.
    fn raw_end(&self, from: usize, tag: Tag, name: &str) -> usize {
        let bytes = self.html.as_bytes();
        let is_end = |at: &usize| is_tag(&bytes[at + 2..], name.as_bytes());
        let end = memmem::find_iter(&bytes[from..], b"</").map(|at| from + at).find(is_end).unwrap_or(self.html.len());
        let comments = tag == Tag::Script && memmem::find(&bytes[from..end], b"<!--").is_some();
        if comments { self.script_end(from) } else { end }
    }

    /// The same of a script that holds comments: behind `<!--`, `<script` hides the next end tag.
    fn script_end(&self, from: usize) -> usize {
        let bytes = self.html.as_bytes();
        let mut within = Within::Script;
        for at in memchr2_iter(b'<', b'>', &bytes[from..]).map(|at| from + at) {
            let rest = &bytes[at..];
            let ends = rest.starts_with(b"</") && is_tag(&rest[2..], b"script");
            within = match within {
                Within::Script | Within::Comment if ends => return at,
                Within::Hidden if ends => Within::Comment,
                Within::Script if rest.starts_with(b"<!--") => Within::Comment,
                Within::Comment if rest[0] == b'<' && is_tag(&rest[1..], b"script") => Within::Hidden,
                Within::Comment | Within::Hidden if bytes[from..=at].ends_with(b"-->") => Within::Script,
                within => within,
            };
        }
        self.html.len()
    }
}

#[derive(Clone, Copy)]
enum Within {
    Script,
    Comment,
    /// In a `<script>` in a comment.
    Hidden,
}

fn is_tag(text: &[u8], name: &[u8]) -> bool {
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && text.get(name.len()).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
}
