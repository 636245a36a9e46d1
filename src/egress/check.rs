//! Whether a route works, as the world sees it: which exit, where names are looked up, and whether identities are apart.
//!
//! It asks a page that tells the address of its visitor, by the same clients as the shops are asked by, and by no other route.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use futures::future::join_all;
use serde::{Serialize, Serializer};
use tokio::time::Instant;
use url::Url;

use super::{Egress, FetchError, Holder, JobKey, Reach};
use crate::model::{Request, Route, ShopName, host_of};

/// Identities that are tried at the same time. Tor chooses exits by chance: six with the same one are rare.
pub(crate) const IDENTITIES: usize = 6;

/// The Tor project's own: it also tells whether the visitor came by Tor.
#[allow(clippy::expect_used, reason = "an address of our own")]
pub(super) fn default_url() -> Url {
    Url::parse("https://check.torproject.org/api/ip").expect("an address of our own")
}

/// What was seen of one route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteReport {
    pub route: Route,
    /// Why it cannot be used; then nothing below is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The address from which each identity came.
    pub exits: Vec<IpAddr>,
    pub names: Names,
    pub isolation: Isolation,
    /// Until it could be used at all: Tor's start.
    #[serde(rename = "ready_ms", serialize_with = "milliseconds")]
    pub ready: Duration,
    /// A first request, with its connection.
    #[serde(rename = "first_ms", serialize_with = "milliseconds")]
    pub first: Duration,
    /// A second one of the same identity.
    #[serde(rename = "again_ms", serialize_with = "milliseconds")]
    pub again: Duration,
}

/// Where the names of hosts are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Names {
    /// By this machine's resolver.
    Local,
    /// By the proxy or the exit: the client has no resolver for them, so that none can be looked up here.
    Remote,
}

/// Whether a shop could tell that two identities are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// There is one way out, and every identity takes it.
    None,
    /// Identities came from different addresses, and the one that asked twice from the same.
    Real,
    /// All identities came from one address: the proxy does not part them, or chance did not.
    Unseen,
    /// One identity came from two addresses: the proxy changes exits within an identity.
    Unsteady,
}

impl Names {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
        }
    }
}

impl Isolation {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Real => "real",
            Self::Unseen => "unseen",
            Self::Unsteady => "unsteady",
        }
    }
}

/// What one identity saw.
struct Visit {
    exit: IpAddr,
    took: Duration,
}

impl Egress {
    /// Asks the page of `[egress] check_url`, once for each of these jobs and twice for the first.
    pub(crate) async fn check(&self, route: &Route, jobs: &[JobKey]) -> RouteReport {
        let mut report = RouteReport::of(route);
        if let Err(failure) = self.visit_all(&mut report, jobs).await {
            report.failure = Some(failure);
        }
        jobs.iter().for_each(|job| self.leave(*job));
        report
    }

    async fn visit_all(&self, report: &mut RouteReport, jobs: &[JobKey]) -> Result<(), String> {
        let (Some((first, others)), route) = (jobs.split_first(), report.route.clone()) else { return Ok(()) };
        let since = Instant::now();
        self.identity(&holder(*first), &route).await.map_err(|error| error.to_string())?;
        report.ready = since.elapsed();
        let begun = self.visit(*first, &route).await?;
        let again = self.visit(*first, &route).await?;
        (report.first, report.again) = (begun.took, again.took);
        report.exits.push(begun.exit);
        if route != Route::Direct {
            for visit in join_all(others.iter().map(|job| self.visit(*job, &route))).await {
                report.exits.push(visit?.exit);
            }
            report.isolation = judge(&report.exits, again.exit);
        }
        Ok(())
    }

    async fn visit(&self, job: JobKey, route: &Route) -> Result<Visit, String> {
        let url = &self.0.settings.check_url;
        let told = |error: FetchError| error.to_string();
        let identity = self.identity(&holder(job), route).await.map_err(told)?;
        let since = Instant::now();
        let page = self.fetch(&identity, &Request::get(url.clone()), &Reach::Any, None).await.map_err(told)?.page;
        let exit = address(&page.text);
        let exit = exit.ok_or_else(|| format!("{} answered {} without an address; see [egress] check_url", host_of(url), page.status))?;
        Ok(Visit { exit, took: since.elapsed() })
    }
}

impl RouteReport {
    fn of(route: &Route) -> Self {
        let names = if *route == Route::Direct { Names::Local } else { Names::Remote };
        let (ready, first, again) = Default::default();
        Self { route: route.clone(), failure: None, exits: Vec::new(), names, isolation: Isolation::None, ready, first, again }
    }
}

fn holder(job: JobKey) -> Holder {
    Holder { shop: ShopName::new("check"), job }
}

fn judge(exits: &[IpAddr], again: IpAddr) -> Isolation {
    match exits.first() {
        Some(first) if *first != again => Isolation::Unsteady,
        _ if exits.iter().collect::<BTreeSet<_>>().len() > 1 => Isolation::Real,
        _ => Isolation::Unseen,
    }
}

/// The first address in the answer, be it plain text or JSON.
fn address(text: &str) -> Option<IpAddr> {
    text.split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':'))).find_map(|word| word.trim_matches(':').parse().ok())
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_text_and_json() {
        for (text, found) in [
            ("203.0.113.7\n", Some("203.0.113.7")),
            (r#"{"IsTor":true,"IP":"203.0.113.7"}"#, Some("203.0.113.7")),
            (r#"{"ip":"2001:db8::1","country":"FR"}"#, Some("2001:db8::1")),
            ("<html>403 Forbidden, 12:30</html>", None),
            ("", None),
        ] {
            assert_eq!(address(text), found.map(|text| text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn identities_are_apart_when_their_exits_are() {
        let [one, two] = ["203.0.113.7", "203.0.113.8"].map(|text| text.parse::<IpAddr>().unwrap());
        assert_eq!(judge(&[one, two, one], one), Isolation::Real);
        assert_eq!(judge(&[one, one], one), Isolation::Unseen);
        assert_eq!(judge(&[one, two], two), Isolation::Unsteady);
    }
}
