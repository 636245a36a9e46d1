//! Webhooks as both doors show them: the dead letters, one by its id, sending again, and how the endpoints stand.

use std::collections::HashSet;

use glaneur::Batch;
use glaneur::jobs::{Callback, CallbackEvents, Intake, JobState, NewJob};
use glaneur::journal::{Attempt, Attempted, Order};
use glaneur::serve::proto::delivery_service_client::DeliveryServiceClient;
use glaneur::serve::proto::replay_deliveries_request::Scope;
use glaneur::serve::proto::{
    GetDeliveryRequest, ListDeliveriesRequest, ListEndpointsRequest, ReplayDeliveriesRequest, ReplayDeliveryRequest, delivery, endpoint,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tonic::Code;

use crate::house::{Answer, House, NO_BARCODE, client};

const URL: &str = "http://127.0.0.1:5678/webhook/x?key=hush";

/// A finished job of two items with a callback: of its three webhooks one is delivered, one was given up an hour ago, and one
/// was told that its receiver is gone.
async fn troubled() -> (House, Vec<String>) {
    let house = House::open().await;
    let url: url::Url = URL.parse().unwrap();
    let new = NewJob {
        batch: Batch::parse([NO_BARCODE, NO_BARCODE]).unwrap(),
        callback: Some(Callback { url: url.clone(), wants: CallbackEvents::All }),
        intake: Intake::Whole,
        once: None,
        owner: None,
        caller: None,
        plan: Vec::new(),
    };
    let job = house.jobs.submit(new).await.unwrap().job.id;
    while house.jobs.get(&job).await.unwrap().state != JobState::Completed {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let now = Timestamp::now();
    let due = house.journal.due(&url, now, Order::Fair { after: 0 }, 10, &HashSet::new()).await.unwrap();
    assert_eq!(due.len(), 3);
    let attempts = [
        (200, None, now, Attempted::Delivered),
        (500, Some("answered 500"), now - SignedDuration::from_hours(1), Attempted::GaveUp),
        (410, Some("answered 410"), now, Attempted::Ended),
    ];
    for (due, (status, error, at, outcome)) in due.iter().zip(attempts) {
        let attempt = Attempt { at, status: Some(status), error: error.map(Into::into), answer: Some("its words".into()), outcome };
        house.journal.record_attempt(due.id, attempt).await.unwrap();
    }
    (house, due.into_iter().map(|due| due.webhook_id).collect())
}

fn minutes_ago(minutes: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn over_http() {
    let (house, ids) = troubled().await;
    let get = async |path: &str| Answer::of(client().get(house.url(path))).await;
    let listed = async |query: &str| {
        let page = get(&format!("/api/deliveries{query}")).await;
        let all = page.json["deliveries"].as_array().unwrap().iter();
        all.map(|delivery| delivery["webhook_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ids);
    assert_eq!(listed("?state=failed").await, ids[1..]);
    assert_eq!(listed(&format!("?state=failed&since={}", minutes_ago(30))).await, ids[2..]);
    assert_eq!(listed("?endpoint=callback&state=delivered").await, ids[..1]);
    assert!(listed("?endpoint=n8n").await.is_empty());
    let first = get("/api/deliveries?page_size=2").await;
    assert_eq!(listed(&format!("?page_size=2&page_token={}", first.text("next_page_token"))).await, ids[2..]);

    let one = get(&format!("/api/deliveries/{}", ids[1])).await;
    assert_eq!((one.text("state"), one.text("last_answer"), one.text("url")), ("failed", "its words", "http://127.0.0.1:5678/webhook/x"));
    assert_eq!((&one.json["last_status"], &one.json["attempts"]), (&json!(500), &json!(1)));
    let endpoints = get("/api/endpoints").await;
    let callback = &endpoints.json["endpoints"][0];
    assert_eq!((&callback["name"], &callback["state"], &callback["url"]), (&json!("callback"), &json!("ended"), &json!(null)));
    assert_eq!((&callback["delivered"], &callback["waiting"], &callback["failed"]), (&json!(1), &json!(0), &json!(2)));
    assert_eq!(callback["troubles"][0]["url"], "http://127.0.0.1:5678/webhook/x");
    assert!(callback["failing_since"].is_string() && !endpoints.json.to_string().contains("hush"));

    let post = async |path: &str, body: &str| Answer::of(client().post(house.url(path)).body(body.to_owned())).await;
    let since = json!({ "since": minutes_ago(30).to_string() }).to_string();
    assert_eq!(post("/api/deliveries/replay", &since).await.json["replayed"], 1);
    assert_eq!(post("/api/deliveries/replay", &since).await.json["replayed"], 0, "it waits now");
    let again = post(&format!("/api/deliveries/{}/replay", ids[0]), "").await;
    assert_eq!((again.text("webhook_id"), again.text("state")), (ids[0].as_str(), "waiting"));
    assert_eq!(get("/api/endpoints").await.json["endpoints"][0]["state"], "well", "opened again");

    for path in ["/api/deliveries/msg_none", "/api/deliveries/%ff"] {
        assert_eq!((get(path).await.status, get(path).await.text("error")), (404, "not_found"), "{path}");
    }
    assert_eq!(post("/api/deliveries/msg_none/replay", "").await.status, 404);
    for query in ["?since=yesterday", "?state=gone", "?page_token=x", "?endpiont=n8n"] {
        assert_eq!(get(&format!("/api/deliveries{query}")).await.status, 400, "{query}");
    }
    for body in ["", "{}", "[", r#"{"since":"yesterday"}"#, r#"{"since":5}"#, r#"{"scope":"all"}"#] {
        let refused = post("/api/deliveries/replay", body).await;
        assert_eq!((refused.status, refused.text("field")), (400, "since"), "{body}");
    }
    house.drain().await;
}

#[tokio::test]
async fn over_grpc() {
    let (house, ids) = troubled().await;
    let client = DeliveryServiceClient::new(house.channel().await);
    let listed = async |request: ListDeliveriesRequest| {
        let found = client.clone().list_deliveries(request).await.unwrap().into_inner().deliveries;
        found.into_iter().map(|delivery| delivery.webhook_id).collect::<Vec<_>>()
    };
    let wire = |at: Timestamp| Some(prost_types::Timestamp { seconds: at.as_second(), nanos: 0 });
    let failed = ListDeliveriesRequest { state: delivery::State::Failed.into(), ..Default::default() };
    assert_eq!(listed(ListDeliveriesRequest::default()).await, ids);
    assert_eq!(listed(failed.clone()).await, ids[1..]);
    assert_eq!(listed(ListDeliveriesRequest { since: wire(minutes_ago(30)), ..failed.clone() }).await, ids[2..]);
    assert!(listed(ListDeliveriesRequest { endpoint: "n8n".into(), ..failed }).await.is_empty());

    let mut client = client.clone();
    let one = client.get_delivery(GetDeliveryRequest { webhook_id: ids[2].clone() }).await.unwrap().into_inner();
    assert_eq!((one.state(), one.last_status, one.last_answer.as_deref()), (delivery::State::Failed, Some(410), Some("its words")));
    let endpoints = client.list_endpoints(ListEndpointsRequest {}).await.unwrap().into_inner().endpoints;
    assert_eq!((endpoints[0].name.as_str(), endpoints[0].state(), endpoints[0].failed), ("callback", endpoint::State::Ended, 2));
    assert!(endpoints[0].troubles[0].end_time.is_some());

    let again = client.replay_delivery(ReplayDeliveryRequest { webhook_id: ids[2].clone() }).await.unwrap().into_inner();
    assert_eq!((&again.webhook_id, again.state(), again.attempts), (&ids[2], delivery::State::Waiting, 0));
    let since = ReplayDeliveriesRequest { since: wire(minutes_ago(120)), ..Default::default() };
    assert_eq!(client.replay_deliveries(since).await.unwrap().into_inner().replayed, 1);
    let all = ReplayDeliveriesRequest { job_id: one.job_id, scope: Scope::All.into(), since: None };
    assert_eq!(client.replay_deliveries(all).await.unwrap().into_inner().replayed, 3);

    let unknown = client.get_delivery(GetDeliveryRequest { webhook_id: "msg_none".into() }).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    for refused in [
        client.get_delivery(GetDeliveryRequest::default()).await.unwrap_err(),
        client.replay_delivery(ReplayDeliveryRequest::default()).await.unwrap_err(),
        client.replay_deliveries(ReplayDeliveriesRequest::default()).await.unwrap_err(),
        client.replay_deliveries(ReplayDeliveriesRequest { scope: Scope::All.into(), ..Default::default() }).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    }
    house.drain().await;
}
