//! Redirects are followed by hand: what goes along, what does not, and how far.

use std::time::{Duration, Instant};

use super::*;
use crate::model::{Body, Method};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

/// What a request may hold that is meant for one origin alone.
const SECRETS: [(&str, &str); 6] = [
    ("Authorization", "Bearer hush"),
    ("Cookie", "session=hush"),
    ("X-Api-Key", "hush"),
    ("Proxy-Authorization", "Basic hush"),
    ("Referer", "http://hush.test/"),
    ("Origin", "http://hush.test"),
];

/// Where `/away` leads to `target` and `/near` to a page of its own, with this status; both set a cookie.
async fn origin(status: u16, target: Url) -> Wire {
    Wire::at(OPEN, move |head| {
        let to = |target: &str| {
            format!(
                "HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nSet-Cookie: jar=hush\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            )
        };
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        once(match path.as_str() {
            "/away" => to(target.as_str()).into_bytes(),
            "/near" => to("/page").into_bytes(),
            _ => OK.to_vec(),
        })
    })
    .await
}

fn with_secrets(url: Url) -> Request {
    let headers = SECRETS.iter().chain(&[("Accept", "application/json")]).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Request { headers: headers.collect(), ..Request::get(url) }
}

fn also_open(ip: &str) -> Settings {
    Settings { allow_private: [OPEN, ip].into_iter().collect(), ..Settings::default() }
}

#[tokio::test]
async fn no_credential_reaches_another_origin() {
    for status in [301, 302, 303, 307, 308] {
        // Another host, and another port of the same host.
        for ip in ["127.0.0.4", OPEN] {
            let other = Wire::at(ip, |_| once(OK.to_vec())).await;
            let own = origin(status, other.url("/landed")).await;
            let mut url = own.url("/away");
            url.set_username("user").unwrap();
            url.set_password(Some("hush")).unwrap();
            let page = ask(&egress(&also_open(ip)), &with_secrets(url)).await.unwrap();
            assert_eq!((page.status, page.url.path(), page.url.username()), (200, "/landed", ""));
            let sent = own.heads()[0].to_ascii_lowercase();
            for (name, value) in SECRETS {
                assert!(sent.contains(&format!("{}: {}", name.to_ascii_lowercase(), value.to_ascii_lowercase())), "{name}: {sent}");
            }
            let arrived = other.heads()[0].to_ascii_lowercase();
            // A jar knows hosts and no ports (RFC 6265, 8.5), as in a browser.
            let arrived = if ip == OPEN { arrived.replace("cookie: jar=hush", "") } else { arrived };
            assert!(!arrived.contains("hush") && !arrived.contains("basic") && !arrived.contains("cookie"), "{status} {ip}: {arrived}");
            assert!(arrived.contains("accept: application/json"), "{arrived}");
        }
    }
}

#[tokio::test]
async fn at_home_everything_goes_along() {
    let own = origin(302, "http://unused.test/".parse().unwrap()).await;
    let page = ask(&egress(&settings()), &with_secrets(own.url("/near"))).await.unwrap();
    assert_eq!(page.url.path(), "/page");
    let arrived = own.heads()[1].to_ascii_lowercase();
    for (name, value) in SECRETS {
        assert!(arrived.contains(&format!("{}: {}", name.to_ascii_lowercase(), value.to_ascii_lowercase())), "{name}: {arrived}");
    }
    assert_eq!(arrived.matches("accept:").count(), 1, "what the request says is not said twice: {arrived}");
}

#[tokio::test]
async fn a_body_goes_along_to_the_same_origin_alone() {
    for (status, path, expected) in [
        (307, "/away", "GET"),
        (308, "/away", "GET"),
        (302, "/away", "GET"),
        (307, "/near", "POST"),
        (308, "/near", "POST"),
        (302, "/near", "GET"),
    ] {
        let other = Wire::saying(OK).await;
        let own = origin(status, other.url("/landed")).await;
        let request = Request { method: Method::Post, body: Body::Json("{\"key\":\"hush\"}".to_owned()), ..Request::get(own.url(path)) };
        ask(&egress(&settings()), &request).await.unwrap();
        let landed = if path == "/away" { other.heads()[0].clone() } else { own.heads()[1].clone() };
        assert!(landed.starts_with(expected), "{status} {path}: {landed}");
        assert_eq!(landed.to_ascii_lowercase().contains("content-length"), expected == "POST", "{landed}");
    }
}

#[tokio::test]
async fn redirects_end() {
    let circle = Wire::saying("HTTP/1.1 302 Found\r\nLocation: /again\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
    for (max_redirects, expected) in [(5, 6), (0, 1)] {
        let before = circle.heads().len();
        let error = get(&Settings { max_redirects, ..settings() }, circle.url("/")).await.unwrap_err();
        assert!(matches!(error, FetchError::Redirects { limit, .. } if limit == max_redirects), "{error:?}");
        assert_eq!(circle.heads().len() - before, expected);
    }
}

#[tokio::test]
async fn what_is_no_address_is_told() {
    for (location, told) in [
        ("http://[::1", "cannot be followed"),
        ("http://256.256.256.256/", "cannot be followed"),
        ("javascript:alert(1)", "only http and https"),
        ("data:text/html,x", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("gopher://127.0.0.1/", "only http and https"),
        ("http://127.0.0.3:25/", "port 25"),
        // In UTF-8, as it stands: a header that is no ASCII.
        ("http://①②⑦.0.0.1/", "is the private address 127.0.0.1"),
    ] {
        let detour = Wire::saying(format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")).await;
        let error = get(&settings(), detour.url("/")).await.unwrap_err().to_string();
        assert!(error.contains(told), "{location}: {error}");
    }
}

#[tokio::test]
async fn the_time_is_for_all_hops_together() {
    let slow = Wire::at(OPEN, |_| {
        Box::pin(async_stream::stream! {
            tokio::time::sleep(Duration::from_millis(250)).await;
            yield b"HTTP/1.1 302 Found\r\nLocation: /again\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec();
        })
    })
    .await;
    let begun = Instant::now();
    let error = get(&Settings { request_timeout: Duration::from_millis(600), ..settings() }, slow.url("/")).await.unwrap_err();
    assert!(error.is_timeout() && begun.elapsed() < Duration::from_millis(1000), "{error} after {:?}", begun.elapsed());
    assert!(slow.heads().len() >= 2, "{:?}", slow.heads());
}
