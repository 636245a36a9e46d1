//! Bombs of 10 GiB, as the bytes with which they begin and the bytes that go on repeating. Tests of the whole program use it too.

use async_compression::Level;
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use tokio::io::AsyncWriteExt;

/// What a bomb unpacks to.
pub(crate) const SIZE: usize = 10 << 30;
/// What one repeated piece unpacks to.
pub(crate) const PIECE: usize = 1 << 20;

/// The beginning of a stream and the piece that goes on repeating: after the first few flushes an encoder of zeros says the same
/// again and again.
pub(crate) async fn pieces(coding: &str) -> (Vec<u8>, Vec<u8>) {
    macro_rules! take_apart {
        ($encoder:expr) => {{
            let (mut encoder, zeros, mut marks) = ($encoder, vec![0; PIECE], Vec::new());
            for _ in 0..4 {
                encoder.write_all(&zeros).await.unwrap();
                encoder.flush().await.unwrap();
                marks.push(encoder.get_ref().len());
            }
            let bytes = encoder.into_inner();
            assert_eq!(bytes[marks[1]..marks[2]], bytes[marks[2]..marks[3]], "the pieces of {coding} repeat themselves");
            (bytes[..marks[2]].to_vec(), bytes[marks[2]..marks[3]].to_vec())
        }};
    }
    match coding {
        "gzip" => take_apart!(GzipEncoder::with_quality(Vec::new(), Level::Best)),
        "deflate" => take_apart!(ZlibEncoder::with_quality(Vec::new(), Level::Best)),
        "br" => take_apart!(BrotliEncoder::with_quality(Vec::new(), Level::Precise(5))),
        "zstd" => take_apart!(ZstdEncoder::with_quality(Vec::new(), Level::Precise(3))),
        other => panic!("{other}"),
    }
}

/// A bomb in a bomb: the pieces of the inner one are packed once more.
pub(crate) async fn twice() -> (Vec<u8>, Vec<u8>) {
    let (first, again) = pieces("gzip").await;
    let mut encoder = GzipEncoder::with_quality(Vec::new(), Level::Best);
    let mut marks = Vec::new();
    for part in [first, again.repeat(16), again.repeat(16), again.repeat(16), again.repeat(16)] {
        encoder.write_all(&part).await.unwrap();
        encoder.flush().await.unwrap();
        marks.push(encoder.get_ref().len());
    }
    let bytes = encoder.into_inner();
    assert_eq!(bytes[marks[2]..marks[3]], bytes[marks[3]..marks[4]]);
    (bytes[..marks[3]].to_vec(), bytes[marks[3]..marks[4]].to_vec())
}
