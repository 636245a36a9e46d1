//! The gRPC door: services, reflection and health. Each method translates and calls jobs.

mod delivery;
mod egress;
mod feed;
mod follow;
mod job;
mod scrape;
mod shop;
mod wire;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Body as _, Frame};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::codec::CompressionEncoding::Gzip;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, HealthService};

use crate::error::{Error, ErrorKind};
use crate::scrape::Glaneur;

use super::fault::{Class, Fault};
use super::gate::Desk;
use super::intake::Rules;
use super::proto::{
    DESCRIPTORS, delivery_service_server, egress_service_server, job_service_server, scrape_service_server, shop_service_server,
};
use super::settings::Settings;

/// How long a client that watches our health may see NOT_SERVING before its stream ends.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// What tonic says of a message that is longer than it may be, or unpacks to more.
const TOO_LONG: [&str; 2] = ["decoded message length too large", "exceeded while decompressing message"];
const SEND_LESS: &str = "the message is longer than this server takes: send the list in parts or by ScrapeStream";

type ScrapeServer = scrape_service_server::ScrapeServiceServer<scrape::Service>;
type JobServer = job_service_server::JobServiceServer<job::Service>;
type DeliveryServer = delivery_service_server::DeliveryServiceServer<delivery::Service>;
type EgressServer = egress_service_server::EgressServiceServer<egress::Service>;
type ShopServer = shop_service_server::ShopServiceServer<shop::Service>;

/// What the services are built from.
#[derive(Clone, Debug)]
pub(super) struct Doors {
    pub(super) desk: Desk,
    pub(super) glaneur: Glaneur,
    pub(super) rules: Rules,
    pub(super) drain: CancellationToken,
    /// Until the first item of a stream.
    pub(super) patience: Duration,
    /// Where work goes that must outlive its request; the server waits for it.
    pub(super) tasks: TaskTracker,
}

/// `grpc.health.v1`: the whole server under the empty name, and each service.
#[derive(Debug)]
pub(super) struct Health {
    reporter: HealthReporter,
}

const SERVICES: [&str; 6] = ["", ScrapeServer::NAME, JobServer::NAME, DeliveryServer::NAME, ShopServer::NAME, EgressServer::NAME];

impl Health {
    pub(super) async fn serving() -> Self {
        let health = Self { reporter: HealthReporter::new() };
        health.turn(ServingStatus::Serving).await;
        health
    }

    pub(super) async fn stop(&self) {
        self.turn(ServingStatus::NotServing).await;
    }

    async fn turn(&self, status: ServingStatus) {
        for service in SERVICES {
            self.reporter.set_service_status(service, status).await;
        }
    }
}

/// Adds every gRPC service to the routes of `pages`.
pub(super) fn mount(pages: Router, doors: Doors, health: &Health, settings: &Settings) -> Result<Router, Error> {
    let max_message_bytes = settings.max_message_bytes;
    let drain = doors.drain.clone();
    let scrape = ScrapeServer::new(scrape::Service { doors: doors.clone() });
    let job = JobServer::new(job::Service { doors: doors.clone() });
    let delivery = DeliveryServer::new(delivery::Service { desk: doors.desk.clone() });
    let egress = EgressServer::new(egress::Service { glaneur: doors.glaneur.clone() });
    let shop = ShopServer::new(shop::Service { glaneur: doors.glaneur });
    let watched = Routes::default()
        .add_service(tonic_health::pb::health_server::HealthServer::new(HealthService::from_health_reporter(health.reporter.clone())));
    let watched = reflect(watched)?.into_axum_router().reset_fallback().layer(middleware::from_fn_with_state(drain, end_with_the_house));
    Ok(Routes::from(pages.merge(watched))
        .add_service(scrape.max_decoding_message_size(max_message_bytes).accept_compressed(Gzip).send_compressed(Gzip))
        .add_service(job.max_decoding_message_size(max_message_bytes).accept_compressed(Gzip).send_compressed(Gzip))
        .add_service(delivery.max_decoding_message_size(max_message_bytes).accept_compressed(Gzip).send_compressed(Gzip))
        .add_service(egress.max_decoding_message_size(max_message_bytes).accept_compressed(Gzip).send_compressed(Gzip))
        .add_service(shop.max_decoding_message_size(max_message_bytes).accept_compressed(Gzip).send_compressed(Gzip))
        .into_axum_router()
        .layer(middleware::map_response(tell_what_to_send_instead))
        .layer(middleware::from_fn_with_state(settings.body_timeout, hurry)))
}

/// A gRPC call is whole in time, or it fails. Streams of the caller's have all the time they want: a `ScrapeStream` bounds its
/// beginning itself, and reflection costs nothing while it waits.
async fn hurry(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let is_grpc = request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    let path = request.uri().path();
    if !is_grpc || request.body().is_end_stream() || path.ends_with("/ScrapeStream") || path.starts_with("/grpc.reflection.") {
        return next.run(request).await;
    }
    let until = tokio::time::Instant::now() + limit;
    let late = move || {
        let message = format!("the message did not arrive within {} s: send it faster", limit.as_secs_f32());
        tonic::Status::from(Fault::new(Class::BodyTimeout, message))
    };
    let request = request.map(|mut body| {
        Body::new(StreamBody::new(async_stream::stream! {
            loop {
                match tokio::time::timeout_at(until, body.frame()).await {
                    Ok(Some(frame)) => yield frame,
                    Ok(None) => return,
                    Err(_) => {
                        yield Err(axum::Error::new(late()));
                        return;
                    }
                }
            }
        }))
    });
    next.run(request).await
}

/// Reflection v1, and v1alpha for grpcurl before 1.8.8.
fn reflect(routes: Routes) -> Result<Routes, Error> {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // `google.rpc.BadRequest` and its kin, so that grpcurl can show what our errors carry.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    let unreadable = |error| Error::new(ErrorKind::Internal, "the descriptors that were built in cannot be read").because(error);
    Ok(routes.add_service(builder().build_v1().map_err(unreadable)?).add_service(builder().build_v1alpha().map_err(unreadable)?))
}

/// Health and reflection streams know nothing of a drain, and their clients keep them open for ever.
async fn end_with_the_house(State(drain): State<CancellationToken>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    // An answer that is headers only must stay so: in a stream it would look like one whose trailers were lost.
    if response.body().is_end_stream() {
        return response;
    }
    let over = async move {
        drain.cancelled().await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    response.map(|body| {
        let frames = async_stream::stream! {
            let mut body = body;
            let mut over = std::pin::pin!(over);
            loop {
                tokio::select! {
                    biased;
                    frame = body.frame() => match frame {
                        Some(frame) => yield frame,
                        None => return,
                    },
                    () = &mut over => {
                        yield Ok(Frame::trailers(stopping()));
                        return;
                    }
                }
            }
        };
        Body::new(StreamBody::new(frames))
    })
}

fn is_too_long(told: &str) -> bool {
    TOO_LONG.iter().any(|words| told.contains(words))
}

/// The codec refuses a message that is too long in its own words, before a service sees it.
async fn tell_what_to_send_instead(response: Response) -> Response {
    let told = response.headers().get("grpc-message").and_then(|message| message.to_str().ok());
    // Percent-encoded, as the header wants it.
    if told.is_some_and(|told| is_too_long(&told.replace("%20", " "))) {
        return tonic::Status::from(Fault::new(Class::TooLarge, SEND_LESS)).into_http();
    }
    response
}

fn stopping() -> HeaderMap {
    HeaderMap::from_iter([
        (HeaderName::from_static("grpc-status"), HeaderValue::from(tonic::Code::Unavailable as i32)),
        (HeaderName::from_static("grpc-message"), HeaderValue::from_static("the server is stopping")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_of_headers_only_stays_one() {
        let refuse = || async { tonic::Status::not_found("there is no such service").into_http::<Body>() };
        let layer = middleware::from_fn_with_state(CancellationToken::new(), end_with_the_house);
        let mut router: Router = Router::new().route("/", axum::routing::get(refuse)).layer(layer);
        let answer = tonic::codegen::Service::call(&mut router, Request::new(Body::empty())).await.unwrap();
        assert!(answer.body().is_end_stream());
    }
}
