//! Configuration files that are wrong: refused before a port is opened, with the place and the key.

use glaneur::config::Config;

/// Bytes of a file, and what the refusal must name.
const TABLE: &[(&[u8], &str)] = &[
    (b"listen = 'localhost'", "listen"),
    (b"listen = '127.0.0.1:99999'", "listen"),
    (b"listen = 8080", "listen"),
    (b"listen = '127.0.0.1:1'\nlisten = '127.0.0.1:2'", "line 2"),
    (b"data_dir = ''", "data_dir"),
    (b"[server]\nmax_body_bytes = 0", "server.max_body_bytes"),
    (b"[server]\nmax_body_bytes = -1", "max_body_bytes"),
    (b"[server]\nmax_body_bytes = 99999999999999999999", "line 2"),
    (b"[server]\nmax_body_bytes = '8 MB'", "max_body_bytes"),
    (b"[server]\nmax_json_depth = 5000", "server.max_json_depth"),
    (b"[server]\nmax_json_nodes = 0", "server.max_json_nodes"),
    (b"[server]\nmax_requests = 0", "server.max_requests"),
    (b"[server]\nidle_timeout = '0s'", "server.idle_timeout"),
    (b"[server]\nidle_timeout = '-1s'", "idle_timeout"),
    (b"[server]\nmax_head_bytes = 10", "server.max_head_bytes"),
    (b"[server]\nbody_timeout = 'soon'", "body_timeout"),
    (b"[server]\nbody_timeout = 60", "body_timeout"),
    (b"[server]\nmax_boddy = 1", "max_boddy"),
    (b"[jobs]\nmax_unfinished_jobs = 0", "jobs.max_unfinished_jobs"),
    (b"[sever]", "sever"),
    (b"[log]\nlevel = 'loud'", "log.level"),
    (b"[log]\nformat = 'xml'", "format"),
    (b"[log]\notlp = 'https://collector.example:4317'", "log.otlp"),
    (b"[log]\notlp = 'grpc'", "otlp"),
    (b"[egress]\nallow_private = '10.0.0.0/8'", "allow_private"),
    (b"[egress]\nallow_private = ['10.0.0.0/99']", "allow_private"),
    (b"[egress]\nroute = 'carrier pigeon'", "route"),
    (b"[egress]\nuser_agents = [\"x\\r\\nEvil: 1\"]", "egress.user_agents[0]"),
    (b"[[webhooks.endpoints]]\nname = 'a'\nurl = 'file:///etc/passwd'", "url"),
    (b"[[webhooks.endpoints]]\nname = 'a'\nurl = 'http://127.0.0.1/'\nsecret = 'short'", "secret"),
    (b"[shops.nowhere]\nenabled = true", "nowhere"),
    (b"listen = \"127.0.0.1:1\xff\"", "UTF-8"),
    (b"\0", "line 1"),
    (b"[[[[[[[[", "line 1"),
    (b"={{ $env.SECRET }}", "line 1"),
];

#[test]
fn a_bad_configuration_is_refused_by_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("glaneur.toml");
    let mut wrong = Vec::new();
    let deep = format!("a = {}1{}", "[".repeat(50_000), "]".repeat(50_000));
    for (bytes, named) in TABLE.iter().copied().chain([(deep.as_bytes(), "line 1")]) {
        std::fs::write(&file, bytes).unwrap();
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        match Config::load(Some(&file), []) {
            Ok(_) => wrong.push(format!("{shown} is taken")),
            Err(error) => {
                let error = error.to_string();
                let place = error.replace("glaneur.toml:", "line ");
                if !place.contains(named) {
                    wrong.push(format!("{shown}: {error:?} does not name {named}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
