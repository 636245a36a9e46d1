//! Log lines: text for people, JSON for machines; on stderr, so that stdout is the results'.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, Log, LogFormat};

/// Starts logging for the whole process.
///
/// # Errors
/// A level or filter that cannot be read.
pub fn start(log: &Log) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&log.level)
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
