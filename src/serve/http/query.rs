//! The query of an address: known keys only, each at most once.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::collections::BTreeMap;

use crate::serve::fault::Fault;

/// The raw query; [`Query::read`] makes something of it.
pub(super) struct Query(Option<String>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.query().map(str::to_owned)))
    }
}

impl Query {
    /// The values by key. A key that is not among `known` is refused: a typo must not pass for "no filter".
    pub(super) fn read(&self, known: &[&str]) -> Result<BTreeMap<String, String>, Fault> {
        let mut values = BTreeMap::new();
        for (key, value) in url::form_urlencoded::parse(self.0.as_deref().unwrap_or_default().as_bytes()) {
            if !known.contains(&&*key) {
                let message = match known {
                    [] => format!("{key:?} is not known: this address takes no parameters"),
                    _ => format!("{key:?} is not known: this address takes {}", known.join(", ")),
                };
                return Err(Fault::argument(key, message));
            }
            if values.insert(key.clone().into_owned(), value.into_owned()).is_some() {
                return Err(Fault::argument(key, "the parameter is given twice: give it once"));
            }
        }
        Ok(values)
    }
}
