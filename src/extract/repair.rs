//! JSON as shops write it into their pages, made JSON again.
//!
//! Valid JSON is never touched. A block that ends in the middle stays unread: half a price is worse than none.

use serde_json::Value;

/// The values of one block: mostly one, several when a template printed objects one after the other, none when it is beyond
/// repair.
pub(super) fn parse(block: &str) -> Vec<Value> {
    match serde_json::from_str(block) {
        // The block as a text of its own.
        Ok(Value::String(text)) => {
            let inner = serde_json::from_str::<Value>(&text).ok().filter(|inner| inner.is_object() || inner.is_array());
            return vec![inner.unwrap_or(Value::String(text))];
        }
        Ok(value) => return vec![value],
        Err(_) => {}
    }
    let bare = unwrap(block);
    let bare = if is_escaped(bare) { unescape(bare) } else { bare.to_owned() };
    let bare = if inner(&bare).starts_with(['“', '„', '”']) { bare.replace(['“', '„', '”'], "\"") } else { bare };
    mend(&bare).iter().filter_map(|text| serde_json::from_str(text).ok()).collect()
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

/// Longest key of schema.org, and some more.
const LONGEST_KEY: usize = 60;

/// Marks a variable's name where a value is expected.
pub(super) const BARE: char = '\u{1}';

/// A literal as JavaScript writes it: single quotes, bare keys, comments. Values that only a script could compute are null.
pub(super) fn literal(text: &str) -> Option<Value> {
    let mut mender = Mender::new(text, Dialect::Script);
    mender.run();
    serde_json::from_str(mender.roots.first()?).ok()
}

/// The literal at the beginning of a text and what follows it; variables are texts that begin with [`BARE`].
pub(super) fn prefix(text: &str) -> Option<(Value, &str)> {
    let mut mender = Mender::new(text, Dialect::Function);
    mender.run();
    let length: usize = mender.chars[..mender.at].iter().map(|c| c.len_utf8()).sum();
    Some((serde_json::from_str(mender.roots.first()?).ok()?, &text[length..]))
}

/// What is being mended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Json,
    Script,
    /// The body of a function: only its first literal counts.
    Function,
}

struct Mender {
    chars: Vec<char>,
    at: usize,
    out: String,
    open: Vec<char>,
    roots: Vec<String>,
    dialect: Dialect,
    /// JSON written with single quotes throughout.
    single: bool,
}

impl Mender {
    fn new(text: &str, dialect: Dialect) -> Self {
        let single = dialect == Dialect::Json && inner(text).starts_with('\'');
        Self { chars: text.chars().collect(), at: 0, out: String::new(), open: Vec::new(), roots: Vec::new(), dialect, single }
    }

    fn run(&mut self) {
        while let Some(&character) = self.chars.get(self.at) {
            match character {
                '"' => self.string('"'),
                '\'' if self.single => self.string('\''),
                '\'' | '`' if self.dialect != Dialect::Json => self.string(character),
                '/' if matches!(self.chars.get(self.at + 1), Some('/' | '*')) => self.comment(),
                '<' if self.ahead("<!--") || self.ahead("<![CDATA[") => self.at += if self.ahead("<!--") { 4 } else { 9 },
                '{' | '[' => self.opens(character),
                '}' | ']' => self.closes(character),
                _ if self.open.is_empty() => self.at += 1, // `;`, `]]>`, a variable's name
                ',' => self.comma(),
                ':' => self.keep(':'),
                _ if character.is_whitespace() => self.at += 1,
                _ => self.word(),
            }
            if self.dialect == Dialect::Function && !self.roots.is_empty() {
                return;
            }
        }
    }

    fn keep(&mut self, character: char) {
        self.out.push(character);
        self.at += 1;
    }

    fn ahead(&self, text: &str) -> bool {
        self.chars[self.at..].iter().copied().take(text.len()).eq(text.chars())
    }

    /// A comma between two values that the template forgot.
    fn part(&mut self) {
        if self.out.ends_with(|c: char| matches!(c, '"' | '}' | ']') || c.is_alphanumeric()) && !self.open.is_empty() {
            self.out.push(',');
        }
    }

    /// A key without a value.
    fn fill(&mut self) {
        if self.out.ends_with(':') {
            self.out.push_str("null");
        }
    }

    fn opens(&mut self, character: char) {
        self.part();
        self.open.push(if character == '{' { '}' } else { ']' });
        self.keep(character);
    }

    /// A closer that nothing opened is left out, so `}}` at the end does no harm.
    fn closes(&mut self, character: char) {
        if self.open.last() != Some(&character) {
            self.at += 1;
            return;
        }
        self.fill();
        while self.out.ends_with(',') {
            self.out.pop();
        }
        self.open.pop();
        self.keep(character);
        if self.open.is_empty() {
            self.roots.push(std::mem::take(&mut self.out));
        }
    }

    fn comma(&mut self) {
        self.fill();
        if !self.out.ends_with([',', '{', '[']) {
            self.out.push(',');
        }
        self.at += 1;
    }

    fn comment(&mut self) {
        let line = self.chars[self.at + 1] == '/';
        self.at += 2;
        while self.at < self.chars.len() {
            let ends = if line { self.chars[self.at] == '\n' } else { self.ahead("*/") };
            self.at += if ends && !line { 2 } else { 1 };
            if ends {
                return;
            }
        }
    }

    fn string(&mut self, quote: char) {
        let silent = self.open.is_empty();
        let from = self.out.len();
        self.part();
        self.replace("\"");
        while let Some(&character) = self.chars.get(self.at) {
            match character {
                '\\' => self.escape(),
                _ if character == quote && self.joined(quote).is_some() => self.at = self.joined(quote).unwrap_or(self.at + 1),
                _ if character == quote && (self.dialect != Dialect::Json || self.ends_string()) => {
                    self.replace("\"");
                    break;
                }
                '"' => self.replace("\\\""),
                '\n' => self.replace("\\n"),
                '\t' => self.replace("\\t"),
                _ if character.is_control() => self.replace(" "),
                _ => self.keep(character),
            }
        }
        if silent {
            self.out.truncate(from);
        }
    }

    fn replace(&mut self, text: &str) {
        self.out.push_str(text);
        self.at += 1;
    }

    fn escape(&mut self) {
        match self.chars.get(self.at + 1) {
            Some(&known @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
                self.out.extend(['\\', known]);
                self.at += 2;
            }
            Some('u') if self.chars.iter().skip(self.at + 2).take(4).filter(|c| c.is_ascii_hexdigit()).count() == 4 => {
                self.out.push_str("\\u");
                self.at += 2;
            }
            // `\'` and the like: the backslash is not needed.
            Some(&quote @ ('\'' | '`')) => {
                self.out.push(quote);
                self.at += 2;
            }
            _ => self.replace("\\\\"),
        }
    }

    /// Where a string goes on behind `" + "`.
    fn joined(&self, quote: char) -> Option<usize> {
        let blank = |from: usize| self.chars[from..].iter().position(|c| !c.is_whitespace()).map(|more| from + more);
        let plus = blank(self.at + 1).filter(|at| self.chars[*at] == '+')?;
        blank(plus + 1).filter(|at| self.chars[*at] == quote).map(|at| at + 1)
    }

    /// A quote ends a string when what follows can follow a string; `Crème "douce"` inside a text cannot.
    fn ends_string(&self) -> bool {
        let rest = &self.chars[self.at + 1..];
        let Some(next) = rest.iter().position(|c| !c.is_whitespace()) else { return true };
        matches!(rest[next], ',' | ':' | '}' | ']' | '/' | ';') || self.single && rest[next] == ')' || self.precedes_key(&rest[next..])
    }

    /// Whether a key follows, with the comma before it forgotten.
    fn precedes_key(&self, rest: &[char]) -> bool {
        let quote = if self.single { '\'' } else { '"' };
        let length =
            rest.iter().skip(1).take(LONGEST_KEY).take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '_' | ':' | '-')).count();
        let closed = length > 0 && rest.first() == Some(&quote) && rest.get(length + 1) == Some(&quote);
        closed && rest[length + 2..].iter().find(|c| !c.is_whitespace()) == Some(&':')
    }

    fn is_key(&self) -> bool {
        self.open.last() == Some(&'}') && self.chars[self.at..].iter().find(|c| !c.is_whitespace()) == Some(&':')
    }

    /// A bare word: a number, `true`, `null`; anything that JSON does not know becomes a text (`012345678912`).
    fn word(&mut self) {
        let from = self.at;
        self.part();
        while self.chars.get(self.at).is_some_and(|c| !c.is_whitespace() && !matches!(c, ',' | ':' | '}' | ']' | '{' | '[' | '"')) {
            self.at += 1;
        }
        let word: String = self.chars[from..self.at].iter().collect();
        match word.as_str() {
            "undefined" | "NaN" | "None" | "void" => self.out.push_str("null"),
            "!0" => self.out.push_str("true"),
            "!1" => self.out.push_str("false"),
            word if serde_json::from_str::<Value>(word).is_ok() => self.out.push_str(word),
            word if self.dialect == Dialect::Json || self.is_key() => self.out.push_str(&Value::from(word).to_string()),
            word if self.dialect == Dialect::Function => self.out.push_str(&Value::from(format!("{BARE}{word}")).to_string()),
            _ => self.out.push_str("null"),
        }
        if self.at == from {
            self.at += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_seen_in_the_wild() {
        let cases = [
            ("{\"a\":\"one\ntwo\"}", json!({"a": "one\ntwo"})),
            ("{\"a\":\"tab\there\"}", json!({"a": "tab\there"})),
            ("{\"a\":1,}", json!({"a": 1})),
            ("{\"a\":[1,2,],}", json!({"a": [1, 2]})),
            ("{\"a\":1,,\"b\":2}", json!({"a": 1, "b": 2})),
            ("{\"a\":1};", json!({"a": 1})),
            ("{\"a\":1}}", json!({"a": 1})),
            ("// <![CDATA[\n{\"a\":1}\n// ]]>", json!({"a": 1})),
            ("//<![CDATA[\n{\"a\":1}//]]>", json!({"a": 1})),
            ("<![CDATA[{\"a\":1}]]>", json!({"a": 1})),
            ("/*<![CDATA[*/{\"a\":1}/*]]>*/", json!({"a": 1})),
            ("<!-- {\"a\":1} -->", json!({"a": 1})),
            ("<!-- comment -->{\"a\":1}", json!({"a": 1})),
            ("/* comment */ {\"a\": /* here */ 1, // there\n \"b\": 2}", json!({"a": 1, "b": 2})),
            ("{\"url\":\"https://shop.test/a\",}", json!({"url": "https://shop.test/a"})),
            ("{&quot;a&quot;:&quot;b &amp; c&quot;}", json!({"a": "b & c"})),
            ("{\n  &quot;a&quot;: &quot;&lt;p&gt;b&lt;/p&gt;&quot;}", json!({"a": "<p>b</p>"})),
            ("{\"gtin12\": 012345678912}", json!({"gtin12": "012345678912"})),
            ("{\"price\": 14,90}", json!(null)),
            ("{\"a\":\"x\" \"b\":1}", json!({"a": "x", "b": 1})),
            ("{\"a\":1 \"b\":2}", json!({"a": 1, "b": 2})),
            ("{\"a\":[{\"b\":1}{\"b\":2}]}", json!({"a": [{"b": 1}, {"b": 2}]})),
            ("{\"a\":,\"b\":}", json!({"a": null, "b": null})),
            ("{'a':'l\'eau','b':'l'air'}", json!({"a": "l'eau", "b": "l'air"})),
            ("{\"a\":\"Un \" + \"gel\"}", json!({"a": "Un gel"})),
            ("\"{\\\"a\\\":1}\"", json!({"a": 1})),
            ("{“a”:“b”}", json!({"a": "b"})),
            ("{\"a\":\"it\\'s\"}", json!({"a": "it's"})),
            ("{\"a\":\"50 \\% off\"}", json!({"a": "50 \\% off"})),
            ("{\"a\":\"Crème \"douce\" 50 ml\"}", json!({"a": "Crème \"douce\" 50 ml"})),
            ("{\"a\": undefined, \"b\": NaN}", json!({"a": null, "b": null})),
            ("\u{feff}{\"a\":1}", json!({"a": 1})),
            ("var x = {\"a\":1};", json!({"a": 1})),
        ];
        for (block, expected) in cases {
            let expected = if expected.is_null() { Vec::new() } else { vec![expected] };
            assert_eq!(parse(block), expected, "{block}");
        }
    }

    #[test]
    fn several_values_in_a_row() {
        assert_eq!(parse("{\"a\":1}\n{\"b\":2}"), [json!({"a": 1}), json!({"b": 2})]);
    }

    #[test]
    fn half_a_block_is_nothing() {
        let block = r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"14.90"}}"#;
        for end in block.char_indices().map(|(at, _)| at) {
            assert_eq!(parse(&block[..end]), Vec::<Value>::new(), "{}", &block[..end]);
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        for open in ["[", "{\"a\":", "[;"] {
            assert_eq!(parse(&open.repeat(100_000)), Vec::<Value>::new());
            let closed = open.repeat(100_000) + &"]".repeat(100_000);
            assert_eq!(parse(&closed), Vec::<Value>::new());
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(("\\PC{0,6}", inner), 0..5).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn never_panics_near_json(text in "[{}\\[\\]\",:;/*<!\\\\a-c0-9.\n &-]{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn valid_json_is_unchanged(value in any_json()) {
            prop_assert_eq!(parse(&value.to_string()), vec![value.clone()]);
            prop_assert_eq!(parse(&format!("{value:#}")), vec![value]);
        }

        #[test]
        fn mending_keeps_valid_objects(value in any_json()) {
            let object = json!({ "a": value });
            // The same object with a fault after it.
            prop_assert_eq!(parse(&format!("{object};")), vec![object]);
        }
    }
}
