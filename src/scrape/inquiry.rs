//! One shop asked for one barcode: search, read the hits, let the barcode decide.

use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use url::Url;

#[cfg(test)]
use super::defect;
use super::hedge::{Hedge, Winner};
use super::room::{AtWork, Room};
use super::supply::Received;
use super::{Engine, Station};
use crate::egress::{Egress, FetchError, Holder, Identity, NotNow, Pass, Retired, Unless};
use crate::metrics::Ended;
use crate::model::{Gtin, JobId, Page, Phase, Product, Request, Route, Routes, ShopName, ShopResult, ShopStatus, host_of};
use crate::pages::{Key, Stored};
use crate::recipe::{Refusal, SearchAnswer, SearchStep};
use crate::verify::{self, Verdict};

/// Waits between tries of one request: 0.5 s, 1 s, 2 s, … each half to one and a half of that.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What one shop says about one barcode.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    status: ShopStatus,
    product: Option<Box<Product>>,
    url: Option<Url>,
    seen: Option<Gtin>,
    detail: Option<String>,
    /// Of the page that decided, where it was not fetched now.
    age: Option<Duration>,
}

impl Outcome {
    pub(super) fn failed(status: ShopStatus, detail: impl Into<String>) -> Self {
        Self { status, product: None, url: None, seen: None, detail: Some(detail.into()), age: None }
    }

    pub(super) fn at(mut self, url: &Url) -> Self {
        self.url = Some(url.clone());
        self
    }

    pub(super) fn told_by(self, answer: &Received) -> Self {
        self.at(&answer.page.url).aged(answer.age)
    }

    pub(super) fn aged(self, age: Option<Duration>) -> Self {
        Self { age, ..self }
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
            page_age_seconds: self.age.map(|age| age.as_secs()),
            requests,
            elapsed_ms: started.elapsed().as_millis() as u64,
        }
    }
}

/// What came of a shop.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) outcome: Outcome,
    pub(super) requests: u32,
    /// Until when there is time for more.
    pub(super) deadline: tokio::time::Instant,
}

impl Asked {
    pub(super) fn failed(detail: String) -> Self {
        Self { outcome: Outcome::failed(ShopStatus::Error, detail), requests: 0, deadline: tokio::time::Instant::now() }
    }
}

/// Waits for the routes and then for a seat at the shop, and asks; from then on the item's deadline counts.
pub(super) async fn ask(engine: &Engine, station: &Station, wanted: &Gtin, errand: &Errand, room: &Room<'_>) -> Asked {
    // Without a seat: jobs that reach the shop in another way go on meanwhile.
    let leaves = engine.source.leaves();
    for route in [&errand.routes.search, &errand.routes.page].into_iter().filter(|_| leaves) {
        if let Err(error) = engine.egress.ready(route).await {
            let outcome = Outcome::failed(ShopStatus::Unreachable, error.to_string());
            return Asked { outcome, requests: 0, deadline: tokio::time::Instant::now() };
        }
    }
    let _seat = station.pace.seat(errand.holder.job).await;
    let limit = engine.settings.item_deadline;
    let deadline = tokio::time::Instant::now() + limit;
    let mut inquiry = Inquiry {
        engine,
        station,
        wanted,
        errand,
        room,
        at_work: None,
        left: station.shop.deadline,
        requests: 0,
        read: Vec::new(),
        defect: None,
    };
    let outcome = tokio::time::timeout_at(deadline, inquiry.run()).await.unwrap_or_else(|_| {
        let (seconds, name) = (limit.as_secs_f64(), errand.routes.page.way_to(station.shop.recipe.name().as_str()));
        Outcome::failed(ShopStatus::Timeout, format!("the item's deadline of {seconds} s passed before {name} was done"))
    });
    Asked { outcome, requests: inquiry.requests, deadline }
}

/// In whose name a shop is asked, and by which routes.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub(super) holder: Holder,
    pub(super) routes: Routes,
    /// How old a copy may be that is taken in place of a request; nothing: as the store has it.
    pub(super) max_age: Option<Duration>,
    /// The job that the pages are kept for.
    pub(super) keep: Option<JobId>,
}

pub(super) struct Inquiry<'a> {
    pub(super) engine: &'a Engine,
    pub(super) station: &'a Station,
    wanted: &'a Gtin,
    pub(super) errand: &'a Errand,
    pub(super) room: &'a Room<'a>,
    /// From the start of a request until its answer is read.
    pub(super) at_work: Option<AtWork>,
    /// Working time that is left; waiting for a turn does not count, or a long queue would look like a slow shop.
    left: Duration,
    pub(super) requests: u32,
    /// Pages that were read already, by address.
    read: Vec<Url>,
    /// What came of a page that could not be read for a reason of ours.
    defect: Option<Outcome>,
}

impl<'a> Inquiry<'a> {
    async fn run(&mut self) -> Outcome {
        let recipe = &self.station.shop.recipe;
        let mut best: Option<Outcome> = None;
        for step in recipe.steps() {
            let outcome = self.search(step).await;
            let last = self.is_last(&outcome);
            best = Some(outcome.or(best));
            if last {
                break;
            }
        }
        let best = best.unwrap_or_else(|| Outcome::failed(ShopStatus::Error, "the recipe has no search"));
        // The page that a defect of ours kept from being read may be the product: nobody can say that the shop does not have it.
        match self.defect.take() {
            Some(defect) if matches!(best.status, ShopStatus::NotFound | ShopStatus::Mismatch) => defect,
            _ => best,
        }
    }

    /// A page that was not kept says nothing about the next one.
    fn is_last(&self, outcome: &Outcome) -> bool {
        let is_missing = !self.engine.source.leaves() && outcome.status == ShopStatus::Unreachable;
        outcome.is_last() && !is_missing
    }

    async fn search(&mut self, step: &SearchStep) -> Outcome {
        let recipe = &self.station.shop.recipe;
        let answer = match self.fetch(&recipe.search_request(step, self.wanted), Phase::Search).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        if !is_success(answer.page.status) {
            return Outcome::failed(ShopStatus::Error, format!("the search answered {}", answer.page.status)).told_by(&answer);
        }
        match recipe.read_search(step, self.wanted, &answer.page) {
            SearchAnswer::Hits(urls) => self.read_hits(urls).await,
            SearchAnswer::ThisPage => self.judge(answer).await,
            SearchAnswer::Nothing => Outcome::failed(ShopStatus::NotFound, "the search knows no such barcode").told_by(&answer),
            SearchAnswer::Unreadable { reason } => {
                Outcome::failed(ShopStatus::Error, format!("the search's answer cannot be read: {reason}")).told_by(&answer)
            }
        }
    }

    /// Reads the hits until one shows the wanted barcode: the first hit of a search is often another product.
    async fn read_hits(&mut self, urls: Vec<Url>) -> Outcome {
        let fresh: Vec<Url> = urls.into_iter().filter(|url| !self.read.contains(url)).take(self.engine.settings.hits).collect();
        let mut best: Option<Outcome> = None;
        for url in fresh {
            self.read.push(url.clone());
            let outcome = match self.fetch(&Request::get(url), Phase::Page).await {
                Ok(page) => self.judge(page).await,
                Err(outcome) => outcome,
            };
            let last = self.is_last(&outcome);
            best = Some(outcome.or(best));
            if last {
                break;
            }
        }
        best.unwrap_or_else(|| Outcome::failed(ShopStatus::NotFound, "the search has no other hit"))
    }

    /// Reads a page where it harms nobody: off the async threads, no more pages at once than there are cores, and a panic is this
    /// shop's error.
    async fn judge(&mut self, answer: Received) -> Outcome {
        match answer.page.status {
            404 => return Outcome::failed(ShopStatus::NotFound, "the page is gone (404)").told_by(&answer),
            status if is_success(status) => {}
            status => return Outcome::failed(ShopStatus::Error, format!("the page answered {status}")).told_by(&answer),
        }
        let (recipe, wanted, page) = (self.station.shop.recipe.clone(), self.wanted.clone(), answer.page.clone());
        let Ok(_desk) = self.engine.desks.acquire().await else { return Outcome::failed(ShopStatus::Error, "the engine is closed") };
        #[cfg(test)]
        let defect = self.engine.defect.clone();
        let reading = tokio::task::spawn_blocking(move || {
            #[cfg(test)]
            defect::strike(defect.as_ref(), defect::Step::Extract, &wanted);
            let extraction = recipe.extract(&page);
            #[cfg(test)]
            defect::strike(defect.as_ref(), defect::Step::Verify, &wanted);
            verify::judge(&extraction, &wanted, &page)
        });
        match reading.await {
            Ok(verdict) => self.outcome_of(verdict).told_by(&answer),
            Err(defect) => {
                let outcome =
                    Outcome::failed(ShopStatus::Error, format!("a defect of glaneur while reading the page: {defect}")).told_by(&answer);
                self.defect = Some(outcome.clone());
                outcome
            }
        }
    }

    fn outcome_of(&self, verdict: Verdict) -> Outcome {
        let sheet = |status, product, detail: Option<&str>| Outcome {
            status,
            product: Some(product),
            url: None,
            seen: None,
            detail: detail.map(str::to_owned),
            age: None,
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
    pub(super) async fn ask_shop(
        &mut self,
        key: &Key,
        request: &Request,
        phase: Phase,
        stale: Option<&Stored>,
    ) -> Result<Received, Outcome> {
        let pace = &self.station.pace;
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        loop {
            let setback = match self.share(key, request, phase, stale).await {
                Ok(received) => return Ok(received),
                Err(setback) => setback,
            };
            tries += 1;
            let Setback::Passing { outcome, wait } = setback else { return Err(setback.into_outcome()) };
            let wait = wait.unwrap_or_else(|| pause.mul_f64(0.5 + fastrand::f64()));
            if tries >= self.station.shop.attempts || wait >= self.left || !pace.may_retry() {
                return Err(outcome);
            }
            self.left -= wait;
            self.at_work = None;
            pace.pause(&self.errand.routes.of(phase).way_to(&host_of(&request.url)), wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// `stale` is a copy that the shop need not send again if nothing has changed.
    pub(super) async fn fetch_once(&mut self, request: &Request, phase: Phase, stale: Option<&Stored>) -> Result<Received, Setback> {
        let (station, egress) = (self.station, &self.engine.egress);
        let identity = egress.identity(&self.errand.holder, self.errand.routes.of(phase)).await;
        let identity = identity.map_err(|error| Setback::of(&error, &request.url))?;
        self.permission(&identity, &request.url).await?;
        let pass = self.start(&request.url, identity.route()).await?;
        self.requests += 1;
        let begun = Instant::now();
        let unless = stale.map(|stale| Unless { url: &stale.page.url, validators: &stale.validators });
        let hedge = Hedge { engine: self.engine, station, errand: self.errand, request, unless, more: AtomicU32::new(0) };
        let winner = tokio::time::timeout(self.left, hedge.fetch(&identity)).await;
        self.requests += hedge.more.into_inner();
        let took = begun.elapsed();
        let (meter, shop) = (&self.engine.meter, station.shop.recipe.name());
        let ended = |identity: &Identity, ended| meter.request(shop, identity.route(), ended, took);
        self.left = self.left.saturating_sub(took);
        let (fetched, identity, pass) = match winner {
            Err(_) => {
                ended(&identity, Ended::TimedOut);
                let deadline = station.shop.deadline;
                let detail = format!(
                    "no answer from {} within the shop's deadline of {} s",
                    identity.route().way_to(&host_of(&request.url)),
                    deadline.as_secs_f64()
                );
                let outcome = Outcome::failed(ShopStatus::Timeout, detail.clone()).at(&request.url);
                // Cut off early, it might have answered.
                if took < deadline / 2 {
                    return Err(Setback::Late(outcome));
                }
                failed(&self.engine.egress, pass, &identity, &detail);
                return Err(Setback::Final(outcome));
            }
            Ok(Winner::First(Err(error))) => {
                ended(&identity, if error.is_timeout() { Ended::TimedOut } else { Ended::Failed });
                if error.is_transient() {
                    failed(&self.engine.egress, pass, &identity, &error.to_string());
                }
                return Err(Setback::of(&error, &request.url));
            }
            Ok(Winner::First(Ok(fetched))) => (fetched, identity, pass),
            Ok(Winner::Second { fetched, identity: second, pass: its_pass }) => {
                // So slow a circuit is not used again.
                egress.retire(&identity, Retired::Broken);
                (fetched, second, its_pass)
            }
        };
        if *identity.route() == Route::Tor {
            station.usual.took(took);
        }
        if let Some(stale) = stale.filter(|stale| fetched.page.status == 304 && fetched.page.url == stale.page.url) {
            ended(&identity, Ended::Answered);
            pass.answered();
            return Ok(Received::renewed(stale, fetched.page.retrieved_at));
        }
        let Some(outcome) = refusal(station, &fetched.page, &request.url) else {
            ended(&identity, Ended::Answered);
            pass.answered();
            return Ok(Received::fetched(fetched, None));
        };
        match outcome.status {
            ShopStatus::Discontinued => {
                ended(&identity, Ended::Answered);
                pass.answered();
                Ok(Received::fetched(fetched, Some(outcome)))
            }
            ShopStatus::Blocked => {
                ended(&identity, Ended::Refused);
                egress.retire(&identity, Retired::Refused);
                let rest = pass.refused(fetched.retry_after, outcome.detail.as_deref().unwrap_or_default());
                Err(Setback::Passing { outcome, wait: Some(rest) })
            }
            _ => {
                ended(&identity, Ended::Failed);
                pass.stumbled();
                Err(Setback::Passing { outcome, wait: fetched.retry_after })
            }
        }
    }

    /// Waits without taking up room until a request may start; then for room, so that starts at the shop stay an interval apart.
    async fn start(&mut self, url: &Url, route: &Route) -> Result<Pass<'a>, Setback> {
        self.at_work = None;
        let host = route.way_to(&host_of(url));
        let asked = Instant::now();
        loop {
            let turn = self.station.pace.turn(&host).await.map_err(|not_now| Setback::not_now(&not_now, url))?;
            self.at_work = self.room.enter().await;
            if let Some(pass) = turn.begin() {
                self.engine.meter.waited(self.station.shop.recipe.name(), asked.elapsed());
                return Ok(pass);
            }
            self.at_work = None;
        }
    }
}

/// No answer came. On a route that may itself be at fault, the next try has another identity; against the shop counts only an
/// identity that never had an answer, and that once, however many requests it had under way.
pub(super) fn failed(egress: &Egress, pass: Pass<'_>, identity: &Identity, reason: &str) {
    let is_direct = identity.route().is_clear();
    let is_news = !is_direct && egress.retire(identity, Retired::Broken);
    if is_direct || (is_news && identity.is_unproven()) {
        pass.failed(reason);
    }
}

/// What stands in the way of a page.
#[derive(Clone, Debug)]
pub(super) enum Setback {
    Final(Outcome),
    /// The time of the one who asked was over; it says nothing about the shop.
    Late(Outcome),
    /// Another try may help.
    Passing {
        outcome: Outcome,
        wait: Option<Duration>,
    },
}

impl Setback {
    fn of(error: &FetchError, url: &Url) -> Self {
        let status = match error {
            error if error.is_timeout() => ShopStatus::Timeout,
            FetchError::Connect { .. }
            | FetchError::Name { .. }
            | FetchError::Broken { .. }
            | FetchError::Private { .. }
            | FetchError::Own { .. }
            | FetchError::Route { .. } => ShopStatus::Unreachable,
            _ => ShopStatus::Error,
        };
        let outcome = Outcome::failed(status, error.to_string()).at(url);
        if error.is_transient() { Self::Passing { outcome, wait: None } } else { Self::Final(outcome) }
    }

    pub(super) fn not_now(not_now: &NotNow, url: &Url) -> Self {
        let status = match not_now {
            NotNow::Dead { .. } => ShopStatus::Unreachable,
            NotNow::Refusing { .. } => ShopStatus::Blocked,
        };
        Self::Final(Outcome::failed(status, not_now.to_string()).at(url))
    }

    fn into_outcome(self) -> Outcome {
        match self {
            Self::Final(outcome) | Self::Late(outcome) | Self::Passing { outcome, .. } => outcome,
        }
    }
}

/// A redirect that names no address, or a 304 that nobody asked for, is no page either.
fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// A page that is not what it should be: refused, gone or broken.
pub(super) fn refusal(station: &Station, page: &Page, asked: &Url) -> Option<Outcome> {
    let told = |status, detail: String| Some(Outcome::failed(status, detail).at(&page.url));
    match station.shop.recipe.refusal(page, asked) {
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
