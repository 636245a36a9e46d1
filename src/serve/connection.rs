//! The life of one connection: who may stay silent and for how long, and how it ends when the house closes.
//!
//! A graceful shutdown alone waits for ever on a silent client, a half-sent head, a half-open HTTP/2 client or an open stream. Here
//! every phase has its deadline, and a connection without a request in hand does not hold up a drain.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{ServiceExt, service_fn};

use crate::shutdown::Shutdown;

use super::gate::Local;
use super::settings::{LEAST_HEAD, Settings};

/// How an HTTP/2 connection begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A client that has sent half a preface is looked at again this often; the system tells of new bytes only where none were left.
const PEEK_AGAIN: Duration = Duration::from_millis(20);
/// During a drain, a connection whose last request is answered may flush and say goodbye for this long.
const FAREWELL: Duration = Duration::from_secs(1);

/// Of one connection.
#[derive(Clone, Copy, Debug)]
struct Ends {
    peer: SocketAddr,
    local: Local,
}

/// Runs the tasks of HTTP/2 streams where the server waits for them and where `force` ends them.
#[derive(Clone, Debug)]
struct Owned {
    tasks: TaskTracker,
    force: CancellationToken,
}

impl<F> hyper::rt::Executor<F> for Owned
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        self.tasks.spawn(self.force.clone().run_until_cancelled_owned(async move {
            task.await;
        }));
    }
}

/// Serves one connection until it ends; says nothing of clients that hang up.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    settings: Arc<Settings>,
    shutdown: Shutdown,
    tasks: TaskTracker,
) {
    let ends = Ends { peer, local: Local(stream.local_addr().ok()) };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "TCP_NODELAY is refused; answers may come a little later");
    }
    let begin = async {
        match tls {
            Some(config) => greet(stream, config).await.map(|stream| Opened::Encrypted(Box::new(stream))),
            None => first_bytes(&stream).await.then_some(Opened::Plain(stream)),
        }
    };
    let opened = tokio::select! {
        opened = tokio::time::timeout(settings.first_bytes_timeout, begin) => opened.ok().flatten(),
        () = shutdown.drain.cancelled() => return,
    };
    match opened {
        Some(Opened::Plain(stream)) => drive(stream, ends, router, &settings, &shutdown, tasks).await,
        Some(Opened::Encrypted(stream)) => drive(*stream, ends, router, &settings, &shutdown, tasks).await,
        None => tracing::debug!(%peer, "closed: no request came"),
    }
}

enum Opened {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

/// Shakes hands and waits for the first bytes of a request.
async fn greet(stream: TcpStream, config: Arc<ServerConfig>) -> Option<TlsStream<TcpStream>> {
    match TlsAcceptor::from(config).accept(stream).await {
        Ok(mut stream) => stream.fill_buf().await.is_ok_and(|bytes| !bytes.is_empty()).then_some(stream),
        Err(error) => {
            tracing::debug!(%error, "closed: no TLS connection came about");
            None
        }
    }
}

/// Waits until HTTP/1 and HTTP/2 can be told apart; false when the client hung up before.
async fn first_bytes(stream: &TcpStream) -> bool {
    let mut head = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut head).await {
            Ok(0) | Err(_) => return false,
            Ok(seen) if seen < PREFACE.len() && head[..seen] == PREFACE[..seen] => tokio::time::sleep(PEEK_AGAIN).await,
            Ok(_) => return true,
        }
    }
}

async fn drive<S>(stream: S, ends: Ends, router: Router, settings: &Settings, shutdown: &Shutdown, tasks: TaskTracker)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let peer = ends.peer;
    let mut http = auto::Builder::new(Owned { tasks, force: shutdown.force.clone() });
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_headers(settings.max_headers)
        // A smaller one makes hyper panic.
        .max_buf_size(settings.max_head_bytes.max(LEAST_HEAD));
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.keep_alive_interval)
        .keep_alive_timeout(settings.keep_alive_timeout)
        .max_header_list_size(u32::try_from(settings.max_head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(settings.max_streams)
        .max_pending_accept_reset_streams(settings.max_resets);

    let work = Arc::new(Work::new(settings.max_requests));
    let holder = Arc::clone(&work);
    let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request, ends, Arc::clone(&holder)));
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)));

    tokio::select! {
        ended = connection.as_mut() => return note(peer, ended),
        () = shutdown.force.cancelled() => return,
        () = shutdown.drain.cancelled() => connection.as_mut().graceful_shutdown(),
        () = used_up(&work, settings.idle_timeout) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => return note(peer, ended),
                () = shutdown.force.cancelled() => return,
                // Requests in hand may take their time.
                () = idle(&work, FAREWELL) => return tracing::debug!(%peer, "closed: idle, or asked often enough"),
                () = shutdown.drain.cancelled() => {}
            }
        }
    }
    tokio::select! {
        ended = connection.as_mut() => note(peer, ended),
        () = idle(&work, FAREWELL) => tracing::debug!(%peer, "closed: idle while draining"),
        () = tokio::time::sleep(settings.drain_timeout) => tracing::warn!(%peer, "dropped: still busy at the end of the drain"),
        () = shutdown.force.cancelled() => tracing::warn!(%peer, "dropped: forced to end"),
    }
}

/// What a connection is asked for. Every request in hand holds a clone, from its head to the last frame of its answer.
#[derive(Debug)]
struct Work {
    begun: AtomicU64,
    most: u64,
    /// As many requests as one connection may make.
    spent: CancellationToken,
}

impl Work {
    fn new(most: u64) -> Self {
        Self { begun: AtomicU64::new(0), most, spent: CancellationToken::new() }
    }

    /// One more request; true when it is the last one.
    fn begin(&self) -> bool {
        let is_last = self.begun.fetch_add(1, Ordering::Relaxed) + 1 >= self.most;
        if is_last {
            self.spent.cancel();
        }
        is_last
    }
}

/// Hands the request to the router; the answer's body keeps `work` until its last frame.
async fn answer(
    router: Router,
    mut request: Request<Incoming>,
    ends: Ends,
    work: Arc<Work>,
) -> Result<Response<Body>, std::convert::Infallible> {
    // Requests that came in one piece are all read before anybody looks at `spent`.
    let is_last = work.begin() && request.version() < Version::HTTP_2;
    request.extensions_mut().insert(ConnectInfo(ends.peer));
    request.extensions_mut().insert(ends.local);
    let mut response = router.oneshot(request.map(Body::new)).await?;
    if is_last {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _held = &work;
            frame
        }))
    }))
}

/// Ends when nobody needs the connection any more, or it was used often enough.
async fn used_up(work: &Arc<Work>, long: Duration) {
    tokio::select! {
        () = work.spent.cancelled() => {}
        () = idle(work, long) => {}
    }
}

/// Ends once no request was in hand for so long.
async fn idle(work: &Arc<Work>, long: Duration) {
    // Two holders are no request: the connection's own and its service's.
    const RESTING: usize = 2;
    let step = long / 10;
    let (mut quiet, mut seen) = (Duration::ZERO, 0);
    while quiet < long {
        tokio::time::sleep(step).await;
        let begun = work.begun.load(Ordering::Relaxed);
        quiet = if Arc::strong_count(work) <= RESTING && begun == seen { quiet + step } else { Duration::ZERO };
        seen = begun;
    }
}

fn note(peer: SocketAddr, ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "the connection broke");
    }
}
