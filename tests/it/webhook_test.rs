//! `glaneur webhook test` against a receiver that answers as n8n does in its good and its bad hours.

use glaneur::demo::{Mode, WebhookReceiver};
use serde_json::Value;
use tokio::process::Command;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Exit code and what was said, both streams.
async fn test(config: &str, arguments: &[&str]) -> (i32, String) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("glaneur.toml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
    let output = command.args(["webhook", "test"]).args(arguments).current_dir(directory.path()).output().await.unwrap();
    (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// Names the receiver, which opens its address.
fn naming(receiver: &WebhookReceiver, more: &str) -> String {
    format!("[webhooks]\ntimeout = '1s'\n[[webhooks.endpoints]]\nname = 'flow'\nurl = '{}'\n{more}", receiver.url())
}

#[tokio::test]
async fn what_is_sent_is_a_test_and_is_signed() {
    let receiver = WebhookReceiver::start().await.unwrap();
    let config =
        naming(&receiver, &format!("secret = '{SECRET}'\nx_signature_256 = 'hush'\nheaders = {{ Authorization = 'Bearer hushhush' }}"));
    let (code, said) = test(&config, &["flow", "--json"]).await;
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &report["taken"], &report["status"]), (0, &Value::Bool(true), &Value::from(200)), "{said}");
    let sent = receiver.received().remove(0);
    standardwebhooks::Webhook::new(SECRET).unwrap().verify(&sent.body, &sent.headers).unwrap();
    assert_eq!((sent.id(), sent.header("authorization")), (report["webhook_id"].as_str(), Some("Bearer hushhush")));
    assert!(sent.id().unwrap().starts_with("msg_test_") && sent.header("x-signature-256").unwrap().starts_with("sha256="));
    assert_eq!(sent.json().unwrap()["ean"], "TEST");

    let (code, said) = test(&config, &[receiver.url().as_str(), "--format", "native"]).await;
    assert_eq!((code, said.contains("taken: the receiver answered 200")), (0, true), "{said}");
    let native = receiver.received().pop().unwrap();
    assert_eq!(native.json().unwrap()["type"], "glaneur.test");
    assert!(native.header("webhook-signature").is_some(), "the URL is that of a configured endpoint");
}

#[tokio::test]
async fn each_refusal_comes_with_its_remedy() {
    let receiver = WebhookReceiver::start().await.unwrap();
    let config = naming(&receiver, "");
    let url = receiver.url().as_str();
    for (mode, words) in [
        (Mode::NotRegistered, "activate (publish) the workflow"),
        (Mode::Forbidden, "Header Auth"),
        (Mode::StartingUp, "wait until n8n is up"),
        (Mode::Redirect("http://127.0.0.1:9/second".to_owned()), "do not follow"),
        (Mode::Hang, "Respond to \"Immediately\""),
        (Mode::Refuse, "is the receiver running"),
    ] {
        receiver.set(mode.clone());
        let (code, said) = test(&config, &[url]).await;
        assert!(code == 1 && said.contains("NOT taken") && said.contains(words), "{mode:?}: {code} {said}");
    }
    receiver.set(Mode::Ok);
    let test_url = receiver.test_url().as_str();
    let (first, second) = (test(&config, &[test_url]).await, test(&config, &[test_url]).await);
    assert!(first.0 == 0 && first.1.contains("ONE call"), "{first:?}");
    assert!(second.0 == 1 && second.1.contains("Listen for test event"), "{second:?}");
}

#[tokio::test]
async fn a_private_address_is_opened_by_the_configuration_alone() {
    let receiver = WebhookReceiver::start().await.unwrap();
    let (code, said) = test("", &[receiver.url().as_str()]).await;
    assert!(code == 1 && said.contains("[[webhooks.endpoints]]") && said.contains(receiver.url().as_str()), "{code} {said}");
    assert_eq!(receiver.total_attempts(), 0);
}

#[tokio::test]
async fn what_is_typed_wrong_ends_with_2() {
    let receiver = WebhookReceiver::start().await.unwrap();
    let (config, url) = (naming(&receiver, ""), receiver.url().as_str());
    for arguments in [
        &["n8n"][..],
        &["ftp://127.0.0.1/x"],
        &["127.0.0.1:5678/webhook/x"],
        &[url, "--secret", "hush"],
        &[url, "--header", "no colon"],
        &[url, "--header", "webhook-id: mine"],
        &[url, "--format", "xml"],
        &[],
    ] {
        let (code, said) = test(&config, arguments).await;
        assert!(code == 2 && said.contains("error:"), "{arguments:?}: {code} {said}");
    }
    assert_eq!(receiver.total_attempts(), 0);
}
