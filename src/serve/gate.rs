//! The gate before all doors: is it us who is called, who calls, may he. gRPC, HTTP, event streams and pages pass here alike.
//!
//! Limits per caller belong behind [`pass`]: from here on a request carries its [`Caller`].

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Body as _, Frame};
use tonic::Status;

use crate::access::{Book, End, Pass};
use crate::jobs::{Caller, Jobs};

use super::fault::{Class, Fault};
use super::hosts::Hosts;
use super::http;
use super::policy::{self, Need};

const CREATE: &str = "glaneur token create --name NAME --scope submit,read";

/// Whether this machine's own callers may come without a token although there are tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loopback {
    Trusted,
    Asked,
}

#[derive(Clone, Debug)]
pub(super) struct Gate {
    pub(super) book: Book,
    pub(super) hosts: Arc<Hosts>,
    pub(super) loopback: Loopback,
}

/// The address at which the client reached us.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local(pub(super) Option<SocketAddr>);

/// Jobs that nobody has yet: a door gets at them in the name of its caller only.
#[derive(Clone, Debug)]
pub(super) struct Desk(Jobs);

impl Desk {
    pub(super) fn new(jobs: Jobs) -> Self {
        Self(jobs)
    }

    /// The jobs as the caller of this request sees them.
    pub(super) fn jobs(&self, extensions: &Extensions) -> Result<Jobs, Fault> {
        let unnamed = || Fault::new(Class::Internal, "a request came past the gate");
        Ok(self.0.of(extensions.get::<Caller>().cloned().ok_or_else(unnamed)?))
    }
}

/// Somebody who may go on, until his permission ends.
struct Admitted {
    caller: Caller,
    end: Option<End>,
}

pub(super) async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let speaks_grpc = request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    match gate.admit(&request) {
        Ok(Admitted { caller, end }) => {
            request.extensions_mut().insert(caller);
            let response = next.run(request).await;
            match end {
                Some(end) => until(response, end, speaks_grpc),
                None => response,
            }
        }
        Err(fault) if speaks_grpc => Status::from(fault).into_http(),
        Err(fault) => http::harden(fault.into_response()).await,
    }
}

impl Gate {
    fn admit(&self, request: &Request) -> Result<Admitted, Fault> {
        let local = request.extensions().get::<Local>().and_then(|Local(address)| *address);
        self.hosts.check(request.headers(), request.uri(), local)?;
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let need = policy::need(request.method(), request.uri().path(), route);
        if need == Need::Nothing {
            return Ok(Admitted { caller: Caller::Unnamed, end: None });
        }
        if let Some(end) = self.book.without_token() {
            return if is_near(request) { Ok(Admitted { caller: Caller::Unnamed, end: Some(end) }) } else { Err(no_tokens()) };
        }
        let Some(text) = bearer(request.headers())? else {
            return match self.loopback {
                Loopback::Trusted if is_near(request) => Ok(Admitted { caller: Caller::Unnamed, end: None }),
                _ => Err(no_token()),
            };
        };
        // One answer for all that do not hold: which of them once did is nobody's business.
        let pass = self.book.find(text).ok_or_else(|| Fault::new(Class::Unauthenticated, NOT_KNOWN))?;
        check_scope(&pass, need)?;
        let id = pass.id.to_string();
        let caller = if pass.scopes.are_admin() { Caller::Admin(id) } else { Caller::Token(id) };
        Ok(Admitted { caller, end: Some(pass.end) })
    }
}

const NOT_KNOWN: &str = "the token is not known here, was revoked or has expired: `glaneur token list` on the server shows those that hold";

fn check_scope(pass: &Pass, need: Need) -> Result<(), Fault> {
    match need {
        Need::Scope(scope) if !pass.scopes.allow(scope) => {
            let message = format!("token {} has the scope {}, and this needs {}: use another token", pass.id, pass.scopes, scope.as_str());
            Err(Fault::new(Class::MissingScope(scope), message))
        }
        _ => Ok(()),
    }
}

fn no_tokens() -> Fault {
    let message = format!("there are no tokens, so only callers on this machine are served: create one on the server with `{CREATE}`");
    Fault::new(Class::Unauthenticated, message)
}

fn no_token() -> Fault {
    let message = format!("a token is needed: send the header Authorization: Bearer glaneur_...; create one on the server with `{CREATE}`");
    Fault::new(Class::Unauthenticated, message)
}

/// Without a peer there is no network between us: a program that embeds the router.
fn is_near(request: &Request) -> bool {
    request.extensions().get::<ConnectInfo<SocketAddr>>().is_none_or(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
}

/// What the header shows; no error quotes it.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    match token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        Some((_, text)) if given.next().is_none() => Ok(Some(text.trim())),
        _ => Err(Fault::new(Class::Unauthenticated, "the header Authorization is not understood: send one, as Bearer glaneur_...")),
    }
}

/// The answer for as long as its caller's permission lasts: streams may be open for days.
fn until(response: Response, end: End, speaks_grpc: bool) -> Response {
    // A short answer is on its way already; one of headers only must stay one.
    if response.body().is_end_stream() || response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        let frames = async_stream::stream! {
            let mut body = body;
            let mut over = std::pin::pin!(end.come());
            loop {
                tokio::select! {
                    biased;
                    () = &mut over => break,
                    frame = body.frame() => match frame {
                        Some(frame) => yield frame,
                        None => return,
                    },
                }
            }
            if speaks_grpc {
                yield Ok(Frame::trailers(revoked()));
            } else {
                // Broken off: a whole end would make half a document look like all of it.
                yield Err(axum::Error::new(std::io::Error::other("the permission of this caller has ended")));
            }
        };
        Body::new(StreamBody::new(frames))
    })
}

fn revoked() -> HeaderMap {
    HeaderMap::from_iter([
        (HeaderName::from_static("grpc-status"), HeaderValue::from(tonic::Code::Unauthenticated as i32)),
        (HeaderName::from_static("grpc-message"), HeaderValue::from_static("the token was revoked or has expired")),
    ])
}
