//! Recipes that a user can trust: check, record and test, by the real binary.

use std::path::Path;
use std::process::{Command, Output};

use glaneur::demo::{Behaviour, DemoShops, EANS};
use serde_json::Value;

use crate::process;

/// Off the async threads: the shops of the test answer meanwhile.
pub(crate) async fn glaneur(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
    command.args(arguments).current_dir(directory);
    let Output { status, stdout, stderr } = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

const PAGE: &str = r#"<html lang="fr"><h1>Crème</h1><script type="application/ld+json">{"@type":"Product","name":"Crème","brand":"Avène",
    "gtin13":"3665606002802","offers":{"price":"14.90","priceCurrency":"EUR"}}</script></html>"#;
const URL: &str = "https://www.cocooncenter.com/creme/12.html";
const EAN: &str = "3665606002802";

#[tokio::test(flavor = "multi_thread")]
async fn check_lists_fields_with_value_and_source_and_what_is_missing() {
    let room = tempfile::tempdir().unwrap();
    std::fs::write(room.path().join("page.html"), PAGE).unwrap();
    let (code, told, _) = glaneur(room.path(), &["recipe", "check", "cocooncenter", "--page", "page.html", "--ean", EAN]).await;
    assert_eq!(code, 0, "{told}");
    let price = told.lines().find(|line| line.trim_start().starts_with("price ")).unwrap();
    assert!(price.contains("14.90 EUR") && price.contains("json_ld") && price.contains("$[0].offers"), "{told}");
    assert!(told.contains("FOUND: evidence of 3665606002802: STRUCTURED"), "{told}");
    assert!(told.lines().any(|line| line.starts_with("missing: ") && line.contains("composition")), "{told}");

    let (_, json, _) = glaneur(room.path(), &["recipe", "check", "cocooncenter", "--page", "page.html", "--ean", EAN, "--json"]).await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["status"], &json["fields"]["name"]["value"]), (&"FOUND".into(), &"Crème".into()), "{json}");

    let (code, told, _) = glaneur(room.path(), &["recipe", "check", "cocooncenter", "--page", "page.html", "--ean", EANS[0]]).await;
    assert!(code == 1 && told.contains("MISMATCH: the page shows 3665606002802"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_page_shows_what_drifted() {
    let room = tempfile::tempdir().unwrap();
    std::fs::write(room.path().join("page.html"), PAGE).unwrap();
    let record = ["recipe", "record", "--page", "page.html", "--url", URL, "--ean", EAN];
    let (code, told, error) = glaneur(room.path(), &record).await;
    assert_eq!(code, 0, "{told}{error}");
    let html = room.path().join("pages/cocooncenter/creme-12-3665606002802.html");
    let json = html.with_extension("json");
    assert!(told.contains("wrote pages/cocooncenter/creme-12-3665606002802.json") && html.exists() && json.exists(), "{told}");

    let (code, _, error) = glaneur(room.path(), &record).await;
    assert!(code == 2 && error.contains("--force"), "{error}");
    let (code, told, _) = glaneur(room.path(), &["recipe", "test"]).await;
    assert!(code == 0 && told.contains("1 page: 1 ok, 0 drifted"), "{told}");

    std::fs::write(&html, PAGE.replace("14.90", "15.90").replace("\"brand\":\"Avène\",", "")).unwrap();
    let (code, told, _) = glaneur(room.path(), &["recipe", "test", "pages"]).await;
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("offers[0].price.amount\n    expected  14.90\n    read      15.90"), "{told}");
    assert!(told.contains("brand\n    expected  Avène\n    read      (nothing)"), "{told}");

    // Another page whose sheet is broken and one whose recipe is gone do not stop the rest.
    std::fs::write(json.with_file_name("broken.json"), "{").unwrap();
    let gone = std::fs::read_to_string(&json).unwrap().replace("\"cocooncenter\"", "\"gone\"");
    std::fs::write(json.with_file_name("gone.json"), gone).unwrap();
    let (code, told, _) = glaneur(room.path(), &["recipe", "test", "--bless"]).await;
    assert!(code == 1 && told.contains("broken.json: ") && told.contains("no recipe \"gone\""), "{told}");
    assert!(told.contains("3 pages: 0 ok, 0 drifted, 1 blessed, 2 failed"), "{told}");
    let (code, told, _) = glaneur(room.path(), &["recipe", "test", json.to_str().unwrap()]).await;
    assert!(code == 0 && told.contains("1 ok"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_shows_another_barcode_is_not_recorded() {
    let room = tempfile::tempdir().unwrap();
    std::fs::write(room.path().join("page.html"), PAGE).unwrap();
    let (code, _, error) = glaneur(room.path(), &["recipe", "record", "--page", "page.html", "--url", URL, "--ean", EANS[0]]).await;
    assert!(code == 1 && error.contains("MISMATCH") && error.contains("nothing was written"), "{error}");
    assert!(!room.path().join("pages").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn record_fetches_beside_the_recipes_and_writes_the_same_sheet_twice() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let room = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(room.path().join("shops/recipes")).unwrap();
    std::fs::write(room.path().join("glaneur.toml"), process::config(room.path(), &shops, 4, "recipes = 'shops/recipes'", "")).unwrap();
    let (_, found, error) = glaneur(room.path(), &["scrape", EANS[0], "--shops", "pharma-gdd"]).await;
    let found: Value = serde_json::from_str(&found).unwrap_or_else(|_| panic!("{error}"));
    let url = found["shops"][0]["url"].as_str().unwrap().to_owned();
    let record = ["recipe", "record", &url, "--ean", EANS[0], "--force"];
    let directory = room.path().join("shops/pages/pharma-gdd");
    let mut sheets = Vec::new();
    for _ in 0..2 {
        let (code, told, error) = glaneur(room.path(), &record).await;
        assert!(code == 0 && told.contains("FOUND"), "{told}{error}");
        let file =
            std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "json");
        let json: Value = serde_json::from_str(&std::fs::read_to_string(file.unwrap()).unwrap()).unwrap();
        sheets.push(json["sheet"].to_string());
    }
    assert_eq!(sheets[0], sheets[1]);
    let (code, told, _) = glaneur(room.path(), &["recipe", "test"]).await;
    assert!(code == 0 && told.contains("1 ok, 0 drifted"), "{told}");
}
