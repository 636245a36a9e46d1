//! What can go wrong at a demo shop, when, and on which of its requests.
//!
//! Faults are deterministic: they count, they never roll dice.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};

/// The part of a shop that a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Search boxes and search services.
    Search,
    /// Product, brand and category pages.
    Page,
    /// Home page, images, sitemaps, robots.txt.
    Other,
}

impl Part {
    /// The part that a path with its query belongs to, at any of the three shops.
    pub fn of(path: &str) -> Self {
        let bare = path.split('?').next().unwrap_or_default();
        let search = ["/index/search/", "/fr/search", "/5/search", "/6/"];
        if search.iter().any(|start| bare.starts_with(start)) || path.starts_with("/?search=") {
            Self::Search
        } else if bare == "/" || bare == "/fr/" || bare.starts_with("/media/") || bare.ends_with(".txt") || bare.ends_with(".xml") {
            Self::Other
        } else {
            Self::Page
        }
    }
}

/// What happens to a request that a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The right answer, after this long instead of the usual latency.
    Slow(Duration),
    /// 403, in seconds with `Retry-After` where given.
    Forbidden { retry_after: Option<u32> },
    /// 429 with `Retry-After` in seconds.
    TooManyRequests { retry_after: u32 },
    /// 500.
    ServerError,
    /// The connection is closed without a byte of an answer.
    Dropped,
    /// The head and half of the body, then nothing more.
    HangsHalfWay,
    /// A firewall's page with status 200 in place of the document.
    Firewall,
    /// The request is read and never answered.
    Silent,
    /// The whole shop refuses connections for as long as the fault is set, whatever its count and part say.
    Refused,
    /// An HTML page of about this many bytes, without a Content-Length.
    Huge(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    First(u32),
    Every(u32),
    Over { requests: usize, per: Duration },
}

/// A trouble, when it strikes, and on what. The default is none.
///
/// ```
/// use glaneur::demo::{Fault, Part, Trouble};
/// let burst = Fault::first(3, Trouble::Forbidden { retry_after: None }).on(Part::Search);
/// # let _ = burst;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    strike: Option<(Trouble, When)>,
    on: Option<Part>,
}

impl Fault {
    /// Nothing goes wrong.
    pub const fn none() -> Self {
        Self { strike: None, on: None }
    }

    /// Every request.
    pub const fn always(trouble: Trouble) -> Self {
        Self { strike: Some((trouble, When::Always)), on: None }
    }

    /// The first `count` requests since the fault was set.
    pub const fn first(count: u32, trouble: Trouble) -> Self {
        Self { strike: Some((trouble, When::First(count))), on: None }
    }

    /// Every `nth` request: the first, then one after each `nth - 1` good ones. 0 counts as 1.
    pub const fn every(nth: u32, trouble: Trouble) -> Self {
        Self { strike: Some((trouble, When::Every(nth))), on: None }
    }

    /// Requests beyond `requests` within the last `per`: a limit on bursts. At most 4096 requests are remembered.
    pub const fn over(requests: usize, per: Duration, trouble: Trouble) -> Self {
        Self { strike: Some((trouble, When::Over { requests, per })), on: None }
    }

    /// Only on this part; the other requests neither suffer nor count.
    pub const fn on(mut self, part: Part) -> Self {
        self.on = Some(part);
        self
    }

    pub(super) fn refuses(&self) -> bool {
        matches!(self.strike, Some((Trouble::Refused, _)))
    }
}

/// Requests remembered for a limit on bursts; above it the limit would not bite anyway.
const REMEMBERED: usize = 4096;

/// A fault that is set, and what it has counted so far.
#[derive(Debug, Default)]
pub(super) struct Armed {
    fault: Fault,
    seen: u32,
    recent: VecDeque<Instant>,
}

impl Armed {
    pub(super) fn new(fault: Fault) -> Self {
        Self { fault, ..Self::default() }
    }

    /// What happens to a request for this part that comes now.
    pub(super) fn strike(&mut self, part: Part, now: Instant) -> Option<Trouble> {
        let (trouble, when) = self.fault.strike?;
        if self.fault.on.is_some_and(|on| on != part) {
            return None;
        }
        let before = self.seen;
        self.seen = self.seen.saturating_add(1);
        let strikes = match when {
            When::Always => true,
            When::First(count) => before < count,
            When::Every(nth) => before.is_multiple_of(nth.max(1)),
            When::Over { requests, per } => self.is_burst(requests, per, now),
        };
        strikes.then_some(trouble)
    }

    fn is_burst(&mut self, requests: usize, per: Duration, now: Instant) -> bool {
        while self.recent.front().is_some_and(|then| now.saturating_duration_since(*then) > per) || self.recent.len() >= REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.recent.len() > requests
    }
}

/// A refusal with its page, as servers send it.
pub(super) fn refusal(status: StatusCode, retry_after: Option<u32>) -> Response {
    let reason = status.canonical_reason().unwrap_or_default();
    let page =
        format!("<!DOCTYPE html><html><head><title>{0} {reason}</title></head><body><h1>{0} {reason}</h1></body></html>", status.as_u16());
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What a web application firewall sends, with status 200, to a client that it does not like.
pub(super) fn firewall_page() -> Response {
    const PAGE: &str = r#"<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"><meta name="format-detection" content="telephone=no"><meta http-equiv="X-UA-Compatible" content="IE=edge,chrome=1"></head><body style="margin:0px;height:100%"><iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=9&xinfo=9-4711-0&incident_id=1061000420-4711&edet=12&cinfo=04000000" frameborder=0 width="100%" height="100%">Request unsuccessful. Incapsula incident ID: 1061000420-4711</iframe></body></html>"#;
    ([(header::CONTENT_TYPE, "text/html")], PAGE).into_response()
}

/// The answer, its length as announced, its second half never sent.
pub(super) async fn half_of(response: Response) -> Response {
    /// No page of ours is longer.
    const LONGEST: usize = 4 * 1024 * 1024;
    let (head, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, LONGEST).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    let then_nothing = stream::iter([Ok::<Bytes, std::io::Error>(half)]).chain(stream::pending());
    Response::from_parts(head, Body::from_stream(then_nothing))
}

pub(super) fn huge_page(bytes: u64) -> Response {
    const LINE: &str = "<p>Livraison offerte d\u{e8}s 49 \u{20ac} d\u{2019}achat, retours gratuits pendant trente jours.</p>\n";
    let chunk = Bytes::from(LINE.repeat(512));
    let chunks = bytes.div_ceil(chunk.len() as u64);
    let start =
        Bytes::from_static(b"<!DOCTYPE html><html lang=\"fr\"><head><meta charset=\"utf-8\"><title>Page sans fin</title></head><body>");
    let body = stream::iter(std::iter::once(start).chain((0..chunks).map(move |_| chunk.clone()))).map(Ok::<Bytes, std::io::Error>);
    ([(header::CONTENT_TYPE, "text/html; charset=UTF-8")], Body::from_stream(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORBIDDEN: Trouble = Trouble::Forbidden { retry_after: None };

    fn strikes(fault: Fault, parts: &[Part]) -> Vec<bool> {
        let mut armed = Armed::new(fault);
        let now = Instant::now();
        parts.iter().map(|part| armed.strike(*part, now).is_some()).collect()
    }

    #[test]
    fn counts_decide() {
        let pages = [Part::Page; 5];
        assert_eq!(strikes(Fault::none(), &pages), [false; 5]);
        assert_eq!(strikes(Fault::always(FORBIDDEN), &pages), [true; 5]);
        assert_eq!(strikes(Fault::first(2, FORBIDDEN), &pages), [true, true, false, false, false]);
        assert_eq!(strikes(Fault::every(2, FORBIDDEN), &pages), [true, false, true, false, true]);
        assert_eq!(strikes(Fault::every(0, FORBIDDEN), &pages), [true; 5]);
        assert_eq!(strikes(Fault::over(3, Duration::from_secs(1), FORBIDDEN), &pages), [false, false, false, true, true]);
        let mixed = [Part::Other, Part::Search, Part::Page, Part::Search, Part::Search];
        assert_eq!(strikes(Fault::first(2, FORBIDDEN).on(Part::Search), &mixed), [false, true, false, true, false]);
    }

    #[test]
    fn a_burst_is_over_after_its_time() {
        let mut armed = Armed::new(Fault::over(1, Duration::from_secs(1), FORBIDDEN));
        let start = Instant::now();
        assert_eq!(armed.strike(Part::Page, start), None);
        assert_eq!(armed.strike(Part::Page, start), Some(FORBIDDEN));
        assert_eq!(armed.strike(Part::Page, start + Duration::from_secs(3)), None);
    }

    #[test]
    fn parts_by_path() {
        for (path, part) in [
            ("/index/search/searchVue", Part::Search),
            ("/?search=0748322148474", Part::Search),
            ("/fr/search/autocomplete?s=1", Part::Search),
            ("/fr/search?q=1", Part::Search),
            ("/5/search?hashid=a", Part::Search),
            ("/6/e01a/_search?query=1", Part::Search),
            ("/huile/12.html", Part::Page),
            ("/fr/huile", Part::Page),
            ("/huile?mcs=1", Part::Page),
            ("/", Part::Other),
            ("/robots.txt", Part::Other),
            ("/media/1.svg", Part::Other),
            ("/sitemap-product.xml", Part::Other),
        ] {
            assert_eq!(Part::of(path), part, "{path}");
        }
    }
}
