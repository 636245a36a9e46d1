//! Dates of reviews as shops print them in seven languages, as ISO 8601.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

static ISO: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"));
static NUMERIC: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b"));
static DAY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(\d{1,2})(?:er|st|nd|rd|th|\.|º)?\s+(?:de\s+|of\s+)?(\p{Alphabetic}{3,10})\.?,?\s+(?:de\s+|del\s+)?(\d{4})\b")
});
static MONTH_FIRST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(\p{Alphabetic}{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b"));

/// The beginnings of the months' names in seven languages. Of two that fit the first counts: `juil` before `ju`.
const MONTHS: &[(&[&str], i8)] = &[
    (&["jan", "jän", "ene", "gen"], 1),
    (&["feb", "fev", "fév"], 2),
    (&["mar", "mär", "mae", "maa", "mrt"], 3),
    (&["avr", "apr", "abr"], 4),
    (&["mai", "may", "mei", "mag"], 5),
    (&["juin", "jun", "giu"], 6),
    (&["juil", "jul", "lug"], 7),
    (&["aou", "aoû", "aug", "ago"], 8),
    (&["sep", "set"], 9),
    (&["oct", "okt", "ott", "out"], 10),
    (&["nov"], 11),
    (&["dec", "déc", "dez", "dic"], 12),
];

/// The date in a text as `2025-03-12`; nothing where none can be read. A day that no calendar has is none.
pub(crate) fn iso(text: &str) -> Option<String> {
    // Structured data is full of these; a pattern would cost more than all else that is done with a review.
    if let (10, Ok(day)) = (text.len(), text.parse::<jiff::civil::Date>()) {
        return Some(day.to_string());
    }
    if let Some(found) = ISO.captures(text) {
        return date(&found[1], found[2].parse().ok()?, &found[3]);
    }
    if let Some(found) = NUMERIC.captures(text) {
        // Only an American date has its months second, and it shows only after the twelfth of a month.
        let (day, month): (i8, i8) = (found[1].parse().ok()?, found[2].parse().ok()?);
        return if month > 12 { date(&found[3], day, &found[2]) } else { date(&found[3], month, &found[1]) };
    }
    let day_first = || DAY_FIRST.captures(text).and_then(|found| date(&found[3], month(&found[2])?, &found[1]));
    let month_first = || MONTH_FIRST.captures(text).and_then(|found| date(&found[3], month(&found[1])?, &found[2]));
    day_first().or_else(month_first)
}

fn month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    MONTHS.iter().find(|(starts, _)| starts.iter().any(|start| word.starts_with(start))).map(|(_, month)| *month)
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
            ("March 12, 2025", Some("2025-03-12")),
            ("Reviewed on Sept. 3rd, 2024", Some("2024-09-03")),
            ("3rd of June 2024", Some("2024-06-03")),
            ("12 de marzo de 2025", Some("2025-03-12")),
            ("1 de enero de 2024", Some("2024-01-01")),
            ("12 marzo 2025", Some("2025-03-12")),
            ("7 luglio 2024", Some("2024-07-07")),
            ("9 ottobre 2024", Some("2024-10-09")),
            ("3 maart 2024", Some("2024-03-03")),
            ("21 okt. 2023", Some("2023-10-21")),
            ("12 de março de 2025", Some("2025-03-12")),
            ("2 de outubro de 2024", Some("2024-10-02")),
            ("5. März 2024", Some("2024-03-05")),
            ("09/23/2024", Some("2024-09-23")),
            ("2024/09/23", Some("2024-09-23")),
            ("il y a 3 jours", None),
            ("31/02/2025", None),
            ("hier", None),
        ] {
            assert_eq!(iso(text).as_deref(), expected, "{text}");
        }
    }
}
