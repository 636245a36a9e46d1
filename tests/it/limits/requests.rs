//! What one request may be: nested, many-valued, late.

use std::time::{Duration, Instant};

use glaneur::serve::Settings;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::{GetJobRequest, Job, ScrapeStreamRequest};
use serde_json::json;
use tonic::Code;

use crate::house::{Answer, House, client};

async fn post(house: &House, body: String) -> Answer {
    Answer::of(client().post(house.url("/api/scrape")).body(body)).await
}

/// The list of items is the second level, and what is given as a barcode may be nested too.
fn nested(levels: usize) -> String {
    format!(r#"{{"eans":[{}1{}]}}"#, "[".repeat(levels - 2), "]".repeat(levels - 2))
}

#[tokio::test]
async fn json_is_nested_so_deep_and_no_deeper() {
    let (usual, deep) = (House::open().await, House::with(Settings { max_json_depth: 100, ..Settings::default() }).await);
    for (house, body, status) in [
        (&usual, nested(32), 202),
        (&usual, nested(33), 400),
        (&usual, nested(100_000), 400),
        (&usual, "[".repeat(4 << 20), 400),
        (&usual, r#"{"a":"#.repeat(100_000), 400),
        (&deep, nested(100), 202),
        (&deep, nested(101), 400),
        // A list that was sent as text is no way around.
        (&usual, json!({"eans": format!("{}1{}", "[".repeat(33), "]".repeat(33))}).to_string(), 400),
    ] {
        let answer = post(house, body).await;
        assert_eq!(answer.status, status, "{}", answer.json);
        if status == 400 {
            assert_eq!(answer.text("error"), "invalid_json");
            assert!(answer.text("message").contains("nested deeper than"), "{}", answer.json);
        }
    }
}

#[tokio::test]
async fn json_has_so_many_values_and_no_more() {
    let house = House::with(Settings { max_json_nodes: 100, ..Settings::default() }).await;
    // The object, the list, and an object with two values per item.
    let items = |count: usize| json!({"eans": vec![json!({"primary": "x", "replacement": null}); count]});
    let as_text = |count: usize| json!({"eans": items(count)["eans"].to_string()});
    for (body, status) in [(items(32), 202), (items(33), 413), (as_text(33), 202), (as_text(34), 413)] {
        let answer = post(&house, body.to_string()).await;
        assert_eq!(answer.status, status, "{}", answer.json);
        assert!(status == 202 || answer.text("error") == "too_large", "{}", answer.json);
    }
    // The largest body of the smallest values: refused long before it is a tree.
    let usual = House::open().await;
    let answer = post(&usual, format!(r#"{{"eans":[{}1]}}"#, "1,".repeat(4_000_000))).await;
    assert_eq!((answer.status, answer.text("error")), (413, "too_large"), "{}", answer.json);
    assert!(answer.text("message").contains("more than 250000 values"), "{}", answer.json);
}

/// A call whose message never comes, and a stream whose first item never comes.
#[tokio::test]
async fn a_grpc_call_is_whole_in_time() {
    let house = House::with(Settings { body_timeout: Duration::from_millis(300), ..Settings::default() }).await;
    let begun = Instant::now();
    let mut unary = tonic::client::Grpc::new(house.channel().await);
    unary.ready().await.unwrap();
    let path = "/glaneur.v1.JobService/GetJob".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<GetJobRequest, Job>::default();
    let late = unary.client_streaming(tonic::Request::new(tokio_stream::pending()), path, codec).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded, "{late:?}");

    let mut client = ScrapeServiceClient::new(house.channel().await);
    let mut silent = client.scrape_stream(tokio_stream::pending::<ScrapeStreamRequest>()).await.unwrap().into_inner();
    let late = silent.message().await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded, "{late:?}");
    assert!(late.message().contains("no item came within 0.3 s"), "{late:?}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
