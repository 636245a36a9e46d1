//! Prices in running text, and one price alone.
#![no_main]

use glaneur::extract::inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert!(inside::prices(text).is_some());
    let _ = glaneur::Money::parse(text, None);
});
