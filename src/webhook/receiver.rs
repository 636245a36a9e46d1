//! From a due delivery to the request that carries it: who receives it, in which format, with which headers.
//!
//! Built once from checked settings. Opens no socket; its texts hold no secret and no query of a URL.

use std::collections::HashMap;
use std::time::Duration;

use url::Url;

use super::body::{self, BodyError};
use super::raw_signature::{self, Phrase};
use super::settings::{AllowedHost, Callback, Endpoint, Fault, Format, Settings, SettingsError};
use super::signature::{SecretFault, Signer};
use crate::egress::Post;
use crate::journal::{CALLBACK, Due};

/// How much of an answer is kept: its first words say all that matters.
const MAX_ANSWER: usize = 16 * 1024;

/// n8n: the path of a Wait node's resume URL, which refuses a second call while the first is under way.
const WAITING_PATH: &str = "/webhook-waiting/";

/// Everybody who may receive.
#[derive(Debug)]
pub(super) struct Receivers {
    settings: Settings,
    endpoints: HashMap<String, Receiver>,
    callback: Receiver,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Receiver {
    /// Absent for callbacks: the delivery names its own.
    url: Option<Url>,
    format: Format,
    signer: Option<Signer>,
    phrase: Option<Phrase>,
    headers: Vec<(String, String)>,
    /// What an answer may repeat and nobody is to read: the values of our headers and their longer words.
    hidden: Vec<String>,
    ordered: bool,
}

/// Shorter words of a header's value are no secret: `Bearer`.
const HIDDEN_WORD: usize = 8;

/// Why a delivery can never go out.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("there is no endpoint {0:?} in the configuration any more")]
    NoEndpoint(String),
    #[error("callbacks to {0} are not allowed (any more): list it in webhooks.callback.hosts")]
    Callback(String),
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl Receivers {
    pub(super) fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let mut endpoints = HashMap::new();
        for (i, endpoint) in settings.endpoints.iter().enumerate() {
            let receiver =
                Receiver::of(endpoint).map_err(|fault| SettingsError::at(&format!("endpoints[{i}].secret"), &Fault::Secret(fault)))?;
            endpoints.insert(endpoint.name.clone(), receiver);
        }
        let callback =
            Receiver::of_callback(&settings.callback).map_err(|fault| SettingsError::at("callback.secret", &Fault::Secret(fault)))?;
        Ok(Self { settings, endpoints, callback })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the URL is that of a configured endpoint.
    pub(super) fn is_configured(&self, url: &Url) -> bool {
        self.settings.endpoints.iter().any(|endpoint| endpoint.url == *url)
    }

    /// Whether deliveries to this URL go one at a time, oldest first.
    pub(super) fn is_ordered(&self, url: &Url, endpoint: &str) -> bool {
        let named = self.find(endpoint).is_some_and(|receiver| receiver.ordered);
        let same_url = self.settings.endpoints.iter().any(|endpoint| endpoint.ordered && endpoint.url == *url);
        named || same_url || url.path().contains(WAITING_PATH)
    }

    /// A text of the receiver or about it, without what nobody is to read.
    pub(super) fn hide(&self, due: &Due, text: String) -> String {
        match self.find(&due.endpoint) {
            Some(receiver) => receiver.hide(receiver.url.as_ref().unwrap_or(&due.url), text),
            None => text,
        }
    }

    fn find(&self, endpoint: &str) -> Option<&Receiver> {
        if endpoint == CALLBACK { Some(&self.callback) } else { self.endpoints.get(endpoint) }
    }

    /// The request for one try at `timestamp` (Unix seconds).
    pub(super) fn request(&self, due: &Due, timestamp: i64) -> Result<Post, Refusal> {
        let receiver = self.find(&due.endpoint).ok_or_else(|| Refusal::NoEndpoint(due.endpoint.clone()))?;
        let url = match &receiver.url {
            Some(url) => url,
            None if self.settings.allows_callback(&due.url) => &due.url,
            None => return Err(Refusal::Callback(AllowedHost::of(&due.url).map(|host| host.to_string()).unwrap_or_default())),
        };
        let body = body::write(receiver.format, &due.entry)?;
        let message = Message { webhook_id: &due.webhook_id, timestamp, body };
        Ok(receiver.post(url, message, self.settings.timeout.unsigned_abs()))
    }
}

/// What is sent to whomever.
pub(super) struct Message<'a> {
    pub webhook_id: &'a str,
    /// Unix seconds.
    pub timestamp: i64,
    pub body: Vec<u8>,
}

impl Receiver {
    pub(super) fn post(&self, url: &Url, message: Message<'_>, timeout: Duration) -> Post {
        let Message { webhook_id, timestamp, body } = message;
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), webhook_id.to_owned()),
            ("webhook-timestamp".to_owned(), timestamp.to_string()),
        ];
        if let Some(signer) = &self.signer {
            headers.push(("webhook-signature".to_owned(), signer.sign(webhook_id, timestamp, &body)));
        }
        if let Some(phrase) = &self.phrase {
            headers.push((raw_signature::HEADER.to_owned(), phrase.sign(&body)));
        }
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent")) {
            headers.push(("user-agent".to_owned(), concat!("glaneur/", env!("CARGO_PKG_VERSION")).to_owned()));
        }
        headers.extend(self.headers.iter().cloned());
        Post { url: url.clone(), headers, body, timeout, max_answer: MAX_ANSWER }
    }

    /// A text of this receiver at `url` or about it, without our headers and the query of the URL.
    pub(super) fn hide(&self, url: &Url, text: String) -> String {
        let query = url.query().filter(|query| !query.is_empty());
        self.hidden.iter().map(String::as_str).chain(query).fold(text, |text, secret| text.replace(secret, "…"))
    }

    pub(super) fn of(endpoint: &Endpoint) -> Result<Self, SecretFault> {
        let Endpoint { name: _, url, format, secret, x_signature_256, headers, ordered } = endpoint;
        let callback = Callback {
            hosts: Vec::new(),
            format: *format,
            secret: secret.clone(),
            x_signature_256: x_signature_256.clone(),
            headers: headers.clone(),
            ordered: *ordered,
        };
        Ok(Self { url: Some(url.clone()), ..Self::of_callback(&callback)? })
    }

    fn of_callback(callback: &Callback) -> Result<Self, SecretFault> {
        let Callback { hosts: _, format, secret, x_signature_256, headers, ordered } = callback;
        let hidden = headers.0.values().flat_map(|value| [value.as_str()].into_iter().chain(value.split_whitespace()));
        let hidden = hidden.filter(|word| word.len() >= HIDDEN_WORD).map(str::to_owned).collect();
        Ok(Self {
            url: None,
            format: *format,
            signer: secret.as_ref().map(Signer::new).transpose()?,
            phrase: x_signature_256.clone(),
            headers: headers.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            hidden,
            ordered: *ordered,
        })
    }
}

/// A URL for people: its query may hold a signature, its path tells which webhook it is.
pub(super) fn shown(url: &Url) -> String {
    let query = if url.query().is_some() { "?…" } else { "" };
    let host = url.authority().rsplit('@').next().unwrap_or_default();
    format!("{}://{host}{}{query}", url.scheme(), url.path())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::Event;

    fn due(endpoint: &str, url: &str) -> Due {
        let entry = samples::entry(2, Event::Completed(samples::completed()));
        let created_at = entry.at;
        Due {
            id: 1,
            webhook_id: "msg_1".to_owned(),
            endpoint: endpoint.to_owned(),
            url: url.parse().unwrap(),
            attempts: 0,
            created_at,
            job: 1,
            ended_at: None,
            entry,
        }
    }

    fn receivers(text: &str) -> Receivers {
        Receivers::new(toml::from_str(text).unwrap()).unwrap()
    }

    const SECTION: &str = r#"
        [callback]
        hosts = ["wait:5678"]
        headers = { User-Agent = "mine" }
        [[endpoints]]
        name = "n8n"
        url = "http://new/x?a=1"
        secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
        headers = { Authorization = "Bearer hush" }
        [[endpoints]]
        name = "strict"
        url = "http://strict/"
        ordered = true
    "#;

    #[test]
    fn the_request_of_an_endpoint() {
        let post = receivers(SECTION).request(&due("n8n", "http://old/typo"), 7).unwrap();
        assert_eq!(post.url.as_str(), "http://new/x?a=1", "waiting deliveries follow a corrected URL");
        let names: Vec<&str> = post.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["content-type", "webhook-id", "webhook-timestamp", "webhook-signature", "user-agent", "Authorization"]);
        assert_eq!((post.headers[0].1.as_str(), post.headers[2].1.as_str()), ("application/json", "7"));
        assert_eq!(post.headers[4].1, format!("glaneur/{}", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn the_request_of_a_callback_keeps_its_query_and_may_be_unsigned() {
        let post = receivers(SECTION).request(&due("callback", "http://wait:5678/webhook-waiting/1?signature=ab"), 7).unwrap();
        assert_eq!(post.url.query(), Some("signature=ab"));
        let names: Vec<&str> = post.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["content-type", "webhook-id", "webhook-timestamp", "User-Agent"]);
    }

    #[test]
    fn what_has_no_receiver_is_refused_without_its_query() {
        let all = receivers(SECTION);
        for (endpoint, url) in [("gone", "http://new/x?a=hush"), ("callback", "http://u:hush@wait:5679/?a=hush")] {
            let refusal = all.request(&due(endpoint, url), 7).unwrap_err().to_string();
            assert!(!refusal.contains("hush"), "{refusal}");
        }
    }

    #[test]
    fn what_a_receiver_repeats_of_ours_is_hidden() {
        let all = receivers(SECTION);
        let echo = "http://new/x?a=1 said Authorization: Bearer hush";
        assert_eq!(all.hide(&due("n8n", "http://old/"), echo.to_owned()), "http://new/x?… said Authorization: …");
        let waiting = due("callback", "http://wait:5678/webhook-waiting/1?signature=ab");
        assert_eq!(all.hide(&waiting, "cannot reach /1?signature=ab".to_owned()), "cannot reach /1?…");
    }

    #[test]
    fn who_is_served_in_order() {
        let all = receivers(SECTION);
        for (endpoint, url, ordered) in [
            ("n8n", "http://new/x?a=1", false),
            ("strict", "http://strict/", true),
            ("strict", "http://strict/before", true),
            ("callback", "http://strict/", true),
            ("callback", "http://wait:5678/webhook/1", false),
            ("callback", "http://wait:5678/webhook-waiting/1", true),
        ] {
            assert_eq!(all.is_ordered(&url.parse().unwrap(), endpoint), ordered, "{endpoint} {url}");
        }
    }

    #[test]
    fn a_url_is_shown_without_what_it_hides() {
        let url: Url = "http://u:p@h:5678/webhook-waiting/1?signature=ab#f".parse().unwrap();
        assert_eq!(shown(&url), "http://h:5678/webhook-waiting/1?…");
        assert_eq!(shown(&"https://h/x".parse().unwrap()), "https://h/x");
    }
}
