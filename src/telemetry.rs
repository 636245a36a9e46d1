//! Log lines and traces. Lines go to stderr, as text for people or JSON for machines, so that stdout is the results'.
//!
//! The level says who must act:
//! - `error`: the operator, now. Work is lost or stands still: the journal no longer writes, a webhook was given up, a defect of ours.
//! - `warn`: the operator, when there is time. Something works worse than it should and goes on by itself: a receiver that does not
//!   answer, a store of pages that was set aside, a stop that had to cut something off.
//! - `info`: nobody. The story of each job, in sentences; what shops and callers do wrong is their outcome and is told here.
//! - `debug` and below: whoever looks for a cause.
//!
//! Each line of a job stands in spans that trace it: `job` with number and id, `item` with its position, `shop` with its name. Nothing
//! that a page or a caller wrote can begin a line of its own or speak to a terminal: see `lines`.

mod lines;
#[cfg(feature = "otlp")]
mod otlp;

use std::io::IsTerminal;

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{ConfigError, Log, LogFormat};

use lines::Stderr;

/// What must be ended before the process ends.
#[derive(Debug, Default)]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    traces: Option<otlp::Traces>,
}

impl Telemetry {
    /// Sends the traces that still wait; gives up soon where nobody takes them.
    pub async fn end(self) {
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces {
            traces.end().await;
        }
    }
}

/// Starts logging for the whole process, and traces where `log.otlp` says where they go. Call it inside the runtime.
///
/// # Errors
/// A level or filter that cannot be read, an address that cannot be used.
pub fn start(log: &Log) -> Result<Telemetry, ConfigError> {
    let filter = EnvFilter::try_new(quiet(&log.level))
        .map_err(|error| ConfigError::value("log.level", format!("{:?} is no log filter: {error}", log.level)))?;
    let colour = std::io::stderr().is_terminal() && log.format == LogFormat::Text;
    let lines = tracing_subscriber::fmt::layer().with_writer(Stderr { colour }).with_target(false).with_ansi(colour);
    let lines = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter));
    #[cfg(feature = "otlp")]
    {
        let traces = log.otlp.as_ref().map(otlp::Traces::open).transpose()?;
        // Only a second call in the same process fails, and then the first one holds.
        let _ = subscriber.with(traces.as_ref().map(otlp::Traces::layer)).try_init();
        Ok(Telemetry { traces })
    }
    #[cfg(not(feature = "otlp"))]
    {
        let _ = subscriber.try_init();
        Ok(Telemetry::default())
    }
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
