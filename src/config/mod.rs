//! Every setting in one place: `glaneur.toml`, then the environment, then flags. Read once, checked whole, before anything is
//! opened; a wrong key or value is refused with file, line and key.

mod read;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de};
use url::Url;

pub use read::{ConfigError, Place};

use crate::model::Routes;
use crate::plan::{self, ShopSettings};
use crate::recipe::Recipe;
use crate::{access, egress, jobs, pages, scrape, serve, webhook};

/// The commented file that holds every default: `glaneur config init` prints it.
pub const DEFAULT: &str = include_str!("default.toml");

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// All settings. Each room declares its own section.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where gRPC and HTTP listen.
    #[serde(deserialize_with = "read_address")]
    pub listen: SocketAddr,
    /// Where jobs, events and deliveries are kept.
    pub data_dir: PathBuf,
    /// A directory of `*.toml` recipes; they add shops or replace the built-in ones of the same name.
    pub recipes: Option<PathBuf>,
    pub log: Log,
    pub server: serve::Settings,
    pub jobs: jobs::Settings,
    pub webhooks: webhook::Settings,
    pub scrape: scrape::Settings,
    pub egress: egress::Settings,
    pub pages: pages::Settings,
    pub shops: BTreeMap<String, ShopSettings>,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,glaneur::egress=debug`.
    pub level: String,
    pub format: LogFormat,
    /// A collector that gets traces by OTLP over gRPC; needs the cargo feature `otlp`.
    pub otlp: Option<Url>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text, otlp: None }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            data_dir: PathBuf::from("data"),
            recipes: None,
            log: Log::default(),
            server: serve::Settings::default(),
            jobs: jobs::Settings::default(),
            webhooks: webhook::Settings::default(),
            scrape: scrape::Settings::default(),
            egress: egress::Settings::default(),
            pages: pages::Settings::default(),
            shops: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads `file`, or `glaneur.toml` in the working directory if there is one, and `GLANEUR_...` variables over it.
    ///
    /// `GLANEUR_LISTEN` sets `listen`; two underscores step into a section: `GLANEUR_EGRESS__ALLOW_PRIVATE='["127.0.0.1"]'`.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key, a bad value: with file, line, column and key, or the variable's name.
    pub fn load(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let (config, origin) = read::config(file, environment)?;
        config.check().and_then(|()| config.check_shops()).map_err(|error| origin.place(error))?;
        Ok(config)
    }

    /// What no single key can tell: contradictions and values out of range.
    ///
    /// # Errors
    /// The first contradiction, with its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_log()?;
        self.check_otlp()?;
        self.check_amounts()?;
        self.check_texts()?;
        self.egress.tor.check().map_err(|error| ConfigError::value(error.argument().unwrap_or("egress.tor"), error.to_string()))?;
        self.webhooks.check().map_err(|error| ConfigError::value(error.field, error.message))?;
        if let Some(place) = self.server.unfit_host() {
            let message =
                format!("{:?} is no host; write a name or an address alone, such as \"glaneur.example\"", self.server.hosts[place]);
            return Err(ConfigError::value(format!("server.hosts[{place}]"), message));
        }
        self.server.check_tls().map_err(|error| ConfigError::value(format!("server.tls.{}", error.key), error.message))
    }

    /// Whether `listen` may be opened: to other machines only where there are tokens. Apart from [`Config::check`], since the first
    /// token is created with the same configuration.
    ///
    /// # Errors
    /// The address can be reached from elsewhere and there is no token, or their file cannot be read.
    pub fn check_reach(&self) -> Result<(), ConfigError> {
        let tokens = access::Store::new(&self.data_dir).read().map_err(|error| ConfigError::value("data_dir", error.to_string()))?;
        if self.listen.ip().is_loopback() || tokens.is_some_and(|tokens| !tokens.is_empty()) {
            return Ok(());
        }
        let message = format!(
            "{} can be reached from other machines, and {} has no token; create one with `glaneur token create --name NAME --scope submit,read`, and set [server.tls] or put a reverse proxy with TLS in front; or listen on 127.0.0.1",
            self.listen,
            self.data_dir.display()
        );
        Err(ConfigError::value("listen", message))
    }

    /// What the operator should know of his choices, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let in_the_clear = (!self.listen.ip().is_loopback() && self.server.tls.is_none()).then(|| {
            format!(
                "{} is served without TLS: tokens and pages travel in the clear unless a reverse proxy with TLS stands in front",
                self.listen
            )
        });
        in_the_clear.into_iter().chain(self.webhooks.warnings()).collect()
    }

    /// A word that is no level would be taken for a target, and all else would fall silent.
    fn check_log(&self) -> Result<(), ConfigError> {
        let is_level = |text: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(text));
        for directive in self.log.level.split(',').map(str::trim) {
            let sound =
                directive.rsplit_once('=').map_or_else(|| is_level(directive), |(target, level)| !target.is_empty() && is_level(level));
            if !sound {
                let levels = LEVELS.join(", ");
                let message = format!("{directive:?} is no level; write {levels}, or a filter such as \"info,glaneur::egress=debug\"");
                return Err(ConfigError::value("log.level", message));
            }
        }
        Ok(())
    }

    fn check_otlp(&self) -> Result<(), ConfigError> {
        let Some(url) = &self.log.otlp else { return Ok(()) };
        if cfg!(not(feature = "otlp")) {
            return Err(ConfigError::value("log.otlp", "traces are not part of this build: build with --features otlp"));
        }
        if url.scheme() != "http" || !url.username().is_empty() || url.password().is_some() {
            let message = "must be http:// with host and port: a collector beside this process, which encrypts for the way further on";
            return Err(ConfigError::value("log.otlp", message));
        }
        Ok(())
    }

    fn check_amounts(&self) -> Result<(), ConfigError> {
        for (key, zero) in [
            ("server.max_body_bytes", self.server.max_body_bytes == 0),
            ("server.max_message_bytes", self.server.max_message_bytes == 0),
            ("server.max_json_depth", self.server.max_json_depth == 0),
            ("server.max_json_nodes", self.server.max_json_nodes == 0),
            ("server.max_requests", self.server.max_requests == 0),
            ("jobs.max_unfinished_jobs", self.jobs.max_unfinished_jobs == 0),
            ("server.max_headers", self.server.max_headers == 0),
            ("server.max_connections", self.server.max_connections == 0),
            ("server.max_streams", self.server.max_streams == 0),
            ("jobs.max_items", self.jobs.max_items == 0),
            ("jobs.max_queued_jobs", self.jobs.max_queued_jobs == 0),
            ("jobs.running_jobs", self.jobs.running_jobs == 0),
            ("scrape.items_in_work", self.scrape.items_in_work == 0),
            ("scrape.items_waiting", self.scrape.items_waiting == 0),
            ("scrape.hits", self.scrape.hits == 0),
            ("egress.max_page_bytes", self.egress.max_page_bytes == 0),
            ("egress.max_sent_bytes", self.egress.max_sent_bytes == 0),
            ("egress.max_ratio", self.egress.max_ratio == 0),
            ("egress.max_headers", self.egress.max_headers == 0),
            ("egress.max_head_bytes", self.egress.max_head_bytes == 0),
            ("egress.identity.max_requests", self.egress.identity.max_requests == 0),
        ] {
            if zero {
                return Err(ConfigError::value(key, "0; it must be at least 1"));
            }
        }
        if self.server.max_head_bytes < serve::LEAST_HEAD {
            let message = format!("{}; it must be at least {}", self.server.max_head_bytes, serve::LEAST_HEAD);
            return Err(ConfigError::value("server.max_head_bytes", message));
        }
        if self.server.max_json_depth > serve::DEEPEST_JSON {
            let message = format!("{}; it must be at most {}", self.server.max_json_depth, serve::DEEPEST_JSON);
            return Err(ConfigError::value("server.max_json_depth", message));
        }
        if self.server.unready_for > serve::LONGEST_UNREADY {
            let message = format!("{:?}; it may be 10s at most, since the whole process ends within 20 s", self.server.unready_for);
            return Err(ConfigError::value("server.unready_for", message));
        }
        if self.jobs.forgets_keys() {
            let message =
                "shorter than jobs.idempotency_window: a key would be forgotten with its job; write a longer time, or \"0s\" for ever";
            return Err(ConfigError::value("jobs.keep", message));
        }
        if self.pages.max_bytes < pages::Settings::LEAST_BYTES {
            let message = format!("{}; it must be at least {}", self.pages.max_bytes, pages::Settings::LEAST_BYTES);
            return Err(ConfigError::value("pages.max_bytes", message));
        }
        for (key, time, usual) in [
            ("server.first_bytes_timeout", self.server.first_bytes_timeout, "10s"),
            ("server.header_timeout", self.server.header_timeout, "15s"),
            ("server.idle_timeout", self.server.idle_timeout, "2m"),
            ("server.body_timeout", self.server.body_timeout, "60s"),
            ("scrape.item_deadline", self.scrape.item_deadline, "3m"),
            ("egress.connect_timeout", self.egress.connect_timeout, "10s"),
            ("egress.first_byte_timeout", self.egress.first_byte_timeout, "20s"),
            ("egress.request_timeout", self.egress.request_timeout, "30s"),
        ] {
            if time.is_zero() {
                return Err(ConfigError::value(key, format!("no time at all: nothing could ever succeed; write a time such as {usual:?}")));
            }
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<(), ConfigError> {
        if self.data_dir.as_os_str().is_empty() {
            return Err(ConfigError::value("data_dir", "is empty; name a directory, such as \"data\""));
        }
        for (i, prefix) in self.scrape.ignore_prefixes.iter().enumerate() {
            if !(1..=14).contains(&prefix.len()) || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = format!("{prefix:?} is no beginning of a barcode; write 1 to 14 digits, such as \"3400\"");
                return Err(ConfigError::value(format!("scrape.ignore_prefixes[{i}]"), message));
            }
        }
        if self.egress.user_agents.is_empty() {
            return Err(ConfigError::value("egress.user_agents", "the list is empty; name at least one browser"));
        }
        for (i, agent) in self.egress.user_agents.iter().enumerate() {
            if agent.trim().is_empty() || !agent.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
                return Err(ConfigError::value(format!("egress.user_agents[{i}]"), "must be one line of visible ASCII characters"));
            }
        }
        Ok(())
    }

    /// `[shops]` against the recipes.
    fn check_shops(&self) -> Result<(), ConfigError> {
        let own = self.read_recipes()?;
        let mut recipes = Recipe::builtin();
        recipes.retain(|known| own.iter().all(|recipe| recipe.name() != known.name()));
        recipes.extend(own);
        plan::shops(&recipes, &self.shops, &Routes::default()).map(drop).map_err(|error| {
            let (key, message) = (error.argument().unwrap_or("shops"), error.to_string());
            ConfigError::value(key, message.strip_prefix(&format!("{key} is ")).unwrap_or(&message))
        })
    }

    /// The recipes of the configured directory, in the order of their file names.
    ///
    /// # Errors
    /// A directory that cannot be read, a recipe that is wrong: with file, line and key.
    pub fn read_recipes(&self) -> Result<Vec<Recipe>, ConfigError> {
        let Some(directory) = &self.recipes else { return Ok(Vec::new()) };
        let unreadable = |error: std::io::Error| ConfigError::value("recipes", format!("{} cannot be read: {error}", directory.display()));
        let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(unreadable)?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        let mut recipes: Vec<Recipe> = Vec::new();
        for (i, file) in files.iter().enumerate() {
            let recipe = read_recipe(file)?;
            if let Some(first) = recipes.iter().position(|known| known.name() == recipe.name()) {
                let (first, second) = (files[first].display(), files[i].display());
                return Err(ConfigError::value(
                    "recipes",
                    format!("{first} and {second} are both named {:?}; keep one", recipe.name().as_str()),
                ));
            }
            recipes.push(recipe);
        }
        Ok(recipes)
    }
}

/// An address to listen on.
///
/// # Errors
/// A name instead of an address, a port that is missing.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is no address with a port; write one such as 127.0.0.1:8080"))
}

fn read_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    address(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// One recipe file.
///
/// # Errors
/// A file that cannot be read, a recipe that is wrong: with file, line and key.
pub fn read_recipe(file: &Path) -> Result<Recipe, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|error| ConfigError::file(file, &error))?;
    Recipe::parse(&text, &file.display().to_string()).map_err(|error| ConfigError::Recipe(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_file_is_the_defaults() {
        assert_eq!(toml::from_str::<Config>(DEFAULT).unwrap(), Config::default());
    }

    #[test]
    fn what_tor_could_never_follow_is_refused() {
        let refused = |text: &str| toml::from_str::<Config>(text).unwrap().check().unwrap_err().to_string();
        let zero = refused("[egress.tor]\nbootstrap_timeout = \"0s\"");
        assert!(zero.contains("egress.tor.bootstrap_timeout") && zero.contains("Tor could never be ready"), "{zero}");
        if cfg!(not(feature = "tor-country")) {
            let country = refused("[egress.tor]\nexit_country = \"fr\"");
            assert!(country.contains("egress.tor.exit_country") && country.contains("build with --features tor-country"), "{country}");
        }
    }

    #[test]
    fn every_default_is_written_out() {
        // Each section with all its keys: a key that is missing from the file would not fail the test above.
        let commented: toml::Table = toml::from_str(DEFAULT).unwrap();
        for section in ["log", "server", "jobs", "webhooks", "scrape", "egress", "pages"] {
            assert!(commented[section].as_table().is_some_and(|keys| !keys.is_empty()), "{section}");
        }
    }
}
