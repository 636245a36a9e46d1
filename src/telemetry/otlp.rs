//! Spans as traces to a collector, by OTLP over gRPC. Only ours: those of the crates below tell of connections, the collector's own
//! among them.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use crate::config::ConfigError;

/// One batch of spans on its way. A collector that does not answer costs spans, never a job.
const TIMEOUT: Duration = Duration::from_secs(5);
/// For what still waits at the end of the process, which is to end soon.
const LAST: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    pub(super) fn open(url: &Url) -> Result<Self, ConfigError> {
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(url.as_str()).with_timeout(TIMEOUT).build();
        let exporter = exporter.map_err(|error| ConfigError::value("log.otlp", format!("{url} cannot be used: {error}")))?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder_empty().with_service_name("glaneur").with_attribute(version).build();
        Ok(Self { provider: SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build() })
    }

    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let ours = Targets::new().with_target("glaneur", LevelFilter::INFO);
        tracing_opentelemetry::layer().with_tracer(self.provider.tracer("glaneur")).with_filter(ours)
    }

    pub(super) async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(LAST)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent: see whether the collector of [log] otlp is there");
        }
    }
}
