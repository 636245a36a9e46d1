//! Bodies: read up to a limit, without their content codings, then decoded to text by the charset that the answer or the page declares.

use std::time::Instant;

use encoding_rs::Encoding;
use tokio::io::AsyncReadExt;
use url::Url;

use super::coding::{self, Limits};
use super::error::{Stage, bare};
use super::{FetchError, Settings};

/// Reads a body whole, or fails once it is larger than the settings allow.
pub(super) async fn body(response: &mut reqwest::Response, settings: &Settings, url: &Url, since: Instant) -> Result<Vec<u8>, FetchError> {
    let limits = Limits { sent: settings.max_sent_bytes, ratio: settings.max_ratio };
    let limit = settings.max_page_bytes;
    let body = coding::unpacked(response, limits, url, since).await?;
    let mut bytes = Vec::new();
    body.take(limit as u64 + 1).read_to_end(&mut bytes).await.map_err(|error| coding::reason(error, url))?;
    if bytes.len() > limit { Err(FetchError::TooLarge { url: bare(url), limit, stage: Stage::Unpacked }) } else { Ok(bytes) }
}

/// Reads at most `limit` bytes and leaves the rest, however long it is.
pub(super) async fn beginning(
    response: &mut reqwest::Response,
    limit: usize,
    settings: &Settings,
    url: &Url,
    since: Instant,
) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    if limit == 0 {
        return Ok(bytes);
    }
    let limits = Limits { sent: usize::MAX, ratio: settings.max_ratio };
    let body = coding::unpacked(response, limits, url, since).await?;
    body.take(limit as u64).read_to_end(&mut bytes).await.map_err(|error| coding::reason(error, url))?;
    Ok(bytes)
}

/// Byte order mark, then the charset of the header, then that of the page's `<meta>`, then UTF-8.
pub fn text(bytes: Vec<u8>, content_type: Option<&str>) -> String {
    let declared = Encoding::for_bom(&bytes)
        .map(|(encoding, _)| encoding)
        .or_else(|| content_type.and_then(charset).and_then(|label| Encoding::for_label(label.as_bytes())))
        .or_else(|| meta_charset(&bytes))
        .unwrap_or(encoding_rs::UTF_8);
    if declared == encoding_rs::UTF_8 {
        return match String::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text),
            Err(invalid) => String::from_utf8_lossy(invalid.as_bytes()).into_owned(),
        };
    }
    declared.decode(&bytes).0.into_owned()
}

fn charset(content_type: &str) -> Option<&str> {
    let (_, parameters) = content_type.split_once(';')?;
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

/// HTML's prescan, in short: the first `charset=` within the first 1,024 bytes.
fn meta_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let (_, after) = head.split_once("charset=")?;
    let label: String =
        after.trim_start_matches(['"', '\'']).chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let encoding = Encoding::for_label(label.as_bytes())?;
    // A page that we can scan as ASCII cannot be UTF-16, whatever it says.
    Some(if encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE { encoding_rs::UTF_8 } else { encoding })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charset_is_found_where_it_stands() {
        let latin = b"<p>cr\xe8me \x80</p>".to_vec();
        assert_eq!(text(latin.clone(), Some("text/html; charset=ISO-8859-1")), "<p>crème €</p>");
        assert_eq!(
            text([b"<meta charset='windows-1252'>".as_slice(), &latin].concat(), Some("text/html")),
            "<meta charset='windows-1252'><p>crème €</p>"
        );
        assert_eq!(text("\u{feff}crème".into(), None), "crème");
        assert_eq!(text("crème".into(), Some("text/html; charset=\"utf-8\"")), "crème");
        assert_eq!(text(b"a\xffb".to_vec(), None), "a\u{fffd}b");
    }
}
