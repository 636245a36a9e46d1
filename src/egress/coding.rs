//! Content codings, taken off as the bytes come. Every stage is counted, so that a bomb is refused while it is small.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use futures::Stream;
use reqwest::header::{self, HeaderMap};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader, ReadBuf};
use tokio_util::io::StreamReader;
use url::Url;

use super::FetchError;
use super::error::{Stage, bare};
use crate::model::host_of;

/// What is asked for, in Firefox's words.
pub(super) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// Codings one on another: some servers compress what their application has compressed already. curl takes five; each more costs a
/// window of memory.
const LAYERS: usize = 2;

/// Unpacked bytes up to which the ratio says nothing: short pages that repeat themselves pack well.
const UNSUSPECTED: u64 = 1 << 20;

/// RFC 9659: a decoder of this coding needs no window of more than 8 MB, and must not be made to allocate one.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Registered codings that nobody who was asked for [`ACCEPTED`] should send. Any other word is no coding but a mistake of the server
/// (`utf-8`, `none`), and browsers read such a body as it is.
const UNREADABLE: [&str; 8] = ["aes128gcm", "bzip2", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// How much of a body is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes as they are sent.
    pub(super) sent: usize,
    /// How many times its size a body may unpack to.
    pub(super) ratio: usize,
}

/// The bytes of a body without their codings. An error of it is a [`FetchError`] inside, or the decoder's own.
pub(super) type Plain<'a> = Pin<Box<dyn AsyncRead + Send + 'a>>;

pub(super) async fn unpacked<'a>(
    response: &'a mut reqwest::Response,
    limits: Limits,
    url: &'a Url,
    since: Instant,
) -> Result<Plain<'a>, FetchError> {
    let codings = codings(response.headers()).map_err(|coding| FetchError::Coding { host: host_of(url), coding })?;
    if response.content_length().is_some_and(|told| told > limits.sent as u64) {
        return Err(too_large(limits.sent, url));
    }
    let sent = Arc::new(AtomicU64::new(0));
    let counted = sent.clone();
    let chunks: Pin<Box<dyn Stream<Item = io::Result<_>> + Send + 'a>> = Box::pin(async_stream::try_stream! {
        let failed = |error: reqwest::Error| io::Error::other(FetchError::of(&error, url, since.elapsed()).of_the_body());
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            let length = chunk.len() as u64;
            if counted.fetch_add(length, Ordering::Relaxed) + length > limits.sent as u64 {
                Err(io::Error::other(too_large(limits.sent, url)))?;
            }
            yield chunk;
        }
    });
    let mut wire = StreamReader::new(chunks);
    // No coding makes nothing of nothing, and the answers without a body still name theirs.
    if wire.fill_buf().await.map_err(|error| reason(error, url))?.is_empty() {
        return Ok(Box::pin(tokio::io::empty()));
    }
    let mut body: Pin<Box<dyn AsyncBufRead + Send + 'a>> = Box::pin(wire);
    let ratio = limits.ratio as u64;
    // The last one that was put on comes off first.
    for coding in codings.into_iter().rev() {
        let inner = take_off(coding, body);
        body = Box::pin(BufReader::new(Measured { inner, url: url.clone(), sent: sent.clone(), unpacked: 0, ratio }));
    }
    Ok(body)
}

/// Why reading ended early.
pub(super) fn reason(error: io::Error, url: &Url) -> FetchError {
    error.downcast().unwrap_or_else(|error| FetchError::Broken { host: host_of(url), reason: error.to_string() })
}

fn too_large(limit: usize, url: &Url) -> FetchError {
    FetchError::TooLarge { url: bare(url), limit, stage: Stage::AsSent }
}

fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, String> {
    let lines: Vec<String> = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()).to_ascii_lowercase())
        .collect();
    let mut codings = Vec::new();
    for word in lines.iter().flat_map(|line| line.split(',')).map(str::trim) {
        match word {
            "gzip" | "x-gzip" => codings.push(Coding::Gzip),
            "deflate" => codings.push(Coding::Deflate),
            "br" => codings.push(Coding::Brotli),
            "zstd" => codings.push(Coding::Zstd),
            _ if UNREADABLE.contains(&word) => return Err(word.to_owned()),
            _ => {}
        }
    }
    if codings.len() > LAYERS { Err(lines.join(", ")) } else { Ok(codings) }
}

fn take_off<'a>(coding: Coding, packed: Pin<Box<dyn AsyncBufRead + Send + 'a>>) -> Plain<'a> {
    match coding {
        Coding::Gzip => Box::pin(GzipDecoder::new(packed)),
        Coding::Deflate => Box::pin(ZlibDecoder::new(packed)),
        Coding::Brotli => Box::pin(BrotliDecoder::new(packed)),
        Coding::Zstd => {
            let mut decoder = ZstdDecoder::with_params(packed, &[DParameter::window_log_max(ZSTD_WINDOW_LOG)]);
            decoder.multiple_members(true);
            Box::pin(decoder)
        }
    }
}

/// What comes out of one coding, weighed against what came over the wire.
struct Measured<'a> {
    inner: Plain<'a>,
    url: Url,
    sent: Arc<AtomicU64>,
    unpacked: u64,
    ratio: u64,
}

impl AsyncRead for Measured<'_> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(self.inner.as_mut().poll_read(context, buffer))?;
        self.unpacked += (buffer.filled().len() - before) as u64;
        let allowed = self.sent.load(Ordering::Relaxed).saturating_mul(self.ratio).max(UNSUSPECTED);
        if self.unpacked > allowed {
            let ratio = usize::try_from(self.ratio).unwrap_or(usize::MAX);
            return Poll::Ready(Err(io::Error::other(FetchError::Bomb { url: bare(&self.url), ratio })));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_as_servers_name_them() {
        use Coding::{Brotli, Deflate, Gzip, Zstd};
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::CONTENT_ENCODING, line.parse().unwrap());
            }
            codings(&headers)
        };
        for (lines, expected) in [
            (&[] as &[&str], Ok(vec![])),
            (&["gzip"], Ok(vec![Gzip])),
            (&["GZIP"], Ok(vec![Gzip])),
            (&["identity"], Ok(vec![])),
            (&["utf-8"], Ok(vec![])),
            (&["none, br"], Ok(vec![Brotli])),
            (&["deflate, zstd"], Ok(vec![Deflate, Zstd])),
            (&["gzip", "gzip"], Ok(vec![Gzip, Gzip])),
            (&["gzip, gzip, gzip"], Err("gzip, gzip, gzip".to_owned())),
            (&["compress"], Err("compress".to_owned())),
            (&["gzip", "dcb"], Err("dcb".to_owned())),
        ] {
            assert_eq!(read(lines), expected, "{lines:?}");
        }
    }
}
