//! Names that are not ours, as a web page would use them whose owner points its name here.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use glaneur::serve::Settings;

use super::token;
use crate::house::House;

async fn status(address: SocketAddr, head: String) -> String {
    let ask = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

#[tokio::test]
async fn strange_names_are_refused_at_every_door() {
    let house = House::with(Settings { hosts: vec!["shop.example".to_owned()], ..Settings::default() }).await;
    let port = house.address.port();
    for (host, expected) in [
        (format!("127.0.0.1:{port}"), "200"),
        (format!("localhost:{port}"), "200"),
        ("shop.example".to_owned(), "200"),
        (format!("evil.example:{port}"), "421"),
        ("192.0.2.1".to_owned(), "421"),
        ("127.0.0.1.evil.example".to_owned(), "421"),
    ] {
        for path in ["/api/jobs", "/healthz", "/", "/api/jobs/x/events"] {
            let answer = status(house.address, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
            let expected = if expected == "200" && path.ends_with("events") { "404" } else { expected };
            assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{host} {path}: {answer}");
            let hints = answer.contains("[server] hosts = [") && answer.contains("nosniff");
            assert_eq!(hints, expected == "421", "{answer}");
        }
    }
    // The page's own origin and the name that it was found under agree, and are refused all the same.
    let rebound =
        "POST /api/scrape HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert!(status(house.address, rebound.to_owned()).await.starts_with("HTTP/1.1 421"));
    let foreign =
        "POST /api/scrape HTTP/1.1\r\nHost: shop.example\r\nOrigin: http://evil.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert!(status(house.address, foreign.to_owned()).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn the_authority_of_grpc_is_checked_too() {
    let house = House::open().await;
    for (authority, refused) in [("http://evil.example", true), ("http://localhost", false)] {
        let channel =
            tonic::transport::Endpoint::from_shared(house.url("")).unwrap().origin(authority.parse().unwrap()).connect().await.unwrap();
        let mut jobs = glaneur::serve::proto::job_service_client::JobServiceClient::new(channel);
        let outcome = jobs.list_jobs(glaneur::serve::proto::ListJobsRequest::default()).await;
        assert_eq!(outcome.as_ref().err().map(tonic::Status::code), refused.then_some(tonic::Code::PermissionDenied), "{authority}");
        if let Err(status) = outcome {
            assert!(status.message().contains("[server] hosts = [\"evil.example\"]"), "{}", status.message());
        }
    }
}

/// The real binary: an address that others can reach needs a token first, and the refusal says how.
#[test]
fn other_addresses_need_a_token() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
        let output = command.args(arguments).arg("--data-dir").arg(&data).current_dir(&directory).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let (code, _, told) = run(&["serve", "--listen", address]);
        assert_eq!(code, Some(2), "{told}");
        assert!(
            told.contains("glaneur token create --name NAME") && told.contains("[server.tls]") && told.contains("reverse proxy"),
            "{told}"
        );
    }
    assert!(run(&["token", "list"]).1.starts_with("no tokens; create one with: glaneur token create"));
    let (code, secret, told) = run(&["token", "create", "--name", "n8n", "--scope", "submit,read", "--expires", "90d"]);
    assert!(
        code == Some(0) && secret.starts_with("glaneur_") && secret.trim_end().len() == 51 && told.contains("not shown again"),
        "{told}"
    );
    let (_, list, _) = run(&["token", "list"]);
    assert!(list.contains("n8n") && list.contains("submit,read") && list.contains("never") && !list.contains(secret.trim_end()), "{list}");
    let (_, list, _) = run(&["token", "list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let id = list["tokens"][0]["id"].as_str().unwrap();
    assert_eq!(run(&["token", "revoke", id]).1, format!("revoked {id} (n8n)\n"));
    assert_eq!(run(&["token", "revoke", id]).0, Some(2));
    assert_eq!(run(&["serve", "--listen", "0.0.0.0:0"]).0, Some(2), "a list without a token is none");
    for wrong in [["--name", "x", "--scope", "write"], ["--name", "", "--scope", "read"]] {
        assert_eq!(run(&[&["token", "create"][..], &wrong].concat()).0, Some(2), "{wrong:?}");
    }
    token(&data, "read");
    let file = directory.path().join("glaneur.toml");
    std::fs::write(&file, format!("listen = '0.0.0.0:0'\ndata_dir = '{}'\n", data.display())).unwrap();
    let process = crate::process::Process::serve(directory.path(), &std::fs::read_to_string(&file).unwrap());
    assert!(process.log().contains("is served without TLS"), "{}", process.log());
}
