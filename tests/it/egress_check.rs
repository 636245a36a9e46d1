//! `glaneur egress check` and its doors, against a page that tells the address of its visitor.

use std::process::Stdio;

use glaneur::Glaneur;
use glaneur::serve::Settings;
use glaneur::serve::proto::egress_service_client::EgressServiceClient;
use glaneur::serve::proto::{CheckRoutesRequest, CheckRoutesResponse, Isolation, NameLookup};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::house::{Answer, House, client};

/// A page that tells its own address, as the visitor's exit. On the private Tor network each exit leads to another address.
pub(crate) async fn mirror(listener: TcpListener) {
    let own = listener.local_addr().unwrap().ip();
    let mut visits = JoinSet::new();
    while let Ok((mut visitor, _)) = listener.accept().await {
        visits.spawn(async move {
            let mut head = [0; 4096];
            // Every request fits into one segment.
            while visitor.read(&mut head).await.is_ok_and(|length| length > 0) {
                let body = json!({ "IsTor": false, "IP": own }).to_string();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                if visitor.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

async fn mirrored() -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(mirror(listener));
    (url, tasks)
}

/// The command's exit code and stdout.
async fn check(config: &str, arguments: &[&str]) -> (i32, String) {
    let room = tempfile::tempdir().unwrap();
    std::fs::write(room.path().join("glaneur.toml"), config).unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_glaneur"));
    command.args(["egress", "check"]).args(arguments).current_dir(room.path()).stdin(Stdio::null());
    let output = command.output().await.unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn settings(url: &str, route: &str) -> String {
    format!("[egress]\nallow_private = [\"127.0.0.1\"]\ncheck_url = \"{url}\"\nroute = \"{route}\"\n")
}

#[tokio::test]
async fn the_direct_route_is_told_as_it_is() {
    let (url, _mirror) = mirrored().await;
    let (code, told) = check(&settings(&url, "direct"), &["--json"]).await;
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(code, 0, "{told}");
    assert_eq!(report["route"], "direct");
    assert_eq!(report["exits"], json!(["127.0.0.1"]));
    assert_eq!((&report["names"], &report["isolation"]), (&json!("local"), &json!("none")));
    assert!(report["first_ms"].is_u64() && report.get("failure").is_none(), "{told}");
    let (code, table) = check(&settings(&url, "direct"), &[]).await;
    assert!(code == 0 && table.contains("127.0.0.1") && table.contains("all look the same"), "{table}");
}

#[tokio::test]
async fn a_dead_proxy_is_a_failure_and_not_a_direct_request() {
    let (url, _mirror) = mirrored().await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let route = format!("socks5h://{nobody}");
    for (arguments, configured) in [(vec!["--json"], route.as_str()), (vec!["--json", "--route", &route], "direct")] {
        let (code, told) = check(&settings(&url, configured), &arguments).await;
        let report: Value = serde_json::from_str(&told).unwrap();
        assert_eq!((code, &report["route"]), (1, &json!(route)), "{told}");
        assert!(report["failure"].as_str().unwrap().contains("failed to create underlying connection"), "{told}");
        assert_eq!(report["exits"], json!([]));
    }
    let (code, told) = check(&settings("http://127.0.0.1:1/", "direct"), &[]).await;
    assert!(code == 1 && told.starts_with("direct does not work: "), "{told}");
    let (code, _) = check(&settings("nonsense", "direct"), &[]).await;
    assert_eq!(code, 2);
}

#[tokio::test]
async fn both_doors_check_the_routes_in_use_and_no_others() {
    let (url, _mirror) = mirrored().await;
    let egress = glaneur::egress::Settings {
        allow_private: ["127.0.0.1"].into_iter().collect(),
        check_url: url.parse().unwrap(),
        ..glaneur::egress::Settings::default()
    };
    let glaneur = Glaneur::builder().egress(egress).build().await.unwrap();
    let house = House::of(Settings::default(), glaneur).await;
    let all = Answer::of(client().post(house.url("/api/egress/check"))).await;
    assert_eq!(all.status, 200, "{}", all.json);
    assert_eq!(all.json["routes"][0]["exits"], json!(["127.0.0.1"]), "{}", all.json);
    let other = Answer::of(client().post(house.url("/api/egress/check?route=tor"))).await;
    assert_eq!((other.status, other.text("field")), (400, "route"));
    assert!(other.text("message").contains("use direct"), "{}", other.json);

    let mut grpc = EgressServiceClient::new(house.channel().await);
    let mut told = grpc.check_routes(CheckRoutesRequest { route: "direct".to_owned() }).await.unwrap().into_inner();
    let report = told.message().await.unwrap().unwrap();
    let CheckRoutesResponse { route, failure, exits, names, isolation, .. } = report;
    assert_eq!((route.as_str(), failure, exits), ("direct", None, vec!["127.0.0.1".to_owned()]));
    assert_eq!((names, isolation), (NameLookup::Local.into(), Isolation::None.into()));
    assert!(told.message().await.unwrap().is_none());
    let refused = grpc.check_routes(CheckRoutesRequest { route: "tor".to_owned() }).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused}");
    house.drain().await;
}
