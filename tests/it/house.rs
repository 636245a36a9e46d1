//! A whole server for one test, on port 0, and the HTTP client to speak to it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use glaneur::Glaneur;
use glaneur::access::Book;
use glaneur::jobs::Jobs;
use glaneur::journal::{self, Journal, Role};
use glaneur::serve::{Server, Settings};
use glaneur::shutdown::Shutdown;
use glaneur::webhook;
use serde_json::Value;
use tokio::task::JoinSet;
use tonic::transport::Channel;

/// Not a barcode: its result is known without asking any shop.
pub(crate) const NO_BARCODE: &str = "no barcode";

pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) jobs: Jobs,
    pub(crate) journal: Journal,
    pub(crate) shutdown: Shutdown,
    server: JoinSet<Result<(), glaneur::Error>>,
    /// Lives as long as the server that writes to it.
    dir: tempfile::TempDir,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        Self::limited(settings, glaneur::jobs::Settings::default()).await
    }

    pub(crate) async fn limited(settings: Settings, jobs: glaneur::jobs::Settings) -> Self {
        Self::built(settings, jobs, Glaneur::builder().build().await.unwrap()).await
    }

    pub(crate) async fn of(settings: Settings, glaneur: Glaneur) -> Self {
        Self::built(settings, glaneur::jobs::Settings::default(), glaneur).await
    }

    async fn built(settings: Settings, jobs: glaneur::jobs::Settings, glaneur: Glaneur) -> Self {
        let (shutdown, dir) = (Shutdown::default(), tempfile::tempdir().unwrap());
        let mut webhooks = webhook::Settings::default();
        webhooks.callback.hosts = vec!["127.0.0.1:5678".to_owned()];
        let server = Server::bind(&settings, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let server = server.with_tokens(Book::open(dir.path()).unwrap());
        let address = server.local_addr();
        let journal = Journal::open(&journal::Settings::default(), dir.path(), Role::All, Vec::new()).unwrap();
        let jobs = Jobs::new(journal.clone(), glaneur.clone(), jobs);
        let mut tasks = JoinSet::new();
        tasks.spawn(server.run(jobs.clone(), glaneur, webhooks, shutdown.clone()));
        let (worker, stop) = (jobs.clone(), shutdown.clone());
        tasks.spawn(async move { worker.run(stop).await });
        Self { address, jobs, journal, shutdown, server: tasks, dir }
    }

    pub(crate) fn data_dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn channel(&self) -> Channel {
        Channel::from_shared(self.url("")).unwrap().connect().await.unwrap()
    }

    /// Drains and says how long that took.
    pub(crate) async fn drain(mut self) -> Duration {
        let start = Instant::now();
        self.shutdown.drain.cancel();
        while let Some(ended) = self.server.join_next().await {
            ended.unwrap().unwrap();
        }
        start.elapsed()
    }
}

#[allow(clippy::disallowed_methods, reason = "the egress room is for shops; this client speaks to the server under test")]
pub(crate) fn client() -> reqwest::Client {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap()
}

/// Status, headers and JSON body of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} is not JSON: {text}"));
        Self { status, headers, json }
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.json))
    }
}
