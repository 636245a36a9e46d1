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
