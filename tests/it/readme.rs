//! What the documents say, held against the program: the README's commands run against the real server and the demo shops, its
//! configuration is read, its flags exist, and what the documents name is there. The Rust block is a doc test of the crate.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use glaneur::config::Config;
use glaneur::demo::{Behaviour, DemoShops, EANS};
use glaneur::serve::ROUTES;
use regex::Regex;
use serde_json::Value;

use crate::process::{self, Process};
use crate::programs::{has, left_out};

const README: &str = include_str!("../../README.md");
const ARCHITECTURE: &str = include_str!("../../ARCHITECTURE.md");
const CHANGELOG: &str = include_str!("../../CHANGELOG.md");
const N8N: &str = include_str!("../../examples/n8n/README.md");
const WORKFLOW: &str = include_str!("../../examples/n8n/glaneur.json");

/// The address that the documents write.
const WRITTEN: &str = "127.0.0.1:8080";

/// What the output of each marked block must contain.
const SHOWN: [(&str, &str, &[&str]); 4] = [
    ("grpcurl", "grpcurl", &["\"accepted\": {", "\"progress\": {", "\"result\": {", "\"FOUND\"", "\"completed\": {", "\"found\": 2"]),
    ("watch", "grpcurl", &["\"cursor\": \"2\"", "\"progress\": {", "\"FOUND\"", "\"completed\": {"]),
    (
        "post",
        "curl",
        &[
            "HTTP/1.1 202",
            "location: /api/jobs/",
            "\"success\":true",
            "\"status\":\"processing\"",
            "\"total_products\":3",
            "\"thread_id\":",
            "\"job_id\":\"",
        ],
    ),
    ("follow", "curl", &["event: accepted", "event: result", "event: completed", "0748322148474;"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The fenced block after `<!-- test:name -->`.
fn block(name: &str) -> &'static str {
    let (_, after) = README.split_once(&format!("<!-- test:{name} -->")).unwrap_or_else(|| panic!("the README marks no block test:{name}"));
    let (_, body) = after.split_once("```").unwrap();
    body.split_once('\n').unwrap().1.split_once("```").unwrap().0
}

fn matches<'a>(text: &'a str, pattern: &str) -> BTreeSet<&'a str> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect()
}

/// A server on the demo shops; `sections` is TOML.
struct Stage {
    server: Process,
    _shops: DemoShops,
    _directory: tempfile::TempDir,
}

impl Stage {
    async fn set(sections: &str) -> Self {
        let shops = DemoShops::start(Behaviour::fixed(Duration::from_millis(10))).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let config = process::config(&directory.path().join("data"), &shops, 4, "", sections);
        let place = directory.path().to_owned();
        let server = tokio::task::spawn_blocking(move || Process::serve(&place, &config)).await.unwrap();
        Self { server, _shops: shops, _directory: directory }
    }

    fn address(&self) -> &str {
        self.server.url.strip_prefix("http://").unwrap().trim_end_matches('/')
    }

    /// Runs a command to its end; the output if it succeeded.
    async fn run(&self, mut command: Command) -> String {
        let output = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output().unwrap()).await.unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{shown}\n{}\nlog:\n{}", String::from_utf8_lossy(&output.stderr), self.server.log());
        shown
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_readme_do_what_it_says() {
    let stage = Stage::set("").await;
    for (name, program, expected) in SHOWN {
        if !has(program) {
            continue;
        }
        let mut command = Command::new("sh");
        command.args(["-ec", &block(name).replace(WRITTEN, stage.address())]);
        let shown = stage.run(command).await;
        for part in expected {
            assert!(shown.contains(part), "{name} should show {part:?}:\n{shown}");
        }
    }
}

/// Commands that the program itself shows to people: on its start page and at the end of `glaneur demo --keep`.
#[tokio::test(flavor = "multi_thread")]
async fn the_commands_that_the_program_shows_work() {
    if !has("curl") || !has("grpcurl") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_glaneur"));
    demo.args(["demo", "--keep"]).current_dir(directory.path()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut demo = Running(demo.spawn().unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let read = tokio::task::spawn_blocking(move || {
        let mut shown: Vec<String> = Vec::new();
        while !shown.last().is_some_and(|line| line.starts_with("  grpcurl ")) {
            shown.push(lines.next().unwrap_or_else(|| panic!("the demo ended: {shown:#?}")));
        }
        shown
    });
    let shown = tokio::time::timeout(Duration::from_secs(60), read).await.unwrap().unwrap();
    assert!(shown.iter().any(|line| line == "8/8 results, 8/8 webhooks"), "{shown:#?}");

    let url = shown.iter().find_map(|line| line.split_once("browser")).unwrap().1.trim();
    let page = shell(&format!("curl -s {url}")).await;
    let mut commands: Vec<&str> = matches(&page, r"<pre>(.+)</pre>").into_iter().collect();
    assert_eq!(commands.len(), 2, "{page}");
    commands.extend(shown.iter().map(|line| line.trim()).filter(|line| line.starts_with("curl ") || line.starts_with("grpcurl ")));
    assert_eq!(commands.len(), 4, "{commands:#?}");
    for command in commands {
        let shown = shell(command).await;
        assert!(shown.contains("\"success\":true") || shown.contains("\"completed\": {"), "{command}: {shown}");
    }
}

async fn shell(command: &str) -> String {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_configuration_of_the_readme_is_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("glaneur.toml");
    std::fs::write(&file, block("config")).unwrap();
    let config = Config::load(Some(&file), []).unwrap();
    assert_eq!(config.webhooks.endpoints[0].name, "n8n");
    assert_eq!(config.shops["drakkars"].concurrency, Some(2));
    assert!(config.webhooks.warnings().is_empty(), "{:?}", config.webhooks.warnings());
}

/// `--help` of every command.
fn help() -> String {
    let commands: [&[&str]; 16] = [
        &[],
        &["demo"],
        &["serve"],
        &["scrape"],
        &["reextract"],
        &["extract"],
        &["recipe", "check"],
        &["recipe", "draft"],
        &["recipe", "record"],
        &["recipe", "test"],
        &["token", "create"],
        &["token", "list"],
        &["token", "revoke"],
        &["config", "init"],
        &["config", "check"],
        &["completions"],
    ];
    let help = |command: &[&str]| Command::new(env!("CARGO_BIN_EXE_glaneur")).args(command).arg("--help").output().unwrap().stdout;
    commands.iter().map(|command| String::from_utf8(help(command)).unwrap()).collect()
}

#[test]
fn flags_and_commands_that_are_named_exist() {
    // Of cargo and of our examples, which the documents name as well.
    const OTHERS: [&str; 6] = ["--release", "--no-default-features", "--bench", "--example", "--faults", "--path"];
    let help = help();
    let known = matches(&help, r"(--[a-z][a-z-]+)");
    let listed = help.split_once("Commands:").unwrap().1.split_once("\n\n").unwrap().0;
    let commands = matches(listed, r"(?m)^  ([a-z]+)");
    for text in [README, ARCHITECTURE, CHANGELOG, N8N] {
        for flag in matches(text, r"(?:^|[\s`])(--[a-z][a-z-]+)") {
            assert!(known.contains(flag) || OTHERS.contains(&flag), "{flag} is in no --help");
        }
        let blocks = matches(text, r"(?s)```sh\n(.*?)```").into_iter().flat_map(|block| matches(block, r"(?m)^glaneur ([a-z]+)"));
        for command in matches(text, r"`glaneur ([a-z]+)").into_iter().chain(blocks) {
            assert!(commands.contains(command), "there is no command {command}: {commands:?}");
        }
    }
    // Every command is told of.
    for command in commands.iter().filter(|command| **command != "help") {
        assert!(CHANGELOG.contains(command), "the changelog does not name {command}");
    }
}

#[test]
fn statuses_are_told_whole() {
    use glaneur::{Evidence, ItemStatus, ShopStatus};
    let items =
        [ItemStatus::Found, ItemStatus::NotFound, ItemStatus::Ignored, ItemStatus::Invalid, ItemStatus::Failed, ItemStatus::Cancelled];
    let shops = [
        ShopStatus::Found,
        ShopStatus::Unverified,
        ShopStatus::NotFound,
        ShopStatus::Mismatch,
        ShopStatus::Discontinued,
        ShopStatus::Blocked,
        ShopStatus::Timeout,
        ShopStatus::Robots,
        ShopStatus::Unreachable,
        ShopStatus::Error,
    ];
    let evidence = [Evidence::Structured, Evidence::Variant, Evidence::VisibleText, Evidence::UrlOrImage, Evidence::SearchHitOnly];
    let (_, tables) = README.split_once("| item | meaning |").unwrap();
    let (of_items, of_shops) = tables.split_once("| shop | meaning |").unwrap();
    for (part, names) in [(of_items, items.map(name).to_vec()), (of_shops, shops.map(name).to_vec())] {
        assert_eq!(matches(part, r"(?m)^\| `([A-Z_]+)` \|"), names.iter().map(String::as_str).collect());
    }
    assert!(evidence.map(name).iter().all(|name| README.contains(&format!("`{name}`"))));
}

fn name(status: impl serde::Serialize) -> String {
    serde_json::to_value(status).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn routes_that_are_named_exist() {
    for text in [README, N8N] {
        for path in matches(text, r"(?:GET|POST|DELETE) (/[a-z/{}]*)") {
            assert!(ROUTES.iter().any(|route| route.path == path), "there is no route {path}");
        }
    }
}

#[test]
fn files_and_functions_that_are_named_exist() {
    for (place, text) in [("", README), ("", ARCHITECTURE), ("", CHANGELOG), ("examples/n8n", N8N)] {
        for link in matches(text, r"\]\(([^)#:]+)\)") {
            assert!(root().join(place).join(link).exists(), "there is no {link}");
        }
    }
    let named = matches(ARCHITECTURE, r"`((?:src|proto|tests|docs|examples)/[A-Za-z0-9_./:-]*)`");
    assert!(named.len() > 60, "{named:?}");
    for name in named {
        let (file, function) = name.split_once("::").map_or((name, None), |(file, function)| (file, Some(function)));
        assert!(root().join(file).exists(), "there is no {file}");
        if let Some(function) = function {
            let code = std::fs::read_to_string(root().join(file)).unwrap();
            let defined = Regex::new(&format!(r"\bfn {function}\b")).unwrap();
            assert!(defined.is_match(&code), "there is no function {function} in {file}");
        }
    }
    for room in std::fs::read_dir(root().join("src")).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let room = room.file_name().into_string().unwrap();
        assert!(ARCHITECTURE.contains(&format!("| `src/{room}/` |")), "the map of rooms lacks {room}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_n8n_workflow_is_whole_and_its_request_is_taken() {
    let workflow: Value = serde_json::from_str(WORKFLOW).unwrap();
    let nodes = workflow["nodes"].as_array().unwrap();
    let names: BTreeSet<&str> = nodes.iter().map(|node| node["name"].as_str().unwrap()).collect();
    let ids: BTreeSet<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    assert_eq!((names.len(), ids.len()), (nodes.len(), nodes.len()), "names and ids are unique");
    for node in nodes {
        let whole = node["typeVersion"].is_number() && node["position"].as_array().is_some_and(|place| place.len() == 2);
        assert!(whole && node["parameters"].is_object() && node["type"].as_str().unwrap().starts_with("n8n-nodes-base."), "{node}");
    }
    let mut reached = BTreeSet::new();
    for (from, outputs) in workflow["connections"].as_object().unwrap() {
        assert!(names.contains(from.as_str()), "{from:?} is no node");
        for target in outputs["main"].as_array().unwrap().iter().flat_map(|output| output.as_array().unwrap()) {
            let target = target["node"].as_str().unwrap();
            assert!(names.contains(target), "{from:?} leads to {target:?}, which is no node");
            reached.insert(target);
        }
    }
    let starts = ["Start", "From glaneur", "Read me"];
    assert!(names.iter().all(|name| starts.contains(name) || reached.contains(name)), "only {starts:?} may stand alone");
    // An expression that names another node by its name, names one that exists.
    for other in matches(WORKFLOW, r"\$\('([^']+)'\)") {
        assert!(names.contains(other), "an expression names {other:?}");
    }

    let node = |name: &str| nodes.iter().find(|node| node["name"] == name).map(|node| &node["parameters"]).unwrap();
    let request = node("Send to glaneur");
    assert_eq!((&request["method"], &request["jsonBody"]), (&"POST".into(), &"={{ JSON.stringify($json) }}".into()));
    let path = request["url"].as_str().unwrap().strip_prefix(&format!("http://{WRITTEN}")).unwrap();
    assert!(ROUTES.iter().any(|route| route.path == path && route.allow == "POST"), "{path}");
    assert_eq!((&node("From glaneur")["httpMethod"], &node("From glaneur")["options"]["rawBody"]), (&"POST".into(), &true.into()));
    let hook = format!("/webhook/{}\"", node("From glaneur")["path"].as_str().unwrap());
    assert!(README.contains(&hook) && N8N.contains(&hook), "the documents configure another address than {hook}");

    // What the node "Batch" holds is what is sent.
    if has("curl") {
        let stage = Stage::set("").await;
        let mut command = Command::new("curl");
        let body = node("Batch")["jsonOutput"].as_str().unwrap();
        command.args([
            "-sf",
            "-H",
            "Content-Type: application/json",
            "-H",
            "Idempotency-Key: 7-1",
            "-d",
            body,
            &format!("{}{path}", stage.server.url.trim_end_matches('/')),
        ]);
        let answer: Value = serde_json::from_str(&stage.run(command).await).unwrap();
        assert_eq!(answer["total_products"], 3, "{answer}");
    }
}

/// The text key of n8n's Crypto node and the secret of glaneur.toml are one key, everywhere in the documents.
#[test]
fn the_example_secret_is_the_key_of_the_crypto_node() {
    use base64::Engine as _;
    let workflow: Value = serde_json::from_str(WORKFLOW).unwrap();
    let crypto = workflow["nodes"].as_array().unwrap().iter().find(|node| node["type"] == "n8n-nodes-base.crypto").unwrap();
    let key = crypto["parameters"]["secret"].as_str().unwrap();
    let secret = format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(key));
    for text in [README, N8N, include_str!("../../examples/webhook_receiver.rs")] {
        let written = matches(text, r"(whsec_[A-Za-z0-9+/=]{8,})");
        assert!(written.contains(secret.as_str()) && written.len() == 1, "{written:?} is not {secret}");
    }
}

/// Built by `cargo test` beside the tests; not by `cargo test --test it` alone.
fn example(name: &str) -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_glaneur")).parent().unwrap().join("examples").join(name);
    (program.is_file() || left_out(&format!("the example {name} is not built"))).then_some(program)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_run() {
    let stage = Stage::set("").await;
    for (name, expected) in [("grpc_client", "2 of 2 found"), ("resume_after_cut", "2 results: nothing is missing, nothing came twice")] {
        let Some(program) = example(name) else { continue };
        let mut command = Command::new(program);
        command.args([stage.server.url.as_str(), EANS[0], EANS[4]]);
        let shown = stage.run(command).await;
        assert!(shown.contains(expected), "{name}: {shown}");
    }
    if let Some(program) = example("library_stream") {
        let mut command = Command::new(program);
        command.args(["--demo", EANS[0], EANS[4]]);
        let shown = stage.run(command).await;
        assert!(shown.contains("2 of 2 found"), "{shown}");
    }
}

/// A program beside the server; killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_receiver_believes_our_signature_and_no_other() {
    let Some(program) = example("webhook_receiver") else { return };
    let secret = *matches(README, r"(whsec_[A-Za-z0-9+/=]+)").first().unwrap();
    let child = Command::new(program).arg("127.0.0.1:0").env("WEBHOOK_SECRET", secret).stdout(Stdio::piped()).spawn().unwrap();
    let mut receiver = Running(child);
    let mut lines = BufReader::new(receiver.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = lines.next().unwrap().strip_prefix("receiving on ").unwrap().to_owned();

    // The unsigned copy must be refused; it is not tried again within this test.
    let hooks = format!(
        "[webhooks]\nschedule = ['1h']\n[[webhooks.endpoints]]\nname = 'signed'\nurl = '{url}'\nsecret = '{secret}'\n\
         [[webhooks.endpoints]]\nname = 'unsigned'\nurl = '{url}unsigned'\n"
    );
    let stage = Stage::set(&hooks).await;
    let program = example("grpc_client").unwrap();
    let mut client = Command::new(program);
    client.args([stage.server.url.as_str(), EANS[0], "3612345000057", "nonsense"]);
    stage.run(client).await;

    // Three products and the completed job, and the first of the unsigned ones.
    let told = tokio::task::spawn_blocking(move || {
        let mut told: Vec<String> = Vec::new();
        let refused = |line: &&String| line.starts_with("refused: ");
        while told.iter().filter(refused).count() == 0 || told.len() - told.iter().filter(refused).count() < 4 {
            told.push(lines.next().unwrap_or_else(|| panic!("the receiver ended: {told:#?}")));
        }
        told
    });
    let told = tokio::time::timeout(Duration::from_secs(30), told).await.unwrap().unwrap();
    let has = |part: &str| told.iter().any(|line| line.contains(part));
    assert!(has("product 0748322148474: cocooncenter 7,90 €"), "{told:?}");
    assert!(
        has("product 3612345000057: not found") && has("product nonsense: not found") && has("Scraping terminé : 3 produits"),
        "{told:?}"
    );
    assert!(!has("repeat of"), "{told:?}");
}
