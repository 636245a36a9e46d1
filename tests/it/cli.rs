//! The command line as a user types it: exit codes, what goes to stdout, and errors that name the remedy.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use glaneur::demo::{Behaviour, DemoShops, EANS};
use serde_json::Value;

use crate::process;

fn glaneur(arguments: &[&str], input: Option<&str>) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
    command.args(arguments).current_dir(directory.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn code_and_stderr(arguments: &[&str]) -> (i32, String) {
    let output = glaneur(arguments, None);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn written(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn demo_shows_the_whole_main_job() {
    let output = glaneur(&["demo"], None);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{shown}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(shown.lines().last(), Some("8/8 results, 8/8 webhooks"), "{shown}");
    for ean in EANS {
        assert!(shown.contains(ean), "{shown}");
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        vec!["demo"],
        vec!["serve"],
        vec!["scrape"],
        vec!["reextract"],
        vec!["extract"],
        vec!["recipe", "check"],
        vec!["recipe", "draft"],
        vec!["recipe", "record"],
        vec!["recipe", "test"],
        vec!["egress", "check"],
        vec!["webhook", "test"],
        vec!["config", "init"],
        vec!["config", "check"],
        vec!["completions"],
    ] {
        let output = glaneur(&[&command[..], &["--help"]].concat(), None);
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && help.contains("Example"), "{command:?}: {help}");
    }
}

#[test]
fn what_config_init_prints_is_accepted_and_mistakes_are_placed() {
    let defaults = String::from_utf8(glaneur(&["config", "init"], None).stdout).unwrap();
    let file = written(&defaults);
    let checked = glaneur(&["config", "check", "--config", file.path().to_str().unwrap()], None);
    assert!(checked.status.success(), "{checked:?}");

    let wrong = written("listen = '127.0.0.1:0'\n[scrape]\nitems_in_wrok = 3\n");
    for command in [["config", "check"].as_slice(), &["serve"], &["scrape", EANS[0]]] {
        let (code, told) = code_and_stderr(&[command, &["--config", wrong.path().to_str().unwrap()]].concat());
        assert_eq!(code, 2, "{told}");
        assert!(told.contains(":3:1: scrape.items_in_wrok: unknown field `items_in_wrok`"), "{told}");
    }
}

#[test]
fn bad_usage_ends_with_2_and_the_remedy() {
    for (arguments, told) in [
        (vec!["scrape"], "no barcode was given"),
        (vec!["scrape", EANS[0], "--shops", "drakars"], "known shops: cocooncenter, pharma-gdd, drakkars"),
        (vec!["scrape", "--file", "missing.txt"], "missing.txt"),
        (vec!["scrape", EANS[0], "--route", "onion"], "invalid value 'onion'"),
        (vec!["serve", "--config", "missing.toml"], "missing.toml"),
        (vec!["serve", "--listen", "0.0.0.0:0"], "listen on 127.0.0.1"),
        (vec!["serve", "--listen", "nonsense"], "invalid value 'nonsense'"),
        (vec!["serve", "--listen", "localhost:8080"], "write one such as 127.0.0.1:8080"),
        (vec!["extract", "-", "--ean", "12"], "--ean: "),
        (vec!["recipe", "check", "missing.toml"], "missing.toml"),
        (vec!["fly"], "unrecognized subcommand"),
    ] {
        let (code, error) = code_and_stderr(&arguments);
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(error.contains(told), "{arguments:?}: {error}");
    }
}

#[test]
fn a_wrong_recipe_is_refused_with_file_line_and_key() {
    let good = include_str!("../../src/recipe/builtin/cocooncenter.toml");
    let file = written(&good.replacen("origin =", "orgin =", 1));
    let (code, told) = code_and_stderr(&["recipe", "check", file.path().to_str().unwrap()]);
    assert_eq!(code, 2, "{told}");
    let line = good.lines().position(|line| line.starts_with("origin =")).unwrap() + 1;
    assert!(told.contains(&format!("{}:{line}:", file.path().display())) && told.contains("orgin"), "{told}");
}

#[test]
fn recipe_check_speaks_as_the_results_do() {
    let page = written(r#"<script type="application/ld+json">{"@type":"Product","name":"Crème","gtin13":"3665606002802"}</script>"#);
    let output = glaneur(&["recipe", "check", "cocooncenter", "--page", page.path().to_str().unwrap(), "--ean", "3665606002802"], None);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("evidence of 3665606002802: STRUCTURED") && told.contains("json_ld"), "{told}");
    assert!(!told.contains("1 search steps"), "{told}");
}

#[test]
fn extract_reads_a_page_from_stdin_without_network() {
    let page = r#"<html lang="fr"><script type="application/ld+json">{"@type":"Product","name":"Crème","gtin13":"3665606002802",
        "offers":{"price":"14.90","priceCurrency":"EUR"}}</script></html>"#;
    let output = glaneur(&["extract", "-", "--url", "https://shop.example/creme"], Some(page));
    let product: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&product["name"], &product["offers"][0]["price"]["amount"]), (&"Crème".into(), &"14.90".into()), "{product}");
    assert_eq!(product["provenance"]["name"]["source"], "json_ld", "{product}");
    let other = glaneur(&["extract", "-", "--ean", "0748322148474"], Some(page));
    assert_eq!(other.status.code(), Some(1));
    assert!(String::from_utf8(other.stderr).unwrap().contains("MISMATCH: the page shows 3665606002802"));
    assert_eq!(glaneur(&["extract", "-"], Some("<p>nothing</p>")).status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn scrape_writes_results_in_every_format() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let config = written(&process::config(directory.path(), &shops, 4, "", ""));
    // As a spreadsheet saves it: a header, the leading zero lost, "null" for none.
    let eans =
        written(&format!("\u{feff}ean;replacement\r\n{};null\r\n\r\n# a comment\r\n{}\r\n", EANS[0], EANS[3].trim_start_matches('0')));
    let (config, file) = (config.path().to_str().unwrap().to_owned(), eans.path().to_str().unwrap().to_owned());
    let run = move |format: &str| glaneur(&["scrape", "--config", &config, "--file", &file, "--format", format], None);
    let outputs = tokio::task::spawn_blocking(move || ["jsonl", "json", "csv", "table", "xlsx"].map(run)).await.unwrap();
    for output in &outputs {
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("2 of 2 done: 2 found"), "{output:?}");
    }
    let [jsonl, json, csv, table, xlsx] = outputs.map(|output| output.stdout);
    let lines: Vec<Value> = String::from_utf8(jsonl).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&json).unwrap().len(), 2);
    assert!(String::from_utf8(csv).unwrap().contains(";748322148863;FOUND;no;cocooncenter;FOUND;0748322148863;"));
    assert!(String::from_utf8(table).unwrap().contains("7.90 EUR"));
    assert!(xlsx.starts_with(b"PK"));
}
