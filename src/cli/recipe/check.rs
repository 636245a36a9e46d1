//! `glaneur recipe check`: whether a recipe can be used, and what it reads from a saved page.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use glaneur::{Gtin, Product, Recipe, Verdict};
use serde_json::{Value, json};
use url::Url;

use super::sheet::{cut, fields, missing, short};
use crate::cli::extract::{find_recipe, read_page};
use crate::cli::{Failure, print};

#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// The recipe file, or the name of a built-in recipe
    file: String,
    /// A saved product page to read with it
    #[arg(long, value_name = "FILE", requires = "ean")]
    page: Option<PathBuf>,
    /// The barcode that the page is expected to show
    #[arg(long, requires = "page")]
    ean: Option<String>,
    /// The page's own address [default: the recipe's origin]
    #[arg(long, value_name = "BASE")]
    url: Option<Url>,
    /// Also the values of other sources that lost
    #[arg(long, requires = "page")]
    all: bool,
    /// The listing as JSON
    #[arg(long, requires = "page")]
    json: bool,
}

pub(super) fn run(options: &Options) -> Result<ExitCode, Failure> {
    let recipe = find_recipe(&options.file)?;
    let (Some(page), Some(ean)) = (&options.page, &options.ean) else { return print(&headline(options, &recipe)) };
    let wanted = Gtin::parse(ean).map_err(|error| Failure::usage(format!("--ean: {error}")))?;
    let url = options.url.clone().unwrap_or_else(|| recipe.origin().clone());
    let page = read_page(&page.display().to_string(), url)?;
    let verdict = glaneur::judge(&recipe.extract(&page), &wanted, &page);
    if options.json {
        let told = serde_json::to_string_pretty(&as_json(&recipe, &verdict, &wanted, options.all)).map_err(anyhow::Error::from)?;
        print(&(told + "\n"))?;
    } else {
        print(&(headline(options, &recipe) + &listing(&verdict, &wanted, options.all)))?;
    }
    Ok(if matches!(verdict, Verdict::Found(_)) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn headline(options: &Options, recipe: &Recipe) -> String {
    let steps = match recipe.steps().len() {
        1 => "1 search step".to_owned(),
        several => format!("{several} search steps"),
    };
    format!("{}: {} ({}), {steps}: ok\n", options.file, recipe.name(), recipe.origin())
}

/// The verdict in one word, as the statuses of a shop say it.
pub(super) fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Found(_) => "FOUND",
        Verdict::Unverified(_) => "UNVERIFIED",
        Verdict::Mismatch { .. } => "MISMATCH",
        Verdict::NoProduct => "NOT_FOUND",
    }
}

/// What the verdict means for the wanted barcode.
pub(super) fn reason(verdict: &Verdict, wanted: &Gtin) -> String {
    let ean = wanted.ean();
    match verdict {
        Verdict::Found(product) => format!("evidence of {ean}: {}", product.evidence.map_or_else(|| "none".to_owned(), as_told)),
        Verdict::Unverified(_) => format!("the page shows no barcode, so nothing proves {ean}"),
        Verdict::Mismatch { seen, .. } => format!("the page shows {}, not {ean}", seen.ean()),
        Verdict::NoProduct => "the page shows no product".to_owned(),
    }
}

fn product(verdict: &Verdict) -> Option<&Product> {
    match verdict {
        Verdict::Found(product) | Verdict::Unverified(product) => Some(product),
        Verdict::Mismatch { .. } | Verdict::NoProduct => None,
    }
}

/// Each field with its value and where it was read, then what is missing, then what does not fit.
fn listing(verdict: &Verdict, wanted: &Gtin, all: bool) -> String {
    let mut told = format!("{}: {}\n", word(verdict), reason(verdict, wanted));
    if let Verdict::Mismatch { provenance: Some(proof), .. } = verdict {
        let _ = writeln!(told, "  seen in {} at {}", as_told(proof.source), proof.locator);
    }
    let Some(product) = product(verdict) else { return told };
    told.push_str(&rows(product, all));
    let missing = missing(&fields(product));
    if !missing.is_empty() {
        let _ = writeln!(told, "missing: {}", missing.join(", "));
    }
    for issue in &product.issues {
        let _ = writeln!(told, "issue: {}{} {}", as_told(issue.kind), about(issue.field.as_deref()), issue.detail);
    }
    told
}

/// The fields of a sheet, one on a line.
pub(super) fn rows(product: &Product, all: bool) -> String {
    let mut told = format!("  {:<16} {:<60} {:<12} WHERE\n", "FIELD", "VALUE", "SOURCE");
    for (field, value) in fields(product) {
        let proof = product.provenance.get(&field);
        let (source, locator) = proof.map_or_else(|| ("-".to_owned(), "-"), |proof| (as_told(proof.source), proof.locator.as_str()));
        let _ = writeln!(told, "  {field:<16} {:<60} {source:<12} {locator}", short(&value));
        for other in proof.iter().flat_map(|proof| &proof.others).filter(|_| all) {
            let _ = writeln!(told, "    {:<14} {:<60} {:<12} {}", "lost", cut(&other.raw), as_told(other.source), other.locator);
        }
    }
    told
}

fn about(field: Option<&str>) -> String {
    field.map(|field| format!(" {field}:")).unwrap_or_default()
}

fn as_json(recipe: &Recipe, verdict: &Verdict, wanted: &Gtin, all: bool) -> Value {
    let mut told = json!({"recipe": recipe.name(), "ean": wanted.ean(), "status": word(verdict), "reason": reason(verdict, wanted)});
    let Some(product) = product(verdict) else { return told };
    let fields = fields(product);
    told["missing"] = json!(missing(&fields));
    told["issues"] = json!(product.issues);
    let read = fields.into_iter().map(|(field, value)| {
        let mut row = json!({"value": value});
        if let Some(proof) = product.provenance.get(&field) {
            row["source"] = json!(proof.source);
            row["locator"] = json!(proof.locator);
            row["raw"] = json!(proof.raw);
            if all {
                row["others"] = json!(proof.others);
            }
        }
        (field, row)
    });
    told["fields"] = Value::Object(read.collect());
    told
}

/// As the JSON of a sheet says it.
fn as_told(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
