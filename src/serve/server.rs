//! The port: bind it, accept on it, and give it back in time.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Router, middleware};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Book;
use crate::error::{Error, ErrorKind};
use crate::jobs::Jobs;
use crate::scrape::Glaneur;
use crate::shutdown::Shutdown;
use crate::webhook;

use super::gate::{self, Desk, Gate, Loopback};
use super::hosts::Hosts;
use super::intake::Rules;
use super::settings::Settings;
use super::tls::{Tls, TlsError};
use super::{connection, grpc, http};

/// Pause after a failed accept: the usual cause is a lack of file descriptors, which passes.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// gRPC and HTTP on one port. Bound first, so that a taken port is told before any work starts; serves once it runs.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    settings: Arc<Settings>,
    tls: Option<Tls>,
    book: Book,
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    /// The address cannot be had, or the files for TLS cannot be used; the text says what to do.
    pub async fn bind(settings: &Settings, listen: SocketAddr) -> Result<Self, Error> {
        let refused = |source: io::Error| {
            let remedy = match source.kind() {
                io::ErrorKind::AddrInUse => "another process has this port: stop it or choose another one with --listen, port 0 for any",
                io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege: choose another one with --listen",
                io::ErrorKind::AddrNotAvailable => "this machine does not have that address: give one of its own",
                _ => "choose another address with --listen",
            };
            Error::new(ErrorKind::Configuration, format!("cannot listen on {listen}: {source}; {remedy}")).field("listen").because(source)
        };
        let unfit = |error: TlsError| Error::new(ErrorKind::Configuration, error.to_string()).field("server.tls");
        let tls = settings.tls.as_ref().map(Tls::open).transpose().map_err(unfit)?;
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { listener, address, settings: Arc::new(settings.clone()), tls, book: Book::default() })
    }

    /// With tokens: once there is one, nobody calls without. Otherwise only callers on this machine are served.
    #[must_use]
    pub fn with_tokens(self, book: Book) -> Self {
        Self { book, ..self }
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// The address that callers reach, with the port that the system chose where port 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown.drain`, then tells that it is not ready, ends every stream with its cursor, waits for requests in hand and returns; at the
    /// latest after [`Settings::drain_timeout`] or with `shutdown.force`. `webhooks` says which hosts a `callback_url` may name.
    ///
    /// # Errors
    /// The descriptors for gRPC reflection, which are built in, cannot be read.
    pub async fn run(self, jobs: Jobs, glaneur: Glaneur, webhooks: webhook::Settings, shutdown: Shutdown) -> Result<(), Error> {
        glaneur.egress().add_listener(self.address);
        let rules = Rules { webhooks: Arc::new(webhooks) };
        let store = jobs.clone();
        let tasks = TaskTracker::new();
        let health = grpc::Health::serving().await;
        let pages = http::router(&jobs, &glaneur, &self.settings, &rules, &shutdown.drain);
        let doors = grpc::Doors {
            desk: Desk::new(jobs),
            glaneur,
            rules,
            drain: shutdown.drain.clone(),
            patience: self.settings.body_timeout,
            tasks: tasks.clone(),
        };
        let router = grpc::mount(pages, doors, &health, &self.settings)?;
        let router = router.layer(middleware::from_fn_with_state(self.gate(), gate::pass));

        // Connections end with the port, a moment after the drain has begun.
        let closing = Shutdown { drain: CancellationToken::new(), force: shutdown.force.clone() };
        tokio::select! {
            () = self.accept(router, &closing, &tasks) => {}
            () = self.book.follow() => {}
            () = self.follow_tls() => {}
            () = self.turn_away(&health, &store, &shutdown) => {}
        }
        closing.drain.cancel();
        drop(self.listener);
        tasks.close();
        tracing::info!(open = tasks.len(), "the port is closed; waiting for requests in hand");
        tasks.wait().await;
        Ok(())
    }

    fn gate(&self) -> Gate {
        let loopback = if self.settings.trust_loopback { Loopback::Trusted } else { Loopback::Asked };
        Gate { book: self.book.clone(), hosts: Arc::new(Hosts::new(self.address.ip(), &self.settings.hosts)), loopback }
    }

    async fn follow_tls(&self) {
        match &self.tls {
            Some(tls) => tls.follow().await,
            None => std::future::pending().await,
        }
    }

    /// Waits for the drain, or for a journal that fails, and says at once that nothing is taken any more; the port stays open for
    /// [`Settings::unready_for`], so that whoever asks for our health can hear it.
    async fn turn_away(&self, health: &grpc::Health, store: &Jobs, shutdown: &Shutdown) {
        tokio::select! {
            () = shutdown.drain.cancelled() => {}
            _ = store.failed() => {
                health.stop().await;
                shutdown.drain.cancelled().await;
            }
        }
        health.stop().await;
        tokio::select! {
            () = tokio::time::sleep(self.settings.unready_for) => {}
            () = shutdown.force.cancelled() => {}
        }
    }

    async fn accept(&self, router: Router, shutdown: &Shutdown, tasks: &TaskTracker) {
        let seats = Arc::new(Semaphore::new(self.settings.max_connections));
        loop {
            // The semaphore is never closed.
            let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
            let (stream, peer) = self.next_client().await;
            let tls = self.tls.as_ref().map(Tls::config);
            let life = connection::serve(stream, peer, tls, router.clone(), Arc::clone(&self.settings), shutdown.clone(), tasks.clone());
            tasks.spawn(async move {
                life.await;
                drop(seat);
            });
        }
    }

    async fn next_client(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(client) => return client,
                Err(error) if is_the_clients(&error) => tracing::debug!(%error, "a client hung up before it was accepted"),
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection; trying again");
                    tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
                }
            }
        }
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused)
}
