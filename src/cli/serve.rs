//! `glaneur serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use glaneur::journal::Role;
use glaneur::service::Service;
use glaneur::shutdown::Shutdown;
use tracing::{info, warn};

#[cfg(unix)]
use super::systemd;
use super::{Failure, Source, start_log};

#[derive(Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    source: Source,
    /// Address for gRPC and HTTP [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = glaneur::config::address)]
    listen: Option<SocketAddr>,
    /// Directory of the journal [default: data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Open the start page in the browser
    #[arg(long)]
    open: bool,
    /// `api` serves without scraping, `worker` scrapes without serving; both may share a data directory
    #[arg(long, value_enum, default_value = "all")]
    role: RoleName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    All,
    Api,
    Worker,
}

pub(crate) async fn run(options: Options, shutdown: Shutdown) -> Result<ExitCode, Failure> {
    let mut config = options.source.load()?;
    config.listen = options.listen.unwrap_or(config.listen);
    config.data_dir = options.data_dir.unwrap_or(config.data_dir);
    config.check()?;
    config.check_reach()?;
    let telemetry = start_log(&config, false)?;
    for warning in config.warnings() {
        warn!("{warning}");
    }
    let role = match options.role {
        RoleName::All => Role::All,
        RoleName::Api => Role::Api,
        RoleName::Worker => Role::Worker,
    };
    let data_dir = config.data_dir.display().to_string();
    let service = Service::open(config, role).await?;
    match service.url() {
        Some(url) => {
            info!(data_dir, "glaneur {} listens on {url} (gRPC and HTTP); Ctrl+C drains and stops", env!("CARGO_PKG_VERSION"));
            if options.open {
                open_browser(&format!("{url}/"));
            }
        }
        None => info!(data_dir, "glaneur {} works without serving; Ctrl+C drains and stops", env!("CARGO_PKG_VERSION")),
    }
    let served = Box::pin(run_told(service, shutdown)).await;
    telemetry.end().await;
    served?;
    info!("stopped: everything accepted is in the journal");
    Ok(ExitCode::SUCCESS)
}

/// Runs the service, and tells systemd how it is where systemd asks.
#[cfg(unix)]
async fn run_told(service: Service, shutdown: Shutdown) -> Result<(), glaneur::Error> {
    systemd::ready(&service.address().map_or_else(|| "works without serving".to_owned(), |address| format!("listens on http://{address}")));
    let told = systemd::keep_told(service.journal().clone(), shutdown.clone());
    tokio::select! {
        done = service.run(shutdown) => done,
        never = told => match never {},
    }
}

#[cfg(not(unix))]
async fn run_told(service: Service, shutdown: Shutdown) -> Result<(), glaneur::Error> {
    service.run(shutdown).await
}

fn open_browser(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    if let Err(error) = std::process::Command::new(opener).arg(url).spawn() {
        warn!("the browser could not be opened with {opener}: {error}; open {url} yourself");
    }
}
