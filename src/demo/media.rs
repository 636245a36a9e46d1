//! The pictures, films and sounds that the demo shops' pages point to: the same at each request, by the ending of their name.
//!
//! Two of them are not what their name says, as on real shops: a `.jpg` is a PNG, and a `.webp` is a page that says so.

use std::ops::Range;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// 120 x 160 pixels, a bottle.
const PNG: &[u8] = include_bytes!("bottle.png");

/// 320 x 180 pixels, 2.56 seconds, H.264 and AAC by its description; its pictures are blank. Made byte by byte, as the others are.
const MP4: &[u8] = include_bytes!("film.mp4");

/// 640 x 360 pixels, 3.2 seconds, VP8.
const WEBM: &[u8] = include_bytes!("film.webm");

/// Two seconds of silence.
const MP3: &[u8] = include_bytes!("voice.mp3");

/// More than anybody fetches of a file to see what it is: the description of [`FILM`] stands behind.
const FILLER: usize = 200_000;

/// The film as cameras write it, with its description at the end.
static FILM: LazyLock<Vec<u8>> = LazyLock::new(|| film(MP4));

/// `GET /media/{file}`
pub(super) async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    match file.rsplit_once('.') {
        Some((name, "svg")) => part("image/svg+xml", svg(name).as_bytes(), range),
        Some((_, "png")) => part("image/png", PNG, range),
        Some((_, "jpg")) => part("image/jpeg", PNG, range),
        Some((_, "mp4")) => part("video/mp4", &FILM, range),
        Some((_, "webm")) => part("video/webm", WEBM, range),
        // This one is sent whole, whatever was asked for, as many servers do.
        Some((_, "mp3")) => part("audio/mpeg", MP3, None),
        Some((_, "webp")) => part("image/webp", "<!DOCTYPE html>\n<title>Image introuvable</title>".as_bytes(), range),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn part(media_type: &'static str, bytes: &[u8], range: Option<&str>) -> Response {
    let Some(range) = range.and_then(|range| places(range, bytes.len())) else {
        return ([(header::CONTENT_TYPE, media_type)], bytes.to_vec()).into_response();
    };
    let told = format!("bytes {}-{}/{}", range.start, range.end - 1, bytes.len());
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_RANGE, told)];
    (StatusCode::PARTIAL_CONTENT, headers, bytes[range].to_vec()).into_response()
}

/// `bytes=0-65535` of a file; anything else is answered with the whole.
fn places(range: &str, length: usize) -> Option<Range<usize>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && first < length).then(|| first..length.min(last.saturating_add(1)))
}

/// The box with the pictures grows by [`FILLER`] bytes; the sounds' places in it stay, since nothing is put before them.
fn film(small: &[u8]) -> Vec<u8> {
    let Some(name) = small.windows(4).position(|name| name == b"mdat") else { return small.to_vec() };
    let (before, rest) = small.split_at(name - 4);
    let length = rest.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let (data, description) = rest.split_at(length.min(rest.len()));
    let grown = ((length + FILLER) as u32).to_be_bytes();
    [before, &grown, data.get(4..).unwrap_or_default(), &[0; FILLER], description].concat()
}

fn svg(name: &str) -> String {
    let hue = name.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 360);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"800\" viewBox=\"0 0 60 80\">\
         <rect width=\"60\" height=\"80\" fill=\"hsl({hue},45%,95%)\"/>\
         <rect x=\"24\" y=\"8\" width=\"12\" height=\"10\" rx=\"2\" fill=\"hsl({hue},25%,35%)\"/>\
         <rect x=\"17\" y=\"18\" width=\"26\" height=\"54\" rx=\"6\" fill=\"hsl({hue},50%,62%)\"/>\
         <rect x=\"20\" y=\"34\" width=\"20\" height=\"22\" rx=\"1\" fill=\"#fff\"/>\
         <path d=\"M23 40h14M23 44h14M23 48h9\" stroke=\"hsl({hue},25%,35%)\" stroke-width=\"1.5\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_by_their_ending() {
        let get = |name: &str, range: Option<&str>| {
            let headers = range.map(|range| (header::RANGE, range.parse().unwrap())).into_iter().collect();
            file(Path(name.to_owned()), headers)
        };
        for (name, status) in [("1.svg", 200), ("1.png", 200), ("1.jpg", 200), ("1.mp4", 200), ("1.mp3", 200), ("1.gif", 404), ("svg", 404)]
        {
            assert_eq!(get(name, None).await.status().as_u16(), status, "{name}");
        }
        let part = get("1.mp4", Some("bytes=0-9")).await;
        assert_eq!(
            (part.status().as_u16(), part.headers()[header::CONTENT_RANGE].to_str().unwrap()),
            (206, &*format!("bytes 0-9/{}", FILM.len()))
        );
        assert_eq!(get("1.mp3", Some("bytes=0-9")).await.status().as_u16(), 200);
        assert!(PNG.starts_with(b"\x89PNG") && FILM.len() == MP4.len() + FILLER && FILM.ends_with(&MP4[MP4.len() - 500..]));
        assert_ne!(svg("a"), svg("b"));
    }
}
