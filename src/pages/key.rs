//! When two requests are the same request.

use serde_json::json;

use crate::model::{Body, Method, Request, Route, ShopName};
use crate::recipe::RobotsPolicy;

/// What is asked of which shop, and by which way. Cookies are no part of it: an answer is one shop's and goes to nobody who asks
/// another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Shop, method, address, headers and body.
    pub(crate) request: String,
    /// The route, and whether robots.txt counted: what one way allowed is not handed to another one.
    pub(crate) way: String,
}

impl Key {
    pub(crate) fn new(shop: &ShopName, request: &Request, route: &Route, robots: RobotsPolicy) -> Self {
        let mut url = request.url.clone();
        url.set_fragment(None);
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let body = match &request.body {
            Body::Empty => json!(null),
            Body::Form(fields) => json!(fields),
            Body::Json(text) => json!(text),
        };
        let robots = match robots {
            RobotsPolicy::Respect => "robots",
            RobotsPolicy::Ignore => "no robots",
        };
        Self { request: json!([shop, method, url, request.headers, body]).to_string(), way: format!("{} {robots}", words(route)) }
    }
}

/// Every proxy of a list by its name, without its password.
fn words(route: &Route) -> String {
    match route {
        Route::Proxies(proxies) => proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn key(shop: &str, request: &Request, route: &Route) -> Key {
        Key::new(&ShopName::new(shop), request, route, RobotsPolicy::Respect)
    }

    #[test]
    fn what_makes_another_answer_makes_another_key() {
        let get = |url: &str| Request::get(Url::parse(url).unwrap());
        let page = get("https://shop.example/p/1?c=2");
        let own = key("a", &page, &Route::Direct);
        assert_eq!(own, key("a", &get("https://shop.example/p/1?c=2#reviews"), &Route::Direct));
        let form =
            |value: &str| Request { method: Method::Post, body: Body::Form(vec![("q".to_owned(), value.to_owned())]), ..page.clone() };
        let proxies = |list: &[&str]| Route::through(list).unwrap();
        let others = [
            key("b", &page, &Route::Direct),
            key("a", &get("https://shop.example/p/1?c=3"), &Route::Direct),
            key("a", &page, &Route::Tor),
            key("a", &page, &proxies(&["socks5h://127.0.0.1:1", "socks5h://127.0.0.1:2"])),
            key("a", &page, &proxies(&["socks5h://127.0.0.1:1", "socks5h://127.0.0.1:3"])),
            key("a", &form("1"), &Route::Direct),
            key("a", &form("2"), &Route::Direct),
            key("a", &Request { body: Body::Json("[[\"q\",\"1\"]]".to_owned()), ..form("1") }, &Route::Direct),
            key("a", &Request { headers: vec![("Accept".to_owned(), "text/html".to_owned())], ..page.clone() }, &Route::Direct),
            Key::new(&ShopName::new("a"), &page, &Route::Direct, RobotsPolicy::Ignore),
        ];
        for (place, other) in others.iter().enumerate() {
            assert_ne!(own, *other);
            assert!(others[..place].iter().all(|earlier| earlier != other), "{other:?}");
        }
    }

    #[test]
    fn no_password_is_part_of_a_key() {
        let page = Request::get(Url::parse("https://shop.example/").unwrap());
        let key = key("a", &page, &Route::through(&["http://user:secret@127.0.0.1:1"]).unwrap());
        assert!(!format!("{key:?}").contains("secret"), "{key:?}");
    }
}
