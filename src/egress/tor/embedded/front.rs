//! The SOCKS front on loopback: maps each user name to circuits of its own and copies bytes both ways.
//!
//! It listens on 127.0.0.1 only, and serves nobody without the password. What goes through it was checked by the guard before; the Tor
//! client refuses private addresses once more.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tor_socksproto::SocksStatus;
use url::Url;

use super::dial::Dialer;
use super::handshake::{self, Call, Refused};
use super::identities::Identities;
use super::secret::Secret;
use crate::error::{Error, ErrorKind};

/// Callers are in this process and know what to say.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections at the same time; further ones wait in the system's queue. Each has two buffers of 8 KB.
const MOST_CONNECTIONS: usize = 1024;

/// Pause when the machine is out of sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Front {
    listener: TcpListener,
    proxy: Url,
    desk: Arc<Desk>,
}

/// What every connection needs.
struct Desk {
    dialer: Dialer,
    identities: Arc<Identities>,
    secret: Secret,
}

impl Front {
    pub(super) fn bind(dialer: Dialer, identities: Arc<Identities>) -> Result<Self, Error> {
        let secret = Secret::random()?;
        let failed = |error| Error::new(ErrorKind::Storage, "no port on 127.0.0.1 for the Tor front").because(error);
        let (listener, address) = listen().map_err(failed)?;
        let proxy = Url::parse(&format!("socks5h://:{}@{address}", secret.expose()))
            .map_err(|error| Error::new(ErrorKind::Internal, "the Tor front has no address").because(error))?;
        Ok(Self { listener, proxy, desk: Arc::new(Desk { dialer, identities, secret }) })
    }

    /// With the password, without a user name.
    pub(super) fn proxy(&self) -> &Url {
        &self.proxy
    }

    /// Serves until `stop`; connections end with it.
    pub(super) async fn serve(self, tasks: TaskTracker, stop: CancellationToken) {
        let seats = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let accepted = async {
                let seat = Arc::clone(&seats).acquire_owned().await.ok();
                (seat, self.listener.accept().await)
            };
            match stop.run_until_cancelled(accepted).await {
                None => return,
                Some((seat, Ok((stream, _)))) => {
                    let desk = Arc::clone(&self.desk);
                    let served = async move {
                        desk.serve(stream).await;
                        drop(seat);
                    };
                    tasks.spawn(stop.clone().run_until_cancelled_owned(served));
                }
                Some((_, Err(error))) => {
                    tracing::warn!(%error, "the Tor front cannot take a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

fn listen() -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((TcpListener::from_std(listener)?, address))
}

impl Desk {
    async fn serve(&self, mut stream: TcpStream) {
        // Small requests must not wait for the peer's delayed acknowledgement; a socket that refuses the option works all the same.
        let _ = stream.set_nodelay(true);
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake::receive(&mut stream, &self.secret)).await {
            Ok(Ok(call)) => self.connect(stream, &call).await,
            Ok(Err(Refused::Left(_))) => {}
            Ok(Err(refused)) => tracing::warn!(%refused, "the Tor front sent a caller away"),
            Err(_) => tracing::warn!("the Tor front dropped a caller who says nothing"),
        }
    }

    async fn connect(&self, mut stream: TcpStream, call: &Call) {
        let token = self.identities.token(&call.identity);
        let dialled = tokio::select! {
            dialled = self.dialer.dial(&call.host, call.port, token) => dialled,
            // Nobody waits for it any more: a circuit that is being built is worth nothing to him.
            () = hung_up(&stream) => return,
        };
        match dialled {
            Ok(mut far) => {
                self.identities.note(&call.identity, token, None);
                if handshake::answer(&mut stream, SocksStatus::SUCCEEDED).await.is_ok() {
                    // Either side may cut a connection at any time; whoever reads sees it.
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut far).await;
                }
            }
            Err(failure) => {
                tracing::debug!(%failure, identity = call.identity, "no connection through Tor");
                let status = handshake::status(failure.kind);
                // Before the answer: whoever hears of it may ask why.
                self.identities.note(&call.identity, token, Some(failure));
                // A caller who left meanwhile does not want it.
                let _ = handshake::answer(&mut stream, status).await;
            }
        }
    }
}

/// Ends when the caller has closed the connection; never while he waits, or when he talks before his turn.
async fn hung_up(stream: &TcpStream) {
    if let Ok(1..) = stream.peek(&mut [0]).await {
        std::future::pending::<()>().await;
    }
}
