//! `/metrics` against `docs/metrics.md`, and traces against a collector on loopback.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use glaneur::demo::{Behaviour, DemoShops, EANS};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::Span;
use regex::Regex;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::{Request, Response, Status};

use crate::house::{Answer, House, client};
use crate::process::{self, Process};

const TABLE: &str = include_str!("../../docs/metrics.md");

/// Name to type and labels.
type Metrics = BTreeMap<String, (String, BTreeSet<String>)>;

fn told() -> Metrics {
    let row = Regex::new(r"(?m)^\| `([a-z_]+)` \| ([a-z]+) \|([^|]*)\| [a-z]+ \|").unwrap();
    let label = Regex::new("`([a-z]+)`").unwrap();
    let labels = |text: &str| label.captures_iter(text).map(|label| label[1].to_owned()).collect();
    row.captures_iter(TABLE).map(|row| (row[1].to_owned(), (row[2].to_owned(), labels(&row[3])))).collect()
}

/// What the text declares and shows; `le` is a histogram's own.
fn shown(text: &str) -> Metrics {
    let kind = Regex::new(r"^# TYPE (\S+) (\S+)$").unwrap();
    let sample = Regex::new(r"^([a-z_]+)(?:\{(.*)\})? \S+$").unwrap();
    let label = Regex::new(r#"([a-z_]+)="[^"]*""#).unwrap();
    let mut metrics = Metrics::new();
    for line in text.lines() {
        if let Some(kind) = kind.captures(line) {
            metrics.insert(kind[1].to_owned(), (kind[2].to_owned(), BTreeSet::new()));
        } else if let Some(sample) = sample.captures(line) {
            let name = ["_total", "_bucket", "_sum", "_count"].iter().find_map(|end| sample[1].strip_suffix(end)).unwrap_or(&sample[1]);
            let (_, labels) = metrics.get_mut(name).unwrap_or_else(|| panic!("{line} is not declared"));
            let found = sample.get(2).map_or("", |found| found.as_str());
            labels.extend(label.captures_iter(found).map(|label| label[1].to_owned()).filter(|label| label != "le"));
        } else {
            assert!(line.starts_with("# "), "{line}");
        }
    }
    metrics
}

fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(sample)).unwrap_or_else(|| panic!("no {sample} in\n{text}"));
    line.trim().parse().unwrap()
}

/// A whole server with the demo shops, a receiver of webhooks, and what else `sections` says.
async fn serve(shops: &DemoShops, directory: &std::path::Path, sections: &str, tasks: &mut JoinSet<()>) -> Process {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let receiver = format!("http://{}/hook", listener.local_addr().unwrap());
    tasks.spawn(async move { axum::serve(listener, Router::new().fallback(|| async { "ok" })).await.unwrap() });
    let sections = format!("{sections}\n[[webhooks.endpoints]]\nname = 'house'\nurl = '{receiver}'\n");
    let config = process::config(&directory.join("data"), shops, 4, "", &sections);
    let directory = directory.to_owned();
    tokio::task::spawn_blocking(move || Process::serve(&directory, &config)).await.unwrap()
}

async fn work(url: &str) -> Answer {
    let body = json!({"eans": [EANS[0], EANS[1], "no barcode"]}).to_string();
    let job = Answer::of(client().post(format!("{url}/api/scrape")).body(body)).await;
    let events = format!("{url}/api/jobs/{}/events", job.text("job_id"));
    client().get(events).send().await.unwrap().text().await.unwrap();
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_metrics_is_what_the_server_tells() {
    let (shops, directory, mut tasks) =
        (DemoShops::start(Behaviour::immediate()).await.unwrap(), tempfile::tempdir().unwrap(), JoinSet::new());
    let server = serve(&shops, directory.path(), "", &mut tasks).await;
    let url = server.url.trim_end_matches('/');
    work(url).await;
    let begun = Instant::now();
    let mut waited_for = BTreeSet::new();
    let text = loop {
        let answer = client().get(format!("{url}/metrics")).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
        let text = answer.text().await.unwrap();
        waited_for.extend(shown(&text).into_keys());
        // Three results and the completed one; until then some of them wait.
        let delivered = r#"glaneur_delivery_tries_total{endpoint="house",outcome="delivered"}"#;
        if text.contains(delivered) && value(&text, delivered) >= 4.0 {
            break text;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{text}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert!(text.ends_with("# EOF\n"));
    let (mut told, mut shown) = (told(), shown(&text));
    // There only while something waits.
    for metrics in [&mut told, &mut shown] {
        metrics.remove("glaneur_deliveries_waiting");
    }
    assert_eq!(shown, told);
    assert!(waited_for.contains("glaneur_jobs"));
    assert_eq!(value(&text, r#"glaneur_job_events_total{event="completed"}"#), 1.0);
    assert_eq!(value(&text, r#"glaneur_items_total{status="INVALID"}"#), 1.0);
    assert_eq!(value(&text, r#"glaneur_items_total{status="FOUND"}"#), 2.0);
    assert!(value(&text, r#"glaneur_request_seconds_count{shop="cocooncenter",way="direct",outcome="answered"}"#) >= 2.0, "{text}");
    assert!(value(&text, "glaneur_journal_commits_total") >= 3.0);
    for never in [EANS[0], "127.0.0.1", "http", "no barcode"] {
        assert!(!text.contains(never), "{never} in\n{text}");
    }
}

#[tokio::test]
async fn what_waits_is_told() {
    let house = House::open().await;
    house.jobs.submit(crate::http::open_job()).await.unwrap();
    let begun = Instant::now();
    loop {
        let text = client().get(house.url("/metrics")).send().await.unwrap().text().await.unwrap();
        if value(&text, r#"glaneur_jobs{state="running"}"#) == 1.0 && value(&text, r#"glaneur_jobs{state="queued"}"#) == 0.0 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{text}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        self.spans.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_a_trace_of_its_items_and_their_shops() {
    let (shops, directory, mut tasks) =
        (DemoShops::start(Behaviour::immediate()).await.unwrap(), tempfile::tempdir().unwrap(), JoinSet::new());
    let collector = Collector::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let otlp = format!("[log]\notlp = 'http://{}'\n", listener.local_addr().unwrap());
    let service = tonic::service::Routes::new(TraceServiceServer::new(collector.clone())).into_axum_router();
    tasks.spawn(async move { axum::serve(listener, service).await.unwrap() });
    let mut server = serve(&shops, directory.path(), &otlp, &mut tasks).await;
    let job = work(server.url.trim_end_matches('/')).await;
    server.signal("TERM");
    let ended = tokio::task::spawn_blocking(move || server.ended(Duration::from_secs(10))).await.unwrap();
    assert!(ended.0.success(), "{ended:?}");

    let spans = collector.spans.lock().unwrap().clone();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let (jobs, items, of_shops) = (named("job"), named("item"), named("shop"));
    assert_eq!((jobs.len(), items.len(), of_shops.len()), (1, 3, 6), "{:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    assert!(spans.iter().all(|span| span.trace_id == jobs[0].trace_id), "one trace");
    assert!(items.iter().all(|item| item.parent_span_id == jobs[0].span_id));
    assert!(of_shops.iter().all(|shop| items.iter().any(|item| item.span_id == shop.parent_span_id)));
    let id = jobs[0].attributes.iter().find(|attribute| attribute.key == "id").unwrap();
    assert!(format!("{:?}", id.value).contains(job.text("job_id")), "{id:?}");
}

/// No text of a caller's or of a page begins a line of its own in the log, in neither format; and every line of a job can be traced.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_text_forges_no_line() {
    const FORGED: &str = "Gel\r\n2026-01-01T00:00:00Z ERROR \u{1b}[2J\u{1b}]0;owned\u{7} forged\u{202e}";
    for format in ["text", "json"] {
        let (directory, mut tasks) = (tempfile::tempdir().unwrap(), JoinSet::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shop = listener.local_addr().unwrap();
        let sheet = json!({"@type": "Product", "name": FORGED, "gtin13": EANS[0], "brand": FORGED}).to_string();
        let page = format!("<title>{FORGED}</title><script type=\"application/ld+json\">{sheet}</script>");
        let hits = axum::routing::get(|| async { axum::response::Html("<a class=hit href=/refused>a</a><a class=hit href=/page>b</a>") });
        let page = axum::routing::get(move || async move { axum::response::Html(page) });
        let refused = axum::routing::get(|| async {
            let head = [("retry-after", "1"), ("x-reason", "\u{9b}31m")];
            (axum::http::StatusCode::NOT_FOUND, head, axum::response::Html(FORGED))
        });
        let router = Router::new().route("/search", hits).route("/page", page).route("/refused", refused);
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let recipes = directory.path().join("recipes");
        std::fs::create_dir(&recipes).unwrap();
        let recipe = format!(
            "name = 'r'\ntitle = 'r'\norigin = 'http://{shop}'\nrobots = 'ignore'\n[[search]]\npath = '/search'\nhits = {{ css = 'a.hit' }}"
        );
        std::fs::write(recipes.join("r.toml"), recipe).unwrap();
        let config = format!(
            "listen = '127.0.0.1:0'\ndata_dir = '{}'\nrecipes = '{}'\n[log]\nlevel = 'debug'\nformat = '{format}'\n[egress]\nallow_private = ['127.0.0.1']",
            directory.path().join("data").display(),
            recipes.display()
        );
        let place = directory.path().to_owned();
        let server = tokio::task::spawn_blocking(move || Process::serve(&place, &config)).await.unwrap();
        let url = server.url.trim_end_matches('/').trim_end_matches("\"").to_owned();
        let body = json!({"eans": [EANS[0], FORGED], "shops": ["r"], "idempotency_key": "k"}).to_string();
        let job = Answer::of(client().post(format!("{url}/api/scrape")).body(body)).await;
        let job = format!("{url}/api/jobs/{}", job.text("job_id"));
        client().get(format!("{job}/events")).send().await.unwrap().text().await.unwrap();
        let results = client().get(format!("{job}/results")).send().await.unwrap().text().await.unwrap();
        assert!(results.contains("\"FOUND\"") && results.contains("\"INVALID\""), "{results}");
        server.logged("completed after");
        let log = server.log();
        assert!(log.contains("2026-01-01T00:00:00Z ERROR"), "the text is told, in one piece:\n{log}");
        for line in log.lines() {
            assert!(!line.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{line:?}");
            match format {
                "json" => assert!(serde_json::from_str::<serde_json::Value>(line).unwrap()["timestamp"].is_string(), "{line}"),
                // No line begins where the text wants one to.
                _ => assert!(!line.starts_with("2026-01-01T00:00:00Z"), "{line}"),
            }
        }
    }
}
