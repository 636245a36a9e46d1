//! From a due delivery to the request that carries it: who receives it, in which format, with which headers.
//!
//! Built once from checked settings. Opens no socket; its texts hold no secret and no query of a URL.

use std::collections::HashMap;

use url::Url;

use super::body::{self, BodyError};
use super::settings::{AllowedHost, Fault, Format, Headers, Settings, SettingsError};
use super::signature::{SecretFault, Secrets, Signer};
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

#[derive(Debug)]
struct Receiver {
    /// Absent for callbacks: the delivery names its own.
    url: Option<Url>,
    format: Format,
    signer: Option<Signer>,
    headers: Vec<(String, String)>,
    ordered: bool,
}

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
                Receiver::new(Some(&endpoint.url), endpoint.format, endpoint.secret.as_ref(), &endpoint.headers, endpoint.ordered)
                    .map_err(|fault| SettingsError::at(&format!("endpoints[{i}].secret"), &Fault::Secret(fault)))?;
            endpoints.insert(endpoint.name.clone(), receiver);
        }
        let own = &settings.callback;
        let callback = Receiver::new(None, own.format, own.secret.as_ref(), &own.headers, own.ordered)
            .map_err(|fault| SettingsError::at("callback.secret", &Fault::Secret(fault)))?;
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
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), due.webhook_id.clone()),
            ("webhook-timestamp".to_owned(), timestamp.to_string()),
        ];
        if let Some(signer) = &receiver.signer {
            headers.push(("webhook-signature".to_owned(), signer.sign(&due.webhook_id, timestamp, &body)));
        }
        if !receiver.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent")) {
            headers.push(("user-agent".to_owned(), concat!("glaneur/", env!("CARGO_PKG_VERSION")).to_owned()));
        }
        headers.extend(receiver.headers.iter().cloned());
        Ok(Post { url: url.clone(), headers, body, timeout: self.settings.timeout.unsigned_abs(), max_answer: MAX_ANSWER })
    }
}

impl Receiver {
    fn new(url: Option<&Url>, format: Format, secrets: Option<&Secrets>, headers: &Headers, ordered: bool) -> Result<Self, SecretFault> {
        let signer = secrets.map(Signer::new).transpose()?;
        let headers = headers.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(Self { url: url.cloned(), format, signer, headers, ordered })
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
