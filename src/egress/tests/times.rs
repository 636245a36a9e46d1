//! Servers that take their time: each wait has its own limit and its own word.

use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use super::*;
use crate::egress::error::Late;

const SHORT: Duration = Duration::from_millis(400);

async fn late(settings: &Settings, url: Url) -> (Late, Duration) {
    let begun = Instant::now();
    match get(settings, url).await {
        Err(FetchError::Timeout { late, .. }) => (late, begun.elapsed()),
        other => panic!("{other:?}"),
    }
}

fn drip(head: &'static [u8], drop: &'static [u8], pause: Duration) -> impl Fn(&str) -> BoxStream<'static, Vec<u8>> + Send + Sync {
    move |_| {
        Box::pin(async_stream::stream! {
            yield head.to_vec();
            loop {
                tokio::time::sleep(pause).await;
                yield drop.to_vec();
            }
        })
    }
}

/// A listener whose queue is full takes no further connection, and says nothing.
#[tokio::test]
async fn a_connection_that_does_not_come_about() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(OPEN.parse().unwrap(), 0)).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
        queued.push(stream);
        assert!(queued.len() < 100, "the queue has no end");
    }
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    let (late, took) = late(&Settings { connect_timeout: SHORT, ..settings() }, url).await;
    assert_eq!(late, Late::Connection);
    assert!(took >= SHORT && took < 3 * SHORT, "{took:?}");
}

#[tokio::test]
async fn heads_that_do_not_come() {
    let second = Duration::from_secs(1);
    for (name, head, drop, pause) in [
        ("silence", b"" as &[u8], b"" as &[u8], second),
        ("half a head", b"HTTP/1.1 200 OK\r\nx-slow: ", b"", second),
        ("a head byte by byte", b"HTTP/1.1 200 OK\r\nx-slow: ", b"a", Duration::from_millis(100)),
        ("more to come for ever", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", Duration::from_millis(10)),
    ] {
        let server = Wire::at(OPEN, drip(head, drop, pause)).await;
        let (late, took) = late(&Settings { first_byte_timeout: SHORT, ..settings() }, server.url("/")).await;
        assert_eq!(late, Late::Answer, "{name}");
        assert!(took >= SHORT && took < 3 * SHORT, "{name}: {took:?}");
    }
}

#[tokio::test]
async fn bodies_that_do_not_end() {
    let second = Duration::from_secs(1);
    for (name, head, drop, pause) in [
        ("silence", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<p>" as &[u8], b"" as &[u8], second),
        ("a byte now and then", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a", Duration::from_millis(100)),
        ("chunk by chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", Duration::from_millis(100)),
        // The name of the file inside, which has no end.
        ("gzip", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"a", Duration::from_millis(100)),
    ] {
        let server = Wire::at(OPEN, drip(head, drop, pause)).await;
        let (late, took) = late(&Settings { request_timeout: SHORT, ..settings() }, server.url("/")).await;
        assert_eq!(late, Late::End, "{name}");
        assert!(took >= SHORT - Duration::from_millis(10) && took < 3 * SHORT, "{name}: {took:?}");
    }
}
