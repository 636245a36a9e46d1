//! `glaneur scrape`: the engine without a server; results on stdout, progress on stderr.

use std::io::{BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use glaneur::export::{CsvRows, Workbook};
use glaneur::shutdown::Shutdown;
use glaneur::{Batch, Code, Completed, Event, Item, ItemResult, MediaMode, Phase, Route, RouteError, RouteWish, ShopPlan};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio_stream::StreamExt;

use super::table::Table;
use super::{Failure, Source, start_log};

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
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Pictures, videos and sounds; without it as recipes and configuration have it
    #[arg(long, value_enum, value_name = "MODE")]
    media: Option<Media>,
    /// How requests leave this machine: direct, tor (built in), or a proxy such as socks5h://127.0.0.1:9050; several proxies with
    /// commas. Without it as recipes and configuration have it
    #[arg(long, value_name = "ROUTE", value_parser = route)]
    route: Option<Route>,
    #[command(flatten)]
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object a line, as soon as it is known
    Jsonl,
    /// One JSON array
    Json,
    /// For Excel and LibreOffice: semicolons, one row per item and shop
    Csv,
    /// An Excel workbook
    Xlsx,
    /// For reading on a terminal
    Table,
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

fn route(text: &str) -> Result<Route, RouteError> {
    if text.contains(',') { Route::through(&text.split(',').collect::<Vec<_>>()) } else { Route::parse(text) }
}

pub(crate) async fn run(options: Options, shutdown: Shutdown) -> Result<ExitCode, Failure> {
    let config = options.source.load()?;
    start_log(&config, true)?;
    let batch = Batch::of(items(&options)?)
        .map_err(|_| Failure::usage("no barcode was given; name some, or a file: glaneur scrape --file eans.txt"))?;
    let route = options.route.clone().map(RouteWish::everywhere).unwrap_or_default();
    let batch = Batch { media: options.media.map(MediaMode::from), route, ..batch.shops(&options.shops) };
    let total = batch.items.len() as u64;
    let mut writer = Writer::open(&options)?;
    let glaneur = glaneur::service::engine(&config)?.build().await?;
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
    for ShopPlan { shop, search, page, image, in_the_clear, respects_robots } in plan {
        if in_the_clear.len() < Phase::ALL.len() {
            let clear: Vec<&str> = in_the_clear.iter().map(|phase| phase.as_str()).collect();
            let clear =
                if clear.is_empty() { "nothing leaves in the clear".to_owned() } else { format!("IN THE CLEAR: {}", clear.join(", ")) };
            eprintln!("{shop}: search by {search}, page by {page}, image by {image}; {clear}");
        }
        if !respects_robots {
            eprintln!("{shop}: robots.txt is ignored, as configured");
        }
    }
}

/// The summary on stderr, and what it means as an exit code.
#[allow(clippy::print_stderr, reason = "stdout is the results'")]
fn conclude(summary: &Completed, total: u64) -> ExitCode {
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

fn progress_bar(total: u64) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    // The template is a constant that the library's own tests cover; without it the bar has its default look.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} [{elapsed_precise}, {eta} left] {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// Results in the chosen format, each as it comes where the format allows it.
enum Writer {
    Jsonl(Out),
    Json { out: Out, begun: bool },
    Csv { out: Out, rows: CsvRows },
    Xlsx { out: Out, book: Box<Workbook> },
    Table { out: Out, table: Box<Table> },
}

type Out = BufWriter<Box<dyn Write + Send>>;

impl Writer {
    fn open(options: &Options) -> Result<Self, Failure> {
        let out: Box<dyn Write + Send> = match &options.output {
            Some(file) => {
                Box::new(std::fs::File::create(file).map_err(|error| Failure::usage(format!("--output {}: {error}", file.display())))?)
            }
            None if options.format == Format::Xlsx && std::io::stdout().is_terminal() => {
                return Err(Failure::usage("a workbook does not belong on a terminal; add --output sheets.xlsx"));
            }
            None => Box::new(std::io::stdout()),
        };
        let out = BufWriter::new(out);
        Ok(match options.format {
            Format::Jsonl => Self::Jsonl(out),
            Format::Json => Self::Json { out, begun: false },
            Format::Csv => Self::Csv { out, rows: CsvRows::new() },
            Format::Xlsx => Self::Xlsx { out, book: Box::new(Workbook::new()?) },
            Format::Table => Self::Table { out, table: Box::default() },
        })
    }

    fn write(&mut self, result: &ItemResult) -> Result<(), Failure> {
        match self {
            Self::Jsonl(out) => {
                serde_json::to_writer(&mut *out, result).map_err(std::io::Error::from)?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
            Self::Json { out, begun } => {
                out.write_all(if std::mem::replace(begun, true) { b",\n" } else { b"[\n" })?;
                serde_json::to_writer(&mut *out, result).map_err(std::io::Error::from)?;
            }
            Self::Csv { out, rows } => {
                out.write_all(&rows.rows(result)?)?;
                out.flush()?;
            }
            Self::Xlsx { book, .. } => book.push(result)?,
            Self::Table { table, .. } => table.push(result),
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        let mut out = match self {
            Self::Jsonl(out) => out,
            Self::Json { mut out, begun } => {
                out.write_all(if begun { b"\n]\n" } else { b"[]\n" })?;
                out
            }
            Self::Csv { mut out, mut rows } => {
                out.write_all(&rows.header()?)?;
                out
            }
            Self::Xlsx { mut out, book } => {
                out.write_all(&book.finish()?)?;
                out
            }
            Self::Table { mut out, table } => {
                writeln!(out, "{table}")?;
                out
            }
        };
        Ok(out.flush()?)
    }
}
