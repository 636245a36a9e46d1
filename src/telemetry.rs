//! Log lines: text for people, JSON for machines; on stderr, so that stdout is the results'.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, Log, LogFormat};

/// Starts logging for the whole process.
///
/// # Errors
/// A level or filter that cannot be read.
pub fn start(log: &Log) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(quiet(&log.level))
        .map_err(|error| ConfigError::value("log.level", format!("{:?} is no log filter: {error}", log.level)))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let started = match log.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Only a second call in the same process fails, and then the first one holds.
    let _ = started;
    Ok(())
}

/// Beginnings of the names of the crates that Tor consists of: at `info` they tell of every circuit.
const TOR: [&str; 3] = ["arti", "tor_", "fs_mistrust"];

/// The user's filter, with Tor's crates at `warn` unless it names one of them itself. A filter's later words go over earlier ones,
/// and longer names over shorter ones.
fn quiet(level: &str) -> String {
    let names_tor = level.split(',').any(|directive| TOR.iter().any(|crates| directive.trim().starts_with(crates)));
    let is_quieter = ["off", "error", "warn"].iter().any(|quiet| level.trim().eq_ignore_ascii_case(quiet));
    if names_tor || is_quieter { level.to_owned() } else { format!("{level},{}", TOR.map(|crates| format!("{crates}=warn")).join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tors_crates_are_held_at_warn_unless_they_are_named() {
        assert_eq!(quiet("info"), "info,arti=warn,tor_=warn,fs_mistrust=warn");
        assert_eq!(quiet("debug,glaneur=trace"), "debug,glaneur=trace,arti=warn,tor_=warn,fs_mistrust=warn");
        for own in ["warn", "off", "ERROR", "info,tor_proto=debug", "info, arti_client=trace"] {
            assert_eq!(quiet(own), own);
        }
    }
}
