//! Addresses in a page, made absolute.

use url::Url;

use super::markup::Markup;
use super::tag::Tag;

/// The address against which the links of a page resolve.
pub(crate) fn base(markup: &Markup<'_>, url: &Url) -> Url {
    let declared = markup.elements().find(|element| element.tag() == Tag::Base && element.has("href"));
    let base = declared.and_then(|element| url.join(element.attr("href")?.trim()).ok());
    base.filter(Url::has_host).unwrap_or_else(|| url.clone())
}

/// An http address made absolute; nothing for `data:`, `javascript:` and what is no address.
pub(crate) fn absolute(base: &Url, link: &str) -> Option<Url> {
    let link = link.trim();
    let url = (!link.is_empty() && !link.starts_with('#')).then(|| base.join(link).ok())??;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn links() {
        let url = Url::parse("https://shop.test/a/b.html").unwrap();
        let base = base(&Markup::scan("<base href='/c/'>"), &url);
        for (link, expected) in [
            ("x.jpg", Some("https://shop.test/c/x.jpg")),
            ("//cdn.test/x.jpg", Some("https://cdn.test/x.jpg")),
            (" /y ", Some("https://shop.test/y")),
            ("data:image/png;base64,AA", None),
            ("javascript:void(0)", None),
            ("", None),
            ("#top", None),
        ] {
            assert_eq!(absolute(&base, link).map(String::from).as_deref(), expected, "{link}");
        }
    }
}
