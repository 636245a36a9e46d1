//! Tor for real, on loopback: a private network of Tor relays, shops behind its exits, and the egress that goes through it.

mod check;
mod daemon;
mod dns;
pub(crate) mod doorway;
mod down;
mod engine;
mod entry;
mod hedge;
pub(crate) mod network;
mod proxies;
mod relay;
mod room;
mod served;
mod socks;
mod stage;
