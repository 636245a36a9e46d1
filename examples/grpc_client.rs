//! A gRPC client: sends barcodes, prints each result as it comes.
//!
//!     cargo run --release -- demo --keep --listen 127.0.0.1:8080        # in another terminal, or `glaneur serve`
//!     cargo run --example grpc_client -- http://127.0.0.1:8080 0748322148474 3665606002802
//!
//! The messages and the client are generated from `proto/glaneur/v1`; clients in other languages are generated from the same files.

#![allow(clippy::print_stdout, reason = "a program for people at a terminal")]

use glaneur::serve::proto::scrape_response::Event;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::{Item, ItemResult, ScrapeRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().ok_or("usage: grpc_client http://HOST:PORT EAN...")?;
    let eans = arguments.map(|primary| Item { primary, replacement: None }).collect();

    let mut client = ScrapeServiceClient::connect(server).await?;
    let mut stream = client.scrape(ScrapeRequest { eans, ..ScrapeRequest::default() }).await?.into_inner();
    while let Some(response) = stream.message().await? {
        match response.event {
            Some(Event::Accepted(accepted)) => println!("job {} asks {}", response.job_id, accepted.shops.join(", ")),
            Some(Event::Result(result)) => show(&result),
            Some(Event::Completed(completed)) => {
                let counts = completed.counts.unwrap_or_default();
                println!("{} of {} found", counts.found, counts.total);
            }
            // `None`: an event of a newer server that this client does not know.
            Some(Event::Progress(_) | Event::Waiting(_)) | None => {}
        }
    }
    Ok(())
}

fn show(result: &ItemResult) {
    println!("{} {}", result.ean, result.status().as_str_name());
    for outcome in &result.shops {
        let product = outcome.product.as_ref();
        let name = product.and_then(|product| product.name.as_deref()).unwrap_or_default();
        // Money is a decimal text and a currency, never a float.
        let price = product.and_then(|product| product.offers.iter().find_map(|offer| offer.price.as_ref()));
        let price = price.map(|money| format!("{} {}", money.amount, money.currency.as_deref().unwrap_or_default())).unwrap_or_default();
        println!("  {:<14} {:<24} {price:<10} {name}", outcome.shop, outcome.status().as_str_name());
    }
}
