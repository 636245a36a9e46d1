//! Our words: batches, items, barcodes, products, money, results, events and ids.
//!
//! Pure data. Nothing here does I/O, reads a clock or knows a wire format other than its own JSON.

mod availability;
mod batch;
pub(crate) mod duration;
mod event;
mod gtin;
mod ids;
mod money;
mod page;
pub(crate) mod price;
mod product;
mod result;
mod route;

pub use availability::Availability;
pub use batch::{Batch, BatchError, Code, Item, MediaMode};
pub use duration::{DurationError, parse_duration};
pub use event::{Accepted, Completed, Counts, Event, Progress, ShopPlan, Waiting};
#[cfg(feature = "server")]
pub(crate) use gtin::quote;
pub use gtin::{Gtin, GtinError};
pub use ids::{JobId, Seq, ShopName};
pub use money::{Currency, Money, UnitPrice};
pub(crate) use page::Validators;
pub(crate) use page::host_of;
pub use page::{Body, Method, Page, Request};
pub use product::{
    ContentUnit, Evidence, Issue, IssueKind, Media, NetContent, Offer, Product, Property, Provenance, Rating, Reading, Review, Source,
    Variant,
};
pub use result::{ItemResult, ItemStatus, ShopResult, ShopStatus};
pub use route::{Phase, ProxyUrl, Route, RouteError, RouteWish, Routes};
