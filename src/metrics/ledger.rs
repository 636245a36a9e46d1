//! What the journal's users count: jobs, items, outcomes, deliveries, commits.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::text;
use crate::model::ItemResult;

#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(super) registry: Arc<Registry>,
    jobs: Family<JobLabels, Counter>,
    items: Family<ItemLabels, Counter>,
    outcomes: Family<OutcomeLabels, Counter>,
    deliveries: Family<DeliveryLabels, Counter>,
    commits: Counter,
}

/// What happened to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobMoment {
    Accepted,
    /// It was asked for again, and nothing was started.
    Repeated,
    Completed,
    Cancelled,
}

/// What came of one try of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TryEnd {
    Delivered,
    /// It is tried again.
    Failed,
    GivenUp,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    event: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ItemLabels {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    shop: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    endpoint: String,
    outcome: &'static str,
}

impl Default for Ledger {
    fn default() -> Self {
        let mut registry = text::registry();
        let (jobs, items, outcomes, deliveries, commits) =
            (Family::default(), Family::default(), Family::default(), Family::default(), Counter::default());
        registry.register("job_events", "Jobs that were accepted, asked for again, completed or cancelled", Family::clone(&jobs));
        registry.register("items", "Items that have their result", Family::clone(&items));
        registry.register("shop_outcomes", "What came of an item at a shop", Family::clone(&outcomes));
        registry.register("delivery_tries", "Tries of webhooks", Family::clone(&deliveries));
        registry.register("journal_commits", "Commits of the journal, each one write to disk", commits.clone());
        Self { registry: Arc::new(registry), jobs, items, outcomes, deliveries, commits }
    }
}

impl Ledger {
    pub(crate) fn job(&self, moment: JobMoment) {
        let event = match moment {
            JobMoment::Accepted => "accepted",
            JobMoment::Repeated => "repeated",
            JobMoment::Completed => "completed",
            JobMoment::Cancelled => "cancelled",
        };
        self.jobs.get_or_create(&JobLabels { event }).inc();
    }

    pub(crate) fn item(&self, result: &ItemResult) {
        self.items.get_or_create(&ItemLabels { status: result.status.as_str() }).inc();
        for outcome in &result.shops {
            let labels = OutcomeLabels { shop: outcome.shop.to_string(), outcome: outcome.status.as_str() };
            self.outcomes.get_or_create(&labels).inc();
        }
    }

    pub(crate) fn delivery(&self, endpoint: &str, end: TryEnd) {
        let outcome = match end {
            TryEnd::Delivered => "delivered",
            TryEnd::Failed => "failed",
            TryEnd::GivenUp => "given_up",
        };
        self.deliveries.get_or_create(&DeliveryLabels { endpoint: endpoint.to_owned(), outcome }).inc();
    }

    /// Counts on by itself in another thread.
    pub(crate) fn commits(&self) -> Counter {
        self.commits.clone()
    }
}
