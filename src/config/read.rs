//! From text to settings, and from a mistake to the line it stands on.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::Config;
use crate::recipe::RecipeError;

/// The file that is read when none is named.
const USUAL_FILE: &str = "glaneur.toml";
const PREFIX: &str = "GLANEUR_";
/// Variables of ours that are no settings.
const NO_SETTINGS: [&str; 2] = ["GLANEUR_TEST_", "GLANEUR_CONFIG"];

/// A configuration that cannot be used.
#[derive(Debug)]
pub enum ConfigError {
    File {
        file: PathBuf,
        reason: String,
    },
    /// A mistake in the file, with its place.
    Syntax {
        file: PathBuf,
        line: usize,
        column: usize,
        key: String,
        reason: String,
    },
    Variable {
        name: String,
        reason: String,
    },
    /// A value that is well-formed and cannot be used; with its place where it stands in a file.
    Value {
        place: Option<Place>,
        key: String,
        reason: String,
    },
    Recipe(Box<RecipeError>),
}

/// Where in a file; line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: PathBuf,
    pub line: usize,
    pub column: usize,
}

impl ConfigError {
    pub(crate) fn value(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Value { place: None, key: key.into(), reason: reason.into() }
    }

    pub(super) fn file(file: &Path, error: &std::io::Error) -> Self {
        let reason = match error.kind() {
            std::io::ErrorKind::InvalidData => "the file is not UTF-8 text; save it as UTF-8".to_owned(),
            _ => error.to_string(),
        };
        Self::File { file: file.to_owned(), reason }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, reason } => write!(f, "{}: {reason}", file.display()),
            Self::Syntax { file, line, column, key, reason } => {
                let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
                write!(f, "{}:{line}:{column}: {key}{reason}; `glaneur config init` prints every key with its default", file.display())
            }
            Self::Variable { name, reason } => write!(f, "environment variable {name}: {reason}"),
            Self::Value { place: None, key, reason } => write!(f, "{key}: {reason}"),
            Self::Value { place: Some(Place { file, line, column }), key, reason } => {
                write!(f, "{}:{line}:{column}: {key}: {reason}", file.display())
            }
            Self::Recipe(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for crate::Error {
    fn from(error: ConfigError) -> Self {
        Self::new(crate::ErrorKind::Configuration, error.to_string()).because(error)
    }
}

/// Where the settings were read from: finds the place of a mistake that shows only in the whole.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// The file and its text.
    file: Option<(PathBuf, String)>,
    /// Names of variables, each with the dotted key it sets.
    variables: Vec<(String, String)>,
}

impl Origin {
    /// The same error, with the place or the variable that its key comes from.
    pub(super) fn place(&self, error: ConfigError) -> ConfigError {
        let ConfigError::Value { place: None, key, reason } = error else { return error };
        let variable = |matches: fn(&str, &str) -> bool| self.variables.iter().rev().find(|(_, set)| matches(&key, set));
        let (place, whole) = self.find(&key).map_or((None, false), |(place, whole)| (Some(place), whole));
        let covers = variable(is_below);
        match covers.or_else(|| variable(|key, set| is_below(set, key)).filter(|_| !whole)) {
            Some((name, _)) => ConfigError::Variable { name: name.clone(), reason: format!("{key}: {reason}") },
            None => ConfigError::Value { place, key, reason },
        }
    }

    /// The place of the key, or of what is nearest above it; and whether it is the key's own.
    fn find(&self, key: &str) -> Option<(Place, bool)> {
        let (file, text) = self.file.as_ref()?;
        let document = DeTable::parse(text).ok()?;
        let (offset, whole) = find_in_table(document.get_ref(), key)?;
        let (line, column) = place(text, offset);
        Some((Place { file: file.clone(), line, column }, whole))
    }
}

/// `a.b` and `a[0]` are below `a`, and so is `a`.
fn is_below(key: &str, above: &str) -> bool {
    key.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn find_in_table(table: &DeTable<'_>, path: &str) -> Option<(usize, bool)> {
    // Names may hold dots themselves: the longest that fits.
    let (name, value) = table.iter().filter(|(name, _)| is_below(path, name.get_ref())).max_by_key(|(name, _)| name.get_ref().len())?;
    let start = if value.get_ref().is_table() { name.span().start } else { value.span().start };
    Some(find_in_value(value.get_ref(), &path[name.get_ref().len()..], start))
}

fn find_in_value(value: &DeValue<'_>, rest: &str, start: usize) -> (usize, bool) {
    let deeper = match value {
        DeValue::Table(table) => rest.strip_prefix('.').and_then(|path| find_in_table(table, path)),
        DeValue::Array(array) => rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).and_then(|(index, rest)| {
            let element = array.get(index.parse::<usize>().ok()?)?;
            Some(find_in_value(element.get_ref(), rest, element.span().start))
        }),
        _ => None,
    };
    deeper.unwrap_or((start, rest.is_empty()))
}

pub(super) fn config(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(Config, Origin), ConfigError> {
    let file = file.or_else(|| Some(Path::new(USUAL_FILE)).filter(|usual| usual.exists()));
    let mut origin = Origin::default();
    let mut table = Table::new();
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::file(file, &error))?;
        table = read(file, &text)?;
        origin.file = Some((file.to_owned(), text));
    }
    for (name, text) in environment.into_iter().filter(|(name, _)| is_setting(name)) {
        let setting = nested(&name, &text);
        // Alone first, so that a mistake is this variable's.
        Config::deserialize(setting.clone())
            .map_err(|error| ConfigError::Variable { name: name.clone(), reason: unquoted(error.message()) })?;
        merge(&mut table, setting);
        origin.variables.push((name.clone(), keys(&name).join(".")));
    }
    let config = Config::deserialize(table).map_err(|error| ConfigError::value("configuration", error.message()))?;
    Ok((config, origin))
}

fn read(file: &Path, text: &str) -> Result<Table, ConfigError> {
    let placed = |error: &toml::de::Error, key: String| {
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        ConfigError::Syntax { file: file.to_owned(), line, column, key, reason: unquoted(error.message().trim()) }
    };
    let document = toml::de::Deserializer::parse(text).map_err(|error| placed(&error, String::new()))?;
    let checked: Result<Config, _> = serde_path_to_error::deserialize(document);
    checked.map_err(|error| {
        let path = error.path().to_string();
        placed(error.inner(), if path == "." { String::new() } else { path })
    })?;
    toml::from_str(text).map_err(|error| placed(&error, String::new()))
}

/// A text in the place of something else is not repeated: it may be a secret that was put a line too high.
fn unquoted(message: &str) -> String {
    let quoted = message.strip_prefix("invalid type: string \"").and_then(|rest| rest.rsplit_once("\", expected "));
    quoted.map_or_else(|| message.to_owned(), |(_, expected)| format!("invalid type: string, expected {expected}"))
}

/// Line and column, from 1, of a byte offset.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn is_setting(name: &str) -> bool {
    name.starts_with(PREFIX) && !NO_SETTINGS.iter().any(|other| name.starts_with(other))
}

/// `GLANEUR_SHOPS__PHARMA_GDD__ORIGIN` -> `shops.pharma-gdd.origin`.
fn keys(name: &str) -> Vec<String> {
    let path = name[PREFIX.len()..].to_lowercase();
    let mut keys: Vec<String> = path.split("__").map(str::to_owned).collect();
    if let [section, shop, ..] = keys.as_mut_slice()
        && section == "shops"
    {
        *shop = shop.replace('_', "-");
    }
    keys
}

/// The variable as the part of a file that it stands for. The value is TOML if it reads as such, else text.
fn nested(name: &str, text: &str) -> Table {
    let mut keys = keys(name);
    let value = toml::from_str::<Table>(&format!("value = {text}")).ok().and_then(|mut table| table.remove("value"));
    let mut value = value.unwrap_or_else(|| Value::String(text.to_owned()));
    while let Some(key) = keys.pop() {
        value = Value::Table(Table::from_iter([(key, value)]));
    }
    match value {
        Value::Table(table) => table,
        _ => Table::new(),
    }
}

fn merge(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        std::fs::write(file.path(), text).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(file.path()), environment).map_err(|error| error.to_string().replace(&file.path().display().to_string(), "F"))
    }

    #[test]
    fn a_mistake_is_told_with_line_and_key() {
        for (text, told) in [
            ("listen = 'localhost:8080'", "F:1:10: listen: \"localhost:8080\" is no address with a port; write one such as 127.0.0.1:8080"),
            ("\nlisen = '127.0.0.1:1'", "F:2:1: lisen: unknown field `lisen`, expected one of"),
            ("[shops.drakkars]\norigin = 'nonsense'", "F:2:10: shops.drakkars.origin: "),
            ("[shops.drakkars]\ninterval = '5 parsecs'", "F:2:12: shops.drakkars.interval: "),
            ("[egress]\nallow_private = ['300.0.0.1']", "F:2:17: egress.allow_private: "),
            ("[scrape\nx=1", "F:1:"),
            ("[server]\nhosts = ['a.example', 'http://b.example']", "F:2:23: server.hosts[1]: \"http://b.example\" is no host"),
            ("[server.tls]\ncert = '/nonexistent.pem'\nkey = 'k'", "F:2:8: server.tls.cert: /nonexistent.pem cannot be read as PEM"),
            ("[server.tls]\ncert = 'c'", "F:1:1: server.tls: missing field `key`"),
            ("[server]\ntrust_loopback = 'yes'", "F:2:18: server.trust_loopback: "),
            ("[webhooks]\nendpoints = 'whsec_c2VjcmV0'", "F:2:13: webhooks.endpoints: invalid type: string, expected a sequence"),
            ("data_dir = ''", "F:1:12: data_dir: "),
            ("recipes = '/nonexistent'", "F:1:11: recipes: /nonexistent cannot be read"),
            ("[log]\nlevel = 'loud'", "F:2:9: log.level: \"loud\" is no level"),
            ("[log]\nlevel = 'info,glaneur=loud'", "F:2:9: log.level: \"glaneur=loud\" is no level"),
            ("[server]\nmax_connections = 0", "F:2:19: server.max_connections: 0"),
            ("[server]\nmax_streams = 0", "F:2:15: server.max_streams: 0"),
            ("[server]\nmax_body_bytes = 0", "F:2:18: server.max_body_bytes: 0"),
            ("[server]\nmax_message_bytes = 0", "F:2:21: server.max_message_bytes: 0"),
            ("[server]\nmax_headers = 0", "F:2:15: server.max_headers: 0"),
            ("[server]\nmax_head_bytes = 8191", "F:2:18: server.max_head_bytes: 8191; it must be at least 8192"),
            ("[server]\nunready_for = '11s'", "F:2:15: server.unready_for: 11s; it may be 10s at most"),
            ("[jobs]\nmax_items = 0", "F:2:13: jobs.max_items: 0"),
            ("[jobs]\nmax_queued_jobs = 0", "F:2:19: jobs.max_queued_jobs: 0"),
            ("[jobs]\nkeep = '1h'", "F:2:8: jobs.keep: shorter than jobs.idempotency_window"),
            ("[jobs]\nkeep = 'a while'", "F:2:8: jobs.keep: \"a while\" is no length of time"),
            ("[jobs]\nrunning_jobs = 0", "F:2:16: jobs.running_jobs: 0"),
            ("[scrape]\nitems_in_work = 0", "F:2:17: scrape.items_in_work: 0"),
            ("scrape.hits = 0", "F:1:15: scrape.hits: 0; it must be at least 1"),
            ("[scrape]\nitem_deadline = '0s'", "F:2:17: scrape.item_deadline: "),
            ("[scrape]\nignore_prefixes = ['34', 'x']", "F:2:26: scrape.ignore_prefixes[1]: \"x\""),
            ("[egress]\nrequest_timeout = '0s'", "F:2:19: egress.request_timeout: "),
            ("[egress]\nconnect_timeout = '0s'", "F:2:19: egress.connect_timeout: "),
            ("[egress]\nfirst_byte_timeout = '0s'", "F:2:22: egress.first_byte_timeout: "),
            ("[egress]\nmax_page_bytes = 0", "F:2:18: egress.max_page_bytes: 0"),
            ("[egress]\nmax_sent_bytes = 0", "F:2:18: egress.max_sent_bytes: 0"),
            ("[egress]\nmax_ratio = 0", "F:2:13: egress.max_ratio: 0"),
            ("[egress]\nmax_headers = 0", "F:2:15: egress.max_headers: 0"),
            ("[egress]\nmax_head_bytes = 0", "F:2:18: egress.max_head_bytes: 0"),
            ("[egress]\nuser_agents = [\"a\\nb\"]", "F:2:16: egress.user_agents[0]: "),
            ("[egress]\nallow_private = ['*']", "F:2:17: egress.allow_private: \"*\" is no address"),
            ("\n[shops.nope]", "F:2:8: shops.nope: there is no shop \"nope\"; known shops: "),
            ("[shops.drakkars]\norigin = 'http://h/x'", "F:2:10: shops.drakkars.origin: http://h/x; an origin is"),
            ("shops.drakkars.concurrency = 0", "F:1:30: shops.drakkars.concurrency: 0; it must be at least 1"),
            ("[webhooks]\nschedule = []", "F:2:12: webhooks.schedule: "),
            ("[webhooks.callback]\nhosts = ['h', 'http://x']", "F:2:15: webhooks.callback.hosts[1]: "),
            ("[[webhooks.endpoints]]\nname = 'a'\nurl = 'http://h'\nsecret = 'abc'", "F:4:10: webhooks.endpoints[0].secret: "),
            (
                "[[webhooks.endpoints]]\nname = 'a'\nurl = 'http://h'\nheaders = { 'a.b c' = 'x' }",
                "F:4:23: webhooks.endpoints[0].headers.a.b c: ",
            ),
            (
                "[[webhooks.endpoints]]\nname = 'a'\nurl = 'http://h'\n[[webhooks.endpoints]]\nname = 'a'\nurl = 'http://h'",
                "F:5:8: webhooks.endpoints[1].name: another endpoint",
            ),
        ] {
            let error = load(text, &[]).unwrap_err();
            assert!(error.starts_with(told), "{text:?}: {error}");
        }
    }

    #[test]
    fn the_environment_goes_over_the_file() {
        let config = load(
            "listen = '127.0.0.1:1'\n[egress]\nmax_redirects = 2",
            &[
                ("GLANEUR_LISTEN", "127.0.0.1:2"),
                ("GLANEUR_EGRESS__ALLOW_PRIVATE", "['127.0.0.1']"),
                ("GLANEUR_SHOPS__PHARMA_GDD__ORIGIN", "http://127.0.0.1:9"),
                ("GLANEUR_TEST_REQUIRE", "all"),
                ("PATH", "/bin"),
            ],
        )
        .unwrap();
        assert_eq!((config.listen.port(), config.egress.max_redirects), (2, 2));
        assert_eq!(config.egress.allow_private, ["127.0.0.1"].into_iter().collect());
        assert_eq!(config.shops["pharma-gdd"].origin.as_ref().unwrap().port(), Some(9));
        let error = load("", &[("GLANEUR_LISEN", "x")]).unwrap_err();
        assert!(error.starts_with("environment variable GLANEUR_LISEN: unknown field `lisen`"), "{error}");
    }

    #[test]
    fn a_mistake_of_a_variable_is_not_told_with_a_line() {
        let file = "[scrape]\nhits = 2\n[shops.drakkars]\nconcurrency = 1";
        for (name, value, told) in [
            ("GLANEUR_SCRAPE__HITS", "0", "environment variable GLANEUR_SCRAPE__HITS: scrape.hits: 0; "),
            ("GLANEUR_SHOPS__NOPE__ATTEMPTS", "1", "environment variable GLANEUR_SHOPS__NOPE__ATTEMPTS: shops.nope: there is no shop"),
            (
                "GLANEUR_WEBHOOKS__CALLBACK__HOSTS",
                "['*']",
                "environment variable GLANEUR_WEBHOOKS__CALLBACK__HOSTS: webhooks.callback.hosts[0]: ",
            ),
        ] {
            let error = load(file, &[(name, value)]).unwrap_err();
            assert!(error.starts_with(told), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_named() {
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        std::fs::write(file.path(), b"data_dir = 'donn\xe9es'").unwrap();
        let error = Config::load(Some(file.path()), []).unwrap_err().to_string();
        assert_eq!(error, format!("{}: the file is not UTF-8 text; save it as UTF-8", file.path().display()));
    }

    #[test]
    fn two_recipes_for_one_shop_are_refused_with_both_files() {
        let directory = tempfile::tempdir().unwrap();
        let recipe = include_str!("../recipe/builtin/cocooncenter.toml");
        for name in ["a.toml", "b.toml"] {
            std::fs::write(directory.path().join(name), recipe).unwrap();
        }
        let error = load(&format!("recipes = '{}'", directory.path().display()), &[]).unwrap_err();
        assert!(error.starts_with("F:1:11: recipes: ") && error.contains("a.toml and ") && error.contains("b.toml"), "{error}");
    }
}
