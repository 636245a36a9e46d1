//! `[egress.tor]`: what an operator may say about Tor.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use crate::error::{Error, ErrorKind};

/// `[egress.tor]` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the directory of relays and the choice of guards are kept; `tor` in the data directory by default. Nobody else may
    /// be able to write there.
    pub state_dir: Option<PathBuf>,
    /// Longest wait for a Tor that can be used; the first start downloads some megabytes.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub bootstrap_timeout: Duration,
    /// Exits in this country only. It needs the cargo feature `tor-country`, and it makes the user easier to tell from others.
    pub exit_country: Option<Country>,
    /// A file that describes another Tor network than the public one: for tests and private networks, never for the real one.
    pub network: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { state_dir: None, bootstrap_timeout: Duration::from_secs(90), exit_country: None, network: None }
    }
}

impl Settings {
    /// What could never be followed by this build.
    ///
    /// # Errors
    /// The first such setting, with its key.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let wrong = |key: &str, message: String| Err(Error::new(ErrorKind::Configuration, message).field(format!("egress.tor.{key}")));
        if self.bootstrap_timeout.is_zero() {
            return wrong("bootstrap_timeout", "no time at all: Tor could never be ready; write a time such as \"1m 30s\"".to_owned());
        }
        match self.exit_country {
            Some(country) if cfg!(not(feature = "tor-country")) => wrong(
                "exit_country",
                format!("this build cannot choose exits in {country}: it has no table of countries; build with --features tor-country"),
            ),
            _ => Ok(()),
        }
    }
}

/// A country as in ISO 3166, two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country([char; 2]);

impl FromStr for Country {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut letters = text.chars();
        match (letters.next(), letters.next(), letters.next()) {
            (Some(first), Some(second), None) if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Ok(Self([first.to_ascii_uppercase(), second.to_ascii_uppercase()]))
            }
            _ => Err(format!("{text:?} is no country; write its two letters, such as \"FR\"")),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([first, second]) = self;
        write!(f, "{first}{second}")
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_are_written() {
        let read = |text: &str| toml::from_str::<Settings>(text).map_err(|error| error.message().to_owned());
        assert_eq!(read(""), Ok(Settings::default()));
        let full = "state_dir = \"/var/lib/glaneur/tor\"\nbootstrap_timeout = \"2m\"\nexit_country = \"fr\"\n";
        let settings = read(full).unwrap();
        assert_eq!(settings.bootstrap_timeout, Duration::from_secs(120));
        assert_eq!(settings.exit_country.unwrap().to_string(), "FR");
        for (wrong, word) in [
            ("exit_county = \"fr\"", "unknown field"),
            ("exit_country = \"France\"", "is no country"),
            ("exit_country = \"f\"", "is no country"),
            ("exit_country = \"1a\"", "is no country"),
            ("exit_country = \"\"", "is no country"),
            ("bootstrap_timeout = \"soon\"", "failed to parse"),
        ] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains(word), "{wrong}: {error}");
        }
    }
}
