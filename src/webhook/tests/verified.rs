//! What we send, checked by the published libraries of other languages: `standardwebhooks` of PyPI and of npm.
//!
//! Tests fetch nothing: a machine without them skips loudly, and fails with `GLANEUR_TEST_REQUIRE=all`. To have them:
//! `pip install --target DIR standardwebhooks` and `PYTHONPATH=DIR`; `npm install --prefix DIR standardwebhooks` and
//! `NODE_PATH=DIR/node_modules`.

use std::path::Path;
use std::process::Command;

use super::*;

/// The one is ours, the other stands beside it while secrets are rotated.
const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PHRASE: &str = "typed into the Crypto node, é";

const PYTHON: &str = r#"
import hashlib, hmac, json, sys
from standardwebhooks import Webhook
call = json.load(open(sys.argv[1]))
for secret in call["secrets"]:
    assert Webhook(secret).verify(call["body"], call["headers"])["ean"] == call["ean"]
try:
    Webhook(call["secrets"][0]).verify(call["body"] + " ", call["headers"])
    sys.exit("a changed body was taken")
except Exception as refused:
    assert type(refused).__name__ == "WebhookVerificationError", refused
raw = hmac.new(call["phrase"].encode(), call["body"].encode(), hashlib.sha256).hexdigest()
assert call["headers"]["x-signature-256"] == "sha256=" + raw
"#;

const JAVASCRIPT: &str = r#"
const assert = require("assert"), crypto = require("crypto"), { Webhook } = require("standardwebhooks");
const call = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
for (const secret of call.secrets) assert.strictEqual(new Webhook(secret).verify(call.body, call.headers).ean, call.ean);
assert.throws(() => new Webhook(call.secrets[0]).verify(call.body + " ", call.headers));
// What n8n's Crypto node computes.
const raw = crypto.createHmac("sha256", call.phrase).update(call.body).digest("hex");
assert.strictEqual(call.headers["x-signature-256"], "sha256=" + raw);
"#;

/// One real delivery, with two secrets and `X-Signature-256`, as a file that a script reads.
async fn call(directory: &Path) {
    let receiver = Receiver::start(&[], Duration::ZERO).await;
    let mut settings = to(&[&receiver]);
    settings.endpoints[0].secret = Some([SECRET, OTHER].into_iter().map(Secret::from).collect());
    settings.endpoints[0].x_signature_256 = Some(Phrase::from(PHRASE));
    let outbox = Outbox::open(&settings).await;
    outbox.post(1).await;
    let running = start(&outbox, settings);
    let call = receiver.until_calls(1).await.remove(0);
    running.drained().await;
    let headers: std::collections::BTreeMap<_, _> =
        call.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let told = serde_json::json!({
        "headers": headers, "body": std::str::from_utf8(&call.body).unwrap(), "secrets": [SECRET, OTHER], "phrase": PHRASE,
        "ean": samples::found().ean,
    });
    std::fs::write(directory.join("call.json"), told.to_string()).unwrap();
}

/// Runs the script over a real delivery, where the library is there.
async fn verify(program: &str, probe: [&str; 2], script: &str) {
    let found = Command::new(program).args(probe).output();
    if !found.as_ref().is_ok_and(|output| output.status.success()) {
        let why = format!("{program} or its library standardwebhooks is not installed");
        assert!(std::env::var("GLANEUR_TEST_REQUIRE").as_deref() != Ok("all"), "{why}, and GLANEUR_TEST_REQUIRE=all");
        eprintln!("SKIPPED: {why}");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    call(directory.path()).await;
    let file = directory.path().join("script");
    std::fs::write(&file, script).unwrap();
    let output = Command::new(program).arg(&file).arg(directory.path().join("call.json")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn the_published_python_library_verifies_ours() {
    verify("python3", ["-c", "import standardwebhooks"], PYTHON).await;
}

#[tokio::test]
async fn the_published_javascript_library_verifies_ours() {
    verify("node", ["-e", "require('standardwebhooks')"], JAVASCRIPT).await;
}
