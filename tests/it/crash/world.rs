//! One data directory and what befalls it: rounds that end by `kill -9`, then a quiet end and the audit.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use glaneur::demo::{self, DemoShops, Mode, WebhookReceiver};
use glaneur::serve::proto::WatchJobRequest;
use glaneur::serve::proto::job_service_client::JobServiceClient;
use serde_json::{Value, json};

use super::audit;
use super::books::Books;
use super::figures::Figures;
use crate::house::client;
use crate::process::{self, Process};

/// Longer than a start takes, so that a kill falls before, into and after it.
const START: u64 = 500;
/// At most so long at work, one as often as the other: while requests come in, while items are searched, while webhooks go out.
const WORK: [u64; 4] = [30, 120, 500, 1_500];

/// For all jobs of a directory at its end, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(180);

pub(super) struct World<'a> {
    shops: &'a DemoShops,
    pub(super) receiver: WebhookReceiver,
    directory: tempfile::TempDir,
    rng: fastrand::Rng,
    pub(super) books: Books,
    client: reqwest::Client,
    next_ean: u32,
}

impl<'a> World<'a> {
    pub(super) async fn new(shops: &'a DemoShops, rng: fastrand::Rng) -> Self {
        Self {
            shops,
            receiver: WebhookReceiver::start().await.unwrap(),
            directory: tempfile::tempdir().unwrap(),
            rng,
            books: Books::default(),
            client: client(),
            next_ean: 0,
        }
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.directory.path().join("data/journal.db")
    }

    fn config(&self) -> String {
        let pauses = "'50ms', '100ms', ".repeat(20);
        let webhooks =
            format!("[webhooks]\nschedule = [{pauses}]\n[[webhooks.endpoints]]\nname = 'n8n'\nurl = '{}'\n", self.receiver.url());
        process::config(&self.directory.path().join("data"), self.shops, 4, "", &webhooks)
    }

    pub(super) async fn round(&mut self, round: u64, figures: &mut Figures) {
        if round == 0 {
            self.kill_while_starting();
            figures.first_starts += 1;
        } else if self.rng.u8(..100) < 40 {
            self.kill_while_starting();
            figures.starts += 1;
        } else {
            self.kill_at_work(figures).await;
            figures.at_work += 1;
        }
    }

    fn kill_while_starting(&mut self) {
        let file = self.directory.path().join("glaneur.toml");
        std::fs::write(&file, self.config()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
        command.arg("serve").arg("--config").arg(&file).stdin(Stdio::null()).stderr(Stdio::null());
        let mut server = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(self.rng.u64(0..START)));
        assert!(server.try_wait().unwrap().is_none(), "the server ended by itself");
        server.kill().unwrap();
        server.wait().unwrap();
    }

    async fn kill_at_work(&mut self, figures: &mut Figures) {
        if self.rng.u8(..100) < 30 {
            let trouble = if self.rng.bool() { Mode::RunThenDrop } else { Mode::ServerError };
            self.receiver.set_for(trouble, self.rng.u32(1..4));
        }
        for _ in 0..self.rng.u32(1..4) {
            let eans = (0..self.rng.u32(1..7)).map(|_| self.ean()).collect();
            self.books.enter(eans);
        }
        let longest = WORK[self.rng.usize(..WORK.len())];
        let life = Duration::from_millis(self.rng.u64(0..longest));
        let mut server = self.start(figures).await;
        let url = server.url.clone();
        let kill = async {
            tokio::time::sleep(life).await;
            server.kill();
        };
        // What was answered before the kill may still be on its way: the callers read until their connections break.
        tokio::join!(self.call(&url), kill);
    }

    fn ean(&mut self) -> String {
        self.next_ean += 1;
        demo::bulk_ean(self.next_ean)
    }

    async fn start(&self, figures: &mut Figures) -> Process {
        let since = Instant::now();
        let server = Process::serve(self.directory.path(), &self.config());
        let ready = self.client.get(format!("{}/readyz", server.url)).send().await.unwrap();
        assert_eq!(ready.status(), 200, "{}", server.log());
        figures.ready.push(since.elapsed());
        server
    }

    /// All requests at once: what was acknowledged is only followed, the rest is handed in first.
    async fn call(&self, url: &str) {
        let requests = self.books.open().requests.clone();
        let calls = requests.into_iter().enumerate().map(|(place, request)| async move {
            let job = match request.job {
                Some(job) => Some(job),
                None => self.hand_in(url, place, &request.key, &request.eans).await,
            };
            if let Some(job) = job {
                self.follow(url, job).await;
            }
        });
        join_all(calls).await;
    }

    async fn hand_in(&self, url: &str, place: usize, key: &str, eans: &[String]) -> Option<String> {
        self.books.open().requests[place].sent += 1;
        let post = self.client.post(format!("{url}/api/scrape")).header("Idempotency-Key", key).json(&json!({ "eans": eans }));
        let answer = post.send().await.ok()?;
        assert_eq!(answer.status(), 202);
        let job = answer.json::<Value>().await.ok()?["job_id"].as_str().unwrap().to_owned();
        self.books.acknowledged(place, &job);
        Some(job)
    }

    /// Every event from the first one on, until the job is complete or the connection breaks.
    async fn follow(&self, url: &str, job_id: String) {
        let Ok(mut client) = JobServiceClient::connect(url.to_owned()).await else { return };
        let Ok(stream) = client.watch_job(WatchJobRequest { job_id, after_cursor: String::new() }).await else { return };
        let mut stream = stream.into_inner();
        while let Ok(Some(event)) = stream.message().await {
            self.books.told(event);
        }
    }

    /// A last start that is left in peace until all is done and delivered; then everything is counted.
    pub(super) async fn settle(self, figures: &mut Figures) {
        self.receiver.set(Mode::Ok);
        let before = std::mem::take(&mut self.books.open().told);
        let mut server = self.start(figures).await;
        let url = server.url.clone();
        let ended = tokio::time::timeout(PATIENCE, self.call(&url)).await;
        assert!(ended.is_ok(), "the jobs did not end within {PATIENCE:?}: {}", server.log());
        audit::until_delivered(&self.journal()).await;
        server.signal("TERM");
        let (ended, _) = server.ended(Duration::from_secs(20));
        assert_eq!(ended.code(), Some(0), "{}", server.log());
        audit::count(&self, &before, figures);
    }
}
