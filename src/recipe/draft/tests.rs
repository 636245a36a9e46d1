use super::*;
use crate::model::{Body, Gtin};
use crate::recipe::Recipe;

fn page(url: &str, text: &str) -> Page {
    Page { status: 200, url: url.parse().unwrap(), content_type: None, text: text.into(), retrieved_at: jiff::Timestamp::UNIX_EPOCH }
}

fn labels(html: &str) -> Vec<String> {
    survey(&page("https://www.shop.example/fr/", html)).searches.iter().map(Search::label).collect()
}

#[test]
fn platforms_by_their_signs() {
    for (html, platform) in [
        ("<meta name=generator content=\"PrestaShop\">", Some(Platform::PrestaShop)),
        ("<script>var prestashop = {};</script>", Some(Platform::PrestaShop)),
        ("<link href='/wp-content/plugins/woocommerce/a.css'>", Some(Platform::WooCommerce)),
        ("<meta name=\"generator\" content=\"WooCommerce 9.1\">", Some(Platform::WooCommerce)),
        ("<script src='//cdn.shopify.com/s/a.js'></script>", Some(Platform::Shopify)),
        ("<script type=\"text/x-magento-init\">{}</script>", Some(Platform::Magento)),
        ("<script src='/bundles/syliusshop/a.js'></script>", Some(Platform::Sylius)),
        ("<h1>WordPress, PrestaShop, Magento : nos formations</h1>", None),
    ] {
        assert_eq!(Platform::of(html).map(|(platform, _)| platform), platform, "{html}");
    }
}

#[test]
fn searches_that_a_page_names() {
    for (html, expected) in [
        (
            r#"<script type="application/ld+json">{"@graph":[{"@type":"WebSite","potentialAction":{"@type":"SearchAction",
               "target":{"urlTemplate":"https://www.shop.example/?s={search_term_string}&lang=fr"}}}]}</script>"#,
            "GET /?s={ean}&lang=fr",
        ),
        (
            r#"<script type="application/ld+json">{"@type":"SearchAction","target":["https://www.shop.example/cherche/{q}"]}</script>"#,
            "GET /cherche/{ean}",
        ),
        (
            "<div itemtype='https://schema.org/SearchAction'><meta itemprop=target content='/trouver?mot={q}'></div>",
            "GET /trouver?mot={ean}",
        ),
        (
            "<form action='/recherche'><input type=hidden name=controller value=search><input name=s></form>",
            "GET /recherche?controller=search&s={ean}",
        ),
        ("<form method=post action='/find?l=1'><input type=search name=anything></form>", "POST /find?l=1 with anything={ean}"),
        ("<form><input name=q><input type=hidden name=_token value=x></form>", "GET /fr/?q={ean}"),
    ] {
        assert_eq!(labels(html).first().map(String::as_str), Some(expected), "{html}");
    }
    for html in [
        "<form action='/login'><input name=s><input type=password name=p></form>",
        "<form action='/news'><input name=text><input type=email name=e></form>",
        "<form action='https://elsewhere.example/'><input type=search name=q></form>",
        r#"<script type="application/ld+json">{"@type":"SearchAction","target":"https://elsewhere.example/?q={q}"}</script>"#,
        r#"<script type="application/ld+json">{"@type":"SearchAction","target":[]}</script>"#,
    ] {
        assert!(labels(html).iter().all(|label| ["GET /search?q={ean}", "GET /recherche?q={ean}"].contains(&label.as_str())), "{html}");
    }
}

#[test]
fn a_platform_s_usual_search_comes_after_the_page_s_own_and_never_twice() {
    let own = "<meta name=generator content=\"PrestaShop\"><form action='/recherche'><input type=hidden name=controller value=search><input name=s></form>";
    assert_eq!(labels(own), ["GET /recherche?controller=search&s={ean}", "GET /index.php?controller=search&s={ean}"]);
    assert!(labels("cdn.shopify.com")[0].starts_with("GET /search/suggest.json?q={ean}"));
    assert_eq!(labels("text/x-magento-init"), ["GET /catalogsearch/result/?q={ean}"]);
    assert_eq!(labels("wp-content/plugins/woocommerce/"), ["GET /?s={ean}&post_type=product"]);
}

#[test]
fn doofinder_by_its_layer() {
    const ID: &str = "6b0e2a52-7c1e-4c0b-9d3f-2f3a5f1f7a10";
    let found = |html: &str| survey(&page("https://www.shop.example/", html)).doofinder;
    let layer = found(&format!("<script>var dfLayerOptions = {{installationId: '{ID}', zone: 'us1'}};</script>")).unwrap();
    assert_eq!(layer.script.as_str(), format!("https://us1-config.doofinder.com/2.x/{ID}.js"));
    assert_eq!(layer.search.as_str(), "https://us1-search.doofinder.com/");
    assert_eq!(
        found(&format!("<script src='//eu1-config.doofinder.com/2.x/{ID}.js'>")).unwrap().search.as_str(),
        "https://eu1-search.doofinder.com/"
    );
    assert_eq!(found("<p>Doofinder</p>"), None);
    let searches = layer.searches(&format!("{{\"id\":\"{ID}\",\"hashid\":\"e01a3f678793d0047e4464ff164f3dd2\"}}"));
    assert_eq!(searches.len(), 2);
    assert!(searches[0].label().starts_with("GET https://us1-search.doofinder.com/6/e01a3f678793d0047e4464ff164f3dd2/_search?"));
    assert!(layer.searches("no index here").is_empty());
}

#[test]
fn algolia_by_its_three_names() {
    let html = r#"<script>window.algoliaConfig = {"applicationId":"ABCDE12345","indexName":"magento2_fr","apiKey":"0123456789abcdef0123456789abcdef"}</script>
        <script type="text/x-magento-init">{}</script>"#;
    let survey = survey(&page("https://www.shop.example/", html));
    let recipe = Recipe::parse(&draft(&survey, &survey.searches[0], &[]), "draft.toml").unwrap();
    let request = recipe.search_request(recipe.steps().next().unwrap(), &Gtin::parse("3665606002802").unwrap());
    assert_eq!(request.url.as_str(), "https://abcde12345-dsn.algolia.net/1/indexes/magento2_fr_products/query");
    assert_eq!(request.body, Body::Json(r#"{"hitsPerPage":5,"query":"3665606002802"}"#.to_owned()));
    assert!(request.headers.contains(&("X-Algolia-Application-Id".into(), "ABCDE12345".into())));
}

fn draft(survey: &Survey, search: &Search, attempts: &[Attempt]) -> String {
    Draft { survey, origin: &Url::parse("https://www.shop.example/").unwrap(), search, product: None, attempts }.write()
}

#[test]
fn whatever_a_page_holds_the_draft_is_a_recipe() {
    for html in [
        "",
        "<html lang='fr'><title>L\"été\n = [bio] 'x' \\ #</title><form><input type=search name='a\"b]['></form>",
        "<script src='//cdn.shopify.com/'></script>",
        "<form method=post action='/x'><input type=search name='é'></form>",
        "<form action='/a{b}c'><input type=search name=q></form>",
    ] {
        let survey = survey(&page("https://www.shop.example/", html));
        for search in &survey.searches {
            let attempts = [Attempt { tried: search.label(), outcome: "ERROR: a\nb\u{7}".into() }];
            let toml = draft(&survey, search, &attempts);
            let recipe = Recipe::parse(&toml, "draft.toml").unwrap_or_else(|error| panic!("{error}\n{toml}"));
            assert_eq!(recipe.name().as_str(), "shop");
        }
    }
}

#[test]
fn an_answer_teaches_where_its_links_stand() {
    let search = Search::get("a test", "/fr/search", &[("q", "{ean}")]);
    let asked = Url::parse("https://www.shop.example/fr/search?q=1").unwrap();
    let css = |html: &str| match learn(&search, &asked, &page(asked.as_str(), html))?.hits {
        Hits::Html { css } => Some(css),
        other => panic!("{other:?}"),
    };
    for (html, expected) in [
        (
            "<nav class='product-menu'><a href='/fr/c'></a></nav><div class='product-card big'><a href='/fr/gel'></a></div>",
            Some(".product-card a[href]"),
        ),
        (
            "<section id=listing><div class=suggestions><a href='/c/x'></a></div><div class=bloc_produit><a href='/gel/1.html'></a></div></section>",
            Some(".bloc_produit a[href]"),
        ),
        ("<ul id=results><li><a href='/fr/gel'></a></li></ul>", Some("#results a[href]")),
        ("<footer class=list><a href='/fr/gel'></a></footer><p>Aucun résultat</p>", None),
        ("<div class=product><a href='https://elsewhere.example/x'></a></div>", None),
    ] {
        assert_eq!(css(html).as_deref(), expected, "{html}");
    }
    let page = page("https://www.shop.example/fr/gel-200-ml", "");
    let learned = learn(&search, &asked, &page).unwrap();
    assert_eq!(learned.page.as_deref(), Some(r"^/fr/[^/?]+/?(\?|$)"));
    assert_eq!(learned.not_found.as_deref(), Some(r"^/fr/search/?(\?|$)"));
}
