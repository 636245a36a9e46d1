//! The kind of a medium by its address and by what the page declares. A guess: only the bytes know.

use url::Url;

use super::{Kind, player};

const IMAGES: [&str; 19] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "webp", "avif", "svg", "svgz", "bmp", "ico", "tif", "tiff", "heic", "heif", "jxl",
    "jp2",
];
const VIDEOS: [&str; 18] =
    ["mp4", "m4v", "mov", "qt", "webm", "mkv", "ogv", "avi", "wmv", "flv", "mpg", "mpeg", "3gp", "3g2", "mts", "m2ts", "m3u8", "mpd"];
const AUDIOS: [&str; 15] = ["mp3", "m4a", "m4b", "aac", "oga", "ogg", "opus", "wav", "wave", "flac", "weba", "aif", "aiff", "wma", "mka"];

/// Query keys under which image services and download scripts name the file or its format.
const NAMING: [&str; 10] = ["file", "filename", "name", "url", "src", "image", "img", "path", "format", "fm"];

/// What an address points to. An embedded player is what it plays; then what the page declares counts (a media type, or a word such as
/// `video`), then the ending of the path, then that of a file named in the query.
pub fn classify(url: &Url, declared: Option<&str>) -> Option<Kind> {
    if url.scheme() == "data" {
        return Kind::of_media_type(url.path().split([';', ',']).next().unwrap_or_default());
    }
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    player(url)
        .map(|player| player.kind)
        .or_else(|| declared.and_then(of_declared))
        .or_else(|| of_path(url.path()))
        .or_else(|| of_query(url))
}

fn of_declared(declared: &str) -> Option<Kind> {
    let word = declared.trim().to_ascii_lowercase();
    // `og:type` and `og:video:type` of players: `video.other`, `text/html`.
    match word.split(['.', ':', ';']).next().unwrap_or_default() {
        "image" | "imageobject" => Some(Kind::Image),
        "video" | "videoobject" => Some(Kind::Video),
        "audio" | "audioobject" | "music" => Some(Kind::Audio),
        _ => Kind::of_media_type(&word),
    }
}

fn of_path(path: &str) -> Option<Kind> {
    path.rsplit('/').next().and_then(of_name).or_else(|| path.split('/').rev().skip(1).find_map(of_inner_name))
}

/// `a.jpg/700x700` and `a.mp4/playlist` have their ending before the last part; `.com` and the like are no endings.
fn of_inner_name(segment: &str) -> Option<Kind> {
    segment.contains('.').then(|| of_name(segment)).flatten()
}

fn of_name(name: &str) -> Option<Kind> {
    // `a.jpg;width=30` and `a.jpg:large` are a picture all the same.
    let name = name.split([';', ':', '!']).next().unwrap_or_default();
    let (_, ending) = name.rsplit_once('.')?;
    of_ending(ending)
}

fn of_ending(ending: &str) -> Option<Kind> {
    let ending = ending.to_ascii_lowercase();
    let among = |list: &[&str]| list.contains(&ending.as_str());
    if among(&IMAGES) {
        Some(Kind::Image)
    } else if among(&VIDEOS) {
        Some(Kind::Video)
    } else {
        among(&AUDIOS).then_some(Kind::Audio)
    }
}

fn of_query(url: &Url) -> Option<Kind> {
    url.query_pairs().filter(|(key, _)| NAMING.contains(&key.to_ascii_lowercase().as_str())).find_map(|(key, value)| {
        if matches!(key.as_ref(), "format" | "fm") {
            of_ending(&value)
        } else {
            of_name(value.split(['?', '#']).next().unwrap_or_default())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_address_and_declaration() {
        use Kind::{Audio, Image, Video};
        for (url, declared, expected) in [
            ("https://x.fr/a.jpg", None, Some(Image)),
            ("https://x.fr/a.JPEG?v=12", None, Some(Image)),
            ("https://x.fr/a.webp#x", None, Some(Image)),
            ("https://x.fr/a.jpg/700x700", None, Some(Image)),
            ("https://x.fr/a.jpg;width=300", None, Some(Image)),
            ("https://x.fr/image", None, None),
            ("https://x.fr/image", Some("image/webp"), Some(Image)),
            ("https://x.fr/a.php?file=gel.png", None, Some(Image)),
            ("https://x.fr/_next/image?url=%2Fmedia%2Fgel.png&w=640", None, Some(Image)),
            ("https://x.scene7.com/is/image/Brand/gel?fm=jpg&wid=300", None, Some(Image)),
            ("https://x.fr/a.mp4", None, Some(Video)),
            ("https://x.fr/hls/master.m3u8?token=1", None, Some(Video)),
            ("https://x.fr/dash/manifest.mpd", None, Some(Video)),
            ("https://x.fr/a.mov", Some("video/quicktime"), Some(Video)),
            ("https://x.fr/stream", Some("application/vnd.apple.mpegurl"), Some(Video)),
            ("https://x.fr/stream", Some("application/dash+xml; charset=utf-8"), Some(Video)),
            ("https://x.fr/a.mp3", None, Some(Audio)),
            ("https://x.fr/a.ogg", Some("video/ogg"), Some(Video)),
            ("https://x.fr/a.opus", None, Some(Audio)),
            ("https://x.fr/notice.pdf", None, None),
            ("https://x.fr/page.html", Some("text/html"), None),
            ("https://x.fr/v", Some("video.other"), Some(Video)),
            ("https://x.fr/v", Some("VideoObject"), Some(Video)),
            ("https://www.youtube.com/embed/dQw4w9WgXcQ", Some("text/html"), Some(Video)),
            ("https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/293", None, Some(Audio)),
            ("https://x.jpg/", None, None),
            ("https://x.fr/product.jpg-120", None, None),
            ("data:image/png;base64,AAAA", None, Some(Image)),
            ("data:text/plain,a.jpg", None, None),
            ("javascript:a.jpg", None, None),
            ("blob:https://x.fr/1", Some("video/mp4"), None),
        ] {
            assert_eq!(classify(&Url::parse(url).unwrap(), declared), expected, "{url} {declared:?}");
        }
    }
}
