//! `[webhooks]` in the configuration: who receives, how hard we try, and what is refused before the start.
//!
//! Nothing here opens a socket. No error quotes a secret, a header's value or the query of a URL.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use url::{Host, Url};

use super::raw_signature::{self, Phrase};
use super::schedule::Schedule;
use super::signature::{SecretFault, Secrets, Signer};
use crate::egress::is_blocked;
use crate::error::{Error, ErrorKind};
use crate::journal::{CALLBACK, Target};

/// n8n: the path of a webhook under test, which takes one call.
pub(super) const TEST_PATH: &str = "/webhook-test/";

const TIMEOUTS: std::ops::RangeInclusive<SignedDuration> = SignedDuration::from_millis(10)..=SignedDuration::from_mins(10);
const CONCURRENCY: std::ops::RangeInclusive<usize> = 1..=256;
const PER_SECOND: std::ops::RangeInclusive<u32> = 1..=10_000;

/// Headers that are ours, or that frame the message; `webhook-*` besides.
const OURS: [&str; 8] =
    ["content-type", "content-length", "transfer-encoding", "host", "connection", "te", "upgrade", raw_signature::HEADER];

/// `[webhooks]` in the configuration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `[[webhooks.endpoints]]`: each gets every result and every completed job.
    pub endpoints: Vec<Endpoint>,
    /// `[webhooks.callback]`: the per-job `callback_url`.
    pub callback: Callback,
    /// How long one try may take, body included. n8n may answer late and have run: shorter makes repeats.
    pub timeout: SignedDuration,
    /// Deliveries under way at once per URL.
    pub concurrency: usize,
    /// Tries that start in a second per URL, on average; a quiet second may be made up for.
    pub per_second: u32,
    /// The pauses between the tries of one delivery.
    pub schedule: Schedule,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            callback: Callback::default(),
            timeout: SignedDuration::from_secs(30),
            concurrency: 8,
            per_second: 25,
            schedule: Schedule::default(),
        }
    }
}

/// A configured receiver.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// As the outbox and the log call it. Waiting deliveries follow the name: a corrected `url` gets them too.
    pub name: String,
    pub url: Url,
    #[serde(default)]
    pub format: Format,
    /// `whsec_` and base64, as in the Standard Webhooks specification, or a list while they are rotated; unsigned when absent.
    #[serde(default)]
    pub secret: Option<Secrets>,
    /// Adds `X-Signature-256`, the HMAC of the raw body with this text as its key: for n8n's Crypto node.
    #[serde(default)]
    pub x_signature_256: Option<Phrase>,
    /// The receiver's own headers, `Authorization` for example.
    #[serde(default)]
    pub headers: Headers,
    /// One delivery at a time, oldest first; a delivery that fails holds up the later ones until it is given up.
    #[serde(default)]
    pub ordered: bool,
}

impl Endpoint {
    /// In the format `n8n`, unsigned, unordered.
    pub fn new(name: impl Into<String>, url: Url) -> Self {
        Self {
            name: name.into(),
            url,
            format: Format::default(),
            secret: None,
            x_signature_256: None,
            headers: Headers::default(),
            ordered: false,
        }
    }
}

/// What a job's `callback_url` may be and how it is called.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Callback {
    /// Hosts that a caller may name, none unless listed: `192.168.1.20:5678` for that port, `n8n.example.org` for every port.
    pub hosts: Vec<String>,
    pub format: Format,
    pub secret: Option<Secrets>,
    pub x_signature_256: Option<Phrase>,
    pub headers: Headers,
    /// As for an endpoint; URLs of n8n's Wait node (`/webhook-waiting/`) always are.
    pub ordered: bool,
}

/// The shape of the bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// What the existing n8n flows read.
    #[default]
    N8n,
    /// `{"type", "timestamp", "data"}` as in the Standard Webhooks specification.
    Native,
}

/// Header names and values; the values do not show in `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Headers(pub BTreeMap<String, String>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name, "…"))).finish()
    }
}

/// A setting that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct SettingsError {
    /// `webhooks.endpoints[0].url`
    pub field: String,
    /// What is wrong, and the remedy.
    pub message: String,
}

impl SettingsError {
    pub(super) fn at(field: &str, fault: &Fault) -> Self {
        Self { field: format!("webhooks.{field}"), message: fault.to_string() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("a name is needed, of at most 64 printable characters")]
    Name,
    #[error("the name \"callback\" is taken: it stands for the callback URLs of jobs")]
    NameTaken,
    #[error("another endpoint has the name {0:?} already")]
    NameTwice(String),
    #[error("only http:// and https:// URLs can be called")]
    Scheme,
    #[error("a URL holds no user name or password: send them as a header, `Authorization = \"Basic …\"`")]
    Credentials,
    #[error("port {0} belongs to another protocol and is not called")]
    Port(u16),
    #[error(transparent)]
    Secret(#[from] SecretFault),
    #[error("needs the text that the receiver has, without spaces around it; leave the key out to send no such header")]
    Phrase,
    #[error("{0:?} is not a valid header name")]
    HeaderName(String),
    #[error("the value is not a valid header value: visible ASCII only")]
    HeaderValue,
    #[error("the header {0:?} is set by glaneur itself")]
    HeaderTaken(String),
    #[error("{0:?} is not a host: write `n8n.example.org` or `192.168.1.20:5678`, without http:// and path")]
    Host(String),
    #[error("must be between 10ms and 10m")]
    Timeout,
    #[error("must be between 1 and 256")]
    Concurrency,
    #[error("must be between 1 and 10000")]
    PerSecond,
    #[error("needs 1 to 100 pauses, each more than nothing and at most 30 days")]
    Schedule,
}

impl From<SettingsError> for Error {
    fn from(error: SettingsError) -> Self {
        Self::new(ErrorKind::Configuration, error.to_string()).field(error.field)
    }
}

impl Settings {
    /// Refuses what could not work, with the path of the first wrong field.
    pub fn check(&self) -> Result<(), SettingsError> {
        let at = |field: &str, fault: Fault| SettingsError::at(field, &fault);
        if !TIMEOUTS.contains(&self.timeout) {
            return Err(at("timeout", Fault::Timeout));
        }
        if !CONCURRENCY.contains(&self.concurrency) {
            return Err(at("concurrency", Fault::Concurrency));
        }
        if !PER_SECOND.contains(&self.per_second) {
            return Err(at("per_second", Fault::PerSecond));
        }
        if !self.schedule.is_sound() {
            return Err(at("schedule", Fault::Schedule));
        }
        let mut names = HashSet::new();
        for (i, endpoint) in self.endpoints.iter().enumerate() {
            let at_endpoint = |field: &str, fault| at(&format!("endpoints[{i}].{field}"), fault);
            check_name(&endpoint.name).map_err(|fault| at_endpoint("name", fault))?;
            if !names.insert(&endpoint.name) {
                return Err(at_endpoint("name", Fault::NameTwice(endpoint.name.clone())));
            }
            check_url(&endpoint.url).map_err(|fault| at_endpoint("url", fault))?;
            check_secret(endpoint.secret.as_ref()).map_err(|fault| at_endpoint("secret", fault))?;
            check_phrase(endpoint.x_signature_256.as_ref()).map_err(|fault| at_endpoint("x_signature_256", fault))?;
            check_headers(&endpoint.headers).map_err(|(name, fault)| at_endpoint(&format!("headers.{name}"), fault))?;
        }
        for (i, host) in self.callback.hosts.iter().enumerate() {
            host.parse::<AllowedHost>().map_err(|fault| at(&format!("callback.hosts[{i}]"), fault))?;
        }
        check_secret(self.callback.secret.as_ref()).map_err(|fault| at("callback.secret", fault))?;
        check_phrase(self.callback.x_signature_256.as_ref()).map_err(|fault| at("callback.x_signature_256", fault))?;
        check_headers(&self.callback.headers).map_err(|(name, fault)| at(&format!("callback.headers.{name}"), fault))
    }

    /// What works, but hardly as it is meant: sentences for the operator.
    pub fn warnings(&self) -> Vec<String> {
        let test_url = |(i, endpoint): (usize, &Endpoint)| {
            endpoint.url.path().contains(TEST_PATH).then(|| {
                format!(
                    "webhooks.endpoints[{i}].url ({:?}): a `/webhook-test/` URL of n8n takes ONE call and then answers 404; \
                     activate the workflow and use its `/webhook/` URL",
                    endpoint.name
                )
            })
        };
        self.endpoints.iter().enumerate().filter_map(test_url).collect()
    }

    /// Whether a job may name this callback URL: http or https, no credentials, a listed host.
    pub fn allows_callback(&self, url: &Url) -> bool {
        check_url(url).is_ok() && self.callback.hosts.iter().any(|host| host.parse().is_ok_and(|host: AllowedHost| host.covers(url)))
    }

    /// Every host that these settings name: those of the endpoints with their port, those of `callback.hosts` as listed.
    pub fn hosts(&self) -> Vec<String> {
        let endpoints = self.endpoints.iter().filter_map(|endpoint| AllowedHost::of(&endpoint.url));
        let callbacks = self.callback.hosts.iter().filter_map(|host| host.parse::<AllowedHost>().ok());
        endpoints.chain(callbacks).map(|host| host.to_string()).collect()
    }

    /// Whom the journal posts every result and every completed job to.
    pub fn targets(&self) -> Vec<Target> {
        self.endpoints.iter().map(|endpoint| Target { name: endpoint.name.clone(), url: endpoint.url.clone() }).collect()
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err(Fault::Name);
    }
    if name.eq_ignore_ascii_case(CALLBACK) { Err(Fault::NameTaken) } else { Ok(()) }
}

fn check_url(url: &Url) -> Result<(), Fault> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Fault::Scheme);
    }
    if let Some(port) = url.port().filter(|port| is_blocked(*port)) {
        return Err(Fault::Port(port));
    }
    if url.username().is_empty() && url.password().is_none() { Ok(()) } else { Err(Fault::Credentials) }
}

fn check_secret(secrets: Option<&Secrets>) -> Result<(), Fault> {
    secrets.map_or(Ok(()), |secrets| Signer::new(secrets).map(drop).map_err(Fault::Secret))
}

fn check_phrase(phrase: Option<&Phrase>) -> Result<(), Fault> {
    if phrase.is_none_or(Phrase::is_sound) { Ok(()) } else { Err(Fault::Phrase) }
}

fn check_headers(headers: &Headers) -> Result<(), (String, Fault)> {
    for (name, value) in &headers.0 {
        let refused = |fault| Err((name.clone(), fault));
        let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else { return refused(Fault::HeaderName(name.clone())) };
        if OURS.contains(&parsed.as_str()) || parsed.as_str().starts_with("webhook-") {
            return refused(Fault::HeaderTaken(name.clone()));
        }
        if HeaderValue::from_str(value).is_err() {
            return refused(Fault::HeaderValue);
        }
    }
    Ok(())
}

/// A host that webhooks may go to, on one port or on all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AllowedHost {
    host: Host,
    port: Option<u16>,
}

impl AllowedHost {
    /// The host and the port of a URL; what an operator writes into `callback.hosts` to allow it.
    pub(super) fn of(url: &Url) -> Option<Self> {
        Some(Self { host: plain(url.host()?.to_owned()), port: Some(url.port_or_known_default()?) })
    }

    fn covers(&self, url: &Url) -> bool {
        let same_port = self.port.is_none() || self.port == url.port_or_known_default();
        same_port && url.host().is_some_and(|host| plain(host.to_owned()) == self.host)
    }
}

/// `n8n.example.org.` and `n8n.example.org` are one host.
fn plain(host: Host) -> Host {
    match host {
        Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_owned()),
        address => address,
    }
}

impl FromStr for AllowedHost {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::Host(text.to_owned());
        if text.contains('*') {
            return Err(fault());
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().map_err(|_| fault())?)),
            _ => (text, None),
        };
        Ok(Self { host: plain(Host::parse(host).map_err(|_| fault())?), port })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => self.host.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Settings {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn nothing_configured_is_sound() {
        assert_eq!(read(""), Settings::default());
        Settings::default().check().unwrap();
        assert!(toml::from_str::<Settings>("timeouts = \"30s\"").is_err());
        assert!(toml::from_str::<Settings>("[[endpoints]]\nname='a'\nurl='http://h/'\nsecrets='x'").is_err());
    }

    #[test]
    fn a_whole_section() {
        let settings = read(
            r#"
            timeout = "45s"
            concurrency = 2
            schedule = ["2s", "1m", "1h 30m"]
            [callback]
            hosts = ["192.168.1.20:5678", "n8n.example.org"]
            format = "native"
            [[endpoints]]
            name = "n8n"
            url = "http://127.0.0.1:5678/webhook/glaneur?a=1"
            secret = ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
            headers = { Authorization = "Bearer hush" }
            ordered = true
            "#,
        );
        settings.check().unwrap();
        assert_eq!(settings.timeout, SignedDuration::from_secs(45));
        assert_eq!(settings.endpoints[0].format, Format::N8n);
        assert!(settings.warnings().is_empty());
        assert_eq!(settings.hosts(), ["127.0.0.1:5678", "192.168.1.20:5678", "n8n.example.org"]);
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hush") && !shown.contains("C2FV"), "{shown}");
    }

    #[test]
    fn what_is_refused_names_its_field_and_no_secret() {
        let endpoint = |lines: &str| format!("[[endpoints]]\nname = \"a\"\nurl = \"http://h/x\"\n{lines}");
        let named = |name: &str| format!("[[endpoints]]\nname = \"{name}\"\nurl = \"http://h/x\"");
        let at = |url: &str| format!("[[endpoints]]\nname = \"a\"\nurl = {url:?}");
        let cases = [
            ("timeout = \"0s\"".to_owned(), "webhooks.timeout"),
            ("timeout = \"1h\"".to_owned(), "webhooks.timeout"),
            ("concurrency = 0".to_owned(), "webhooks.concurrency"),
            ("per_second = 0".to_owned(), "webhooks.per_second"),
            ("schedule = []".to_owned(), "webhooks.schedule"),
            ("schedule = [\"1s\", \"-1s\"]".to_owned(), "webhooks.schedule"),
            (named(""), "webhooks.endpoints[0].name"),
            (named("a\\u0007"), "webhooks.endpoints[0].name"),
            (named("Callback"), "webhooks.endpoints[0].name"),
            (format!("{}\n{}", named("x"), named("x")), "webhooks.endpoints[1].name"),
            (at("ftp://h/x"), "webhooks.endpoints[0].url"),
            (at("http://h:25/x"), "webhooks.endpoints[0].url"),
            (at("file:///etc/passwd"), "webhooks.endpoints[0].url"),
            (at("http://hush@h/x"), "webhooks.endpoints[0].url"),
            (at("http://u:hush@h/x"), "webhooks.endpoints[0].url"),
            (endpoint("secret = \"hush\""), "webhooks.endpoints[0].secret"),
            (endpoint("secret = []"), "webhooks.endpoints[0].secret"),
            (endpoint("x_signature_256 = \" hush\""), "webhooks.endpoints[0].x_signature_256"),
            (endpoint("headers = { \"X-Signature-256\" = \"x\" }"), "webhooks.endpoints[0].headers.X-Signature-256"),
            ("[callback]\nx_signature_256 = \"\"".to_owned(), "webhooks.callback.x_signature_256"),
            (endpoint("headers = { \"a b\" = \"x\" }"), "webhooks.endpoints[0].headers.a b"),
            (endpoint("headers = { \"X-A\" = \"hush\\nX-B: c\" }"), "webhooks.endpoints[0].headers.X-A"),
            (endpoint("headers = { \"Content-Type\" = \"x\" }"), "webhooks.endpoints[0].headers.Content-Type"),
            (endpoint("headers = { \"Webhook-Id\" = \"x\" }"), "webhooks.endpoints[0].headers.Webhook-Id"),
            ("[callback]\nsecret = \"whsec_hush\"".to_owned(), "webhooks.callback.secret"),
            ("[callback]\nhosts = [\"ok\", \"http://h\"]".to_owned(), "webhooks.callback.hosts[1]"),
            ("[callback]\nhosts = [\"h/path\"]".to_owned(), "webhooks.callback.hosts[0]"),
            ("[callback]\nhosts = [\"\"]".to_owned(), "webhooks.callback.hosts[0]"),
            ("[callback]\nhosts = [\"*\"]".to_owned(), "webhooks.callback.hosts[0]"),
        ];
        for (text, field) in cases {
            let error = read(&text).check().expect_err(&text);
            assert_eq!(error.field, field, "{text}");
            assert!(!error.to_string().contains("hush"), "{error}");
            let public = Error::from(error);
            assert_eq!((public.kind(), public.argument()), (ErrorKind::Configuration, Some(field)));
        }
    }

    #[test]
    fn a_test_url_of_n8n_is_warned_about() {
        let mut settings = Settings::default();
        settings.endpoints.push(Endpoint::new("a", "http://h:5678/webhook-test/x".parse().unwrap()));
        assert!(settings.warnings()[0].contains("ONE call"));
    }

    #[test]
    fn callback_hosts_are_exact() {
        let settings = read("[callback]\nhosts = [\"N8N.example.org\", \"192.168.1.20:5678\", \"[::1]:5678\", \"plain:80\"]");
        settings.check().unwrap();
        for (url, allowed) in [
            ("https://n8n.example.org/webhook-waiting/7?signature=ab", true),
            ("http://n8n.example.org:5678/", true),
            ("http://n8n.example.org./", true),
            ("http://192.168.1.20:5678/x", true),
            ("http://192.168.276:5678/x", true), // another spelling of the same address
            ("http://[::1]:5678/", true),
            ("http://plain/", true),
            ("https://plain/", false),
            ("http://192.168.1.20/x", false),
            ("http://192.168.1.21:5678/x", false),
            ("http://evil.n8n.example.org/", false),
            ("http://n8n.example.org.evil.org/", false),
            ("http://n8n.example.org@evil.org/", false),
            ("http://evil@n8n.example.org/", false),
            ("ftp://n8n.example.org/", false),
            ("file:///n8n.example.org", false),
        ] {
            assert_eq!(settings.allows_callback(&url.parse().unwrap()), allowed, "{url}");
        }
        assert!(!Settings::default().allows_callback(&"http://127.0.0.1/".parse().unwrap()));
    }
}
