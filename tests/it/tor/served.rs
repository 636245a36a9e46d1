//! Behind the doors of a server: who waits for Tor is told over server-sent events and gRPC, and the server stays ready.

use std::time::{Duration, Instant};

use glaneur::Route;
use glaneur::demo::EANS;
use glaneur::egress::tor::Settings;
use glaneur::serve::proto::WatchJobRequest;
use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::scrape_response::Event;
use serde_json::json;

use super::entry::Entry;
use super::network;
use super::stage::Stage;
use crate::house::{Answer, House, client};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_told_that_it_waits_for_tor() {
    let Some(network) = network::shared().await else { return };
    let stage = Stage::set(network, "served.test").await;
    let mut entry = Entry::shut(network);
    let tor = Settings { bootstrap_timeout: Duration::from_secs(5), ..network.settings_by(&stage.directory, entry.address) };
    let glaneur = stage.builder(Route::Tor, tor).build().await.unwrap();
    let house = House::of(glaneur::serve::Settings::default(), glaneur).await;
    let order = json!({"eans": [EANS[0]], "shops": ["cocooncenter"]});
    let job = Answer::of(client().post(house.url("/api/scrape")).json(&order)).await;
    let id = job.text("job_id").to_owned();

    let ready = Answer::of(client().get(house.url("/readyz"))).await;
    assert_eq!(
        (ready.status, ready.text("status"), ready.json["tor"]["state"].as_str()),
        (200, "ready", Some("starting")),
        "{}",
        ready.json
    );
    let events = client().get(house.url(&format!("/api/jobs/{id}/events"))).send().await.unwrap().text().await.unwrap();
    assert!(events.contains("event: waiting") && events.contains("\"route\":\"tor\",\"percent\":0"), "{events}");
    assert!(events.contains("route tor: Tor is not ready"), "{events}");
    let failed = Answer::of(client().get(house.url("/readyz"))).await;
    assert_eq!((failed.status, failed.json["tor"]["state"].as_str()), (200, Some("failed")), "{}", failed.json);

    let mut watch = JobServiceClient::new(house.channel().await);
    let request = WatchJobRequest { job_id: id, ..WatchJobRequest::default() };
    let mut told = watch.watch_job(request).await.unwrap().into_inner();
    let mut waits = Vec::new();
    while let Some(response) = told.message().await.unwrap() {
        if let Some(Event::Waiting(waiting)) = response.event {
            waits.push(waiting);
        }
    }
    assert!(waits.first().is_some_and(|waiting| waiting.route == "tor" && waiting.percent < 100), "{waits:?}");

    entry.open().await;
    let begun = Instant::now();
    for n in 0.. {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", Answer::of(client().get(house.url("/readyz"))).await.json);
        let job = Answer::of(client().post(house.url("/api/scrape")).header("idempotency-key", format!("try-{n}")).json(&order));
        let events = client().get(house.url(&format!("/api/jobs/{}/events", job.await.text("job_id"))));
        if events.send().await.unwrap().text().await.unwrap().contains("\"FOUND\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(Answer::of(client().get(house.url("/readyz"))).await.json["tor"]["state"], "ready");
    assert_eq!(stage.elsewhere(), 0);
    house.drain().await;
}
