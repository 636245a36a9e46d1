//! Bad input as tables, by the way it comes in. Each case names its outcome, and whoever is well is served beside it. Addresses that
//! nobody may reach stand in `../guard/table.toml`; bodies that are no batch in `../http.rs`.

mod answers;
mod codes;
mod pages;
mod requests;
mod settings;
mod shop;
mod wire;

use crate::house::{House, client};

async fn is_well(house: &House) -> bool {
    client().get(house.url("/readyz")).send().await.unwrap().status() == 200
}
