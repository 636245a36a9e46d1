//! A stretch of a file: a GET for some of its bytes, cut there whatever the server sends.

use std::ops::Range;
use std::time::Instant;

use reqwest::{StatusCode, header};
use url::Url;

use super::fetch::{Asking, text_of};
use super::{Egress, FetchError, Identity, Reach, read};
use crate::model::Request;

/// What a browser says that it takes for a picture or a film.
const ACCEPT_MEDIA: &str = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,audio/*;q=0.8,*/*;q=0.5";

/// Bytes of a file, as many of those that were asked for as the server gave.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub(crate) status: u16,
    /// The offset of the first byte.
    pub(crate) start: u64,
    pub(crate) bytes: Vec<u8>,
    /// Bytes of the whole file, where the server says so.
    pub(crate) total: Option<u64>,
}

impl Egress {
    /// Fetches `range` of a file from whatever public host holds it: pictures stand on hosts that no recipe lists. Any status is an
    /// answer. A server that knows no ranges sends the file from its beginning, which is read as far as the range is long if it was
    /// asked for, and else not at all.
    pub(crate) async fn fetch_stretch(&self, identity: &Identity, url: &Url, range: Range<u64>) -> Result<Stretch, FetchError> {
        self.stretch(identity, url, range).await.map_err(|error| error.by(identity.route()))
    }

    async fn stretch(&self, identity: &Identity, url: &Url, range: Range<u64>) -> Result<Stretch, FetchError> {
        let since = Instant::now();
        let headers = [
            ("range", format!("bytes={}-{}", range.start, range.end.saturating_sub(1))),
            // A range of a compressed file is no range of the file.
            ("accept-encoding", "identity".to_owned()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let request = Request { headers, ..Request::get(url.clone()) };
        let (url, mut response) =
            self.follow(identity, &request, Asking { accept: ACCEPT_MEDIA, unless: None }, &Reach::Any, since).await?;
        let part = (response.status() == StatusCode::PARTIAL_CONTENT)
            .then(|| text_of(response.headers(), header::CONTENT_RANGE).as_deref().and_then(content_range))
            .flatten();
        let (start, total) = part.unwrap_or((0, response.content_length()));
        // Other bytes than those asked for are of no use, and a film is long.
        let wanted = if start == range.start { range.end.saturating_sub(range.start) } else { 0 };
        let limit = usize::try_from(wanted).unwrap_or(usize::MAX);
        let bytes = read::beginning(&mut response, limit, &self.0.settings, &url, since).await?;
        Ok(Stretch { status: response.status().as_u16(), start, bytes, total })
    }
}

/// `bytes 0-65535/123456`, or `/*` where the server does not know the length.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        for (text, expected) in [
            ("bytes 0-65535/123456", Some((0, Some(123_456)))),
            ("bytes 200-1023/*", Some((200, None))),
            ("bytes=5-9/10", None),
            ("bytes */10", None),
            ("", None),
        ] {
            assert_eq!(content_range(text), expected, "{text}");
        }
    }
}
