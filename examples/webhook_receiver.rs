//! A webhook receiver: checks the signature, drops repeats, prints what comes.
//!
//!     WEBHOOK_SECRET=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY= cargo run --example webhook_receiver -- 127.0.0.1:5679
//!
//! and in `glaneur.toml`, with the same secret:
//!
//!     [[webhooks.endpoints]]
//!     name = "example"
//!     url = "http://127.0.0.1:5679/"
//!     secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
//!
//! The signature is that of the Standard Webhooks specification; this is its published library, and there is one for most languages.

use std::collections::HashSet;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use standardwebhooks::Webhook;

struct Receiver {
    verifier: Webhook,
    /// In real life a table with a unique key, which survives a restart and forgets after some days.
    seen: Mutex<HashSet<String>>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:5679".to_owned());
    let secret = std::env::var("WEBHOOK_SECRET").map_err(|_| "set WEBHOOK_SECRET to the endpoint's secret, whsec_...")?;
    let receiver = Arc::new(Receiver { verifier: Webhook::new(&secret)?, seen: Mutex::default() });
    let listener = tokio::net::TcpListener::bind(address).await?;
    say(&format!("receiving on http://{}/", listener.local_addr()?));
    // Any path: the address in glaneur.toml decides.
    let router = Router::new().route("/", post(receive)).route("/{*path}", post(receive)).with_state(receiver);
    Ok(axum::serve(listener, router).await?)
}

/// The signature is over the bytes as they came: take the body as bytes, and parse it only after the check.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if let Err(error) = receiver.verifier.verify(&body, &headers) {
        say(&format!("refused: {error}"));
        return StatusCode::UNAUTHORIZED;
    }
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    if !receiver.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned()) {
        // Delivered before, and our answer was lost: say again that it arrived.
        say(&format!("repeat of {id}"));
        return StatusCode::OK;
    }
    match serde_json::from_slice(&body) {
        Ok(body) => say(&line(&body)),
        Err(error) => say(&format!("{id} is no JSON: {error}")),
    }
    StatusCode::OK
}

/// Both formats: `n8n` and `native`.
fn line(body: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(kind) = body.get("type") {
        return format!("{} {} {}", text(kind), text(&body["data"]["ean"]), text(&body["data"]["status"]));
    }
    match (body.get("ean"), body.get("data").and_then(Value::as_object)) {
        (Some(ean), Some(shops)) if shops.is_empty() => format!("product {}: not found", text(ean)),
        (Some(ean), Some(shops)) => {
            let shops: Vec<String> = shops.iter().map(|(shop, sheet)| format!("{shop} {}", text(&sheet["prix"]))).collect();
            format!("product {}: {}", text(ean), shops.join(", "))
        }
        _ => text(&body["message"]),
    }
}

/// At once, also where stdout is a pipe; a reader that went away is no reason to lose webhooks.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
