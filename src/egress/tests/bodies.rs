//! Heads and bodies as servers get them wrong, on purpose or not: every limit, and what just passes it.

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use async_compression::zstd::CParameter;

use super::*;
use crate::egress::error::Stage;

/// `coding` once over `bytes`.
pub(super) async fn packed(coding: &str, bytes: &[u8]) -> Vec<u8> {
    macro_rules! pack {
        ($encoder:expr) => {{
            let mut encoder = $encoder;
            encoder.write_all(bytes).await.unwrap();
            encoder.shutdown().await.unwrap();
            encoder.into_inner()
        }};
    }
    match coding {
        "gzip" => pack!(GzipEncoder::new(Vec::new())),
        "deflate" => pack!(ZlibEncoder::new(Vec::new())),
        "br" => pack!(BrotliEncoder::with_quality(Vec::new(), async_compression::Level::Fastest)),
        "zstd" => pack!(ZstdEncoder::new(Vec::new())),
        other => panic!("{other}"),
    }
}

/// An answer with these lines in its head.
pub(super) fn answer(lines: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{lines}\r\n").as_bytes(), body].concat()
}

async fn take(settings: &Settings, bytes: Vec<u8>) -> Result<String, FetchError> {
    let server = Wire::saying(bytes).await;
    get(settings, server.url("/")).await.map(|page| page.text)
}

/// Text that does not pack well.
fn noise(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..length).map(|_| random.alphanumeric() as u8).collect()
}

#[tokio::test]
async fn every_coding_comes_off() {
    let text = noise(5_000);
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let once = packed(coding, &text).await;
        let line = format!("Content-Encoding: {coding}\r\n");
        assert_eq!(take(&settings(), answer(&line, &once)).await.unwrap().as_bytes(), text, "{coding}");
        let twice = packed("gzip", &once).await;
        for line in [format!("Content-Encoding: {coding}, gzip\r\n"), format!("{line}Content-Encoding: gzip\r\n")] {
            assert_eq!(take(&settings(), answer(&line, &twice)).await.unwrap().as_bytes(), text, "{line}");
        }
        assert_eq!(take(&settings(), answer(&line, b"")).await.unwrap(), "", "an empty body holds no coding");
        let cut = take(&settings(), answer(&line, &once[..once.len() / 2])).await.unwrap_err();
        assert!(matches!(cut, FetchError::Broken { .. }), "{coding}: {cut:?}");
        let foreign = take(&settings(), answer(&line, &[0xff; 100])).await.unwrap_err();
        assert!(matches!(foreign, FetchError::Broken { .. }), "{coding}: {foreign:?}");
    }
    for (line, told) in [("compress", "compress"), ("gzip, gzip, gzip", "gzip, gzip, gzip"), ("dcb", "dcb")] {
        let refused = take(&settings(), answer(&format!("Content-Encoding: {line}\r\n"), &text)).await.unwrap_err();
        assert!(matches!(&refused, FetchError::Coding { coding, .. } if coding == told), "{refused:?}");
    }
    assert_eq!(take(&settings(), answer("Content-Encoding: utf-8\r\n", &text)).await.unwrap().as_bytes(), text);
}

#[tokio::test]
async fn what_is_asked_for_is_what_can_be_read() {
    let server = Wire::saying(answer("", b"ok")).await;
    get(&settings(), server.url("/")).await.unwrap();
    assert!(server.heads()[0].contains("accept-encoding: gzip, deflate, br, zstd\r\n"), "{:?}", server.heads());
}

#[tokio::test]
async fn bytes_are_counted_as_sent_and_unpacked() {
    let (text, small) = (noise(2_000), Settings { max_sent_bytes: 1_000, ..settings() });
    let told = answer(&format!("Content-Length: {}\r\n", text.len()), &text);
    let chunked = answer("Transfer-Encoding: chunked\r\n", &[b"7d0\r\n", text.as_slice(), b"\r\n0\r\n\r\n"].concat());
    let gzip = answer("Content-Encoding: gzip\r\n", &packed("gzip", &text).await);
    let cases = [("told", told.clone()), ("chunked", chunked.clone()), ("until it hangs up", answer("", &text)), ("gzip", gzip.clone())];
    for (name, bytes) in cases {
        let error = take(&small, bytes.clone()).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { limit: 1_000, stage: Stage::AsSent, .. }), "{name}: {error:?}");
        assert_eq!(take(&settings(), bytes).await.unwrap().len(), 2_000, "{name}");
    }
    for bytes in [told, chunked, gzip] {
        let error = take(&Settings { max_page_bytes: 1_999, ..settings() }, bytes.clone()).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { limit: 1_999, stage: Stage::Unpacked, .. }), "{error:?}");
        assert_eq!(take(&Settings { max_page_bytes: 2_000, ..settings() }, bytes).await.unwrap().len(), 2_000);
    }
}

#[tokio::test]
async fn a_ratio_counts_beyond_the_first_mib() {
    let zeros = |length: usize| vec![b'0'; length];
    let line = "Content-Encoding: gzip\r\n";
    let short = answer(line, &packed("gzip", &zeros(1 << 20)).await);
    assert_eq!(take(&settings(), short).await.unwrap().len(), 1 << 20);
    let long = answer(line, &packed("gzip", &zeros(3 << 20)).await);
    let refused = take(&settings(), long.clone()).await.unwrap_err();
    assert!(matches!(refused, FetchError::Bomb { ratio: 100, .. }) && !refused.is_transient(), "{refused:?}");
    assert_eq!(take(&Settings { max_ratio: 2_000, ..settings() }, long).await.unwrap().len(), 3 << 20);
    // What repeats itself as a long list of offers does.
    let list: Vec<u8> = (0..60_000).flat_map(|n| format!("<li class=offer data-id={n}><a href=/p/{n}>Gel</a></li>").into_bytes()).collect();
    let list = answer(line, &packed("gzip", &list).await);
    assert!(take(&settings(), list).await.unwrap().len() > 2 << 20);
}

/// RFC 9659: 8 MB of window and no more.
#[tokio::test]
async fn a_zstd_window_is_bounded() {
    for (log, taken) in [(23, true), (24, false), (27, false)] {
        let mut encoder =
            ZstdEncoder::with_quality_and_params(Vec::new(), async_compression::Level::Fastest, &[CParameter::window_log(log)]);
        encoder.write_all(&noise(1_000)).await.unwrap();
        encoder.flush().await.unwrap();
        encoder.shutdown().await.unwrap();
        let outcome = take(&settings(), answer("Content-Encoding: zstd\r\n", &encoder.into_inner())).await;
        assert_eq!(outcome.is_ok(), taken, "{log}: {outcome:?}");
        assert!(taken || matches!(outcome, Err(FetchError::Broken { .. })), "{log}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_head_is_bounded() {
    let fields = |count: usize, length: usize| -> String { (0..count).map(|n| format!("x-{n}: {}\r\n", "v".repeat(length))).collect() };
    // `Connection` and `Content-Length` are fields, too.
    let with = |lines: String| answer(&format!("Content-Length: 2\r\n{lines}"), b"ok");
    assert_eq!(take(&settings(), with(fields(98, 100))).await.unwrap(), "ok");
    let few = Settings { max_headers: 10, ..settings() };
    assert_eq!(take(&few, with(fields(8, 1))).await.unwrap(), "ok");
    let light = Settings { max_head_bytes: 1_000, ..settings() };
    for (name, settings, bytes) in [
        ("101 fields", settings(), with(fields(99, 1))),
        ("11 of 10 fields", few, with(fields(9, 1))),
        ("more than 64 KiB", settings(), with(fields(7, 10_000))),
        ("more than 1,000 bytes", light, with(fields(1, 1_000))),
        ("one field of 2 MB", settings(), with(fields(1, 2_000_000))),
        ("no head", settings(), b"<html>ok</html>\r\n\r\n".to_vec()),
        ("two lengths", settings(), answer("Content-Length: 2\r\nContent-Length: 3\r\n", b"ok")),
        ("a length that is none", settings(), answer("Content-Length: -2\r\n", b"ok")),
        ("a NUL", settings(), answer("x: \0\r\n", b"ok")),
    ] {
        let error = take(&settings, bytes).await.unwrap_err();
        assert!(matches!(error, FetchError::Head { .. }) && !error.is_transient(), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    for line in ["x: y\r\n", "a-very-long-word-that-goes-on"] {
        let server = Wire::at(OPEN, move |_| {
            let head = futures::stream::iter([b"HTTP/1.1 200 OK\r\n".to_vec()]);
            head.chain(futures::stream::repeat(line.repeat(1_000).into_bytes())).boxed()
        })
        .await;
        let error = get(&settings(), server.url("/")).await.unwrap_err();
        assert!(matches!(error, FetchError::Head { .. }), "{line:?}: {error:?}");
        let sent = server.sent.load(Ordering::Relaxed);
        assert!(sent < 16 << 20, "{line:?}: {sent} bytes were sent, most of them into the system's buffers");
    }
}

#[tokio::test]
async fn chunks_that_are_wrong() {
    let chunked = |body: &[u8]| answer("Transfer-Encoding: chunked\r\n", body);
    assert_eq!(take(&settings(), chunked(b"2;name=value\r\nok\r\n0\r\nx-trailer: 1\r\n\r\n")).await.unwrap(), "ok");
    for (name, body) in [
        ("no number", b"zz\r\nok\r\n0\r\n\r\n".to_vec()),
        ("a negative number", b"-2\r\nok\r\n0\r\n\r\n".to_vec()),
        ("a number beyond 64 bits", b"ffffffffffffffffff\r\nok\r\n0\r\n\r\n".to_vec()),
        ("no end of the line", b"2\nok\n0\n\n".to_vec()),
        ("more than it says", b"1\r\nok\r\n0\r\n\r\n".to_vec()),
        ("less than it says", b"3\r\nok".to_vec()),
        ("no last chunk", b"2\r\nok\r\n".to_vec()),
        ("an extension without end", [b"2;".as_slice(), &vec![b'x'; 1 << 20]].concat()),
        ("trailers without end", [b"2\r\nok\r\n0\r\n".as_slice(), &b"x: y\r\n".repeat(100_000)].concat()),
    ] {
        let error = take(&settings(), chunked(&body)).await.unwrap_err();
        assert!(matches!(error, FetchError::Broken { .. }), "{name}: {error:?}");
    }
    let error = take(&settings(), answer("Content-Length: 3\r\n", b"ok")).await.unwrap_err();
    assert!(matches!(error, FetchError::Broken { .. }), "{error:?}");
}
