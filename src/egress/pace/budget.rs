//! How many retries a shop is worth: each costs, and good answers give a part back.
//!
//! Retries help a shop that stumbles and harm one that falls: with this, a shop that fails always sees each request once and not
//! three times.

/// Fifty retries may come at once.
const FULL: u32 = 500;
const RETRY: u32 = 10;
/// Ten good answers pay for one retry.
const ANSWER: u32 = 1;

#[derive(Debug)]
pub(super) struct Budget(u32);

impl Budget {
    pub(super) fn new() -> Self {
        Self(FULL)
    }

    pub(super) fn answered(&mut self) {
        self.0 = (self.0 + ANSWER).min(FULL);
    }

    /// Pays for a retry, if that much is there.
    pub(super) fn spend(&mut self) -> bool {
        let left = self.0.checked_sub(RETRY);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }

    pub(super) fn is_spent(&self) -> bool {
        self.0 < RETRY
    }

    pub(super) fn retries(&self) -> u32 {
        self.0 / RETRY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_bought_with_answers() {
        let mut budget = Budget::new();
        budget.answered();
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 50, "more is never saved");
        assert!(budget.is_spent());
        (0..9).for_each(|_| budget.answered());
        assert!(!budget.spend());
        budget.answered();
        assert!(budget.spend() && !budget.spend());
        assert_eq!(budget.retries(), 0);
    }
}
