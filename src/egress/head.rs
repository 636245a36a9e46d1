//! The head of an answer: how much of it is taken.

use url::Url;

use super::{FetchError, Settings};
use crate::model::host_of;

/// HTTP/1 reads up to 400 KB of a head before it gives up, whatever is set; this is the limit that was set.
pub(super) fn check(response: &reqwest::Response, settings: &Settings, url: &Url) -> Result<(), FetchError> {
    let refuse = |reason: String| Err(FetchError::Head { host: host_of(url), reason });
    let headers = response.headers();
    if headers.len() > settings.max_headers {
        return refuse(format!("it has {} fields, and {} are taken", headers.len(), settings.max_headers));
    }
    // As HTTP/2 counts them, but for its 32 bytes per field.
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > settings.max_head_bytes {
        return refuse(format!("it has {bytes} bytes, and {} are taken", settings.max_head_bytes));
    }
    Ok(())
}
