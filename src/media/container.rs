//! Duration, size and codecs of films and sounds, as their container tells them.

use std::panic::AssertUnwindSafe;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecId, well_known as sound};
use symphonia::core::codecs::video::{VideoCodecId, well_known as film};
use symphonia::core::formats::{FormatOptions, FormatReader, Track};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::{AiffReader, IsoMp4Reader, MkvReader, MpaReader, OggReader, WavReader};

use super::held::{Manner, Source};
use super::{Held, Kind, mp4};

/// What a container says of its tracks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tracks {
    pub(super) kind: Option<Kind>,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) duration: Option<f64>,
    pub(super) codecs: Vec<&'static str>,
}

/// A day and a half is a longer film than any shop shows; more is a lie.
const LONGEST: f64 = 36.0 * 3600.0;

/// Nothing where the container cannot be read, or not from what is held.
pub(super) fn tracks(media_type: &str, held: &Held<'_>) -> Tracks {
    // The readers are hardened, but they are not ours: a defect of theirs costs the facts of one file and nothing else. One is known: a
    // WAV with absurd numbers overflows where overflow is checked.
    std::panic::catch_unwind(AssertUnwindSafe(|| read(media_type, held))).ok().flatten().unwrap_or_default()
}

fn read(media_type: &str, held: &Held<'_>) -> Option<Tracks> {
    let description;
    let (held, manner) = match media_type {
        "video/mp4" | "video/quicktime" | "audio/mp4" => {
            description = mp4::description(held)?;
            (Held::head(&description, None), Manner::Jumping)
        }
        // Its index points all over the file, and a place that is not held would end the reading.
        "video/webm" | "video/x-matroska" => (*held, Manner::Straight),
        "audio/mpeg" => (held.after(tag(held.head)), Manner::Jumping),
        _ => (*held, Manner::Jumping),
    };
    let source = || MediaSourceStream::new(Box::new(Source::new(held, manner)), MediaSourceStreamOptions::default());
    let options = FormatOptions::default;
    let told = match media_type {
        "video/mp4" | "video/quicktime" | "audio/mp4" => told(&IsoMp4Reader::try_new(source(), options()).ok()?),
        "video/webm" | "video/x-matroska" => told(&MkvReader::try_new(source(), options()).ok()?),
        "audio/mpeg" => told(&MpaReader::try_new(source(), options()).ok()?),
        "audio/ogg" => told(&OggReader::try_new(source(), options()).ok()?),
        "audio/flac" => flac(held.head)?,
        "audio/wav" => told(&WavReader::try_new(source(), options()).ok()?),
        "audio/aiff" => told(&AiffReader::try_new(source(), options()).ok()?),
        _ => return None,
    };
    Some(told)
}

/// The first block of a FLAC file stands at a fixed place. The crate's reader goes on to the first sound, and fails where a large cover
/// lies between.
fn flac(head: &[u8]) -> Option<Tracks> {
    let told = u64::from_be_bytes(head.get(18..26)?.try_into().ok()?);
    let (rate, samples) = (told >> 44, told & ((1 << 36) - 1));
    let mut tracks = Tracks { kind: Some(Kind::Audio), codecs: vec!["flac"], ..Tracks::default() };
    tracks.note_duration((rate > 0).then(|| samples as f64 / rate as f64));
    Some(tracks)
}

/// Bytes of the ID3v2 tag in front of an MP3's sound: titles, and often a picture larger than all that is fetched.
pub(super) fn tag(head: &[u8]) -> u64 {
    match head.get(..10) {
        Some(&[b'I', b'D', b'3', _, _, flags, a, b, c, d]) => {
            let length = [a, b, c, d].iter().fold(0_u64, |sum, byte| (sum << 7) | u64::from(byte & 0x7f));
            10 + length + if flags & 0x10 == 0 { 0 } else { 10 }
        }
        _ => 0,
    }
}

fn told(reader: &dyn FormatReader) -> Tracks {
    let mut tracks = Tracks::default();
    for track in reader.tracks() {
        tracks.add(track);
    }
    let info = reader.media_info();
    let whole = info.time_base.zip(info.duration).and_then(|(base, duration)| base.calc_duration(duration));
    tracks.note_duration(whole.map(|time| time.as_secs_f64()));
    tracks
}

impl Tracks {
    fn add(&mut self, track: &Track) {
        match &track.codec_params {
            Some(CodecParameters::Video(video)) => {
                self.kind = Some(Kind::Video);
                let size = video.width.zip(video.height).filter(|(width, height)| *width > 0 && *height > 0);
                if let (None, Some((width, height))) = (self.width, size) {
                    (self.width, self.height) = (Some(width.into()), Some(height.into()));
                }
                self.codecs.extend(film_name(video.codec));
            }
            Some(CodecParameters::Audio(audio)) => {
                self.kind = self.kind.or(Some(Kind::Audio));
                self.codecs.extend(sound_name(audio.codec));
            }
            _ => {}
        }
        let time = track.time_base.zip(track.duration).and_then(|(base, duration)| base.calc_duration(duration));
        self.note_duration(time.map(|time| time.as_secs_f64()));
    }

    /// The longest track is as long as the whole.
    fn note_duration(&mut self, seconds: Option<f64>) {
        let seconds = seconds.filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST);
        self.duration = match (self.duration, seconds) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
    }
}

fn film_name(codec: VideoCodecId) -> Option<&'static str> {
    Some(match codec {
        film::CODEC_ID_H264 => "h264",
        film::CODEC_ID_HEVC => "hevc",
        film::CODEC_ID_VVC => "vvc",
        film::CODEC_ID_VP8 => "vp8",
        film::CODEC_ID_VP9 => "vp9",
        film::CODEC_ID_AV1 => "av1",
        film::CODEC_ID_THEORA => "theora",
        film::CODEC_ID_MJPEG => "mjpeg",
        film::CODEC_ID_H263 => "h263",
        film::CODEC_ID_MPEG1 | film::CODEC_ID_MPEG2 | film::CODEC_ID_MPEG4 => "mpeg",
        _ => return None,
    })
}

fn sound_name(codec: AudioCodecId) -> Option<&'static str> {
    Some(match codec {
        sound::CODEC_ID_AAC => "aac",
        sound::CODEC_ID_MP3 => "mp3",
        sound::CODEC_ID_MP2 => "mp2",
        sound::CODEC_ID_OPUS => "opus",
        sound::CODEC_ID_VORBIS => "vorbis",
        sound::CODEC_ID_FLAC => "flac",
        sound::CODEC_ID_ALAC => "alac",
        sound::CODEC_ID_AC3 => "ac3",
        sound::CODEC_ID_EAC3 => "eac3",
        sound::CODEC_ID_SPEEX => "speex",
        sound::CODEC_ID_PCM_S16LE
        | sound::CODEC_ID_PCM_S16BE
        | sound::CODEC_ID_PCM_S24LE
        | sound::CODEC_ID_PCM_S24BE
        | sound::CODEC_ID_PCM_S32LE
        | sound::CODEC_ID_PCM_S32BE
        | sound::CODEC_ID_PCM_U8
        | sound::CODEC_ID_PCM_S8
        | sound::CODEC_ID_PCM_F32LE
        | sound::CODEC_ID_PCM_F32BE => "pcm",
        _ => return None,
    })
}
