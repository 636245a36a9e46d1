//! `glaneur egress check`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use glaneur::Route;
use glaneur::egress::{Isolation, RouteReport};

use super::{Failure, Source, print, route, start_log};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only this route: direct, tor, or a proxy such as socks5h://127.0.0.1:9050; several proxies with commas
    #[arg(long, value_name = "ROUTE", value_parser = route)]
    route: Option<Route>,
    /// One JSON object a line instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: Source,
}

pub(crate) async fn check(options: Options) -> Result<ExitCode, Failure> {
    let config = options.source.load()?;
    start_log(&config, true)?;
    let glaneur = glaneur::service::engine(&config)?.build().await?;
    let routes = options.route.map_or_else(|| glaneur.routes(), |route| vec![route]);
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["Route", "Exits", "Names", "Identities", "Ready", "First", "Again"]);
    let (mut code, mut broken) = (ExitCode::SUCCESS, Vec::new());
    for route in routes {
        progress(&route);
        let report = glaneur.check_route(&route).await;
        if report.failure.is_some() {
            code = ExitCode::FAILURE;
        }
        if options.json {
            let line = serde_json::to_string(&report).map_err(anyhow::Error::from)?;
            print(&format!("{line}\n"))?;
        } else if let Some(failure) = &report.failure {
            broken.push(format!("{} does not work: {failure}\n", report.route));
        } else {
            table.add_row(row(&report));
        }
    }
    if !table.is_empty() {
        print(&format!("{table}\n"))?;
    }
    print(&broken.concat())?;
    Ok(code)
}

#[allow(clippy::print_stderr, reason = "stdout is the table's")]
fn progress(route: &Route) {
    eprintln!("asking by {route} ...");
}

fn row(report: &RouteReport) -> Vec<String> {
    let RouteReport { route, failure: _, exits, names, isolation, ready, first, again } = report;
    let mut seen: Vec<String> = exits.iter().map(ToString::to_string).collect();
    seen.sort();
    seen.dedup();
    let words = [route.to_string(), seen.join(", "), names.as_str().to_owned(), apart(*isolation, exits.len(), seen.len())];
    words.into_iter().chain([ready, first, again].map(time)).collect()
}

fn apart(isolation: Isolation, identities: usize, exits: usize) -> String {
    match isolation {
        Isolation::None => "all look the same".to_owned(),
        Isolation::Real => format!("apart: {exits} exits for {identities}"),
        Isolation::Unseen => format!("one exit for all {identities}"),
        Isolation::Unsteady => "one identity changed its exit".to_owned(),
    }
}

fn time(duration: &Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds < 10_000 { format!("{milliseconds} ms") } else { format!("{:.1} s", duration.as_secs_f64()) }
}
