//! The story of a job in the log, as lines that a person can follow. Ids are fields; what callers and shops wrote is quoted, so
//! that it cannot forge a line.

use std::fmt::Write;

use crate::journal::{JobInfo, Novelty, Submitted};
use crate::model::{Completed, ItemResult, ItemStatus, ShopName, ShopResult, ShopStatus, quote};

pub(super) fn received(submitted: &Submitted) {
    let JobInfo { id, number, shops, total, ignored3400, .. } = &submitted.job;
    let items = match total {
        Some(1) => "1 item".to_owned(),
        Some(total) => format!("{total} items"),
        None => "items to come".to_owned(),
    };
    match submitted.novelty {
        Novelty::New => {
            tracing::info!(job = %id, number, "job {id} received: {items}, shops {}; {ignored3400} codes ignored by the caller", names(shops));
        }
        Novelty::Repeat => tracing::info!(job = %id, number, "job {id} was asked for again ({items}); nothing new is started"),
    }
}

pub(super) fn started(job: &JobInfo) {
    let (id, done) = (&job.id, job.counts.total);
    if done > 0 {
        tracing::info!(job = %id, done, "job {id} resumed: {done} items have their result already");
    } else {
        tracing::info!(job = %id, "job {id} started");
    }
}

pub(super) fn item(job: &JobInfo, result: &ItemResult) {
    let of = job.total.map(|total| format!(" of {total}")).unwrap_or_default();
    let mut line = format!("item {}{of} {:?}: {}", result.position, quote(&result.ean), item_status(result.status));
    if result.used_replacement {
        let _ = write!(line, " with the replacement {:?}", result.replacement.as_deref().unwrap_or_default());
    }
    for (shop, before) in result.shops.iter().zip(std::iter::once("; ").chain(std::iter::repeat(", "))) {
        let ShopResult { shop, status, elapsed_ms, .. } = shop;
        let _ = write!(line, "{before}{shop} {} in {elapsed_ms} ms", shop_status(*status));
    }
    if let Some(detail) = result.detail.as_deref().filter(|_| result.shops.is_empty()) {
        let _ = write!(line, " ({})", detail.escape_debug());
    }
    tracing::info!(job = %job.id, position = result.position, elapsed_ms = result.elapsed_ms, "{line}");
}

pub(super) fn completed(job: &JobInfo, completed: &Completed) {
    let id = &job.id;
    let counts = &completed.counts;
    let how = if completed.cancelled { "cancelled" } else { "completed" };
    let deliveries = job.deliveries;
    tracing::info!(
        job = %id,
        elapsed_ms = completed.elapsed_ms,
        "job {id} {how} after {} ms: {} items, {} found, {} not found, {} invalid, {} ignored, {} failed, {} cancelled; {} more codes \
         ignored by the caller; webhooks: {} delivered, {} on their way, {} given up",
        completed.elapsed_ms,
        counts.total,
        counts.found,
        counts.not_found,
        counts.invalid,
        counts.ignored,
        counts.failed,
        counts.cancelled,
        job.ignored3400,
        deliveries.delivered,
        deliveries.waiting,
        deliveries.failed,
    );
}

fn names(shops: &[ShopName]) -> String {
    shops.iter().map(ShopName::as_str).collect::<Vec<_>>().join(", ")
}

fn item_status(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::Found => "found",
        ItemStatus::NotFound => "not found",
        ItemStatus::Ignored => "ignored",
        ItemStatus::Invalid => "invalid",
        ItemStatus::Failed => "failed",
        ItemStatus::Cancelled => "cancelled",
    }
}

fn shop_status(status: ShopStatus) -> &'static str {
    match status {
        ShopStatus::Found => "found it",
        ShopStatus::Unverified => "shows a page without a barcode",
        ShopStatus::NotFound => "does not have it",
        ShopStatus::Mismatch => "shows another product",
        ShopStatus::Discontinued => "no longer has it",
        ShopStatus::Blocked => "refused us",
        ShopStatus::Timeout => "took too long",
        ShopStatus::Robots => "forbids it by robots.txt",
        ShopStatus::Unreachable => "could not be reached",
        ShopStatus::Error => "gave an answer that failed",
    }
}
