//! Answers of shops that are no answers: each is the outcome of its shop, in its time, and of no other.

use std::time::{Duration, Instant};

use glaneur::ShopStatus::{Error, Found, NotFound, Timeout, Unreachable};
use glaneur::demo::EANS;

use super::shop::{Case, answer, check};

fn case(name: &'static str, bytes: impl Into<Vec<u8>>, status: glaneur::ShopStatus, told: &'static str) -> Case {
    Case { name, bytes: bytes.into(), again: None, status, told }
}

fn going_on(name: &'static str, bytes: &str, again: &str, pause: Duration, status: glaneur::ShopStatus, told: &'static str) -> Case {
    Case { again: Some((again.into(), pause)), ..case(name, bytes, status, told) }
}

/// The product that is asked for.
fn sheet() -> Vec<u8> {
    format!("<script type=\"application/ld+json\">{{\"@type\":\"Product\",\"name\":\"Gel\",\"gtin13\":\"{}\"}}</script>", EANS[0]).into()
}

fn table() -> Vec<Case> {
    let soon = Duration::from_millis(50);
    let at_once = Duration::ZERO;
    let ok = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
    let fields = |count: usize| (0..count).map(|n| format!("x-{n}: v\r\n")).collect::<String>();
    vec![
        case("healthy", answer("Content-Type: text/html\r\n", &sheet()), Found, ""),
        // Redirects.
        case("loop", "HTTP/1.1 302 Found\r\nLocation: /page/1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Error, "redirect"),
        case("away", "HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n", Error, ""),
        case("to a file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", Error, ""),
        case("to metadata", "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n", Error, ""),
        case("nowhere", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", Error, ""),
        case("with line breaks", "HTTP/1.1 302 Found\r\nLocation: /a\rb\r\nContent-Length: 0\r\n\r\n", Error, "is not taken"),
        // Time.
        going_on("a body that drips", &format!("{ok}\r\n"), " ", soon, Timeout, ""),
        going_on("a head that drips", ok, "x", soon, Timeout, ""),
        going_on("silence", "", "", soon, Timeout, ""),
        going_on("half a body", &format!("{ok}Content-Length: 100\r\n\r\n<p>"), "", soon, Timeout, ""),
        going_on("continues for ever", "", "HTTP/1.1 100 Continue\r\n\r\n", at_once, Timeout, ""),
        // Size.
        going_on("a head without end", ok, &format!("x-{}: y\r\n", "z".repeat(2_000)), at_once, Error, "is not taken"),
        going_on("a body without end", &format!("{ok}\r\n"), &"<p>x</p>".repeat(8_000), at_once, Error, "10485760"),
        case("101 fields", format!("{ok}{}Content-Length: 0\r\n\r\n", fields(101)), Error, "is not taken"),
        case("a field of 70 KB", format!("{ok}x: {}\r\nContent-Length: 0\r\n\r\n", "y".repeat(70_000)), Error, "bytes"),
        case("a length beyond all", format!("{ok}Content-Length: 99999999999\r\n\r\n"), Error, "10485760"),
        // Framing.
        case("chunk of no number", format!("{ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n<p>\r\n0\r\n\r\n"), Unreachable, ""),
        case("chunk beyond 64 bits", format!("{ok}Transfer-Encoding: chunked\r\n\r\n{}\r\n<p>\r\n", "f".repeat(17)), Unreachable, ""),
        case("chunk cut off", format!("{ok}Transfer-Encoding: chunked\r\n\r\nff\r\n<p>"), Unreachable, ""),
        case("no last chunk", format!("{ok}Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n"), Unreachable, ""),
        going_on(
            "chunk extension without end",
            &format!("{ok}Transfer-Encoding: chunked\r\n\r\n3;"),
            &"x".repeat(8_000),
            at_once,
            Unreachable,
            "",
        ),
        case("shorter than told", format!("{ok}Content-Length: 50\r\n\r\n<p>"), Unreachable, ""),
        case("two lengths", format!("{ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\n<p>x"), Error, "is not taken"),
        case("a negative length", format!("{ok}Content-Length: -1\r\n\r\n<p>"), Error, "is not taken"),
        case("status 99", "HTTP/1.1 99 Low\r\n\r\n", Error, "is not taken"),
        case("status ABC", "HTTP/1.1 ABC Odd\r\n\r\n", Error, "is not taken"),
        case("status 999", "HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n", Error, "999"),
        case("HTTP/0.9", "<html>hello", Error, "is not taken"),
        case("HTTP/3.0", "HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n", Error, "is not taken"),
        case(
            "frames of HTTP/2 with GOAWAY",
            b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0b".to_vec(),
            Error,
            "is not taken",
        ),
        case("an alert of TLS", b"\x15\x03\x01\0\x02\x02\x46".to_vec(), Error, "is not taken"),
        case("noise", (0..=255).collect::<Vec<u8>>().repeat(40), Error, "is not taken"),
        case("hangs up", "", Unreachable, ""),
        case("a name with NUL", format!("{ok}x\0y: z\r\nContent-Length: 0\r\n\r\n"), Error, "is not taken"),
        case("a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Error, ""),
        case("no content", "HTTP/1.1 204 No Content\r\n\r\n", NotFound, ""),
        case("not modified, unasked", "HTTP/1.1 304 Not Modified\r\n\r\n", Error, ""),
        // Codings.
        case("gzip that is none", answer("Content-Encoding: gzip\r\n", &sheet()), Unreachable, "broke off"),
        case("gzip cut off", answer("Content-Encoding: gzip\r\n", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b"), Unreachable, "broke off"),
        case("three codings", answer("Content-Encoding: gzip, gzip, gzip\r\n", &sheet()), Error, "gzip, gzip, gzip"),
        case("a coding that nobody asked for", answer("Content-Encoding: compress\r\n", &sheet()), Error, "compress"),
        case("a coding that is a mistake", answer("Content-Type: text/html\r\nContent-Encoding: utf-8\r\n", &sheet()), Found, ""),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_answer_is_the_outcome_of_its_shop() {
    let begun = Instant::now();
    check(table()).await;
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
