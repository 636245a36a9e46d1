//! `glaneur recipe draft`: asks a shop politely how it may be asked, and writes down what worked. Which searches there are to try says
//! `glaneur::recipe::draft`; whether one works says the engine, with the draft itself as the recipe.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use glaneur::config::Config;
use glaneur::plan::ShopSettings;
use glaneur::recipe::draft::{Attempt, Draft, Hits, Search, Survey, learn, survey};
use glaneur::{Batch, Event, Gtin, MediaMode, Method, Page, Product, Recipe, Session, ShopResult, ShopStatus, scrape};
use tokio_stream::StreamExt;
use url::Url;

use crate::cli::{Failure, Source, print, start_log};

#[derive(Args, Debug)]
pub(in crate::cli) struct Options {
    /// The shop's home page
    #[arg(value_name = "URL")]
    shop: Url,
    /// Barcodes of products that the shop sells, the surest first
    #[arg(value_name = "EAN", required = true)]
    eans: Vec<String>,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long, requires = "output")]
    force: bool,
    /// Most requests to the shop and its search
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=100))]
    requests: u32,
    #[command(flatten)]
    source: Source,
}

/// Least time between two requests, as the recipes' own default is.
const PAUSE: Duration = Duration::from_millis(500);
/// Pages that are read per search: the draft's first try need not be thorough.
const PAGES: usize = 2;

pub(super) async fn run(options: Options) -> Result<ExitCode, Failure> {
    let eans = options.eans.iter().map(|ean| Gtin::parse(ean).map_err(|error| Failure::usage(format!("EAN {ean}: {error}"))));
    let eans = eans.collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = options.output.as_ref().filter(|file| file.exists() && !options.force) {
        return Err(Failure::usage(format!("{} exists; add --force to overwrite it, or name another --output", file.display())));
    }
    let config = options.source.load()?;
    start_log(&config, true)?;
    let glaneur = glaneur::service::engine(&config)?.build().await?;
    let session = glaneur.session();
    let home = session.fetch(options.shop.clone()).await?;
    if home.status >= 400 {
        return Err(anyhow::anyhow!("{} answered {}; nothing was written", home.url, home.status).into());
    }
    let mut origin = home.url.clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    let mut scout =
        Scout { config, session, origin, survey: survey(&home), left: options.requests - 1, attempts: Vec::new(), refused: false };
    scout.ask_doofinder().await;
    let found = scout.find(&eans).await?;
    conclude(&options, &scout, found)
}

/// The draft, and in words what it is worth.
#[allow(clippy::print_stderr, reason = "stdout is the recipe's")]
fn conclude(options: &Options, scout: &Scout, found: Option<(Search, Box<Product>)>) -> Result<ExitCode, Failure> {
    let (search, product) =
        found.map_or_else(|| (scout.survey.searches.first().cloned(), None), |(search, product)| (Some(search), Some(product)));
    let Some(search) = search else { return Err(anyhow::anyhow!("{} names no search", scout.origin).into()) };
    let toml = scout.draft(&search, product.as_deref()).write();
    match &options.output {
        Some(file) => {
            std::fs::write(file, toml).map_err(|error| Failure::usage(format!("--output {}: {error}", file.display())))?;
            eprintln!("wrote {}", file.display());
        }
        None => {
            print(&toml)?;
        }
    }
    match product {
        Some(product) => {
            eprintln!("{}: {} leads to {}", search.found, search.label(), product.url);
            Ok(ExitCode::SUCCESS)
        }
        None => {
            eprintln!("no search led to a page that shows a barcode; the draft says what was tried, and is to be completed by hand");
            Ok(ExitCode::FAILURE)
        }
    }
}

struct Scout {
    config: Config,
    session: Session,
    origin: Url,
    survey: Survey,
    /// Requests that may still be made.
    left: u32,
    attempts: Vec<Attempt>,
    /// A shop that refuses is not asked in another way.
    refused: bool,
}

impl Scout {
    fn draft<'a>(&'a self, search: &'a Search, product: Option<&'a Product>) -> Draft<'a> {
        Draft { survey: &self.survey, origin: &self.origin, search, product, attempts: &self.attempts }
    }

    fn note(&mut self, tried: impl Into<String>, outcome: impl Into<String>) {
        self.attempts.push(Attempt { tried: tried.into(), outcome: outcome.into() });
    }

    async fn fetch(&mut self, url: Url) -> Result<Page, String> {
        self.left = self.left.saturating_sub(1);
        tokio::time::sleep(PAUSE).await;
        let page = self.session.fetch(url).await.map_err(|error| error.to_string())?;
        self.refused |= matches!(page.status, 403 | 429);
        if page.status < 400 { Ok(page) } else { Err(format!("it answered {}", page.status)) }
    }

    /// The index of a Doofinder layer stands in a script of its own.
    async fn ask_doofinder(&mut self) {
        let Some(layer) = self.survey.doofinder.clone() else { return };
        let tried = format!("GET {} for Doofinder's index", layer.script);
        let found = match self.fetch(layer.script.clone()).await {
            Ok(script) => layer.searches(&script.text),
            Err(outcome) => {
                // Not the shop's own word.
                self.refused = false;
                return self.note(tried, outcome);
            }
        };
        self.note(tried, if found.is_empty() { "it names none: no 32 hexadecimal digits" } else { "found" });
        self.survey.searches.splice(0..0, found);
    }

    /// The first search that leads to a page that shows a barcode, and that page's product. The other barcodes are asked for as far as the
    /// requests reach.
    async fn find(&mut self, eans: &[Gtin]) -> Result<Option<(Search, Box<Product>)>, Failure> {
        for ean in eans {
            for search in self.survey.searches.clone() {
                if self.refused {
                    self.note("Nothing more", "the shop refused");
                    return Ok(None);
                }
                if self.left < 2 {
                    self.note("Nothing more", "the requests were used up; allow more with --requests");
                    return Ok(None);
                }
                if let Some((search, product)) = self.try_search(search, ean).await? {
                    self.confirm(&search, eans.iter().filter(|other| *other != ean)).await?;
                    return Ok(Some((search, product)));
                }
            }
        }
        Ok(None)
    }

    async fn try_search(&mut self, search: Search, ean: &Gtin) -> Result<Option<(Search, Box<Product>)>, Failure> {
        let mut tries = if search.hits == Hits::Unknown { Vec::new() } else { vec![search.clone()] };
        // Themes move the links: where the platform's usual place holds none, the answer is looked at.
        let can_learn = search.method == Method::Get && search.origin.is_none();
        if tries.is_empty() && !can_learn {
            tries.push(search.clone());
        }
        for known in tries {
            if let Some(product) = self.trial(&known, ean).await? {
                return Ok(Some((known, product)));
            }
        }
        if !can_learn || self.refused || self.left < 2 {
            return Ok(None);
        }
        let Some(learned) = self.learn(&search, ean).await?.filter(|learned| *learned != search) else { return Ok(None) };
        if self.left < 2 {
            return Ok(None);
        }
        Ok(self.trial(&learned, ean).await?.map(|product| (learned, product)))
    }

    /// Reads an answer to see where its links stand.
    async fn learn(&mut self, search: &Search, ean: &Gtin) -> Result<Option<Search>, Failure> {
        let recipe = self.recipe(search)?;
        let Some(step) = recipe.steps().next() else { return Ok(None) };
        let asked = recipe.search_request(step, ean).url;
        let tried = format!("{} with {}, to see its links", search.label(), ean.ean());
        match self.fetch(asked.clone()).await {
            Ok(answer) => {
                let learned = learn(search, &asked, &answer);
                if learned.is_none() {
                    self.note(tried, "the answer lists no products and leads nowhere");
                }
                Ok(learned)
            }
            Err(outcome) => {
                self.note(tried, outcome);
                Ok(None)
            }
        }
    }

    fn recipe(&self, search: &Search) -> Result<Recipe, Failure> {
        Recipe::parse(&self.draft(search, None).write(), "draft")
            .map_err(|error| Failure::Failed(anyhow::anyhow!("{}: {error}", search.label())))
    }

    /// Asks the shop as `scrape` would, with the draft as its recipe.
    async fn trial(&mut self, search: &Search, ean: &Gtin) -> Result<Option<Box<Product>>, Failure> {
        let recipe = self.recipe(search)?;
        let name = recipe.name().to_string();
        let pages = (self.left as usize - 1).clamp(1, PAGES);
        let settings =
            scrape::Settings { hits: pages, media: MediaMode::Listed, ignore_prefixes: Vec::new(), ..self.config.scrape.clone() };
        // In place of what the configuration says of a shop of the same name.
        let once = ShopSettings { attempts: Some(1), ..ShopSettings::default() };
        let engine = glaneur::service::engine(&self.config)?.settings(settings).recipe(recipe).shop(name.clone(), once).build().await?;
        tokio::time::sleep(PAUSE).await;
        let mut events = engine.scrape(Batch::parse([ean.ean()]).map_err(glaneur::Error::from)?.shops([&name]))?;
        let mut answer: Option<ShopResult> = None;
        while let Some(event) = events.next().await {
            if let Event::Result(result) = event {
                answer = result.shops.into_iter().next();
            }
        }
        let Some(answer) = answer else { return Ok(None) };
        self.left = self.left.saturating_sub(answer.requests);
        self.refused |= answer.status == ShopStatus::Blocked;
        let told = match (&answer.detail, &answer.url) {
            (Some(detail), _) => format!("{}: {detail}", answer.status.as_str()),
            (None, Some(url)) => format!("{} at {url}", answer.status.as_str()),
            (None, None) => answer.status.as_str().to_owned(),
        };
        self.note(format!("{} with {}", search.label(), ean.ean()), told);
        Ok(answer.product.filter(|_| answer.status == ShopStatus::Found))
    }

    async fn confirm(&mut self, search: &Search, others: impl Iterator<Item = &Gtin>) -> Result<(), Failure> {
        for ean in others {
            if self.left < 2 || self.refused {
                self.note(format!("{} with {}", search.label(), ean.ean()), "not asked any more; allow more with --requests");
                continue;
            }
            self.trial(search, ean).await?;
        }
        Ok(())
    }
}
