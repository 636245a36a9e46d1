//! A receiver that is down for three days, on a clock that goes as fast as the work allows.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::outbox::trusting;
use super::*;
use crate::webhook::clock::Clock;
use crate::webhook::run::run_by;

const WEBHOOKS: u32 = 10_000;
const DOWN: Duration = Duration::from_secs(72 * 3_600);

/// What came, by the moment on the paused clock.
type Calls = Arc<Mutex<Vec<(Instant, String)>>>;

/// An address at which nothing listens; no other test has this one of loopback.
async fn closed() -> std::net::SocketAddr {
    TcpListener::bind("127.0.0.72:0").await.unwrap().local_addr().unwrap()
}

async fn open(address: std::net::SocketAddr, calls: Calls, open: Arc<Mutex<(usize, usize)>>) -> JoinSet<()> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    let listener = socket.listen(64).unwrap();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            connections.spawn(answer(stream, Arc::clone(&calls), Arc::clone(&open)));
        }
    });
    server
}

/// Answers every post on the connection; as little of HTTP as that takes.
async fn answer(mut stream: TcpStream, calls: Calls, open: Arc<Mutex<(usize, usize)>>) {
    let mut read = Vec::new();
    while stream.read_buf(&mut read).await.is_ok_and(|count| count > 0) {
        let Some(head) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
        let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        let length: usize = header("content-length:").parse().unwrap();
        if read.len() < head + 4 + length {
            continue;
        }
        read.drain(..head + 4 + length);
        calls.lock().unwrap().push((Instant::now(), header("webhook-id:")));
        {
            let mut open = open.lock().unwrap();
            open.0 += 1;
            open.1 = open.1.max(open.0);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        open.lock().unwrap().0 -= 1;
        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.is_err() {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn three_days_without_a_receiver_lose_nothing_and_end_without_a_storm() {
    let real = std::time::Instant::now();
    let address = closed().await;
    // The longest that there is: the clock may leap while a thread writes, which is no slowness of the receiver.
    let mut settings = Settings { timeout: SignedDuration::from_mins(10), ..Settings::default() };
    settings.endpoints.push(Endpoint::new("n8n", format!("http://{address}/webhook/x").parse().unwrap()));
    let outbox = Outbox::open_in_memory(&settings).await;
    for _ in 0..10 {
        outbox.post_as_another_job(WEBHOOKS / 10).await;
    }
    let egress = trusting("127.0.0.72");
    let (shutdown, mut room) = (Shutdown::default(), JoinSet::new());
    let (start, clock) = (Instant::now(), Clock::Paused(jiff::Timestamp::now(), Instant::now()));
    room.spawn(run_by(clock, outbox.journal(), egress, settings.clone(), shutdown.clone()));

    tokio::time::sleep_until(start + DOWN).await;
    let tries: u64 = outbox
        .states_of_all()
        .await
        .iter()
        .map(|(state, tries)| {
            assert_eq!(*state, DeliveryState::Waiting);
            u64::from(*tries)
        })
        .sum();
    let (calls, together) = (Calls::default(), Arc::default());
    let _server = open(address, Arc::clone(&calls), Arc::clone(&together)).await;
    while calls.lock().unwrap().len() < WEBHOOKS as usize {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(start.elapsed() < DOWN + Duration::from_secs(24 * 3_600), "{} came", calls.lock().unwrap().len());
    }
    shutdown.drain.cancel();
    room.join_next().await.unwrap().unwrap().unwrap();

    let calls = calls.lock().unwrap().clone();
    let ids: std::collections::BTreeSet<_> = calls.iter().map(|(_, id)| id).collect();
    assert_eq!((calls.len(), ids.len()), (WEBHOOKS as usize, WEBHOOKS as usize), "each once");
    assert!(outbox.states_of_all().await.iter().all(|(state, _)| *state == DeliveryState::Delivered));
    let at_once = together.lock().unwrap().1;
    let before = |then: Instant| calls.partition_point(|(at, _)| *at < then);
    let busiest = calls.iter().map(|(from, _)| before(*from + Duration::from_secs(1)) - before(*from)).max().unwrap();
    let back = calls[0].0 - start - DOWN;
    eprintln!(
        "{tries} tries in 72 h; noticed after {back:.0?}; {} delivered in {:.0?}, at most {at_once} at once and {busiest} in a second; {:.1?} of real time",
        calls.len(),
        calls[calls.len() - 1].0 - calls[0].0,
        real.elapsed()
    );
    assert!(at_once <= settings.concurrency);
    assert!(busiest <= 2 * settings.per_second as usize);
    assert!(back < Duration::from_secs(90), "{back:?}");
    assert!(tries < 3 * 72 * 60, "{tries} tries: a dead endpoint was hammered");
}
