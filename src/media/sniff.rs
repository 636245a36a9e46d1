//! What a file really is, from its first bytes.

use std::ops::Range;

use super::{Held, Kind, container, image, mp4, signature};

/// What the content of a file tells, whatever its name and its server say.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub kind: Kind,
    /// `image/webp`
    pub media_type: String,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// Seconds.
    pub duration: Option<f64>,
    /// In lower case; the picture's before the sound's: `h264, aac`.
    pub codec: Option<String>,
}

/// Why a file is no picture, film or sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMedia {
    #[error("it is empty")]
    Empty,
    #[error("it is a web page")]
    Html,
    #[error("it is JSON")]
    Json,
    #[error("it is {media_type}")]
    Foreign { media_type: &'static str },
    #[error("its first bytes are those of no known type")]
    Unknown,
}

/// End of an Ogg file that holds its last page, which tells how long it is; two streams may lie beside each other.
const OGG_END: u64 = 128 * 1024;

/// Bytes behind an MP3's tag: more than the sixteen frames from which its length is estimated.
const MP3_START: u64 = 32 * 1024;

/// Largest tag in front of an MP3 that is skipped: a cover in high resolution fits.
const MP3_TAG: u64 = 32 * 1024 * 1024;

/// Reads the first bytes of a file; some 64 KB are enough as a rule. `total`: bytes of the whole file, where known.
///
/// # Errors
/// What it is instead, or that nothing is known about such bytes.
pub fn sniff(bytes: &[u8], total: Option<u64>) -> Result<Facts, NotMedia> {
    sniff_held(&Held::head(bytes, total))
}

/// As [`sniff`], with the stretch that [`wanted`] asked for.
///
/// # Errors
/// As [`sniff`].
pub fn sniff_held(held: &Held<'_>) -> Result<Facts, NotMedia> {
    let media_type = signature::media_type(held.head)?;
    let kind = Kind::of_media_type(media_type).ok_or(NotMedia::Unknown)?;
    match kind {
        Kind::Image => picture(media_type, held),
        Kind::Video | Kind::Audio => Ok(recording(kind, media_type, held)),
    }
}

/// The further stretch of a file that would tell more about it: the description at the end of an MP4, the last page of an Ogg, what
/// comes after an MP3's cover. `None` when the beginning is enough, or when the length is not known.
pub fn wanted(head: &[u8], total: Option<u64>) -> Option<Range<u64>> {
    let total = total.map(|_| Held::head(head, total).len()).filter(|total| *total > head.len() as u64)?;
    match signature::media_type(head).ok()? {
        "video/mp4" | "video/quicktime" | "audio/mp4" => mp4::missing(&Held::head(head, Some(total))),
        "audio/ogg" => Some(total.saturating_sub(OGG_END)..total),
        "audio/mpeg" => {
            let start = container::tag(head);
            let beyond = start.saturating_add(MP3_START) > head.len() as u64 && start < total.min(MP3_TAG);
            beyond.then(|| start..total.min(start + MP3_START))
        }
        _ => None,
    }
}

fn picture(media_type: &str, held: &Held<'_>) -> Result<Facts, NotMedia> {
    let size = image::size(media_type, held.head);
    if size.is_none() && image::is_weak(media_type) {
        return Err(NotMedia::Unknown);
    }
    let (width, height) = size.unzip();
    Ok(Facts { kind: Kind::Image, media_type: media_type.to_owned(), width, height, duration: None, codec: None })
}

fn recording(kind: Kind, media_type: &str, held: &Held<'_>) -> Facts {
    let tracks = container::tracks(media_type, held);
    let kind = tracks.kind.unwrap_or(kind);
    Facts {
        kind,
        media_type: as_kind(kind, media_type),
        width: tracks.width,
        height: tracks.height,
        duration: tracks.duration,
        codec: (!tracks.codecs.is_empty()).then(|| tracks.codecs.join(", ")),
    }
}

/// A container with nothing but sound is sold as a film by its first bytes.
fn as_kind(kind: Kind, media_type: &str) -> String {
    match (kind, media_type.split_once('/')) {
        (Kind::Audio, Some(("video", name @ ("mp4" | "webm" | "x-matroska")))) => format!("audio/{name}"),
        (Kind::Video, Some(("audio", name @ "mp4"))) => format!("video/{name}"),
        _ => media_type.to_owned(),
    }
}
