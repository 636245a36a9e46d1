//! The short way. What it gives has all that makes it suffice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|html: &str| {
    let Ok(url) = Url::parse("https://shop.test/p/gel.html") else { return };
    if let Some(page) = glaneur::extract::structured(html, &url) {
        assert!(page.product().is_some_and(|product| product.name.is_some()));
    }
});
