//! `glaneur recipe record`: a page and the sheet that is expected from it, for `recipe test`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use glaneur::config::Config;
use glaneur::{Glaneur, Gtin, Page, Recipe};
use url::Url;

use super::check::rows;
use super::recording::{Reading, Recording, bytes_of, html_of, read, slug};
use crate::cli::extract::{find_recipe, read_page};
use crate::cli::{Failure, Source, print, start_log};

#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// The page's address; it is fetched
    #[arg(value_name = "URL", required_unless_present = "page", conflicts_with = "page")]
    address: Option<Url>,
    /// A saved page to record instead of fetching one
    #[arg(long, value_name = "FILE", requires = "url")]
    page: Option<PathBuf>,
    /// The saved page's own address
    #[arg(long, value_name = "BASE", requires = "page")]
    url: Option<Url>,
    /// The barcode that the page is expected to show
    #[arg(long)]
    ean: Option<String>,
    /// The recipe that reads the page [default: the one whose shop the address is on]
    #[arg(long, value_name = "FILE|NAME")]
    recipe: Option<String>,
    /// Where to write [default: pages/<shop>/ beside the configured recipes, or in the working directory]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Overwrite an earlier recording of the same page
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    source: Source,
}

pub(super) async fn run(options: Options) -> Result<ExitCode, Failure> {
    let wanted = options.ean.as_deref().map(Gtin::parse).transpose().map_err(|error| Failure::usage(format!("--ean: {error}")))?;
    let config = options.source.load()?;
    start_log(&config, true)?;
    let glaneur = glaneur::service::engine(&config)?.build().await?;
    let page = fetch(&options, &glaneur).await?;
    let recipe = choose(&options, &glaneur, &page.url)?;
    let asked = options.address.as_ref().unwrap_or(&page.url);
    if let Some(refusal) = recipe.as_ref().and_then(|recipe| recipe.refusal(&page, asked)) {
        return Err(anyhow::anyhow!("{}: the shop refused ({refusal:?}); nothing was written", page.url).into());
    }
    let reading = reading(&page, recipe.as_ref(), wanted.as_ref())?;
    let recording = Recording {
        url: page.url.clone(),
        ean: options.ean.clone(),
        recipe: recipe.as_ref().map(|recipe| recipe.name().to_string()),
        recorded_at: page.retrieved_at,
        status: reading.status.to_owned(),
        sheet: reading.sheet(),
    };
    let shop = recording.recipe.clone().unwrap_or_else(|| page.url.host_str().unwrap_or("page").to_owned());
    let directory = options.dir.clone().unwrap_or_else(|| pages(&config).join(shop));
    let json = directory.join(slug(&page.url, wanted.as_ref().map(Gtin::ean)) + ".json");
    write(&recording, &page, &json, options.force)?;
    let told = format!("{}: {}\n", reading.status, reading.reason)
        + &reading.product.as_deref().map(|sheet| rows(sheet, false)).unwrap_or_default();
    print(&format!("{told}wrote {}\nwrote {}\n", html_of(&json).display(), json.display()))
}

async fn fetch(options: &Options, glaneur: &Glaneur) -> Result<Page, Failure> {
    if let (Some(file), Some(url)) = (&options.page, &options.url) {
        return read_page(&file.display().to_string(), url.clone());
    }
    let Some(address) = options.address.clone() else { return Err(Failure::usage("name the page: an address, or --page FILE --url BASE")) };
    let page = glaneur.fetch(address).await?;
    if page.status >= 400 {
        return Err(anyhow::anyhow!("{} answered {}; nothing was written", page.url, page.status).into());
    }
    Ok(page)
}

fn choose(options: &Options, glaneur: &Glaneur, url: &Url) -> Result<Option<Recipe>, Failure> {
    let Some(name) = &options.recipe else {
        return Ok(glaneur.recipes().find(|recipe| recipe.origin().origin() == url.origin()).cloned());
    };
    match glaneur.recipes().find(|recipe| recipe.name().as_str() == name) {
        Some(recipe) => Ok(Some(recipe.clone())),
        None => find_recipe(name).map(Some),
    }
}

/// A page that shows no product, or another one, is nothing to compare with.
fn reading(page: &Page, recipe: Option<&Recipe>, wanted: Option<&Gtin>) -> Result<Reading, Failure> {
    let reading = read(page, recipe, wanted);
    match reading.product {
        Some(_) => Ok(reading),
        None => Err(anyhow::anyhow!("{}: {}; nothing was written", reading.status, reading.reason).into()),
    }
}

/// `pages` beside the recipes that the configuration names.
pub(super) fn pages(config: &Config) -> PathBuf {
    let beside = config.recipes.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    beside.join("pages")
}

fn write(recording: &Recording, page: &Page, json: &Path, force: bool) -> Result<(), Failure> {
    let html = html_of(json);
    if let Some(there) = [json, &html].into_iter().find(|file| file.exists() && !force) {
        return Err(Failure::usage(format!("{} exists; add --force to overwrite it, or name another --dir", there.display())));
    }
    let directory = json.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(|error| Failure::usage(format!("--dir {}: {error}", directory.display())))?;
    std::fs::write(&html, bytes_of(page)).map_err(|error| Failure::usage(format!("{}: {error}", html.display())))?;
    recording.save(json).map_err(|error| anyhow::anyhow!(error).into())
}
