//! Reads the outbox: signed deliveries with retries, in the formats native and n8n.
//!
//! What is delivered is settled by the journal before this room hears of it; here nothing is dropped silently, nothing is sent
//! that the outbox does not hold, and nothing leaves but through the egress room. A delivery may arrive twice (an answer that
//! was lost): always with the same `webhook-id` and the same bytes.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on should fail where it stands")
)]

mod advice;
mod body;
mod clock;
mod deliver;
mod line;
mod n8n;
mod outcome;
mod pace;
mod raw_signature;
mod receiver;
mod run;
#[cfg(test)]
mod samples;
mod schedule;
mod settings;
mod signature;
#[cfg(test)]
mod tests;
mod trial;

pub use raw_signature::Phrase;
pub use run::run;
pub use schedule::Schedule;
pub use settings::{Callback, Endpoint, Format, Headers, Settings, SettingsError};
pub use signature::{Secret, SecretFault, Secrets};
pub use trial::{Report, known, try_out};
