//! The main job from outside: the real binary, a real gRPC client, real signals, and whatever dies in between.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use glaneur::demo::{self, Behaviour, DemoShops, EANS, Mode, WebhookReceiver};
use glaneur::serve::proto::item_result::Status;
use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::scrape_response::Event;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::{CancelJobRequest, Item, ScrapeRequest, ScrapeResponse, WatchJobRequest};
use serde_json::{Value, json};
use tonic::Streaming;
use tonic::transport::Channel;

use crate::house::client;
use crate::process::{self, Process};

/// Everything that one story needs, on loopback.
struct Stage {
    shops: DemoShops,
    receiver: WebhookReceiver,
    directory: tempfile::TempDir,
}

impl Stage {
    async fn set(latency: Duration) -> Self {
        Self {
            shops: DemoShops::start(Behaviour::fixed(latency)).await.unwrap(),
            receiver: WebhookReceiver::start().await.unwrap(),
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn config(&self) -> String {
        let endpoint = format!("[[webhooks.endpoints]]\nname = 'n8n'\nurl = '{}'\n", self.receiver.url());
        process::config(
            &self.directory.path().join("data"),
            &self.shops,
            4,
            "",
            &format!("[webhooks]\nschedule = ['200ms', '500ms', '1s', '2s', '1h']\n{endpoint}"),
        )
    }

    fn start(&self) -> Process {
        Process::serve(self.directory.path(), &self.config())
    }

    /// `ean` of each webhook that the receiver took, once per `webhook-id`; repeats must have the same body.
    fn webhooks(&self) -> Vec<Value> {
        let mut bodies: BTreeMap<String, Value> = BTreeMap::new();
        for received in self.receiver.received() {
            let (id, body) = (received.id().unwrap().to_owned(), received.json().unwrap());
            let first = bodies.entry(id).or_insert_with(|| body.clone());
            assert_eq!(*first, body, "the same id with another body");
        }
        bodies.into_values().collect()
    }

    fn eans_told(&self) -> BTreeSet<String> {
        self.webhooks().iter().filter_map(|body| Some(body.get("ean")?.as_str()?.to_owned())).collect()
    }
}

fn request(eans: impl IntoIterator<Item = impl Into<String>>) -> ScrapeRequest {
    let eans = eans.into_iter().map(|ean| Item { primary: ean.into(), replacement: None }).collect();
    ScrapeRequest { eans, ..ScrapeRequest::default() }
}

async fn scrape(server: &Process, request: ScrapeRequest) -> Streaming<ScrapeResponse> {
    ScrapeServiceClient::connect(server.url.clone()).await.unwrap().scrape(request).await.unwrap().into_inner()
}

async fn watch(server: &Process, job_id: &str, after_cursor: &str) -> Streaming<ScrapeResponse> {
    let mut client: JobServiceClient<Channel> = JobServiceClient::connect(server.url.clone()).await.unwrap();
    let request = WatchJobRequest { job_id: job_id.to_owned(), after_cursor: after_cursor.to_owned() };
    client.watch_job(request).await.unwrap().into_inner()
}

async fn all(mut stream: Streaming<ScrapeResponse>) -> Vec<ScrapeResponse> {
    let mut responses = Vec::new();
    while let Some(response) = tokio::time::timeout(Duration::from_secs(60), stream.message()).await.expect("a silent stream").unwrap() {
        responses.push(response);
    }
    responses
}

fn eans(responses: &[ScrapeResponse]) -> Vec<&str> {
    responses
        .iter()
        .filter_map(|response| if let Some(Event::Result(result)) = &response.event { Some(result.ean.as_str()) } else { None })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_of_eight_results_and_webhooks() {
    let stage = Stage::set(Duration::from_millis(20)).await;
    let server = stage.start();
    let responses = all(scrape(&server, request(EANS)).await).await;

    assert!(matches!(responses[0].event, Some(Event::Accepted(_))));
    assert_eq!(responses.iter().map(|response| response.seq).collect::<Vec<_>>(), (1..=responses.len() as u64).collect::<Vec<_>>());
    assert_eq!(eans(&responses).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(EANS));
    for response in &responses {
        if let Some(Event::Result(result)) = &response.event {
            assert_eq!(result.status(), Status::Found, "{result:?}");
        }
    }
    let Some(Event::Completed(completed)) = &responses.last().unwrap().event else { panic!("{responses:?}") };
    assert_eq!((completed.counts.unwrap().total, completed.counts.unwrap().found), (8, 8));

    assert!(stage.receiver.wait_for(9, Duration::from_secs(10)).await, "{} webhooks", stage.receiver.total());
    assert_eq!(stage.eans_told(), EANS.map(str::to_owned).into());
    for told in [
        "received: 8 items",
        "item 1 of 8",
        "cocooncenter Found 7.90 EUR",
        "webhook delivered",
        "8 found, 0 not found",
        "settled: 9 delivered, 0 given up",
    ] {
        server.logged(told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_leaves_resumes_without_gap_or_repeat() {
    let stage = Stage::set(Duration::from_millis(100)).await;
    let server = stage.start();
    let mut stream = scrape(&server, request(EANS)).await;
    let mut first = Vec::new();
    while first.len() < 5 {
        first.push(stream.message().await.unwrap().unwrap());
    }
    drop(stream);
    let last = first.last().unwrap();
    let rest = all(watch(&server, &last.job_id, &last.cursor).await).await;
    let whole: Vec<ScrapeResponse> = first.into_iter().chain(rest).collect();
    assert_eq!(whole.iter().map(|response| response.seq).collect::<Vec<_>>(), (1..=whole.len() as u64).collect::<Vec<_>>());
    assert_eq!(eans(&whole).len(), 8);
    assert_eq!(whole, all(watch(&server, &whole[0].job_id, "").await).await, "the journal tells the same story again");
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_in_the_middle_loses_nothing() {
    let stage = Stage::set(Duration::from_millis(100)).await;
    let batch: Vec<String> = (0..30).map(demo::bulk_ean).collect();
    let mut server = stage.start();
    let mut stream = scrape(&server, request(batch.clone())).await;
    let mut before = Vec::new();
    while eans(&before).len() < 5 {
        before.push(stream.message().await.unwrap().unwrap());
    }
    server.kill();
    drop(stream);
    let job = before[0].job_id.clone();
    assert!(stage.eans_told().len() < 30);

    // Killed once more, while it recovers.
    let mut server = stage.start();
    tokio::time::sleep(Duration::from_millis(150)).await;
    server.kill();

    let server = stage.start();
    let after = all(watch(&server, &job, "").await).await;
    assert_eq!(after[..before.len()], before[..], "what was told before the crash stands in the journal");
    assert_eq!(after.iter().map(|response| response.seq).collect::<Vec<_>>(), (1..=after.len() as u64).collect::<Vec<_>>());
    let told = eans(&after);
    assert_eq!((told.len(), told.into_iter().collect::<BTreeSet<_>>().len()), (30, 30), "each item once");
    assert!(matches!(after.last().unwrap().event, Some(Event::Completed(_))));
    assert!(stage.receiver.wait_for(31, Duration::from_secs(20)).await, "{} webhooks", stage.receiver.total());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.eans_told(), batch.into_iter().collect());
    assert_eq!(stage.webhooks().len(), 31, "one id per result and one for the completed job");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_wait_for_a_receiver_that_is_starting_up() {
    let stage = Stage::set(Duration::ZERO).await;
    stage.receiver.set_for(Mode::StartingUp, 6);
    let server = stage.start();
    all(scrape(&server, request(EANS)).await).await;
    assert!(
        stage.receiver.wait_for(9, Duration::from_secs(60)).await,
        "{} of {} tries",
        stage.receiver.total(),
        stage.receiver.total_attempts()
    );
    assert_eq!(stage.eans_told(), EANS.map(str::to_owned).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ctrl_c_drains_with_a_stream_open_and_the_rest_is_done_after_a_restart() {
    let stage = Stage::set(Duration::from_millis(300)).await;
    let batch: Vec<String> = (0..60).map(demo::bulk_ean).collect();
    let mut server = stage.start();
    let mut stream = scrape(&server, request(batch.clone())).await;
    let mut seen = Vec::new();
    while eans(&seen).is_empty() {
        seen.push(stream.message().await.unwrap().unwrap());
    }
    server.signal("INT");
    let status = loop {
        match stream.message().await {
            Ok(Some(response)) => seen.push(response),
            Ok(None) => panic!("the stream ended as if the job were complete"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), tonic::Code::Unavailable, "{status:?}");
    let (ended, took) = server.ended(Duration::from_secs(20));
    assert_eq!(ended.code(), Some(0), "after {took:?}:\n{}", server.log());

    let server = stage.start();
    let last = seen.last().unwrap();
    let rest = all(watch(&server, &last.job_id, &last.cursor).await).await;
    seen.extend(rest);
    assert_eq!(seen.iter().map(|response| response.seq).collect::<Vec<_>>(), (1..=seen.len() as u64).collect::<Vec<_>>());
    assert_eq!(eans(&seen).into_iter().collect::<BTreeSet<_>>().len(), 60);
    assert!(stage.receiver.wait_for(61, Duration::from_secs(20)).await);
    assert_eq!(stage.eans_told(), batch.into_iter().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_ends_at_once_with_130() {
    let stage = Stage::set(Duration::from_secs(3)).await;
    let mut server = stage.start();
    let _stream = scrape(&server, request(EANS)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.signal("INT");
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.signal("INT");
    let (ended, took) = server.ended(Duration::from_secs(2));
    assert_eq!(ended.code(), Some(130), "{}", server.log());
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_lets_go_of_the_items_in_work_and_tells_each() {
    let stage = Stage::set(Duration::from_secs(5)).await;
    let server = stage.start();
    let batch: Vec<String> = (0..50).map(demo::bulk_ean).collect();
    let mut stream = scrape(&server, request(batch.clone())).await;
    let job_id = stream.message().await.unwrap().unwrap().job_id;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let cancelled = std::time::Instant::now();
    JobServiceClient::connect(server.url.clone()).await.unwrap().cancel_job(CancelJobRequest { job_id }).await.unwrap();
    let responses = all(stream).await;
    assert!(cancelled.elapsed() < Duration::from_secs(4), "{:?}: the shops were waited for", cancelled.elapsed());
    let Some(Event::Completed(completed)) = &responses.last().unwrap().event else { panic!("{responses:?}") };
    assert!(completed.cancelled);
    assert_eq!(completed.counts.unwrap().cancelled, 50);
    assert!(stage.receiver.wait_for(51, Duration::from_secs(10)).await);
    assert_eq!(stage.eans_told(), batch.into_iter().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_an_idle_server() {
    let stage = Stage::set(Duration::ZERO).await;
    let mut server = stage.start();
    server.signal("TERM");
    let (ended, _) = server.ended(Duration::from_secs(5));
    assert_eq!(ended.code(), Some(0), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_process_and_a_worker_process_share_a_directory() {
    let stage = Stage::set(Duration::from_millis(10)).await;
    let file = stage.directory.path().join("glaneur.toml");
    std::fs::write(&file, stage.config()).unwrap();
    let command = |role: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_glaneur"));
        command.args(["serve", "--role", role, "--config"]).arg(&file);
        command
    };
    let api = Process::start(command("api"));
    let mut worker = command("worker").stderr(std::process::Stdio::null()).spawn().unwrap();
    let responses = all(scrape(&api, request(EANS)).await).await;
    assert_eq!(eans(&responses).len(), 8);
    assert!(stage.receiver.wait_for(9, Duration::from_secs(10)).await);
    worker.kill().unwrap();
    worker.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn http_answers_202_at_once_and_tells_the_rest_later() {
    let stage = Stage::set(Duration::from_millis(50)).await;
    let server = stage.start();
    let client = client();
    let body =
        json!({ "eans": [{ "primary": EANS[0], "replacement": null }, 748322148481_u64, "nonsense"], "ignored3400": ["3400936403116"] });
    let answer = client.post(format!("{}/api/scrape", server.url)).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let accepted: Value = answer.json().await.unwrap();
    assert_eq!((&accepted["success"], &accepted["status"], &accepted["total_products"]), (&json!(true), &json!("processing"), &json!(3)));
    assert_eq!(accepted["message"], "Scraping lancé en arrière-plan");
    assert!(accepted["thread_id"].is_u64());

    assert!(stage.receiver.wait_for(4, Duration::from_secs(20)).await);
    let webhooks = stage.webhooks();
    let of = |ean: &str| webhooks.iter().find(|body| body["ean"] == ean).unwrap_or_else(|| panic!("no webhook for {ean}: {webhooks:?}"));
    assert_eq!(of("nonsense")["data"], json!({}));
    assert_eq!(of(EANS[0])["data"]["cocooncenter"]["ean_verif"], EANS[0]);
    assert_eq!(of("748322148481")["data"]["cocooncenter"]["ean"], "0748322148481", "the lost zero is restored, the code echoed as given");
    let completed = webhooks.iter().find(|body| body.get("ean").is_none()).unwrap();
    assert_eq!((&completed["ignored_3400_count"], &completed["failed"]), (&json!(1), &json!(["nonsense"])), "{completed}");

    let job: Value = client.get(format!("{}{location}", server.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(job["counts"]["found"], 2, "{job}");
    let results: Value = client.get(format!("{}{location}/results", server.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(results["results"].as_array().unwrap().len(), 3);
    let csv = client.get(format!("{}{location}/results?format=csv", server.url)).send().await.unwrap().text().await.unwrap();
    assert!(csv.contains("0748322148474;FOUND;no;cocooncenter;FOUND;0748322148474;"), "{csv}");
    let xlsx = client.get(format!("{}{location}/results?format=xlsx", server.url)).send().await.unwrap().bytes().await.unwrap();
    assert!(xlsx.starts_with(b"PK"));
}
