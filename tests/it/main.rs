//! Everything that needs the whole: the real binary, a real gRPC client, the demo shops, on ports that the system chooses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test that cannot go on should fail where it stands"
)]

mod bad;
#[path = "../board/mod.rs"]
mod board;
mod cli;
mod crash;
mod deliveries;
mod doors;
mod drafts;
mod drain;
mod egress_check;
mod engine;
mod frames;
mod grpc;
mod guard;
mod house;
mod http;
mod limits;
mod media;
mod metrics;
mod pace;
mod pages;
mod process;
mod programs;
mod readme;
mod recipes;
mod scoreboard;
mod shutdown;
mod story;
mod systemd;
#[cfg(all(feature = "tor", target_os = "linux"))]
mod tor;
mod webhook_test;
