//! JSON as it was written: objects keep their order and their duplicate keys, so that the reader can refuse them by name.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// How much of it is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) depth: usize,
    pub(super) nodes: usize,
}

#[derive(Debug)]
pub(super) enum JsonError {
    Syntax(serde_json::Error),
    TooDeep,
    TooMany,
}

impl Json {
    /// Parses a whole text; a byte order mark at its start is ignored.
    pub(super) fn parse(bytes: &[u8], bounds: Bounds) -> Result<Self, JsonError> {
        let left = Left { nodes: Cell::new(bounds.nodes), is_too_deep: Cell::new(false), is_too_many: Cell::new(false) };
        let mut reader = serde_json::Deserializer::from_slice(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
        let parsed = AsWritten { left: &left, depth: bounds.depth }.deserialize(&mut reader).and_then(|json| reader.end().map(|()| json));
        parsed.map_err(|error| match (left.is_too_deep.get(), left.is_too_many.get()) {
            (true, _) => JsonError::TooDeep,
            (_, true) => JsonError::TooMany,
            _ => JsonError::Syntax(error),
        })
    }

    /// What it is, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Compact JSON.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write_text(f, text),
            Self::List(list) => {
                f.write_str("[")?;
                for (place, value) in list.iter().enumerate() {
                    write!(f, "{}{value}", if place == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Self::Object(pairs) => {
                f.write_str("{")?;
                for (place, (key, value)) in pairs.iter().enumerate() {
                    f.write_str(if place == 0 { "" } else { "," })?;
                    write_text(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

/// What may still come, over all levels.
struct Left {
    nodes: Cell<usize>,
    is_too_deep: Cell<bool>,
    is_too_many: Cell<bool>,
}

/// Reads one value; `depth` levels may be within it.
#[derive(Clone, Copy)]
struct AsWritten<'a> {
    left: &'a Left,
    depth: usize,
}

impl AsWritten<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => {
                self.left.is_too_deep.set(true);
                Err(E::custom("too deep"))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for AsWritten<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        match self.left.nodes.get().checked_sub(1) {
            Some(nodes) => self.left.nodes.set(nodes),
            None => {
                self.left.is_too_many.set(true);
                return Err(D::Error::custom("too many values"));
            }
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AsWritten<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let within = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(within)? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let within = self.deeper()?;
        let mut pairs = Vec::new();
        while let Some(key) = access.next_key()? {
            pairs.push((key, access.next_value_seed(within)?));
        }
        Ok(Json::Object(pairs))
    }
}
