//! Whole files, files that were cut, and bytes that mean harm.

use proptest::prelude::*;

use super::*;

const MP4: &[u8] = include_bytes!("../demo/film.mp4");
const WEBM: &[u8] = include_bytes!("../demo/film.webm");
const MP3: &[u8] = include_bytes!("../demo/voice.mp3");
const PNG: &[u8] = include_bytes!("../demo/bottle.png");

fn le16(number: u16) -> [u8; 2] {
    number.to_le_bytes()
}

fn jpeg() -> Vec<u8> {
    let app0 = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00";
    [b"\xff\xd8".as_slice(), app0, b"\xff\xc0\x00\x11\x08\x03\x20\x02\x58\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01", &[0; 40]].concat()
}

fn webp() -> Vec<u8> {
    [b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x57\x02\0\x1f\x03\0".as_slice(), &[0; 16]].concat()
}

fn gif() -> Vec<u8> {
    [b"GIF89a".as_slice(), &le16(12), &le16(34), &[0; 8]].concat()
}

/// Half a second of PCM: 8 kHz, mono, 16 bits. Only the header is there.
fn wav() -> Vec<u8> {
    let format =
        [&16_u32.to_le_bytes()[..], &le16(1), &le16(1), &8000_u32.to_le_bytes(), &16000_u32.to_le_bytes(), &le16(2), &le16(16)].concat();
    [b"RIFF".as_slice(), &8036_u32.to_le_bytes(), b"WAVEfmt ", &format, b"data", &8000_u32.to_le_bytes(), &[0; 64]].concat()
}

/// A second and a half at 44.1 kHz.
fn flac() -> Vec<u8> {
    let rate_and_more = (44_100_u64 << 44) | (1 << 41) | (15 << 36) | 66_150;
    let info = [&4096_u16.to_be_bytes()[..], &4096_u16.to_be_bytes(), &[0; 6], &rate_and_more.to_be_bytes(), &[0; 16]].concat();
    [b"fLaC\x80\0\0\x22".as_slice(), &info, b"\xff\xf8\xc9\x08\x00\x00", &[0; 16]].concat()
}

/// The first page and the last one, two seconds later.
fn ogg() -> Vec<u8> {
    let head = [b"OpusHead\x01\x01".as_slice(), &le16(0), &48_000_u32.to_le_bytes(), &[0, 0, 0]].concat();
    let tags = [b"OpusTags".as_slice(), &0_u32.to_le_bytes(), &0_u32.to_le_bytes()].concat();
    [page(2, 0, 0, &head), page(0, 0, 1, &tags), page(0, 48_000, 2, &[0xfc; 20]), page(4, 96_000, 3, &[0xfc; 20])].concat()
}

fn page(flags: u8, granule: u64, number: u32, packet: &[u8]) -> Vec<u8> {
    let mut page = [b"OggS\0".as_slice(), &[flags], &granule.to_le_bytes(), &7_u32.to_le_bytes(), &number.to_le_bytes(), &[0; 4]].concat();
    page.extend([1, packet.len() as u8]);
    page.extend(packet);
    let checksum = page.iter().fold(0_u32, |mut sum, byte| {
        sum ^= u32::from(*byte) << 24;
        for _ in 0..8 {
            sum = if sum & 0x8000_0000 == 0 { sum << 1 } else { (sum << 1) ^ 0x04c1_1db7 };
        }
        sum
    });
    page[22..26].copy_from_slice(&checksum.to_le_bytes());
    page
}

fn samples() -> Vec<Vec<u8>> {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"800\"/>".to_vec();
    vec![MP4.to_vec(), WEBM.to_vec(), MP3.to_vec(), PNG.to_vec(), svg, jpeg(), webp(), gif(), wav(), flac(), ogg()]
}

fn brief(facts: &Facts) -> String {
    let size = facts.width.zip(facts.height).map(|(width, height)| format!(" {width}x{height}")).unwrap_or_default();
    let duration = facts.duration.map(|seconds| format!(" {seconds:.2} s")).unwrap_or_default();
    let codec = facts.codec.as_deref().map(|codec| format!(" {codec}")).unwrap_or_default();
    format!("{:?} {}{size}{duration}{codec}", facts.kind, facts.media_type)
}

#[test]
fn whole_files() {
    let svg = b"<svg width=\"600\" height=\"800\"/>".to_vec();
    for (bytes, expected) in [
        (MP4.to_vec(), "Video video/mp4 320x180 2.56 s h264, aac"),
        (WEBM.to_vec(), "Video video/webm 640x360 3.20 s vp8"),
        (MP3.to_vec(), "Audio audio/mpeg 2.02 s mp3"),
        (PNG.to_vec(), "Image image/png 120x160"),
        (svg, "Image image/svg+xml 600x800"),
        (jpeg(), "Image image/jpeg 600x800"),
        (webp(), "Image image/webp 600x800"),
        (gif(), "Image image/gif 12x34"),
        (wav(), "Audio audio/wav 0.50 s pcm"),
        (flac(), "Audio audio/flac 1.50 s flac"),
        (ogg(), "Audio audio/ogg 2.00 s opus"),
        (b"#EXTM3U\n#EXTINF:4,\na.ts\n".to_vec(), "Video application/vnd.apple.mpegurl"),
    ] {
        let facts = sniff(&bytes, Some(bytes.len() as u64)).unwrap_or_else(|reason| panic!("{expected}: {reason}"));
        assert_eq!(brief(&facts), expected);
    }
}

#[test]
fn what_is_no_medium_says_what_it_is() {
    for (bytes, expected) in [
        (b"<!DOCTYPE html><title>404</title>".as_slice(), NotMedia::Html),
        (b"{\"message\":\"not found\"}", NotMedia::Json),
        (b"%PDF-1.7\n", NotMedia::Foreign { media_type: "application/pdf" }),
        (b"BM is how this sentence begins", NotMedia::Unknown),
        (b"Not found", NotMedia::Unknown),
        (b"", NotMedia::Empty),
    ] {
        assert_eq!(sniff(bytes, None), Err(expected));
    }
}

/// A file of which we hold the beginning and what was asked for besides.
fn probed(file: &[u8], head: usize) -> Facts {
    let (head, total) = (&file[..head.min(file.len())], Some(file.len() as u64));
    let range = wanted(head, total);
    let further = range.map(|range| (range.start, &file[range.start as usize..range.end as usize]));
    sniff_held(&Held { head, further, total }).unwrap()
}

#[test]
fn the_description_of_a_film_may_stand_at_its_end() {
    let data = MP4.windows(4).position(|name| name == b"mdat").unwrap() - 4;
    let length = u32::from_be_bytes(MP4[data..data + 4].try_into().unwrap());
    let mut file = MP4[..data].to_vec();
    file.extend((length + 300_000).to_be_bytes());
    file.extend(&MP4[data + 4..data + length as usize]);
    file.extend(vec![0; 300_000]);
    file.extend(&MP4[data + length as usize..]);
    assert_eq!(brief(&sniff(&file[..65_536], Some(file.len() as u64)).unwrap()), "Video video/mp4");
    assert_eq!(brief(&probed(&file, 65_536)), "Video video/mp4 320x180 2.56 s h264, aac");
}

#[test]
fn the_length_of_an_ogg_stands_on_its_last_page() {
    let mut file = ogg();
    let last = file.len() - page(4, 96_000, 3, &[0xfc; 20]).len();
    let end = file.split_off(last);
    for number in 3..3000 {
        file.extend(page(0, 48_000 + u64::from(number), number, &[0xfc; 200]));
    }
    file.extend(page(0, 9_600_000, 3000, &[0xfc; 20]));
    file.extend(end);
    assert!(file.len() > 400_000);
    let facts = probed(&file, 65_536);
    assert_eq!((facts.kind, facts.codec.as_deref()), (Kind::Audio, Some("opus")));
    assert!(facts.duration.is_some_and(|seconds| seconds >= 2.0), "{facts:?}");
}

#[test]
fn an_mp3_behind_a_large_cover() {
    let cover = 200_000_usize;
    let length = [21, 14, 7, 0].map(|shift| (cover >> shift) as u8 & 0x7f);
    let file = [b"ID3\x03\0\0".as_slice(), &length, &vec![0; cover], MP3].concat();
    assert_eq!(brief(&sniff(&file[..65_536], Some(file.len() as u64)).unwrap()), "Audio audio/mpeg");
    assert_eq!(brief(&probed(&file, 65_536)), "Audio audio/mpeg 2.02 s mp3");
}

#[test]
fn a_container_with_nothing_but_sound() {
    let film = MP4.windows(4).position(|name| name == b"vide").unwrap();
    let mut file = MP4.to_vec();
    file[film..film + 4].copy_from_slice(b"soun");
    let entry = MP4.windows(4).position(|name| name == b"avc1").unwrap();
    let entry = MP4[entry + 4..].windows(4).position(|name| name == b"avc1").unwrap() + entry + 4;
    file[entry..entry + 4].copy_from_slice(b"text");
    assert_eq!(brief(&sniff(&file, None).unwrap()), "Audio audio/mp4 2.56 s aac");
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600), total in any::<Option<u64>>()) {
        survive(&bytes, total);
    }

    #[test]
    fn damaged_files_are_survived(
        which in 0_usize..11,
        wounds in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        total in any::<Option<u64>>(),
    ) {
        let mut bytes = samples().swap_remove(which);
        for (place, value) in wounds {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        survive(&bytes, total);
        survive(&bytes[..cut.index(bytes.len())], total);
    }

    #[test]
    fn any_address_is_survived(path in "[-a-z0-9_./x=,@!~%]{0,60}", query in "[a-z0-9=&x%]{0,40}") {
        let url = url::Url::parse(&format!("https://x.fr/{path}?{query}")).unwrap();
        let _ = (identity(&url), size_hint(&url), classify(&url, Some(&query)), player(&url), best_of_srcset(&path));
    }

    /// An identity is settled: what remains of an address has no further size to lose.
    #[test]
    fn a_size_more_or_less_is_one_picture(name in "[a-z]{1,12}(-[a-z]{1,8}){0,2}", side in 100_u32..3000) {
        let of = |url: String| identity(&url::Url::parse(&url).unwrap());
        let plain = of(format!("https://x.fr/p/{name}.jpg"));
        for sized in [format!("{name}-{side}x{side}.jpg"), format!("{name}_{side}x{side}.webp"), format!("{name}.jpg?w={side}"), format!("{name}@2x.png")] {
            prop_assert_eq!(&of(format!("https://x.fr/p/{sized}")), &plain);
        }
    }
}

/// A range that is asked for is never larger than what may be held.
fn survive(bytes: &[u8], total: Option<u64>) {
    let _ = sniff(bytes, total);
    if let Some(range) = wanted(bytes, total) {
        assert!(range.start < range.end && range.end - range.start <= 2 << 20, "{range:?}");
        let _ = sniff_held(&Held { head: bytes, further: Some((range.start, bytes)), total });
    }
}
