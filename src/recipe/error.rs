//! What is wrong with a recipe, where, and what to do about it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A recipe that cannot be used. Reads `FILE:LINE:COLUMN: key.path: what is wrong; remedy`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {}{fault}", prefix(key))]
pub struct RecipeError {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The key's path: `page.fields.price[1].css`; empty where the text is no TOML.
    pub key: String,
    pub fault: RecipeFault,
}

fn prefix(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

/// The fault alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeFault {
    #[error("{message}; docs/recipes.md lists every key and its values")]
    Toml { message: String },
    #[error("{css:?} is no CSS selector ({message}); correct it, and quote attribute values")]
    Selector { css: String, message: String },
    #[error("{regex:?} is no regular expression ({message}); write it between single quotes, with \\ as it stands")]
    Regex { regex: String, message: String },
    #[error("there is no placeholder {{{name}}}; use one of {known}, or add it under [values]")]
    Placeholder { name: String, known: String },
    #[error("there is no product field {name:?}; use one of {known}")]
    Field { name: String, known: String },
    #[error("{text:?} is no duration; write a number with ms, s or m, such as \"500ms\"")]
    Duration { text: String },
    #[error("there is no search step; add a [[search]] table, the shop cannot be asked without one")]
    NoSearch,
    #[error("{text:?} is no http or https origin; write one such as \"https://www.shop.example\", without path")]
    Origin { text: String },
    #[error("{text:?} is no path; it starts with / and stands below the origin")]
    Path { text: String },
    #[error("{text:?} is no host; write a name such as \"images.shop.example\", with :port where it needs one")]
    Host { text: String },
    #[error("{text:?} is no ISO 4217 code; write three letters such as \"EUR\"")]
    Currency { text: String },
    #[error("{text:?} is no name for a shop; use small letters, digits and hyphens")]
    Name { text: String },
    #[error("{text:?} is no JSON pointer; it is empty or starts with /, and * stands for every member")]
    Pointer { text: String },
    #[error("a step sends `json` with method = \"POST\" and without `form`; set the method, or drop one of the two")]
    Body,
    #[error("{text:?} is no header name; use letters, digits and hyphens")]
    Header { text: String },
    #[error("the step cannot tell a hit; give `page`, or `hits` with either `css` or `items` and `link`")]
    NoHits,
    #[error("the value {given} is out of range; use {least} to {most}")]
    Range { given: u64, least: u64, most: u64 },
    #[error("the rule reads nothing; give `css`")]
    EmptyRule,
}

/// A recipe's text, to say where in it something stands.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) toml: &'a str,
    pub(super) file: &'a str,
}

impl Text<'_> {
    pub(super) fn error(&self, span: Range<usize>, fault: RecipeFault) -> RecipeError {
        let before = &self.toml[..self.toml.floor_char_boundary(span.start)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        RecipeError { file: self.file.to_owned(), line, column, key: self.key_at(&span), fault }
    }

    pub(super) fn toml_error(&self, error: &toml::de::Error) -> RecipeError {
        let message = error.message().trim().replace('\n', ", ");
        self.error(error.span().unwrap_or(0..0), RecipeFault::Toml { message })
    }

    /// The path of the innermost key or value at a place.
    fn key_at(&self, span: &Range<usize>) -> String {
        let Ok(table) = DeTable::parse(self.toml) else { return self.key_on_line(span.start) };
        let mut path = String::new();
        descend_table(table.get_ref(), span, &mut path);
        path
    }

    /// Where the text is no TOML at all: what stands before the `=` of the line.
    fn key_on_line(&self, at: usize) -> String {
        let at = self.toml.floor_char_boundary(at);
        let from = self.toml[..at].rfind('\n').map_or(0, |found| found + 1);
        let line = self.toml[from..].lines().next().unwrap_or_default();
        line.split_once('=').map(|(key, _)| key.trim().to_owned()).unwrap_or_default()
    }
}

fn descend_table(table: &DeTable<'_>, span: &Range<usize>, path: &mut String) -> bool {
    for (key, value) in table.iter() {
        let before = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key.get_ref());
        if descend(value, span, path) || covers(&key.span(), span) {
            return true;
        }
        path.truncate(before);
    }
    false
}

fn descend(value: &Spanned<DeValue<'_>>, span: &Range<usize>, path: &mut String) -> bool {
    let inner = match value.get_ref() {
        DeValue::Table(table) => descend_table(table, span, path),
        DeValue::Array(values) => values.iter().enumerate().any(|(at, value)| {
            let before = path.len();
            path.push_str(&format!("[{at}]"));
            let found = descend(value, span, path);
            if !found {
                path.truncate(before);
            }
            found
        }),
        _ => false,
    };
    inner || covers(&value.span(), span)
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end && !outer.is_empty() && !inner.is_empty()
}
