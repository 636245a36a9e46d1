//! The promises of the main job, measured on the real binary and the demo shops, as ratios within one run.
//!
//! `cargo bench --bench main_job` runs all; `-- post`, `-- chain` or `-- long` one of them. Nothing is asserted: machines differ,
//! and the figures are for people.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a program for people at a terminal")]
#![allow(clippy::disallowed_methods, reason = "a load generator on loopback: tasks end with the run, and the client is its own")]

#[path = "../tests/it/process.rs"]
#[allow(dead_code, unreachable_pub, clippy::panic, reason = "shared with the tests")]
mod process;

use std::path::Path;
use std::time::{Duration, Instant};

use glaneur::demo::{Behaviour, DemoShops, EANS, bulk_ean};
use glaneur::plan::ShopSettings;
use glaneur::{Batch, Event, Glaneur, egress};
use process::Process;
use serde_json::{Value, json};
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|chosen| chosen == name);
    if wanted("post") {
        post().await;
    }
    if wanted("chain") {
        chain().await;
    }
    if wanted("long") {
        long().await;
    }
}

/// `POST /api/scrape` with 8 items, each answer durable, at 200 requests/s, open loop: a late answer delays nobody's start.
async fn post() {
    const RATE: u32 = 200;
    const SECONDS: u32 = 10;
    let shops = DemoShops::start(Behaviour::fixed(Duration::from_millis(50))).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path(), &shops, 2);
    let client = reqwest::Client::new();
    let url = format!("{}/api/scrape", server.url);
    let start = Instant::now() + Duration::from_millis(100);
    let asked: Vec<_> = (0..RATE * SECONDS)
        .map(|number| {
            let (client, url) = (client.clone(), url.clone());
            let eans: Vec<String> = (0..8).map(|item| bulk_ean(number * 8 + item)).collect();
            tokio::spawn(async move {
                let due = start + Duration::from_secs(1) * number / RATE;
                tokio::time::sleep_until(due.into()).await;
                let answer = client.post(url).json(&json!({ "eans": eans })).send().await.unwrap();
                (answer.status().as_u16(), due.elapsed())
            })
        })
        .collect();
    let mut times = Vec::new();
    for answer in asked {
        let (status, time) = answer.await.unwrap();
        assert_eq!(status, 202);
        times.push(time);
    }
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!(
        "post   {} answers at {RATE}/s, 8 items each, durable: p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// 8 items, 3 shops, 500 ms per request: against the longest chain of one item, and against one request after another.
async fn chain() {
    let shops = DemoShops::start(Behaviour::fixed(Duration::from_millis(500))).await.unwrap();
    let glaneur = engine(&shops, 8).await;
    let begun = Instant::now();
    let mut longest = 0;
    let mut events = glaneur.scrape(Batch::parse(EANS).unwrap()).unwrap();
    let mut results = 0;
    while let Some(event) = events.next().await {
        if let Event::Result(result) = event {
            results += 1;
            longest = longest.max(result.shops.iter().map(|shop| shop.requests).max().unwrap_or(0));
        }
    }
    let together = begun.elapsed();
    let requests: u64 = shops.shops().iter().map(|(_, shop)| shop.requests()).sum();

    let begun = Instant::now();
    for ean in EANS {
        for (name, _) in shops.shops() {
            let mut events = glaneur.scrape(Batch::parse([ean]).unwrap().shops([name])).unwrap();
            while events.next().await.is_some() {}
        }
    }
    let sequential = begun.elapsed();
    let ideal = Duration::from_millis(500) * longest;
    println!(
        "chain  {results} results, {requests} requests of 500 ms in {:.2} s = {:.2} x the longest chain ({longest} requests); one after another {:.2} s = {:.1} x",
        together.as_secs_f64(),
        together.as_secs_f64() / ideal.as_secs_f64(),
        sequential.as_secs_f64(),
        sequential.as_secs_f64() / together.as_secs_f64(),
    );
}

/// 2,000 and 20,000 items, 50 ms per request, 8 requests at a time per shop: time against the pacing, peak memory of the server.
async fn long() {
    const AT_ONCE: usize = 8;
    let mut peaks = Vec::new();
    for items in [2_000_u32, 20_000] {
        let shops = DemoShops::start(Behaviour::fixed(Duration::from_millis(50))).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let server = serve(directory.path(), &shops, AT_ONCE);
        let client = reqwest::Client::new();
        let eans: Vec<String> = (0..items).map(bulk_ean).collect();
        let begun = Instant::now();
        let accepted: Value =
            client.post(format!("{}/api/scrape", server.url)).json(&json!({ "eans": eans })).send().await.unwrap().json().await.unwrap();
        let job = format!("{}/api/jobs/{}", server.url, accepted["job_id"].as_str().expect("a job id"));
        let told = loop {
            let told: Value = client.get(&job).send().await.unwrap().json().await.unwrap();
            if told["finished_at"].is_string() {
                break told;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        let took = begun.elapsed().as_secs_f64();
        let busiest = shops.shops().iter().map(|(_, shop)| shop.requests()).max().unwrap_or(0);
        let paced = busiest as f64 * 0.05 / AT_ONCE as f64;
        let peak = peak_megabytes(&server);
        println!(
            "long   {items} items: {took:.1} s = {:.2} x what the pacing allows ({busiest} requests at the busiest shop), {:.0} items/s, peak memory {peak:.0} MB, counts {}",
            took / paced,
            f64::from(items) / took,
            told["counts"],
        );
        peaks.push(peak);
    }
    println!("long   peak memory for 20,000 items = {:.2} x that for 2,000", peaks[1] / peaks[0]);
}

async fn engine(shops: &DemoShops, at_once: usize) -> Glaneur {
    let mut builder =
        Glaneur::builder().egress(egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..egress::Settings::default() });
    for (name, shop) in shops.shops() {
        let settings = ShopSettings {
            origin: Some(shop.origin().clone()),
            search_origin: Some(shop.search_origin().clone()),
            concurrency: Some(at_once),
            interval: Some(Duration::ZERO),
            ..ShopSettings::default()
        };
        builder = builder.shop(name, settings);
    }
    builder.build().await.unwrap()
}

fn serve(directory: &Path, shops: &DemoShops, at_once: usize) -> Process {
    Process::serve(directory, &process::config(&directory.join("data"), shops, at_once, "", "[jobs]\nmax_queued_jobs = 10000\n"))
}

/// The kernel's high-water mark of resident memory.
fn peak_megabytes(process: &Process) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
