//! The document that Prometheus reads, in the OpenMetrics text format.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::{EngineMeter, Ledger};

pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn registry() -> Registry {
    Registry::with_prefix("glaneur")
}

/// What is looked up at the moment of asking.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gauges {
    /// Jobs that wait for their start, and jobs in work.
    pub(crate) queued: u32,
    pub(crate) running: u32,
    /// Webhooks that are to be sent, by the name of their endpoint.
    pub(crate) waiting: Vec<(String, u64)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: String,
}

pub(crate) fn document(engine: &EngineMeter, ledger: &Ledger, gauges: &Gauges) -> Result<String, fmt::Error> {
    let mut out = String::new();
    for registry in [&*engine.registry, &*ledger.registry, &now(gauges)] {
        text::encode_registry(&mut out, registry)?;
    }
    text::encode_eof(&mut out)?;
    Ok(out)
}

fn now(gauges: &Gauges) -> Registry {
    let (jobs, waiting, memory) =
        (Family::<StateLabels, Gauge>::default(), Family::<EndpointLabels, Gauge>::default(), Gauge::<i64>::default());
    jobs.get_or_create(&StateLabels { state: "queued" }).set(gauges.queued.into());
    jobs.get_or_create(&StateLabels { state: "running" }).set(gauges.running.into());
    for (endpoint, count) in &gauges.waiting {
        let labels = EndpointLabels { endpoint: endpoint.clone() };
        waiting.get_or_create(&labels).set(i64::try_from(*count).unwrap_or(i64::MAX));
    }
    let mut registry = registry();
    registry.register("jobs", "Jobs that are not done", jobs);
    registry.register("deliveries_waiting", "Webhooks that are to be sent", waiting);
    if let Some(bytes) = resident() {
        memory.set(bytes);
        registry.register_with_unit("resident_memory", "Memory of this process", Unit::Bytes, memory);
    }
    registry
}

/// Only Linux tells it in a file.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<i64>().ok()?.checked_mul(1024)
}
