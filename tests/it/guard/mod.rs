//! The outbound guard on every way out: one table (`table.toml`), run over pages, redirects, searches, pictures, proxies, callbacks,
//! webhooks and the command line, with listeners on loopback that nobody may touch.

mod canary;
mod doors;
mod pages;
mod table;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use glaneur::egress;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Where the servers of these tests stand: the one private address that the configuration opens.
const OPEN: &str = "127.0.0.3";

/// A server on the open address that remembers what it was asked for.
struct Open {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _task: JoinSet<()>,
}

impl Open {
    async fn serve(answer: impl Fn(&str) -> Response + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((OPEN, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let kept = asked.clone();
        let router = Router::new().fallback(move |request: Request| {
            kept.lock().unwrap().push(request.uri().to_string());
            let response = answer(request.uri().path());
            async move { response }
        });
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, asked, _task: task }
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn redirect(location: &str) -> Response {
    let location = axum::http::HeaderValue::from_bytes(location.as_bytes()).unwrap();
    (axum::http::StatusCode::TEMPORARY_REDIRECT, [("location", location)]).into_response()
}

fn settings() -> egress::Settings {
    egress::Settings { allow_private: [OPEN].into_iter().collect(), ..egress::Settings::default() }
}
