//! One listener on loopback: takes connections, hands each request on, and stops when told or when dropped.
//!
//! HTTP/1.1 only. It knows nothing of shops or webhooks and never binds to anything but 127.0.0.1.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

/// Pause before a port is tried again, after a shut door or when the machine is out of sockets.
const REBIND_PAUSE: Duration = Duration::from_millis(20);

/// How long a connection may stay idle: as n8n and many a shop's Apache have it. Whoever pools connections must live with it.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Why a connection ends without an answer: it was asked to.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub(super) struct Cut;

/// Whether connections are taken at all. A shut door gives "connection refused", as a machine without a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    Shut,
}

/// What a request ends in: an answer, or nothing at all.
pub(super) type Answer = Result<Response<Body>, Cut>;

/// A port that is ours, before anything is served: pages need the origin to be written.
#[derive(Debug)]
pub(super) struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    origin: Url,
}

impl Bound {
    /// Port 0 lets the system choose.
    pub(super) async fn new(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let origin = Url::parse(&format!("http://{address}/")).map_err(io::Error::other)?;
        Ok(Self { listener, address, origin })
    }

    pub(super) fn origin(&self) -> &Url {
        &self.origin
    }

    pub(super) fn serve<A, F>(self, door: watch::Receiver<Door>, answer: A) -> Server
    where
        A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let origin = self.origin.clone();
        tasks.spawn(accept(self.listener, self.address, door, answer, stop.clone(), tasks.clone()));
        tasks.close();
        Server { origin, stop, tasks }
    }
}

/// A running server and the owner of all its tasks.
#[derive(Debug)]
pub(super) struct Server {
    origin: Url,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// `http://127.0.0.1:<port>/`
    pub(super) fn origin(&self) -> &Url {
        &self.origin
    }

    /// Cuts what is running and returns once every task is gone and the port is free.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept<A, F>(
    first: TcpListener,
    address: SocketAddr,
    mut door: watch::Receiver<Door>,
    answer: A,
    stop: CancellationToken,
    tasks: TaskTracker,
) where
    A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let mut listener = Some(first);
    let mut live = stop.child_token();
    while !stop.is_cancelled() {
        // A sender that is gone leaves the door as it stands.
        if *door.borrow_and_update() == Door::Shut {
            listener = None;
            live.cancel();
            tokio::select! {
                () = stop.cancelled() => return,
                opened = door.wait_for(|door| *door == Door::Open) => if opened.is_err() { return },
            }
            live = stop.child_token();
        }
        let Some(open) = &listener else {
            listener = TcpListener::bind(address).await.ok();
            if listener.is_none() {
                tokio::time::sleep(REBIND_PAUSE).await;
            }
            continue;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = door.changed() => {}
            taken = open.accept() => match taken {
                Ok((stream, _)) => drop(tasks.spawn(converse(stream, answer.clone(), live.clone()))),
                Err(_) => tokio::time::sleep(REBIND_PAUSE).await,
            },
        }
    }
}

async fn converse<A, F>(stream: TcpStream, answer: A, live: CancellationToken)
where
    A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    // Small answers must not wait for the peer's delayed acknowledgement; a socket that refuses the option works all the same.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| answer(request));
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(KEEP_ALIVE).serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        () = live.cancelled() => {}
        // An error here is a client that left or a cut that was asked for.
        _ = connection => {}
    }
}

/// The answer of a router that cannot fail.
pub(super) fn infallible(answer: Result<Response<Body>, Infallible>) -> Response<Body> {
    match answer {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
