//! `glaneur demo`: the whole main job on loopback, with nothing left out: shops, engine, journal, gRPC, webhooks.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use clap::Args;
use glaneur::config::Config;
use glaneur::demo::{Behaviour, DemoShops, EANS, Fault, Part, Trouble, WebhookReceiver};
use glaneur::journal::Role;
use glaneur::plan::ShopSettings;
use glaneur::serve::proto::scrape_response::Event;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::shop_result::Status;
use glaneur::serve::proto::{Completed, Item, ItemResult, Product, ScrapeRequest, ShopResult};
use glaneur::service::Service;
use glaneur::shutdown::Shutdown;
use glaneur::webhook::Endpoint;
use tokio::task::JoinSet;

use super::{Failure, start_log};

/// The shops' first requests for a page are refused this often: the demo shows how that is survived.
const REFUSALS: u32 = 2;
/// Longest wait for the last webhooks after the last result.
const WEBHOOKS: Duration = Duration::from_secs(30);

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Leave everything running for a browser, curl and grpcurl, until Ctrl+C
    #[arg(long)]
    keep: bool,
    /// Address for gRPC and HTTP
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

pub(crate) async fn run(options: &Options, shutdown: Shutdown) -> Result<ExitCode, Failure> {
    let behaviour =
        Behaviour { pharma_gdd: Fault::first(REFUSALS, Trouble::Forbidden { retry_after: None }).on(Part::Page), ..Behaviour::default() };
    let shops = DemoShops::start(behaviour).await.context("the demo shops cannot start")?;
    let receiver = WebhookReceiver::start().await.context("the webhook receiver cannot start")?;
    let directory = tempfile::Builder::new().prefix("glaneur-demo-").tempdir().context("no temporary directory for the journal")?;
    let config = config(&shops, &receiver, directory.path(), options.listen)?;
    start_log(&config, true)?;
    let service = Service::open(config, Role::All).await?;
    let address = service.address().ok_or_else(|| anyhow!("the server has no address"))?;
    introduce(&shops, &receiver, address)?;

    // The set owns the server: whatever happens here, it is told to drain and waited for.
    let mut server = JoinSet::new();
    server.spawn(service.run(shutdown.clone()));
    let outcome = tokio::select! {
        outcome = main_job(address, &receiver) => outcome,
        () = shutdown.drain.cancelled() => Err(anyhow!("interrupted")),
    };
    if outcome.is_ok() && options.keep {
        invite(address)?;
        shutdown.drain.cancelled().await;
    }
    shutdown.drain.cancel();
    while let Some(ended) = server.join_next().await {
        ended.context("the server died")??;
    }
    receiver.stop().await;
    shops.stop().await;
    Ok(outcome?)
}

fn config(shops: &DemoShops, receiver: &WebhookReceiver, directory: &std::path::Path, listen: SocketAddr) -> Result<Config, Failure> {
    let mut config = Config { listen, data_dir: directory.to_owned(), ..Config::default() };
    config.egress.allow_private = ["127.0.0.1"].into_iter().collect();
    config.webhooks.endpoints = vec![Endpoint::new("n8n", receiver.url().clone())];
    let at = |origin: &url::Url, search: &url::Url| ShopSettings {
        origin: Some(origin.clone()),
        search_origin: Some(search.clone()),
        ..ShopSettings::default()
    };
    config.shops = shops
        .shops()
        .into_iter()
        .map(|(name, shop)| (name.to_owned(), at(shop.origin(), shop.search_origin())))
        .collect::<BTreeMap<_, _>>();
    config.check()?;
    Ok(config)
}

/// Sends the 8 barcodes by gRPC, shows each result as it comes, and waits for the webhooks.
async fn main_job(address: SocketAddr, receiver: &WebhookReceiver) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let mut client = ScrapeServiceClient::connect(format!("http://{address}")).await.context("the server does not answer")?;
    let eans = EANS.iter().map(|ean| Item { primary: (*ean).to_owned(), replacement: None }).collect();
    let mut stream = client.scrape(ScrapeRequest { eans, ..ScrapeRequest::default() }).await?.into_inner();
    let mut results = 0;
    while let Some(response) = stream.message().await? {
        match response.event {
            Some(Event::Accepted(accepted)) => {
                say(&format!("job {} accepted: {} products, {} shops\n", response.job_id, EANS.len(), accepted.shops.len()))?;
            }
            Some(Event::Result(result)) => {
                results += 1;
                say(&line(&result, results, started.elapsed()))?;
            }
            Some(Event::Completed(completed)) => say(&summary(&completed, started.elapsed()))?,
            Some(Event::Progress(_) | Event::Waiting(_)) | None => {}
        }
    }
    // One for each result, and the completed one.
    let expected = EANS.len() as u64 + 1;
    receiver.wait_for(expected, WEBHOOKS).await;
    let products = receiver.received().iter().filter(|webhook| webhook.json().is_some_and(|body| body.get("ean").is_some())).count();
    say(&format!("{results}/{total} results, {products}/{total} webhooks\n", total = EANS.len()))?;
    let whole = results == EANS.len() && products == EANS.len();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn introduce(shops: &DemoShops, receiver: &WebhookReceiver, address: SocketAddr) -> anyhow::Result<()> {
    let mut text = String::from("Everything runs on this machine; nothing leaves it.\n");
    for (name, shop) in shops.shops() {
        text += &format!("  shop      {name:<14} {}\n", shop.origin());
    }
    text += &format!("  receiver  {:<14} {}\n  glaneur   {:<14} http://{address}/\n\n", "like n8n", receiver.url(), "gRPC and HTTP");
    say(&text)
}

fn invite(address: SocketAddr) -> anyhow::Result<()> {
    say(&format!(
        "\nLeft running until Ctrl+C. Try:\n  browser  http://{address}/\n  curl -s http://{address}/api/scrape -H 'Content-Type: application/json' -d '{{\"eans\":[\"{ean}\"]}}'\n  \
         grpcurl -plaintext -d '{{\"eans\":[{{\"primary\":\"{ean}\"}}]}}' {address} glaneur.v1.ScrapeService/Scrape\n",
        ean = EANS[0]
    ))
}

fn line(result: &ItemResult, done: usize, elapsed: Duration) -> String {
    let name = result.shops.iter().find_map(|shop| shop.product.as_ref()?.name.clone()).unwrap_or_default();
    let status = result.status().as_str_name();
    let shops: Vec<String> = result.shops.iter().map(shop).collect();
    format!(
        "{:>5.1} s  {done}/{}  {}  {status:<9} {name}\n{:>36}{}\n",
        elapsed.as_secs_f64(),
        EANS.len(),
        result.ean,
        "",
        shops.join(" · ")
    )
}

fn shop(outcome: &ShopResult) -> String {
    let price = outcome.product.as_ref().and_then(price);
    match (outcome.status(), price, &outcome.seen_ean) {
        (Status::Found, Some(price), _) => format!("{} {price}", outcome.shop),
        (Status::Mismatch, _, Some(seen)) => format!("{} MISMATCH (shows {seen})", outcome.shop),
        (status, ..) => format!("{} {}", outcome.shop, status.as_str_name()),
    }
}

fn price(product: &Product) -> Option<String> {
    let price = product.offers.iter().find_map(|offer| offer.price.as_ref())?;
    Some(format!("{} {}", price.amount, price.currency.as_deref().unwrap_or_default()))
}

fn summary(completed: &Completed, elapsed: Duration) -> String {
    let counts = completed.counts.unwrap_or_default();
    format!(
        "\ncompleted in {:.1} s: {} received, {} found, {} not found, {} invalid, {} ignored, {} failed\n",
        elapsed.as_secs_f64(),
        counts.total,
        counts.found,
        counts.not_found,
        counts.invalid,
        counts.ignored,
        counts.failed
    )
}

/// One piece of the show, at once; a reader that went away ends it.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
