//! Tor for real, on loopback: a private network of Tor relays, shops behind its exits, and the egress that goes through it.

mod dns;
pub(crate) mod doorway;
mod engine;
mod entry;
pub(crate) mod network;
mod relay;
mod room;
mod stage;
