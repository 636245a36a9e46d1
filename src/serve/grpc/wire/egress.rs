//! Routes and what was seen of them.

use crate::egress::{Isolation, Names, RouteReport};
use crate::serve::proto;

use super::milliseconds;

pub(in crate::serve::grpc) fn route_report(report: &RouteReport) -> proto::CheckRoutesResponse {
    let RouteReport { route, failure, exits, names, isolation, ready, first, again } = report;
    let route = route.to_string();
    if failure.is_some() {
        return proto::CheckRoutesResponse { route, failure: failure.clone(), ..proto::CheckRoutesResponse::default() };
    }
    proto::CheckRoutesResponse {
        route,
        failure: None,
        exits: exits.iter().map(ToString::to_string).collect(),
        names: name_lookup(*names).into(),
        isolation: self::isolation(*isolation).into(),
        ready_ms: milliseconds(*ready),
        first_ms: milliseconds(*first),
        again_ms: milliseconds(*again),
    }
}

fn name_lookup(names: Names) -> proto::NameLookup {
    match names {
        Names::Local => proto::NameLookup::Local,
        Names::Remote => proto::NameLookup::Remote,
    }
}

fn isolation(isolation: Isolation) -> proto::Isolation {
    match isolation {
        Isolation::None => proto::Isolation::None,
        Isolation::Real => proto::Isolation::Real,
        Isolation::Unseen => proto::Isolation::Unseen,
        Isolation::Unsteady => proto::Isolation::Unsteady,
    }
}
