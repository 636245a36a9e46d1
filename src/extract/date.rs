//! Dates of reviews as French, English and German shops print them, as ISO 8601.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

static ISO: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(\d{4})-(\d{2})-(\d{2})"));
static NUMERIC: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b"));
static WORDS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(\d{1,2})(?:er|st|nd|rd|th|\.)?\s+(\p{Alphabetic}{3,10})\.?,?\s+(\d{4})\b"));

/// Month names begin alike in the three languages; the longer beginnings tell June from July.
const MONTHS: &[(&str, i8)] = &[
    ("jan", 1),
    ("jän", 1),
    ("fev", 2),
    ("fév", 2),
    ("feb", 2),
    ("mar", 3),
    ("mär", 3),
    ("avr", 4),
    ("apr", 4),
    ("mai", 5),
    ("may", 5),
    ("juin", 6),
    ("jun", 6),
    ("juil", 7),
    ("jul", 7),
    ("aou", 8),
    ("aoû", 8),
    ("aug", 8),
    ("sep", 9),
    ("oct", 10),
    ("okt", 10),
    ("nov", 11),
    ("dec", 12),
    ("déc", 12),
    ("dez", 12),
];

/// The date in a text as `2025-03-12`; nothing where none can be read. A day that no calendar has is none.
pub(crate) fn iso(text: &str) -> Option<String> {
    if let Some(found) = ISO.captures(text) {
        return date(&found[1], found[2].parse().ok()?, &found[3]);
    }
    if let Some(found) = NUMERIC.captures(text) {
        return date(&found[3], found[2].parse().ok()?, &found[1]);
    }
    let found = WORDS.captures(text)?;
    let word = found[2].to_lowercase();
    let (_, month) = MONTHS.iter().find(|(start, _)| word.starts_with(start))?;
    date(&found[3], *month, &found[1])
}

fn date(year: &str, month: i8, day: &str) -> Option<String> {
    jiff::civil::Date::new(year.parse().ok()?, month, day.parse().ok()?).ok().map(|date| date.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_reviews() {
        for (text, expected) in [
            ("12 mars 2025", Some("2025-03-12")),
            ("le 1er août 2024", Some("2024-08-01")),
            ("Publié le 3 févr. 2023", Some("2023-02-03")),
            ("14 juillet 2025", Some("2025-07-14")),
            ("14 juin 2025", Some("2025-06-14")),
            ("12/03/2025", Some("2025-03-12")),
            ("12.03.2025", Some("2025-03-12")),
            ("2025-03-12T10:00:00Z", Some("2025-03-12")),
            ("12 décembre 2024", Some("2024-12-12")),
            ("12. Dezember 2024", Some("2024-12-12")),
            ("31/02/2025", None),
            ("hier", None),
        ] {
            assert_eq!(iso(text).as_deref(), expected, "{text}");
        }
    }
}
