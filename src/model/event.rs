//! What is told of a job as it runs. The journal numbers these and every door streams them.

use serde::{Deserialize, Serialize};

use super::{ItemResult, ItemStatus, Phase, ShopName, ShopStatus};

/// One entry of a job's story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// First: the batch was taken.
    Accepted(Accepted),
    /// A shop is done with an item.
    Progress(Progress),
    /// Items wait for the start of a route.
    Waiting(Waiting),
    /// An item is done. Results come in the order in which they are done.
    Result(Box<ItemResult>),
    /// Last: every item has its result.
    Completed(Completed),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// Items in the batch; absent while a stream of items is still open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
    /// The shops that will be asked.
    pub shops: Vec<ShopName>,
    /// How many codes the caller listed under `ignored3400`.
    pub ignored3400: u32,
    /// How each of the shops will be asked; empty in stories of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<ShopPlan>,
}

/// How a shop is asked for one job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShopPlan {
    pub shop: ShopName,
    /// The route of each phase; proxies without their passwords.
    pub search: String,
    pub page: String,
    pub image: String,
    /// The phases in which the shop sees this machine's own address.
    pub in_the_clear: Vec<Phase>,
    /// Whether robots.txt counts; `false` is the operator's own decision.
    pub respects_robots: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The item's place in the batch, from 1.
    pub position: u32,
    /// The item's primary barcode as given.
    pub ean: String,
    pub shop: ShopName,
    pub status: ShopStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    pub elapsed_ms: u64,
}

/// A route that items of this job need is starting. Told as it comes on, and not again once it can be used or has failed: then
/// the items' own events go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// As in [`ShopPlan`]: `tor`.
    pub route: String,
    /// How far the start is, in percent: 0 to 99.
    pub percent: u8,
    /// What is being done, for people.
    pub detail: String,
}

/// How many items ended how. `total` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub total: u32,
    pub found: u32,
    pub not_found: u32,
    pub ignored: u32,
    pub invalid: u32,
    pub failed: u32,
    pub cancelled: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Completed {
    pub counts: Counts,
    /// The codes that the caller listed under `ignored3400`, followed by the items that matched `ignore_prefixes`.
    pub ignored3400: Vec<String>,
    /// Primary barcodes as given.
    pub not_found: Vec<String>,
    /// Failed and invalid items: primary barcodes as given.
    pub failed: Vec<String>,
    /// Whether the job was cancelled.
    pub cancelled: bool,
    pub elapsed_ms: u64,
}

impl Completed {
    /// Takes one more item into the summary.
    pub fn count(&mut self, ean: &str, status: ItemStatus) {
        let counts = &mut self.counts;
        counts.total += 1;
        match status {
            ItemStatus::Found => counts.found += 1,
            ItemStatus::NotFound => {
                counts.not_found += 1;
                self.not_found.push(ean.to_owned());
            }
            ItemStatus::Ignored => {
                counts.ignored += 1;
                self.ignored3400.push(ean.to_owned());
            }
            ItemStatus::Invalid => {
                counts.invalid += 1;
                self.failed.push(ean.to_owned());
            }
            ItemStatus::Failed => {
                counts.failed += 1;
                self.failed.push(ean.to_owned());
            }
            ItemStatus::Cancelled => counts.cancelled += 1,
        }
    }
}
