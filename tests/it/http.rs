//! HTTP: the table of routes, the batch that is handed in, what is refused and how, the events.

use std::time::Duration;

use glaneur::serve::{ROUTES, Settings};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{Answer, House, NO_BARCODE, client};

async fn post(house: &House, body: impl Into<reqwest::Body>) -> Answer {
    Answer::of(client().post(house.url("/api/scrape")).header("content-type", "application/json").body(body)).await
}

#[tokio::test]
async fn a_batch_is_taken_with_exactly_the_promised_keys() {
    let house = House::open().await;
    let answer = post(&house, json!({"eans": [{"primary": NO_BARCODE, "replacement": null}], "ignored3400": ["3400"]}).to_string()).await;
    assert_eq!(answer.status, 202);
    let keys: Vec<_> = answer.json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["success", "message", "status", "total_products", "thread_id", "job_id"]);
    assert_eq!((answer.json["success"].as_bool(), answer.text("status")), (Some(true), "processing"));
    assert_eq!(answer.text("message"), "Scraping lancé en arrière-plan");
    assert_eq!(answer.json["total_products"], 1);
    assert!(answer.json["thread_id"].is_u64());
    let job = format!("/api/jobs/{}", answer.text("job_id"));
    assert_eq!(answer.headers["location"], job.as_str());
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let shown = Answer::of(client().get(house.url(&job))).await;
    assert_eq!((shown.status, &shown.json["job_id"], &shown.json["ignored3400"]), (200, &answer.json["job_id"], &json!(1)));
}

/// Everything n8n and spreadsheets make of a list of barcodes, with the texts that come back.
#[tokio::test]
async fn every_spelling_of_a_batch_gets_its_results() {
    let house = House::open().await;
    for (body, expected) in [
        (r#"{"eans":["x"]}"#, vec!["x"]),
        (r#"{"eans":[{"primary":"x"}]}"#, vec!["x"]),
        (r#"{"eans":[{"primary":"x","replacement":"null"}],"shops":null,"ignored3400":null,"callback_url":null}"#, vec!["x"]),
        (r#"{"eans":[123,1.5,-7,1e30]}"#, vec!["123", "1.5", "-7", "1e+30"]),
        (r#"{"eans":[{"primary":12.0}]}"#, vec!["12"]),
        (r#"{"eans":[true,null,["a",1],{"primary":{"a":[1,null]}}]}"#, vec!["true", "null", r#"["a",1]"#, r#"{"a":[1,null]}"#]),
        (r#"{"eans":[{}, {"primary":null}, {"primary":""}, {"replacement":"0748322148474"}]}"#, vec!["", "", "", ""]),
        (r#"{"eans":"[\"x\",{\"primary\":\"y\"}]","shops":"","ignored3400":"null","callback_url":"null"}"#, vec!["x", "y"]),
        ("\u{feff}{\"eans\":[\"bom\"]}", vec!["bom"]),
        (r#" {"eans" : [ "é漢" ] , "ignored3400":["3400936","3400",3400936161450,{"primary":"3400"}]} "#, vec!["é漢"]),
        (r#"{"eans":["x","x"],"callback_url":"http://127.0.0.1:5678/hook?signature=1","callback_events":"completed"}"#, vec!["x", "x"]),
    ] {
        let answer = post(&house, body).await;
        assert_eq!(answer.status, 202, "{body}: {}", answer.json);
        assert_eq!(answer.json["total_products"], expected.len(), "{body}");
        let events = house.url(&format!("/api/jobs/{}/events", answer.text("job_id")));
        client().get(events).send().await.unwrap().text().await.unwrap();
        let results = Answer::of(client().get(house.url(&format!("/api/jobs/{}/results", answer.text("job_id"))))).await;
        let mut results: Vec<_> = results.json["results"].as_array().unwrap().clone();
        results.sort_by_key(|result| result["position"].as_u64());
        let given: Vec<_> = results.iter().map(|result| result["ean"].as_str().unwrap()).collect();
        assert_eq!(given, expected, "{body}");
        assert!(results.iter().all(|result| result["status"] == "INVALID"), "{body}: {results:?}");
    }
}

#[tokio::test]
async fn every_malformed_body_is_refused_by_name_and_changes_nothing() {
    let house = House::open().await;
    let long_key = format!(r#"{{"eans":["x"],"idempotency_key":"{}"}}"#, "k".repeat(256));
    let long_url = format!(r#"{{"eans":["x"],"callback_url":"http://127.0.0.1:5678/{}"}}"#, "k".repeat(5000));
    let deep = "[".repeat(5000);
    let too_many = format!(r#"{{"eans":[{}1]}}"#, "1,".repeat(20_000));
    let table: &[(&[u8], &str, Option<&str>)] = &[
        (b"", "invalid_json", None),
        (b"  \n", "invalid_json", None),
        (b"{", "invalid_json", None),
        (b"{\"eans\":[\"x\"]", "invalid_json", None),
        (b"{\"eans\":[\"x\",]}", "invalid_json", None),
        (b"{'eans':['x']}", "invalid_json", None),
        (b"{\"eans\":[0748322148474]}", "invalid_json", None),
        (b"{\"eans\":[NaN]}", "invalid_json", None),
        (b"{\"eans\":[\"x\"]} trailing", "invalid_json", None),
        (b"{\"eans\":[\"\xff\"]}", "invalid_json", None),
        (b"\xff\xfe{\0}\0", "invalid_json", None),
        (b"eans=0748322148474", "invalid_json", None),
        (b"<xml/>", "invalid_json", None),
        (b"null", "invalid_argument", None),
        (b"true", "invalid_argument", None),
        (b"7", "invalid_argument", None),
        (b"\"x\"", "invalid_argument", None),
        (b"[]", "invalid_argument", None),
        (b"[\"0748322148474\"]", "invalid_argument", None),
        (b"{}", "invalid_argument", Some("eans")),
        (br#"{"eans":null}"#, "invalid_argument", Some("eans")),
        (br#"{"eans":[]}"#, "invalid_argument", Some("eans")),
        (br#"{"eans":"[]"}"#, "invalid_argument", Some("eans")),
        (br#"{"eans":[],"ignored3400":["3400"]}"#, "invalid_argument", Some("eans")),
        (br#"{"ignored3400":["3400"]}"#, "invalid_argument", Some("eans")),
        (br#"{"eans":"0748322148474"}"#, "invalid_argument", Some("eans")),
        (br#"{"eans":748322148474}"#, "invalid_argument", Some("eans")),
        (br#"{"eans":{"primary":"x"}}"#, "invalid_argument", Some("eans")),
        (br#"{"eans":true}"#, "invalid_argument", Some("eans")),
        (br#"{"ean":["x"]}"#, "invalid_argument", Some("ean")),
        (br#"{"eans":["x"],"Eans":["x"]}"#, "invalid_argument", Some("Eans")),
        (br#"{"eans":["x"],"route":"onion"}"#, "invalid_argument", Some("route")),
        (br#"{"eans":["x"],"route":"socks5h://127.0.0.1:9050"}"#, "invalid_argument", Some("route")),
        (br#"{"eans":["x"],"__proto__":{}}"#, "invalid_argument", Some("__proto__")),
        (br#"{"eans":["x"],"cancel_on_disconnect":true}"#, "invalid_argument", Some("cancel_on_disconnect")),
        (br#"{"eans":["x"],"eans":["y"]}"#, "invalid_argument", Some("eans")),
        (br#"{"eans":["x",{"primary":"a","primary":"b"}]}"#, "invalid_argument", Some("eans[1].primary")),
        (br#"{"eans":[{"primary":"a","replacment":"b"}]}"#, "invalid_argument", Some("eans[0].replacment")),
        (br#"{"eans":[{"ean":"a"}]}"#, "invalid_argument", Some("eans[0].ean")),
        (br#"{"eans":["x"],"ignored3400":"3400"}"#, "invalid_argument", Some("ignored3400")),
        (br#"{"eans":["x"],"ignored3400":["3400",true]}"#, "invalid_argument", Some("ignored3400[1]")),
        (br#"{"eans":["x"],"ignored3400":[{}]}"#, "invalid_argument", Some("ignored3400[0]")),
        (br#"{"eans":["x"],"ignored3400":[null]}"#, "invalid_argument", Some("ignored3400[0]")),
        (br#"{"eans":["x"],"shops":"cocooncenter"}"#, "invalid_argument", Some("shops")),
        (br#"{"eans":["x"],"shops":[1]}"#, "invalid_argument", Some("shops[0]")),
        (br#"{"eans":["x"],"shops":["nowhere"]}"#, "invalid_argument", Some("shops")),
        (br#"{"eans":["x"],"shops":[""]}"#, "invalid_argument", Some("shops")),
        (br#"{"eans":["x"],"media":"all"}"#, "invalid_argument", Some("media")),
        (br#"{"eans":["x"],"media":true}"#, "invalid_argument", Some("media")),
        (br#"{"eans":["x"],"callback_url":5}"#, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"callback_url":"nonsense"}"#, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"callback_url":"ftp://127.0.0.1:5678/"}"#, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"callback_url":"http://169.254.169.254/latest"}"#, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"callback_url":"http://u:p@127.0.0.1:5678/"}"#, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"callback_url":"http://127.0.0.1/"}"#, "invalid_argument", Some("callback_url")),
        (br#"{"eans":["x"],"callback_events":"some"}"#, "invalid_argument", Some("callback_events")),
        (br#"{"eans":["x"],"callback_events":"completed"}"#, "invalid_argument", Some("callback_events")),
        (br#"{"eans":["x"],"callback_events":["all"]}"#, "invalid_argument", Some("callback_events")),
        (br#"{"eans":["x"],"idempotency_key":"with space"}"#, "invalid_argument", Some("idempotency_key")),
        (br#"{"eans":["x"],"idempotency_key":7}"#, "invalid_argument", Some("idempotency_key")),
        (long_key.as_bytes(), "invalid_argument", Some("idempotency_key")),
        (long_url.as_bytes(), "invalid_argument", Some("callback_url")),
        (deep.as_bytes(), "invalid_json", None),
        (too_many.as_bytes(), "invalid_argument", Some("eans")),
    ];
    for (body, error, field) in table {
        let shown = String::from_utf8_lossy(&body[..body.len().min(100)]).into_owned();
        let answer = post(&house, body.to_vec()).await;
        assert_eq!((answer.status, answer.text("error"), answer.json["field"].as_str()), (400, *error, *field), "{shown}: {}", answer.json);
        assert!(answer.text("message").len() > 15, "{shown}: {}", answer.json);
        assert!(!answer.text("message").starts_with("is "), "{shown}: {}", answer.json);
        assert_eq!(answer.headers["content-type"], "application/json", "{shown}");
    }
    let jobs = Answer::of(client().get(house.url("/api/jobs"))).await;
    assert_eq!(jobs.json["jobs"], json!([]), "a refused request leaves nothing behind");
}

#[tokio::test]
async fn a_refused_callback_tells_the_line_to_add() {
    let house = House::open().await;
    let answer = post(&house, json!({"eans": ["x"], "callback_url": "http://n8n.lan:5678/webhook-waiting/3"}).to_string()).await;
    assert!(answer.text("message").contains("[webhooks.callback] hosts = [\"n8n.lan:5678\"]"), "{}", answer.json);
}

#[tokio::test]
async fn the_content_type_matters_only_for_forms() {
    let house = House::open().await;
    for (kind, status) in [
        (None, 202),
        (Some("application/json; charset=utf-8"), 202),
        (Some("text/plain"), 202),
        (Some("application/x-www-form-urlencoded"), 202),
        (Some("multipart/form-data; boundary=x"), 415),
    ] {
        let mut request = client().post(house.url("/api/scrape")).body(json!({"eans": [NO_BARCODE, kind]}).to_string());
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{kind:?}: {}", answer.json);
    }
    let form = Answer::of(client().post(house.url("/api/scrape")).form(&[("eans", "0748322148474")])).await;
    assert_eq!((form.status, form.text("error")), (415, "unsupported_media_type"));
}

#[tokio::test]
async fn a_packed_body_is_refused_unread() {
    let house = House::open().await;
    let job = "00000000-0000-7000-8000-000000000000";
    for path in ["/api/scrape".to_owned(), format!("/api/jobs/{job}/deliveries/replay")] {
        for codings in [&["gzip"][..], &["br"], &["zstd"], &["gzip, gzip"], &["identity", "deflate"], &["GZIP"]] {
            // A length that no body follows: whoever waited for it would answer 408 a minute later.
            let lines: String = codings.iter().map(|coding| format!("Content-Encoding: {coding}\r\n")).collect();
            let answer = raw(&house, &format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n{lines}\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 415") && answer.contains("unsupported_media_type"), "{path} {codings:?}: {answer}");
        }
    }
    let plain =
        client().post(house.url("/api/scrape")).header("content-encoding", "Identity").body(json!({"eans": [NO_BARCODE]}).to_string());
    assert_eq!(Answer::of(plain).await.status, 202);
}

#[tokio::test]
async fn a_head_is_bounded() {
    let fields = |count: usize, length: usize| -> String { (0..count).map(|n| format!("x-{n}: {}\r\n", "v".repeat(length))).collect() };
    let ask = |lines: String| format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n");
    let (usual, tight) =
        (House::open().await, House::with(Settings { max_headers: 10, max_head_bytes: 8_192, ..Settings::default() }).await);
    for (house, lines, status) in [
        (&usual, fields(98, 100), 200),
        (&usual, fields(99, 1), 431),
        (&usual, fields(7, 10_000), 431),
        (&tight, fields(8, 100), 200),
        (&tight, fields(9, 1), 431),
        (&tight, fields(2, 5_000), 431),
    ] {
        let answer = raw(house, &ask(lines.clone())).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{} bytes: {answer}", lines.len());
    }
    // A head that goes on for ever is cut off.
    let mut stream = TcpStream::connect(usual.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nx-long: ").await.unwrap();
    let mut sent = 0;
    while sent < 64 << 20 && stream.write_all(&[b'a'; 16_384]).await.is_ok() {
        sent += 16_384;
    }
    assert!(sent < 16 << 20, "{sent} bytes were taken into the system's buffers at most");
}

#[tokio::test]
async fn a_body_that_is_too_large_or_too_slow_is_refused() {
    let house = House::with(Settings { max_body_bytes: 1000, body_timeout: Duration::from_millis(300), ..Settings::default() }).await;
    let answer = post(&house, "x".repeat(1001)).await;
    assert_eq!((answer.status, answer.text("error")), (413, "too_large"));
    let chunked = raw(
        &house,
        &format!(
            "POST /api/scrape HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
            "x".repeat(1001)
        ),
    )
    .await;
    assert!(chunked.starts_with("HTTP/1.1 413"), "{chunked}");
    let slow = raw(&house, "POST /api/scrape HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{").await;
    assert!(slow.starts_with("HTTP/1.1 408") && slow.contains("body_timeout"), "{slow}");
}

/// Byte by byte, head and body: the time is for the whole, not from byte to byte.
#[tokio::test]
async fn a_request_that_drips_is_cut_off() {
    let brief = Duration::from_millis(400);
    let house = House::with(Settings { header_timeout: brief, body_timeout: brief, ..Settings::default() }).await;
    for begun in [
        "GET /healthz HTTP/1.1\r\nx-slow: ",
        "POST /api/scrape HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n",
        "POST /api/scrape HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
    ] {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_secs(5) && stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(start.elapsed() < 5 * brief, "{begun:?} was listened to for {:?}", start.elapsed());
    }
}

/// Sends bytes and reads what comes, until the server closes or two seconds pass.
async fn raw(house: &House, request: &str) -> String {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_repeated_request_is_the_same_job() {
    let house = House::open().await;
    let body = json!({"eans": [NO_BARCODE]}).to_string();
    let send = async |body: &str, key: Option<&str>| {
        let mut request = client().post(house.url("/api/scrape")).body(body.to_owned());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        Answer::of(request).await
    };
    let first = send(&body, Some("k1")).await;
    let again = send(&body, Some("k1")).await;
    assert_eq!((again.status, &again.json["job_id"], &again.json["repeated"]), (202, &first.json["job_id"], &json!(true)));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed") && first.json["repeated"].is_null());

    let other = send(&json!({"eans": ["other"]}).to_string(), Some("k1")).await;
    assert_eq!((other.status, other.text("error")), (409, "conflict"));

    let bare = send(&body, None).await;
    assert_ne!(bare.json["job_id"], first.json["job_id"]);
    let spaced = send("{ \"eans\" : [\"no barcode\"] }", None).await;
    assert_eq!((&spaced.json["job_id"], &spaced.json["repeated"]), (&bare.json["job_id"], &json!(true)));

    for key in ["", "with space", "é"] {
        let refused = send(&body, Some(key)).await;
        assert_eq!((refused.status, refused.json["field"].as_str()), (400, Some("idempotency_key")), "{key:?}");
    }
}

#[tokio::test]
async fn every_route_of_the_table_answers_and_names_its_methods() {
    let house = House::open().await;
    let job = post(&house, json!({"eans": [NO_BARCODE], "callback_url": "http://127.0.0.1:5678/webhook/x"}).to_string()).await;
    client().get(house.url(&format!("/api/jobs/{}/events", job.text("job_id")))).send().await.unwrap().text().await.unwrap();
    let webhooks = Answer::of(client().get(house.url("/api/deliveries"))).await;
    let webhook = webhooks.json["deliveries"][0]["webhook_id"].as_str().unwrap();
    for route in ROUTES {
        let url = house.url(&route.path.replace("{id}", job.text("job_id")).replace("{webhook_id}", webhook));
        for method in route.allow.split(',') {
            let response = client().request(method.parse().unwrap(), &url).send().await.unwrap();
            assert!(![404, 405, 501].contains(&response.status().as_u16()), "{method} {}: {}", route.path, response.status());
        }
        let wrong = client().patch(&url).send().await.unwrap();
        assert_eq!(wrong.status(), 405, "{}", route.path);
        let mut allowed: Vec<_> = wrong.headers()["allow"].to_str().unwrap().split(',').map(str::to_owned).collect();
        allowed.sort();
        let mut expected: Vec<_> = route.allow.split(',').map(str::to_owned).collect();
        expected.sort();
        assert_eq!(allowed, expected, "{}", route.path);
        let body: serde_json::Value = serde_json::from_str(&wrong.text().await.unwrap()).unwrap();
        assert_eq!(body["error"], "method_not_allowed");
    }
}

#[tokio::test]
async fn unknown_paths_answer_by_path_and_not_by_accept() {
    let house = House::open().await;
    let n8n = "application/json,text/html,application/xhtml+xml,application/xml,text/*;q=0.9, image/*;q=0.8, */*;q=0.7";
    for path in ["/api", "/api/", "/api/nothing", "/api/jobs/", "/api/scrape/"] {
        let answer = Answer::of(client().get(house.url(path)).header("accept", n8n)).await;
        assert_eq!((answer.status, answer.text("error")), (404, "not_found"), "{path}");
    }
    for path in ["/nothing", "/<script>", "/dashboard2"] {
        let page = client().get(house.url(path)).header("accept", "application/json").send().await.unwrap();
        assert_eq!((page.status().as_u16(), page.headers()["content-type"].to_str().unwrap()), (404, "text/html; charset=utf-8"));
        assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert!(!page.text().await.unwrap().contains("<script"));
    }
    for path in ["/api/jobs/none", "/api/jobs/%ff", "/api/jobs/none/events", "/api/jobs/none/results", "/api/jobs/none/deliveries"] {
        let answer = Answer::of(client().get(house.url(path))).await;
        assert_eq!((answer.status, answer.text("error")), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn the_home_page_is_self_contained() {
    let house = House::open().await;
    let page = client().get(house.url("/")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let html = page.text().await.unwrap();
    for part in [env!("CARGO_PKG_VERSION"), "grpcurl -plaintext", "curl --json", "/api/jobs/{id}/events", &house.address.to_string()] {
        assert!(html.contains(part), "{part} is missing");
    }
    assert!(!html.contains("style=") && !html.contains("<script") && !html.contains("https://"));
    assert_eq!(client().get(house.url("/style.css")).send().await.unwrap().headers()["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn bad_parameters_are_refused_by_name() {
    let house = House::open().await;
    let job = post(&house, json!({"eans": [NO_BARCODE]}).to_string()).await;
    let of = |rest: &str| format!("/api/jobs/{}{rest}", job.text("job_id"));
    for (path, error, field) in [
        ("/api/jobs?state=sleeping".to_owned(), "invalid_argument", "state"),
        ("/api/jobs?page_size=many".to_owned(), "invalid_argument", "page_size"),
        ("/api/jobs?page_size=-1".to_owned(), "invalid_argument", "page_size"),
        ("/api/jobs?page_token=nonsense".to_owned(), "invalid_argument", "page_token"),
        ("/api/jobs?stat=running".to_owned(), "invalid_argument", "stat"),
        ("/api/jobs?state=running&state=queued".to_owned(), "invalid_argument", "state"),
        (of("/deliveries?state=gone"), "invalid_argument", "state"),
        (of("/deliveries?page_size=many"), "invalid_argument", "page_size"),
        (of("/deliveries?page_token=x"), "invalid_argument", "page_token"),
        (of("/results?format=xml"), "invalid_argument", "format"),
        (of("/results?fromat=csv"), "invalid_argument", "fromat"),
        (of("/events?after=x"), "invalid_argument", "after"),
        (of("/events?after=-1"), "invalid_argument", "after"),
        (of("/events?after=99999"), "out_of_range", "after"),
    ] {
        let answer = Answer::of(client().get(house.url(&path))).await;
        assert_eq!((answer.status, answer.text("error"), answer.json["field"].as_str()), (400, error, Some(field)), "{path}");
    }
    let header = Answer::of(client().get(house.url(&of("/events"))).header("last-event-id", "x")).await;
    assert_eq!(header.json["field"], "Last-Event-ID");
    let replay =
        |query: &str, body: &'static str| Answer::of(client().post(house.url(&of(&format!("/deliveries/replay{query}")))).body(body));
    for (query, body) in
        [("?scope=some", ""), ("", r#"{"all":true}"#), ("", r#"{"scope":"some"}"#), ("?scope=all", r#"{"scope":"failed"}"#), ("", "[")]
    {
        let refused = replay(query, body).await;
        assert_eq!((refused.status, refused.json["field"].as_str()), (400, Some("scope")), "{query} {body}");
    }
    for (query, body) in [("", ""), ("", "{}"), ("?scope=all", ""), ("", r#"{"scope":"all"}"#)] {
        assert_eq!(replay(query, body).await.json["replayed"], 0, "{query} {body}");
    }
}

#[tokio::test]
async fn events_resume_without_gap_or_repeat() {
    let house = House::open().await;
    let codes: Vec<_> = (0..5).map(|n| format!("{NO_BARCODE} {n}")).collect();
    let job = post(&house, json!({"eans": codes}).to_string()).await;
    let url = house.url(&format!("/api/jobs/{}/events", job.text("job_id")));
    let whole = client().get(&url).send().await.unwrap();
    assert_eq!(whole.headers()["content-type"], "text/event-stream");
    let whole = whole.text().await.unwrap();
    let events: Vec<&str> = whole.split("\n\n").filter(|event| event.contains("data:")).collect();
    assert!(events[0].contains("event: accepted") && events[0].contains("id: 1\n"), "{}", events[0]);
    assert!(events.last().unwrap().contains("event: completed"));
    assert_eq!(events.iter().filter(|event| event.contains("event: result")).count(), 5);
    let data = events[0].lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!((&data["cursor"], &data["seq"], &data["accepted"]["total"]), (&json!("1"), &json!(1), &json!(5)));

    for cut in 0..events.len() {
        let by_header = client().get(&url).header("last-event-id", cut.to_string()).send().await.unwrap();
        let text = by_header.text().await.unwrap();
        let rest: Vec<&str> = text.split("\n\n").filter(|event| event.contains("data:")).collect();
        assert_eq!(rest, events[cut..], "after {cut}");
        let by_query = client().get(format!("{url}?after={cut}")).send().await.unwrap().text().await.unwrap();
        assert_eq!(by_query, text);
    }
    let over = client().get(&url).header("last-event-id", events.len().to_string()).send().await.unwrap();
    assert_eq!(over.status(), 204, "an EventSource stops here");
}

#[tokio::test]
async fn results_come_as_document_and_as_lines() {
    let house = House::open().await;
    let job = post(&house, json!({"eans": ["a", "b", "c"]}).to_string()).await;
    let url = house.url(&format!("/api/jobs/{}", job.text("job_id")));
    client().get(format!("{url}/events")).send().await.unwrap().text().await.unwrap();
    let document = Answer::of(client().get(format!("{url}/results"))).await;
    assert_eq!((&document.json["job_id"], document.text("state")), (&job.json["job_id"], "completed"));
    let lines = client().get(format!("{url}/results?format=jsonl")).send().await.unwrap().text().await.unwrap();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(document.json["results"], json!(lines));
    assert_eq!(lines.len(), 3);
    let csv = client().get(format!("{url}/results?format=csv")).send().await.unwrap();
    assert_eq!(csv.headers()["content-type"], "text/csv; charset=utf-8");
    assert!(csv.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(csv.text().await.unwrap().lines().count(), 4, "a header and three rows");
    let xlsx = client().get(format!("{url}/results?format=xlsx")).send().await.unwrap().bytes().await.unwrap();
    assert!(xlsx.starts_with(b"PK"));
    let shops = Answer::of(client().get(house.url("/api/shops"))).await;
    assert_eq!(shops.json["shops"][0]["name"], "cocooncenter");
}

#[tokio::test]
async fn web_pages_of_others_change_nothing() {
    let house = House::open().await;
    let send = |origin: String| Answer::of(client().post(house.url("/api/scrape")).header("origin", origin).body(r#"{"eans":["x"]}"#));
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let answer = send(origin.to_owned()).await;
        assert_eq!((answer.status, answer.text("error")), (403, "cross_origin"), "{origin}");
    }
    assert_eq!(send(house.url("")).await.status, 202);
}

#[tokio::test]
async fn health_is_told_and_turns() {
    let house = House::open().await;
    for path in ["/api/health", "/healthz"] {
        assert_eq!(Answer::of(client().get(house.url(path))).await.json, json!({"status": "ok"}));
    }
    assert_eq!(Answer::of(client().get(house.url("/readyz"))).await.json["status"], "ready");

    // An open stream keeps its connection while the house drains.
    let mut events = {
        let job = house.jobs.submit(open_job()).await.unwrap().job.id;
        client().get(house.url(&format!("/api/jobs/{job}/events"))).send().await.unwrap()
    };
    assert!(String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()).contains("accepted"));
    assert!(house.drain().await < Duration::from_secs(3));
    assert!(events.chunk().await.unwrap().is_none(), "the stream ends cleanly");
}

/// A job that stays open until somebody seals it.
pub(crate) fn open_job() -> glaneur::jobs::NewJob {
    glaneur::jobs::NewJob {
        batch: glaneur::Batch::default(),
        callback: None,
        intake: glaneur::jobs::Intake::Open,
        once: None,
        owner: None,
        caller: None,
        plan: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_posts_at_once_with_one_key_make_one_job() {
    let house = House::open().await;
    let client = client();
    let posts = (0..100).map(|_| {
        let post = client.post(house.url("/api/scrape")).header("Idempotency-Key", "key-1").json(&json!({ "eans": ["no barcode"] }));
        Answer::of(post)
    });
    let answers = futures::future::join_all(posts).await;
    assert!(answers.iter().all(|answer| answer.status == 202));
    let replayed = answers.iter().filter(|answer| answer.headers.contains_key("idempotent-replayed")).count();
    let ids: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.text("job_id")).collect();
    assert_eq!((replayed, ids.len()), (99, 1));
    let jobs = Answer::of(client.get(house.url("/api/jobs"))).await;
    assert_eq!(jobs.json["jobs"].as_array().unwrap().len(), 1, "{}", jobs.json);
}
