//! `glaneur recipe test`: all recorded pages with today's recipes, without network. One page that cannot be replayed does not stop the
//! others.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use glaneur::{Gtin, Recipe};

use super::record::pages;
use super::recording::{Recording, read};
use super::sheet::{Drift, compare, cut};
use crate::cli::extract::find_recipe;
use crate::cli::{Failure, Source, print};

#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// Recordings, or directories of them [default: pages beside the configured recipes, or in the working directory]
    #[arg(value_name = "DIR|FILE")]
    places: Vec<PathBuf>,
    /// A recipe that is not in the configured directory; may be repeated
    #[arg(long = "recipe", value_name = "FILE|NAME")]
    recipes: Vec<String>,
    /// What is read now is right: rewrite the expected sheets
    #[arg(long)]
    bless: bool,
    #[command(flatten)]
    source: Source,
}

/// What became of one recording.
enum Replay {
    Ok,
    Drifted(Vec<Drift>),
    Blessed(Vec<Drift>),
}

#[derive(Default)]
struct Totals {
    ok: usize,
    drifted: usize,
    blessed: usize,
    failed: usize,
}

pub(super) fn run(options: &Options) -> Result<ExitCode, Failure> {
    let config = options.source.load()?;
    let mut recipes: Vec<Recipe> = options.recipes.iter().map(|name| find_recipe(name)).collect::<Result<_, _>>()?;
    recipes.extend(config.read_recipes()?);
    recipes.extend(Recipe::builtin());
    let places = if options.places.is_empty() { vec![pages(&config)] } else { options.places.clone() };
    let mut files = Vec::new();
    for place in &places {
        gather(place, &mut files)
            .map_err(|error| Failure::usage(format!("{}: {error}; record pages with `glaneur recipe record`", place.display())))?;
    }
    if files.is_empty() {
        let places = places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format!("{places}: no recorded page; record one with `glaneur recipe record`")));
    }
    let mut totals = Totals::default();
    for file in &files {
        print(&totals.tell(file, replay(file, &recipes, options.bless)))?;
    }
    print(&totals.line(files.len()))?;
    Ok(if totals.drifted + totals.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The JSON files of a place, in the order of their names.
fn gather(place: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !place.is_dir() {
        place.metadata()?;
        // Whoever completes names in a shell may hit the page instead of its sheet.
        files.push(place.with_extension("json"));
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(place)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    inside.sort();
    for path in inside {
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}

fn replay(file: &Path, recipes: &[Recipe], bless: bool) -> Result<Replay, String> {
    let recording = Recording::load(file)?;
    let recipe = recording.recipe.as_deref().map(|name| named(name, file, recipes)).transpose()?;
    let wanted = recording.ean.as_deref().map(Gtin::parse).transpose().map_err(|error| format!("{}: ean: {error}", file.display()))?;
    let reading = read(&recording.page(file)?, recipe, wanted.as_ref());
    let sheet = reading.sheet();
    let mut drifts = compare(&recording.sheet, &sheet);
    if recording.status != reading.status {
        let read = format!("{} ({})", reading.status, reading.reason);
        drifts.insert(0, Drift { place: "status".to_owned(), expected: Some(recording.status.clone()), read: Some(read) });
    }
    if bless && reading.product.is_some() {
        Recording { status: reading.status.to_owned(), sheet, ..recording }.save(file)?;
        return Ok(if drifts.is_empty() { Replay::Ok } else { Replay::Blessed(drifts) });
    }
    Ok(if drifts.is_empty() { Replay::Ok } else { Replay::Drifted(drifts) })
}

fn named<'a>(name: &str, file: &Path, recipes: &'a [Recipe]) -> Result<&'a Recipe, String> {
    recipes.iter().find(|recipe| recipe.name().as_str() == name).ok_or_else(|| {
        let file = file.display();
        format!(
            "{file}: there is no recipe {name:?} any more; name its file with --recipe, or its directory as `recipes` in the configuration"
        )
    })
}

impl Totals {
    fn tell(&mut self, file: &Path, replay: Result<Replay, String>) -> String {
        let file = file.display();
        match replay {
            Ok(Replay::Ok) => {
                self.ok += 1;
                format!("ok       {file}\n")
            }
            Ok(Replay::Drifted(drifts)) => {
                self.drifted += 1;
                format!("drifted  {file}\n{}", table(&drifts))
            }
            Ok(Replay::Blessed(drifts)) => {
                self.blessed += 1;
                format!("blessed  {file}\n{}", table(&drifts))
            }
            Err(message) => {
                self.failed += 1;
                format!("error    {message}\n")
            }
        }
    }

    fn line(&self, all: usize) -> String {
        let Self { ok, drifted, blessed, failed } = self;
        let blessed = if *blessed > 0 { format!(", {blessed} blessed") } else { String::new() };
        let pages = if all == 1 { "page" } else { "pages" };
        format!("{all} {pages}: {ok} ok, {drifted} drifted{blessed}, {failed} failed\n")
    }
}

fn table(drifts: &[Drift]) -> String {
    let mut told = String::new();
    let value = |value: &Option<String>| value.as_deref().map_or_else(|| "(nothing)".to_owned(), cut);
    for drift in drifts {
        let _ = writeln!(told, "  {}\n    expected  {}\n    read      {}", drift.place, value(&drift.expected), value(&drift.read));
    }
    told
}
