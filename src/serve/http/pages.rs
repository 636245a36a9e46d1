//! The two pages for people who open the port in a browser. Self-contained: nothing is loaded from another host, nothing runs.

use std::fmt::Write;

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap};
use axum::response::{Html, IntoResponse, Response};

use super::ROUTES;

const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = "\
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 48rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } td { padding: .2rem 1rem .2rem 0; vertical-align: top; }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
pre { padding: .8rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .4rem; overflow-x: auto; }
";

pub(super) async fn home(headers: HeaderMap) -> Response {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:8080");
    let host = escape(host);
    let mut routes = String::new();
    for route in ROUTES {
        let path = escape(route.path);
        let is_link = route.allow.starts_with("GET") && !route.path.contains('{');
        let shown = if is_link { format!("<a href=\"{path}\"><code>{path}</code></a>") } else { format!("<code>{path}</code>") };
        let allow = route.allow.replace("HEAD", "").replace(",,", ",");
        // Writing to a String cannot fail.
        let _ = writeln!(
            routes,
            "<tr><td>{}</td><td>{shown}</td><td>{}</td></tr>",
            allow.trim_matches(',').replace(',', ", "),
            escape(route.about)
        );
    }
    let body = format!(
        "<h1>glaneur {version}</h1>\n\
         <p>Barcodes in, product sheets from several shops out, each as soon as it is known. HTTP and gRPC answer on this port.</p>\n\
         <h2>Start a batch</h2>\n\
         <pre>curl --json '{{\"eans\":[\"0748322148474\"]}}' http://{host}/api/scrape</pre>\n\
         <h2>The same over gRPC, followed to its end</h2>\n\
         <pre>grpcurl -plaintext -d '{{\"eans\":[{{\"primary\":\"0748322148474\"}}]}}' {host} glaneur.v1.ScrapeService/Scrape</pre>\n\
         <p><code>grpcurl -plaintext {host} list</code> shows every service.</p>\n\
         <h2>HTTP</h2>\n<table>\n{routes}</table>",
        version = env!("CARGO_PKG_VERSION"),
    );
    page(StatusCode::OK, "glaneur", &body)
}

pub(super) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "max-age=3600")], STYLE).into_response()
}

pub(super) fn not_found(path: &str) -> Response {
    let body = format!("<h1>Nothing here</h1>\n<p>There is no page at <code>{}</code>. <a href=\"/\">What there is</a></p>", escape(path));
    page(StatusCode::NOT_FOUND, "Nothing here", &body)
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><link rel=\"stylesheet\" href=\"/style.css\"></head>\n<body>\n{body}\n</body>\n</html>\n",
        escape(title)
    );
    (status, [(CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response()
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_caller_sends_becomes_markup() {
        assert_eq!(escape("<script>alert('\"&')</script>"), "&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;");
    }
}
