//! One try of one delivery: sign, send, judge the answer, write it down, say it in the log.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::clock::Clock;
use super::outcome::{self, Outcome};
use super::receiver::{Receivers, shown};
use super::schedule::Pause;
use crate::egress::Egress;
use crate::journal::{Attempt, Attempted, Due, Journal, JournalError, Recorded, Settled};
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
    /// It is gone for good.
    Ended,
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

/// What came of sending.
struct Sent {
    status: Option<u16>,
    answer: Option<String>,
    outcome: Outcome,
}

pub(super) async fn deliver(
    receivers: &Receivers,
    journal: &Journal,
    egress: &Egress,
    clock: Clock,
    due: Due,
) -> Result<Tried, JournalError> {
    let at = clock.now();
    let Sent { status, answer, outcome } = match due.ended_at {
        Some(ended_at) => not_sent(ended_at),
        None => send(receivers, egress, clock, &due).await,
    };
    let now = clock.now();
    let attempts = due.attempts.saturating_add(1);
    let mut tried = Tried { id: due.id, health: Health::Unknown, retry_at: None };
    let (error, outcome) = match outcome {
        Outcome::Delivered => {
            tried.health = Health::Well;
            (None, Attempted::Delivered)
        }
        Outcome::GiveUp { why } => (Some(why), Attempted::GaveUp),
        Outcome::End { why } => {
            tried.health = Health::Ended;
            (Some(why), Attempted::Ended)
        }
        Outcome::NotSent { why } => (Some(why), Attempted::NotSent),
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
    let hide = |text: Option<String>| text.map(|text| receivers.hide(&due, text));
    let attempt = Attempt { at, status, error: hide(error), answer: hide(answer), outcome };
    journal.ledger().delivery(&due.endpoint, end(&attempt.outcome));
    tell(&due, attempts, &attempt, now.duration_since(at));
    tell_the_rest(&due, journal.record_attempt(due.id, attempt).await?);
    Ok(tried)
}

async fn send(receivers: &Receivers, egress: &Egress, clock: Clock, due: &Due) -> Sent {
    let post = match receivers.request(due, clock.now().as_second()) {
        Ok(post) => post,
        Err(refusal) => return Sent { status: None, answer: None, outcome: Outcome::never(refusal.to_string()) },
    };
    match egress.post(&post).await {
        Ok(answer) => {
            let outcome = outcome::judge(&answer, clock.now());
            Sent { status: Some(answer.status), answer: outcome::excerpt(&answer), outcome }
        }
        // A timed-out delivery may have run: the receiver knows a repeat by its `webhook-id`.
        Err(error) => Sent { status: None, answer: None, outcome: outcome::judge_failure(&error, &post.url) },
    }
}

fn not_sent(ended_at: Timestamp) -> Sent {
    let at = ended_at.round(jiff::Unit::Second).unwrap_or(ended_at);
    let why = format!("not sent: the endpoint answered 410 (gone for good) at {at}; replay this delivery to open it again");
    Sent { status: None, answer: None, outcome: Outcome::NotSent { why } }
}

fn end(outcome: &Attempted) -> TryEnd {
    match outcome {
        Attempted::Delivered => TryEnd::Delivered,
        Attempted::RetryAt(_) => TryEnd::Failed,
        Attempted::GaveUp | Attempted::Ended | Attempted::NotSent => TryEnd::GivenUp,
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
        Attempted::Ended => tracing::error!(
            %job, about = ?about, %endpoint, %url, status, attempt, elapsed_ms, error,
            "webhook given up, and nothing more is sent to this endpoint until one of its deliveries is replayed"
        ),
        Attempted::NotSent => tracing::error!(%job, about = ?about, %endpoint, %url, error, "webhook given up"),
    }
}

fn tell_the_rest(due: &Due, recorded: Recorded) {
    let Recorded { settled, buried } = recorded;
    if buried > 0 {
        let (endpoint, url) = (&due.endpoint, shown(&due.url));
        tracing::error!(%endpoint, %url, buried, "the endpoint ended: {buried} webhooks that waited for it are given up");
    }
    for Settled { job, delivered, failed } in settled {
        tracing::info!(%job, delivered, failed, "job {job}: its webhooks are settled: {delivered} delivered, {failed} given up");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_beyond_time_itself() {
        let now = Timestamp::now();
        assert_eq!(later(now, Duration::MAX), Timestamp::MAX);
        assert_eq!(later(now, Duration::from_secs(2)), now + SignedDuration::from_secs(2));
    }
}
