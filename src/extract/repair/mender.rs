//! The rewriting of a faulty text, character by character, into complete JSON values.

use serde_json::Value;

use super::{BARE, inner};

/// Longest key of schema.org, and some more.
const LONGEST_KEY: usize = 60;

/// What is being mended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Json,
    Script,
    /// The body of a function: only its first literal counts.
    Function,
}

pub(super) struct Mender {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    out: String,
    open: Vec<char>,
    pub(super) roots: Vec<String>,
    dialect: Dialect,
    /// JSON written with single quotes throughout.
    single: bool,
}

impl Mender {
    pub(super) fn new(text: &str, dialect: Dialect) -> Self {
        let single = dialect == Dialect::Json && inner(text).starts_with('\'');
        Self { chars: text.chars().collect(), at: 0, out: String::new(), open: Vec::new(), roots: Vec::new(), dialect, single }
    }

    pub(super) fn run(&mut self) {
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
