//! From a request to an order.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::ConnectInfo;
use tonic::Request;

use crate::jobs::CallbackEvents;
use crate::model::{Batch, Code, Item, MediaMode, Route, RouteWish, ShopName};
use crate::serve::fault::Fault;
use crate::serve::intake::Order;
use crate::serve::proto;

/// The peer's address, as the connection noted it.
pub(in crate::serve::grpc) fn caller<T>(request: &Request<T>) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

pub(in crate::serve::grpc) fn order(request: proto::ScrapeRequest) -> Result<Order, Fault> {
    let proto::ScrapeRequest {
        eans,
        ignored3400,
        shops,
        callback_url,
        callback_events,
        idempotency_key,
        cancel_on_disconnect: _,
        media,
        route,
        max_age,
    } = request;
    Ok(Order {
        batch: Batch {
            items: eans.iter().map(item).collect(),
            ignored3400,
            shops: names(&shops),
            media: mode(media)?,
            route: wish(route)?,
            max_age: max_age.map(lasting).transpose()?,
        },
        callback_url: callback_url.filter(|url| !url.is_empty()),
        callback_events: events(callback_events)?,
        idempotency_key,
    })
}

pub(in crate::serve::grpc) fn order_of_stream(options: proto::ScrapeOptions) -> Result<Order, Fault> {
    let proto::ScrapeOptions { ignored3400, shops, callback_url, callback_events, cancel_on_disconnect: _, media, route, max_age } =
        options;
    Ok(Order {
        batch: Batch {
            items: Vec::new(),
            ignored3400,
            shops: names(&shops),
            media: mode(media)?,
            route: wish(route)?,
            max_age: max_age.map(lasting).transpose()?,
        },
        callback_url: callback_url.filter(|url| !url.is_empty()),
        callback_events: events(callback_events)?,
        idempotency_key: None,
    })
}

pub(in crate::serve::grpc) fn item(item: &proto::Item) -> Item {
    Item::new(Code::parse(&item.primary), item.replacement.as_deref().and_then(Code::parse_optional))
}

fn names(shops: &[String]) -> Vec<ShopName> {
    shops.iter().map(|name| ShopName::new(name.as_str())).collect()
}

fn mode(number: i32) -> Result<Option<MediaMode>, Fault> {
    match proto::MediaMode::try_from(number) {
        Ok(proto::MediaMode::Unspecified) => Ok(None),
        Ok(proto::MediaMode::Listed) => Ok(Some(MediaMode::Listed)),
        Ok(proto::MediaMode::Probe) => Ok(Some(MediaMode::Probe)),
        Err(_) => Err(Fault::argument("media", format!("{number} is not known: use MEDIA_MODE_LISTED or MEDIA_MODE_PROBE"))),
    }
}

pub(super) fn media_of(mode: Option<MediaMode>) -> proto::MediaMode {
    match mode {
        None => proto::MediaMode::Unspecified,
        Some(MediaMode::Listed) => proto::MediaMode::Listed,
        Some(MediaMode::Probe) => proto::MediaMode::Probe,
    }
}

fn lasting(age: prost_types::Duration) -> Result<Duration, Fault> {
    Duration::try_from(age).map_err(|_| Fault::argument("max_age", "max_age is below zero: give a duration from 0s up"))
}

fn wish(routes: Option<proto::Routes>) -> Result<RouteWish, Fault> {
    let Some(proto::Routes { search, page, image }) = routes else { return Ok(RouteWish::default()) };
    Ok(RouteWish { search: route("route.search", search)?, page: route("route.page", page)?, image: route("route.image", image)? })
}

fn route(field: &'static str, number: i32) -> Result<Option<Route>, Fault> {
    match proto::Route::try_from(number) {
        Ok(proto::Route::Unspecified) => Ok(None),
        Ok(proto::Route::Direct) => Ok(Some(Route::Direct)),
        Ok(proto::Route::Tor) => Ok(Some(Route::Tor)),
        Err(_) => Err(Fault::argument(field, format!("{number} is not known: use ROUTE_DIRECT or ROUTE_TOR"))),
    }
}

pub(super) fn routes_of(wish: &RouteWish) -> Option<proto::Routes> {
    let one = |route: &Option<Route>| match route {
        Some(Route::Direct) => proto::Route::Direct,
        Some(Route::Tor) => proto::Route::Tor,
        // No caller can name a proxy.
        Some(Route::Proxies(_)) | None => proto::Route::Unspecified,
    };
    let routes = proto::Routes { search: one(&wish.search).into(), page: one(&wish.page).into(), image: one(&wish.image).into() };
    (!wish.is_empty()).then_some(routes)
}

fn events(number: i32) -> Result<Option<CallbackEvents>, Fault> {
    use proto::scrape_request::CallbackEvents as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Unspecified) => Ok(None),
        Ok(Wire::All) => Ok(Some(CallbackEvents::All)),
        Ok(Wire::Completed) => Ok(Some(CallbackEvents::Completed)),
        Err(_) => Err(Fault::argument("callback_events", format!("{number} is not known: use ALL or COMPLETED"))),
    }
}
