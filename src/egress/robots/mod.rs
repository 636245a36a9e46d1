//! robots.txt as RFC 9309 reads it: what a shop forbids, how slowly it wants to be asked, and for how long that holds.
//!
//! This room fetches nothing: whoever asks brings the request, and many who ask at once bring it once ([`RobotsCache`]). Parsing and
//! matching are the `robotxt` crate's.
//!
//! Groups for [`AGENT`] hold for us, wherever they stand in the file; without one, those for `*`.

mod cache;
#[cfg(test)]
mod tests;

use std::time::Duration;

use robotxt::Robots;
use url::{Origin, Position, Url};

pub use cache::RobotsCache;

/// The product token that shops may address us by: `User-agent: glaneur`.
pub const AGENT: &str = "glaneur";

/// A longer `Crawl-delay` than this is kept as this one: ten minutes between two pages are as good as a refusal, and typing errors
/// are common.
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// What came of the request for robots.txt. Redirects are followed before, five at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A page, of which the first 500 KiB count.
    File(Vec<u8>),
    /// The shop has no such file or shows it to nobody: everything is allowed.
    Unavailable,
    /// Nobody knows what the shop wants: everything is forbidden until it answers, or what it wanted last time still holds.
    /// `status`: what was answered, if anything was.
    Unreachable { reason: String, status: Option<u16> },
}

impl Answer {
    /// Sorts an answer by its status. 429 counts with the server errors: a shop that is asked too often has not said yes.
    pub fn of(status: u16, body: Vec<u8>) -> Self {
        match status {
            200..300 => Self::File(body),
            429 | 500.. => Self::Unreachable { reason: format!("robots.txt answered {status}"), status: Some(status) },
            _ => Self::Unavailable,
        }
    }
}

/// Whether a page may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    Allowed,
    /// `reason` is the rule that says so, or why nobody knows.
    Forbidden {
        reason: String,
    },
}

/// What one origin's robots.txt says to us.
#[derive(Clone, Debug)]
pub struct Rules {
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    Told(Robots),
    Anything,
    Unknown(Unknown),
}

/// Nobody knows what a shop wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub reason: String,
    /// What was answered, if anything was.
    pub status: Option<u16>,
}

impl Rules {
    pub fn of(answer: &Answer) -> Self {
        let wanted = match answer {
            Answer::File(body) => Wanted::Told(Robots::parse(body, AGENT)),
            Answer::Unavailable => Wanted::Anything,
            Answer::Unreachable { reason, status } => Wanted::Unknown(Unknown { reason: reason.clone(), status: *status }),
        };
        Self { wanted }
    }

    /// Whether this page of the origin may be fetched. robots.txt itself always may.
    pub fn permission(&self, url: &Url) -> Permission {
        let path = &url[Position::BeforePath..Position::AfterQuery];
        let reason = match &self.wanted {
            Wanted::Anything => return Permission::Allowed,
            _ if url.path() == "/robots.txt" => return Permission::Allowed,
            Wanted::Unknown(Unknown { reason, .. }) => format!("what robots.txt allows is not known: {reason}"),
            Wanted::Told(robots) => match robots.matching_rule(path).filter(|rule| !rule.is_allow()) {
                None => return Permission::Allowed,
                Some(rule) => format!("robots.txt says \"Disallow: {}\" to {}", rule.pattern(), robots.user_agent()),
            },
        };
        Permission::Forbidden { reason }
    }

    /// The least time between two requests that the shop asks for; at most ten minutes.
    pub fn crawl_delay(&self) -> Option<Duration> {
        match &self.wanted {
            Wanted::Told(robots) => robots.crawl_delay().map(|delay| delay.min(LONGEST_DELAY)),
            Wanted::Anything | Wanted::Unknown(_) => None,
        }
    }

    /// Why nobody knows what the shop wants.
    pub fn unknown(&self) -> Option<&Unknown> {
        match &self.wanted {
            Wanted::Unknown(unknown) => Some(unknown),
            Wanted::Told(_) | Wanted::Anything => None,
        }
    }
}

/// Where the rules for a page stand: scheme, host and port count, and nothing else. Nothing for what no server has.
pub fn address(url: &Url) -> Option<Url> {
    let Origin::Tuple(..) = url.origin() else { return None };
    url.join("/robots.txt").ok().map(|mut url| {
        // Nobody's password goes into a log; http and https have both, so neither fails.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url
    })
}
