//! Bombs of 10 GiB in every coding: a server that would send all of it, were it asked to.

use std::time::{Duration, Instant};

use super::packed::{PIECE, SIZE, pieces, twice};
use super::*;

async fn bomb(lines: &str, first: Vec<u8>, again: Vec<u8>, times: usize) -> Wire {
    let head = bodies::answer(lines, b"");
    Wire::at(OPEN, move |_| {
        let again = futures::stream::repeat(again.clone()).take(times);
        futures::stream::iter([head.clone(), first.clone()]).chain(again).boxed()
    })
    .await
}

async fn all() -> Vec<(&'static str, Wire)> {
    let mut bombs = Vec::new();
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let (first, again) = pieces(coding).await;
        bombs.push((coding, bomb(&format!("Content-Encoding: {coding}\r\n"), first, again, SIZE / PIECE).await));
    }
    let (first, again) = twice().await;
    bombs.push(("gzip, gzip", bomb("Content-Encoding: gzip, gzip\r\n", first, again, SIZE / PIECE / 16).await));
    bombs
}

#[tokio::test]
async fn a_bomb_is_refused_while_it_is_small() {
    let settings = settings();
    for (name, server) in all().await {
        let begun = Instant::now();
        let error = get(&settings, server.url("/")).await.unwrap_err();
        let took = begun.elapsed();
        assert!(matches!(error, FetchError::Bomb { ratio: 100, .. }) && !error.is_transient(), "{name}: {error:?}");
        assert!(took < Duration::from_secs(2), "{name}: {took:?}");
        eprintln!("{name}: refused after {took:?}");
    }
}

/// Frames with nothing in them: there is no ratio, and the bytes that come over the wire are what is counted.
#[tokio::test]
async fn emptiness_has_a_size_too() {
    let empty = bodies::packed("zstd", b"").await;
    let server = bomb("Content-Encoding: zstd\r\n", empty.clone(), empty.repeat(1_000), 1_000_000).await;
    let error = get(&Settings { max_sent_bytes: 1 << 20, ..settings() }, server.url("/")).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { limit: 1_048_576, .. }), "{error:?}");
}

/// Without the ratio the size alone stops it, and each is a sound stream as far as that.
#[tokio::test]
async fn the_size_stops_what_the_ratio_lets_pass() {
    let settings = Settings { max_ratio: usize::MAX, ..settings() };
    for (name, server) in all().await {
        let error = get(&settings, server.url("/")).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { limit: 10_485_760, .. }), "{name}: {error:?}");
    }
}

#[cfg(feature = "server")]
#[tokio::test]
async fn a_receiver_that_answers_with_a_bomb_has_received() {
    let (first, again) = pieces("gzip").await;
    let server = bomb("Content-Encoding: gzip\r\n", first, again, SIZE / PIECE).await;
    let post = crate::egress::Post {
        url: server.url("/hook"),
        headers: Vec::new(),
        body: b"{}".to_vec(),
        timeout: Duration::from_secs(5),
        max_answer: 4096,
    };
    let posted = egress(&settings()).post(&post).await.unwrap();
    assert!(posted.status == 200 && posted.body.len() <= 4096, "{posted:?}");
}
