//! One request to a shop: guarded on every hop, redirects followed by hand, the body read up to a limit.

use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap};
use url::Url;

use super::error::{Late, bare};
use super::retry_after::retry_after;
use super::{Egress, FetchError, Identity, Reach, coding, head, read};
use crate::model::{Body, Method, Page, Request, Route, Validators, host_of};

/// What came back.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) page: Page,
    /// How long the server asks us to wait.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) validators: Validators,
}

/// A page that we have: the server need not send it again (304) if it is still this one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unless<'a> {
    /// Where the page stood, after redirects; only there its validators mean anything.
    pub(crate) url: &'a Url,
    pub(crate) validators: &'a Validators,
}

impl Unless<'_> {
    fn headers(&self) -> impl Iterator<Item = (header::HeaderName, &String)> {
        let Validators { etag, last_modified } = self.validators;
        let etag = etag.iter().map(|etag| (header::IF_NONE_MATCH, etag));
        etag.chain(last_modified.iter().map(|moment| (header::IF_MODIFIED_SINCE, moment)))
    }
}

/// What a request says beside what is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking<'a> {
    pub(super) accept: &'static str,
    pub(super) unless: Option<Unless<'a>>,
}

/// What a browser says that it takes when it opens a page.
const ACCEPT_PAGE: &str = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8";

impl Egress {
    /// Fetches a page. Any HTTP status is an answer; an error means that there was none.
    pub(crate) async fn fetch(
        &self,
        identity: &Identity,
        request: &Request,
        reach: &Reach,
        unless: Option<Unless<'_>>,
    ) -> Result<Fetched, FetchError> {
        let since = Instant::now();
        let fetched = async {
            let (url, mut response) = self.follow(identity, request, Asking { accept: ACCEPT_PAGE, unless }, reach, since).await?;
            self.receive(&url, &mut response, since).await
        };
        fetched.await.map_err(|error| error.by(identity.route()))
    }

    /// The first answer that is no redirect, and the address that gave it.
    pub(super) async fn follow(
        &self,
        identity: &Identity,
        request: &Request,
        asking: Asking<'_>,
        reach: &Reach,
        since: Instant,
    ) -> Result<(Url, reqwest::Response), FetchError> {
        let mut hop = request.clone();
        for _ in 0..=self.0.settings.max_redirects {
            self.admits(&hop.url, reach, identity.route()).await?;
            let response = self.send(identity, &hop, asking, since).await?;
            match redirect(&hop, &response)? {
                Some(next) => hop = next,
                None => return Ok((hop.url, response)),
            }
        }
        Err(FetchError::Redirects { url: bare(&request.url), limit: self.0.settings.max_redirects })
    }

    /// Whether the guard lets a request go there by this route.
    pub(crate) async fn admits(&self, url: &Url, reach: &Reach, route: &Route) -> Result<(), FetchError> {
        self.0.guard.check(url, reach, route).await
    }

    async fn send(
        &self,
        identity: &Identity,
        request: &Request,
        asking: Asking<'_>,
        since: Instant,
    ) -> Result<reqwest::Response, FetchError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        identity.begin();
        let left = self.0.settings.request_timeout.saturating_sub(since.elapsed());
        let mut builder = identity.client.request(method, request.url.clone()).timeout(left);
        let is_own = |name: &header::HeaderName| request.headers.iter().any(|(own, _)| name.as_str().eq_ignore_ascii_case(own));
        // In the order in which Firefox sends them; what the request says itself is not said twice.
        for (name, value) in [
            (header::USER_AGENT, identity.user_agent.as_str()),
            (header::ACCEPT, asking.accept),
            (header::ACCEPT_LANGUAGE, "fr-FR,fr;q=0.9,en;q=0.5"),
            (header::ACCEPT_ENCODING, coding::ACCEPTED),
        ] {
            if !is_own(&name) {
                builder = builder.header(name, value);
            }
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        for (name, value) in asking.unless.iter().filter(|unless| *unless.url == request.url).flat_map(Unless::headers) {
            builder = builder.header(name, value);
        }
        builder = match &request.body {
            Body::Empty => builder,
            Body::Form(fields) => builder.form(fields),
            Body::Json(text) => builder.header(header::CONTENT_TYPE, "application/json").body(text.clone()),
        };
        let sent = Instant::now();
        let response = tokio::time::timeout(self.0.settings.first_byte_timeout, builder.send()).await.map_err(|_| FetchError::Timeout {
            host: host_of(&request.url),
            late: Late::Answer,
            seconds: sent.elapsed().as_secs_f64(),
        })?;
        let response = response.map_err(|error| self.reason(identity, &error, &request.url, since.elapsed()))?;
        identity.answered();
        head::check(&response, &self.0.settings, &request.url)?;
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
        let validators = Validators {
            etag: text_of(response.headers(), header::ETAG),
            last_modified: text_of(response.headers(), header::LAST_MODIFIED),
        };
        let bytes = read::body(response, &self.0.settings, url, since).await?;
        let page = Page {
            status: response.status().as_u16(),
            url: url.clone(),
            text: read::text(bytes, content_type.as_deref()),
            content_type,
            retrieved_at: Timestamp::now(),
        };
        Ok(Fetched { page, retry_after, validators })
    }
}

/// What goes along to another origin. All else may be a credential: `Authorization` and `Cookie`, and as well a shop's own `X-Api-Key`.
const HARMLESS: [&str; 5] = ["accept", "accept-encoding", "accept-language", "range", "user-agent"];

/// The next hop, as a browser would make it: 307 and 308 repeat the request, the others become a GET. When the origin changes nothing
/// goes along that may be a credential, and no body. A user name in the URL stays with the URL that holds it.
fn redirect(from: &Request, response: &reqwest::Response) -> Result<Option<Request>, FetchError> {
    let status = response.status().as_u16();
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    // Outside ASCII it is not what the standard wants, and browsers follow it.
    let Some(location) = response.headers().get(header::LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes())) else {
        return Ok(None);
    };
    let url = from.url.join(&location).map_err(|_| FetchError::Location { url: bare(&from.url), location: location.into_owned() })?;
    let mut next = if matches!(status, 307 | 308) {
        Request { url, ..from.clone() }
    } else {
        Request { headers: from.headers.clone(), ..Request::get(url) }
    };
    if next.url.origin() != from.url.origin() {
        next.headers.retain(|(name, _)| HARMLESS.contains(&name.to_ascii_lowercase().as_str()));
        next.body = Body::Empty;
        next.method = Method::Get;
    }
    Ok(Some(next))
}

pub(super) fn text_of(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
