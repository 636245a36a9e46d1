//! Tor for real, on loopback: a private network of Tor relays, shops behind its exits, and the egress that goes through it.

mod check;
mod dns;
pub(crate) mod doorway;
pub(crate) mod network;
mod relay;
mod room;
