//! How requests leave: straight, through Tor, or through proxies, for each phase of the work on its own.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, de};
use url::Url;

/// What a request is for. A shop may be searched in one way and its pages fetched in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    Search,
    Page,
    /// Pictures, videos and sounds.
    Image,
}

/// The address of a proxy. Its password is shown nowhere.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProxyUrl(Url);

/// How a request leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Route {
    /// From this machine's own address.
    #[default]
    Direct,
    /// Through the Tor inside this process.
    Tor,
    /// Through one of these, another one for each identity; never empty.
    Proxies(Arc<[ProxyUrl]>),
}

/// The routes of all phases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    pub search: Route,
    pub page: Route,
    pub image: Route,
}

/// What somebody says about routes: a phase that is not named stays as it was.
///
/// `"tor"`, `["socks5h://127.0.0.1:9050"]` or `{ search = "direct", page = "tor" }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteWish {
    pub search: Option<Route>,
    pub page: Option<Route>,
    pub image: Option<Route>,
}

/// A text that is no route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    #[error("{given:?} is no route: write \"direct\", \"tor\", or the address of a proxy such as \"socks5h://127.0.0.1:9050\"")]
    Unknown { given: String },
    #[error("{given:?} would look names up on this machine, where everybody on the way sees them; write socks5h:// instead")]
    LocalNames { given: String },
    #[error("{given:?} is no proxy: write scheme, host and port, such as \"socks5h://127.0.0.1:9050\"")]
    Proxy { given: String },
    #[error("the list of proxies is empty; name at least one")]
    Empty,
}

impl Phase {
    pub const ALL: [Self; 3] = [Self::Search, Self::Page, Self::Image];

    /// As it is written in recipes, settings and requests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Page => "page",
            Self::Image => "image",
        }
    }
}

impl ProxyUrl {
    /// # Errors
    /// Another scheme than socks5h, http and https, a path, no port where the scheme has none of its own.
    pub fn parse(text: &str) -> Result<Self, RouteError> {
        let given = || masked(text);
        if text.starts_with("socks5://") || text.starts_with("socks4://") || text.starts_with("socks4a://") {
            return Err(RouteError::LocalNames { given: given() });
        }
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "socks5h" | "http" | "https") && url.has_host());
        let bare = url.filter(|url| matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none());
        bare.filter(|url| url.port_or_known_default().is_some()).map(Self).ok_or_else(|| RouteError::Proxy { given: given() })
    }

    /// With its password: for the HTTP client alone.
    pub(crate) fn reveal(&self) -> &Url {
        &self.0
    }
}

/// A text that may hold a password, for an error.
fn masked(text: &str) -> String {
    match text.split_once("://").map(|(scheme, rest)| (scheme, rest.rsplit_once('@'))) {
        Some((scheme, Some((_, host)))) => format!("{scheme}://***@{host}"),
        _ => text.to_owned(),
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(masked(self.0.as_str()).trim_end_matches('/'))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

impl Route {
    /// One word or one proxy.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, RouteError> {
        match text {
            "direct" => Ok(Self::Direct),
            "tor" => Ok(Self::Tor),
            _ if text.contains("://") => Ok(Self::Proxies([ProxyUrl::parse(text)?].into())),
            _ => Err(RouteError::Unknown { given: masked(text) }),
        }
    }

    /// Several proxies, of which each identity takes one.
    ///
    /// # Errors
    /// None at all, or one that is none.
    pub fn through<S: AsRef<str>>(proxies: &[S]) -> Result<Self, RouteError> {
        let proxies: Vec<ProxyUrl> = proxies.iter().map(|text| ProxyUrl::parse(text.as_ref())).collect::<Result<_, _>>()?;
        if proxies.is_empty() { Err(RouteError::Empty) } else { Ok(Self::Proxies(proxies.into())) }
    }

    /// A host by the way that leads to it: of two ways one may be dead alone.
    pub(crate) fn way_to(&self, host: &str) -> String {
        if self.is_clear() { host.to_owned() } else { format!("{host} by {self}") }
    }

    /// Whether the shop sees this machine's own address.
    pub fn is_clear(&self) -> bool {
        *self == Self::Direct
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("direct"),
            Self::Tor => f.write_str("tor"),
            Self::Proxies(proxies) => match &**proxies {
                [one] => write!(f, "{one}"),
                several => write!(f, "{} proxies", several.len()),
            },
        }
    }
}

impl Routes {
    pub fn of(&self, phase: Phase) -> &Route {
        match phase {
            Phase::Search => &self.search,
            Phase::Page => &self.page,
            Phase::Image => &self.image,
        }
    }

    /// The same with what the wish says.
    pub fn with(&self, wish: &RouteWish) -> Self {
        let or = |wished: &Option<Route>, own: &Route| wished.clone().unwrap_or_else(|| own.clone());
        Self { search: or(&wish.search, &self.search), page: or(&wish.page, &self.page), image: or(&wish.image, &self.image) }
    }

    /// The phases in which the shop sees this machine's own address.
    pub fn in_the_clear(&self) -> impl Iterator<Item = Phase> {
        Phase::ALL.into_iter().filter(|phase| self.of(*phase).is_clear())
    }
}

impl fmt::Display for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.search == self.page && self.page == self.image {
            return write!(f, "{}", self.page);
        }
        write!(f, "search {}, page {}, image {}", self.search, self.page, self.image)
    }
}

impl RouteWish {
    /// The first phase that would leave in the clear where `own` hides it.
    pub fn exposes(&self, own: &Routes) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| self.of(*phase).is_some_and(Route::is_clear) && !own.of(*phase).is_clear())
    }

    /// The same route for everything.
    pub fn everywhere(route: Route) -> Self {
        Self { search: Some(route.clone()), page: Some(route.clone()), image: Some(route) }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn of(&self, phase: Phase) -> Option<&Route> {
        match phase {
            Phase::Search => self.search.as_ref(),
            Phase::Page => self.page.as_ref(),
            Phase::Image => self.image.as_ref(),
        }
    }
}

impl Serialize for Route {
    /// As words: an address of a proxy may hold a password and is written without it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Proxies(proxies) if proxies.len() > 1 => serializer.collect_seq(proxies.iter().map(ToString::to_string)),
            one => serializer.collect_str(one),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RouteText {
    One(String),
    Several(Vec<String>),
}

impl TryFrom<RouteText> for Route {
    type Error = RouteError;
    fn try_from(text: RouteText) -> Result<Self, RouteError> {
        match text {
            RouteText::One(text) => Self::parse(&text),
            RouteText::Several(texts) => Self::through(&texts),
        }
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RouteText::deserialize(deserializer)?.try_into().map_err(de::Error::custom)
    }
}

impl Serialize for RouteWish {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Phase::ALL.into_iter().filter_map(|phase| Some((phase.as_str(), self.of(phase)?))))
    }
}

impl<'de> Deserialize<'de> for RouteWish {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ByPhase {
            search: Option<Route>,
            page: Option<Route>,
            image: Option<Route>,
        }
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = RouteWish;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a route, a list of proxies, or a table with search, page and image")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<RouteWish, E> {
                Route::parse(text).map(RouteWish::everywhere).map_err(E::custom)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<RouteWish, A::Error> {
                let texts = Vec::<String>::deserialize(de::value::SeqAccessDeserializer::new(list))?;
                Route::through(&texts).map(RouteWish::everywhere).map_err(de::Error::custom)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<RouteWish, A::Error> {
                let ByPhase { search, page, image } = ByPhase::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(RouteWish { search, page, image })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Holder {
        route: RouteWish,
    }

    fn read(toml: &str) -> Result<RouteWish, String> {
        toml::from_str::<Holder>(toml).map(|holder| holder.route).map_err(|error| error.to_string())
    }

    #[test]
    fn routes_are_written_in_three_ways() {
        assert_eq!(read("route = 'tor'").unwrap(), RouteWish::everywhere(Route::Tor));
        let split = read("route = { search = 'direct', page = 'tor' }").unwrap();
        assert_eq!((split.search, split.page, split.image), (Some(Route::Direct), Some(Route::Tor), None));
        let several = read("route = ['socks5h://127.0.0.1:9050', 'http://user:pw@proxy.example:3128']").unwrap();
        assert_eq!(several.page.unwrap().to_string(), "2 proxies");
        for (wrong, word) in [
            ("route = 'onion'", "is no route"),
            ("route = 'socks5://127.0.0.1:9050'", "socks5h"),
            ("route = 'ftp://127.0.0.1:21'", "is no proxy"),
            ("route = 'socks5h://127.0.0.1'", "is no proxy"),
            ("route = 'http://proxy.example:3128/path'", "is no proxy"),
            ("route = []", "is empty"),
            ("route = { pages = 'tor' }", "unknown field"),
            ("route = 7", "a route, a list of proxies"),
        ] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains(word), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_password_is_shown_nowhere() {
        let route = Route::parse("http://user:geheim@proxy.example:3128").unwrap();
        let shown = format!("{route} {route:?} {}", serde_json::to_string(&RouteWish::everywhere(route.clone())).unwrap());
        assert!(shown.contains("proxy.example:3128") && !shown.contains("geheim") && !shown.contains("user"), "{shown}");
        for wrong in ["gopher://user:geheim@x:1", "socks5://user:geheim@x:1", "http://user:geheim@x:1/path"] {
            assert!(!Route::parse(wrong).unwrap_err().to_string().contains("geheim"), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_named_stays() {
        let routes = Routes::default().with(&RouteWish { page: Some(Route::Tor), ..RouteWish::default() });
        assert_eq!(routes.to_string(), "search direct, page tor, image direct");
        assert_eq!(routes.in_the_clear().collect::<Vec<_>>(), [Phase::Search, Phase::Image]);
        assert_eq!(Routes::default().with(&RouteWish::everywhere(Route::Tor)).to_string(), "tor");
    }

    #[test]
    fn a_wish_survives_the_journal() {
        for wish in [RouteWish::everywhere(Route::Tor), RouteWish { search: Some(Route::Direct), ..RouteWish::default() }] {
            let text = serde_json::to_string(&wish).unwrap();
            assert_eq!(serde_json::from_str::<RouteWish>(&text).unwrap(), wish, "{text}");
        }
    }
}
