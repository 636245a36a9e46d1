//! Healthy traffic alone and beside clients that mean harm: the 99th percentile must stay within twice its normal.
//!
//! `cargo bench --bench hostile`; nothing is asserted: machines differ, and the figures are for people.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a program for people at a terminal"
)]

#[path = "../tests/it/process.rs"]
#[allow(dead_code, clippy::panic)]
mod process;

use std::time::{Duration, Instant};

use glaneur::demo::{Behaviour, DemoShops};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Between two requests of a healthy client: what a busy house sees, and not as much as the machine can do.
const PACE: Duration = Duration::from_millis(5);
const HEALTHY: usize = 4;
const LONG: Duration = Duration::from_secs(10);
/// Between two attempts of a hostile client, of which each kind has one.
const AGAIN: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let config = process::config(&directory.path().join("data"), &shops, 4, "", "");
    let server = process::Process::serve(directory.path(), &config);
    let address = server.url.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();

    let _ = healthy(&server.url, Duration::from_secs(1)).await;
    let alone = healthy(&server.url, LONG).await;
    show("alone", &alone);
    let mut hostile = JoinSet::new();
    for bytes in attacks() {
        let address = address.clone();
        hostile.spawn(async move {
            loop {
                attack(&address, &bytes).await;
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
    let kinds = hostile.len();
    let beside = healthy(&server.url, LONG).await;
    hostile.shutdown().await;
    show(&format!("beside {kinds} hostile clients"), &beside);
    println!("p99 beside them / alone: {:.2}", at(&beside, 99).as_secs_f64() / at(&alone, 99).as_secs_f64());
}

fn attacks() -> Vec<Vec<u8>> {
    let post = |body: &[u8]| {
        let head = format!("POST /api/scrape HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    let mut resets = preface.clone();
    for stream in (1_u32..2_000).step_by(2) {
        resets.extend([b"\0\0\x03\x01\x05", &stream.to_be_bytes()[..], b"\x82\x86\x84"].concat());
        resets.extend([b"\0\0\x04\x03\0", &stream.to_be_bytes()[..], b"\0\0\0\x08"].concat());
    }
    vec![
        b"GET / HTTP/1.1\r\nX-Half: ".to_vec(),
        [b"GET / HTTP/1.1\r\nX-Long: ", &b"a".repeat(1 << 20)[..]].concat(),
        post(&b"[".repeat(1 << 20)),
        post(format!("{{\"eans\":[{}1]}}", "1,".repeat(500_000)).as_bytes()),
        post(b"{\"eans\":[\"\\ud800\"]}"),
        post(br#"{"eans":["x"],"proxy":"y"}"#),
        b"POST /api/scrape HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".to_vec(),
        [preface.clone(), b"\0\0\x08\x06\0\0\0\0\0abcdefgh".repeat(10_000)].concat(),
        [preface, b"\0\0\x01\x01\0\0\0\0\x01\x82".to_vec()].concat(),
        resets,
    ]
}

/// Sends, and reads for a moment what comes of it.
async fn attack(address: &str, bytes: &[u8]) {
    let Ok(mut stream) = TcpStream::connect(address).await else { return };
    let talk = async {
        let _ = stream.write_all(bytes).await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let _ = tokio::time::timeout(Duration::from_millis(200), talk).await;
}

/// How long each answer took, sorted.
async fn healthy(url: &str, long: Duration) -> Vec<Duration> {
    let mut clients = JoinSet::new();
    for number in 0..HEALTHY {
        let url = url.trim_end_matches('/').to_owned();
        clients.spawn(async move {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let (begun, mut took, mut turn) = (Instant::now(), Vec::new(), 0_u32);
            while begun.elapsed() < long {
                tokio::time::sleep(PACE).await;
                turn += 1;
                let asked = Instant::now();
                let request = if turn.is_multiple_of(10) {
                    let key = format!("{number}-{turn}-{:?}", begun.elapsed()).replace(' ', "");
                    client.post(format!("{url}/api/scrape")).header("idempotency-key", key).body(r#"{"eans":["no barcode"]}"#)
                } else {
                    client.get(format!("{url}/api/jobs?page_size=5"))
                };
                let answer = request.send().await.unwrap();
                assert!(answer.status().is_success(), "{}", answer.status());
                answer.bytes().await.unwrap();
                took.push(asked.elapsed());
            }
            took
        });
    }
    let mut all: Vec<Duration> = clients.join_all().await.into_iter().flatten().collect();
    all.sort();
    all
}

fn at(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

fn show(name: &str, sorted: &[Duration]) {
    let (half, most) = (at(sorted, 50), at(sorted, 99));
    println!("{name:<28} {} requests, p50 {half:.1?}, p99 {most:.1?}", sorted.len());
}
