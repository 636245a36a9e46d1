//! A shop whose pages are bytes, one recipe per case: what comes of each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use glaneur::demo::EANS;
use glaneur::plan::ShopSettings;
use glaneur::{Batch, Event, Glaneur, Recipe, ShopResult, ShopStatus, egress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_stream::StreamExt;

/// The one private address that the configuration opens.
const OPEN: &str = "127.0.0.4";

#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Written at once.
    pub(super) bytes: Vec<u8>,
    /// Written again and again after them, with this pause.
    pub(super) again: Option<(Vec<u8>, Duration)>,
    pub(super) status: ShopStatus,
    /// Part of the outcome's detail.
    pub(super) told: &'static str,
}

/// An answer with its length told.
pub(super) fn answer(lines: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

/// Asks for the page of every case at once; the outcomes in their order.
pub(super) async fn ask(cases: Vec<Case>) -> Vec<ShopResult> {
    let mut tasks = JoinSet::new();
    let origin = serve(Arc::new(cases.clone()), &mut tasks).await;
    let settings = egress::Settings {
        allow_private: [OPEN].into_iter().collect(),
        first_byte_timeout: Duration::from_secs(2),
        request_timeout: Duration::from_secs(4),
        ..egress::Settings::default()
    };
    let names: Vec<String> = (0..cases.len()).map(|place| format!("r{place}")).collect();
    let mut builder = Glaneur::builder().egress(settings);
    for (place, name) in names.iter().enumerate() {
        let text = format!(
            "name = '{name}'\ntitle = 'r'\norigin = 'http://{origin}'\nrobots = 'ignore'\npace = {{ interval = '0s', jitter = '0s' }}\n\
             [[search]]\npath = '/search/{place}'\nhits = {{ css = 'a.hit' }}"
        );
        let once = ShopSettings { attempts: Some(1), ..ShopSettings::default() };
        builder = builder.recipe(Recipe::parse(&text, "r.toml").unwrap()).shop(name, once);
    }
    let glaneur = builder.build().await.unwrap();
    let batch = Batch::parse([EANS[0]]).unwrap().shops(names.iter().map(String::as_str));
    let events: Vec<Event> = glaneur.scrape(batch).unwrap().collect().await;
    let result = events.into_iter().find_map(|event| if let Event::Result(result) = event { Some(*result) } else { None }).unwrap();
    result.shops
}

async fn serve(cases: Arc<Vec<Case>>, tasks: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind((OPEN, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let cases = cases.clone();
            connections.spawn(async move {
                let _ = talk(stream, &cases).await;
            });
        }
    });
    address
}

/// One request per connection, and then the end.
async fn talk(mut stream: TcpStream, cases: &[Case]) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let place: usize = path.rsplit('/').next().and_then(|place| place.parse().ok()).unwrap_or(usize::MAX);
    let Some(case) = cases.get(place) else { return Ok(()) };
    if path.starts_with("/search/") {
        let page = format!("<a class=hit href=/page/{place}>Gel</a>");
        return stream.write_all(&answer("Content-Type: text/html\r\nConnection: close\r\n", page.as_bytes())).await;
    }
    stream.write_all(&case.bytes).await?;
    while let Some((again, pause)) = &case.again {
        tokio::time::sleep(*pause).await;
        stream.write_all(again).await?;
    }
    stream.shutdown().await
}

/// Asks, and holds every outcome against its case; all that is wrong is told at once.
pub(super) async fn check(cases: Vec<Case>) -> Vec<ShopResult> {
    let outcomes = ask(cases.clone()).await;
    assert_eq!(outcomes.len(), cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .zip(&outcomes)
        .filter(|(case, outcome)| outcome.status != case.status || !outcome.detail.as_deref().unwrap_or_default().contains(case.told))
        .map(|(case, outcome)| format!("{}: {:?} {:?}, not {:?} {:?}", case.name, outcome.status, outcome.detail, case.status, case.told))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    outcomes
}
