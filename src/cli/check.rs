//! `glaneur recipe check` and `glaneur config check`.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use glaneur::{Gtin, Recipe, Verdict};
use url::Url;

use super::extract::{find_recipe, read_page};
use super::{Failure, Source, print};

#[derive(Args, Debug)]
pub(crate) struct RecipeOptions {
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
}

pub(crate) fn recipe(options: &RecipeOptions) -> Result<ExitCode, Failure> {
    let recipe = find_recipe(&options.file)?;
    let steps = match recipe.steps().len() {
        1 => "1 search step".to_owned(),
        several => format!("{several} search steps"),
    };
    let mut told = format!("{}: {} ({}), {steps}: ok\n", options.file, recipe.name(), recipe.origin());
    if let (Some(page), Some(ean)) = (&options.page, &options.ean) {
        let wanted = Gtin::parse(ean).map_err(|error| Failure::usage(format!("--ean: {error}")))?;
        let url = options.url.clone().unwrap_or_else(|| recipe.origin().clone());
        let page = read_page(&page.display().to_string(), url)?;
        let verdict = glaneur::judge(&recipe.extract(&page), &wanted, &page);
        let found = matches!(verdict, Verdict::Found(_));
        describe(&mut told, &verdict, &wanted);
        print(&told)?;
        return Ok(if found { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    print(&told)
}

/// Each field with its value's source, and the fields that are missing.
fn describe(told: &mut String, verdict: &Verdict, wanted: &Gtin) {
    let product = match verdict {
        Verdict::Found(product) | Verdict::Unverified(product) => product,
        Verdict::Mismatch { seen, .. } => {
            let _ = writeln!(told, "MISMATCH: the page shows {}, not {}", seen.ean(), wanted.ean());
            return;
        }
        Verdict::NoProduct => {
            let _ = writeln!(told, "the page shows no product");
            return;
        }
    };
    let _ = writeln!(told, "evidence of {}: {}", wanted.ean(), product.evidence.map_or_else(|| "none".to_owned(), word));
    for (field, proof) in &product.provenance {
        let raw: String = proof.raw.chars().take(80).collect::<String>().replace('\n', " ");
        let _ = writeln!(told, "  {field:<16} {:<12} {:<40} {raw}", word(proof.source), proof.locator);
    }
    let missing: Vec<_> = FIELDS.iter().filter(|field| !product.provenance.contains_key(**field)).copied().collect();
    if !missing.is_empty() {
        let _ = writeln!(told, "missing: {}", missing.join(", "));
    }
}

/// As the JSON of a sheet says it.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What a full sheet of a pharmacy has.
const FIELDS: [&str; 12] =
    ["name", "brand", "price", "availability", "gtins", "description", "composition", "directions", "images", "rating", "reviews", "size"];

pub(crate) async fn config(source: &Source) -> Result<ExitCode, Failure> {
    let config = source.load()?;
    let glaneur = glaneur::service::engine(&config)?.build().await?;
    let mut told = format!("listen    {}\ndata_dir  {}\n", config.listen, config.data_dir.display());
    for recipe in glaneur.recipes() {
        let _ = writeln!(told, "shop      {:<14} {}{}", recipe.name(), recipe.origin(), search(recipe));
    }
    for endpoint in &config.webhooks.endpoints {
        let _ = writeln!(told, "webhook   {:<14} {}", endpoint.name, endpoint.url);
    }
    for warning in config.webhooks.warnings() {
        let _ = writeln!(told, "warning   {warning}");
    }
    told.push_str("the configuration is fine\n");
    print(&told)
}

fn search(recipe: &Recipe) -> String {
    if recipe.search_origin() == recipe.origin() { String::new() } else { format!(" (search: {})", recipe.search_origin()) }
}
