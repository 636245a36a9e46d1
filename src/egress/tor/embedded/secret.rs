//! The front's password: everybody on this machine can reach the port, so only who holds this may use it.

use std::fmt;

use subtle::ConstantTimeEq;

use crate::error::{Error, ErrorKind};

const BYTES: usize = 24;

/// Random letters that appear in no log and no `Debug`.
#[derive(Clone)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn random() -> Result<Self, Error> {
        let mut bytes = [0; BYTES];
        rustls::crypto::ring::default_provider()
            .secure_random
            .fill(&mut bytes)
            .map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random bytes for the password of the Tor front"))?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// In a time that does not tell how much of it is right.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_is_right() {
        let (secret, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let text = secret.expose();
        assert_eq!(text.len(), 48);
        assert!(secret.is(text.as_bytes()));
        for wrong in [other.expose(), &text[..47], &format!("{text}0"), "", &text.to_uppercase().replace(char::is_numeric, "x")] {
            assert!(!secret.is(wrong.as_bytes()), "{wrong}");
        }
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }
}
