//! Frames at our port that HTTP/2 and gRPC forbid: what ends, and how.

use std::time::Duration;

use crate::frames::{CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, Raw, SETTINGS, frame, get, head};
use crate::house::{House, client};

use super::is_well;

/// Codes of RFC 9113. Where it names a finer one, h2 says PROTOCOL_ERROR all the same.
const PROTOCOL: u32 = 1;
const FLOW_CONTROL: u32 = 3;
const FRAME_SIZE: u32 = 6;

const PRIORITY: u8 = 2;
const PUSH_PROMISE: u8 = 5;
const WINDOW_UPDATE: u8 = 8;

#[tokio::test]
async fn frames_that_are_forbidden_end_the_connection_with_their_code() {
    let house = House::open().await;
    let whole = get(1, "/healthz");
    let mut wrong = Vec::new();
    for (name, bytes, code) in [
        ("DATA on no stream", frame(DATA, 0, 0, b"x"), PROTOCOL),
        ("HEADERS on no stream", frame(HEADERS, END_HEADERS, 0, &head(2, "/", &[])), PROTOCOL),
        ("HEADERS on a stream of the server's", get(2, "/healthz"), PROTOCOL),
        ("DATA on a stream that is none", frame(DATA, 0, 5, b"x"), PROTOCOL),
        ("RST_STREAM on a stream that is none", frame(RST_STREAM, 0, 9, &[0; 4]), PROTOCOL),
        ("a stream below the last one", [get(7, "/healthz"), get(3, "/healthz")].concat(), PROTOCOL),
        ("CONTINUATION of nothing", frame(CONTINUATION, END_HEADERS, 1, &[]), PROTOCOL),
        ("a head with a PING in it", [frame(HEADERS, 0, 1, &[0x82]), frame(PING, 0, 0, &[0; 8])].concat(), PROTOCOL),
        ("a head of two streams", [frame(HEADERS, 0, 1, &[0x82]), frame(CONTINUATION, END_HEADERS, 3, &[])].concat(), PROTOCOL),
        ("a promise of the client's", frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2, 0x82]), PROTOCOL),
        ("PING of 7 bytes", frame(PING, 0, 0, &[0; 7]), PROTOCOL),
        ("PING on a stream", frame(PING, 0, 1, &[0; 8]), PROTOCOL),
        ("SETTINGS of 5 bytes", frame(SETTINGS, 0, 0, &[0; 5]), PROTOCOL),
        ("SETTINGS on a stream", frame(SETTINGS, 0, 1, &[]), PROTOCOL),
        ("a window beyond 2^31", frame(SETTINGS, 0, 0, &[0, 4, 0xff, 0xff, 0xff, 0xff]), PROTOCOL),
        ("a frame size of 5", frame(SETTINGS, 0, 0, &[0, 5, 0, 0, 0, 5]), PROTOCOL),
        ("WINDOW_UPDATE by nothing", frame(WINDOW_UPDATE, 0, 0, &[0; 4]), PROTOCOL),
        ("WINDOW_UPDATE beyond 2^31", frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff]), FLOW_CONTROL),
        ("RST_STREAM of 3 bytes", frame(RST_STREAM, 0, 1, &[0; 3]), PROTOCOL),
        ("GOAWAY of 3 bytes", frame(GOAWAY, 0, 0, &[0; 3]), PROTOCOL),
        ("PRIORITY of 4 bytes", frame(PRIORITY, 0, 1, &[0; 4]), PROTOCOL),
        ("a frame larger than allowed", frame(DATA, 0, 1, &[0; 20_000]), FRAME_SIZE),
        (
            "padding longer than the frame",
            [frame(HEADERS, END_HEADERS, 1, &head(3, "/api/scrape", &[])), frame(DATA, 8, 1, &[200, 1])].concat(),
            PROTOCOL,
        ),
        ("HPACK index 0", frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x80]), PROTOCOL),
        ("HPACK index beyond the table", frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0xff, 0xff, 0xff, 0x7f]), PROTOCOL),
        ("HPACK integer without end", frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0xff; 20]), PROTOCOL),
        ("HPACK text beyond the frame", frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x82, 0x04, 0x7f, 0xff, 0xff, 0x01]), PROTOCOL),
        ("DATA after the end", [whole.clone(), frame(DATA, 0, 1, b"x")].concat(), PROTOCOL),
    ] {
        let mut raw = Raw::connect(house.address).await;
        raw.send(&bytes).await;
        // What ends a stream alone leaves the connection: it is ended by a frame that nobody allows.
        raw.send(&frame(PING, 0, 0, b"are you?")).await;
        let mut told = Vec::new();
        while let Some(frame) = raw.next().await {
            if frame.kind == RST_STREAM {
                told.push(frame.error());
                break;
            }
            if frame.kind == PING && frame.payload == b"are you?" {
                break;
            }
        }
        told.extend(&raw.goodbyes);
        if told.first() != Some(&code) {
            wrong.push(format!("{name}: {told:?}, not {code}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(is_well(&house).await);
}

/// Each case: the body of a call, its encoding, and the `grpc-status` that answers it.
#[tokio::test]
async fn messages_that_are_none_are_answered_with_their_status() {
    const INVALID_ARGUMENT: &str = "3";
    const RESOURCE_EXHAUSTED: &str = "8";
    const UNIMPLEMENTED: &str = "12";
    const INTERNAL: &str = "13";
    let house = House::open().await;
    let client = http2();
    let message = |flag: u8, length: u32, bytes: &[u8]| [&[flag], &length.to_be_bytes()[..], bytes].concat();
    for (name, encoding, body, status) in [
        ("an empty job id", "identity", message(0, 0, b""), INVALID_ARGUMENT),
        ("no message", "identity", Vec::new(), INTERNAL),
        ("4 GiB are announced", "identity", message(0, u32::MAX, b"x"), RESOURCE_EXHAUSTED),
        ("a flag that is none", "identity", message(7, 0, b""), INTERNAL),
        ("compressed, by nothing", "identity", message(1, 1, b"x"), INTERNAL),
        ("an encoding that nobody knows", "br", message(1, 1, b"x"), UNIMPLEMENTED),
        ("gzip that is none", "gzip", message(1, 4, b"nope"), INTERNAL),
        ("less than announced", "identity", message(0, 100, b"x"), INTERNAL),
        ("no protobuf", "identity", message(0, 3, &[0xff; 3]), INTERNAL),
        ("a text that is none", "identity", message(0, 4, &[0x0a, 2, 0xff, 0xfe]), INTERNAL),
        ("a length beyond the message", "identity", message(0, 2, &[0x0a, 0x7f]), INTERNAL),
        ("a group that never ends", "identity", message(0, 2_000, &[0x0b; 2_000]), INTERNAL),
    ] {
        let answer = client
            .post(house.url("/glaneur.v1.JobService/GetJob"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("grpc-encoding", encoding)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{name}");
        assert_eq!(answer.headers()["grpc-status"], status, "{name}: {:?}", answer.headers());
    }
    assert!(is_well(&house).await);
}

#[allow(clippy::disallowed_methods, reason = "the egress room is for shops; this client speaks to the server under test")]
fn http2() -> reqwest::Client {
    drop(client());
    reqwest::Client::builder().no_proxy().http2_prior_knowledge().timeout(Duration::from_secs(20)).build().unwrap()
}
