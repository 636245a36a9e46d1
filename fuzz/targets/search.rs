//! A search's answer, read by every step of the built-in recipes.
#![no_main]

use glaneur::{Gtin, Page, Recipe};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RECIPES: LazyLock<Vec<Recipe>> = LazyLock::new(Recipe::builtin);

fuzz_target!(|text: &str| {
    let (Ok(ean), Ok(now)) = (Gtin::parse("3665606002802"), "2026-02-03T04:05:06Z".parse()) else { return };
    for recipe in RECIPES.iter() {
        let page = Page { status: 200, url: recipe.origin().clone(), content_type: None, text: text.to_owned(), retrieved_at: now };
        let _ = recipe.refusal(&page);
        for step in recipe.steps() {
            let _ = recipe.read_search(step, &ean, &page);
        }
    }
});
