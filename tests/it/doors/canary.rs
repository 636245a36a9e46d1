//! Secrets stay where they belong: everything that the real binary says and keeps at level `trace` is searched for them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use glaneur::access::{Scopes, Store};
use glaneur::demo::{Behaviour, DemoShops, EANS, WebhookReceiver};
use glaneur::serve::proto::{GetJobRequest, ListJobsRequest, ScrapeRequest, WatchJobRequest};
use serde_json::json;

use super::{jobs, token, with_token};
use crate::house::client;
use crate::process::{self, Process};

const HEADER: &str = "canary-header-6b1f";
const SIGNATURE: &str = "canary-signature-9d27";
const PASSWORD: &str = "canary-password-4c83";
/// Base64 of `canary-webhook-secret-12345678`, as it stands behind `whsec_`.
const WEBHOOK: &str = "Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LTEyMzQ1Njc4";
const WRONG: &str = "glaneur_canaryWrongTokenCanaryWrongTokenCanaryWrong1";

/// Every text in which a secret could show up, by where it came from.
#[derive(Default)]
struct Said(BTreeMap<String, Vec<u8>>);

impl Said {
    fn note(&mut self, place: impl Into<String>, text: impl AsRef<[u8]>) {
        self.0.entry(place.into()).or_default().extend_from_slice(text.as_ref());
    }

    fn note_files(&mut self, directory: &Path) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.note_files(&path);
            } else {
                self.note(path.file_name().unwrap().to_string_lossy(), std::fs::read(&path).unwrap());
            }
        }
    }

    fn places(&self, secret: &str) -> Vec<&str> {
        let holds = |text: &[u8]| text.windows(secret.len()).any(|window| window == secret.as_bytes());
        self.0.iter().filter(|(_, text)| holds(text)).map(|(place, _)| place.as_str()).collect()
    }

    async fn answer(&mut self, place: &str, request: reqwest::RequestBuilder) -> (u16, String) {
        let answer = request.send().await.unwrap();
        let (status, head) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        let body = answer.bytes().await.unwrap();
        self.note(format!("answer of {place}"), &body);
        self.note(format!("answer of {place}"), head);
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}

fn sections(receiver: &WebhookReceiver) -> String {
    let url = receiver.url();
    format!(
        "[log]\nlevel = 'trace'\n[webhooks]\nschedule = ['1h']\n[webhooks.callback]\nhosts = ['127.0.0.1:{port}']\nsecret = 'whsec_{WEBHOOK}'\n\
         headers = {{ Authorization = 'Bearer {HEADER}' }}\n\
         [[webhooks.endpoints]]\nname = 'good'\nurl = '{url}?signature={SIGNATURE}'\nsecret = 'whsec_{WEBHOOK}'\nheaders = {{ X-Key = '{HEADER}' }}\n\
         [[webhooks.endpoints]]\nname = 'dead'\nurl = 'http://127.0.0.1:60999/x?signature={SIGNATURE}'\nsecret = 'whsec_{WEBHOOK}'\nheaders = {{ X-Key = '{HEADER}' }}\n",
        port = url.port().unwrap(),
    )
}

#[tokio::test]
async fn no_secret_is_told_anywhere() {
    let shops = DemoShops::start(Behaviour::fixed(Duration::ZERO)).await.unwrap();
    let (receiver, directory, mut said) = (WebhookReceiver::start().await.unwrap(), tempfile::tempdir().unwrap(), Said::default());
    let data = directory.path().join("data");
    let shop = format!("[shops.pharma-gdd]\nroute = 'http://user:{PASSWORD}@127.0.0.1:60999'\n");
    let config = process::config(&data, &shops, 4, "", &sections(&receiver)).replace("[shops.pharma-gdd]\n", &shop);
    assert!(config.contains(PASSWORD));
    let ((id, good), (_, admin)) = (token(&data, "submit,read"), token(&data, "admin"));
    let expired = Store::new(&data).create("late", Scopes::parse("read").unwrap(), Some(jiff::Timestamp::UNIX_EPOCH)).unwrap().1;

    let mut server = Process::serve(directory.path(), &config);
    let url = server.url.clone();
    let commands = |said: &mut Said| {
        for arguments in [&["config", "check"][..], &["token", "list"], &["token", "list", "--json"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
            let output = command.args(arguments).arg("--config").arg(directory.path().join("glaneur.toml")).output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {output:?}");
            said.note(arguments.join(" "), [output.stdout, output.stderr].concat());
        }
    };
    commands(&mut said);

    let callback = format!("{}/webhook-waiting/7?signature={SIGNATURE}", receiver.url().origin().ascii_serialization());
    let body = json!({"eans": EANS[..2], "callback_url": callback});
    let (status, accepted) = said.answer("submit", client().post(format!("{url}/api/scrape")).bearer_auth(&good).json(&body)).await;
    assert_eq!(status, 202, "{accepted}");
    let job = serde_json::from_str::<serde_json::Value>(&accepted).unwrap()["job_id"].as_str().unwrap().to_owned();
    let (status, _) = said.answer("events", client().get(format!("{url}/api/jobs/{job}/events")).bearer_auth(&good)).await;
    assert_eq!(status, 200);
    for token in [good.as_str(), &admin, WRONG, expired.expose(), ""] {
        for route in glaneur::serve::ROUTES {
            let path = format!("{url}{}", route.path.replace("{id}", &job));
            let method = route.allow.split(',').next().unwrap().parse().unwrap();
            said.answer(route.path, client().request(method, path).bearer_auth(token)).await;
        }
    }
    for callback in
        [format!("http://user:{PASSWORD}@127.0.0.1/"), format!("http://192.0.2.1/?signature={SIGNATURE}"), format!("ftp://x/?{SIGNATURE}")]
    {
        let body = json!({"eans": ["x"], "callback_url": callback});
        let (status, _) = said.answer("refused callback", client().post(format!("{url}/api/scrape")).bearer_auth(&good).json(&body)).await;
        assert_eq!(status, 400);
    }
    let mut grpc = jobs(&url).await;
    for token in [good.as_str(), &admin, WRONG, expired.expose()] {
        let list = grpc.list_jobs(with_token(ListJobsRequest::default(), token)).await;
        said.note("ListJobs", format!("{list:?}"));
        let one = grpc.get_job(with_token(GetJobRequest { job_id: job.clone() }, token)).await;
        said.note("GetJob", format!("{one:?}"));
        let watched = grpc.watch_job(with_token(WatchJobRequest { job_id: job.clone(), ..Default::default() }, token)).await;
        said.note("WatchJob", format!("{watched:?}"));
        let refused = ScrapeRequest { callback_url: Some(format!("http://192.0.2.1/?signature={SIGNATURE}")), ..Default::default() };
        said.note("CreateJob", format!("{:?}", grpc.create_job(with_token(refused, token)).await));
    }
    let delivered = async {
        while receiver.total() < 3 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), delivered).await.unwrap();
    said.answer("deliveries", client().get(format!("{url}/api/jobs/{job}/deliveries")).bearer_auth(&admin)).await;
    Store::new(&data).revoke(&id).unwrap();
    tokio::time::sleep(Duration::from_millis(800)).await;
    let (status, _) = said.answer("revoked", client().get(format!("{url}/api/jobs")).bearer_auth(&good)).await;
    assert_eq!(status, 401);
    commands(&mut said);
    server.signal("TERM");
    server.ended(Duration::from_secs(20));
    let log = server.log();
    assert!(log.contains("TRACE"), "the log is at its loudest");
    said.note("log", log);
    said.note_files(&data);

    let kept_by_design = |place: &&str| place.starts_with("journal.db");
    for (secret, may_be_kept) in [
        (good.as_str(), false),
        (&good["glaneur_".len()..], false),
        (&admin, false),
        (expired.expose(), false),
        (WRONG, false),
        (HEADER, false),
        (PASSWORD, false),
        (WEBHOOK, false),
        ("canary-webhook-secret", false),
        // Where to deliver is part of the job.
        (SIGNATURE, true),
    ] {
        let places: Vec<_> = said.places(secret).into_iter().filter(|place| !(may_be_kept && kept_by_design(place))).collect();
        assert_eq!(places, Vec::<&str>::new(), "{secret:?} is told");
    }
    assert!(!said.places(SIGNATURE).is_empty(), "the search finds what is there");
}
