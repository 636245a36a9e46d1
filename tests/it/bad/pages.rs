//! Pages that are sent well and say what they should not.

use std::time::{Duration, Instant};

use glaneur::ShopStatus::{self, Blocked, Error, Found, Mismatch, NotFound};
use glaneur::demo::EANS;
use serde_json::json;

use super::shop::{Case, answer, check};

const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";

fn page(name: &'static str, lines: &str, body: impl AsRef<[u8]>, status: ShopStatus, told: &'static str) -> Case {
    Case { name, bytes: answer(lines, body.as_ref()), again: None, status, told }
}

fn sheet(more: &serde_json::Value) -> String {
    let mut sheet = json!({"@type": "Product", "name": "Gel", "gtin13": EANS[0]});
    for (key, value) in more.as_object().unwrap() {
        sheet[key] = value.clone();
    }
    format!("<title>Gel</title><script type=\"application/ld+json\">{}</script>", sheet.to_string().replace('<', "\\u003c"))
}

fn named(name: &'static str, title: &str) -> Case {
    page(name, HTML, sheet(&json!({ "name": title })), Found, "")
}

fn table() -> Vec<Case> {
    let plain = sheet(&json!({}));
    let long = |bytes: usize| sheet(&json!({ "description": "x".repeat(bytes) }));
    vec![
        named("an escape of a terminal", "Gel \u{1b}[2J\u{1b}]0;owned\u{7} douche"),
        named("a right-to-left override", "Gel \u{202e}fdp.exe"),
        named("an expression of n8n", "={{ $env.SECRET }}"),
        named("a formula", "=HYPERLINK(\"http://evil.example\")"),
        named("a line break", "Gel\r\n2026-01-01T00:00:00Z ERROR forged"),
        named("a script", "<script>alert(1)</script>Gel"),
        named("a NUL", "Gel\0douche"),
        named("a title of a megabyte", &"Gel ".repeat(1 << 18)),
        page(
            "a captcha with 200",
            HTML,
            "<title>Just a moment...</title><form id=challenge-form><div class=g-recaptcha></div></form>",
            Blocked,
            "",
        ),
        page("a captcha of DataDome", HTML, "<html><script>var dd={'host':'geo.captcha-delivery.com'}</script></html>", Blocked, ""),
        page("JSON-LD of 50 MB", HTML, long(50 << 20), Error, "10485760"),
        page("JSON-LD of 9 MB", HTML, long(9 << 20), Found, ""),
        page("latin 1 that calls itself UTF-8", HTML, [plain.as_bytes(), b"<p>cr\xe8me</p>"].concat(), Found, ""),
        page("a charset that is none", "Content-Type: text/html; charset=klingon\r\n", &plain, Found, ""),
        page("UTF-16 in words alone", "Content-Type: text/html; charset=utf-16\r\n", &plain, NotFound, "no product"),
        page("UTF-16 with its mark", HTML, utf16(&plain), Found, ""),
        page("UTF-7", "Content-Type: text/html; charset=utf-7\r\n", "+ADw-script+AD4-", NotFound, "no product"),
        page("nothing", HTML, "", NotFound, ""),
        page("bytes of a picture", HTML, include_bytes!("../../../src/demo/bottle.png"), NotFound, ""),
        page("a picture's type", "Content-Type: image/png\r\n", &plain, Found, ""),
        page("JSON-LD 100,000 deep", HTML, ld(&"[".repeat(100_000)), NotFound, "no product"),
        page("JSON-LD that is a list of 100,000", HTML, ld(&format!("[{}{{}}]", "{},".repeat(100_000))), NotFound, "no product"),
        page(
            "two barcodes in one key",
            HTML,
            ld(&format!(r#"{{"@type":"Product","name":"a","gtin13":"{}","gtin13":"3665606002802"}}"#, EANS[0])),
            Mismatch,
            "",
        ),
        page("10,000 barcodes", HTML, sheet(&json!({"gtin13": vec!["3665606002802"; 10_000]})), Mismatch, ""),
        page("elements 100,000 deep", HTML, format!("{plain}{}", "<div>".repeat(100_000)), Found, ""),
        page("100,000 attributes", HTML, format!("{plain}<p {}>x</p>", "a=b ".repeat(100_000)), Found, ""),
        page("a comment that never ends", HTML, format!("{plain}<!--{}", "-".repeat(1 << 20)), Found, ""),
        page("a table of tables", HTML, format!("{plain}{}", "<table><tr><td>".repeat(20_000)), Found, ""),
        page("entities of entities", HTML, format!("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>{plain}&b;"), Found, ""),
        page("a price of infinity", HTML, sheet(&json!({"offers": {"price": "1e9999", "priceCurrency": "EUR"}})), Found, ""),
        page("a price below zero", HTML, sheet(&json!({"offers": {"price": -5, "priceCurrency": "EUR"}})), Found, ""),
        page("a currency that is a program", HTML, sheet(&json!({"offers": {"price": 5, "priceCurrency": "$(rm -rf /)"}})), Found, ""),
        page(
            "pictures that are scripts",
            HTML,
            sheet(&json!({"image": ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"]})),
            Found,
            "",
        ),
        page("a base that is a script", HTML, format!("<base href='javascript:alert(1)'>{plain}"), Found, ""),
        page("a refresh to metadata", HTML, format!("<meta http-equiv=refresh content='0;url=http://169.254.169.254/'>{plain}"), Found, ""),
    ]
}

fn ld(json: &str) -> String {
    format!("<title>Gel</title><script type=\"application/ld+json\">{json}</script>")
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_page_is_the_outcome_of_its_shop() {
    let begun = Instant::now();
    let outcomes = check(table()).await;
    for outcome in &outcomes {
        let Some(product) = &outcome.product else { continue };
        let mut shown = serde_json::to_value(product).unwrap();
        // Where a value was read is quoted to the letter, in JSON's own escapes.
        shown.as_object_mut().unwrap().remove("provenance");
        let shown = shown.to_string();
        for never in ["\\u001b", "\\u0000", "<script", "javascript:", "file:///"] {
            assert!(!shown.contains(never), "{never} in {}", shown.chars().take(600).collect::<String>());
        }
        assert!(product.price().is_none_or(|price| price.amount > 0.into()), "{:?}", product.price());
    }
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
}
