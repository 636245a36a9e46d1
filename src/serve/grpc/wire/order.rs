//! From a request to an order.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use tonic::Request;

use crate::jobs::CallbackEvents;
use crate::model::{Batch, Code, Item, MediaMode, ShopName};
use crate::serve::fault::Fault;
use crate::serve::intake::Order;
use crate::serve::proto;

/// The peer's address, as the connection noted it.
pub(in crate::serve::grpc) fn caller<T>(request: &Request<T>) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

pub(in crate::serve::grpc) fn order(request: proto::ScrapeRequest) -> Result<Order, Fault> {
    let proto::ScrapeRequest { eans, ignored3400, shops, callback_url, callback_events, idempotency_key, cancel_on_disconnect: _, media } =
        request;
    Ok(Order {
        batch: Batch { items: eans.iter().map(item).collect(), ignored3400, shops: names(&shops), media: mode(media)? },
        callback_url: callback_url.filter(|url| !url.is_empty()),
        callback_events: events(callback_events)?,
        idempotency_key,
    })
}

pub(in crate::serve::grpc) fn order_of_stream(options: proto::ScrapeOptions) -> Result<Order, Fault> {
    let proto::ScrapeOptions { ignored3400, shops, callback_url, callback_events, cancel_on_disconnect: _, media } = options;
    Ok(Order {
        batch: Batch { items: Vec::new(), ignored3400, shops: names(&shops), media: mode(media)? },
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

fn events(number: i32) -> Result<Option<CallbackEvents>, Fault> {
    use proto::scrape_request::CallbackEvents as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Unspecified) => Ok(None),
        Ok(Wire::All) => Ok(Some(CallbackEvents::All)),
        Ok(Wire::Completed) => Ok(Some(CallbackEvents::Completed)),
        Err(_) => Err(Fault::argument("callback_events", format!("{number} is not known: use ALL or COMPLETED"))),
    }
}
