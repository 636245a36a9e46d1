//! The life of the process: arguments, configuration, log, the command, and an exit code.
//!
//! 0 done, 1 failed, 2 bad usage or configuration, 130 interrupted twice.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use glaneur::shutdown::{DRAIN_DEADLINE, Outcome, Shutdown};

use cli::{Arguments, Failure};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the async runtime cannot start") {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(error).report(),
    };
    let code = runtime.block_on(life(arguments));
    // Whatever still runs after the drain, or after a second Ctrl+C, has nothing to lose: the journal is on disk.
    runtime.shutdown_background();
    code
}

async fn life(arguments: Arguments) -> ExitCode {
    let (shutdown, signals) = match Shutdown::listen(DRAIN_DEADLINE) {
        Ok(listening) => listening,
        Err(error) => return Failure::from(error).report(),
    };
    let outcome = signals.run(Box::pin(cli::run(arguments, shutdown))).await;
    match (signals.end().exit_code(), outcome) {
        (Some(code), _) => ExitCode::from(code),
        (None, Outcome::Done(Ok(code), _)) => code,
        (None, Outcome::Done(Err(failure), _)) => failure.report(),
        (None, Outcome::Abandoned(_)) => {
            Failure::from(anyhow::anyhow!("not everything ended within the drain deadline of {DRAIN_DEADLINE:?}")).report()
        }
    }
}
