//! `max_age` at the doors of a server.

use std::time::Duration;

use glaneur::demo::{Behaviour, DemoShops, EANS};
use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::scrape_response::Event;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::{GetJobRequest, Item, ScrapeOptions, ScrapeRequest, ScrapeResponse, ScrapeStreamRequest, ShopResult};
use serde_json::{Value, json};
use tonic::Streaming;

use crate::house::{Answer, client};
use crate::process::{self, Process};

async fn stage(sections: &str) -> (DemoShops, tempfile::TempDir, Process) {
    let (shops, dir) = (DemoShops::start(Behaviour::immediate()).await.unwrap(), tempfile::tempdir().unwrap());
    let config = process::config(&dir.path().join("data"), &shops, 8, "", sections);
    let server = Process::serve(dir.path(), &config);
    (shops, dir, server)
}

/// The results of a job, once it is completed.
async fn done(server: &Process, job: &Answer) -> Value {
    let url = format!("{}/api/jobs/{}", server.url, job.text("job_id"));
    loop {
        let answer = Answer::of(client().get(&url)).await;
        if answer.text("state") == "completed" {
            return Answer::of(client().get(format!("{url}/results"))).await.json["results"].take();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http_takes_a_length_of_time_and_tells_the_age() {
    let (shops, _dir, server) = stage("").await;
    let post = async |max_age: Value| {
        // Another body, or it would be a repeat.
        let body = json!({ "eans": [EANS[0]], "max_age": max_age, "ignored3400": [max_age.to_string()] });
        Answer::of(client().post(format!("{}/api/scrape", server.url)).json(&body)).await
    };
    let first = done(&server, &post(json!("1h")).await).await;
    assert!(first[0]["shops"].as_array().unwrap().iter().all(|shop| shop.get("page_age_seconds").is_none()), "{first}");
    let asked: u64 = shops.shops().iter().map(|(_, shop)| shop.requests()).sum();
    for max_age in [json!("3600s"), json!(3_600), json!("7d")] {
        let job = post(max_age.clone()).await;
        assert_eq!(job.status, 202, "{}", job.json);
        let again = done(&server, &job).await;
        for shop in again[0]["shops"].as_array().unwrap() {
            assert_eq!((&shop["status"], &shop["requests"]), (&json!("FOUND"), &json!(0)), "{shop}");
            assert!(shop["page_age_seconds"].is_u64(), "{shop}");
        }
        let told = Answer::of(client().get(format!("{}/api/jobs/{}", server.url, job.text("job_id")))).await;
        let expected = if max_age == json!("7d") { "604800s" } else { "3600s" };
        assert_eq!(told.text("max_age"), expected);
    }
    assert_eq!(shops.shops().iter().map(|(_, shop)| shop.requests()).sum::<u64>(), asked);
    for wrong in [json!("soon"), json!("-1h"), json!(-1), json!([1])] {
        let refused = post(wrong.clone()).await;
        assert_eq!((refused.status, refused.text("field")), (400, "max_age"), "{wrong}: {}", refused.json);
    }
}

async fn answers(mut stream: Streaming<ScrapeResponse>) -> (String, Vec<ShopResult>) {
    let (mut job, mut found) = (String::new(), Vec::new());
    while let Some(response) = stream.message().await.unwrap() {
        job = response.job_id;
        if let Some(Event::Result(result)) = response.event {
            found.extend(result.shops);
        }
    }
    (job, found)
}

fn seconds(seconds: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos: 0 })
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_takes_a_duration_and_tells_the_age() {
    let (_shops, _dir, server) = stage("").await;
    let mut client = ScrapeServiceClient::connect(server.url.clone()).await.unwrap();
    let item = Item { primary: EANS[0].to_owned(), replacement: None };
    let request = |max_age| ScrapeRequest { eans: vec![item.clone()], max_age, ..ScrapeRequest::default() };
    let (_, first) = answers(client.scrape(request(seconds(3_600))).await.unwrap().into_inner()).await;
    assert!(first.iter().all(|shop| shop.page_age_seconds.is_none() && shop.requests > 0), "{first:?}");
    let (job, again) = answers(client.scrape(request(seconds(3_600))).await.unwrap().into_inner()).await;
    assert!(again.iter().all(|shop| shop.page_age_seconds.is_some() && shop.requests == 0), "{again:?}");
    let told = JobServiceClient::connect(server.url.clone()).await.unwrap().get_job(GetJobRequest { job_id: job }).await.unwrap();
    assert_eq!(told.into_inner().max_age, seconds(3_600));

    let options = ScrapeOptions { max_age: seconds(60), ..ScrapeOptions::default() };
    let parts = [ScrapeStreamRequest { options: Some(options), eans: vec![item.clone()] }];
    let (_, streamed) = answers(client.scrape_stream(tokio_stream::iter(parts)).await.unwrap().into_inner()).await;
    assert!(streamed.iter().all(|shop| shop.requests == 0), "{streamed:?}");
    let refused = client.scrape(request(seconds(-1))).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_can_say_it_for_all_jobs() {
    let (shops, _dir, server) = stage("[pages]\nmax_age = '1h'\nkeep = '0s'\n").await;
    let post = async |ignored: &str| {
        // Another body, or it would be a repeat.
        let body = json!({ "eans": [EANS[0]], "ignored3400": [ignored] });
        done(&server, &Answer::of(client().post(format!("{}/api/scrape", server.url)).json(&body)).await).await
    };
    post("1").await;
    let asked = shops.cocooncenter.requests();
    let again = post("2").await;
    assert_eq!((&again[0]["shops"][0]["requests"], shops.cocooncenter.requests()), (&json!(0), asked));
}
