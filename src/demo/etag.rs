//! Pages with an ETag, and the short answer to whoever has the page already.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What a request says about the page that its client has.
pub(super) struct Known {
    method: Method,
    etags: Option<HeaderValue>,
}

impl Known {
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Self {
        Self { method: method.clone(), etags: headers.get(header::IF_NONE_MATCH).cloned() }
    }

    /// Marks the answer to a GET by its content; 304 where the client has just that.
    pub(super) async fn answer(self, response: Response) -> Response {
        if self.method != Method::GET || response.status() != StatusCode::OK {
            return response;
        }
        let (mut head, body) = response.into_parts();
        // A body of ours is text in memory.
        let Ok(bytes) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let Ok(etag) = HeaderValue::try_from(format!("\"{:016x}\"", hasher.finish())) else {
            return Response::from_parts(head, Body::from(bytes));
        };
        let is_known = self.etags.as_ref() == Some(&etag);
        head.headers.insert(header::ETAG, etag.clone());
        if is_known {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
        }
        Response::from_parts(head, Body::from(bytes))
    }
}
