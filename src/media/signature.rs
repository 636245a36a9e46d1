//! The type by the first bytes. Most of it is `infer`'s; here is what the web needs beyond it, and where it is too quick to believe.

use super::sniff::NotMedia;

/// Bytes within which text must show what it is.
const TEXT: usize = 1024;

/// The media type of a file that begins so.
pub(super) fn media_type(head: &[u8]) -> Result<&'static str, NotMedia> {
    if head.is_empty() {
        return Err(NotMedia::Empty);
    }
    if let Some(found) = own(head) {
        return Ok(found);
    }
    if let Some(verdict) = text(head) {
        return verdict;
    }
    match infer::get(head).map(|found| (found.matcher_type(), found.mime_type())) {
        Some((infer::MatcherType::Image | infer::MatcherType::Video | infer::MatcherType::Audio, found)) => Ok(usual(found)),
        Some((_, found)) => Err(NotMedia::Foreign { media_type: found }),
        None => Err(NotMedia::Unknown),
    }
}

/// Signatures that `infer` does not know, or only in a file's first 256 bytes.
fn own(head: &[u8]) -> Option<&'static str> {
    let begins = |offset: usize, with: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(with));
    if begins(0, &[0x1a, 0x45, 0xdf, 0xa3]) {
        let header = &head[..head.len().min(64)];
        let names = |name: &[u8]| header.windows(name.len()).any(|window| window == name);
        return if names(b"webm") { Some("video/webm") } else { names(b"matroska").then_some("video/x-matroska") };
    }
    if begins(4, b"ftyp") {
        return Some(brand(head.get(8..12)?, head));
    }
    // Two frames in a row: eleven bits alone are found in any binary file.
    if begins(0, &[0xff, 0xf1]) || begins(0, &[0xff, 0xf9]) {
        return Some("audio/aac");
    }
    (begins(0, b"RIFF") && begins(8, b"WEBP")).then_some("image/webp")
}

fn brand(major: &[u8], head: &[u8]) -> &'static str {
    let compatible = |brand: &[u8]| head.iter().skip(16).take(64).copied().collect::<Vec<_>>().chunks(4).any(|one| one == brand);
    match major {
        b"avif" | b"avis" => "image/avif",
        b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" => "image/heic",
        b"mif1" | b"msf1" if compatible(b"avif") => "image/avif",
        b"mif1" | b"msf1" => "image/heif",
        b"crx " => "image/x-canon-cr3",
        b"qt  " => "video/quicktime",
        b"M4A " | b"M4B " | b"M4P " => "audio/mp4",
        _ => "video/mp4",
    }
}

/// What a person could read. `None`: it is no text.
fn text(head: &[u8]) -> Option<Result<&'static str, NotMedia>> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let start = &head[..head.len().min(TEXT)];
    if start.contains(&0) {
        return None;
    }
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    let text = text.as_str();
    if text.starts_with("#extm3u") {
        return Some(Ok("application/vnd.apple.mpegurl"));
    }
    if text.starts_with(['{', '[']) {
        return Some(Err(NotMedia::Json));
    }
    if !text.starts_with('<') {
        return None;
    }
    let (svg, html) = (text.find("<svg"), text.find("<html").or_else(|| text.find("<!doctype html")));
    match (svg, html) {
        (Some(svg), html) if html.is_none_or(|html| svg < html) => Some(Ok("image/svg+xml")),
        _ if text.contains("<mpd") => Some(Ok("application/dash+xml")),
        _ if text.starts_with("<?xml") && html.is_none() => Some(Err(NotMedia::Foreign { media_type: "text/xml" })),
        _ => Some(Err(NotMedia::Html)),
    }
}

fn usual(found: &'static str) -> &'static str {
    match found {
        "audio/x-wav" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        "audio/m4a" => "audio/mp4",
        "audio/opus" => "audio/ogg",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_their_first_bytes() {
        for (head, expected) in [
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0".as_slice(), Ok("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Ok("image/png")),
            (b"GIF89a\x01\0\x01\0", Ok("image/gif")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Ok("image/webp")),
            (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", Ok("image/avif")),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", Ok("image/avif")),
            (b"\0\0\0\x1cftypheic\0\0\0\0mif1heic", Ok("image/heic")),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", Ok("video/mp4")),
            (b"\0\0\0\x18ftypXYZ!\0\0\0\0", Ok("video/mp4")),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", Ok("video/quicktime")),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", Ok("audio/mp4")),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", Ok("video/webm")),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", Ok("video/x-matroska")),
            (b"ID3\x04\0\0\0\0\0\0", Ok("audio/mpeg")),
            (b"\xff\xfb\x90\x64\0\0", Ok("audio/mpeg")),
            (b"\xff\xf1\x50\x80", Ok("audio/aac")),
            (b"OggS\0\x02\0\0", Ok("audio/ogg")),
            (b"fLaC\0\0\0\x22", Ok("audio/flac")),
            (b"RIFF\x24\0\0\0WAVEfmt ", Ok("audio/wav")),
            (b"#EXTM3U\n#EXT-X-VERSION:3\n", Ok("application/vnd.apple.mpegurl")),
            (b"<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">", Ok("application/dash+xml")),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", Ok("image/svg+xml")),
            (b"\xef\xbb\xbf<?xml version='1.0'?><!-- a --><svg width='1'>", Ok("image/svg+xml")),
            (b"  <!DOCTYPE html><html><body><svg></svg>", Err(NotMedia::Html)),
            (b"<div>Access denied</div>", Err(NotMedia::Html)),
            (b"{\"error\":\"not found\"}", Err(NotMedia::Json)),
            (b"[]", Err(NotMedia::Json)),
            (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", Err(NotMedia::Foreign { media_type: "text/xml" })),
            (b"%PDF-1.7", Err(NotMedia::Foreign { media_type: "application/pdf" })),
            (b"Not found", Err(NotMedia::Unknown)),
            (b"", Err(NotMedia::Empty)),
        ] {
            assert_eq!(media_type(head), expected, "{}", String::from_utf8_lossy(head));
        }
    }
}
