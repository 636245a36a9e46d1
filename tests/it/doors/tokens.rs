//! Every door with every kind of token, and what becomes of it when the token goes.

use std::time::{Duration, Instant};

use glaneur::access::Store;
use glaneur::serve::ROUTES;
use glaneur::serve::proto::egress_service_client::EgressServiceClient;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::shop_service_client::ShopServiceClient;
use glaneur::serve::proto::{
    CancelJobRequest, CheckRoutesRequest, ExtractPageRequest, GetJobRequest, Item, ListDeliveriesRequest, ListJobsRequest,
    ListShopsRequest, ReplayDeliveriesRequest, ScrapeOptions, ScrapeRequest, ScrapeStreamRequest, WatchJobRequest,
};
use reqwest::Method;
use serde_json::json;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::{jobs, token, with_token};
use crate::house::{Answer, House, NO_BARCODE, client};

fn batch() -> ScrapeRequest {
    ScrapeRequest { eans: vec![Item { primary: NO_BARCODE.to_owned(), replacement: None }], ..ScrapeRequest::default() }
}

/// Waits until the server has seen a change of the file.
async fn seen() {
    tokio::time::sleep(Duration::from_millis(800)).await;
}

async fn submit(house: &House, token: &str, key: Option<&str>) -> Answer {
    let mut request = client().post(house.url("/api/scrape")).bearer_auth(token).json(&json!({"eans": [NO_BARCODE]}));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    Answer::of(request).await
}

#[tokio::test]
async fn every_route_asks_for_its_scope() {
    let house = House::open().await;
    let tokens = ["submit", "read", "admin"].map(|scopes| (scopes, token(house.data_dir(), scopes).1));
    seen().await;
    for route in ROUTES {
        for method in route.allow.split(',').filter(|method| *method != "HEAD") {
            let ask = |token: Option<&str>| {
                let url = house.url(&route.path.replace("{id}", "nobody"));
                let request = client().request(Method::from_bytes(method.as_bytes()).unwrap(), url);
                let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
                async move { request.send().await.unwrap() }
            };
            let is_open = ["/api/health", "/healthz", "/readyz"].contains(&route.path);
            let without = ask(None).await;
            assert_eq!(without.status() == 401, !is_open, "{method} {}", route.path);
            assert_eq!(ask(Some("glaneur_wrong")).await.status() == 401, !is_open, "{method} {}", route.path);
            if is_open {
                continue;
            }
            assert_eq!(without.headers()["www-authenticate"], "Bearer realm=\"glaneur\"");
            assert_eq!(without.headers()["x-content-type-options"], "nosniff");
            let needed = match (method, route.path) {
                ("POST", "/api/scrape") | ("DELETE", _) => "submit",
                ("POST", _) => "admin",
                (_, "/" | "/style.css") => "any",
                // Over all jobs, whosever they are.
                (_, "/api/deliveries" | "/api/deliveries/{webhook_id}" | "/api/endpoints") => "admin",
                _ => "read",
            };
            for (scope, token) in &tokens {
                let may = needed == "any" || *scope == needed || *scope == "admin";
                let answer = ask(Some(token)).await;
                assert_eq!(answer.status() != 403, may, "{method} {} with {scope}: {}", route.path, answer.status());
                if !may {
                    let challenge = format!("Bearer realm=\"glaneur\", error=\"insufficient_scope\", scope=\"{needed}\"");
                    assert_eq!(answer.headers()["www-authenticate"], challenge.as_str());
                }
            }
        }
    }
    for (header, expected) in [("Basic Zm9v", 401), ("Bearer", 401), ("bearer  x", 401), ("", 401)] {
        assert_eq!(
            client().get(house.url("/api/jobs")).header("authorization", header).send().await.unwrap().status(),
            expected,
            "{header}"
        );
    }
    let lower = client().get(house.url("/api/jobs")).header("authorization", format!("bearer {}", tokens[1].1));
    assert_eq!(lower.send().await.unwrap().status(), 200);
}

/// What each method says to this token; a code of the method's own means that it was let in.
async fn codes(channel: &Channel, token: &str) -> Vec<(&'static str, Code)> {
    let mut jobs = glaneur::serve::proto::job_service_client::JobServiceClient::new(channel.clone());
    let mut scrape = ScrapeServiceClient::new(channel.clone());
    let mut shops = ShopServiceClient::new(channel.clone());
    let mut egress = EgressServiceClient::new(channel.clone());
    fn of<T>(outcome: Result<T, Status>) -> Code {
        outcome.map_or_else(|status| status.code(), |_| Code::Ok)
    }
    let job_id = "nobody".to_owned();
    let open = ScrapeStreamRequest { options: Some(ScrapeOptions::default()), eans: batch().eans };
    vec![
        ("submit", of(scrape.scrape(with_token(batch(), token)).await)),
        ("submit", of(scrape.scrape_stream(with_token(tokio_stream::once(open), token)).await)),
        ("submit", of(jobs.create_job(with_token(batch(), token)).await)),
        ("read", of(jobs.get_job(with_token(GetJobRequest { job_id: job_id.clone() }, token)).await)),
        ("read", of(jobs.list_jobs(with_token(ListJobsRequest::default(), token)).await)),
        ("submit", of(jobs.cancel_job(with_token(CancelJobRequest { job_id: job_id.clone() }, token)).await)),
        ("read", of(jobs.watch_job(with_token(WatchJobRequest { job_id: job_id.clone(), ..WatchJobRequest::default() }, token)).await)),
        ("read", of(jobs.list_deliveries(with_token(ListDeliveriesRequest { job_id: job_id.clone(), ..Default::default() }, token)).await)),
        ("admin", of(jobs.replay_deliveries(with_token(ReplayDeliveriesRequest { job_id, ..Default::default() }, token)).await)),
        ("read", of(shops.list_shops(with_token(ListShopsRequest::default(), token)).await)),
        ("submit", of(shops.extract_page(with_token(ExtractPageRequest::default(), token)).await)),
        ("admin", of(egress.check_routes(with_token(CheckRoutesRequest { route: "none such".to_owned() }, token)).await)),
    ]
}

#[tokio::test]
async fn every_rpc_asks_for_its_scope() {
    let house = House::open().await;
    let tokens = ["submit", "read", "admin"].map(|scopes| (scopes, token(house.data_dir(), scopes).1));
    seen().await;
    let channel = house.channel().await;
    let stranger = codes(&channel, "glaneur_wrong").await;
    assert!(stranger.iter().all(|(_, code)| *code == Code::Unauthenticated), "{stranger:?}");
    for (scope, token) in &tokens {
        for (place, (needed, code)) in codes(&channel, token).await.into_iter().enumerate() {
            let may = needed == *scope || *scope == "admin";
            assert_eq!(!matches!(code, Code::PermissionDenied | Code::Unauthenticated), may, "method {place} with {scope}: {code:?}");
        }
    }
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
    health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
}

#[tokio::test]
async fn jobs_belong_to_their_token() {
    let house = House::open().await;
    let nobodys = Answer::of(client().post(house.url("/api/scrape")).json(&json!({"eans": [NO_BARCODE]}))).await.text("job_id").to_owned();
    let [one, other, admin] = ["submit,read", "submit,read", "admin"].map(|scopes| token(house.data_dir(), scopes).1);
    seen().await;
    let job = submit(&house, &one, Some("key")).await.text("job_id").to_owned();
    let again = submit(&house, &one, Some("key")).await;
    assert_eq!((again.text("job_id"), again.json["repeated"].as_bool()), (job.as_str(), Some(true)));
    let others = submit(&house, &other, Some("key")).await.text("job_id").to_owned();
    assert_ne!(others, job, "keys are the token's");
    let unkeyed = submit(&house, &one, None).await.text("job_id").to_owned();
    assert_ne!(submit(&house, &other, None).await.text("job_id"), unkeyed, "repeats are the token's");

    for path in ["", "/events", "/results", "/deliveries"] {
        for (token, id, expected) in [
            (&one, &job, 200),
            (&other, &job, 404),
            (&one, &others, 404),
            (&one, &nobodys, 404),
            (&admin, &job, 200),
            (&admin, &nobodys, 200),
        ] {
            let answer = client().get(house.url(&format!("/api/jobs/{id}{path}"))).bearer_auth(token).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{path}");
        }
    }
    let cancel = client().delete(house.url(&format!("/api/jobs/{job}"))).bearer_auth(&other);
    assert_eq!(Answer::of(cancel).await.json["message"], format!("there is no job {job:?}"), "as for a job that never was");
    let list = async |token: &str| {
        let answer = Answer::of(client().get(house.url("/api/jobs")).bearer_auth(token)).await;
        answer.json["jobs"].as_array().unwrap().len()
    };
    assert_eq!((list(&one).await, list(&other).await, list(&admin).await), (2, 2, 5));

    let mut grpc = jobs(&house.url("")).await;
    let watch = |id: &str| WatchJobRequest { job_id: id.to_owned(), ..WatchJobRequest::default() };
    assert_eq!(grpc.watch_job(with_token(watch(&job), &other)).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(grpc.get_job(with_token(GetJobRequest { job_id: job.clone() }, &other)).await.unwrap_err().code(), Code::NotFound);
    grpc.watch_job(with_token(watch(&job), &one)).await.unwrap();
    assert_eq!(grpc.list_jobs(with_token(ListJobsRequest::default(), &other)).await.unwrap().into_inner().jobs.len(), 2);
}

/// A job that never ends by itself: its list stays open for as long as the sender lives.
#[tokio::test]
async fn a_revoked_token_ends_its_streams_within_a_second() {
    let house = House::open().await;
    let ((id, gone), (_, stays)) = (token(house.data_dir(), "submit,read"), token(house.data_dir(), "admin"));
    seen().await;
    let (sender, items) = tokio::sync::mpsc::channel(1);
    let first = ScrapeStreamRequest { options: Some(ScrapeOptions::default()), eans: batch().eans };
    sender.send(first).await.unwrap();
    let mut scrape = ScrapeServiceClient::new(house.channel().await);
    let fed = scrape.scrape_stream(with_token(tokio_stream::wrappers::ReceiverStream::new(items), &stays)).await.unwrap();
    let mut fed = fed.into_inner();
    let kept = fed.message().await.unwrap().unwrap().job_id;
    let (sender_gone, items) = tokio::sync::mpsc::channel(1);
    sender_gone.send(ScrapeStreamRequest { options: Some(ScrapeOptions::default()), eans: batch().eans }).await.unwrap();
    let mut own = scrape.scrape_stream(with_token(tokio_stream::wrappers::ReceiverStream::new(items), &gone)).await.unwrap().into_inner();
    let job = own.message().await.unwrap().unwrap().job_id;
    let mut grpc = jobs(&house.url("")).await;
    let mut watched =
        grpc.watch_job(with_token(WatchJobRequest { job_id: job.clone(), ..Default::default() }, &gone)).await.unwrap().into_inner();
    watched.message().await.unwrap().unwrap();
    let follow = |token: &str, job: &str| client().get(house.url(&format!("/api/jobs/{job}/events"))).bearer_auth(token).send();
    let (cut, whole) = (follow(&gone, &job).await.unwrap(), follow(&stays, &kept).await.unwrap());

    Store::new(house.data_dir()).revoke(&id).unwrap();
    let since = Instant::now();
    let ends = async {
        let mut cut = cut;
        while let Ok(Some(_)) = cut.chunk().await {}
        let watch_ended = loop {
            if let Err(status) = watched.message().await {
                break status;
            }
        };
        let feed_ended = loop {
            if let Err(status) = own.message().await {
                break status;
            }
        };
        assert_eq!((watch_ended.code(), feed_ended.code()), (Code::Unauthenticated, Code::Unauthenticated));
    };
    tokio::time::timeout(Duration::from_secs(1), ends).await.unwrap();
    eprintln!("three streams ended {:?} after the revocation", since.elapsed());
    assert_eq!(client().get(house.url("/api/jobs")).bearer_auth(&gone).send().await.unwrap().status(), 401);
    let mut whole = whole;
    let still = tokio::time::timeout(Duration::from_millis(300), async { while let Ok(Some(_)) = whole.chunk().await {} }).await;
    assert!(still.is_err(), "the other token's stream goes on");
    drop((sender, sender_gone));
}

#[tokio::test]
async fn the_first_token_closes_the_open_door() {
    let house = House::open().await;
    assert_eq!(client().get(house.url("/api/jobs")).send().await.unwrap().status(), 200);
    let (id, secret) = token(house.data_dir(), "read");
    seen().await;
    assert_eq!(client().get(house.url("/api/jobs")).send().await.unwrap().status(), 401);
    assert_eq!(client().get(house.url("/api/jobs")).bearer_auth(&secret).send().await.unwrap().status(), 200);
    Store::new(house.data_dir()).revoke(&id).unwrap();
    seen().await;
    assert_eq!(client().get(house.url("/api/jobs")).send().await.unwrap().status(), 401, "revoking the last one opens nothing");
    let trusting = House::with(glaneur::serve::Settings { trust_loopback: true, ..Default::default() }).await;
    token(trusting.data_dir(), "read");
    seen().await;
    assert_eq!(client().get(trusting.url("/api/jobs")).send().await.unwrap().status(), 200, "as the operator said");
    assert_eq!(client().get(trusting.url("/api/jobs")).bearer_auth("glaneur_wrong").send().await.unwrap().status(), 401);
}
