//! Lengths of time as people write them: `90s`, `1h 30m`, `7d`. A day has 24 hours.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, de};

/// Why a text is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no length of time; write one such as \"90s\", \"1h 30m\" or \"7d\"")]
pub struct DurationError {
    given: String,
}

/// Reads `90s`, `1h 30m`, `7d`; nothing below zero, and no months, whose length nobody knows.
///
/// ```
/// assert_eq!(glaneur::parse_duration("1h 30m"), Ok(std::time::Duration::from_secs(5_400)));
/// assert!(glaneur::parse_duration("soon").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let read = || {
        let span: Span = text.trim().parse().ok()?;
        Duration::try_from(span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?).ok()
    };
    read().ok_or_else(|| DurationError { given: text.to_owned() })
}

#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only the store's settings are written so"))]
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        for (text, seconds) in
            [("0s", 0), ("90s", 90), ("1h 30m", 5_400), ("7d", 604_800), ("2w", 1_209_600), ("PT1H", 3_600), (" 1h ", 3_600)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "3600", "-1h", "1 month", "1y", "an hour"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
