//! The query of a picture's address: which keys tell a size or how it is delivered, and which name the picture.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{Pixels, pattern};

/// Keys that change how a picture is delivered and never which one it is.
const DELIVERY: [&str; 34] = [
    "auto",
    "blur",
    "bg",
    "bgcolor",
    "background",
    "canvas",
    "compress",
    "crop",
    "cs",
    "dpr",
    "enlarge",
    "ext",
    "fit",
    "fm",
    "fmt",
    "format",
    "function",
    "gravity",
    "itok",
    "ixlib",
    "jpeg",
    "mode",
    "op_sharpen",
    "op_usm",
    "optimize",
    "pad",
    "q",
    "qlt",
    "quality",
    "rescale",
    "resmode",
    "sharpen",
    "strip",
    "upscale",
];

/// Keys that only defeat caches, where their value is long enough for that: `v=2` may be the second view.
const CACHE: [&str; 8] = ["v", "ver", "version", "t", "ts", "timestamp", "_", "cb"];

/// A key that tells a length, with a value that is one: `h=abc` may be a picture's name.
pub(super) fn is_length(key: &str, value: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let known = matches!(
        key.as_str(),
        "w" | "h"
            | "width"
            | "height"
            | "wid"
            | "hei"
            | "sw"
            | "sh"
            | "imwidth"
            | "imheight"
            | "max-w"
            | "max-h"
            | "maxwidth"
            | "maxheight"
            | "max_width"
            | "max_height"
            | "maxw"
            | "maxh"
            | "size"
            | "sz"
            | "resize"
            | "thumb"
            | "dim"
            | "px"
    );
    known && LENGTH.is_match(value)
}

static LENGTH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^(?:\d{1,5}(?:\.\d+)?(?:px)?|\d{0,5}[x,*:]\d{0,5}|auto)$"));

pub(super) fn rest_of_query(url: &Url, pixels: &mut Pixels) -> String {
    if url.query().is_none() {
        return String::new();
    }
    pixels.read_query(url);
    let imgix = url.host_str().is_some_and(|host| host.ends_with("imgix.net"));
    let stays = |key: &str, value: &str| {
        let lower = key.to_ascii_lowercase();
        let delivery = DELIVERY.contains(&lower.as_str()) || (value.len() >= 4 && CACHE.contains(&lower.as_str()));
        let demandware = matches!(lower.as_str(), "sm" | "sfrm");
        // Scene7 names its presets `$large$`; imgix signs each size.
        let service = (key.len() > 2 && key.starts_with('$') && key.ends_with('$')) || (imgix && lower == "s");
        !(delivery || demandware || service || is_length(key, value))
    };
    let kept: BTreeSet<String> =
        url.query_pairs().filter(|(key, value)| stays(key, value)).map(|(key, value)| format!("{key}={value}")).collect();
    if kept.is_empty() { String::new() } else { format!("?{}", kept.into_iter().collect::<Vec<_>>().join("&")) }
}
