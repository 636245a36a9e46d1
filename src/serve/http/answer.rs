//! What holds for every answer: headers, unknown paths, wrong methods, and no writing from other people's web pages.

use axum::extract::{FromRef, FromRequestParts, Path, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::jobs::Jobs;
use crate::model::JobId;
use crate::serve::fault::{Class, Fault};
use crate::serve::gate::Desk;

use super::{ROUTES, pages};

/// The `{id}` of a path.
pub(super) struct Id(pub(super) JobId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let unreadable = |_| Fault::new(Class::NotFound, "there is no such job: its id in the path is not UTF-8");
        Path::<String>::from_request_parts(parts, state).await.map(|Path(id)| Self(JobId::new(id))).map_err(unreadable)
    }
}

/// The jobs as the caller sees them.
pub(super) struct Seen(pub(super) Jobs);

impl<S: Send + Sync> FromRequestParts<S> for Seen
where
    Desk: FromRef<S>,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        Desk::from_ref(state).jobs(&parts.extensions).map(Self)
    }
}

pub(super) async fn nothing_here(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc")) {
        let message = format!("there is no method {path}; ask the reflection service what there is: grpcurl -plaintext <address> list");
        return tonic::Status::unimplemented(message).into_http::<axum::body::Body>();
    }
    // By the path and not by `Accept`: n8n asks for HTML, too, and must get JSON from the API.
    if path == "/api" || path.starts_with("/api/") {
        let known: Vec<_> = ROUTES.iter().filter(|route| route.path.starts_with("/api/")).map(|route| route.path).collect();
        return Fault::new(Class::NotFound, format!("there is nothing at {path}; the API has {}", known.join(", "))).into_response();
    }
    pages::not_found(path)
}

pub(super) async fn wrong_method(method: Method, uri: Uri) -> Fault {
    Fault::new(Class::MethodNotAllowed, format!("{} does not take {method}; the header Allow names the methods that it takes", uri.path()))
}

/// A web page of another origin may post to us without asking (as `text/plain`), and its user's browser would carry it here.
pub(super) async fn refuse_other_origins(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let own =
        headers.get(HOST).and_then(|host| host.to_str().ok()).or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    match origin {
        Some(origin) if !request.method().is_safe() && origin.split_once("://").map(|(_, host)| host) != own => {
            let message =
                format!("a web page of {origin:?} may not change anything here: send the request from a program, without an Origin header");
            Fault::new(Class::CrossOrigin, message).into_response()
        }
        _ => next.run(request).await,
    }
}

pub(in crate::serve) async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
