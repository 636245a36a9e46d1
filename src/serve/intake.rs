//! From what a caller asked, at whichever door, to the job that is handed in. Pure: nothing here reads a body or a journal.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use crate::egress::is_blocked;
use crate::jobs::{Callback, CallbackEvents, Intake, NewJob, Once};
use crate::model::{Batch, BatchError, Code, Item};
use crate::webhook;

use super::fault::Fault;

/// Longest `callback_url` that is taken.
const MAX_URL: usize = 4_096;
/// Longest idempotency key that is taken.
const MAX_KEY: usize = 255;

/// What a caller asked for, before the house rules are applied.
#[derive(Debug, Default)]
pub(crate) struct Order {
    pub(crate) batch: Batch,
    pub(crate) callback_url: Option<String>,
    pub(crate) callback_events: Option<CallbackEvents>,
    pub(crate) idempotency_key: Option<String>,
}

/// What an order without an idempotency key means when it comes a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unkeyed {
    /// Another job.
    AnotherJob,
    /// Within a short window and from the same address the same job: HTTP clients such as n8n repeat a POST by themselves.
    SameJob,
}

/// What the operator allows.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) webhooks: Arc<webhook::Settings>,
}

impl Rules {
    pub(crate) fn job(&self, order: Order, intake: Intake, unkeyed: Unkeyed, caller: Option<IpAddr>) -> Result<NewJob, Fault> {
        let Order { batch, callback_url, callback_events, idempotency_key } = order;
        if intake == Intake::Whole && batch.items.is_empty() {
            return Err(Fault::argument("eans", BatchError::Empty.to_string()));
        }
        if callback_events.is_some() && callback_url.is_none() {
            return Err(Fault::argument("callback_events", "callback_events is given without a callback_url: give both or neither"));
        }
        let callback = callback_url.map(|text| self.callback(&text, callback_events.unwrap_or_default())).transpose()?;
        idempotency_key.as_deref().map(check_key).transpose()?;
        let once = (idempotency_key.is_some() || unkeyed == Unkeyed::SameJob)
            .then(|| Once { key: idempotency_key, fingerprint: fingerprint(&batch, callback.as_ref()) });
        Ok(NewJob { batch, callback, intake, once, owner: None, caller: caller.map(name), plan: Vec::new() })
    }

    fn callback(&self, text: &str, wants: CallbackEvents) -> Result<Callback, Fault> {
        let refuse = |message: String| Fault::argument("callback_url", message);
        if text.len() > MAX_URL {
            return Err(refuse(format!("the address has {} bytes; at most {MAX_URL} are taken", text.len())));
        }
        let url = Url::parse(text)
            .map_err(|error| refuse(format!("{:?} is no address: {error}; give an absolute http or https one", quotable(text))))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if !matches!(url.scheme(), "http" | "https") || host.is_empty() {
            return Err(refuse(format!("{:?} is not an http or https address", quotable(text))));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse(
                "a user name or password in the address is not taken: the operator sets headers under [webhooks.callback]".to_owned(),
            ));
        }
        if let Some(port) = url.port().filter(|port| is_blocked(*port)) {
            return Err(refuse(format!("port {port} belongs to another protocol and is not called: give the receiver another port")));
        }
        if !self.webhooks.allows_callback(&url) {
            let wanted = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
            return Err(refuse(format!(
                "the operator does not allow callbacks to {wanted}; to allow them, add to the configuration: [webhooks.callback] hosts = [\"{wanted}\"]"
            )));
        }
        Ok(Callback { url, wants })
    }
}

/// What may be said of an address that is none: a signature may stand in its query, a password before its host.
fn quotable(text: &str) -> &str {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    text[..end].rsplit_once('@').map_or(&text[..end], |(_, rest)| rest)
}

/// What a caller is known by: whose repeats are one job, and whose jobs are counted together.
fn name(caller: IpAddr) -> String {
    caller.to_canonical().to_string()
}

fn check_key(key: &str) -> Result<(), Fault> {
    if (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Fault::argument("idempotency_key", format!("an idempotency key has 1 to {MAX_KEY} visible ASCII characters, no spaces")))
}

/// SHA-256 over what the order means, in a form of its own, so that the order of keys and white space play no part.
fn fingerprint(batch: &Batch, callback: Option<&Callback>) -> String {
    let code = |code: &Code| json!([code.as_given(), code.gtin().map(|gtin| gtin.as_14().to_owned())]);
    let item = |item: &Item| json!([code(&item.primary), item.replacement.as_ref().map(code)]);
    let mut meaning = vec![
        json!(batch.items.iter().map(item).collect::<Vec<_>>()),
        json!(batch.shops),
        json!(batch.ignored3400),
        json!(callback.map(|callback| json!([callback.url.as_str(), callback.wants == CallbackEvents::Completed]))),
    ];
    // Only where it is said: orders that were taken before this could be said keep their fingerprint.
    meaning.extend(batch.media.map(|media| json!(media)));
    meaning.extend(batch.max_age.map(|age| json!(age.as_secs_f64())));
    meaning.extend((!batch.route.is_empty()).then(|| json!(batch.route)));
    let digest = Sha256::digest(json!(meaning).to_string().as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MediaMode;

    fn rules(hosts: &[&str]) -> Rules {
        let callback = webhook::Callback { hosts: hosts.iter().map(ToString::to_string).collect(), ..webhook::Callback::default() };
        Rules { webhooks: Arc::new(webhook::Settings { callback, ..webhook::Settings::default() }) }
    }

    fn order(codes: &[&str]) -> Order {
        Order {
            batch: Batch { items: codes.iter().map(|code| Item::new(Code::parse(code), None)).collect(), ..Batch::default() },
            ..Order::default()
        }
    }

    fn refused(rules: &Rules, order: Order) -> Fault {
        rules.job(order, Intake::Whole, Unkeyed::AnotherJob, None).unwrap_err()
    }

    #[test]
    fn callbacks_go_only_where_the_operator_allows() {
        let rules = rules(&["n8n.example.org", "127.0.0.1:5678", "[::1]:90", "MiXed.example"]);
        for (url, expected) in [
            ("https://n8n.example.org/webhook-waiting/7?signature=abc", true),
            ("http://n8n.example.org/x", true),
            ("http://n8n.example.org:80/x", true),
            ("http://n8n.example.org:5678/x", true),
            ("http://n8n.example.org:25/x", false),
            ("http://127.0.0.1:5679/x", false),
            ("http://N8N.EXAMPLE.ORG/x", true),
            ("http://n8n.example.org./x", true),
            ("http://evil.example/?n8n.example.org", false),
            ("http://n8n.example.org@evil.example/", false),
            ("http://127.0.0.1:5678/x", true),
            ("http://127.1:5678/x", true),
            ("http://2130706433:5678/x", true),
            ("http://127.0.0.1/x", false),
            ("http://[::1]:90/", true),
            ("http://mixed.example/", true),
            ("ftp://n8n.example.org/", false),
            ("file:///etc/passwd", false),
            ("n8n.example.org/x", false),
            ("", false),
            ("http://user:secret@n8n.example.org/", false),
            ("http://user@n8n.example.org/", false),
        ] {
            let order = Order { callback_url: Some(url.to_owned()), ..order(&["1"]) };
            let job = rules.job(order, Intake::Whole, Unkeyed::AnotherJob, None);
            assert_eq!(job.is_ok(), expected, "{url}");
            if let Err(fault) = job {
                assert_eq!(fault.field.as_deref(), Some("callback_url"), "{url}");
            }
        }
    }

    #[test]
    fn a_refused_callback_says_what_to_add() {
        let order = Order { callback_url: Some("http://192.168.1.20:5678/hook".into()), ..order(&["1"]) };
        let message = refused(&rules(&[]), order).message;
        assert!(message.contains("[webhooks.callback] hosts = [\"192.168.1.20:5678\"]"), "{message}");
    }

    #[test]
    fn emptiness_and_keys_are_checked() {
        let rules = rules(&[]);
        assert_eq!(refused(&rules, order(&[])).field.as_deref(), Some("eans"));
        for key in ["", "with space", "é", "tab\t", &"x".repeat(256)] {
            let order = Order { idempotency_key: Some(key.to_owned()), ..order(&["1"]) };
            assert_eq!(refused(&rules, order).field.as_deref(), Some("idempotency_key"), "{key:?}");
        }
        assert!(rules.job(order(&[]), Intake::Open, Unkeyed::AnotherJob, None).is_ok());
    }

    #[test]
    fn the_fingerprint_follows_the_meaning() {
        let of = |order: Order| rules(&["a.example"]).job(order, Intake::Whole, Unkeyed::SameJob, None).unwrap().once.unwrap().fingerprint;
        let first = of(order(&["0748322148474"]));
        assert_eq!(first.len(), 64);
        assert_eq!(first, of(order(&["0748322148474"])));
        assert_ne!(first, of(order(&["748322148474"])), "the text as given is echoed, so it is part of the meaning");
        assert_ne!(first, of(order(&["0748322148474", "0748322148474"])));
        assert_ne!(first, of(Order { callback_url: Some("http://a.example/".into()), ..order(&["0748322148474"]) }));
        let mut probing = order(&["0748322148474"]);
        probing.batch.media = Some(MediaMode::Probe);
        assert_ne!(first, of(probing));
        let mut lasting = order(&["0748322148474"]);
        lasting.batch.max_age = Some(std::time::Duration::ZERO);
        assert_ne!(first, of(lasting));
        let keyed = Order { idempotency_key: Some("k".into()), ..order(&["0748322148474"]) };
        assert_eq!(first, of(keyed), "the key is no part of the content");
    }

    #[test]
    fn without_a_key_only_http_knows_repeats() {
        let job = |unkeyed| rules(&[]).job(order(&["1"]), Intake::Whole, unkeyed, "::ffff:10.0.0.7".parse().ok()).unwrap();
        assert_eq!(job(Unkeyed::AnotherJob).once, None);
        assert_eq!(job(Unkeyed::SameJob).once.unwrap().key, None);
        assert!([Unkeyed::AnotherJob, Unkeyed::SameJob].map(job).iter().all(|job| job.caller.as_deref() == Some("10.0.0.7")));
    }
}
