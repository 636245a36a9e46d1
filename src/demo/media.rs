//! The pictures that the demo shops' pages point to: drawn from their own name, the same at each request.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// 120 x 160 pixels, a bottle.
const PNG: &[u8] = include_bytes!("bottle.png");

/// `GET /media/{file}`: any `.svg` or `.png`.
pub(super) async fn picture(Path(file): Path<String>) -> Response {
    if let Some(name) = file.strip_suffix(".svg") {
        ([(header::CONTENT_TYPE, "image/svg+xml")], svg(name)).into_response()
    } else if file.ends_with(".png") {
        ([(header::CONTENT_TYPE, "image/png")], PNG).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

fn svg(name: &str) -> String {
    let hue = name.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 360);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"800\" viewBox=\"0 0 60 80\">\
         <rect width=\"60\" height=\"80\" fill=\"hsl({hue},45%,95%)\"/>\
         <rect x=\"24\" y=\"8\" width=\"12\" height=\"10\" rx=\"2\" fill=\"hsl({hue},25%,35%)\"/>\
         <rect x=\"17\" y=\"18\" width=\"26\" height=\"54\" rx=\"6\" fill=\"hsl({hue},50%,62%)\"/>\
         <rect x=\"20\" y=\"34\" width=\"20\" height=\"22\" rx=\"1\" fill=\"#fff\"/>\
         <path d=\"M23 40h14M23 44h14M23 48h9\" stroke=\"hsl({hue},25%,35%)\" stroke-width=\"1.5\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pictures_by_their_ending() {
        for (file, status) in [("1.svg", 200), ("1.png", 200), ("1.gif", 404), ("svg", 404)] {
            assert_eq!(picture(Path(file.to_owned())).await.status().as_u16(), status, "{file}");
        }
        assert!(PNG.starts_with(b"\x89PNG"));
        assert_ne!(svg("a"), svg("b"));
    }
}
