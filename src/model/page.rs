//! A request as a recipe words it, and the page that comes back: the two ends of the egress room.

use jiff::Timestamp;
use url::Url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Empty,
    /// `application/x-www-form-urlencoded`
    Form(Vec<(String, String)>),
    Json(String),
}

/// What is to be fetched. Cookies, user agent and route are the egress room's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

impl Request {
    pub fn get(url: Url) -> Self {
        Self { method: Method::Get, url, headers: Vec::new(), body: Body::Empty }
    }
}

/// An answer as it was received, whatever its status; the text is decoded, redirects are followed.
#[derive(Clone, Debug)]
pub struct Page {
    /// HTTP status, 200 for a page read from a file.
    pub status: u16,
    /// The address after all redirects.
    pub url: Url,
    pub content_type: Option<String>,
    pub text: String,
    pub retrieved_at: Timestamp,
}

/// What a server gave with a page, so that it can be asked whether the page is still that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

impl Validators {
    pub(crate) fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// `host`, or `host:port` where the port is not the scheme's own: how recipes list what may be reached and how the guard asks.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
