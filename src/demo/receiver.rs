//! A webhook receiver that behaves like n8n's Webhook node, in its good and its bad hours.
//!
//! It keeps what it was sent, to the byte, and never checks a signature: that is the tests' business.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::sync::watch;
use url::Url;

use super::gate::lock;
use super::server::{Answer, Bound, Cut, Door, Server};

/// Posts that are kept with headers and body: the newest ones. Totals go on beyond.
pub const POSTS_KEPT: usize = 4096;
/// Different `webhook-id`s that are remembered: the first ones.
pub const IDS_KEPT: usize = 200_000;
/// n8n's limit on a body; it answers 500 above it, not 413.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// How the receiver answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// `200 {"message":"Workflow was started"}`
    #[default]
    Ok,
    /// `200 text/html` "n8n is starting up. Please wait": the post is lost.
    StartingUp,
    /// 404 with n8n's JSON: the workflow is not active.
    NotRegistered,
    /// 404 with an HTML page: up, but the hooks are not registered yet.
    NotReady,
    /// 403: a header that the node demands is missing.
    Forbidden,
    /// 500.
    ServerError,
    /// 429, seconds in `Retry-After`.
    TooManyRequests { retry_after: u32 },
    /// 409 "is running already", as a Wait node that is called too early.
    Running,
    /// 409 "has finished already": final.
    Finished,
    /// 302 to this address.
    Redirect(String),
    /// The post is read and never answered; the workflow does not run.
    Hang,
    /// The connection is closed without an answer; the workflow does not run.
    Drop,
    /// The workflow runs, but the answer is lost: a second try is a repeat.
    RunThenDrop,
    /// Connections are refused, for as long as the mode is set: n8n is stopped.
    Refuse,
}

/// A post as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub at: Instant,
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    /// The bytes that were sent, to check a signature over.
    pub body: Bytes,
    /// Absent when no answer was sent.
    pub status: Option<u16>,
    /// Whether the workflow ran.
    pub accepted: bool,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `webhook-id` header: the same on every try.
    pub fn id(&self) -> Option<&str> {
        self.header("webhook-id")
    }

    /// The body as the workflow sees it: nothing unless the content type is `application/json`, as in n8n.
    pub fn json(&self) -> Option<Value> {
        let kind = self.header("content-type")?.split(';').next()?.trim();
        kind.eq_ignore_ascii_case("application/json").then(|| serde_json::from_slice(&self.body).ok())?
    }
}

/// A running receiver. Dropped, it stops; [`stop`](Self::stop) also waits for it.
#[derive(Debug)]
pub struct WebhookReceiver {
    server: Server,
    url: Url,
    test_url: Url,
    desk: Arc<Desk>,
}

impl WebhookReceiver {
    /// On a port that the system chooses.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(0).await
    }

    pub async fn start_on(port: u16) -> io::Result<Self> {
        let bound = Bound::new(port).await?;
        let at = |path| bound.origin().join(path).map_err(io::Error::other);
        let (url, test_url) = (at("webhook/glaneur")?, at("webhook-test/glaneur")?);
        let desk = Arc::new(Desk { state: Mutex::default(), door: watch::Sender::new(Door::Open), accepted: watch::Sender::new(0) });
        let served = Arc::clone(&desk);
        let server = bound.serve(desk.door.subscribe(), move |request| Arc::clone(&served).take(request));
        Ok(Self { server, url, test_url, desk })
    }

    /// `http://127.0.0.1:<port>/webhook/glaneur`; any other path is taken as well.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The address of n8n's editor: it takes ONE post, then answers 404.
    pub fn test_url(&self) -> &Url {
        &self.test_url
    }

    /// From now on, until it is set again.
    pub fn set(&self, mode: Mode) {
        self.switch(mode, None);
    }

    /// For the next `posts` posts, then [`Mode::Ok`]. [`Mode::Refuse`] sees no posts, so it lasts until it is set again.
    pub fn set_for(&self, mode: Mode, posts: u32) {
        if posts == 0 { self.switch(Mode::Ok, None) } else { self.switch(mode, Some(posts)) }
    }

    fn switch(&self, mode: Mode, left: Option<u32>) {
        let door = if mode == Mode::Refuse { Door::Shut } else { Door::Open };
        let mut state = lock(&self.desk.state);
        state.mode = mode;
        state.left = left;
        drop(state);
        self.desk.door.send_replace(door);
    }

    /// The posts that ran the workflow, of the last [`POSTS_KEPT`], in their order.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.desk.state).posts.iter().filter(|post| post.accepted).cloned().collect()
    }

    /// The last [`POSTS_KEPT`] posts whatever became of them, in the order in which they were read.
    pub fn attempts(&self) -> Vec<Received> {
        lock(&self.desk.state).posts.iter().cloned().collect()
    }

    /// How many posts ran the workflow, repeats included.
    pub fn total(&self) -> u64 {
        *self.desk.accepted.borrow()
    }

    /// How many posts came.
    pub fn total_attempts(&self) -> u64 {
        lock(&self.desk.state).attempts
    }

    /// The different `webhook-id`s of the posts that ran the workflow, at most [`IDS_KEPT`].
    pub fn unique_ids(&self) -> BTreeSet<String> {
        lock(&self.desk.state).ids.clone()
    }

    /// Waits until [`total`](Self::total) is `n` or more; `false` when `timeout` passes first.
    pub async fn wait_for(&self, n: u64, timeout: Duration) -> bool {
        let mut accepted = self.desk.accepted.subscribe();
        let enough = accepted.wait_for(|total| *total >= n);
        matches!(tokio::time::timeout(timeout, enough).await, Ok(Ok(_)))
    }

    /// Forgets posts, ids and totals; the mode stays.
    pub fn forget(&self) {
        let mut state = lock(&self.desk.state);
        let (mode, left) = (state.mode.clone(), state.left);
        *state = State { mode, left, ..State::default() };
        self.desk.accepted.send_replace(0);
    }

    /// Cuts what is running, frees the port and returns.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

#[derive(Debug)]
struct Desk {
    state: Mutex<State>,
    door: watch::Sender<Door>,
    accepted: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    mode: Mode,
    /// Posts that the mode is still for; none: until it is set again.
    left: Option<u32>,
    posts: VecDeque<Received>,
    attempts: u64,
    ids: BTreeSet<String>,
    test_hook_used: bool,
}

impl State {
    /// The mode that the next post meets.
    fn next_mode(&mut self, path: &str) -> Mode {
        if path.starts_with("/webhook-test/") && std::mem::replace(&mut self.test_hook_used, true) {
            return Mode::NotRegistered;
        }
        match &mut self.left {
            Some(1) => {
                self.left = None;
                std::mem::take(&mut self.mode)
            }
            Some(left) => {
                *left -= 1;
                self.mode.clone()
            }
            None => self.mode.clone(),
        }
    }

    fn keep(&mut self, post: Received) {
        self.attempts += 1;
        if post.accepted && self.ids.len() < IDS_KEPT {
            self.ids.extend(post.id().map(str::to_owned));
        }
        if self.posts.len() == POSTS_KEPT {
            self.posts.pop_front();
        }
        self.posts.push_back(post);
    }
}

impl Desk {
    async fn take(self: Arc<Self>, request: Request<Incoming>) -> Answer {
        let at = Instant::now();
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        if head.method != Method::POST {
            return Ok(not_registered(&head.method, head.uri.path()));
        }
        let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
            return Ok((StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"code": 0, "message": "request entity too large"}))).into_response());
        };
        let mode = lock(&self.state).next_mode(&path);
        let accepted = matches!(mode, Mode::Ok | Mode::RunThenDrop);
        let answer = respond(&mode, head.uri.path());
        let status = answer.as_ref().map(|response| response.status().as_u16());
        // Kept and counted under one lock: whoever has waited for a total finds that many posts.
        {
            let mut state = lock(&self.state);
            state.keep(Received { at, path, headers: head.headers, body: body.to_bytes(), status, accepted });
            if accepted {
                self.accepted.send_modify(|total| *total += 1);
            }
        }
        match answer {
            Some(response) => Ok(response),
            None if mode == Mode::Hang => std::future::pending().await,
            None => Err(Cut),
        }
    }
}

fn respond(mode: &Mode, path: &str) -> Option<Response<Body>> {
    let html = |status: StatusCode, text: &str| {
        (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], format!("<!DOCTYPE html><html><body>{text}</body></html>"))
            .into_response()
    };
    let coded = |status: StatusCode, message: &str| (status, Json(json!({"code": status.as_u16(), "message": message}))).into_response();
    Some(match mode {
        Mode::Ok => Json(json!({"message": "Workflow was started"})).into_response(),
        Mode::StartingUp => html(StatusCode::OK, "n8n is starting up. Please wait"),
        Mode::NotRegistered => not_registered(&Method::POST, path),
        Mode::NotReady => html(StatusCode::NOT_FOUND, "<pre>Cannot POST</pre>"),
        Mode::Forbidden => coded(StatusCode::FORBIDDEN, "Authorization data is wrong!"),
        Mode::ServerError => coded(StatusCode::INTERNAL_SERVER_ERROR, "Error in workflow"),
        Mode::TooManyRequests { retry_after } => {
            let mut response = coded(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
            response
        }
        Mode::Running => coded(StatusCode::CONFLICT, "The execution \"231\" is running already."),
        Mode::Finished => coded(StatusCode::CONFLICT, "The execution \"231\" has finished already."),
        Mode::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to.as_str())]).into_response(),
        Mode::Hang | Mode::Drop | Mode::RunThenDrop | Mode::Refuse => return None,
    })
}

fn not_registered(method: &Method, path: &str) -> Response<Body> {
    let hook = path.trim_start_matches('/').split_once('/').map_or(path, |(_, hook)| hook);
    let message = match *method {
        Method::POST => format!("The requested webhook \"POST {hook}\" is not registered."),
        _ => format!("This webhook is not registered for {method} requests. Did you mean to make a POST request?"),
    };
    let hint = "The workflow must be active for a production URL to run successfully. You can activate the workflow using the toggle in the top-right of the editor.";
    (StatusCode::NOT_FOUND, Json(json!({"code": 404, "message": message, "hint": hint}))).into_response()
}
