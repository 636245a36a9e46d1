//! The scanner: any text is a page whose nodes nest.
#![no_main]

use glaneur::extract::inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|html: &str| assert!(inside::is_sound(html)));
