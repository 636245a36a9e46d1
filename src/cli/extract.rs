//! `glaneur extract`: one page to product JSON, with the proof for each field.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use glaneur::{Gtin, Page, Product, Recipe, Verdict};
use jiff::Timestamp;
use url::Url;

use super::{Failure, Source, print, start_log};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// A file, `-` for stdin, or an http(s) address
    #[arg(value_name = "FILE|-|URL", default_value = "-")]
    page: String,
    /// The page's own address: relative links are resolved against it [default: the file's]
    #[arg(long, value_name = "BASE")]
    url: Option<Url>,
    /// A recipe file, or the name of a built-in recipe; without one the page is read as any shop's
    #[arg(long, value_name = "FILE|NAME")]
    recipe: Option<String>,
    /// The wanted barcode: the product or the variant that shows it, or exit code 1
    #[arg(long)]
    ean: Option<String>,
    #[command(flatten)]
    source: Source,
}

pub(crate) async fn run(options: Options) -> Result<ExitCode, Failure> {
    let wanted = options.ean.as_deref().map(Gtin::parse).transpose().map_err(|error| Failure::usage(format!("--ean: {error}")))?;
    let recipe = options.recipe.as_deref().map(find_recipe).transpose()?;
    let page = if options.page.starts_with("http://") || options.page.starts_with("https://") {
        fetch(&options).await?
    } else {
        read_page(&options.page, options.url.clone().map_or_else(|| address_of(&options.page), Ok)?)?
    };
    let product = product(&page, recipe.as_ref(), wanted.as_ref())?;
    let json = serde_json::to_string_pretty(&product).map_err(anyhow::Error::from)?;
    print(&(json + "\n"))
}

fn product(page: &Page, recipe: Option<&Recipe>, wanted: Option<&Gtin>) -> Result<Product, Failure> {
    let extraction = match recipe {
        Some(recipe) => recipe.extract(page),
        None => glaneur::extract::product(&page.text, &page.url),
    };
    let nothing = || anyhow::anyhow!("{} shows no product", page.url);
    let Some(wanted) = wanted else {
        let mut product = extraction.product().ok_or_else(nothing)?;
        product.retrieved_at = page.retrieved_at;
        return Ok(product);
    };
    match glaneur::judge(&extraction, wanted, page) {
        Verdict::Found(product) | Verdict::Unverified(product) => Ok(*product),
        Verdict::Mismatch { seen, .. } => Err(anyhow::anyhow!("MISMATCH: the page shows {}, not {}", seen.ean(), wanted.ean()).into()),
        Verdict::NoProduct => Err(nothing().into()),
    }
}

fn address_of(file: &str) -> Result<Url, Failure> {
    let path = if file == "-" { "/dev/stdin".into() } else { std::path::absolute(file)? };
    Url::from_file_path(&path).map_err(|()| Failure::usage(format!("{file} has no address; give one with --url")))
}

/// A built-in recipe by name, or a file.
pub(crate) fn find_recipe(name: &str) -> Result<Recipe, Failure> {
    match Recipe::builtin().into_iter().find(|recipe| recipe.name().as_str() == name) {
        Some(recipe) => Ok(recipe),
        None => Ok(glaneur::config::read_recipe(Path::new(name))?),
    }
}

pub(crate) fn read_page(file: &str, url: Url) -> Result<Page, Failure> {
    let mut bytes = Vec::new();
    let read = if file == "-" {
        std::io::stdin().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::usage(format!("{file}: {error}")))?;
    Ok(Page { status: 200, url, content_type: None, text: glaneur::egress::text(bytes, None), retrieved_at: Timestamp::now() })
}

async fn fetch(options: &Options) -> Result<Page, Failure> {
    let config = options.source.load()?;
    start_log(&config, true)?;
    let url = Url::parse(&options.page).map_err(|error| Failure::usage(format!("{}: {error}", options.page)))?;
    let page = glaneur::service::engine(&config)?.build().await?.fetch(url).await?;
    if page.status >= 400 {
        return Err(anyhow::anyhow!("{} answered {}", page.url, page.status).into());
    }
    Ok(page)
}
