//! Results in the format that the user chose, each as it comes where the format allows it.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use glaneur::ItemResult;
use glaneur::export::{CsvRows, Workbook};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::table::Table;

#[derive(Args, Debug)]
pub(super) struct Output {
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
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

pub(super) fn progress_bar(total: u64) -> ProgressBar {
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
pub(super) enum Writer {
    Jsonl(Out),
    Json { out: Out, begun: bool },
    Csv { out: Out, rows: CsvRows },
    Xlsx { out: Out, book: Box<Workbook> },
    Table { out: Out, table: Box<Table> },
}

type Out = BufWriter<Box<dyn Write + Send>>;

impl Writer {
    pub(super) fn open(options: &Output) -> Result<Self, Failure> {
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

    pub(super) fn write(&mut self, result: &ItemResult) -> Result<(), Failure> {
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

    pub(super) fn finish(self) -> Result<(), Failure> {
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
