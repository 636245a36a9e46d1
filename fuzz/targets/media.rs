//! Media: first bytes of a file, a set of pictures, an address.
#![no_main]

use glaneur::media;
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|bytes: &[u8]| {
    let _ = media::sniff(bytes, None);
    let _ = media::sniff(bytes, Some(bytes.len() as u64 * 7));
    let _ = media::wanted(bytes, Some(1 << 30));
    let text = String::from_utf8_lossy(bytes);
    let _ = media::best_of_srcset(&text);
    if let Ok(url) = Url::parse("https://shop.test/").and_then(|base| base.join(&text)) {
        let _ = (media::classify(&url, Some(&text)), media::player(&url), media::identity(&url), media::size_hint(&url));
    }
});
