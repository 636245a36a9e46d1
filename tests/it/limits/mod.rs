//! Every limit has a setting, a default and a test: `docs/limits.md` is the table, and it is held against the code.

mod bombs;
mod connections;
#[path = "../../../src/egress/tests/packed.rs"]
mod packed;
mod queue;
mod requests;
mod table;
