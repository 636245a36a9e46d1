//! How many jobs: those that wait, and those of one caller. Who comes too early is told when to come back.

use std::time::Duration;

use glaneur::jobs;
use glaneur::serve::Settings;
use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::{Item, ScrapeRequest};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt;

use crate::house::{Answer, House, client};
use crate::http::open_job;

/// Both doors refuse, with the time to wait in the words of each.
async fn refuse(house: &House, words: &str) {
    let body = json!({"eans": ["0748322148474"], "idempotency_key": "another"}).to_string();
    let answer = Answer::of(client().post(house.url("/api/scrape")).body(body)).await;
    assert_eq!((answer.status, answer.text("error")), (429, "overloaded"), "{}", answer.json);
    assert!(answer.text("message").contains(words), "{}", answer.json);
    assert_eq!(answer.headers["retry-after"], "2");

    let item = Item { primary: "0748322148474".to_owned(), replacement: None };
    let request = ScrapeRequest { eans: vec![item], ..ScrapeRequest::default() };
    let refused = JobServiceClient::new(house.channel().await).create_job(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert!(refused.message().contains(words), "{refused:?}");
    let retry = refused.get_error_details().retry_info().and_then(|retry| retry.retry_delay);
    assert_eq!(retry, Some(Duration::from_secs(2)));
}

async fn post(house: &House, key: &str) -> Answer {
    let body = json!({"eans": ["no barcode"], "idempotency_key": key}).to_string();
    Answer::of(client().post(house.url("/api/scrape")).body(body)).await
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let settings = jobs::Settings { running_jobs: 1, max_queued_jobs: 1, ..jobs::Settings::default() };
    let house = House::limited(Settings::default(), settings).await;
    let open = house.jobs.submit(open_job()).await.unwrap().job.id;
    while house.jobs.get(&open).await.unwrap().state == jobs::JobState::Queued {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(post(&house, "first").await.status, 202);
    refuse(&house, "1 jobs are waiting already").await;
    assert_eq!(post(&house, "first").await.json["repeated"], true, "what was taken is found again");
}

#[tokio::test]
async fn one_caller_leaves_room_for_others() {
    let settings = jobs::Settings { running_jobs: 1, max_unfinished_jobs: 2, ..jobs::Settings::default() };
    let house = House::limited(Settings::default(), settings).await;
    let open = house.jobs.submit(open_job()).await.unwrap().job.id;
    let first = post(&house, "1").await;
    assert_eq!((first.status, post(&house, "2").await.status), (202, 202));
    refuse(&house, "this caller has 2 jobs that are not done").await;
    // The process itself is nobody's caller, and a job that ends makes room.
    assert!(house.jobs.submit(open_job()).await.is_ok());
    house.jobs.seal(&open).await.unwrap();
    let events = house.url(&format!("/api/jobs/{}/events", first.text("job_id")));
    client().get(events).send().await.unwrap().text().await.unwrap();
    assert_eq!(post(&house, "3").await.status, 202);
}

#[tokio::test]
async fn a_batch_has_so_many_items() {
    let house = House::limited(Settings::default(), jobs::Settings { max_items: 2, ..jobs::Settings::default() }).await;
    for (items, status) in [(json!(["a", "b"]), 202), (json!(["a", "b", "c"]), 400)] {
        let answer = Answer::of(client().post(house.url("/api/scrape")).body(json!({ "eans": items }).to_string())).await;
        assert_eq!(answer.status, status, "{}", answer.json);
        assert!(status == 202 || answer.json["field"] == "eans", "{}", answer.json);
    }
}
