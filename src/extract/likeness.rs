//! How much two names have in common.

use std::collections::HashSet;

/// Dice's coefficient of the words of two texts, from 0 to 1.
pub(super) fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (words(one), words(other));
    let all = one.len() + other.len();
    if all == 0 { 0.0 } else { 2.0 * one.intersection(&other).count() as f64 / all as f64 }
}

/// Share of the words of the shorter name that stand in the longer one, from 0 to 1.
pub(super) fn overlap(one: &str, other: &str) -> f64 {
    let (one, other) = (words(one), words(other));
    let shorter = one.len().min(other.len());
    if shorter == 0 { 0.0 } else { one.intersection(&other).count() as f64 / shorter as f64 }
}

fn words(text: &str) -> HashSet<String> {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
