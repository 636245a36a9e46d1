//! The webhook receiver in its good and its bad hours.

use std::time::{Duration, Instant};

use super::*;

async fn post(receiver: &WebhookReceiver, id: &str) -> Result<Reply, NoAnswer> {
    send(receiver.url(), "POST", receiver.url().path(), &[JSON, ("webhook-id", id)], r#"{"ean":"0748322148474"}"#).await
}

#[tokio::test]
async fn the_receiver_keeps_what_ran() {
    let receiver = WebhookReceiver::start().await.unwrap();
    let reply = post(&receiver, "msg_1").await.unwrap();
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"message":"Workflow was started"}"#));
    post(&receiver, "msg_1").await.unwrap();
    assert!(receiver.wait_for(2, Duration::from_secs(5)).await);
    assert!(!receiver.wait_for(3, Duration::from_millis(20)).await);
    assert_eq!((receiver.total(), receiver.unique_ids().len()), (2, 1));
    let first = &receiver.received()[0];
    assert_eq!((&first.body[..], first.json().unwrap()["ean"].as_str()), (&br#"{"ean":"0748322148474"}"#[..], Some("0748322148474")));
    let events = [("Content-Type", "application/cloudevents+json")];
    send(receiver.url(), "POST", "/webhook/x?signature=ab", &events, "{}").await.unwrap();
    assert_eq!((receiver.received()[2].json(), receiver.received()[2].path.as_str()), (None, "/webhook/x?signature=ab"));
    receiver.forget();
    assert_eq!((receiver.total(), receiver.total_attempts()), (0, 0));
    receiver.stop().await;
}

#[tokio::test]
async fn the_receiver_has_bad_hours() {
    let receiver = WebhookReceiver::start().await.unwrap();
    for (mode, status, words) in [
        (Mode::StartingUp, 200, "n8n is starting up. Please wait"),
        (Mode::NotRegistered, 404, r#"\"POST glaneur\" is not registered."#),
        (Mode::NotReady, 404, "Cannot POST"),
        (Mode::Forbidden, 403, "Authorization"),
        (Mode::ServerError, 500, "Error in workflow"),
        (Mode::TooManyRequests { retry_after: 3 }, 429, "Too many"),
        (Mode::Running, 409, "is running already"),
        (Mode::Finished, 409, "has finished already"),
        (Mode::Redirect("/webhook/autre".into()), 302, ""),
    ] {
        receiver.set_for(mode.clone(), 1);
        let reply = post(&receiver, "a").await.unwrap();
        assert_eq!(reply.status, status, "{mode:?}");
        assert!(reply.body.contains(words), "{}", reply.body);
        assert_eq!(reply.header("retry-after"), (status == 429).then_some("3"));
        assert_eq!(reply.header("location"), (status == 302).then_some("/webhook/autre"));
    }
    assert_eq!((receiver.total(), receiver.total_attempts()), (0, 9));
    receiver.set_for(Mode::StartingUp, 2);
    let mut ran = Vec::new();
    for _ in 0..3 {
        ran.push(post(&receiver, "b").await.unwrap().body.contains("Workflow was started"));
    }
    assert_eq!(ran, [false, false, true]);
    let before = receiver.total();
    receiver.set_for(Mode::Drop, 1);
    assert!(post(&receiver, "c").await.is_err());
    assert_eq!(receiver.total(), before);
    receiver.set_for(Mode::RunThenDrop, 1);
    assert!(post(&receiver, "c").await.is_err());
    assert_eq!(receiver.total(), before + 1);
    receiver.set_for(Mode::Hang, 1);
    assert!(tokio::time::timeout(Duration::from_millis(100), post(&receiver, "d")).await.is_err());
    assert_eq!(receiver.attempts().last().unwrap().status, None);
}

#[tokio::test]
async fn the_receiver_is_particular() {
    let receiver = WebhookReceiver::start().await.unwrap();
    let test = receiver.test_url();
    let hook = async || send(test, "POST", test.path(), &[JSON], "{}").await.unwrap().status;
    assert_eq!([hook().await, hook().await, hook().await], [200, 404, 404]);
    assert!(get(receiver.url(), "/webhook/glaneur").await.body.contains("Did you mean to make a POST request?"));
    receiver.set(Mode::Refuse);
    let start = Instant::now();
    while post(&receiver, "a").await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    receiver.set(Mode::Ok);
    let start = Instant::now();
    while post(&receiver, "a").await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
