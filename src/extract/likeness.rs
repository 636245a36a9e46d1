//! How much two names have in common.

use std::cmp::Ordering;

/// A name and itself, as most comparisons are.
fn is_same(one: &str, other: &str) -> bool {
    one == other && one.contains(char::is_alphanumeric)
}

/// Dice's coefficient of the words of two texts, from 0 to 1.
pub(super) fn likeness(one: &str, other: &str) -> f64 {
    if is_same(one, other) {
        return 1.0;
    }
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let (one, other) = (words(&one), words(&other));
    let all = one.len() + other.len();
    if all == 0 { 0.0 } else { 2.0 * common(&one, &other) as f64 / all as f64 }
}

/// Share of the words of the shorter name that stand in the longer one, from 0 to 1.
pub(super) fn overlap(one: &str, other: &str) -> f64 {
    if is_same(one, other) {
        return 1.0;
    }
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let (one, other) = (words(&one), words(&other));
    let shorter = one.len().min(other.len());
    if shorter == 0 { 0.0 } else { common(&one, &other) as f64 / shorter as f64 }
}

/// The different words, sorted. Thousands of texts of a page are compared with its title, so nothing is copied.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn common(mut one: &[&str], mut other: &[&str]) -> usize {
    let mut count = 0;
    while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other) {
        match first.cmp(second) {
            Ordering::Less => one = one_rest,
            Ordering::Greater => other = other_rest,
            Ordering::Equal => (count, one, other) = (count + 1, one_rest, other_rest),
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_once_and_in_any_order() {
        for (one, other, alike, held) in [
            ("Gel douche", "gel DOUCHE", 1.0, 1.0),
            ("Gel gel douche", "Douche, gel", 1.0, 1.0),
            ("Gel", "Gel douche 50 ml", 0.4, 1.0),
            ("Crème", "Gel", 0.0, 0.0),
            ("", "Gel", 0.0, 0.0),
            ("", "", 0.0, 0.0),
        ] {
            assert_eq!((likeness(one, other), overlap(one, other)), (alike, held), "{one} / {other}");
        }
    }
}
