//! Barcodes: GS1's GTIN in its four lengths, proven by the check digit and compared as 14 digits.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A barcode with a valid check digit: GTIN-8, GTIN-12 (UPC-A), GTIN-13 (EAN-13) or GTIN-14.
///
/// Two codes are equal when their 14-digit forms are: `748322148474` (UPC-A) and `0748322148474` (EAN-13) name the same
/// product. The text that was given is kept to the letter beside it.
///
/// ```
/// use glaneur::Gtin;
/// let code = Gtin::parse("748322148474").unwrap();
/// assert_eq!(code.as_given(), "748322148474");
/// assert_eq!(code.as_14(), "00748322148474");
/// assert_eq!(code.ean(), "0748322148474");
/// assert_eq!(code, Gtin::parse("0748322148474").unwrap());
/// ```
#[derive(Clone)]
pub struct Gtin {
    digits: [u8; 14],
    given: Box<str>,
}

/// Why a text is no barcode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GtinError {
    #[error("no barcode was given")]
    Empty,
    #[error("{given:?} is not a barcode: only the digits 0 to 9, spaces and hyphens are allowed")]
    NotDigits { given: String },
    #[error("{given:?} has {length} digits; a barcode has 8, 12, 13 or 14")]
    Length { given: String, length: usize },
    #[error("{given:?} has a wrong check digit: the last digit would have to be {expected}")]
    CheckDigit { given: String, expected: char },
    #[error("{given:?} is a placeholder, not a barcode")]
    Placeholder { given: String },
}

/// Longest text quoted back in an error; a code of a million characters must not travel through the journal.
const QUOTED: usize = 40;

impl Gtin {
    /// Reads a barcode from text. Spaces and hyphens between the digits are ignored, as printed labels have them.
    pub fn parse(text: &str) -> Result<Self, GtinError> {
        let digits = digits_of(text)?;
        if !matches!(digits.len(), 8 | 12 | 13 | 14) {
            return Err(GtinError::Length { given: quote(text), length: digits.len() });
        }
        Self::proven(&digits, text)
    }

    /// Reads a barcode that arrived as a number, as a spreadsheet or JSON sends it: one leading zero may be lost, and it is
    /// restored when the check digit proves it.
    ///
    /// ```
    /// use glaneur::Gtin;
    /// assert_eq!(Gtin::from_number(748_322_148_474).unwrap().ean(), "0748322148474");
    /// assert_eq!(Gtin::from_number(12_345_678_905).unwrap().ean(), "0012345678905"); // UPC-A 012345678905
    /// ```
    pub fn from_number(number: u64) -> Result<Self, GtinError> {
        let text = number.to_string();
        let digits = digits_of(&text)?;
        match digits.len() {
            // The same check digit proves every padded form: it is counted from the right.
            7 | 8 | 11..=14 => Self::proven(&digits, &text),
            length => Err(GtinError::Length { given: text, length }),
        }
    }

    fn proven(digits: &[u8], given: &str) -> Result<Self, GtinError> {
        let mut padded = [b'0'; 14];
        padded[14 - digits.len()..].copy_from_slice(digits);
        if padded.iter().all(|digit| *digit == b'0') {
            return Err(GtinError::Placeholder { given: quote(given) });
        }
        let expected = check_digit(&padded[..13]);
        if padded[13] != expected {
            return Err(GtinError::CheckDigit { given: quote(given), expected: char::from(expected) });
        }
        Ok(Self { digits: padded, given: given.into() })
    }

    /// The text as it was given, to the letter.
    pub fn as_given(&self) -> &str {
        &self.given
    }

    /// The 14-digit form, left-padded with zeros: the one that is compared.
    pub fn as_14(&self) -> &str {
        std::str::from_utf8(&self.digits).unwrap_or_default()
    }

    /// The form that shops print and index: 13 digits, or 8 for an EAN-8, or 14 where the first digit is not zero.
    pub fn ean(&self) -> &str {
        let all = self.as_14();
        match all {
            _ if all.starts_with("000000") => &all[6..],
            _ if all.starts_with('0') => &all[1..],
            _ => all,
        }
    }

    /// The same code, remembered as another text: `as_given` becomes `given`.
    pub fn given_as(mut self, given: &str) -> Self {
        self.given = given.into();
        self
    }

    /// Codes that a shop prints for itself (GS1 prefixes 02, 04 and 20 to 29): they identify nothing elsewhere.
    pub fn is_in_store(&self) -> bool {
        let ean13 = &self.as_14()[1..];
        !self.as_14().starts_with("000000") && (ean13.starts_with("02") || ean13.starts_with("04") || ean13.starts_with('2'))
    }
}

fn digits_of(text: &str) -> Result<Vec<u8>, GtinError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(GtinError::Empty);
    }
    let mut digits = Vec::with_capacity(14);
    for character in trimmed.chars() {
        match character {
            '0'..='9' if digits.len() <= QUOTED => digits.push(character as u8),
            '0'..='9' => return Err(GtinError::Length { given: quote(text), length: trimmed.len() }),
            '-' => {}
            separator if separator.is_whitespace() => {}
            _ => return Err(GtinError::NotDigits { given: quote(text) }),
        }
    }
    Ok(digits)
}

/// The beginning of a text, for errors and log lines.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// GS1 mod 10: from the right, the digits before the check digit weigh 3, 1, 3, 1, ...
fn check_digit(body: &[u8]) -> u8 {
    let sum: u32 = body.iter().rev().enumerate().map(|(i, digit)| u32::from(digit - b'0') * if i % 2 == 0 { 3 } else { 1 }).sum();
    b'0' + ((10 - sum % 10) % 10) as u8
}

impl PartialEq for Gtin {
    fn eq(&self, other: &Self) -> bool {
        self.digits == other.digits
    }
}

impl Eq for Gtin {}

impl Hash for Gtin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digits.hash(state);
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.ean())
    }
}

impl fmt::Debug for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gtin({})", self.as_14())
    }
}

impl std::str::FromStr for Gtin {
    type Err = GtinError;
    fn from_str(text: &str) -> Result<Self, GtinError> {
        Self::parse(text)
    }
}

/// `{"given": "748322148474", "gtin14": "00748322148474"}`: what was written, and what it means.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    given: std::borrow::Cow<'a, str>,
    gtin14: std::borrow::Cow<'a, str>,
}

impl Serialize for Gtin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { given: self.as_given().into(), gtin14: self.as_14().into() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Gtin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Ok(Self::parse(&wire.gtin14).map_err(de::Error::custom)?.given_as(&wire.given))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_of_every_length() {
        for (given, gtin14, ean) in [
            ("0748322148474", "00748322148474", "0748322148474"),
            ("748322148474", "00748322148474", "0748322148474"),
            ("3665606002802", "03665606002802", "3665606002802"),
            ("12345670", "00000012345670", "12345670"),
            ("10614141000415", "10614141000415", "10614141000415"),
            ("3 665606 002802", "03665606002802", "3665606002802"),
            ("366-5606-002802", "03665606002802", "3665606002802"),
        ] {
            let code = Gtin::parse(given).unwrap();
            assert_eq!((code.as_given(), code.as_14(), code.ean()), (given, gtin14, ean));
        }
    }

    #[test]
    fn texts_that_are_no_codes() {
        for (given, expected) in [
            ("", "no barcode was given"),
            ("  ", "no barcode was given"),
            ("abc", "is not a barcode"),
            ("366560600281", "has a wrong check digit"),
            ("3665606002803", "would have to be 2"),
            ("123", "has 3 digits"),
            ("0000000000000", "is a placeholder"),
            ("00000000", "is a placeholder"),
        ] {
            let error = Gtin::parse(given).unwrap_err().to_string();
            assert!(error.contains(expected), "{given}: {error}");
        }
        assert!(Gtin::parse(&"1".repeat(1_000_000)).unwrap_err().to_string().len() < 200);
    }

    #[test]
    fn in_store_codes() {
        for (code, expected) in [("2000000000008", true), ("0200000000004", true), ("3665606002802", false), ("12345670", false)] {
            assert_eq!(Gtin::parse(code).unwrap().is_in_store(), expected, "{code}");
        }
    }

    /// Digits with their check digit.
    fn code(length: usize) -> impl Strategy<Value = String> {
        prop::collection::vec(0_u8..10, length - 1).prop_filter_map("all zero", |digits| {
            let body: Vec<u8> = digits.iter().map(|digit| b'0' + digit).collect();
            let text = String::from_utf8(body.clone()).ok()? + &char::from(check_digit(&body)).to_string();
            digits.iter().any(|digit| *digit > 0).then_some(text)
        })
    }

    fn any_code() -> impl Strategy<Value = String> {
        prop_oneof![code(8), code(12), code(13), code(14)]
    }

    proptest! {
        #[test]
        fn a_code_is_kept_to_the_letter_and_padded(text in any_code()) {
            let read = Gtin::parse(&text).unwrap();
            prop_assert_eq!(read.as_given(), &text);
            prop_assert_eq!(read.as_14(), format!("{text:0>14}"));
            prop_assert_eq!(&read, &Gtin::parse(read.ean()).unwrap());
            prop_assert_eq!(&read, &Gtin::parse(read.as_14()).unwrap());
        }

        #[test]
        fn one_wrong_digit_is_always_seen(text in any_code(), place in 0_usize..14, by in 1_u8..10) {
            let mut bytes = text.into_bytes();
            let place = place % bytes.len();
            bytes[place] = b'0' + (bytes[place] - b'0' + by) % 10;
            let result = Gtin::parse(std::str::from_utf8(&bytes).unwrap());
            let refused = matches!(result, Err(GtinError::CheckDigit { .. } | GtinError::Placeholder { .. }));
            prop_assert!(refused);
        }

        #[test]
        fn a_number_gets_its_lost_zero_back(text in code(13)) {
            let number: u64 = text.parse().unwrap();
            prop_assume!(number >= 10_000_000_000);
            prop_assert_eq!(Gtin::from_number(number).unwrap(), Gtin::parse(&text).unwrap());
        }

        #[test]
        fn json_brings_it_back(text in any_code()) {
            let code = Gtin::parse(&text).unwrap();
            let back: Gtin = serde_json::from_str(&serde_json::to_string(&code).unwrap()).unwrap();
            prop_assert_eq!(back.as_given(), code.as_given());
            prop_assert_eq!(back, code);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", number in any::<u64>()) {
            let _ = Gtin::parse(&text);
            let _ = Gtin::from_number(number);
        }
    }
}
