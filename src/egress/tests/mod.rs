//! The room against servers that speak bytes: what is reached, what goes along, and how much is taken.

mod bodies;
mod bombs;
mod names;
mod packed;
mod redirects;
mod times;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use super::{Egress, FetchError, Holder, Identity, JobKey, Reach, Settings};
use crate::model::{Page, Request, Route, ShopName};

/// Where the servers of these tests stand, and all that is open to the egress.
const OPEN: &str = "127.0.0.3";

/// A server that answers every connection with bytes, whatever they are, and then hangs up.
struct Wire {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    sent: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Wire {
    /// `answer` is told the head of the request.
    async fn at(ip: &str, answer: impl Fn(&str) -> BoxStream<'static, Vec<u8>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (heads, sent) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default());
        let (answer, kept, count) = (Arc::new(answer), heads.clone(), sent.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, kept, count) = (answer.clone(), kept.clone(), count.clone());
                connections.spawn(async move {
                    let (mut stream, head) = head(stream).await;
                    kept.lock().unwrap().push(head.clone());
                    let mut bytes = answer(&head);
                    while let Some(bytes) = bytes.next().await {
                        if stream.write_all(&bytes).await.is_err() {
                            return;
                        }
                        count.fetch_add(bytes.len(), Ordering::Relaxed);
                    }
                });
            }
        });
        Self { address, heads, sent, _task: task }
    }

    /// The same bytes every time.
    async fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::at(OPEN, move |_| once(bytes.clone())).await
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn once(bytes: Vec<u8>) -> BoxStream<'static, Vec<u8>> {
    futures::stream::iter([bytes]).boxed()
}

/// Reads a request up to its body.
async fn head(mut stream: TcpStream) -> (TcpStream, String) {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            break;
        }
    }
    (stream, String::from_utf8_lossy(&bytes).into_owned())
}

fn settings() -> Settings {
    Settings { allow_private: [OPEN].into_iter().collect(), ..Settings::default() }
}

fn egress(settings: &Settings) -> Egress {
    Egress::new(settings, &[]).unwrap()
}

async fn identity(egress: &Egress) -> Arc<Identity> {
    egress.identity(&Holder { shop: ShopName::new("shop"), job: JobKey(1) }, &Route::Direct).await.unwrap()
}

async fn ask(egress: &Egress, request: &Request) -> Result<Page, FetchError> {
    let identity = identity(egress).await;
    egress.fetch(&identity, request, &Reach::Any, None).await.map(|fetched| fetched.page)
}

async fn get(settings: &Settings, url: Url) -> Result<Page, FetchError> {
    ask(&egress(settings), &Request::get(url)).await
}
