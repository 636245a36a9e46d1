//! One webhook: a POST to a receiver that the operator named, never redirected.

use std::time::{Duration, Instant};

use reqwest::header;
use url::Url;

use super::client::{self, Cookies, Leave};
use super::{AllowPrivate, Egress, FetchError, Reach, Settings, guard, read};
use crate::Error;

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
    allowed: AllowPrivate,
}

impl Courier {
    pub(super) fn new(settings: &Settings, tls: &rustls::ClientConfig, receivers: &[String]) -> Result<Self, Error> {
        let allowed = settings.allow_private.clone().and_hosts(receivers);
        let settings = Settings { allow_private: allowed.clone(), ..settings.clone() };
        Ok(Self { client: client::build(&settings, tls, &Leave::Direct, Cookies::Refused)?, allowed })
    }
}

impl Egress {
    /// Sends a webhook. Any status is an answer. A connection that breaks before anything came back may have been an idle one
    /// that the receiver had just closed: the same request goes out once more on a fresh one.
    pub(crate) async fn post(&self, post: &Post) -> Result<Posted, FetchError> {
        guard::check(&post.url, &Reach::Any, &self.0.courier.allowed)?;
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
        let text = |name: header::HeaderName| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let (retry_after, content_type) = (text(header::RETRY_AFTER), text(header::CONTENT_TYPE));
        let body = read::beginning(&mut response, post.max_answer, &post.url, since).await?;
        Ok(Posted { status: response.status().as_u16(), retry_after, content_type, body })
    }
}
