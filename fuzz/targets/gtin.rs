//! Barcodes: what is read as one reads the same when it is written out.
#![no_main]

use glaneur::Gtin;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(gtin) = Gtin::parse(text) {
        assert_eq!(Gtin::parse(gtin.as_14()).ok().as_ref().map(Gtin::as_14), Some(gtin.as_14()));
    }
});
