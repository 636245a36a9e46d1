//! What one client may do to the port: connections, streams, resets, and keeping a place that it does not use.

use std::time::{Duration, Instant};

use glaneur::serve::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::frames::{ACK, CONTINUATION, DATA, END_HEADERS, HEADERS, PING, RST_STREAM, Raw, SETTINGS, frame, get, head};
use crate::house::{House, client};

const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

async fn is_well(house: &House) -> bool {
    client().get(house.url("/healthz")).send().await.unwrap().status() == 200
}

#[tokio::test]
async fn a_connection_too_many_waits_for_a_place() {
    let house = House::with(Settings { max_connections: 2, ..Settings::default() }).await;
    let ask = async || {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        stream
    };
    let (mut first, mut second) = (ask().await, ask().await);
    for stream in [&mut first, &mut second] {
        assert!(stream.read(&mut [0; 512]).await.unwrap() > 0);
    }
    let mut third = ask().await;
    let waited = tokio::time::timeout(Duration::from_millis(300), third.read(&mut [0; 512])).await;
    assert!(waited.is_err(), "{waited:?}");
    drop(first);
    let answered = tokio::time::timeout(Duration::from_secs(5), third.read(&mut [0; 512])).await.unwrap().unwrap();
    assert!(answered > 0);
}

#[tokio::test]
async fn a_stream_too_many_is_refused_and_the_others_live() {
    let house = House::with(Settings { max_streams: 3, body_timeout: Duration::from_secs(2), ..Settings::default() }).await;
    let mut raw = Raw::connect(house.address).await;
    // Bodies that never come keep their streams open.
    for stream in [1, 3, 5, 7] {
        raw.send(&frame(HEADERS, END_HEADERS, stream, &head(3, "/api/scrape", &[]))).await;
    }
    let refused = raw.answer(7).await;
    assert_eq!((refused[0].kind, refused[0].error()), (RST_STREAM, REFUSED_STREAM), "{refused:?}");
    let answer = raw.answer(5).await;
    assert_eq!(answer[0].kind, HEADERS, "408 for those that were taken: {answer:?}");
}

/// CVE-2023-44487: requests that are taken back at once, so that no limit of streams is ever reached.
#[tokio::test]
async fn rapid_reset_ends_the_connection() {
    let house = House::with(Settings { max_resets: 5, ..Settings::default() }).await;
    let mut raw = Raw::connect(house.address).await;
    let cancel = 8_u32.to_be_bytes();
    let mut all = Vec::new();
    for stream in (1..4_000).step_by(2) {
        all.extend(get(stream, "/api/jobs"));
        all.extend(frame(RST_STREAM, 0, stream, &cancel));
    }
    raw.send(&all).await;
    raw.end().await;
    assert_eq!(raw.goodbyes, [ENHANCE_YOUR_CALM]);
    assert!(is_well(&house).await);
}

/// In good order: what was asked before is answered, and the client is told to come back.
#[tokio::test]
async fn a_connection_ends_after_so_many_requests() {
    let house = House::with(Settings { max_requests: 3, ..Settings::default() }).await;
    let mut plain = TcpStream::connect(house.address).await.unwrap();
    plain.write_all("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(5).as_bytes()).await.unwrap();
    let mut text = String::new();
    tokio::time::timeout(Duration::from_secs(5), plain.read_to_string(&mut text)).await.unwrap().unwrap();
    assert_eq!(text.matches("HTTP/1.1 200").count(), 3, "{text}");
    assert!(text.to_lowercase().contains("connection: close"), "{text}");

    let mut raw = Raw::connect(house.address).await;
    for stream in [1, 3, 5] {
        raw.send(&get(stream, "/healthz")).await;
        assert_eq!(raw.answer(stream).await[0].kind, HEADERS);
    }
    raw.end().await;
    assert!(raw.goodbyes.iter().all(|error| *error == 0) && !raw.goodbyes.is_empty(), "{:?}", raw.goodbyes);
    // A client that heeds it notices nothing.
    let client = client();
    for _ in 0..10 {
        assert_eq!(client.get(house.url("/healthz")).send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_whatever_pings_it_answers() {
    let house = House::with(Settings {
        idle_timeout: Duration::from_millis(500),
        keep_alive_interval: Duration::from_millis(100),
        ..Settings::default()
    })
    .await;
    let begun = Instant::now();
    let mut raw = Raw::connect(house.address).await;
    raw.end().await;
    assert!(raw.pings >= 2, "{} pings were answered", raw.pings);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());

    // A stream that is followed is no idle connection.
    let job = house.jobs.submit(crate::http::open_job()).await.unwrap().job.id;
    let mut raw = Raw::connect(house.address).await;
    raw.send(&get(1, &format!("/api/jobs/{job}/events"))).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        assert!(raw.next().await.is_some(), "closed after {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_gone() {
    let brief = Duration::from_millis(200);
    let house = House::with(Settings { keep_alive_interval: brief, keep_alive_timeout: brief, ..Settings::default() }).await;
    let job = house.jobs.submit(crate::http::open_job()).await.unwrap().job.id;
    let begun = Instant::now();
    let mut raw = Raw::connect(house.address).await;
    raw.is_well = false;
    raw.send(&get(1, &format!("/api/jobs/{job}/events"))).await;
    raw.end().await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// A head that is begun and never ended: in silence, with pings answered in between, with empty pieces, and with endless ones.
#[tokio::test]
async fn a_head_that_never_ends_holds_no_connection() {
    let house = House::with(Settings {
        idle_timeout: Duration::from_millis(500),
        keep_alive_interval: Duration::from_millis(100),
        ..Settings::default()
    })
    .await;
    let begun = frame(HEADERS, 0, 1, &head(2, "/healthz", &[])[..5]);
    let piece = [&[0x00, 1, b'a', 100][..], &[b'v'; 100]].concat();
    for between in [None, Some(frame(PING, ACK, 0, &[0; 8])), Some(frame(CONTINUATION, 0, 1, &[])), Some(frame(CONTINUATION, 0, 1, &piece))]
    {
        let since = Instant::now();
        let mut raw = Raw::connect(house.address).await;
        raw.send(&begun).await;
        if let Some(between) = &between {
            let mut sent = 0;
            while sent < 200 << 20 && since.elapsed() < Duration::from_secs(5) && raw.send(&between.repeat(20)).await {
                sent += 20 * between.len();
                tokio::task::yield_now().await;
            }
            assert!(sent < 100 << 20, "{sent} bytes were taken");
        }
        raw.end().await;
        assert!(since.elapsed() < Duration::from_secs(5), "{between:?}: {:?}", since.elapsed());
    }
    assert!(is_well(&house).await);
}

/// Frames that cost nothing to send and something to answer.
#[tokio::test]
async fn floods_of_cheap_frames_end_and_leave_the_others_alone() {
    let house = House::open().await;
    for flood in [frame(PING, 0, 0, &[1; 8]), frame(SETTINGS, 0, 0, &[]), frame(DATA, 0, 1, &[])] {
        let mut raw = Raw::connect(house.address).await;
        raw.send(&frame(HEADERS, END_HEADERS, 1, &head(3, "/api/scrape", &[]))).await;
        // Nothing is read: what the server answers must not gather in its memory, so it stops reading or hangs up.
        let flood = flood.repeat(1_000);
        let mut sent = 0;
        while sent < 64 << 20 {
            match tokio::time::timeout(Duration::from_millis(500), raw.send(&flood)).await {
                Ok(true) => sent += flood.len(),
                Ok(false) | Err(_) => break,
            }
        }
        assert!(sent < 64 << 20, "{sent} bytes were taken");
        assert!(is_well(&house).await);
    }
}
