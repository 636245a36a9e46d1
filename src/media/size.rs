//! The same picture in several sizes: what its addresses have in common, and the pixels that one of them tells.
//!
//! Shops and image services write the size into the file name, a folder or the query. What is taken away here is only what such software
//! writes: a number that may tell products apart (`gel-200x200ml`, `photo-2`, `ampoule-60w`) stays.

mod name;
mod path;
mod query;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use regex::{Captures, Regex};
use url::Url;

use super::pattern;
use path::rest_of_path;
use query::{is_length, rest_of_query};

/// What remains of an address without its size. The same for all sizes and raster formats of a picture; never a fetchable address.
pub fn identity(url: &Url) -> String {
    reduced(url).identity
}

/// Pixels of the longer side, as far as the address tells. Without a hint it is the original as a rule.
pub fn size_hint(url: &Url) -> Option<u32> {
    reduced(url).pixels
}

/// Services inside services are opened up to here.
const NESTED: usize = 3;

#[derive(Debug, Default)]
struct Reduced {
    identity: String,
    pixels: Option<u32>,
}

fn reduced(url: &Url) -> Reduced {
    let mut pixels = Pixels::default();
    let mut url = Cow::Borrowed(url);
    for _ in 0..NESTED {
        let Some(inner) = wrapped(&url) else { break };
        pixels.read_query(&url);
        url = Cow::Owned(inner);
    }
    let query = rest_of_query(&url, &mut pixels);
    let path = rest_of_path(&url, &mut pixels);
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Reduced { identity: format!("{host}{port}{path}{query}"), pixels: pixels.0 }
}

/// The largest side that was seen.
#[derive(Debug, Default)]
struct Pixels(Option<u32>);

/// Larger pictures are not shown on the web; larger numbers are something else.
const LARGEST: u32 = 12_000;

impl Pixels {
    fn note(&mut self, text: &str) {
        let seen = text.parse().ok().filter(|pixels| (1..=LARGEST).contains(pixels));
        self.0 = self.0.max(seen);
    }

    fn note_all(&mut self, text: &str) {
        text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).for_each(|number| self.note(number));
    }

    fn read_query(&mut self, url: &Url) {
        url.query_pairs().filter(|(key, value)| is_length(key, value)).for_each(|(_, value)| self.note_all(&value));
    }
}

/// The address inside the address of a service that resizes other people's pictures.
fn wrapped(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let photon = host.strip_prefix('i').and_then(|rest| rest.strip_suffix(".wp.com")).is_some_and(|n| n.parse::<u8>().is_ok());
    if photon {
        return Url::parse(&format!("https:/{}", url.path())).ok();
    }
    if url.path().ends_with("/_next/image") || url.path() == "/_vercel/image" || host == "images.weserv.nl" || host == "wsrv.nl" {
        let (_, inner) = url.query_pairs().find(|(key, _)| key == "url")?;
        let absolute = if host.contains("weserv") || host.contains("wsrv") { Url::parse(&format!("https://{inner}")).ok() } else { None };
        return Url::parse(&inner).ok().or(absolute).or_else(|| url.join(&inner).ok());
    }
    let (_, after) = url.path().split_once("/cdn-cgi/image/")?;
    let (_, inner) = after.split_once('/')?;
    Url::parse(inner).ok().or_else(|| url.join(&format!("/{inner}")).ok())
}

/// Like the pattern's own, which makes room for what it finds before it looks; most names have none of these suffixes.
fn captures<'t>(regex: &Regex, text: &'t str) -> Option<Captures<'t>> {
    regex.is_match(text).then(|| regex.captures(text)).flatten()
}
