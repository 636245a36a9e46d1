//! One shop asked for one barcode: search, read the hits, let the barcode decide.

use std::time::{Duration, Instant};

use url::Url;

use super::{Engine, Station};
use crate::egress::FetchError;
use crate::model::{Gtin, Page, Product, Request, ShopName, ShopResult, ShopStatus};
use crate::recipe::{Refusal, SearchAnswer, SearchStep};
use crate::verify::{self, Verdict};

/// Waits between tries of one request: 0.5 s, 1 s, 2 s, … each half to one and a half of that.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What one shop says about one barcode.
#[derive(Debug)]
pub(super) struct Outcome {
    status: ShopStatus,
    product: Option<Box<Product>>,
    url: Option<Url>,
    seen: Option<Gtin>,
    detail: Option<String>,
}

impl Outcome {
    pub(super) fn failed(status: ShopStatus, detail: impl Into<String>) -> Self {
        Self { status, product: None, url: None, seen: None, detail: Some(detail.into()) }
    }

    fn at(mut self, url: &Url) -> Self {
        self.url = Some(url.clone());
        self
    }

    /// The better of two: an answer beats a failure, and the more it says the better.
    fn or(self, earlier: Option<Self>) -> Self {
        match earlier {
            Some(earlier) if earlier.rank() <= self.rank() => earlier,
            _ => self,
        }
    }

    /// Whether nothing more is to be asked: the product is there, the time is up, nobody answers, or the shop refuses us, and then it
    /// is not asked in another way.
    fn is_last(&self) -> bool {
        matches!(self.status, ShopStatus::Found | ShopStatus::Blocked | ShopStatus::Timeout | ShopStatus::Unreachable)
    }

    fn rank(&self) -> u8 {
        match self.status {
            ShopStatus::Found => 0,
            ShopStatus::Unverified => 1,
            ShopStatus::Discontinued => 2,
            ShopStatus::Mismatch => 3,
            ShopStatus::NotFound => 4,
            ShopStatus::Blocked | ShopStatus::Robots => 5,
            ShopStatus::Timeout => 6,
            ShopStatus::Unreachable => 7,
            ShopStatus::Error => 8,
        }
    }

    /// The sheet of a product that is really there.
    pub(super) fn found(&mut self) -> Option<&mut Product> {
        self.product.as_deref_mut().filter(|_| self.status == ShopStatus::Found)
    }

    pub(super) fn told(self, shop: ShopName, code: &Gtin, requests: u32, started: Instant) -> ShopResult {
        ShopResult {
            shop,
            status: self.status,
            ean: code.ean().to_owned(),
            product: self.product,
            url: self.url.map(String::from),
            seen_ean: self.seen.map(|seen| seen.ean().to_owned()),
            detail: self.detail,
            requests,
            elapsed_ms: started.elapsed().as_millis() as u64,
        }
    }
}

/// The outcome and how many requests it took.
pub(super) async fn ask(engine: &Engine, station: &Station, wanted: &Gtin) -> (Outcome, u32) {
    let _seat = station.pace.seat().await;
    let mut inquiry = Inquiry { engine, station, wanted, left: station.shop.deadline, requests: 0, read: Vec::new() };
    let outcome = inquiry.run().await;
    (outcome, inquiry.requests)
}

struct Inquiry<'a> {
    engine: &'a Engine,
    station: &'a Station,
    wanted: &'a Gtin,
    /// Working time that is left; waiting for a turn does not count, or a long queue would look like a slow shop.
    left: Duration,
    requests: u32,
    /// Pages that were read already, by address.
    read: Vec<Url>,
}

impl Inquiry<'_> {
    async fn run(&mut self) -> Outcome {
        let recipe = &self.station.shop.recipe;
        let mut best: Option<Outcome> = None;
        for step in recipe.steps() {
            let outcome = self.search(step).await;
            let last = outcome.is_last();
            best = Some(outcome.or(best));
            if last {
                break;
            }
        }
        best.unwrap_or_else(|| Outcome::failed(ShopStatus::Error, "the recipe has no search"))
    }

    async fn search(&mut self, step: &SearchStep) -> Outcome {
        let recipe = &self.station.shop.recipe;
        let answer = match self.fetch(&recipe.search_request(step, self.wanted)).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        if answer.status >= 400 {
            return Outcome::failed(ShopStatus::Error, format!("the search answered {}", answer.status)).at(&answer.url);
        }
        match recipe.read_search(step, self.wanted, &answer) {
            SearchAnswer::Hits(urls) => self.read_hits(urls).await,
            SearchAnswer::ThisPage => self.judge(answer).await,
            SearchAnswer::Nothing => Outcome::failed(ShopStatus::NotFound, "the search knows no such barcode").at(&answer.url),
            SearchAnswer::Unreadable { reason } => {
                Outcome::failed(ShopStatus::Error, format!("the search's answer cannot be read: {reason}")).at(&answer.url)
            }
        }
    }

    /// Reads the hits until one shows the wanted barcode: the first hit of a search is often another product.
    async fn read_hits(&mut self, urls: Vec<Url>) -> Outcome {
        let fresh: Vec<Url> = urls.into_iter().filter(|url| !self.read.contains(url)).take(self.engine.settings.hits).collect();
        let mut best: Option<Outcome> = None;
        for url in fresh {
            self.read.push(url.clone());
            let outcome = match self.fetch(&Request::get(url)).await {
                Ok(page) => self.judge(page).await,
                Err(outcome) => outcome,
            };
            let last = outcome.is_last();
            best = Some(outcome.or(best));
            if last {
                break;
            }
        }
        best.unwrap_or_else(|| Outcome::failed(ShopStatus::NotFound, "the search has no other hit"))
    }

    /// Reads a page where it harms nobody: off the async threads, no more pages at once than there are cores, and a panic is this
    /// shop's error.
    async fn judge(&self, page: Page) -> Outcome {
        let url = page.url.clone();
        match page.status {
            404 => return Outcome::failed(ShopStatus::NotFound, "the page is gone (404)").at(&url),
            status @ 400.. => return Outcome::failed(ShopStatus::Error, format!("the page answered {status}")).at(&url),
            _ => {}
        }
        let (recipe, wanted) = (self.station.shop.recipe.clone(), self.wanted.clone());
        let Ok(_desk) = self.engine.desks.acquire().await else { return Outcome::failed(ShopStatus::Error, "the engine is closed") };
        let reading = tokio::task::spawn_blocking(move || verify::judge(&recipe.extract(&page), &wanted, &page));
        match reading.await {
            Ok(verdict) => self.outcome_of(verdict).at(&url),
            Err(defect) => Outcome::failed(ShopStatus::Error, format!("a defect of glaneur while reading the page: {defect}")).at(&url),
        }
    }

    fn outcome_of(&self, verdict: Verdict) -> Outcome {
        let sheet = |status, product, detail: Option<&str>| Outcome {
            status,
            product: Some(product),
            url: None,
            seen: None,
            detail: detail.map(str::to_owned),
        };
        match verdict {
            Verdict::Found(product) => sheet(ShopStatus::Found, product, None),
            Verdict::Unverified(product) => {
                sheet(ShopStatus::Unverified, product, Some("the page shows no barcode; only the shop's search connects it to this one"))
            }
            Verdict::Mismatch { seen, .. } => {
                let detail = format!("the page shows {}, not {}", seen.ean(), self.wanted.ean());
                Outcome { seen: Some(seen), ..Outcome::failed(ShopStatus::Mismatch, detail) }
            }
            Verdict::NoProduct => Outcome::failed(ShopStatus::NotFound, "the page shows no product"),
        }
    }

    /// One request with its tries: paced, within the working time, patient with a shop that stumbles or refuses.
    async fn fetch(&mut self, request: &Request) -> Result<Page, Outcome> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        loop {
            let setback = match self.fetch_once(request).await {
                Ok(page) => return Ok(page),
                Err(setback) => setback,
            };
            tries += 1;
            let Setback::Passing { outcome, retry_after } = setback else { return Err(setback.into_outcome()) };
            let wait = retry_after.unwrap_or_else(|| pause.mul_f64(0.5 + fastrand::f64()));
            if outcome.status == ShopStatus::Blocked {
                // Nobody asks this shop again before that, whatever becomes of this item.
                self.station.pace.rest(wait);
            }
            if tries >= self.station.shop.attempts || wait >= self.left {
                return Err(outcome);
            }
            self.left -= wait;
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn fetch_once(&mut self, request: &Request) -> Result<Page, Setback> {
        self.station.pace.start().await;
        self.requests += 1;
        let begun = Instant::now();
        let fetched = tokio::time::timeout(self.left, self.engine.egress.fetch(request, &self.station.reach)).await;
        self.left = self.left.saturating_sub(begun.elapsed());
        let fetched = match fetched {
            Err(_) => {
                let seconds = self.station.shop.deadline.as_secs_f64();
                return Err(Setback::Final(
                    Outcome::failed(ShopStatus::Timeout, format!("the shop's deadline of {seconds} s passed")).at(&request.url),
                ));
            }
            Ok(Err(error)) => return Err(Setback::of(&error, &request.url)),
            Ok(Ok(fetched)) => fetched,
        };
        match refusal(self.station, &fetched.page) {
            None => Ok(fetched.page),
            Some(outcome) if outcome.status == ShopStatus::Discontinued => Err(Setback::Final(outcome)),
            Some(outcome) => Err(Setback::Passing { outcome, retry_after: fetched.retry_after }),
        }
    }
}

/// What stands in the way of a page.
enum Setback {
    Final(Outcome),
    /// Another try may help.
    Passing {
        outcome: Outcome,
        retry_after: Option<Duration>,
    },
}

impl Setback {
    fn of(error: &FetchError, url: &Url) -> Self {
        let status = match error {
            error if error.is_timeout() => ShopStatus::Timeout,
            FetchError::Connect { .. } | FetchError::Name { .. } | FetchError::Broken { .. } | FetchError::Private { .. } => {
                ShopStatus::Unreachable
            }
            _ => ShopStatus::Error,
        };
        let outcome = Outcome::failed(status, error.to_string()).at(url);
        if error.is_transient() { Self::Passing { outcome, retry_after: None } } else { Self::Final(outcome) }
    }

    fn into_outcome(self) -> Outcome {
        match self {
            Self::Final(outcome) | Self::Passing { outcome, .. } => outcome,
        }
    }
}

/// A page that is not what it should be: refused, gone or broken.
fn refusal(station: &Station, page: &Page) -> Option<Outcome> {
    let told = |status, detail: String| Some(Outcome::failed(status, detail).at(&page.url));
    match station.shop.recipe.refusal(page) {
        Some(Refusal::Gone { status }) => {
            return told(ShopStatus::Discontinued, format!("the shop says that the product is gone ({status})"));
        }
        Some(Refusal::Blocked { evidence }) => return told(ShopStatus::Blocked, evidence),
        None => {}
    }
    match page.status {
        403 | 429 | 503 => told(ShopStatus::Blocked, format!("the shop refused with {}", page.status)),
        408 | 500.. => told(ShopStatus::Error, format!("the shop answered {}", page.status)),
        _ => None,
    }
}
