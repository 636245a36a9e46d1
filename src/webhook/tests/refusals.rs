//! What receivers do instead of taking a webhook, and who else feels it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::jobs::{ListDeliveries, Replay};

/// What a crude receiver does with a connection after it has read the beginning of the request.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// A reset, not an orderly end.
    Reset,
    /// A head that promises a body, a part of it, and silence.
    Stall,
    /// A body that has no end.
    Endless,
    Take,
}

/// Listens on loopback; each connection is treated as the next manner says, the later ones as the last.
async fn crude(manners: &'static [Manner]) -> (url::Url, Arc<Mutex<usize>>, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhook/x", listener.local_addr().unwrap()).parse().unwrap();
    let (seen, mut server) = (Arc::new(Mutex::new(0)), JoinSet::new());
    let count = Arc::clone(&seen);
    server.spawn(async move {
        let mut open = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let number = {
                let mut count = count.lock().unwrap();
                *count += 1;
                *count
            };
            open.spawn(treat(stream, manners[(number - 1).min(manners.len() - 1)]));
        }
    });
    (url, seen, server)
}

async fn treat(mut stream: TcpStream, manner: Manner) {
    let mut request = vec![0; 64 * 1024];
    let mut length = 0;
    // The body follows the head in a packet of its own.
    while !request[..length].ends_with(b"}") {
        match stream.read(&mut request[length..]).await {
            Ok(0) | Err(_) => return,
            Ok(read) => length += read,
        }
    }
    match manner {
        Manner::Reset => stream.set_zero_linger().unwrap(),
        Manner::Stall => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart").await.unwrap();
            std::future::pending::<()>().await;
        }
        Manner::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n").await.unwrap();
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        }
        Manner::Take => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap(),
    }
}

fn only(url: &url::Url) -> Settings {
    let mut settings = quick();
    settings.endpoints.push(Endpoint::new("end0", url.clone()));
    settings
}

#[tokio::test]
async fn resets_are_tried_again() {
    // Twice at once on a fresh connection, then as scheduled.
    let (url, seen, _server) = crude(&[Manner::Reset, Manner::Reset, Manner::Reset, Manner::Reset, Manner::Take]).await;
    let outbox = Outbox::open(&only(&url)).await;
    outbox.post(1).await;
    let running = start(&outbox, only(&url));
    outbox.until_settled().await;
    running.drained().await;
    assert_eq!(outbox.states().await, [(DeliveryState::Delivered, 3)]);
    assert_eq!(*seen.lock().unwrap(), 5);
}

#[tokio::test]
async fn the_timeout_counts_the_body_and_the_try_is_made_again() {
    let (url, _seen, _server) = crude(&[Manner::Stall, Manner::Take]).await;
    let settings = Settings { timeout: SignedDuration::from_millis(300), ..only(&url) };
    let outbox = Outbox::open(&settings).await;
    outbox.post(1).await;
    let since = Instant::now();
    let running = start(&outbox, settings);
    outbox.until_settled().await;
    running.drained().await;
    assert!(since.elapsed() >= Duration::from_millis(300), "{:?}", since.elapsed());
    assert_eq!(outbox.states().await, [(DeliveryState::Delivered, 2)]);
}

#[tokio::test]
async fn of_an_endless_answer_the_beginning_is_enough() {
    let (url, _seen, _server) = crude(&[Manner::Endless]).await;
    let outbox = Outbox::open(&only(&url)).await;
    outbox.post(1).await;
    let running = start(&outbox, only(&url));
    outbox.until_settled().await;
    running.drained().await;
    assert_eq!(outbox.states().await, [(DeliveryState::Delivered, 1)]);
    assert_eq!(outbox.answers().await[0].chars().count(), 1_000, "what is shown of it");
}

#[tokio::test]
async fn a_wait_node_gets_one_call_at_a_time_and_is_asked_again_while_it_runs() {
    const BUSY: Answer = (409, "content-type: application/json", "{\"message\":\"The execution \\\"7\\\" is running already.\"}");
    let receiver = Receiver::start(&[OK, BUSY, BUSY], Duration::from_millis(10)).await;
    let mut settings = quick();
    settings.callback.hosts = vec![format!("127.0.0.1:{}", receiver.url.port().unwrap())];
    let url = receiver.url.join("/webhook-waiting/7?signature=ab").unwrap();
    let outbox = Outbox::open_with(&settings, Some(url)).await;
    outbox.post(4).await;
    let running = start(&outbox, settings);
    let calls = receiver.until_calls(6).await;
    running.drained().await;
    assert_eq!(receiver.most_at_once(), 1);
    let mut ids: Vec<_> = calls.iter().map(|call| call.headers["webhook-id"].to_str().unwrap().to_owned()).collect();
    ids.dedup();
    assert_eq!(ids, outbox.webhook_ids().await);
    assert!(calls.iter().all(|call| call.uri.query() == Some("signature=ab")));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_left_alone_until_an_operator_replays() {
    let receiver = Receiver::start(&[(410, "x-a: b", "gone")], Duration::ZERO).await;
    let mut settings = to(&[&receiver]);
    settings.concurrency = 1;
    let outbox = Outbox::open(&settings).await;
    outbox.post(5).await;
    let running = start(&outbox, settings.clone());
    outbox.until_settled().await;
    // What comes later is not sent either, also not by the next process.
    outbox.post(2).await;
    outbox.until_settled().await;
    running.drained().await;
    let running = start(&outbox, settings);
    outbox.post_as_another_job(1).await;
    outbox.until_settled().await;
    assert_eq!(receiver.calls().len(), 1);
    let states = outbox.states().await;
    assert!(states.iter().all(|(state, _)| *state == DeliveryState::Failed), "{states:?}");
    assert_eq!(states.iter().filter(|(_, attempts)| *attempts > 0).count(), 1);
    let errors = outbox.errors().await;
    assert!(errors[..5].iter().all(|error| error.contains("answered 410")) && errors[6].contains("replay this delivery"), "{errors:?}");

    let journal = outbox.journal();
    journal.replay(Replay::One(outbox.webhook_ids().await[3].clone())).await.unwrap();
    let call = receiver.until_calls(2).await.remove(1);
    assert_eq!(call.headers["webhook-id"].to_str().unwrap(), outbox.webhook_ids().await[3]);
    outbox.post(1).await;
    receiver.until_calls(3).await;
    running.drained().await;
}

#[tokio::test]
async fn our_own_port_is_refused_at_once_with_the_remedy() {
    let receiver = Receiver::start(&[], Duration::ZERO).await;
    let settings = to(&[&receiver]);
    let outbox = Outbox::open(&settings).await;
    outbox.post(2).await;
    let egress = egress();
    egress.add_listener(format!("127.0.0.1:{}", receiver.url.port().unwrap()).parse().unwrap());
    let (shutdown, mut room) = (Shutdown::default(), JoinSet::new());
    room.spawn(run(outbox.journal(), egress, settings, shutdown.clone()));
    outbox.until_settled().await;
    Running { shutdown, room }.drained().await;
    assert!(receiver.calls().is_empty());
    assert_eq!(outbox.states().await, [(DeliveryState::Failed, 1), (DeliveryState::Failed, 1)]);
    assert!(outbox.errors().await[0].contains("give the receiver's own address"), "{:?}", outbox.errors().await);
}

#[tokio::test]
async fn a_large_job_does_not_hold_up_a_small_one() {
    let receiver = Receiver::start(&[], Duration::from_millis(5)).await;
    let mut settings = to(&[&receiver]);
    settings.concurrency = 2;
    let outbox = Outbox::open(&settings).await;
    outbox.post(400).await;
    let running = start(&outbox, settings);
    receiver.until_calls(20).await;
    outbox.post_as_another_job(5).await;
    let before = receiver.calls().len();
    let other = async || {
        let all = ListDeliveries { state: Some(DeliveryState::Delivered), ..ListDeliveries::default() };
        let found = outbox.journal().deliveries(all, 0, 1_000).await.unwrap();
        let first = found[0].job.clone();
        found.iter().filter(|delivery| delivery.job != first).count()
    };
    while other().await < 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let between = receiver.calls().len() - before;
    assert!(between < 100, "the small job waited for {between} webhooks of the large one");
    running.drained().await;
}
