//! The whole room over real sockets: a receiver on loopback that answers as it is told and remembers what came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::outbox::{Outbox, egress};
use super::samples;
use super::*;
use crate::error::Error;
use crate::jobs::DeliveryState;
use crate::shutdown::Shutdown;

mod outage;
mod outbox;
mod refusals;
mod verified;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const STARTING: (u16, &str, &str) = (200, "content-type: text/html; charset=utf-8", "n8n is starting up. Please wait");
const OK: (u16, &str, &str) = (200, "content-type: application/json", "{\"message\":\"Workflow was started\"}");

/// Status, one header, body.
type Answer = (u16, &'static str, &'static str);

#[derive(Clone, Debug)]
struct Call {
    at: Instant,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

#[derive(Clone, Default)]
struct Told {
    calls: Arc<Mutex<Vec<Call>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    delay: Duration,
    /// Calls that are being answered now, and the most there ever were.
    open: Arc<Mutex<(usize, usize)>>,
}

struct Receiver {
    url: url::Url,
    told: Told,
    _server: JoinSet<()>,
}

impl Receiver {
    /// Answers the first calls as told, later ones with 200.
    async fn start(answers: &[Answer], delay: Duration) -> Self {
        let told = Told { answers: Arc::new(Mutex::new(answers.iter().copied().collect())), delay, ..Told::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook/x?key=hush", listener.local_addr().unwrap()).parse().unwrap();
        let app = axum::Router::new().fallback(take).with_state(told.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, told, _server: server }
    }

    fn calls(&self) -> Vec<Call> {
        self.told.calls.lock().unwrap().clone()
    }

    async fn until_calls(&self, count: usize) -> Vec<Call> {
        eventually(|| self.calls().len() >= count).await;
        self.calls()
    }

    fn most_at_once(&self) -> usize {
        self.told.open.lock().unwrap().1
    }
}

async fn take(State(told): State<Told>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    told.calls.lock().unwrap().push(Call { at: Instant::now(), uri, headers, body });
    {
        let mut open = told.open.lock().unwrap();
        open.0 += 1;
        open.1 = open.1.max(open.0);
    }
    tokio::time::sleep(told.delay).await;
    told.open.lock().unwrap().0 -= 1;
    let (status, header, body) = told.answers.lock().unwrap().pop_front().unwrap_or(OK);
    let (name, value) = header.split_once(": ").unwrap();
    (StatusCode::from_u16(status).unwrap(), [(name, value)], body).into_response()
}

async fn eventually(done: impl Fn() -> bool) {
    let met = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), met).await.expect("it never came to that");
}

fn quick() -> Settings {
    let pauses = [20, 30, 40, 50].map(SignedDuration::from_millis);
    Settings { schedule: Schedule::of(pauses), timeout: SignedDuration::from_secs(2), per_second: 1_000, ..Settings::default() }
}

fn to(receivers: &[&Receiver]) -> Settings {
    let mut settings = quick();
    for (i, receiver) in receivers.iter().enumerate() {
        let mut endpoint = Endpoint::new(format!("end{i}"), receiver.url.clone());
        endpoint.secret = Some(Secret::from(SECRET).into());
        settings.endpoints.push(endpoint);
    }
    settings
}

struct Running {
    shutdown: Shutdown,
    room: JoinSet<Result<(), Error>>,
}

fn start(outbox: &Outbox, settings: Settings) -> Running {
    let shutdown = Shutdown::default();
    let mut room = JoinSet::new();
    room.spawn(run(outbox.journal(), egress(), settings, shutdown.clone()));
    Running { shutdown, room }
}

impl Running {
    async fn drained(mut self) {
        self.shutdown.drain.cancel();
        self.room.join_next().await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_arrives_is_signed_typed_and_ours() {
    let receiver = Receiver::start(&[], Duration::ZERO).await;
    let mut settings = to(&[&receiver]);
    settings.endpoints[0].headers.0.insert("Authorization".to_owned(), "Bearer hush".to_owned());
    let outbox = Outbox::open(&settings).await;
    outbox.post(1).await;
    let running = start(&outbox, settings);
    let call = receiver.until_calls(1).await.remove(0);
    standardwebhooks::Webhook::new(SECRET).unwrap().verify(&call.body, &call.headers).unwrap();
    let header = |name: &str| call.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("user-agent"), format!("glaneur/{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(header("authorization"), "Bearer hush");
    assert_eq!(call.uri.query(), Some("key=hush"));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&call.body).unwrap()["ean"], samples::found().ean);
    running.drained().await;
    assert_eq!(outbox.states().await, [(DeliveryState::Delivered, 1)]);
}

#[tokio::test]
async fn a_receiver_that_fails_gets_the_same_webhook_again() {
    let answers: [Answer; 4] = [
        STARTING,
        (404, "content-type: application/json", "{\"message\":\"The requested webhook is not registered.\"}"),
        (500, "x-a: b", "oops"),
        OK,
    ];
    let receiver = Receiver::start(&answers, Duration::ZERO).await;
    let mut settings = to(&[&receiver]);
    settings.concurrency = 1;
    let outbox = Outbox::open(&settings).await;
    outbox.post(1).await;
    let running = start(&outbox, settings);
    let calls = receiver.until_calls(4).await;
    running.drained().await;
    assert_eq!(calls.len(), 4);
    for call in &calls {
        assert_eq!(call.headers["webhook-id"], calls[0].headers["webhook-id"]);
        assert_eq!(call.body, calls[0].body);
        standardwebhooks::Webhook::new(SECRET).unwrap().verify(&call.body, &call.headers).unwrap();
    }
    assert_eq!(outbox.states().await, [(DeliveryState::Delivered, 4)]);
}

#[tokio::test]
async fn a_named_pause_is_kept_by_the_whole_url() {
    let receiver = Receiver::start(&[(429, "retry-after: 1", "")], Duration::ZERO).await;
    let mut settings = to(&[&receiver]);
    settings.concurrency = 1;
    let outbox = Outbox::open(&settings).await;
    outbox.post(3).await;
    let running = start(&outbox, settings);
    let calls = receiver.until_calls(4).await;
    for later in &calls[1..] {
        assert!(later.at - calls[0].at >= Duration::from_secs(1));
    }
    running.drained().await;
    assert!(outbox.states().await.iter().all(|(state, _)| *state == DeliveryState::Delivered));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_gone_endpoint_not_asked_again() {
    let second = Receiver::start(&[], Duration::ZERO).await;
    let location: &'static str = format!("location: {}", second.url).leak();
    let first = Receiver::start(&[(307, location, ""), (410, "x-a: b", "")], Duration::ZERO).await;
    let settings = to(&[&first]);
    let outbox = Outbox::open(&settings).await;
    outbox.post(1).await;
    let running = start(&outbox, settings);
    first.until_calls(2).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    running.drained().await;
    assert_eq!((first.calls().len(), second.calls().len()), (2, 0));
    assert_eq!(outbox.states().await, [(DeliveryState::Failed, 2)]);
}

#[tokio::test]
async fn in_order_means_one_at_a_time_and_the_failed_one_first() {
    let receiver = Receiver::start(&[(500, "x-a: b", ""), OK, (503, "x-a: b", "")], Duration::from_millis(10)).await;
    let mut settings = to(&[&receiver]);
    settings.endpoints[0].ordered = true;
    let outbox = Outbox::open(&settings).await;
    outbox.post(6).await;
    let running = start(&outbox, settings);
    let calls = receiver.until_calls(8).await;
    running.drained().await;
    assert_eq!(receiver.most_at_once(), 1);
    let mut ids: Vec<_> = calls.iter().map(|call| call.headers["webhook-id"].to_str().unwrap().to_owned()).collect();
    ids.dedup();
    assert_eq!(ids, outbox.webhook_ids().await);
}

#[tokio::test]
async fn without_order_several_at_once_and_never_more_than_allowed() {
    let receiver = Receiver::start(&[], Duration::from_millis(20)).await;
    let mut settings = to(&[&receiver]);
    settings.concurrency = 4;
    let outbox = Outbox::open(&settings).await;
    outbox.post(100).await;
    let running = start(&outbox, settings);
    receiver.until_calls(100).await;
    running.drained().await;
    assert_eq!(receiver.most_at_once(), 4);
    assert_eq!(receiver.calls().len(), 100, "each exactly once");
}

#[tokio::test]
async fn a_slow_and_a_dead_endpoint_delay_no_other() {
    let slow = Receiver::start(&[], Duration::from_secs(1)).await;
    let swift = Receiver::start(&[], Duration::ZERO).await;
    let mut settings = to(&[&slow, &swift]);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    settings.endpoints.push(Endpoint::new("dead", format!("http://{closed}/").parse().unwrap()));
    let outbox = Outbox::open(&settings).await;
    let running = start(&outbox, settings);
    outbox.post(20).await;
    let since = Instant::now();
    swift.until_calls(20).await;
    assert!(since.elapsed() < Duration::from_millis(900), "{:?}", since.elapsed());
    // What comes while the others hang goes out as well.
    outbox.post(1).await;
    swift.until_calls(21).await;
    assert!(since.elapsed() < Duration::from_millis(950), "{:?}", since.elapsed());
    running.shutdown.force.cancel();
}

#[tokio::test]
async fn a_dead_endpoint_is_not_hammered() {
    let refusals = [(500, "x-a: b", ""); 1_000];
    let receiver = Receiver::start(&refusals, Duration::ZERO).await;
    let settings = to(&[&receiver]);
    let outbox = Outbox::open(&settings).await;
    outbox.post(300).await;
    let running = start(&outbox, settings);
    tokio::time::sleep(Duration::from_millis(900)).await;
    let calls = receiver.calls().len();
    assert!((3..=16).contains(&calls), "{calls} calls");
    running.drained().await;
    assert!(outbox.states().await.iter().all(|(state, _)| *state == DeliveryState::Waiting), "nothing is given up for it");
}

#[tokio::test]
async fn a_drain_finishes_what_is_under_way_and_starts_nothing() {
    let receiver = Receiver::start(&[], Duration::from_millis(300)).await;
    let mut settings = to(&[&receiver]);
    settings.concurrency = 2;
    let outbox = Outbox::open(&settings).await;
    outbox.post(10).await;
    let running = start(&outbox, settings);
    receiver.until_calls(2).await;
    running.drained().await;
    assert_eq!(receiver.calls().len(), 2);
    let states = outbox.states().await;
    assert_eq!(states.iter().filter(|(state, _)| *state == DeliveryState::Delivered).count(), 2);
    assert_eq!(states.iter().filter(|(state, _)| *state == DeliveryState::Waiting).count(), 8);
}

#[tokio::test]
async fn force_lets_go_at_once_and_what_was_under_way_stays_in_the_outbox() {
    let receiver = Receiver::start(&[], Duration::from_secs(60)).await;
    let settings = to(&[&receiver]);
    let outbox = Outbox::open(&settings).await;
    outbox.post(1).await;
    let mut running = start(&outbox, settings);
    receiver.until_calls(1).await;
    let since = Instant::now();
    running.shutdown.force.cancel();
    running.room.join_next().await.unwrap().unwrap().unwrap();
    assert!(since.elapsed() < Duration::from_millis(500));
    assert_eq!(outbox.states().await, [(DeliveryState::Waiting, 0)]);
}

#[tokio::test]
async fn what_nobody_may_receive_is_given_up_with_its_reason_and_no_call() {
    let receiver = Receiver::start(&[], Duration::ZERO).await;
    let outbox = Outbox::open_with(&to(&[&receiver]), Some(receiver.url.clone())).await;
    outbox.post(1).await;
    let running = start(&outbox, quick());
    outbox.until_settled().await;
    running.drained().await;
    assert!(receiver.calls().is_empty());
    let errors = outbox.errors().await.join("\n");
    assert!(errors.contains("no endpoint \"end0\"") && errors.contains("webhooks.callback.hosts") && !errors.contains("hush"), "{errors}");
}

#[tokio::test]
async fn a_callback_gets_its_own_webhook() {
    let receiver = Receiver::start(&[], Duration::ZERO).await;
    let mut settings = quick();
    settings.callback.hosts = vec![format!("127.0.0.1:{}", receiver.url.port().unwrap())];
    settings.callback.secret = Some(Secret::from(SECRET).into());
    let outbox = Outbox::open_with(&settings, Some(receiver.url.clone())).await;
    outbox.post(2).await;
    let running = start(&outbox, settings);
    for call in receiver.until_calls(2).await {
        standardwebhooks::Webhook::new(SECRET).unwrap().verify(&call.body, &call.headers).unwrap();
    }
    running.drained().await;
}

#[tokio::test]
async fn behind_a_delivery_that_waits_the_line_is_held_and_not_run_in_a_circle() {
    let receiver = Receiver::start(&[(500, "x-a: b", "")], Duration::ZERO).await;
    let mut settings = to(&[&receiver]);
    settings.endpoints[0].ordered = true;
    settings.schedule = Schedule::of([SignedDuration::from_secs(10)]);
    let outbox = Outbox::open(&settings).await;
    outbox.post(3).await;
    let receivers = Arc::new(receiver::Receivers::new(settings).unwrap());
    let fresh = || line::Standing::new(pace::Pace::new(8, 25));
    let line = |standing| line::Line {
        url: receiver.url.clone(),
        receivers: Arc::clone(&receivers),
        journal: outbox.journal(),
        egress: egress(),
        clock: clock::Clock::System,
        drain: Shutdown::default().drain,
        standing,
    };
    let mut standing = line(fresh()).work().await.unwrap();
    for _ in 0..2 {
        let hold = standing.left_alone(Instant::now()).unwrap() - Instant::now();
        assert!((7..=12).contains(&hold.as_secs()), "{hold:?}");
        // As after a restart: nothing is known of the retry but what the journal says.
        standing = line(fresh()).work().await.unwrap();
    }
    assert_eq!(receiver.calls().len(), 1);
}

#[tokio::test]
async fn unsound_settings_are_refused_at_the_start() {
    let outbox = Outbox::open(&quick()).await;
    let mut settings = quick();
    settings.callback.secret = Some(Secret::from("hush").into());
    let error = run(outbox.journal(), egress(), settings, Shutdown::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.argument()), (crate::ErrorKind::Configuration, Some("webhooks.callback.secret")));
}
