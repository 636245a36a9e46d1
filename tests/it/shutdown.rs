//! One drain ends the house in time, whatever its clients do or leave undone.

use std::time::Duration;

use glaneur::serve::Settings;
use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::{Item, ScrapeStreamRequest, WatchJobRequest};
use glaneur::shutdown::{End, Outcome, Shutdown};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::house::{House, client};
use crate::http::open_job;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

async fn nasty(house: &House) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for first in [
        &b""[..],
        b"G",
        b"PRI * HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ",
        b"POST /api/scrape HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"eans\":[",
        PREFACE,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00",
    ] {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        stream.write_all(first).await.unwrap();
        clients.push(stream);
    }
    // One whole exchange, then silence on a connection that is kept alive.
    let mut idle = TcpStream::connect(house.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(idle.read(&mut [0; 512]).await.unwrap() > 0);
    clients.push(idle);
    clients
}

#[tokio::test]
async fn silent_and_half_open_clients_do_not_hold_up_a_drain() {
    let house = House::with(Settings { body_timeout: Duration::from_secs(2), ..Settings::default() }).await;
    let clients = nasty(&house).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let took = house.drain().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    drop(clients);
}

#[tokio::test]
async fn a_client_that_stays_busy_is_dropped_at_the_end_of_the_drain() {
    let house = House::with(Settings { drain_timeout: Duration::from_secs(1), ..Settings::default() }).await;
    let clients = nasty(&house).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let took = house.drain().await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    drop(clients);
}

#[tokio::test]
async fn force_ends_at_once() {
    let house = House::open().await;
    let clients = nasty(&house).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    house.shutdown.force.cancel();
    let took = house.drain().await;
    assert!(took < Duration::from_millis(500), "{took:?}");
    drop(clients);
}

#[tokio::test]
async fn silent_clients_are_closed_without_any_drain() {
    let brief = Duration::from_millis(300);
    let house =
        House::with(Settings { first_bytes_timeout: brief, header_timeout: brief, body_timeout: brief, ..Settings::default() }).await;
    for (place, mut stream) in nasty(&house).await.into_iter().enumerate() {
        // A half-open HTTP/2 client is found dead by its pings, later.
        if matches!(place, 5..=7) {
            continue;
        }
        let closed = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut Vec::new())).await;
        assert!(closed.is_ok(), "client {place} is still connected");
    }
}

#[tokio::test]
async fn open_streams_end_with_the_cursor_to_go_on_from() {
    let house = House::open().await;
    let job = house.jobs.submit(open_job()).await.unwrap().job.id.to_string();
    let mut watch = JobServiceClient::new(house.channel().await)
        .watch_job(WatchJobRequest { job_id: job.clone(), after_cursor: String::new() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().cursor, "1");

    let (send, input) = mpsc::channel(1);
    let eans = ["a", "b"].map(|code| Item { primary: code.to_owned(), replacement: None }).to_vec();
    send.send(ScrapeStreamRequest { options: None, eans }).await.unwrap();
    let mut stream = ScrapeServiceClient::new(house.channel().await).scrape_stream(ReceiverStream::new(input)).await.unwrap().into_inner();
    let streamed = stream.message().await.unwrap().unwrap().job_id;

    let mut events = client().get(house.url(&format!("/api/jobs/{job}/events"))).send().await.unwrap();
    assert!(events.chunk().await.unwrap().is_some());

    let mut health = tonic_health::pb::health_client::HealthClient::new(house.channel().await)
        .watch(tonic_health::pb::HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(health.message().await.unwrap().unwrap().status, 1);

    let jobs = house.jobs.clone();
    let took = house.drain().await;
    assert!(took < Duration::from_secs(4), "{took:?}");

    let stopped = watch.message().await.unwrap_err();
    assert_eq!(stopped.code(), Code::Unavailable);
    assert_eq!(stopped.metadata().get("glaneur-cursor").unwrap(), "1");
    assert_eq!(stopped.metadata().get("glaneur-job-id").unwrap(), job.as_str());
    assert!(stopped.message().contains("after_cursor 1"), "{}", stopped.message());

    let stopped = loop {
        match stream.message().await {
            Ok(event) => assert!(event.is_some(), "an unfinished stream must not end well"),
            Err(status) => break status,
        }
    };
    assert_eq!((stopped.code(), stopped.metadata().get("glaneur-accepted-items").unwrap().as_bytes()), (Code::Unavailable, &b"2"[..]));
    let sealed = jobs.get(&glaneur::JobId::new(streamed)).await.unwrap();
    assert_eq!(sealed.total, Some(2), "what was accepted is sealed, so that the next start can finish it");

    while events.chunk().await.unwrap().is_some() {}
    assert_eq!(health.message().await.unwrap().unwrap().status, 2, "NOT_SERVING is told");
    assert_eq!(health.message().await.unwrap_err().code(), Code::Unavailable);
    drop(send);
}

#[tokio::test]
async fn while_draining_nothing_new_is_taken() {
    let house = House::open().await;
    let mut held = JobServiceClient::new(house.channel().await);
    let job = house.jobs.submit(open_job()).await.unwrap().job.id.to_string();
    let mut watch = held.watch_job(WatchJobRequest { job_id: job, after_cursor: String::new() }).await.unwrap().into_inner();
    watch.message().await.unwrap().unwrap();
    let address = house.address;
    house.drain().await;
    assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
}

/// One test for all signals: they go to every listener of this process.
#[cfg(unix)]
#[tokio::test]
async fn the_first_signal_drains_and_the_second_ends_with_130() {
    fn signal(name: &str) {
        let sent = std::process::Command::new("sh").args(["-c", &format!("kill {name} {}", std::process::id())]).status().unwrap();
        assert!(sent.success());
    }
    for (first, second) in [("-INT", "-INT"), ("-TERM", "-INT")] {
        let (shutdown, signals) = Shutdown::listen(Duration::from_secs(60)).unwrap();
        signal(first);
        shutdown.drain.cancelled().await;
        assert_eq!((signals.end(), signals.end().exit_code()), (End::Drained, None));
        assert!(!shutdown.force.is_cancelled());
        signal(second);
        shutdown.force.cancelled().await;
        assert_eq!(signals.run(std::future::pending::<()>()).await, Outcome::Abandoned(End::Interrupted));
        assert_eq!(signals.end().exit_code(), Some(130));
    }
}

#[tokio::test]
async fn a_taken_port_is_told_with_its_remedy() {
    let house = House::open().await;
    let error = glaneur::serve::Server::bind(&Settings::default(), house.address).await.unwrap_err();
    let message = error.to_string();
    assert!(message.contains(&house.address.to_string()) && message.contains("--listen"), "{message}");
    assert_eq!(error.kind(), glaneur::ErrorKind::Configuration);
}
