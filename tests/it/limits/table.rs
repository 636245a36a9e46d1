//! `docs/limits.md` against the code: every limit is told, with the default that it has and a test that is there.

use std::collections::BTreeMap;
use std::path::Path;

use glaneur::config::DEFAULT;
use regex::Regex;
use toml::Value;

const TABLE: &str = include_str!("../../../docs/limits.md");

/// Settings of these sections that are no limits of what others may do: all other amounts and times of theirs are.
const NO_LIMITS: [&str; 8] = [
    "server.unready_for",
    "jobs.running_jobs",
    "jobs.idempotency_window",
    "jobs.repeat_window",
    "jobs.keep",
    "egress.allow_private",
    "egress.route",
    "egress.user_agents",
];

/// The rows of the tables: setting, default, test.
fn rows() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let row = Regex::new(r"(?m)^\| `([a-z_.]+)` \| `([^`]+)` \|.*\| `([a-z0-9_]+)` \|$").unwrap();
    row.captures_iter(TABLE).map(|row| row.extract::<3>().1).map(|[setting, default, test]| (setting, (default, test))).collect()
}

fn defaults() -> BTreeMap<String, String> {
    let file: toml::Table = DEFAULT.parse().unwrap();
    let of = |section: &'static str| {
        file[section].as_table().unwrap().iter().filter_map(move |(key, value)| {
            let shown = match value {
                Value::Integer(number) => number.to_string(),
                Value::String(text) => text.clone(),
                _ => return None,
            };
            Some((format!("{section}.{key}"), shown))
        })
    };
    ["server", "jobs", "egress"].into_iter().flat_map(of).collect()
}

/// Names of all tests, here and beside the code.
fn tests(directory: &Path, found: &mut Vec<String>) {
    let test = Regex::new(r"#\[(?:tokio::)?test(?:\([^)]*\))?\]\s*(?:async )?fn ([a-z0-9_]+)\(").unwrap();
    for entry in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            tests(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let code = std::fs::read_to_string(&entry).unwrap();
            found.extend(test.captures_iter(&code).map(|name| name[1].to_owned()));
        }
    }
}

#[test]
fn the_table_of_limits_is_the_code() {
    let (rows, defaults) = (rows(), defaults());
    let mut known = Vec::new();
    for directory in ["src", "tests/it"] {
        tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory), &mut known);
    }
    assert!(rows.len() > 25 && known.len() > 300, "{} rows, {} tests", rows.len(), known.len());
    for (setting, (default, test)) in &rows {
        assert_eq!(defaults.get(*setting).map(String::as_str), Some(*default), "{setting}");
        assert!(known.iter().any(|known| known == test), "{setting}: there is no test {test}");
    }
    let is_told = |setting: &str| rows.contains_key(setting) || NO_LIMITS.contains(&setting);
    let untold: Vec<_> = defaults.keys().filter(|setting| !is_told(setting)).collect();
    assert_eq!(untold, ["egress.check_url"], "an address is no limit; what else is here is missing in docs/limits.md");
}
