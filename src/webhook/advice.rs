//! What the answer to a test says to the person who sets a receiver up, n8n above all. Pure: one table.

use url::Url;

use super::outcome::{self, says};
use super::receiver::shown;
use super::settings::TEST_PATH;
use crate::egress::{FetchError, Posted};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    pub taken: bool,
    pub message: String,
    pub remedy: Option<String>,
}

impl Advice {
    fn taken(message: String) -> Self {
        Self { taken: true, message, remedy: None }
    }

    fn refused(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { taken: false, message: message.into(), remedy: Some(remedy.into()) }
    }

    fn but(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

const TEST_URL: &str = "this is n8n's test URL: it takes ONE call, and only while the editor waits for it. Press \"Listen for test event\" \
                        and test again; for real use activate the workflow and take the Production URL (/webhook/...)";

pub(super) fn advise(url: &Url, outcome: &Result<Posted, FetchError>) -> Advice {
    match outcome {
        Ok(answer) => of_answer(url, answer),
        Err(error) => of_failure(url, error),
    }
}

fn of_answer(url: &Url, answer: &Posted) -> Advice {
    let answered = format!("the receiver answered {}", answer.status);
    let is_test_url = url.path().contains(TEST_PATH);
    match answer.status {
        200 if outcome::is_starting(answer) => Advice::refused(
            "n8n is starting up: it answered 200 and dropped the webhook",
            "wait until n8n is up and test again; glaneur serve tries again by itself",
        ),
        200..=299 if is_test_url => Advice::taken(format!("{answered}: it took the sample")).but(TEST_URL),
        200..=299 => Advice::taken(format!("{answered}: it took the sample, and would count as delivered")),
        300..=399 => Advice::refused(
            format!("{answered}, a redirect, which webhooks do not follow"),
            "write the URL to which it leads: often https:// in place of http://, or a slash more or less at the end",
        ),
        401 => Advice::refused(
            format!("{answered}: it wants to know who calls"),
            "give what it asks for, headers = { Authorization = \"Basic ...\" } in the endpoint, or --header here; a resume URL of a Wait node \
             needs its whole query (?signature=...)",
        ),
        403 => Advice::refused(
            format!("{answered}: the caller is not let in"),
            "n8n's Webhook node with Header Auth answers so when the header is missing or wrong: write it as headers = { Name = \"value\" } in \
             the endpoint, or --header here; with an IP list, add the address of this machine",
        ),
        404 if is_test_url => Advice::refused(format!("{answered}: nobody listens at this test URL now"), TEST_URL),
        404 if says(answer, "is not registered") => Advice::refused(
            format!("{answered}: n8n knows no such webhook"),
            "activate (publish) the workflow, set the Webhook node's HTTP Method to POST, and compare the path with its Production URL",
        ),
        404 => Advice::refused(
            format!("{answered}: there is nothing at {}", url.path()),
            "compare the path with the receiver's; n8n answers so for some seconds after its start, too",
        ),
        405 => Advice::refused(format!("{answered}: this address takes no POST"), "set the Webhook node's HTTP Method to POST"),
        409 if says(answer, "has finished already") => Advice::refused(
            format!("{answered}: the execution that waited there is over"),
            "a resume URL of a Wait node works once: send a job with the URL of a new execution",
        ),
        409 => Advice::refused(
            format!("{answered}: the execution is busy"),
            "a resume URL of a Wait node works once the workflow waits at it; glaneur serve tries again by itself",
        ),
        410 => Advice::refused(
            format!("{answered}: this receiver is gone for good"),
            "correct the URL; glaneur serve sends nothing more to such an endpoint until a delivery is replayed",
        ),
        413 => Advice::refused(
            format!("{answered}: the body is too large for it"),
            "raise its limit: a webhook of a real product is larger than this sample",
        ),
        429 => Advice::refused(
            format!("{answered}: too many calls"),
            "glaneur serve waits as long as Retry-After says; [webhooks] per_second and concurrency make it slower",
        ),
        400..=499 => Advice::refused(
            format!("{answered}: it does not take the request"),
            "its own words are below; format = \"native\" or \"n8n\" changes the body",
        ),
        500..=599 => Advice::refused(
            format!("{answered}: it failed"),
            "look into its log: in n8n under Executions, when the workflow itself failed; a proxy in front answers 502, 503 or 504 while n8n is down",
        ),
        _ => Advice::refused(format!("{answered}, which means nothing to a webhook"), "is this the address of a webhook receiver?"),
    }
}

fn of_failure(url: &Url, error: &FetchError) -> Advice {
    let remedy = match error {
        FetchError::Private { .. } | FetchError::Local { .. } => return private(url, error),
        FetchError::Timeout { .. } => {
            "nothing came back in time ([webhooks] timeout): in n8n set the Webhook node's Respond to \"Immediately\"; is a firewall in between?"
        }
        FetchError::Connect { .. } if url.scheme() == "https" => {
            "is the receiver running, is the port right, is its certificate valid for this name? n8n itself speaks http:// unless a proxy is in front"
        }
        FetchError::Connect { .. } => {
            "is the receiver running, and is the port right? From inside a container, localhost is the container: use the name of n8n's"
        }
        FetchError::Name { .. } => "is the name spelled right, and known to this machine?",
        FetchError::Broken { .. } | FetchError::Head { .. } => {
            "does a web server listen there, and does it speak what the URL says (http or https)?"
        }
        FetchError::Own { .. } => "this is glaneur's own port: give the receiver's address",
        FetchError::Port { .. } => "give the port of the receiver",
        FetchError::Scheme { .. }
        | FetchError::Host { .. }
        | FetchError::Route { .. }
        | FetchError::TooLarge { .. }
        | FetchError::Bomb { .. }
        | FetchError::Coding { .. }
        | FetchError::Redirects { .. }
        | FetchError::Location { .. }
        | FetchError::Request { .. } => "correct the URL",
    };
    Advice::refused(error.to_string(), remedy)
}

/// The configuration opens it by naming it; the refusal's own words would open it for pages as well.
fn private(url: &Url, error: &FetchError) -> Advice {
    let why = match error {
        FetchError::Private { host, address, purpose, .. } => {
            format!("{host} is the private address {address} ({purpose}), which no configuration names")
        }
        other => other.to_string(),
    };
    let entry = url.host_str().map(|host| format!("{host}:{}", url.port_or_known_default().unwrap_or_default())).unwrap_or_default();
    let remedy = format!(
        "add the receiver to glaneur.toml, which is permission enough:\n  [[webhooks.endpoints]]\n  name = \"n8n\"\n  url = \"{}\"\n\
         or, for the callback URLs of jobs:\n  [webhooks.callback]\n  hosts = [\"{entry}\"]",
        shown(url)
    );
    Advice::refused(why, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Posted, FetchError> {
        let content_type = Some(if body.starts_with('{') { "application/json" } else { "text/html" }.to_owned());
        Ok(Posted { status, retry_after: None, content_type, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn every_answer_is_explained() {
        let unregistered = r#"{"code":404,"message":"The requested webhook \"POST x\" is not registered."}"#;
        let (hook, test) = ("http://n8n:5678/webhook/x", "http://n8n:5678/webhook-test/x");
        let host = || "n8n:5678".to_owned();
        let private = FetchError::Private { host: host(), address: [10, 0, 0, 9].into(), purpose: "private use", entry: "n8n".to_owned() };
        let cases = [
            (hook, answer(200, r#"{"message":"Workflow was started"}"#), true, ""),
            (hook, answer(204, ""), true, ""),
            (test, answer(200, "{}"), true, "ONE call"),
            (hook, answer(200, "n8n is starting up. Please wait"), false, "wait until n8n is up"),
            (hook, answer(302, ""), false, "https:// in place of http://"),
            (hook, answer(401, ""), false, "Authorization"),
            (hook, answer(403, r#"{"message":"Authorization data is wrong!"}"#), false, "Header Auth"),
            (hook, answer(404, unregistered), false, "activate (publish) the workflow"),
            (test, answer(404, unregistered), false, "Listen for test event"),
            (hook, answer(404, "Cannot POST"), false, "compare the path"),
            (hook, answer(405, ""), false, "HTTP Method to POST"),
            (hook, answer(409, r#"{"message":"The execution is running already."}"#), false, "once the workflow waits"),
            (hook, answer(409, r#"{"message":"The execution has finished already."}"#), false, "works once"),
            (hook, answer(410, ""), false, "replayed"),
            (hook, answer(413, ""), false, "limit"),
            (hook, answer(429, ""), false, "per_second"),
            (hook, answer(422, ""), false, "format"),
            (hook, answer(500, ""), false, "Executions"),
            (hook, answer(999, ""), false, "address of a webhook"),
            (hook, Err(private), false, "url = \"http://n8n:5678/webhook/x\""),
            (hook, Err(FetchError::Connect { host: host(), reason: "refused".to_owned() }), false, "container"),
            (hook, Err(FetchError::Name { host: host(), reason: "no such name".to_owned() }), false, "spelled"),
            (hook, Err(FetchError::Own { host: host() }), false, "own port"),
        ];
        for (url, outcome, taken, words) in cases {
            let advice = advise(&url.parse().unwrap(), &outcome);
            let remedy = advice.remedy.clone().unwrap_or_default();
            assert_eq!(advice.taken, taken, "{advice:?}");
            assert!(remedy.contains(words) && (taken || !remedy.is_empty()), "{outcome:?}: {advice:?}");
        }
    }

    #[test]
    fn the_lines_to_add_open_the_address() {
        let url: Url = "http://10.0.0.9:5678/webhook/x?key=hush".parse().unwrap();
        let refused = FetchError::Private {
            host: "10.0.0.9:5678".into(),
            address: [10, 0, 0, 9].into(),
            purpose: "private use",
            entry: "10.0.0.9".into(),
        };
        let remedy = advise(&url, &Err(refused)).remedy.unwrap();
        assert!(remedy.contains("hosts = [\"10.0.0.9:5678\"]") && !remedy.contains("hush"), "{remedy}");
    }
}
