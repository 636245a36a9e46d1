//! `X-Signature-256`: what a Crypto node of n8n computes over the raw body, for flows that cannot check Standard Webhooks.
//!
//! Signs the body alone, so it does not tell a repeat from the first: it goes beside the other signature, not in its place.

use std::fmt::{self, Write as _};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;

pub(super) const HEADER: &str = "x-signature-256";

/// A secret as it is typed into a Crypto node: any text. It does not show in `Debug`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Phrase(String);

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(…)")
    }
}

impl Phrase {
    /// A text that somebody typed on purpose: not empty, nothing invisible.
    pub(super) fn is_sound(&self) -> bool {
        !self.0.trim().is_empty() && self.0.trim() == self.0 && !self.0.chars().any(char::is_control)
    }

    /// The value of the header: `sha256=` and the HMAC in hexadecimal.
    pub(super) fn sign(&self, body: &[u8]) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return String::new() };
        mac.update(body);
        mac.finalize().into_bytes().iter().fold("sha256=".to_owned(), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        let fox = b"The quick brown fox jumps over the lazy dog";
        assert_eq!(Phrase::from("key").sign(fox), "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
        // RFC 4231, test case 2.
        assert_eq!(
            Phrase::from("Jefe").sign(b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn what_was_hardly_typed_on_purpose_is_refused_and_nothing_shows() {
        for text in ["", " ", "hush ", "hu\nsh"] {
            assert!(!Phrase::from(text).is_sound(), "{text:?}");
        }
        assert!(Phrase::from("hush, now").is_sound());
        assert!(!format!("{:?}", Phrase::from("hush")).contains("hush"));
    }
}
