//! Three demo shops that behave like the three real ones, and a webhook receiver that behaves like n8n, on loopback.
//!
//! For `glaneur demo`, the tests and the benches. Nothing here reaches the network beyond 127.0.0.1, and nothing here is
//! used by the engine.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use glaneur::demo::{Behaviour, DemoShops, Fault, Part, Trouble};
//!
//! let shops = DemoShops::start(Behaviour::immediate()).await?;
//! shops.pharma_gdd.set(Fault::first(3, Trouble::Forbidden { retry_after: Some(1) }).on(Part::Search));
//! for (name, shop) in shops.shops() {
//!     println!("[shops.{name}]\norigin = \"{}\"\nsearch_origin = \"{}\"", shop.origin(), shop.search_origin());
//! }
//! shops.stop().await;
//! # std::io::Result::Ok(()) }).unwrap();
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands"))]

mod bulk;
mod catalogue;
mod cocooncenter;
mod cocooncenter_page;
mod doofinder;
mod drakkars;
mod drakkars_page;
mod etag;
mod fault;
mod gate;
mod html;
mod media;
mod pharma_gdd;
mod pharma_gdd_page;
mod receiver;
mod server;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use url::Url;

pub use bulk::{bulk_ean, bulk_is_carried};
pub use doofinder::HASHID;
pub use fault::{Fault, Part, Trouble};
pub use gate::{HITS_KEPT, Hit, Latency};
pub use receiver::{IDS_KEPT, Mode, POSTS_KEPT, Received, WebhookReceiver};

use catalogue::{Catalogue, Shop};
use gate::Gate;
use html::Surroundings;
use server::{Bound, Server};

/// The eight barcodes of the demo. Each is carried by one shop or more.
pub const EANS: [&str; 8] = [
    "0748322148474",
    "0748322148481",
    "0748322148498",
    "0748322148863",
    "3665606002802",
    "3701129820322",
    "3701129811955",
    "3701129811962",
];

/// Wanted barcode and the barcode of the product that Drakkars' search gives as its first hit instead.
pub const WRONG_HITS: [(&str, &str); 3] =
    [("3665606002802", "3665606002406"), ("3701129820322", "3701129805060"), ("3701129811955", "3701129811757")];

/// Cocooncenter's search finds a page for it that shows no barcode at all; nobody else knows it.
pub const UNVERIFIED_EAN: &str = "3612345000019";
/// Cocooncenter's search finds a page for it that answers 410; nobody else knows it.
pub const DISCONTINUED_EAN: &str = "3612345000026";
/// No shop knows it any more; [`REPLACEMENT_EAN`] took its place.
pub const REPLACED_EAN: &str = "3612345000033";
/// Carried by Cocooncenter and Pharma-GDD.
pub const REPLACEMENT_EAN: &str = "3612345000040";
/// No shop knows it. Drakkars' search answers with unrelated products all the same.
pub const UNKNOWN_EAN: &str = "3612345000057";

/// About how long the shops' product pages are, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct PageBytes {
    pub cocooncenter: usize,
    pub pharma_gdd: usize,
    pub drakkars: usize,
}

impl Default for PageBytes {
    fn default() -> Self {
        Self { cocooncenter: cocooncenter::PAGE_BYTES, pharma_gdd: pharma_gdd::PAGE_BYTES, drakkars: drakkars::PAGE_BYTES }
    }
}

/// How the shops behave when they start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Behaviour {
    /// 150 to 400 ms by default.
    pub latency: Latency,
    pub cocooncenter: Fault,
    pub pharma_gdd: Fault,
    pub drakkars: Fault,
    /// Cocooncenter's port; the next three are Pharma-GDD's, Drakkars' and its search's. By default the system chooses all four.
    pub first_port: Option<u16>,
    /// 60 to 100 KB by default.
    pub page_bytes: PageBytes,
    /// The shops know themselves as `http://<name>.<domain>:<port>`, whoever brings visitors there: `drakkars.test`. By default by
    /// their address.
    pub domain: Option<&'static str>,
}

impl Behaviour {
    /// Without faults, each request answered after `latency`.
    pub fn fixed(latency: Duration) -> Self {
        Self { latency: Latency::Fixed(latency), ..Self::default() }
    }

    /// Without faults and without delay.
    pub fn immediate() -> Self {
        Self::fixed(Duration::ZERO)
    }
}

/// What a shop's handlers need.
#[derive(Debug)]
struct Site {
    /// `http://127.0.0.1:<port>` or as its domain says, without a slash at the end.
    origin: String,
    catalogue: Arc<Catalogue>,
    around: Surroundings,
}

/// The three demo shops. Dropped, they stop; [`stop`](Self::stop) also waits for it.
#[derive(Debug)]
pub struct DemoShops {
    pub cocooncenter: DemoShop,
    pub pharma_gdd: DemoShop,
    pub drakkars: DemoShop,
}

impl DemoShops {
    /// Fails when a port is taken.
    pub async fn start(behaviour: Behaviour) -> io::Result<Self> {
        let catalogue = Arc::new(Catalogue::load()?);
        let port = |n: u16| behaviour.first_port.map_or(0, |first| first.saturating_add(n));
        let opening = |fault, shop, port| {
            let gate = Gate::new(behaviour.latency, fault);
            Opening { gate, catalogue: Arc::clone(&catalogue), shop, port, bytes: behaviour.page_bytes, domain: behaviour.domain }
        };
        Ok(Self {
            cocooncenter: opening(behaviour.cocooncenter, Shop::Cocooncenter, port(0)).open(None).await?,
            pharma_gdd: opening(behaviour.pharma_gdd, Shop::PharmaGdd, port(1)).open(None).await?,
            drakkars: opening(behaviour.drakkars, Shop::Drakkars, port(2)).open(Some(port(3))).await?,
        })
    }

    /// By the names of the built-in recipes.
    pub fn shops(&self) -> [(&'static str, &DemoShop); 3] {
        [("cocooncenter", &self.cocooncenter), ("pharma-gdd", &self.pharma_gdd), ("drakkars", &self.drakkars)]
    }

    /// Cuts what is running, frees the ports and returns.
    pub async fn stop(self) {
        for shop in [self.cocooncenter, self.pharma_gdd, self.drakkars] {
            shop.stop().await;
        }
    }
}

struct Opening {
    gate: Arc<Gate>,
    catalogue: Arc<Catalogue>,
    shop: Shop,
    port: u16,
    bytes: PageBytes,
    domain: Option<&'static str>,
}

impl Opening {
    async fn open(self, search_port: Option<u16>) -> io::Result<DemoShop> {
        let bound = Bound::new(self.port).await?;
        let around = match self.shop {
            Shop::Cocooncenter => cocooncenter::surroundings(self.bytes.cocooncenter),
            Shop::PharmaGdd => pharma_gdd::surroundings(self.bytes.pharma_gdd),
            Shop::Drakkars => drakkars::surroundings(self.bytes.drakkars),
        };
        let origin = self.own_name(bound.origin());
        let site = Arc::new(Site { origin, catalogue: self.catalogue, around });
        let router = match self.shop {
            Shop::Cocooncenter => cocooncenter::router(Arc::clone(&site)),
            Shop::PharmaGdd => pharma_gdd::router(Arc::clone(&site)),
            Shop::Drakkars => drakkars::router(Arc::clone(&site)),
        };
        let search = match search_port {
            Some(port) => Some(behind(&self.gate, Bound::new(port).await?, doofinder::router(site))),
            None => None,
        };
        Ok(DemoShop { server: behind(&self.gate, bound, router), search, gate: self.gate })
    }

    fn own_name(&self, server: &Url) -> String {
        let name = match self.shop {
            Shop::Cocooncenter => "cocooncenter",
            Shop::PharmaGdd => "pharma-gdd",
            Shop::Drakkars => "drakkars",
        };
        match (self.domain, server.port()) {
            (Some(domain), Some(port)) => format!("http://{name}.{domain}:{port}"),
            _ => server.as_str().trim_end_matches('/').to_owned(),
        }
    }
}

fn behind(gate: &Arc<Gate>, bound: Bound, router: Router) -> Server {
    let door = gate.door();
    let gate = Arc::clone(gate);
    bound.serve(door, move |request| Arc::clone(&gate).pass(request, router.clone()))
}

/// One demo shop with all its servers.
#[derive(Debug)]
pub struct DemoShop {
    server: Server,
    search: Option<Server>,
    gate: Arc<Gate>,
}

impl DemoShop {
    /// Where its pages are.
    pub fn origin(&self) -> &Url {
        self.server.origin()
    }

    /// Where its search is: a server of its own for Drakkars, [`origin`](Self::origin) for the others.
    pub fn search_origin(&self) -> &Url {
        self.search.as_ref().unwrap_or(&self.server).origin()
    }

    /// Requests that came since the start, search included.
    pub fn requests(&self) -> u64 {
        self.gate.requests()
    }

    /// Most requests that were running at once, search included.
    pub fn peak_concurrency(&self) -> usize {
        self.gate.peak()
    }

    /// The last [`HITS_KEPT`] requests, in the order in which they ended.
    pub fn hits(&self) -> Vec<Hit> {
        self.gate.hits()
    }

    /// Starts counting anew: requests, peak and hits.
    pub fn forget(&self) {
        self.gate.forget();
    }

    /// From now on, in place of the fault that was set before; counts start anew.
    pub fn set(&self, fault: Fault) {
        self.gate.set(fault);
    }

    async fn stop(self) {
        self.server.stop().await;
        if let Some(search) = self.search {
            search.stop().await;
        }
    }
}

fn sitemap(origin: &str, paths: impl Iterator<Item = String>) -> Response {
    let locations: String = paths.map(|path| format!("<url><loc><![CDATA[{origin}{path}]]></loc></url>\n")).collect();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{locations}</urlset>\n"
    );
    ([(header::CONTENT_TYPE, "application/xml")], xml).into_response()
}
