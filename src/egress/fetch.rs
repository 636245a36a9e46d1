//! One request to a shop: guarded on every hop, redirects followed by hand, the body read up to a limit.

use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap};
use url::Url;

use super::pace::retry_after;
use super::{Egress, FetchError, Identity, Reach, guard, read};
use crate::model::Route;
use crate::model::{Body, Method, Page, Request};

/// What came back.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) page: Page,
    /// How long the server asks us to wait.
    pub(crate) retry_after: Option<Duration>,
}

/// What a browser says that it takes when it opens a page.
const ACCEPT_PAGE: &str = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8";

impl Egress {
    /// Fetches a page. Any HTTP status is an answer; an error means that there was none.
    pub(crate) async fn fetch(&self, identity: &Identity, request: &Request, reach: &Reach) -> Result<Fetched, FetchError> {
        let since = Instant::now();
        let fetched = async {
            let (url, mut response) = self.follow(identity, request, ACCEPT_PAGE, reach, since).await?;
            self.receive(&url, &mut response, since).await
        };
        fetched.await.map_err(|error| error.by(identity.route()))
    }

    /// The first answer that is no redirect, and the address that gave it.
    pub(super) async fn follow(
        &self,
        identity: &Identity,
        request: &Request,
        accept: &'static str,
        reach: &Reach,
        since: Instant,
    ) -> Result<(Url, reqwest::Response), FetchError> {
        let mut hop = request.clone();
        for _ in 0..=self.0.settings.max_redirects {
            guard::check(&hop.url, reach, &self.0.settings.allow_private)?;
            if *identity.route() != Route::Direct {
                guard::check_remote(&hop.url, &self.0.settings.allow_private)?;
            }
            let response = self.send(identity, &hop, accept, since).await?;
            match redirect(&hop, &response)? {
                Some(next) => hop = next,
                None => return Ok((hop.url, response)),
            }
        }
        Err(FetchError::Redirects { url: Box::new(request.url.clone()), limit: self.0.settings.max_redirects })
    }

    async fn send(
        &self,
        identity: &Identity,
        request: &Request,
        accept: &'static str,
        since: Instant,
    ) -> Result<reqwest::Response, FetchError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        identity.begin();
        let mut builder = identity.client.request(method, request.url.clone());
        // In the order in which Firefox sends them.
        builder = builder.header(header::USER_AGENT, &identity.user_agent);
        builder = builder.header(header::ACCEPT, accept);
        builder = builder.header(header::ACCEPT_LANGUAGE, "fr-FR,fr;q=0.9,en;q=0.5");
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        builder = match &request.body {
            Body::Empty => builder,
            Body::Form(fields) => builder.form(fields),
            Body::Json(text) => builder.header(header::CONTENT_TYPE, "application/json").body(text.clone()),
        };
        let response = builder.send().await.map_err(|error| self.reason(identity, &error, &request.url, since.elapsed()))?;
        identity.answered();
        Ok(response)
    }

    /// Why nothing came back; of Tor's circuits, what the SOCKS answer did not tell.
    fn reason(&self, identity: &Identity, error: &reqwest::Error, url: &Url, waited: Duration) -> FetchError {
        match (FetchError::of(error, url, waited), self.0.tor.why(identity.name())) {
            (FetchError::Connect { host, .. }, Some(why)) => FetchError::Connect { host, reason: why.to_string() },
            (error, _) => error,
        }
    }

    async fn receive(&self, url: &Url, response: &mut reqwest::Response, since: Instant) -> Result<Fetched, FetchError> {
        let content_type = text_of(response.headers(), header::CONTENT_TYPE);
        let retry_after = text_of(response.headers(), header::RETRY_AFTER).and_then(|text| retry_after(&text, SystemTime::now()));
        let bytes = read::body(response, self.0.settings.max_page_bytes, url, since).await?;
        let page = Page {
            status: response.status().as_u16(),
            url: url.clone(),
            text: read::text(bytes, content_type.as_deref()),
            content_type,
            retrieved_at: Timestamp::now(),
        };
        Ok(Fetched { page, retry_after })
    }
}

/// The next hop, as a browser would make it: 307 and 308 repeat the request, the others become a GET. Headers that name an origin
/// are dropped when it changes.
fn redirect(from: &Request, response: &reqwest::Response) -> Result<Option<Request>, FetchError> {
    let status = response.status().as_u16();
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = text_of(response.headers(), header::LOCATION) else { return Ok(None) };
    let url = from.url.join(&location).map_err(|_| FetchError::Location { url: Box::new(from.url.clone()), location: location.clone() })?;
    let mut next = if matches!(status, 307 | 308) {
        Request { url, ..from.clone() }
    } else {
        Request { headers: from.headers.clone(), ..Request::get(url) }
    };
    if next.url.origin() != from.url.origin() {
        next.headers.retain(|(name, _)| !["authorization", "cookie", "origin", "referer"].contains(&name.to_ascii_lowercase().as_str()));
        next.body = Body::Empty;
        next.method = Method::Get;
    }
    Ok(Some(next))
}

pub(super) fn text_of(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
