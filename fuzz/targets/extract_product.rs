//! A whole page, down to the merged sheet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|html: &str| {
    let Ok(url) = Url::parse("https://shop.test/p/gel-3665606002802.html") else { return };
    let _ = glaneur::extract::product(html, &url).product();
});
