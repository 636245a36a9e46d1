//! JSON as shops write it, and literals as their scripts do.
#![no_main]

use glaneur::extract::inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = inside::mend(text);
    let _ = inside::literal(text);
});
