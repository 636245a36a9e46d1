//! JSON as it stands in a page: a tree that borrows its texts from the page, and keeps the members of an object in a plain list.
//!
//! A product page has some hundred small objects, each read once: a list that is searched costs less than a table that is built. Of two
//! members with the same key the last counts, as in every reader of JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
pub(super) use serde_json::Number;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value<'t> {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'t, str>),
    Array(Vec<Self>),
    Object(Object<'t>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object<'t>(Vec<(Cow<'t, str>, Value<'t>)>);

/// One value and nothing behind it.
pub(super) fn parse(text: &str) -> Option<Value<'_>> {
    serde_json::from_str(text).ok()
}

/// The same from a text that does not stay.
pub(super) fn parse_owned(text: &str) -> Option<Value<'static>> {
    parse(text).map(Value::into_owned)
}

impl<'t> Value<'t> {
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&Object<'t>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(super) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(several) => Some(several),
            _ => None,
        }
    }

    pub(super) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    pub(super) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    pub(super) fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Free of the text that it was read from. The parser lets nothing deeper than 128 levels through, so recursion is safe.
    pub(super) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(number) => Value::Number(number),
            Self::String(text) => Value::String(text.into_owned().into()),
            Self::Array(several) => Value::Array(several.into_iter().map(Value::into_owned).collect()),
            Self::Object(object) => {
                Value::Object(object.0.into_iter().map(|(key, value)| (key.into_owned().into(), value.into_owned())).collect())
            }
        }
    }
}

impl<'t> Object<'t> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.0.iter().rposition(|(known, _)| known == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value<'t>> {
        self.place(key).map(|place| &self.0[place].1)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Value<'t>> {
        self.place(key).map(|place| &mut self.0[place].1)
    }

    pub(super) fn contains_key(&self, key: &str) -> bool {
        self.place(key).is_some()
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Value<'t>> {
        self.place(key).map(|place| self.0.remove(place).1)
    }

    /// Behind all others; it counts in place of one with the same key.
    pub(super) fn push(&mut self, key: impl Into<Cow<'t, str>>, value: Value<'t>) {
        self.0.push((key.into(), value));
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value<'t>)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Value<'t>> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Value<'t>> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    pub(super) fn members_mut(&mut self) -> &mut Vec<(Cow<'t, str>, Value<'t>)> {
        &mut self.0
    }
}

impl<'t> FromIterator<(Cow<'t, str>, Value<'t>)> for Object<'t> {
    fn from_iter<I: IntoIterator<Item = (Cow<'t, str>, Value<'t>)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

struct Reader;

impl<'t> Visitor<'t> for Reader {
    type Value = Value<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut several: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = several.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(key), value)) = map.next_entry()? {
            members.push((key, value));
        }
        Ok(Value::Object(Object(members)))
    }
}

impl<'t> Deserialize<'t> for Value<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// A key, borrowed where it has no escapes: serde's own [`Cow`] never is.
struct Key<'t>(Cow<'t, str>);

impl<'t> Deserialize<'t> for Key<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyReader;
        impl<'t> Visitor<'t> for KeyReader {
            type Value = Key<'t>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, key: &'t str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }
            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyReader)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_in_the_page_and_the_last_of_two_members_counts() {
        let text = r#"{"a": "plain", "b": "es\"caped", "a": [1, -2, 2.5, true, null]}"#;
        let value = parse(text).unwrap();
        let object = value.as_object().unwrap();
        assert!(matches!(object.get("b"), Some(Value::String(Cow::Owned(text))) if text == "es\"caped"));
        assert!(matches!(object.iter().next(), Some(("a", Value::String(Cow::Borrowed("plain"))))));
        let numbers = object.get("a").and_then(Value::as_array).unwrap();
        assert_eq!(
            (numbers[0].as_u64(), numbers[1].as_i64(), &numbers[3], &numbers[4]),
            (Some(1), Some(-2), &Value::Bool(true), &Value::Null)
        );
        assert_eq!(parse_owned(text).unwrap(), value);
        assert_eq!((parse("{}x"), parse("{")), (None, None));
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(parse(&"[".repeat(100_000)), None);
        assert_eq!(parse(&("[".repeat(200) + &"]".repeat(200))), None);
    }
}
