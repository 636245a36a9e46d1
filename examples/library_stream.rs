//! The pure library: barcodes in, each result printed as it comes. No server, no journal.
//!
//! Against the real shops:
//!     cargo run --example library_stream --no-default-features -- 0748322148474 3665606002802
//! Without internet, against demo shops on loopback:
//!     cargo run --example library_stream -- --demo 0748322148474 3665606002802

#![allow(clippy::print_stdout, reason = "a program for people at a terminal")]

use glaneur::{Batch, Builder, Event, Glaneur, ItemResult};
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut eans: Vec<String> = std::env::args().skip(1).collect();
    let demo = eans.iter().any(|argument| argument == "--demo");
    eans.retain(|argument| argument != "--demo");

    let (builder, _shops) = if demo { demo_shops().await? } else { (Glaneur::builder(), None) };
    let glaneur = builder.build().await?;
    let mut events = glaneur.scrape(Batch::parse(eans)?)?;
    while let Some(event) = events.next().await {
        match event {
            Event::Accepted(accepted) => println!("asking {} shops", accepted.shops.len()),
            Event::Result(result) => show(&result),
            Event::Completed(completed) => println!("{} of {} found", completed.counts.found, completed.counts.total),
            Event::Progress(_) | Event::Waiting(_) => {}
        }
    }
    Ok(())
}

fn show(result: &ItemResult) {
    println!("{} {:?}", result.ean, result.status);
    for outcome in &result.shops {
        let product = outcome.product.as_deref();
        let name = product.and_then(|product| product.name.as_deref()).unwrap_or_default();
        let price = product.and_then(|product| product.price()).map(ToString::to_string).unwrap_or_default();
        println!("  {:<14} {:<12} {price:<10} {name}", outcome.shop.as_str(), format!("{:?}", outcome.status));
    }
}

#[cfg(feature = "demo")]
type Shops = glaneur::demo::DemoShops;
#[cfg(not(feature = "demo"))]
type Shops = std::convert::Infallible;

/// The same engine, with the recipes pointed at shops on this machine. They live as long as the second value.
#[cfg(feature = "demo")]
async fn demo_shops() -> Result<(Builder, Option<Shops>), Box<dyn std::error::Error>> {
    use glaneur::plan::ShopSettings;

    let shops = Shops::start(glaneur::demo::Behaviour::default()).await?;
    let egress = glaneur::egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..Default::default() };
    let mut builder = Glaneur::builder().egress(egress);
    for (name, shop) in shops.shops() {
        let (origin, search_origin) = (Some(shop.origin().clone()), Some(shop.search_origin().clone()));
        builder = builder.shop(name, ShopSettings { origin, search_origin, ..ShopSettings::default() });
    }
    Ok((builder, Some(shops)))
}

#[cfg(not(feature = "demo"))]
async fn demo_shops() -> Result<(Builder, Option<Shops>), Box<dyn std::error::Error>> {
    Err("built without the feature `demo`: leave --no-default-features out".into())
}
