//! `glaneur scrape`: the engine without a server; results on stdout, progress on stderr.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use glaneur::pages::Pages;
use glaneur::shutdown::Shutdown;
use glaneur::{Batch, Code, Completed, Event, Item, MediaMode, Route, RouteWish, ShopPlan};
use tokio_stream::StreamExt;

use super::output::{Output, Writer, progress_bar};
use super::{Failure, Source, out_of_the_ordinary, route, start_log};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Barcodes: 8, 12, 13 or 14 digits
    #[arg(value_name = "EAN")]
    eans: Vec<String>,
    /// Read barcodes from a file, or from stdin with `-`: one item a line, a replacement barcode after a comma, semicolon or tab
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Ask only these shops, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "SHOPS")]
    shops: Vec<String>,
    #[command(flatten)]
    output: Output,
    /// Pictures, videos and sounds; without it as recipes and configuration have it
    #[arg(long, value_enum, value_name = "MODE")]
    media: Option<Media>,
    /// How requests leave this machine: direct, tor (built in), or a proxy such as socks5h://127.0.0.1:9050; several proxies with
    /// commas. Without it as recipes and configuration have it
    #[arg(long, value_name = "ROUTE", value_parser = route)]
    route: Option<Route>,
    /// Take pages that are no older than this from the store in the data directory: 90s, 1h, 7d; 0s: none. Without it as the
    /// configuration has it
    #[arg(long, value_name = "AGE", value_parser = glaneur::parse_duration)]
    max_age: Option<Duration>,
    #[command(flatten)]
    source: Source,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Media {
    /// As the page lists them
    Listed,
    /// Fetch their first bytes and tell real type, size, duration and codec
    Probe,
}

impl From<Media> for MediaMode {
    fn from(media: Media) -> Self {
        match media {
            Media::Listed => Self::Listed,
            Media::Probe => Self::Probe,
        }
    }
}

pub(crate) async fn run(options: Options, shutdown: Shutdown) -> Result<ExitCode, Failure> {
    let config = options.source.load()?;
    start_log(&config, true)?;
    let batch = Batch::of(items(&options)?)
        .map_err(|_| Failure::usage("no barcode was given; name some, or a file: glaneur scrape --file eans.txt"))?;
    let route = options.route.clone().map(RouteWish::everywhere).unwrap_or_default();
    let batch = Batch { media: options.media.map(MediaMode::from), route, max_age: options.max_age, ..batch.shops(&options.shops) };
    let total = batch.items.len() as u64;
    let mut writer = Writer::open(&options.output)?;
    let mut engine = glaneur::service::engine(&config)?;
    // Nobody gets a data directory who did not ask for one.
    if !options.max_age.unwrap_or(config.pages.max_age).is_zero() {
        engine = engine.pages(Pages::open(&config.data_dir, &config.pages).map_err(glaneur::Error::from)?);
    }
    let glaneur = engine.build().await?;
    let mut events = glaneur.scrape_until(batch, shutdown.drain.clone())?;
    let progress = progress_bar(total);
    let mut summary = Completed::default();
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = shutdown.force.cancelled() => None,
        };
        match event {
            None => break,
            Some(Event::Result(result)) => {
                summary.count(&result.ean, result.status);
                progress.suspend(|| writer.write(&result))?;
                progress.inc(1);
            }
            Some(Event::Progress(told)) => progress.set_message(format!("{} {} {:?}", told.ean, told.shop, told.status)),
            Some(Event::Waiting(told)) => progress.set_message(format!("waiting for {}: {} %, {}", told.route, told.percent, told.detail)),
            Some(Event::Accepted(accepted)) => progress.suspend(|| tell(&accepted.plan)),
            Some(Event::Completed(_)) => {}
        }
    }
    progress.finish_and_clear();
    writer.finish()?;
    Ok(conclude(&summary, total))
}

/// On stderr, what is out of the ordinary about the way to a shop.
#[allow(clippy::print_stderr, reason = "stdout is the results'")]
fn tell(plan: &[ShopPlan]) {
    plan.iter().flat_map(out_of_the_ordinary).for_each(|line| eprintln!("{line}"));
}

/// The summary on stderr, and what it means as an exit code.
#[allow(clippy::print_stderr, reason = "stdout is the results'")]
pub(super) fn conclude(summary: &Completed, total: u64) -> ExitCode {
    let counts = summary.counts;
    eprintln!(
        "{} of {total} done: {} found, {} not found, {} ignored, {} invalid, {} failed",
        counts.total, counts.found, counts.not_found, counts.ignored, counts.invalid, counts.failed
    );
    let whole = u64::from(counts.total) == total;
    if !whole {
        eprintln!("interrupted: {} items were not started", total - u64::from(counts.total));
    }
    if whole && counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn items(options: &Options) -> Result<Vec<Item>, Failure> {
    let mut items: Vec<Item> = options.eans.iter().map(|code| Item::new(Code::parse(code), None)).collect();
    if let Some(file) = &options.file {
        items.extend(read(file)?.lines().enumerate().filter_map(|(number, line)| item(number, line)));
    }
    Ok(items)
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::usage(format!("--file {}: {error}", file.display())))?;
    // Spreadsheets save in several encodings; a barcode is ASCII in all of them.
    Ok(glaneur::egress::text(bytes, None))
}

/// A line without any digit at the top is a header; empty lines and `#` comments are skipped.
fn item(number: usize, line: &str) -> Option<Item> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let header = number == 0 && !line.contains(|c: char| c.is_ascii_digit());
    if line.is_empty() || line.starts_with('#') || header {
        return None;
    }
    let mut fields = line.split([';', ',', '\t']).map(|field| field.trim().trim_matches('"'));
    let primary = code(fields.next().unwrap_or_default());
    Some(Item::new(primary, fields.next().filter(|field| Code::parse_optional(field).is_some()).map(code)))
}

/// A spreadsheet's number column loses a leading zero, which the check digit restores.
fn code(field: &str) -> Code {
    match (Code::parse(field), field.parse()) {
        (Code::Invalid { .. }, Ok(number)) => Code::from_number(number),
        (code, _) => code,
    }
}
