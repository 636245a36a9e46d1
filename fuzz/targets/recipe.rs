//! A recipe file: refused or used, and a refusal can be told.
#![no_main]

use glaneur::Recipe;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|toml: &str| {
    if let Err(error) = Recipe::parse(toml, "fuzz.toml") {
        let _ = error.to_string();
    }
});
