//! What the rounds added up to, as a table, and what must be zero.

use std::fmt::Write as _;
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) first_starts: u64,
    pub(super) starts: u64,
    pub(super) at_work: u64,
    pub(super) directories: u64,
    pub(super) jobs: u64,
    /// Handed in again after a crash, since no answer had come.
    pub(super) resent: u64,
    pub(super) items: u64,
    pub(super) told: u64,
    pub(super) lost: u64,
    pub(super) doubled_jobs: u64,
    pub(super) results_missing: u64,
    pub(super) results_doubled: u64,
    pub(super) webhooks: u64,
    pub(super) webhooks_missing: u64,
    pub(super) duplicates: u64,
    pub(super) duplicates_changed: u64,
    pub(super) integrity_failed: u64,
    pub(super) ready: Vec<Duration>,
}

impl Figures {
    pub(super) fn table(&self) -> String {
        let mut table = String::new();
        for (name, figure) in [
            ("killed during the first start", self.first_starts),
            ("killed during a start or recovery", self.starts),
            ("killed at work", self.at_work),
            ("data directories", self.directories),
            ("jobs", self.jobs),
            ("jobs handed in again, no answer came", self.resent),
            ("jobs doubled", self.doubled_jobs),
            ("items", self.items),
            ("events told before a crash", self.told),
            ("of these lost or changed", self.lost),
            ("results missing", self.results_missing),
            ("results doubled", self.results_doubled),
            ("webhooks", self.webhooks),
            ("webhooks missing", self.webhooks_missing),
            ("duplicates, same id and same body", self.duplicates),
            ("duplicates, same id and another body", self.duplicates_changed),
            ("integrity check not ok", self.integrity_failed),
        ] {
            let _ = writeln!(table, "| {name:<37} | {figure:>8} |");
        }
        let mut ready = self.ready.clone();
        ready.sort();
        for (name, place) in [("ready after, p50 (ms)", 50), ("ready after, p99 (ms)", 99), ("ready after, longest (ms)", 100)] {
            let at = ready.get((ready.len() * place / 100).min(ready.len().saturating_sub(1)));
            let _ = writeln!(table, "| {name:<37} | {:>8} |", at.map_or(0, Duration::as_millis));
        }
        table
    }

    pub(super) fn check(&self) {
        let wrong = [
            self.lost,
            self.doubled_jobs,
            self.results_missing,
            self.results_doubled,
            self.webhooks_missing,
            self.duplicates_changed,
            self.integrity_failed,
        ];
        assert_eq!(wrong, [0; 7], "see the table");
        assert!(self.told > 0 && self.webhooks > 0, "nothing was at stake");
    }
}
