//! One page for all who want it: at the same moment, for a while, and after the shop is gone. At the shops' own count.

mod again;
mod copies;
mod doors;
mod together;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use glaneur::demo::{DemoShop, DemoShops, Part};
use glaneur::plan::ShopSettings;
use glaneur::{Batch, Builder, Event, Events, Glaneur, ItemResult, ShopResult, egress};
use tokio_stream::StreamExt;

fn builder(shops: &DemoShops) -> Builder {
    let egress = egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..egress::Settings::default() };
    shops.shops().into_iter().fold(Glaneur::builder().egress(egress), |builder, (name, shop)| {
        let settings = ShopSettings {
            origin: Some(shop.origin().clone()),
            search_origin: Some(shop.search_origin().clone()),
            concurrency: Some(8),
            interval: Some(Duration::ZERO),
            ..ShopSettings::default()
        };
        builder.shop(name, settings)
    })
}

fn batch(eans: &[&str]) -> Batch {
    Batch::parse(eans).unwrap().shops(["cocooncenter"])
}

async fn results(events: Events) -> Vec<ItemResult> {
    let mut results: Vec<ItemResult> =
        events.filter_map(|event| if let Event::Result(result) = event { Some(*result) } else { None }).collect().await;
    results.sort_by_key(|result| result.position);
    results
}

fn outcomes(results: &[ItemResult]) -> Vec<&ShopResult> {
    results.iter().flat_map(|result| &result.shops).collect()
}

fn parts(shop: &DemoShop, part: Part) -> usize {
    shop.hits().iter().filter(|hit| hit.part == part).count()
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Runs the binary in `directory` and waits for it elsewhere, so that the shops can answer.
async fn glaneur(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
    command.args(arguments).current_dir(directory);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The results of `--format jsonl`, in order of position.
fn lines(output: &Output) -> Vec<ItemResult> {
    let mut results: Vec<ItemResult> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    results.sort_by_key(|result| result.position);
    results
}
