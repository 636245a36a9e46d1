//! Standard Webhooks v1: the secrets, and the signature over id, timestamp and body.
//!
//! A secret never shows: not in `Debug`, not in an error, not in a refused configuration.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// Key lengths that the Standard Webhooks specification allows, in bytes.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// A signing secret, `whsec_` and base64.
///
/// Reading one from a file never fails: a TOML error would quote the line that holds it. A wrong one is refused by
/// [`Settings::check`](super::Settings::check), which names the field only.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Result<Vec<u8>, SecretFault>);

/// What is wrong with a secret, without the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    #[error("a secret starts with `whsec_`")]
    Prefix,
    #[error("what follows `whsec_` must be base64")]
    Base64,
    #[error("a secret has 24 to 64 bytes; this one has {0}: make one with `echo whsec_$(openssl rand -base64 32)`")]
    Length(usize),
    #[error("the list of secrets is empty: leave the key out to send unsigned webhooks")]
    NoSecret,
}

impl FromStr for Secret {
    type Err = SecretFault;
    fn from_str(text: &str) -> Result<Self, SecretFault> {
        decode(text).map(|key| Self(Ok(key)))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(decode(text))
    }
}

fn decode(text: &str) -> Result<Vec<u8>, SecretFault> {
    let encoded = text.trim().strip_prefix(PREFIX).ok_or(SecretFault::Prefix)?;
    let key = STANDARD.decode(encoded).map_err(|_| SecretFault::Base64)?;
    if KEY_LENGTH.contains(&key.len()) { Ok(key) } else { Err(SecretFault::Length(key.len())) }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

/// One secret, or several while they are rotated: each body is then signed with all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets(Vec<Secret>);

impl From<Secret> for Secrets {
    fn from(secret: Secret) -> Self {
        Self(vec![secret])
    }
}

impl FromIterator<Secret> for Secrets {
    fn from_iter<I: IntoIterator<Item = Secret>>(secrets: I) -> Self {
        Self(secrets.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Secrets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret `whsec_…` or a list of secrets")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secrets, E> {
                Ok(Secret::from(text).into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Secrets, A::Error> {
                let mut secrets = Vec::new();
                while let Some(secret) = list.next_element()? {
                    secrets.push(secret);
                }
                Ok(Secrets(secrets))
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}

/// Keys that are ready to sign.
#[derive(Clone)]
pub(super) struct Signer(Vec<Hmac<Sha256>>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} keys)", self.0.len())
    }
}

impl Signer {
    pub(super) fn new(secrets: &Secrets) -> Result<Self, SecretFault> {
        if secrets.0.is_empty() {
            return Err(SecretFault::NoSecret);
        }
        let key = |secret: &Secret| {
            let bytes = secret.0.as_deref().map_err(|fault| *fault)?;
            Hmac::new_from_slice(bytes).map_err(|_| SecretFault::Length(bytes.len()))
        };
        secrets.0.iter().map(key).collect::<Result<_, _>>().map(Self)
    }

    /// The value of `webhook-signature`: one `v1,<base64>` per key, separated by spaces.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let one = |key: &Hmac<Sha256>| {
            let mut mac = key.clone();
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;

    #[test]
    fn the_known_answer_of_the_specification() {
        let signer = Signer::new(&Secret::from(SECRET).into()).unwrap();
        assert_eq!(signer.sign(ID, 1_649_367_553, BODY), "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn while_secrets_are_rotated_both_verify() {
        let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signer = Signer::new(&[SECRET, other].into_iter().map(Secret::from).collect()).unwrap();
        let now = jiff::Timestamp::now().as_second();
        let signature = signer.sign(ID, now, BODY);
        assert_eq!(signature.split(' ').count(), 2);
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("webhook-id", ID.parse().unwrap());
        headers.insert("webhook-timestamp", now.into());
        headers.insert("webhook-signature", signature.parse().unwrap());
        for secret in [SECRET, other] {
            standardwebhooks::Webhook::new(secret).unwrap().verify(BODY, &headers).unwrap();
        }
        let stranger = standardwebhooks::Webhook::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        assert!(stranger.verify(BODY, &headers).is_err());
    }

    #[test]
    fn a_wrong_secret_is_named_by_its_fault_and_never_quoted() {
        let short = format!("{PREFIX}{}", STANDARD.encode([7; 23]));
        let long = format!("{PREFIX}{}", STANDARD.encode([7; 65]));
        let cases = [
            ("C2FVsBQIhrscChlQIMV+b5sSYspob7oD", SecretFault::Prefix),
            ("", SecretFault::Prefix),
            ("whsec_not base64 at all", SecretFault::Base64),
            (&short, SecretFault::Length(23)),
            (&long, SecretFault::Length(65)),
        ];
        for (text, fault) in cases {
            assert_eq!(text.parse::<Secret>().unwrap_err(), fault, "{text}");
            assert!(text.is_empty() || !fault.to_string().contains(text));
            assert!(!format!("{:?}", Secret::from(text)).contains("C2FV"));
        }
        assert_eq!(Signer::new(&Secrets(Vec::new())).unwrap_err(), SecretFault::NoSecret);
        for bytes in [24, 64] {
            assert!(format!("{PREFIX}{}", STANDARD.encode(vec![7; bytes])).parse::<Secret>().is_ok());
        }
    }

    #[test]
    fn a_secret_is_text_or_a_list() {
        #[derive(Debug, serde::Deserialize)]
        struct File {
            secret: Secrets,
        }
        let one: File = toml::from_str(&format!("secret = {SECRET:?}")).unwrap();
        let two: File = toml::from_str(&format!("secret = [{SECRET:?}, \"wrong\"]")).unwrap();
        assert_eq!((one.secret.0.len(), two.secret.0.len()), (1, 2));
        assert_eq!(Signer::new(&two.secret).unwrap_err(), SecretFault::Prefix);
        assert!(!format!("{two:?}").contains("wrong"));
    }
}
