//! Requests that want more than a batch: power over the server, two meanings at once, bytes that are no text.

use serde_json::json;

use super::is_well;
use crate::house::{Answer, House, client};

/// What no caller may say, because only the operator may: a request that holds it is refused by its name.
const POWER: [&str; 20] = [
    "proxy",
    "proxies",
    "output_path",
    "path",
    "file",
    "config",
    "recipe",
    "recipes",
    "headers",
    "user_agent",
    "cookies",
    "timeout",
    "allow_private",
    "listen",
    "data_dir",
    "secret",
    "callback_headers",
    "concurrency",
    "robots",
    "constructor",
];

#[tokio::test]
async fn no_request_has_power_over_the_server() {
    let house = House::open().await;
    for field in POWER {
        for (body, named) in [
            (json!({"eans": ["x"], field: "/etc/passwd"}), field.to_owned()),
            (json!({"eans": ["x", {"primary": "x", field: true}]}), format!("eans[1].{field}")),
        ] {
            let answer = Answer::of(client().post(house.url("/api/scrape")).body(body.to_string())).await;
            let told = (answer.status, answer.text("error"), answer.json["field"].as_str());
            assert_eq!(told, (400, "invalid_argument", Some(named.as_str())), "{body}");
        }
    }
    assert!(is_well(&house).await);
}

/// Body, what it is sent as, and the outcome: status, error and field.
type Case<'a> = (&'a [u8], &'a [(&'a str, &'a str)], u16, &'a str, Option<&'a str>);

#[tokio::test]
async fn no_request_has_two_meanings() {
    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    const FORM: &[(&str, &str)] = &[("content-type", "multipart/form-data; boundary=x")];
    const PACKED: &[(&str, &str)] = &[("content-encoding", "gzip")];
    const TWO_KEYS: &[(&str, &str)] = &[("idempotency-key", "a"), ("idempotency-key", "b")];
    const FOREIGN: &[(&str, &str)] = &[("origin", "https://evil.example")];
    const SANDBOX: &[(&str, &str)] = &[("origin", "null")];
    let long = [br#"{"eans":[""#, &b"9".repeat(9 << 20)[..], br#""]}"#].concat();
    let number = format!(r#"{{"eans":[{}]}}"#, "9".repeat(400));
    let table: &[Case<'_>] = &[
        // The same key in another spelling.
        (br#"{"eans":["x"],"e\u0061ns":["y"]}"#, JSON, 400, "invalid_argument", Some("eans")),
        (br#"{"eans":[{"primary":"x","prim\u0061ry":"y"}]}"#, JSON, 400, "invalid_argument", Some("eans[0].primary")),
        (br#"{"eans":["x"],"eans ":["y"]}"#, JSON, 400, "invalid_argument", Some("eans ")),
        (br#"{"eans":["x"],"eans\u0000":["y"]}"#, JSON, 400, "invalid_argument", Some("eans\0")),
        (br#"{"eans":["x"],"":1}"#, JSON, 400, "invalid_argument", Some("")),
        // Halves of characters.
        (br#"{"eans":["\ud800"]}"#, JSON, 400, "invalid_json", None),
        (br#"{"eans":["\udc00\ud800"]}"#, JSON, 400, "invalid_json", None),
        (br#"{"eans":["\ud83d"],"\ud83d":1}"#, JSON, 400, "invalid_json", None),
        (b"{\"eans\":[\"\xed\xa0\x80\"]}", JSON, 400, "invalid_json", None),
        (b"{\"eans\":[\"\xc0\xaf\"]}", JSON, 400, "invalid_json", None),
        (b"{\"eans\":[\"\0\"]}", JSON, 400, "invalid_json", None),
        (b"{\"eans\":[\"\x1b[31m\"]}", JSON, 400, "invalid_json", None),
        // One mark is an editor's, two are a mistake; other encodings are none of JSON's.
        (b"\xef\xbb\xbf\xef\xbb\xbf{\"eans\":[\"x\"]}", JSON, 400, "invalid_json", None),
        (b"\xff\xfe{\0\"\0e\0", JSON, 400, "invalid_json", None),
        // Dialects.
        (b"{\"eans\":[\"x\"]/* all */}", JSON, 400, "invalid_json", None),
        (b"{eans:[\"x\"]}", JSON, 400, "invalid_json", None),
        (b"{\"eans\":[0x10]}", JSON, 400, "invalid_json", None),
        (b"{\"eans\":[Infinity]}", JSON, 400, "invalid_json", None),
        (b"{\"eans\":[1e999]}", JSON, 400, "invalid_json", None),
        (number.as_bytes(), JSON, 400, "invalid_json", None),
        (b"{\"eans\":[\"x\"]}\n{\"eans\":[\"y\"]}", JSON, 400, "invalid_json", None),
        (b"{\"eans\":[\"x\"]}\0", JSON, 400, "invalid_json", None),
        (b"\x1f\x8b\x08\0\0\0\0\0", JSON, 400, "invalid_json", None),
        (b"eans: [x]", JSON, 400, "invalid_json", None),
        // Other types than they must be.
        (br#"{"eans":["x"],"route":{"page":"tor","page":"direct"}}"#, JSON, 400, "invalid_argument", Some("route.page")),
        (br#"{"eans":["x"],"route":{"page":"http://127.0.0.1:8118"}}"#, JSON, 400, "invalid_argument", Some("route.page")),
        (br#"{"eans":["x"],"max_age":-1}"#, JSON, 400, "invalid_argument", Some("max_age")),
        (br#"{"eans":["x"],"max_age":1e300}"#, JSON, 400, "invalid_argument", Some("max_age")),
        (br#"{"eans":["x"],"callback_url":"javascript:alert(1)"}"#, JSON, 400, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"callback_url":"http://127.0.0.1:5678@evil.example/"}"#, JSON, 400, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"callback_url":"={{ $env.SECRET }}"}"#, JSON, 400, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"shops":["../../etc/passwd"]}"#, JSON, 400, "invalid_argument", Some("shops")),
        // Around the body.
        (br#"{"eans":["x"]}"#, FORM, 415, "unsupported_media_type", None),
        (b"\x1f\x8b\x08\0\0\0\0\0", PACKED, 415, "unsupported_media_type", None),
        (br#"{"eans":["x"]}"#, TWO_KEYS, 400, "invalid_argument", Some("idempotency_key")),
        (br#"{"eans":["x"]}"#, FOREIGN, 403, "cross_origin", None),
        (br#"{"eans":["x"]}"#, SANDBOX, 403, "cross_origin", None),
        (&long, JSON, 413, "too_large", None),
    ];
    let house = House::open().await;
    for (body, headers, status, error, field) in table {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let mut request = client().post(house.url("/api/scrape")).body(body.to_vec());
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let answer = Answer::of(request).await;
        let told = (answer.status, answer.text("error"), answer.json["field"].as_str());
        assert_eq!(told, (*status, *error, *field), "{shown}: {}", answer.json);
    }
    let jobs = Answer::of(client().get(house.url("/api/jobs"))).await;
    assert_eq!(jobs.json["jobs"], json!([]), "a refused request leaves nothing behind");
    assert!(is_well(&house).await);
}
