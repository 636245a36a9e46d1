//! Bombs of 10 GiB against the real server: what each costs in memory and time.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{Html, IntoResponse};
use glaneur::demo::EANS;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::packed::{PIECE, SIZE, pieces, twice};
use crate::house::{Answer, client};
use crate::process::Process;

const CODINGS: [&str; 5] = ["gzip", "deflate", "br", "zstd", "gzip, gzip"];

/// Beyond what the same job costs with small pages.
const MOST_MEMORY: u64 = 32 << 20;
const MOST_TIME: Duration = Duration::from_secs(2);

/// A bomb as the page of a hit, in each coding; `/small` in place of it is what is normal.
async fn shop(tasks: &mut JoinSet<()>) -> String {
    let mut bombs = Vec::new();
    for coding in CODINGS {
        let (first, again) = if coding == "gzip, gzip" { twice().await } else { pieces(coding).await };
        bombs.push((coding, first, again, if coding == "gzip, gzip" { SIZE / PIECE / 16 } else { SIZE / PIECE }));
    }
    let page = move |Path(place): Path<usize>| async move {
        let Some((coding, first, again, times)) = bombs.get(place).cloned() else {
            return Html("<title>Gel</title><p>Nothing to buy here").into_response();
        };
        let pieces = std::iter::once(first).chain(std::iter::repeat_n(again, times)).map(Ok::<_, Infallible>);
        ([("content-encoding", coding), ("content-type", "text/html")], Body::from_stream(futures::stream::iter(pieces))).into_response()
    };
    let search = |Path(place): Path<usize>| async move { Html(format!("<a class=hit href=/page/{place}>Gel</a>")) };
    let router = Router::new().route("/search/{place}", axum::routing::get(search)).route("/page/{place}", axum::routing::get(page));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    origin
}

/// The most memory that the process ever held, in bytes.
fn peak(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
}

/// The outcome of one shop, and how long it took.
async fn ask(process: &Process, shop: &str, key: &str) -> (String, String, Duration) {
    let body = json!({"eans": [EANS[0]], "shops": [shop], "idempotency_key": key}).to_string();
    let job = Answer::of(client().post(format!("{}/api/scrape", process.url)).body(body)).await;
    let job = format!("{}/api/jobs/{}", process.url, job.text("job_id"));
    client().get(format!("{job}/events")).send().await.unwrap().text().await.unwrap();
    let results = Answer::of(client().get(format!("{job}/results"))).await;
    let outcome = &results.json["results"][0]["shops"][0];
    let text = |key: &str| outcome[key].as_str().unwrap_or_default().to_owned();
    (text("status"), text("detail"), Duration::from_millis(outcome["elapsed_ms"].as_u64().unwrap()))
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_costs_little_memory_and_time() {
    let mut tasks = JoinSet::new();
    let origin = shop(&mut tasks).await;
    let dir = tempfile::tempdir().unwrap();
    let recipes = dir.path().join("recipes");
    std::fs::create_dir(&recipes).unwrap();
    for place in 0..=CODINGS.len() {
        let text = format!(
            "name = 'r{place}'\ntitle = 'r'\norigin = '{origin}'\nrobots = 'ignore'\npace = {{ interval = '0s', jitter = '0s' }}\n\
             [[search]]\npath = '/search/{place}'\nhits = {{ css = 'a.hit' }}"
        );
        std::fs::write(recipes.join(format!("r{place}.toml")), text).unwrap();
    }
    let mut config = format!("listen = '127.0.0.1:0'\ndata_dir = '{}'\n", dir.path().join("data").display());
    let _ = writeln!(config, "recipes = '{}'\n[egress]\nallow_private = ['127.0.0.1']", recipes.display());
    let path = dir.path().to_owned();
    let process = tokio::task::spawn_blocking(move || Process::serve(&path, &config)).await.unwrap();

    let small = format!("r{}", CODINGS.len());
    for n in 0..3 {
        assert_eq!(ask(&process, &small, &format!("small-{n}")).await.0, "NOT_FOUND");
    }
    let normal = peak(&process);
    for (place, coding) in CODINGS.iter().enumerate() {
        let (status, detail, took) = ask(&process, &format!("r{place}"), &format!("bomb-{place}")).await;
        assert!(status == "ERROR" && detail.contains("unpacks to more than 100 times its size"), "{coding}: {status} {detail}");
        assert!(took < MOST_TIME, "{coding}: {took:?}");
        let more = peak(&process) - normal;
        eprintln!("{coding}: refused after {took:?}; the process holds at most {} KiB more than before the first bomb", more >> 10);
        assert!(more < MOST_MEMORY, "{coding}: {more} bytes");
    }
}
