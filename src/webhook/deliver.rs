//! One try of one delivery: sign, send, judge the answer, write it down, say it in the log.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::outcome::{self, Outcome};
use super::receiver::{Receivers, shown};
use super::schedule::Pause;
use crate::egress::Egress;
use crate::journal::{Attempt, Attempted, Due, Journal, JournalError, Settled};
use crate::metrics::TryEnd;
use crate::model::{Event, quote};

/// What one try says about the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Well,
    Unwell {
        /// The pause that the receiver asked for.
        asked: Option<Duration>,
    },
    /// Nothing was learnt: it is about this delivery alone.
    Unknown,
}

/// A delivery that was tried and written down.
#[derive(Debug)]
pub(super) struct Tried {
    pub id: u64,
    pub health: Health,
    pub retry_at: Option<Timestamp>,
}

pub(super) async fn deliver(receivers: &Receivers, journal: &Journal, egress: &Egress, due: Due) -> Result<Tried, JournalError> {
    let at = Timestamp::now();
    let (status, outcome) = send(receivers, egress, &due, at).await;
    let now = Timestamp::now();
    let attempts = due.attempts.saturating_add(1);
    let mut tried = Tried { id: due.id, health: Health::Unknown, retry_at: None };
    let (error, outcome) = match outcome {
        Outcome::Delivered => {
            tried.health = Health::Well;
            (None, Attempted::Delivered)
        }
        Outcome::GiveUp { why } => (Some(why), Attempted::GaveUp),
        Outcome::Retry { pause, why } => {
            tried.health = Health::Unwell { asked: if let Pause::AtLeast(asked) = pause { Some(asked) } else { None } };
            let schedule = &receivers.settings().schedule;
            match schedule.pause(attempts, now.duration_since(due.created_at), pause, fastrand::f64()) {
                Some(pause) => {
                    let next = later(now, pause);
                    tried.retry_at = Some(next);
                    (Some(why), Attempted::RetryAt(next))
                }
                None => (Some(format!("given up after {attempts} tries: {why}")), Attempted::GaveUp),
            }
        }
    };
    let attempt = Attempt { at, status, error, outcome };
    journal.ledger().delivery(&due.endpoint, end(&attempt.outcome));
    tell(&due, attempts, &attempt, now.duration_since(at));
    if let Some(Settled { job, delivered, failed }) = journal.record_attempt(due.id, attempt).await? {
        tracing::info!(%job, delivered, failed, "job {job}: its webhooks are settled: {delivered} delivered, {failed} given up");
    }
    Ok(tried)
}

async fn send(receivers: &Receivers, egress: &Egress, due: &Due, at: Timestamp) -> (Option<u16>, Outcome) {
    let post = match receivers.request(due, at.as_second()) {
        Ok(post) => post,
        Err(refusal) => return (None, Outcome::never(refusal.to_string())),
    };
    match egress.post(&post).await {
        Ok(answer) => (Some(answer.status), outcome::judge(&answer, Timestamp::now())),
        // A timed-out delivery may have run: the receiver knows a repeat by its `webhook-id`.
        Err(error) => (None, Outcome::scheduled(without_query(error.to_string(), &post.url))),
    }
}

/// A query may hold a signature, and the words of a failed connection may hold the URL.
fn without_query(text: String, url: &Url) -> String {
    match url.query() {
        Some(query) if !query.is_empty() => text.replace(query, "…"),
        _ => text,
    }
}

fn end(outcome: &Attempted) -> TryEnd {
    match outcome {
        Attempted::Delivered => TryEnd::Delivered,
        Attempted::RetryAt(_) => TryEnd::Failed,
        Attempted::GaveUp => TryEnd::GivenUp,
    }
}

fn later(now: Timestamp, pause: Duration) -> Timestamp {
    SignedDuration::try_from(pause).ok().and_then(|pause| now.checked_add(pause).ok()).unwrap_or(Timestamp::MAX)
}

fn tell(due: &Due, attempt: u32, tried: &Attempt, took: SignedDuration) {
    let (job, endpoint, url) = (&due.entry.job, &due.endpoint, shown(&due.url));
    let about = match &due.entry.event {
        Event::Result(result) => &quote(&result.ean),
        Event::Completed(_) => "completed",
        Event::Accepted(_) | Event::Progress(_) | Event::Waiting(_) => "-",
    };
    let status = tried.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let error = tried.error.as_deref().unwrap_or_default();
    let elapsed_ms = took.as_millis();
    // `?about`: the code is the caller's text and must not forge a line.
    match tried.outcome {
        Attempted::Delivered => tracing::info!(%job, about = ?about, %endpoint, %url, status, attempt, elapsed_ms, "webhook delivered"),
        Attempted::RetryAt(next) => {
            let next_try = next.round(jiff::Unit::Second).unwrap_or(next);
            tracing::warn!(%job, about = ?about, %endpoint, %url, status, attempt, elapsed_ms, %next_try, error, "webhook not delivered");
        }
        Attempted::GaveUp => tracing::error!(%job, about = ?about, %endpoint, %url, status, attempt, elapsed_ms, error, "webhook given up"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_in_the_words_of_a_failure() {
        let url = "http://h/x?signature=ab".parse().unwrap();
        assert_eq!(without_query("cannot reach http://h/x?signature=ab".to_owned(), &url), "cannot reach http://h/x?…");
        assert_eq!(without_query("timed out".to_owned(), &"http://h/?".parse().unwrap()), "timed out");
    }

    #[test]
    fn a_pause_beyond_time_itself() {
        let now = Timestamp::now();
        assert_eq!(later(now, Duration::MAX), Timestamp::MAX);
        assert_eq!(later(now, Duration::from_secs(2)), now + SignedDuration::from_secs(2));
    }
}
