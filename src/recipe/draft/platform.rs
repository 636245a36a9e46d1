//! Shop software by the signs that it leaves on every page, and how its search is usually asked.

use super::{Hits, Search};

/// Software behind many shops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    PrestaShop,
    WooCommerce,
    Shopify,
    Magento,
    Sylius,
}

/// In lower case; one is enough, as none of them is a word that a shop would print.
const SIGNS: &[(Platform, &[&str])] = &[
    (Platform::Shopify, &["cdn.shopify.com", "shopify.shop =", "/cdn/shop/", "shopify-section", "shopify.theme"]),
    (Platform::WooCommerce, &["plugins/woocommerce", "content=\"woocommerce", "woocommerce-page", "wc_add_to_cart_params", "woocommerce-"]),
    (Platform::PrestaShop, &["content=\"prestashop", "var prestashop =", "var prestashop=", "/modules/ps_", "prestashop.com"]),
    (Platform::Magento, &["text/x-magento-init", "data-mage-init", "mage/cookies", "magento_theme", "magento_"]),
    (Platform::Sylius, &["bundles/sylius", "syliusshop", "sylius_", "sylius-"]),
];

impl Platform {
    pub fn name(self) -> &'static str {
        match self {
            Self::PrestaShop => "PrestaShop",
            Self::WooCommerce => "WooCommerce",
            Self::Shopify => "Shopify",
            Self::Magento => "Magento",
            Self::Sylius => "Sylius",
        }
    }

    /// The platform of a page and the sign that gives it away; the most signs win.
    pub(super) fn of(html: &str) -> Option<(Self, &'static str)> {
        let html = html.to_lowercase();
        let seen = |signs: &'static [&'static str]| signs.iter().copied().filter(|sign| html.contains(sign)).collect::<Vec<_>>();
        let rated = SIGNS.iter().map(|(platform, signs)| (*platform, seen(signs))).filter(|(_, seen)| !seen.is_empty());
        // Of equals the first one: `max_by_key` would take the last.
        rated.rev().max_by_key(|(_, seen)| seen.len()).map(|(platform, seen)| (platform, seen[0]))
    }
}

/// Where the themes of a platform put the links of a search.
pub(super) fn hits(platform: Option<Platform>) -> Hits {
    let css = match platform {
        Some(Platform::PrestaShop) => {
            ".product-miniature a.product-thumbnail, .product-miniature .product-title a, .product-container a.product-name"
        }
        Some(Platform::WooCommerce) => "a.woocommerce-LoopProduct-link, ul.products li.product a[href]:not(.button)",
        Some(Platform::Magento) => "a.product-item-link, a.product-item-photo",
        Some(Platform::Shopify) => "main a[href*='/products/'], #MainContent a[href*='/products/']",
        Some(Platform::Sylius) | None => return Hits::Unknown,
    };
    Hits::Html { css: css.to_owned() }
}

/// Where one product matches, WooCommerce leads straight to it; its search stands at the root.
pub(super) fn page(platform: Option<Platform>) -> Option<String> {
    (platform == Some(Platform::WooCommerce)).then(|| r"^/[^?]+(\?|$)".to_owned())
}

/// A search of the platform that answers with JSON.
pub(super) fn json_search(platform: Option<Platform>) -> Option<Search> {
    let Some(Platform::Shopify) = platform else { return None };
    let query = [
        ("q", "{ean}"),
        ("resources[type]", "product"),
        ("resources[limit]", "5"),
        ("resources[options][fields]", "title,variants.barcode,variants.sku"),
    ];
    let hits = Hits::Json { items: "/resources/results/products/*", link: &["/url"] };
    Some(Search { hits, ..Search::get("Shopify's suggestions", "/search/suggest.json", &query) })
}

/// The search page that a platform has where nobody moved it.
pub(super) fn usual(platform: Option<Platform>) -> Vec<Search> {
    let found = "the platform's usual address";
    let searches = match platform {
        Some(Platform::PrestaShop) => vec![
            Search::get(found, "/recherche", &[("controller", "search"), ("s", "{ean}")]),
            Search::get(found, "/index.php", &[("controller", "search"), ("s", "{ean}")]),
        ],
        Some(Platform::WooCommerce) => vec![Search::get(found, "/", &[("s", "{ean}"), ("post_type", "product")])],
        Some(Platform::Shopify) => vec![Search::get(found, "/search", &[("q", "{ean}"), ("type", "product")])],
        Some(Platform::Magento) => vec![Search::get(found, "/catalogsearch/result/", &[("q", "{ean}")])],
        Some(Platform::Sylius) => {
            vec![Search::get(found, "/fr/search", &[("query", "{ean}")]), Search::get(found, "/search", &[("q", "{ean}")])]
        }
        None => vec![Search::get("a guess", "/search", &[("q", "{ean}")]), Search::get("a guess", "/recherche", &[("q", "{ean}")])],
    };
    searches.into_iter().map(|search| Search { hits: hits(platform), page: page(platform), ..search }).collect()
}
