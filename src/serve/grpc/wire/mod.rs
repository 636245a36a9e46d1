//! Between our words and those of the wire, one file per family of messages. Exhaustive: a new field does not compile until it is sent.

mod delivery;
mod egress;
mod event;
mod job;
mod order;
mod product;
mod result;
mod shop;

use std::time::Duration;

use jiff::Timestamp;

pub(super) use delivery::{delivery, endpoint, list, replay};
pub(super) use egress::route_report;
pub(super) use event::response;
pub(super) use job::{job, state_filter};
pub(super) use order::{caller, item, order, order_of_stream};
pub(super) use product::product;
pub(super) use result::shop_status;
pub(super) use shop::shop;

pub(super) fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    // The wire counts nanoseconds forwards, also before 1970.
    let (second, nanos) = (at.as_second(), at.subsec_nanosecond());
    if nanos < 0 {
        prost_types::Timestamp { seconds: second - 1, nanos: nanos + 1_000_000_000 }
    } else {
        prost_types::Timestamp { seconds: second, nanos }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
