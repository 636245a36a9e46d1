//! What a picture, a film or a sound is: by its address, by what the page declares, by its first bytes. Pure and synchronous.
//!
//! This room never fetches and never decodes. Bytes are anybody's: whatever they claim, nothing here panics, and nothing is allocated
//! that the bytes at hand do not fill.

mod address;
mod container;
mod held;
mod image;
mod merge;
mod mp4;
mod player;
mod signature;
mod size;
mod sniff;
mod srcset;
#[cfg(test)]
mod tests;

pub use address::classify;
pub use held::Held;
pub use merge::merged;
pub(crate) use merge::merged_at;
pub use player::{Player, player};
pub use size::{identity, size_hint};
pub use sniff::{Facts, NotMedia, sniff, sniff_held, wanted};
pub use srcset::best_of_srcset;

/// What a medium is for the eye and the ear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Image,
    Video,
    Audio,
}

impl Kind {
    /// By a media type: `image/jpeg`, `application/vnd.apple.mpegurl; charset=utf-8`.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/vnd.apple.mpegurl" | "application/x-mpegurl" | "application/dash+xml" => return Some(Self::Video),
            "application/ogg" => return Some(Self::Audio),
            _ => {}
        }
        match essence.split_once('/')?.0 {
            "image" => Some(Self::Image),
            "video" => Some(Self::Video),
            "audio" => Some(Self::Audio),
            _ => None,
        }
    }
}

/// A pattern that stands in the code; the tests use every one of them.
#[allow(clippy::expect_used)]
fn pattern(regex: &'static str) -> regex::Regex {
    regex::Regex::new(regex).expect("a pattern of our own")
}
