//! The engine: plan, fetch, extract, verify, as a stream of events. The only room that knows the order.
//!
//! It keeps no record: whoever wants durability writes the events down as they come.

mod builder;
#[cfg(test)]
mod defect;
mod flow;
mod hedge;
mod inquiry;
mod item;
mod permission;
mod probe;
mod room;
mod session;
mod supply;
#[cfg(all(test, feature = "demo"))]
mod tests;
mod wait;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;

pub use builder::Builder;
pub use session::Session;

use crate::egress::{Egress, IDENTITIES, JobKey, Pace, PaceSettings, PaceState, Reach, RouteReport};
use crate::error::{Error, ErrorKind};
use crate::metrics::EngineMeter;
use crate::model::{Accepted, Batch, BatchError, Completed, Event, Item, JobId, MediaMode, Route, RouteWish, Routes, ShopName, ShopPlan};
use crate::pages::{Pages, Together};
use crate::plan::Shop;
use crate::recipe::{self, Recipe, RobotsPolicy};

/// `[scrape]` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Items that are being fetched or read at once, over all jobs; those that only wait for a shop do not count.
    pub items_in_work: usize,
    /// Items that are begun and not done, over all jobs. Memory follows this number, not the length of a batch.
    pub items_waiting: usize,
    /// A shop that is not done with an item so long after its turn came gets `TIMEOUT`; the queue before that does not count.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub item_deadline: Duration,
    /// A shop that refused us rests; a longer rest than this is not waited for, and its items get `BLOCKED` at once.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub patience: Duration,
    /// Whether a request by Tor that takes longer than 95 of 100 is made by a second circuit as well; the first answer counts.
    pub hedge: bool,
    /// Pages that are read per search before the shop's answer counts as "not found".
    pub hits: usize,
    /// Barcodes that begin so are not searched (`IGNORED`).
    pub ignore_prefixes: Vec<String>,
    /// Whether pictures, videos and sounds of a product are looked into; a recipe or a job may say otherwise.
    pub media: MediaMode,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            items_in_work: 32,
            items_waiting: 1024,
            item_deadline: Duration::from_secs(180),
            patience: Duration::from_secs(30),
            hedge: true,
            hits: 3,
            ignore_prefixes: Vec::new(),
            media: MediaMode::default(),
        }
    }
}

/// The engine with its shops, its pacing and its way out. Cheap to clone; clones share everything.
///
/// ```no_run
/// use glaneur::{Batch, Event, Glaneur};
/// use tokio_stream::StreamExt;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let glaneur = Glaneur::builder().build().await?;
/// let mut events = glaneur.scrape(Batch::parse(["0748322148474"])?)?;
/// while let Some(event) = events.next().await {
///     if let Event::Result(result) = event {
///         for (shop, product) in result.found() {
///             println!("{shop}: {} {:?}", product.name.as_deref().unwrap_or("?"), product.price());
///         }
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Glaneur(Arc<Engine>);

struct Engine {
    settings: Settings,
    egress: Egress,
    source: Source,
    stations: Vec<Station>,
    /// One permit per item that is fetched or read.
    room: Arc<Semaphore>,
    /// One permit per item that is begun. First come, first served, and a job asks for one at a time.
    begun: Arc<Semaphore>,
    /// How many streams there were.
    streams: AtomicU64,
    /// Parsing is the work that costs CPU: one page at a time per core, and the pages that wait hold their text.
    desks: Semaphore,
    /// One permit per picture, film or sound that is looked into.
    looks: Semaphore,
    /// The requests under way, for others who want the same page.
    under_way: Together<supply::Attempt>,
    meter: EngineMeter,
    #[cfg(test)]
    defect: Option<defect::Defect>,
}

/// Where an engine has its pages from.
#[derive(Clone, Debug)]
enum Source {
    /// From the shops. The store, if there is one, keeps copies.
    Shops(Option<Pages>),
    /// From what was kept for a job, and from nowhere else.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "there is no store without it"))]
    Kept(Pages, JobId),
}

impl Source {
    /// Whether requests leave at all.
    fn leaves(&self) -> bool {
        matches!(self, Self::Shops(_))
    }
}

/// What is asked of every item of one batch.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) shops: Vec<ShopName>,
    /// The job's own wish, which goes over that of the recipes and the settings.
    pub(crate) media: Option<MediaMode>,
    /// Likewise.
    pub(crate) route: RouteWish,
    /// Likewise: how old a copy may be that is taken in place of a request.
    pub(crate) max_age: Option<Duration>,
    /// The job that its pages are kept for.
    pub(crate) keep: Option<JobId>,
}

/// A shop with what all items share: its pace and its hosts.
struct Station {
    shop: Shop,
    pace: Pace,
    reach: Reach,
    usual: hedge::Usual,
}

impl Glaneur {
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn open(settings: Settings, egress: Egress, source: Source, shops: Vec<Shop>) -> Self {
        let stations = shops.into_iter().map(|shop| Station::new(shop, settings.patience)).collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Engine {
            egress,
            source,
            stations,
            room: Arc::new(Semaphore::new(settings.items_in_work)),
            begun: Arc::new(Semaphore::new(settings.items_waiting)),
            streams: AtomicU64::new(0),
            desks: Semaphore::new(cores),
            looks: Semaphore::new(probe::LOOKS),
            under_way: Together::default(),
            meter: EngineMeter::default(),
            #[cfg(test)]
            defect: None,
            settings,
        }))
    }

    /// The recipes in use, with the operator's changes, in the order in which results list the shops.
    pub fn recipes(&self) -> impl ExactSizeIterator<Item = &Recipe> {
        self.0.stations.iter().map(|station| &station.shop.recipe)
    }

    /// How each shop is asked at the moment, in the order of [`recipes`](Self::recipes).
    pub fn paces(&self) -> impl ExactSizeIterator<Item = (&ShopName, PaceState)> {
        self.0.stations.iter().map(|station| (station.shop.recipe.name(), station.pace.state()))
    }

    /// The routes by which shops are asked, each once.
    pub fn routes(&self) -> Vec<Route> {
        let mut routes = Vec::new();
        for station in &self.0.stations {
            let Routes { search, page, image } = &station.shop.routes;
            for route in [search, page, image] {
                if !routes.contains(route) {
                    routes.push(route.clone());
                }
            }
        }
        routes
    }

    /// Tries a route, by asking the page of [`check_url`](crate::egress::Settings::check_url) as several identities. It waits for Tor,
    /// and sends nothing by any other route.
    pub async fn check_route(&self, route: &Route) -> RouteReport {
        let jobs: Vec<JobKey> = std::iter::repeat_with(|| self.0.next_job()).take(IDENTITIES).collect();
        self.0.egress.check(route, &jobs).await
    }

    /// The same way out, for webhooks.
    #[cfg(feature = "server")]
    pub(crate) fn egress(&self) -> &Egress {
        &self.0.egress
    }

    /// The shops that a job will ask: those named, or all; an unknown one is an error that names it.
    pub(crate) fn choose_shops(&self, named: &[ShopName]) -> Result<Vec<ShopName>, Error> {
        let known = || self.recipes().map(|recipe| recipe.name().clone());
        if let Some(stranger) = named.iter().find(|name| !known().any(|known| known == **name)) {
            let known = known().map(|name| name.to_string()).collect::<Vec<_>>().join(", ");
            return Err(Error::from(BatchError::UnknownShop { given: stranger.to_string(), known }));
        }
        Ok(known().filter(|name| named.is_empty() || named.contains(name)).collect())
    }

    /// How each shop is asked where a job wishes nothing else.
    pub fn plan(&self) -> Vec<ShopPlan> {
        self.0.stations.iter().map(|station| plan(&station.shop, &station.shop.routes)).collect()
    }

    /// How these shops would be asked for a job with these wishes.
    pub(crate) fn plan_with(&self, shops: &[ShopName], wish: &RouteWish) -> Vec<ShopPlan> {
        let stations = self.0.stations.iter().filter(|station| shops.contains(station.shop.recipe.name()));
        stations.map(|station| plan(&station.shop, &station.shop.routes.with(wish))).collect()
    }

    /// A caller may hide more than the operator does, never less.
    ///
    /// # Errors
    /// A phase that would leave in the clear where the configuration has another route.
    #[cfg(feature = "server")]
    pub(crate) fn check_wish(&self, shops: &[ShopName], wish: &RouteWish) -> Result<(), Error> {
        for station in self.0.stations.iter().filter(|station| shops.contains(station.shop.recipe.name())) {
            let (name, own) = (station.shop.recipe.name(), &station.shop.routes);
            if let Some(phase) = wish.exposes(own) {
                let (phase, own) = (phase.as_str(), own.of(phase));
                let message = format!("{phase} requests to {name} leave by {own}; a job cannot make them leave in the clear");
                return Err(Error::new(ErrorKind::InvalidInput, message).field("route"));
            }
        }
        Ok(())
    }

    /// Whether copies of pages can be taken in place of requests, where that is asked for.
    ///
    /// # Errors
    /// There is no store that could have any.
    pub(crate) fn check_max_age(&self, max_age: Option<Duration>) -> Result<(), Error> {
        if max_age.is_some_and(|age| !age.is_zero()) && matches!(self.0.source, Source::Shops(None)) {
            let message = "there is no store of pages whose copies could be taken: leave max_age out, or give the engine a store";
            return Err(Error::new(ErrorKind::InvalidInput, message).field("max_age"));
        }
        Ok(())
    }

    #[cfg(feature = "server")]
    pub(crate) fn meter(&self) -> &EngineMeter {
        &self.0.meter
    }

    /// How far the Tor inside this process has come; nothing while no job wanted it.
    pub fn tor(&self) -> Option<crate::egress::tor::Progress> {
        self.0.egress.tor()
    }

    /// Works through a batch: [`Event::Accepted`], then [`Event::Progress`] and [`Event::Result`] as they happen, each result as
    /// soon as it is known, and [`Event::Completed`] at the end. Dropping the stream cancels the rest.
    ///
    /// # Errors
    /// An empty batch, an unknown shop, a `max_age` without a store of pages. A bad barcode is none: its item gets an `INVALID` result.
    pub fn scrape(&self, batch: Batch) -> Result<Events, Error> {
        self.scrape_until(batch, CancellationToken::new())
    }

    /// As [`scrape`](Self::scrape); once `stop` is cancelled no further item is started, those in work are finished, and the
    /// stream ends without [`Event::Completed`].
    pub fn scrape_until(&self, batch: Batch, stop: CancellationToken) -> Result<Events, Error> {
        if batch.items.is_empty() {
            return Err(BatchError::Empty.into());
        }
        let shops = self.choose_shops(&batch.shops)?;
        self.check_max_age(batch.max_age)?;
        let total = u32::try_from(batch.items.len()).unwrap_or(u32::MAX);
        let accepted = Accepted {
            total: Some(total),
            shops: shops.clone(),
            ignored3400: batch.ignored3400.len() as u32,
            plan: self.plan_with(&shops, &batch.route),
        };
        let mut summary = Completed { ignored3400: batch.ignored3400, ..Completed::default() };
        let started = Instant::now();
        let order = Order { shops, media: batch.media, route: batch.route, max_age: batch.max_age, keep: None };
        let work = self.run(tokio_stream::iter((1..=total).zip(batch.items)), order, stop);
        let events = async_stream::stream! {
            yield Event::Accepted(accepted);
            for await event in work {
                if let Event::Result(result) = &event {
                    summary.count(&result.ean, result.status);
                }
                yield event;
            }
            if summary.counts.total == total {
                summary.elapsed_ms = started.elapsed().as_millis() as u64;
                yield Event::Completed(summary);
            }
        };
        Ok(Events(Box::pin(events)))
    }

    /// Works through `items` (position, item) and tells [`Event::Progress`], [`Event::Waiting`] and [`Event::Result`], nothing else, in the order
    /// in which they happen. Items are pulled only as there is room for more work, so `items` may be as long as it likes.
    /// When `stop` is cancelled no further item is started; those in work are finished, then the stream ends. Dropping the
    /// stream abandons them.
    pub(crate) fn run<S>(&self, items: S, order: Order, stop: CancellationToken) -> impl Stream<Item = Event> + Send + use<S>
    where
        S: Stream<Item = (u32, Item)> + Send + 'static,
    {
        flow::run(self.0.clone(), items, order, stop)
    }
}

impl Engine {
    /// A new key for each stream and each page that is fetched alone.
    fn next_job(&self) -> JobKey {
        JobKey(self.streams.fetch_add(1, Ordering::Relaxed))
    }
}

fn plan(shop: &Shop, routes: &Routes) -> ShopPlan {
    ShopPlan {
        shop: shop.recipe.name().clone(),
        search: routes.search.to_string(),
        page: routes.page.to_string(),
        image: routes.image.to_string(),
        in_the_clear: routes.in_the_clear().collect(),
        respects_robots: shop.recipe.robots() == RobotsPolicy::Respect,
    }
}

impl Station {
    fn new(shop: Shop, patience: Duration) -> Self {
        let reach = Reach::Hosts(shop.recipe.hosts().collect());
        let recipe::Pace { concurrency, interval, jitter } = shop.recipe.pace();
        Self { pace: Pace::new(PaceSettings { concurrency, interval, jitter, patience }), reach, usual: hedge::Usual::default(), shop }
    }
}

impl fmt::Debug for Glaneur {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Glaneur")
            .field("settings", &self.0.settings)
            .field("shops", &self.recipes().map(Recipe::name).collect::<Vec<_>>())
            .finish()
    }
}

impl From<BatchError> for Error {
    fn from(error: BatchError) -> Self {
        let field = match error {
            BatchError::Empty | BatchError::TooMany { .. } => "eans",
            BatchError::UnknownShop { .. } => "shops",
        };
        Self::new(ErrorKind::InvalidInput, error.to_string()).field(field)
    }
}

/// The events of one batch; see [`Glaneur::scrape`].
pub struct Events(Pin<Box<dyn Stream<Item = Event> + Send>>);

impl Stream for Events {
    type Item = Event;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}
