//! Product sheets by barcode, from several online shops at once, streamed as they are known.
//!
//! A [`Batch`] of barcodes goes in, a stream of [`Event`]s comes out: each [`ItemResult`] as soon as it is known, with one outcome
//! per shop. A product is handed out only when its page shows the wanted barcode; every field says where it was read.
//!
//! ```no_run
//! use glaneur::{Batch, Event, Glaneur};
//! use tokio_stream::StreamExt;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let glaneur = Glaneur::builder().build().await?; // built-in recipes
//! let mut events = glaneur.scrape(Batch::parse(["0748322148474"])?)?;
//! while let Some(event) = events.next().await {
//!     if let Event::Result(result) = event {
//!         println!("{} {:?}", result.ean, result.status);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! One page without a network: [`extract::product`] reads it, [`judge`] says whether it shows a barcode.
//!
//! The way of the data: [`model`](Batch) -> [`plan`] -> [`egress`] -> [`extract`] with a [`recipe`] -> [`judge`] -> [`scrape`]. With the
//! feature `server` the same engine stands behind a durable [`journal`], [`jobs`], gRPC and HTTP ([`serve`]) and webhooks
//! ([`webhook`]); [`service`] wires them together. Without default features only the streaming library is built.

#![forbid(unsafe_code)]

mod error;
mod model;

pub mod egress;
pub mod extract;
pub mod media;
mod metrics;
pub mod pages;
pub mod plan;
pub mod recipe;
pub mod scrape;
mod verify;

#[cfg(feature = "server")]
pub mod access;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
#[cfg(feature = "server")]
pub mod export;
#[cfg(feature = "server")]
pub mod jobs;
#[cfg(feature = "server")]
pub mod journal;
#[cfg(feature = "server")]
pub mod serve;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod shutdown;
#[cfg(feature = "cli")]
pub mod telemetry;
#[cfg(feature = "server")]
pub mod webhook;

pub use error::{Error, ErrorKind, Retry};
pub use model::*;
pub use recipe::{Recipe, RecipeError};
pub use scrape::{Builder, Events, Glaneur, Session};
pub use verify::{Verdict, judge};

/// The Rust of the README is compiled as a doc test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
