//! What callers and the operator can point at: callback URLs over HTTP and gRPC, webhooks, the command line.

use std::process::Command;
use std::time::Duration;

use glaneur::config::Config;
use glaneur::journal::Role;
use glaneur::serve::proto::{ScrapeRequest, job_service_client::JobServiceClient};
use glaneur::service::Service;
use glaneur::shutdown::Shutdown;
use serde_json::json;
use tokio::task::JoinSet;
use tonic_types::StatusExt;

use super::canary::Canary;
use super::table::{all, links, spellings};
use super::{OPEN, Open, redirect};
use crate::house::{Answer, House, NO_BARCODE, client};

#[tokio::test]
async fn no_caller_can_name_it_as_callback() {
    let canary = Canary::open().await;
    let house = House::open().await;
    let mut grpc = JobServiceClient::new(house.channel().await);
    for forbidden in all(canary.port) {
        let body = json!({"eans": [NO_BARCODE], "callback_url": forbidden.url});
        let answer = Answer::of(client().post(house.url("/api/scrape")).json(&body)).await;
        assert_eq!((answer.status, answer.json["field"].as_str()), (400, Some("callback_url")), "{forbidden:?}: {}", answer.json);
        let eans = vec![glaneur::serve::proto::Item { primary: NO_BARCODE.to_owned(), replacement: None }];
        let request = ScrapeRequest { eans, callback_url: Some(forbidden.url.clone()), ..ScrapeRequest::default() };
        let status = grpc.create_job(request).await.unwrap_err();
        let fields: Vec<_> = status.get_error_details().bad_request().unwrap().field_violations.iter().map(|it| it.field.clone()).collect();
        assert_eq!((status.code(), fields), (tonic::Code::InvalidArgument, vec!["callback_url".to_owned()]), "{forbidden:?}");
        assert_eq!(status.message(), answer.text("message"), "both doors say the same");
    }
    let jobs = Answer::of(client().get(house.url("/api/jobs"))).await;
    assert_eq!(jobs.json["jobs"], json!([]));
    canary.assert_untouched().await;
}

/// A receiver that the operator named sends every delivery on to where nothing may go.
#[tokio::test]
async fn no_webhook_is_redirected_there() {
    let canary = Canary::open().await;
    let table = links(canary.port);
    let lines = table.clone();
    let receiver = Open::serve(move |path| redirect(&lines[path[1..].parse::<usize>().unwrap()].url)).await;
    let directory = tempfile::tempdir().unwrap();
    let mut config = format!("listen = '127.0.0.1:0'\ndata_dir = '{}'\n[webhooks]\nschedule = ['1h']\n", directory.path().display());
    for place in 0..table.len() {
        config += &format!("[[webhooks.endpoints]]\nname = 'e{place}'\nurl = 'http://{}/{place}'\n", receiver.address);
    }
    let service = Service::open(toml::from_str::<Config>(&config).unwrap(), Role::All).await.unwrap();
    let (base, shutdown, mut tasks) = (format!("http://{}", service.address().unwrap()), Shutdown::default(), JoinSet::new());
    tasks.spawn(service.run(shutdown.clone()));
    let accepted = Answer::of(client().post(format!("{base}/api/scrape")).json(&json!({"eans": [NO_BARCODE]}))).await;
    let deliveries = format!("{base}/api/jobs/{}/deliveries", accepted.text("job_id"));
    // One for the result and one for the job, to each.
    let all_tried = async {
        while receiver.asked() < 2 * table.len() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all_tried).await.unwrap();
    let told = client().get(deliveries).send().await.unwrap().text().await.unwrap();
    assert!(told.contains("redirects are not followed") && !told.contains("delivered\":true"), "{told}");
    shutdown.drain.cancel();
    tasks.join_next().await.unwrap().unwrap().unwrap();
    canary.assert_untouched().await;
}

/// `glaneur extract` with each spelling: what is no http address is a file that is not there.
#[tokio::test]
async fn the_command_line_fetches_no_page_from_there() {
    let canary = Canary::open().await;
    let directory = tempfile::tempdir().unwrap();
    for forbidden in spellings(canary.port) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
        command.args(["extract", &forbidden.url]).current_dir(&directory);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty(), "{forbidden:?}: {output:?}");
        let is_page = forbidden.url.starts_with("http://") || forbidden.url.starts_with("https://");
        assert!(if is_page { forbidden.is_told_by(&told) } else { told.contains(&forbidden.url) }, "{forbidden:?}: {told}");
    }
    canary.assert_untouched().await;
}

/// The operator's own words: an origin in the configuration is no permission, and the refusal says which line is.
#[tokio::test]
async fn a_private_shop_is_reached_once_its_address_is_in_the_configuration() {
    let shop = Open::serve(|_| axum::response::IntoResponse::into_response(axum::http::StatusCode::NOT_FOUND)).await;
    let directory = tempfile::tempdir().unwrap();
    let run = |egress: &str| {
        let file = directory.path().join("glaneur.toml");
        let origin = format!("http://{}", shop.address);
        let text = format!("{egress}\n[shops.cocooncenter]\norigin = '{origin}'\nsearch_origin = '{origin}'\nattempts = 1\n");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
        command.args(["scrape", glaneur::demo::EANS[0], "--shops", "cocooncenter", "--config"]).arg(&file).current_dir(&directory);
        tokio::task::spawn_blocking(move || String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned())
    };
    let refused = run("").await.unwrap();
    let line = format!("[egress] allow_private = [\\\"{OPEN}\\\"]");
    assert!(refused.contains("UNREACHABLE") && refused.contains(&line), "{line}: {refused}");
    assert_eq!(shop.asked(), 0);
    for other in ["127.0.0.1", "127.0.0.30", "shop.test"] {
        assert!(run(&format!("[egress]\nallow_private = ['{other}']")).await.unwrap().contains("UNREACHABLE"));
    }
    assert_eq!(shop.asked(), 0);
    let reached = run(&format!("[egress]\nallow_private = ['{OPEN}']")).await.unwrap();
    assert!(shop.asked() > 0 && !reached.contains("UNREACHABLE"), "{reached}");
}

/// The server's own port, opened by address and by name, from the engine that runs beside it.
#[tokio::test]
async fn the_servers_own_port_is_not_fetched_from() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "listen = '127.0.0.1:0'\ndata_dir = '{}'\n[egress]\nallow_private = ['127.0.0.0/8', '::1', '0.0.0.0', 'localhost']\n\
         [webhooks]\nschedule = ['1h']\n[[webhooks.endpoints]]\nname = 'x'\nurl = 'http://127.0.0.1:PORT/api/health'\n",
        directory.path().display()
    );
    // The port must be known before the service has it.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = text.replace("127.0.0.1:0'", &format!("127.0.0.1:{port}'")).replace("PORT", &port.to_string());
    let service = Service::open(toml::from_str::<Config>(&text).unwrap(), Role::All).await.unwrap();
    let (base, shutdown, mut tasks) = (format!("http://127.0.0.1:{port}"), Shutdown::default(), JoinSet::new());
    tasks.spawn(service.run(shutdown.clone()));
    let accepted = Answer::of(client().post(format!("{base}/api/scrape")).json(&json!({"eans": [NO_BARCODE]}))).await;
    let deliveries = format!("{base}/api/jobs/{}/deliveries", accepted.text("job_id"));
    let told = async {
        loop {
            let told = client().get(&deliveries).send().await.unwrap().text().await.unwrap();
            if told.contains("glaneur itself listens") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.unwrap();
    shutdown.drain.cancel();
    tasks.join_next().await.unwrap().unwrap().unwrap();
}
