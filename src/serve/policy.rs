//! Which scope each route and each gRPC method needs. The one place that says so; what it does not name needs `admin`.

use axum::http::Method;

use crate::access::Scope;

/// What a caller must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: orchestrators and load balancers have no tokens, and learn no more than that we live.
    Nothing,
    /// Any token: what tells nothing of anybody's jobs.
    Token,
    Scope(Scope),
}

const SUBMIT: Need = Need::Scope(Scope::Submit);
const READ: Need = Need::Scope(Scope::Read);
const ADMIN: Need = Need::Scope(Scope::Admin);

/// By the paths of `ROUTES`; HEAD is as GET.
const HTTP: &[(Method, &str, Need)] = &[
    (Method::POST, "/api/scrape", SUBMIT),
    (Method::GET, "/api/jobs", READ),
    (Method::GET, "/api/jobs/{id}", READ),
    (Method::DELETE, "/api/jobs/{id}", SUBMIT),
    (Method::GET, "/api/jobs/{id}/events", READ),
    (Method::GET, "/api/jobs/{id}/results", READ),
    (Method::GET, "/api/jobs/{id}/deliveries", READ),
    (Method::POST, "/api/jobs/{id}/deliveries/replay", ADMIN),
    // Over all jobs, whosever they are.
    (Method::GET, "/api/deliveries", ADMIN),
    (Method::POST, "/api/deliveries/replay", ADMIN),
    (Method::GET, "/api/deliveries/{webhook_id}", ADMIN),
    (Method::POST, "/api/deliveries/{webhook_id}/replay", ADMIN),
    (Method::GET, "/api/endpoints", ADMIN),
    (Method::GET, "/api/shops", READ),
    (Method::POST, "/api/egress/check", ADMIN),
    // Counts by shop and endpoint; what was looked for is not in them.
    (Method::GET, "/metrics", READ),
    (Method::GET, "/api/health", Need::Nothing),
    (Method::GET, "/healthz", Need::Nothing),
    (Method::GET, "/readyz", Need::Nothing),
    (Method::GET, "/", Need::Token),
    (Method::GET, "/style.css", Need::Token),
];

/// By the methods' full names. A service of others ends with a slash and is meant whole.
const GRPC: &[(&str, Need)] = &[
    // The caller follows what he handed in himself.
    ("/glaneur.v1.ScrapeService/Scrape", SUBMIT),
    ("/glaneur.v1.ScrapeService/ScrapeStream", SUBMIT),
    ("/glaneur.v1.JobService/CreateJob", SUBMIT),
    ("/glaneur.v1.JobService/GetJob", READ),
    ("/glaneur.v1.JobService/ListJobs", READ),
    ("/glaneur.v1.JobService/CancelJob", SUBMIT),
    ("/glaneur.v1.JobService/WatchJob", READ),
    ("/glaneur.v1.JobService/ListDeliveries", READ),
    ("/glaneur.v1.JobService/ReplayDeliveries", ADMIN),
    ("/glaneur.v1.DeliveryService/ListDeliveries", ADMIN),
    ("/glaneur.v1.DeliveryService/GetDelivery", ADMIN),
    ("/glaneur.v1.DeliveryService/ReplayDelivery", ADMIN),
    ("/glaneur.v1.DeliveryService/ReplayDeliveries", ADMIN),
    ("/glaneur.v1.DeliveryService/ListEndpoints", ADMIN),
    ("/glaneur.v1.ShopService/ListShops", READ),
    // The page is the caller's own, and reading it is work.
    ("/glaneur.v1.ShopService/ExtractPage", SUBMIT),
    ("/glaneur.v1.EgressService/CheckRoutes", ADMIN),
    ("/grpc.health.v1.Health/", Need::Nothing),
    // Our .proto files are public, but what a stranger may not call he need not list. grpcurl sends its headers here as well.
    ("/grpc.reflection.v1.ServerReflection/", Need::Token),
    ("/grpc.reflection.v1alpha.ServerReflection/", Need::Token),
];

/// `route` is the pattern that the router found for the path, if it found one.
pub(super) fn need(method: &Method, path: &str, route: Option<&str>) -> Need {
    if let Some(need) = of_rpc(path) {
        return need;
    }
    match route {
        Some(route) => of_route(method, route).unwrap_or(ADMIN),
        // Whoever has a token may hear that there is nothing here.
        None => Need::Token,
    }
}

fn of_rpc(path: &str) -> Option<Need> {
    let is_meant = |name: &str| if name.ends_with('/') { path.starts_with(name) } else { path == name };
    GRPC.iter().find(|(name, _)| is_meant(name)).map(|(_, need)| *need)
}

fn of_route(method: &Method, route: &str) -> Option<Need> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    HTTP.iter().find(|(known, path, _)| known == method && *path == route).map(|(_, _, need)| *need)
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::*;
    use crate::serve::ROUTES;
    use crate::serve::proto::DESCRIPTORS;

    #[test]
    fn every_route_says_what_it_needs() {
        for route in ROUTES {
            for method in route.allow.split(',') {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                assert!(of_route(&method, route.path).is_some(), "{method} {}: add it to HTTP", route.path);
            }
        }
        for (method, path, _) in HTTP {
            let route = ROUTES.iter().find(|route| route.path == *path);
            assert!(route.is_some_and(|route| route.allow.split(',').any(|allow| allow == method.as_str())), "{method} {path} is gone");
        }
    }

    #[test]
    fn every_rpc_says_what_it_needs() {
        let files = FileDescriptorSet::decode(DESCRIPTORS).unwrap().file;
        let mut names = Vec::new();
        for file in &files {
            for service in &file.service {
                names.extend(service.method.iter().map(|method| format!("/{}.{}/{}", file.package(), service.name(), method.name())));
            }
        }
        let ours: Vec<_> = names.iter().filter(|name| name.starts_with("/glaneur.")).collect();
        assert!(ours.len() >= 12, "{names:?}");
        for name in &ours {
            assert!(of_rpc(name).is_some(), "{name}: add it to GRPC");
        }
        for (name, _) in GRPC.iter().filter(|(name, _)| name.starts_with("/glaneur.")) {
            assert!(ours.iter().any(|known| known == name), "{name} is gone");
        }
    }

    #[test]
    fn what_nobody_named_needs_admin() {
        assert_eq!(need(&Method::GET, "/api/new", Some("/api/new")), ADMIN);
        assert_eq!(need(&Method::PUT, "/api/jobs", Some("/api/jobs")), ADMIN);
        assert_eq!(need(&Method::POST, "/glaneur.v1.JobService/Drop", Some("/glaneur.v1.JobService/{*rest}")), ADMIN);
        assert_eq!(need(&Method::GET, "/nowhere", None), Need::Token);
        assert_eq!(need(&Method::GET, "/healthz/", None), Need::Token);
    }
}
