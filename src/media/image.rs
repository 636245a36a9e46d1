//! Width and height of a picture.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// The root element of an SVG; a drawing program writes less than this before it.
const SVG_ROOT: usize = 16 * 1024;

/// No picture of a shop is a hundred thousand pixels wide: such a number comes from something else.
const LARGEST: u32 = 100_000;

static ROOT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?is)<svg\b([^>]*)>"));
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?is)(?:^|\s)(width|height|viewBox)\s*=\s*(?:"([^"]*)"|'([^']*)')"#));

/// Signatures of a few bytes, which other files may share: a picture of such a type has a size or is none.
pub(super) fn is_weak(media_type: &str) -> bool {
    matches!(media_type, "image/bmp" | "image/gif" | "image/jxl" | "image/vnd.microsoft.icon" | "image/vnd.ms-photo" | "image/tiff")
}

pub(super) fn size(media_type: &str, head: &[u8]) -> Option<(u32, u32)> {
    if media_type == "image/svg+xml" {
        return svg(&String::from_utf8_lossy(&head[..head.len().min(SVG_ROOT)]));
    }
    let size = imagesize::blob_size(head).ok()?;
    let (width, height) = (u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?);
    let real = |side: u32| (1..=LARGEST).contains(&side);
    (real(width) && real(height)).then_some((width, height))
}

/// CSS pixels: `width` and `height` where both are plain lengths, else the size of the view box.
fn svg(text: &str) -> Option<(u32, u32)> {
    let attributes = ROOT.captures(text)?.get(1)?.as_str();
    let value = |name: &str| {
        let found = ATTRIBUTE.captures_iter(attributes).find(|found| found[1].eq_ignore_ascii_case(name))?;
        found.get(2).or_else(|| found.get(3)).map(|value| value.as_str().trim())
    };
    if let (Some(width), Some(height)) = (value("width").and_then(pixels), value("height").and_then(pixels)) {
        return Some((width, height));
    }
    let view: Vec<&str> = value("viewBox")?.split([' ', ',', '\t', '\n', '\r']).filter(|part| !part.is_empty()).collect();
    match view.as_slice() {
        [_, _, width, height] => Some((pixels(width)?, pixels(height)?)),
        _ => None,
    }
}

fn pixels(length: &str) -> Option<u32> {
    let number: f64 = length.strip_suffix("px").unwrap_or(length).trim().parse().ok()?;
    (0.5..=f64::from(LARGEST)).contains(&number).then(|| number.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_drawings() {
        for (text, expected) in [
            ("<svg width=\"600\" height='800px'>", Some((600, 800))),
            ("<?xml?><!-- <x> --><svg viewBox=\"0 0 60.4 80\" width='100%'>", Some((60, 80))),
            ("<svg viewBox='0,0,24,24'>", Some((24, 24))),
            ("<svg stroke-width=\"3\" height=\"2\">", None),
            ("<svg width=\"-1\" height=\"NaN\" viewBox=\"0 0 1e99 1\">", None),
            ("<svg", None),
        ] {
            assert_eq!(svg(text), expected, "{text}");
        }
    }
}
