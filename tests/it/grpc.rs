//! gRPC: a real tonic client against the real server.

use std::collections::HashMap;
use std::time::Duration;

use glaneur::serve::Settings;
use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::scrape_response::Event;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::{
    CancelJobRequest, GetJobRequest, Item, ListDeliveriesRequest, ListJobsRequest, ReplayDeliveriesRequest, ScrapeOptions, ScrapeRequest,
    ScrapeResponse, ScrapeStreamRequest, WatchJobRequest, job,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;

use crate::house::{House, NO_BARCODE};

fn batch(codes: &[&str]) -> ScrapeRequest {
    ScrapeRequest { eans: codes.iter().map(|code| item(code)).collect(), ..ScrapeRequest::default() }
}

fn item(code: &str) -> Item {
    Item { primary: code.to_owned(), replacement: Some("null".to_owned()) }
}

fn items(codes: impl IntoIterator<Item = String>) -> ScrapeStreamRequest {
    ScrapeStreamRequest { options: None, eans: codes.into_iter().map(|primary| Item { primary, replacement: None }).collect() }
}

async fn scrape(house: &House) -> ScrapeServiceClient<Channel> {
    ScrapeServiceClient::new(house.channel().await)
}

async fn jobs(house: &House) -> JobServiceClient<Channel> {
    JobServiceClient::new(house.channel().await)
}

async fn all(stream: Streaming<ScrapeResponse>) -> Vec<ScrapeResponse> {
    tokio_stream::StreamExt::collect::<Result<_, Status>>(stream).await.unwrap()
}

/// The fields that a refusal names.
fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    details.bad_request().map(|bad| bad.field_violations.iter().map(|violation| violation.field.clone()).collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_batch_is_followed_to_its_end() {
    let house = House::open().await;
    let events = all(scrape(&house).await.scrape(batch(&["a", "b", "c"])).await.unwrap().into_inner()).await;
    assert!(matches!(&events[0].event, Some(Event::Accepted(accepted)) if accepted.total == Some(3)));
    assert!(matches!(events.last().unwrap().event, Some(Event::Completed(_))));
    let given: Vec<_> =
        events.iter().filter_map(|it| if let Some(Event::Result(r)) = &it.event { Some(r.ean.as_str()) } else { None }).collect();
    assert_eq!(given.len(), 3);
    for (place, event) in events.iter().enumerate() {
        assert_eq!((event.seq, &event.cursor), (place as u64 + 1, &(place + 1).to_string()));
        assert!(event.time.is_some() && event.job_id == events[0].job_id);
    }
}

#[tokio::test]
async fn watching_resumes_from_every_cursor() {
    let house = House::open().await;
    let events = all(scrape(&house).await.scrape(batch(&["a", "b"])).await.unwrap().into_inner()).await;
    let mut client = jobs(&house).await;
    let job_id = events[0].job_id.clone();
    let beginning = WatchJobRequest { job_id: job_id.clone(), after_cursor: String::new() };
    assert_eq!(all(client.watch_job(beginning).await.unwrap().into_inner()).await, events);
    for (place, event) in events.iter().enumerate() {
        let request = WatchJobRequest { job_id: job_id.clone(), after_cursor: event.cursor.clone() };
        assert_eq!(all(client.watch_job(request).await.unwrap().into_inner()).await, events[place + 1..], "after {}", event.cursor);
    }
    for (cursor, code) in [("x", Code::InvalidArgument), ("-1", Code::InvalidArgument), ("99999", Code::OutOfRange)] {
        let refused = client.watch_job(WatchJobRequest { job_id: job_id.clone(), after_cursor: cursor.to_owned() }).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (code, vec!["after_cursor".to_owned()]), "{cursor}");
    }
    let missing = client.watch_job(WatchJobRequest { job_id: "none".into(), after_cursor: String::new() }).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
}

#[tokio::test]
async fn refusals_name_the_field() {
    let house = House::open().await;
    let mut client = jobs(&house).await;
    for (request, field) in [
        (batch(&[]), "eans"),
        (ScrapeRequest { shops: vec!["nowhere".into()], ..batch(&["x"]) }, "shops"),
        (ScrapeRequest { callback_url: Some("http://192.168.1.1/".into()), ..batch(&["x"]) }, "callback_url"),
        (ScrapeRequest { media: 9, ..batch(&["x"]) }, "media"),
        (ScrapeRequest { callback_events: 9, ..batch(&["x"]) }, "callback_events"),
        (ScrapeRequest { callback_events: 2, ..batch(&["x"]) }, "callback_events"),
        (ScrapeRequest { idempotency_key: Some("a b".into()), ..batch(&["x"]) }, "idempotency_key"),
        (ScrapeRequest { idempotency_key: Some(String::new()), ..batch(&["x"]) }, "idempotency_key"),
        (ScrapeRequest { cancel_on_disconnect: true, ..batch(&["x"]) }, "cancel_on_disconnect"),
    ] {
        let refused = client.create_job(request.clone()).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec![field.to_owned()]), "{request:?}: {refused:?}");
    }
    assert_eq!(client.list_jobs(ListJobsRequest::default()).await.unwrap().into_inner().jobs, []);
    let state = client.list_jobs(ListJobsRequest { state: 77, ..Default::default() }).await.unwrap_err();
    assert_eq!(fields(&state), ["state"]);
    let token = client.list_jobs(ListJobsRequest { page_token: "nonsense".into(), ..Default::default() }).await.unwrap_err();
    assert_eq!((token.code(), fields(&token)), (Code::InvalidArgument, vec!["page_token".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_at_once_with_one_key_make_one_job() {
    let house = House::open().await;
    let client = jobs(&house).await;
    let calls = (0..100).map(|_| {
        let mut client = client.clone();
        let keyed = ScrapeRequest { idempotency_key: Some("key-1".into()), ..batch(&[NO_BARCODE]) };
        async move { client.create_job(keyed).await.unwrap() }
    });
    let answers = futures::future::join_all(calls).await;
    let replayed = answers.iter().filter(|answer| answer.metadata().contains_key("idempotent-replayed")).count();
    let ids: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.get_ref().job_id.as_str()).collect();
    assert_eq!((replayed, ids.len()), (99, 1));
    assert_eq!(client.clone().list_jobs(ListJobsRequest::default()).await.unwrap().into_inner().jobs.len(), 1);
}

#[tokio::test]
async fn a_job_is_started_repeated_listed_and_cancelled() {
    let house = House::open().await;
    let mut client = jobs(&house).await;
    let keyed = ScrapeRequest { idempotency_key: Some("key-1".into()), ..batch(&[NO_BARCODE]) };
    let first = client.create_job(keyed.clone()).await.unwrap();
    assert!(first.metadata().get("idempotent-replayed").is_none());
    let again = client.create_job(keyed).await.unwrap();
    assert_eq!(again.metadata().get("idempotent-replayed").unwrap(), "true");
    assert_eq!(again.get_ref().job_id, first.get_ref().job_id);
    let other = ScrapeRequest { idempotency_key: Some("key-1".into()), ..batch(&["other"]) };
    assert_eq!(client.create_job(other).await.unwrap_err().code(), Code::AlreadyExists);

    let unkeyed = [client.create_job(batch(&["x"])).await.unwrap(), client.create_job(batch(&["x"])).await.unwrap()];
    assert_ne!(unkeyed[0].get_ref().job_id, unkeyed[1].get_ref().job_id, "without a key every call is a new job");

    let open = house.jobs.submit(crate::http::open_job()).await.unwrap().job.id.to_string();
    let cancelled = client.cancel_job(CancelJobRequest { job_id: open.clone() }).await.unwrap().into_inner();
    assert_eq!(cancelled.job_id, open);
    let watched =
        all(client.watch_job(WatchJobRequest { job_id: open.clone(), after_cursor: String::new() }).await.unwrap().into_inner()).await;
    assert!(matches!(watched.last().unwrap().event, Some(Event::Completed(_))));
    assert_eq!(client.get_job(GetJobRequest { job_id: open }).await.unwrap().into_inner().state(), job::State::Cancelled);
    assert!(client.list_jobs(ListJobsRequest::default()).await.unwrap().into_inner().jobs.len() >= 4);

    let job_id = first.into_inner().job_id;
    assert!(
        client
            .list_deliveries(ListDeliveriesRequest { job_id: job_id.clone(), ..Default::default() })
            .await
            .unwrap()
            .into_inner()
            .deliveries
            .is_empty()
    );
    assert_eq!(client.replay_deliveries(ReplayDeliveriesRequest { job_id, ..Default::default() }).await.unwrap().into_inner().replayed, 0);
    for missing in [
        client.get_job(GetJobRequest { job_id: "none".into() }).await.unwrap_err(),
        client.cancel_job(CancelJobRequest { job_id: "none".into() }).await.unwrap_err(),
        client.list_deliveries(ListDeliveriesRequest { job_id: "none".into(), ..Default::default() }).await.unwrap_err(),
    ] {
        assert_eq!(missing.code(), Code::NotFound);
    }
    for nameless in [
        client.get_job(GetJobRequest::default()).await.unwrap_err(),
        client.cancel_job(CancelJobRequest::default()).await.unwrap_err(),
        client.watch_job(WatchJobRequest::default()).await.unwrap_err(),
        client.list_deliveries(ListDeliveriesRequest::default()).await.unwrap_err(),
        client.replay_deliveries(ReplayDeliveriesRequest::default()).await.unwrap_err(),
    ] {
        assert_eq!((nameless.code(), fields(&nameless)), (Code::InvalidArgument, vec!["job_id".to_owned()]));
    }
}

#[tokio::test]
async fn a_long_list_streams_through_with_results_while_items_still_come() {
    const TOTAL: usize = 5_000;
    let house = House::open().await;
    let (send, input) = mpsc::channel(1);
    // The call answers before the first message is there.
    let mut results = scrape(&house).await.scrape_stream(ReceiverStream::new(input)).await.unwrap().into_inner();
    let feeding = async {
        for start in (0..TOTAL).step_by(100) {
            send.send(items((start..start + 100).map(|n| format!("{NO_BARCODE} {n}")))).await.unwrap();
        }
        drop(send);
    };
    let reading = async {
        let mut seen = HashMap::new();
        while let Some(event) = results.message().await.unwrap() {
            if let Some(Event::Result(result)) = event.event {
                assert!(seen.insert(result.position, result.ean).is_none(), "an item has one result");
            }
        }
        seen
    };
    let ((), seen) = tokio::join!(feeding, reading);
    assert_eq!(seen.len(), TOTAL);
    assert!((1..=TOTAL as u32).all(|position| seen[&position] == format!("{NO_BARCODE} {}", position - 1)));
}

#[tokio::test]
async fn items_and_results_take_turns() {
    let house = House::open().await;
    let (send, input) = mpsc::channel(1);
    send.send(items(["first".to_owned()])).await.unwrap();
    let mut results = scrape(&house).await.scrape_stream(ReceiverStream::new(input)).await.unwrap().into_inner();
    for n in 0..3 {
        loop {
            if let Some(Event::Result(result)) = results.message().await.unwrap().unwrap().event {
                assert_eq!(result.position, n + 1);
                break;
            }
        }
        send.send(items([format!("next {n}")])).await.unwrap();
    }
    drop(send);
    assert!(matches!(all(results).await.last().unwrap().event, Some(Event::Completed(_))));
}

#[tokio::test]
async fn a_stream_that_says_nothing_or_speaks_twice_is_refused() {
    let house = House::open().await;
    let mut client = scrape(&house).await;
    let silent = client.scrape_stream(tokio_stream::empty()).await.unwrap().into_inner().message().await.unwrap_err();
    assert_eq!((silent.code(), fields(&silent)), (Code::InvalidArgument, vec!["eans".to_owned()]));
    let options = ScrapeStreamRequest { options: Some(ScrapeOptions::default()), eans: Vec::new() };
    let empty = client.scrape_stream(tokio_stream::iter([options.clone()])).await.unwrap().into_inner().message().await.unwrap_err();
    assert_eq!((empty.code(), fields(&empty)), (Code::InvalidArgument, vec!["eans".to_owned()]));
    assert_eq!(jobs(&house).await.list_jobs(ListJobsRequest::default()).await.unwrap().into_inner().jobs, []);
    let apart = [options, items([NO_BARCODE.to_owned()])];
    let events = all(client.scrape_stream(tokio_stream::iter(apart)).await.unwrap().into_inner()).await;
    assert!(matches!(events.last().unwrap().event, Some(Event::Completed(_))));
    let opening = ScrapeStreamRequest { options: Some(ScrapeOptions::default()), eans: vec![item("x")] };
    let mut twice = client.scrape_stream(tokio_stream::iter([opening.clone(), opening])).await.unwrap().into_inner();
    let refused = loop {
        match twice.message().await {
            Ok(event) => assert!(event.is_some(), "it must not end well"),
            Err(status) => break status,
        }
    };
    assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["options".to_owned()]));
    assert_eq!(refused.metadata().get("glaneur-accepted-items").unwrap(), "1");
    let job_id = refused.metadata().get("glaneur-job-id").unwrap().to_str().unwrap().to_owned();
    let events =
        all(jobs(&house).await.watch_job(WatchJobRequest { job_id, after_cursor: String::new() }).await.unwrap().into_inner()).await;
    assert!(matches!(events.last().unwrap().event, Some(Event::Completed(_))), "what was accepted is finished");
}

#[tokio::test]
async fn a_caller_that_leaves_seals_its_job_or_cancels_it_as_it_asked() {
    let house = House::open().await;
    for (cancel_on_disconnect, expected) in [(false, job::State::Completed), (true, job::State::Cancelled)] {
        let (send, input) = mpsc::channel(1);
        let options = Some(ScrapeOptions { cancel_on_disconnect, ..Default::default() });
        send.send(ScrapeStreamRequest { options, eans: vec![item(NO_BARCODE)] }).await.unwrap();
        let mut results = scrape(&house).await.scrape_stream(ReceiverStream::new(input)).await.unwrap().into_inner();
        let job_id = results.message().await.unwrap().unwrap().job_id;
        drop((results, send));
        let mut client = jobs(&house).await;
        let state = loop {
            let job = client.get_job(GetJobRequest { job_id: job_id.clone() }).await.unwrap().into_inner();
            if job.finish_time.is_some() {
                break job.state();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(state, expected, "cancel_on_disconnect = {cancel_on_disconnect}");
    }
}

#[tokio::test]
async fn shops_are_listed_and_a_page_is_read_without_any_network() {
    use glaneur::serve::proto::shop_result::Status;
    use glaneur::serve::proto::shop_service_client::ShopServiceClient;
    use glaneur::serve::proto::{ExtractPageRequest, ListShopsRequest};

    let house = House::open().await;
    let mut client = ShopServiceClient::new(house.channel().await);
    let shops = client.list_shops(ListShopsRequest {}).await.unwrap().into_inner().shops;
    let names: Vec<_> = shops.iter().map(|shop| shop.name.as_str()).collect();
    assert_eq!(names, ["cocooncenter", "pharma-gdd", "drakkars"]);
    assert!(shops.iter().all(|shop| shop.origin.starts_with("https://") && shop.pace.unwrap().concurrency > 0));

    let html = r#"<html lang="fr"><script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","name":"Crème",
        "gtin13":"0748322148474","offers":{"@type":"Offer","price":"14.90","priceCurrency":"EUR"}}</script></html>"#;
    let page = |ean: Option<&str>| ExtractPageRequest {
        html: html.to_owned(),
        url: "https://shop.example/p/1".to_owned(),
        shop: None,
        ean: ean.map(str::to_owned),
    };
    let plain = client.extract_page(page(None)).await.unwrap().into_inner();
    let product = plain.product.as_ref().unwrap();
    assert_eq!((plain.status(), product.name.as_deref()), (Status::Unspecified, Some("Crème")));
    let price = product.offers[0].price.as_ref().unwrap();
    assert_eq!((price.amount.as_str(), price.currency.as_deref()), ("14.90", Some("EUR")));
    assert_eq!(client.extract_page(page(Some("748322148474"))).await.unwrap().into_inner().status(), Status::Found);
    let other = client.extract_page(page(Some("3665606002802"))).await.unwrap().into_inner();
    assert_eq!((other.status(), other.product.clone(), other.seen_ean.as_deref()), (Status::Mismatch, None, Some("0748322148474")));
    let empty = ExtractPageRequest { html: "<p>Bonjour</p>".to_owned(), ..page(Some("3665606002802")) };
    assert_eq!(client.extract_page(empty).await.unwrap().into_inner().status(), Status::NotFound);
    let with_recipe = ExtractPageRequest { shop: Some("cocooncenter".to_owned()), ..page(Some("0748322148474")) };
    assert_eq!(client.extract_page(with_recipe).await.unwrap().into_inner().product.unwrap().shop.as_deref(), Some("cocooncenter"));
    for (request, field) in [
        (ExtractPageRequest { html: " ".to_owned(), ..page(None) }, "html"),
        (ExtractPageRequest { url: "/p/1".to_owned(), ..page(None) }, "url"),
        (ExtractPageRequest { shop: Some("nowhere".to_owned()), ..page(None) }, "shop"),
        (page(Some("123")), "ean"),
    ] {
        let refused = client.extract_page(request).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec![field.to_owned()]));
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused() {
    let house = House::with(Settings { max_message_bytes: 1_000, ..Settings::default() }).await;
    let refused = jobs(&house).await.create_job(batch(&[&"x".repeat(2_000)])).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert!(refused.message().contains("by ScrapeStream"), "{refused:?}");
    let parts = tokio_stream::iter([items(["x".repeat(2_000)])]);
    let refused = scrape(&house).await.scrape_stream(parts).await.unwrap().into_inner().message().await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
}

/// The limit holds for what a message unpacks to.
#[tokio::test]
async fn a_packed_message_that_is_too_large_is_refused() {
    let house = House::with(Settings { max_message_bytes: 100_000, ..Settings::default() }).await;
    let mut client = jobs(&house).await.send_compressed(tonic::codec::CompressionEncoding::Gzip);
    // 16 MiB in 16 KiB.
    let refused = client.create_job(batch(&[&"0".repeat(16 << 20)])).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert!(refused.message().contains("by ScrapeStream"), "{refused:?}");
    assert!(client.create_job(batch(&[&"0".repeat(90_000)])).await.is_ok());
    let mut client = scrape(&house).await.send_compressed(tonic::codec::CompressionEncoding::Gzip);
    let parts = tokio_stream::iter([items(["0".repeat(1 << 20)])]);
    let refused = client.scrape_stream(parts).await.unwrap().into_inner().message().await.unwrap_err();
    assert!(refused.code() == Code::ResourceExhausted && refused.message().contains("by ScrapeStream"), "{refused:?}");
}

#[tokio::test]
async fn metadata_is_bounded() {
    let house = House::with(Settings { max_head_bytes: 8_192, ..Settings::default() }).await;
    let mut client = jobs(&house).await;
    for (length, taken) in [(4_000, true), (20_000, false)] {
        let mut request = tonic::Request::new(ListJobsRequest::default());
        request.metadata_mut().insert("x-long", "v".repeat(length).parse().unwrap());
        let outcome = client.list_jobs(request).await;
        assert_eq!(outcome.is_ok(), taken, "{length}: {outcome:?}");
    }
    assert!(client.list_jobs(ListJobsRequest::default()).await.is_ok(), "the connection survives");
}

#[tokio::test]
async fn reflection_and_health_are_on_and_an_unknown_service_is_told() {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let house = House::open().await;
    let ask = |what| tokio_stream::iter([ServerReflectionRequest { host: String::new(), message_request: Some(what) }]);
    let mut client = ServerReflectionClient::new(house.channel().await);
    let mut answers = client.server_reflection_info(ask(MessageRequest::ListServices(String::new()))).await.unwrap().into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) = answers.message().await.unwrap().unwrap().message_response else { panic!() };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    for name in
        ["glaneur.v1.ScrapeService", "glaneur.v1.JobService", "glaneur.v1.ShopService", "glaneur.v1.EgressService", "grpc.health.v1.Health"]
    {
        assert!(names.contains(&name.to_owned()), "{name} is not in {names:?}");
    }
    for name in ["glaneur.v1.ScrapeService", "glaneur.v1.Product", "grpc.health.v1.Health", "google.rpc.BadRequest"] {
        let symbol = ask(MessageRequest::FileContainingSymbol(name.to_owned()));
        let found = client.server_reflection_info(symbol).await.unwrap().into_inner().message().await.unwrap().unwrap();
        assert!(matches!(found.message_response, Some(MessageResponse::FileDescriptorResponse(_))), "{name}");
    }

    let mut health = HealthClient::new(house.channel().await);
    for service in ["", "glaneur.v1.ScrapeService", "glaneur.v1.JobService", "glaneur.v1.ShopService", "glaneur.v1.EgressService"] {
        let status = health.check(HealthCheckRequest { service: service.into() }).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service}");
    }
    let stranger = health.check(HealthCheckRequest { service: "zz".into() }).await.unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound);
    let stranger = health.check(HealthCheckRequest { service: "zz".into() }).await.unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound);
    // The paths of another package reach no page.
    let mut unknown = tonic::client::Grpc::new(house.channel().await);
    unknown.ready().await.unwrap();
    let path = "/glaneur.v0.Nothing/At".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<GetJobRequest, GetJobRequest>::default();
    let refused = unknown.unary(tonic::Request::new(GetJobRequest::default()), path, codec).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
}
