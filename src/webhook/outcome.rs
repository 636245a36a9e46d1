//! What an answer, or its absence, means for a delivery: arrived, again later, or never. Pure: tables.

use std::time::Duration;

use jiff::Timestamp;
use url::{Host, Url};

use super::schedule::Pause;
use crate::egress::{FetchError, Posted, retry_after};

/// How much of a body is looked at.
const LOOKED_AT: usize = 1024;

/// How much of the receiver's own words is kept, in characters.
const QUOTED: usize = 160;

/// How much of the last answer is shown with a delivery, in characters.
const EXCERPT: usize = 1_000;

/// No receiver may hold up a delivery for longer than this by `Retry-After`.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3_600);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    Retry {
        pause: Pause,
        why: String,
    },
    GiveUp {
        why: String,
    },
    /// Nothing is to be sent to this address any more.
    End {
        why: String,
    },
    /// The address had ended before.
    NotSent {
        why: String,
    },
}

impl Outcome {
    pub(super) fn scheduled(why: impl Into<String>) -> Self {
        Self::Retry { pause: Pause::AsScheduled, why: why.into() }
    }

    pub(super) fn never(why: impl Into<String>) -> Self {
        Self::GiveUp { why: why.into() }
    }
}

pub(super) fn judge(answer: &Posted, now: Timestamp) -> Outcome {
    let told = || told(answer);
    match answer.status {
        200 if is_starting(answer) => Outcome::Retry { pause: Pause::Soon, why: "n8n is starting up and took nothing".to_owned() },
        200..=299 => Outcome::Delivered,
        300..=399 => Outcome::scheduled(format!("answered {}: redirects are not followed, correct the URL", answer.status)),
        404 if says(answer, "is not registered") => {
            Outcome::scheduled(format!("answered 404: n8n knows no such webhook; is the workflow active?{}", told()))
        }
        // n8n's Wait node.
        409 if says(answer, "has finished already") => Outcome::never(format!("answered 409: the waiting execution is over{}", told())),
        410 => Outcome::End { why: format!("answered 410: the endpoint is gone for good{}", told()) },
        429 | 503 => {
            let pause = answer.retry_after.as_deref().and_then(|text| wanted_pause(text, now)).map_or(Pause::AsScheduled, Pause::AtLeast);
            Outcome::Retry { pause, why: format!("answered {}{}", answer.status, told()) }
        }
        status => Outcome::scheduled(format!("answered {status}{}", told())),
    }
}

/// A request that brought no answer. What a later try cannot change is given up at once, with the remedy.
pub(super) fn judge_failure(error: &FetchError, url: &Url) -> Outcome {
    match error {
        FetchError::Own { .. } => Outcome::never(format!("{error}; give the receiver's own address, and replay")),
        // What a name stands for may change.
        FetchError::Private { .. } if matches!(url.host(), Some(Host::Domain(_))) => Outcome::scheduled(error.to_string()),
        FetchError::Scheme { .. }
        | FetchError::Host { .. }
        | FetchError::Port { .. }
        | FetchError::Private { .. }
        | FetchError::Local { .. }
        | FetchError::Location { .. }
        | FetchError::Request { .. } => Outcome::never(error.to_string()),
        FetchError::Route { .. }
        | FetchError::Name { .. }
        | FetchError::Timeout { .. }
        | FetchError::Connect { .. }
        | FetchError::Broken { .. }
        | FetchError::Head { .. }
        | FetchError::TooLarge { .. }
        | FetchError::Bomb { .. }
        | FetchError::Coding { .. }
        | FetchError::Redirects { .. } => Outcome::scheduled(error.to_string()),
    }
}

/// The beginning of an answer, for people: text without control characters.
pub(super) fn excerpt(answer: &Posted) -> Option<String> {
    let text = String::from_utf8_lossy(&answer.body);
    let text: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).take(EXCERPT).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// n8n answers every POST so while it starts or migrates, and drops it.
pub(super) fn is_starting(answer: &Posted) -> bool {
    is_html(answer) && says(answer, "n8n is starting up")
}

fn is_html(answer: &Posted) -> bool {
    let essence = |value: &String| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html");
    answer.content_type.as_ref().is_some_and(essence)
}

pub(super) fn says(answer: &Posted, phrase: &str) -> bool {
    let start = &answer.body[..answer.body.len().min(LOOKED_AT)];
    start.windows(phrase.len()).any(|window| window.eq_ignore_ascii_case(phrase.as_bytes()))
}

/// The `message` or `error` of a JSON answer, on one line: a receiver's text must not forge lines of our log.
fn told(answer: &Posted) -> String {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(&answer.body) else { return String::new() };
    let Some(text) = ["message", "error"].iter().find_map(|key| object.get(*key)?.as_str()) else { return String::new() };
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED).collect();
    if line.trim().is_empty() { String::new() } else { format!(" ({})", line.trim()) }
}

/// Nothing for nonsense and for the past.
fn wanted_pause(header: &str, now: Timestamp) -> Option<Duration> {
    retry_after(header, now.into()).filter(|pause| !pause.is_zero()).map(|pause| pause.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-01T00:00:00Z";

    fn answer(status: u16, content_type: Option<&str>, body: &str, retry_after: Option<&str>) -> Posted {
        Posted {
            status,
            retry_after: retry_after.map(str::to_owned),
            content_type: content_type.map(str::to_owned),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn every_answer_has_its_meaning() {
        let json = Some("application/json; charset=utf-8");
        let html = Some("text/html; charset=utf-8");
        let cases = [
            (200, json, r#"{"message":"Workflow was started"}"#, "delivered"),
            (200, None, "", "delivered"),
            (200, html, "<p>thank you</p>", "delivered"),
            (200, html, "n8n is starting up. Please wait", "soon"),
            (200, Some("Text/HTML"), "<html>N8N is Starting Up. Please wait</html>", "soon"),
            (200, json, r#"{"echo":"n8n is starting up. Please wait"}"#, "delivered"),
            (200, None, "n8n is starting up. Please wait", "delivered"),
            (201, html, "n8n is starting up. Please wait", "delivered"),
            (204, None, "", "delivered"),
            (301, None, "", "scheduled"),
            (302, None, "", "scheduled"),
            (308, None, "", "scheduled"),
            (400, None, "", "scheduled"),
            (401, None, "", "scheduled"),
            (403, json, r#"{"message":"Authorization data is wrong!"}"#, "scheduled"),
            (404, html, "<!DOCTYPE html>Cannot POST", "scheduled"),
            (404, json, r#"{"code":404,"message":"The requested webhook \"POST x\" is not registered."}"#, "scheduled"),
            (408, None, "", "scheduled"),
            (409, None, "", "scheduled"),
            (409, json, r#"{"message":"The execution \"7\" is running already."}"#, "scheduled"),
            (409, json, r#"{"message":"The execution \"7\" has finished already."}"#, "never"),
            (410, None, "", "end"),
            (413, None, "", "scheduled"),
            (429, None, "", "scheduled"),
            (500, json, r#"{"message":"has finished already"}"#, "scheduled"),
            (502, html, "n8n is starting up. Please wait", "scheduled"),
            (503, None, "", "scheduled"),
            (100, None, "", "scheduled"),
            (999, None, "", "scheduled"),
        ];
        for (status, content_type, body, meaning) in cases {
            let outcome = judge(&answer(status, content_type, body, None), NOW.parse().unwrap());
            let named = match &outcome {
                Outcome::Delivered => "delivered",
                Outcome::Retry { pause: Pause::AsScheduled, .. } => "scheduled",
                Outcome::Retry { pause: Pause::Soon, .. } => "soon",
                Outcome::Retry { pause: Pause::AtLeast(_), .. } => "told",
                Outcome::GiveUp { .. } => "never",
                Outcome::End { .. } => "end",
                Outcome::NotSent { .. } => "not sent",
            };
            assert_eq!(named, meaning, "{status} {body:?}: {outcome:?}");
        }
    }

    #[test]
    fn a_retry_after_is_honoured_where_it_makes_sense() {
        let cases = [
            ("1", Some(1)),
            (" 120 ", Some(120)),
            ("3600", Some(3_600)),
            ("86400", Some(3_600)),
            ("99999999999999999999999", None),
            ("0", None),
            ("-5", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("Thu, 01 Jan 2026 00:01:30 GMT", Some(90)),
            ("Wed, 31 Dec 2025 23:59:59 GMT", None),
            ("Fri, 01 Jan 2027 00:00:00 GMT", Some(3_600)),
            ("Thu, 99 Jan 2026 00:01:30 GMT", None),
        ];
        for (text, seconds) in cases {
            for status in [429, 503] {
                let expected = seconds.map_or(Pause::AsScheduled, |seconds| Pause::AtLeast(Duration::from_secs(seconds)));
                match judge(&answer(status, None, "", Some(text)), NOW.parse().unwrap()) {
                    Outcome::Retry { pause, .. } => assert_eq!(pause, expected, "{text:?}"),
                    other => panic!("{text:?}: {other:?}"),
                }
            }
        }
        let elsewhere = judge(&answer(500, None, "", Some("60")), NOW.parse().unwrap());
        assert_eq!(elsewhere, Outcome::scheduled("answered 500"));
    }

    #[test]
    fn what_no_later_try_can_change_is_given_up_at_once() {
        let name = || "n8n.example".to_owned();
        let private = || FetchError::Private { host: name(), address: [10, 0, 0, 1].into(), purpose: "private use", entry: name() };
        let (by_name, by_address) = ("http://n8n.example/x", "http://10.0.0.1/x");
        let cases = [
            (FetchError::Own { host: name() }, by_name, "never"),
            (FetchError::Own { host: name() }, by_address, "never"),
            (FetchError::Port { host: name(), port: 25 }, by_name, "never"),
            (private(), by_address, "never"),
            (private(), by_name, "again"),
            (FetchError::Name { host: name(), reason: "no".to_owned() }, by_name, "again"),
            (FetchError::Broken { host: name(), reason: "reset".to_owned() }, by_name, "again"),
            (FetchError::Connect { host: name(), reason: "refused".to_owned() }, by_name, "again"),
        ];
        for (error, url, meaning) in cases {
            let outcome = judge_failure(&error, &url.parse().unwrap());
            let named = if matches!(outcome, Outcome::Retry { pause: Pause::AsScheduled, .. }) { "again" } else { "never" };
            assert_eq!(named, meaning, "{error} for {url}");
        }
        let Outcome::GiveUp { why } = judge_failure(&private(), &by_address.parse().unwrap()) else { panic!("never") };
        assert!(why.contains("[egress] allow_private = [\"n8n.example\"]"), "{why}");
    }

    #[test]
    fn an_excerpt_is_short_and_plain() {
        let long = format!("a\nb\u{1b}[31m{}", "é".repeat(2_000));
        let told = excerpt(&answer(500, None, &long, None)).unwrap();
        assert!(told.starts_with("a\nb [31mé") && told.chars().count() == EXCERPT, "{told}");
        assert_eq!(excerpt(&answer(204, None, " \r\n", None)), None);
    }

    #[test]
    fn the_receivers_words_stay_on_one_short_line() {
        let body = serde_json::json!({"message": format!("a\nb\u{1b}[31m{}", "x".repeat(500))}).to_string();
        let Outcome::Retry { why, .. } = judge(&answer(500, None, &body, None), NOW.parse().unwrap()) else { panic!("retry") };
        assert!(why.starts_with("answered 500 (a b [31mxxx") && !why.contains(char::is_control), "{why}");
        assert!(why.chars().count() < 200);
    }
}
