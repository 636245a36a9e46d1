//! One webhook: a POST to a receiver that the operator named, never redirected.

use std::time::{Duration, Instant};

use reqwest::header;
use url::Url;

use super::client::{self, Cookies, Leave};
use super::guard::Guard;
use super::{Egress, FetchError, Reach, Settings, head, read};
use crate::Error;
use crate::model::Route;

#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// For the whole exchange, the answer's body included.
    pub(crate) timeout: Duration,
    /// Bytes of the answer that are kept; the rest is not read.
    pub(crate) max_answer: usize,
}

#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// The connections of webhooks, and what they may reach beyond the public internet.
#[derive(Clone, Debug)]
pub(super) struct Courier {
    client: reqwest::Client,
    guard: Guard,
}

impl Courier {
    pub(super) fn new(settings: &Settings, guard: &Guard, tls: &rustls::ClientConfig, receivers: &[String]) -> Result<Self, Error> {
        let guard = guard.and_hosts(receivers);
        Ok(Self { client: client::build(settings, &guard, tls, &Leave::Direct, Cookies::Refused)?, guard })
    }
}

impl Egress {
    /// Sends a webhook. Any status is an answer. A connection that breaks before anything came back may have been an idle one
    /// that the receiver had just closed: the same request goes out once more on a fresh one.
    pub(crate) async fn post(&self, post: &Post) -> Result<Posted, FetchError> {
        self.0.courier.guard.check(&post.url, &Reach::Any, &Route::Direct).await?;
        match self.post_once(post).await {
            Err(FetchError::Broken { .. }) => self.post_once(post).await,
            outcome => outcome,
        }
    }

    async fn post_once(&self, post: &Post) -> Result<Posted, FetchError> {
        let since = Instant::now();
        let mut builder = self.0.courier.client.post(post.url.clone()).timeout(post.timeout).body(post.body.clone());
        for (name, value) in &post.headers {
            builder = builder.header(name, value);
        }
        let mut response = builder.send().await.map_err(|error| FetchError::of(&error, &post.url, since.elapsed()))?;
        head::check(&response, &self.0.settings, &post.url)?;
        let text = |name: header::HeaderName| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let (retry_after, content_type) = (text(header::RETRY_AFTER), text(header::CONTENT_TYPE));
        let body = match read::beginning(&mut response, post.max_answer, &self.0.settings, &post.url, since).await {
            // The status says that it arrived; words that cannot be read are no words.
            Err(FetchError::Coding { .. } | FetchError::Bomb { .. }) => Vec::new(),
            read => read?,
        };
        Ok(Posted { status: response.status().as_u16(), retry_after, content_type, body })
    }
}
