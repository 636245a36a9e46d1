use super::*;
use crate::model::{Body, Method, Product, Source};
use crate::verify::{Verdict, judge};

mod faults;
mod hostile;
mod reading;

fn recipe(name: &str) -> Recipe {
    Recipe::builtin().into_iter().find(|recipe| recipe.name().as_str() == name).unwrap()
}

fn page(url: &str, text: &str) -> Page {
    Page {
        status: 200,
        url: url.parse().unwrap(),
        content_type: None,
        text: text.into(),
        retrieved_at: "2026-02-03T04:05:06Z".parse().unwrap(),
    }
}

fn gtin(text: &str) -> Gtin {
    Gtin::parse(text).unwrap()
}

#[test]
fn the_built_in_recipes_parse() {
    for (file, toml) in BUILTIN {
        if let Err(error) = Recipe::parse(toml, file) {
            panic!("{error}");
        }
    }
    let shops: Vec<(String, String)> = Recipe::builtin().iter().map(|r| (r.name().to_string(), r.title().to_owned())).collect();
    let expected = [("cocooncenter", "Cocooncenter"), ("pharma-gdd", "Pharma-GDD"), ("drakkars", "Pharmacie des Drakkars")];
    assert_eq!(shops, expected.map(|(name, title)| (name.to_owned(), title.to_owned())));
    assert!(Recipe::builtin_text("drakkars").unwrap().contains("hashid"));
}

#[test]
fn a_json_body_is_filled_and_escaped() {
    let toml = r#"
name = "shop"
title = "Shop"
origin = "https://www.shop.example"
[[search]]
method = "POST"
path = "/query"
json = { query = "{ean}", hitsPerPage = 5, filters = [{ text = 'a "quoted" {ean}' }] }
hits = { items = "/hits/*", link = ["/url"] }
"#;
    let recipe = Recipe::parse(toml, "shop.toml").unwrap();
    let request = recipe.search_request(recipe.steps().next().unwrap(), &gtin("3665606002802"));
    let Body::Json(body) = request.body else { panic!("{request:?}") };
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, serde_json::json!({"query": "3665606002802", "hitsPerPage": 5, "filters": [{"text": "a \"quoted\" 3665606002802"}]}));
}

#[test]
fn requests() {
    let ean = gtin("748322148474");
    let request = |name: &str, at: usize| {
        let recipe = recipe(name);
        let step = recipe.steps().nth(at).unwrap();
        recipe.search_request(step, &ean)
    };
    let post = request("cocooncenter", 0);
    assert_eq!((post.method, post.url.as_str()), (Method::Post, "https://www.cocooncenter.com/index/search/searchVue"));
    assert_eq!(post.body, Body::Form(vec![("recherche".into(), "0748322148474".into())]));
    assert!(post.headers.contains(&("X-Requested-With".into(), "XMLHttpRequest".into())));
    assert_eq!(request("cocooncenter", 1).url.as_str(), "https://www.cocooncenter.com/?search=0748322148474");
    assert_eq!(request("pharma-gdd", 0).url.as_str(), "https://www.pharma-gdd.com/fr/search/autocomplete?s=0748322148474");
    assert_eq!(request("pharma-gdd", 1).url.as_str(), "https://www.pharma-gdd.com/fr/search?q=0748322148474");
    let doofinder = request("drakkars", 0);
    assert_eq!(
        doofinder.url.as_str(),
        "https://eu1-search.doofinder.com/5/search?hashid=e01a3f678793d0047e4464ff164f3dd2&query=0748322148474&rpp=20"
    );
    assert!(doofinder.headers.contains(&("Origin".into(), "https://www.pharmaciedesdrakkars.com".into())));
    assert!(doofinder.headers.contains(&("Referer".into(), "https://www.pharmaciedesdrakkars.com/".into())));
    assert_eq!(
        request("drakkars", 1).url.as_str(),
        "https://eu1-search.doofinder.com/6/e01a3f678793d0047e4464ff164f3dd2/_search?query=0748322148474&rpp=20"
    );
}

#[test]
fn replaced_origins() {
    let local = |port: u16| Url::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let recipe = recipe("drakkars").with_origin(local(9003)).with_search_origin(local(9004));
    let step = recipe.steps().next().unwrap();
    let request = recipe.search_request(step, &gtin("748322148474"));
    assert!(request.url.as_str().starts_with("http://127.0.0.1:9004/5/search?"));
    // The search service still knows the shop by its own name, and its absolute links mean the shop where it is now.
    assert!(request.headers.contains(&("Origin".into(), "https://www.pharmaciedesdrakkars.com".into())));
    let answer = r#"{"results":[{"link":"https://www.pharmaciedesdrakkars.com/huile?mcs=1","references":"0748322148474"},
        {"link":"https://elsewhere.test/huile","references":"0748322148474"}]}"#;
    let hits = recipe.read_search(step, &gtin("748322148474"), &page("http://127.0.0.1:9004/5/search", answer));
    assert_eq!(hits, SearchAnswer::Hits(vec![Url::parse("http://127.0.0.1:9003/huile").unwrap()]));
    assert_eq!(recipe.hosts().collect::<Vec<_>>(), ["127.0.0.1:9003", "127.0.0.1:9004"]);
    assert_eq!(super::tests::recipe("pharma-gdd").with_origin(local(1)).search_origin().as_str(), "http://127.0.0.1:1/");
    let real = super::tests::recipe("drakkars");
    assert_eq!(real.hosts().collect::<Vec<_>>(), ["www.pharmaciedesdrakkars.com", "eu1-search.doofinder.com"]);
}

/// Reads an answer to a step; hits as one text.
fn answered(name: &str, step: usize, ean: &str, answer: &Page) -> String {
    let recipe = recipe(name);
    let step = recipe.steps().nth(step).unwrap();
    match recipe.read_search(step, &gtin(ean), answer) {
        SearchAnswer::Hits(urls) => urls.iter().map(Url::as_str).collect::<Vec<_>>().join(" "),
        SearchAnswer::ThisPage => "this page".into(),
        SearchAnswer::Nothing => "nothing".into(),
        SearchAnswer::Unreadable { reason } => format!("unreadable: {reason}"),
    }
}

#[test]
fn answers_of_cocooncenter() {
    let at = "https://www.cocooncenter.com/index/search/searchVue";
    let vue = r#"{"nb_total":2,"vue":"<ul><li><a href=\"\/c\/13.html\">Mains<\/a><a href=\"\/biosme-creme\/48213.html?s=1\">x<\/a><a href=\"\/biosme-creme\/48213.html\">x<\/a><a href=\"\/cp\/9.html\">y<\/a><a href=\"https://evil.test/a/1.html\">z<\/a><\/li><\/ul>"}"#;
    let ean = "3665606002802";
    assert_eq!(answered("cocooncenter", 0, ean, &page(at, vue)), "https://www.cocooncenter.com/biosme-creme/48213.html");
    assert_eq!(answered("cocooncenter", 0, ean, &page(at, r#"{"nb_total":0,"vue":""}"#)), "nothing");
    assert_eq!(answered("cocooncenter", 0, ean, &page(at, r#"{"nb_total":0,"vue":null}"#)), "nothing");
    assert!(
        answered("cocooncenter", 0, ean, &page(at, r#"{"total":0}"#))
            .starts_with("unreadable: the search's JSON has no HTML text at \"/vue\"")
    );
    assert!(answered("cocooncenter", 0, ean, &page(at, "<html>Erreur")).starts_with("unreadable: the search's answer is no JSON"));
    assert_eq!(answered("cocooncenter", 0, ean, &Page { status: 404, ..page(at, "") }), "nothing");
    assert!(answered("cocooncenter", 0, ean, &Page { status: 500, ..page(at, "") }).starts_with("unreadable"));
    let listing = "<section id=listing><a href='/a/1.html'>a</a></section><a href='/b/2.html'>b</a>";
    let human = "https://www.cocooncenter.com/?search=3665606002802";
    assert_eq!(answered("cocooncenter", 1, ean, &page(human, listing)), "https://www.cocooncenter.com/a/1.html");
    assert_eq!(answered("cocooncenter", 1, ean, &page(human, "<p id=msg_erreur_listing>Aucun</p>")), "nothing");
}

#[test]
fn answers_of_pharma_gdd() {
    let at = "https://www.pharma-gdd.com/fr/search/autocomplete?s=0748322148474";
    let ean = "0748322148474";
    let hit = r#"{"length":2,"variant_0":{"href":"/fr/deo","label":"Déo"},"variant_1":{"href":"https://www.pharma-gdd.com/fr/gel","label":"Gel"}}"#;
    assert_eq!(answered("pharma-gdd", 0, ean, &page(at, hit)), "https://www.pharma-gdd.com/fr/deo https://www.pharma-gdd.com/fr/gel");
    assert_eq!(answered("pharma-gdd", 0, ean, &page(at, "[]")), "nothing");
    assert_eq!(answered("pharma-gdd", 0, ean, &page(at, r#"{"length":0}"#)), "nothing");
    let to = |path: &str| page(&format!("https://www.pharma-gdd.com{path}"), "<h1>x</h1>");
    assert_eq!(answered("pharma-gdd", 1, ean, &to("/fr/biosme-deo")), "this page");
    assert_eq!(answered("pharma-gdd", 1, ean, &to("/fr/search?q=0748322148474")), "nothing");
    assert_eq!(answered("pharma-gdd", 1, ean, &to("/fr/marque/biosme")), "nothing");
}

#[test]
fn answers_of_doofinder() {
    let v5 = "https://eu1-search.doofinder.com/5/search?hashid=x&query=y";
    let ean = "3701129811955";
    let group = r#"{"total":2,"query_name":"match_and","results":[
        {"link":"https://www.pharmaciedesdrakkars.com/autre?mcs=1","references":"3701129811757"},
        {"link":"https://www.pharmaciedesdrakkars.com/biosme-gel?mcs=abc","references":"3701129811955 3701129811962"}]}"#;
    assert_eq!(answered("drakkars", 0, ean, &page(v5, group)), "https://www.pharmaciedesdrakkars.com/biosme-gel");
    let v6 = r#"{"total":2,"results":[{"url":"/biosme-gel","references":["3701129811962","3701129811955"]},{"url":"/n","gtin":3701129811955},{"url":"/c","gtin":"1, 3701129811955"}]}"#;
    let shop = "https://www.pharmaciedesdrakkars.com";
    assert_eq!(answered("drakkars", 1, ean, &page(v5, v6)), format!("{shop}/biosme-gel {shop}/n {shop}/c"));
    let fuzzy =
        r#"{"total":1,"query_name":"fuzzy","results":[{"link":"https://www.pharmaciedesdrakkars.com/x","references":"3665606002406"}]}"#;
    assert_eq!(answered("drakkars", 0, ean, &page(v5, fuzzy)), "nothing");
    assert_eq!(answered("drakkars", 0, ean, &page(v5, r#"{"total":0,"results":[]}"#)), "nothing");
    assert!(answered("drakkars", 0, ean, &page(v5, r#"{"error":"Forbidden origin"}"#)).contains("Forbidden origin"));
}

/// The three pairs seen in production: the hit is refused where the answer names its codes, and the page where it does not.
#[test]
fn wrong_hits_of_production() {
    for (wanted, shown) in [("3665606002802", "3665606002406"), ("3701129820322", "3701129805060"), ("3701129811955", "3701129811757")] {
        let answer = format!(r#"{{"results":[{{"link":"https://www.pharmaciedesdrakkars.com/x","references":"{shown}"}}]}}"#);
        assert_eq!(answered("drakkars", 0, wanted, &page("https://eu1-search.doofinder.com/5/search", &answer)), "nothing");
        let html = format!(
            r#"<h1>Gel</h1><div id="product_reference">{shown}</div><div id="product_price"><span><strong>9,90 €</strong></span></div>
               <script type="application/ld+json">{{"@type":"Product","name":"Gel","gtin13":"{shown}"}}</script><p>EAN : {wanted}</p>"#
        );
        for name in ["cocooncenter", "pharma-gdd", "drakkars"] {
            let page = page("https://www.pharmaciedesdrakkars.com/x", &html);
            let verdict = judge(&recipe(name).extract(&page), &gtin(wanted), &page);
            assert!(matches!(&verdict, Verdict::Mismatch { seen, .. } if *seen == gtin(shown)), "{name}: {verdict:?}");
        }
    }
}

fn found(name: &str, url: &str, html: &str, wanted: &str) -> Box<Product> {
    let page = page(url, html);
    match judge(&recipe(name).extract(&page), &gtin(wanted), &page) {
        Verdict::Found(product) => product,
        other => panic!("{other:?}"),
    }
}

/// The sheet as lines that a person can check against the page.
fn sheet(product: &Product) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    let mut line = |name: &str, value: &dyn std::fmt::Debug| writeln!(out, "{name}: {value:?}").unwrap();
    line("name", &product.name);
    line("brand", &product.brand);
    line("description", &product.description);
    line("composition", &product.composition);
    line("directions", &product.directions);
    line("gtins", &product.gtins);
    line("evidence", &product.evidence);
    line("codes", &(&product.sku, &product.mpn));
    for offer in &product.offers {
        let money = |money: &Option<crate::Money>| money.as_ref().map(ToString::to_string);
        line("offer", &(money(&offer.price), money(&offer.regular_price), offer.availability, &offer.condition));
        line("unit price", &offer.unit_price.as_ref().map(|unit| (unit.price.to_string(), &unit.per)));
    }
    line("images", &product.images.iter().map(|image| &image.url).collect::<Vec<_>>());
    line("rating", &product.rating.as_ref().map(|rating| (rating.value, rating.best, rating.count)));
    for review in &product.reviews {
        line("review", &(&review.author, review.rating, &review.title, &review.body, &review.date));
    }
    line("breadcrumbs", &product.breadcrumbs);
    line("size", &product.size);
    for variant in &product.variants {
        line("variant", &(&variant.name, &variant.gtins, variant.price.as_ref().map(ToString::to_string)));
    }
    for property in &product.properties {
        line("property", &(&property.name, &property.value));
    }
    line("language", &product.language);
    for (field, provenance) in &product.provenance {
        writeln!(out, "  {field} <- {:?} {}", provenance.source, provenance.locator).unwrap();
    }
    out
}

/// Compares with the sheet beside the page; `GLANEUR_BLESS=1` writes it, to be read before it is kept.
fn check_sheet(product: &Product, file: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages").join(file);
    let seen = sheet(product);
    if std::env::var_os("GLANEUR_BLESS").is_some() {
        std::fs::write(&path, &seen).unwrap();
    }
    assert_eq!(seen, std::fs::read_to_string(&path).unwrap(), "{file}");
}

#[test]
fn a_page_of_cocooncenter() {
    let url = "https://www.cocooncenter.com/biosme-creme-mains-reparatrice-75-ml/48213.html";
    let product = found("cocooncenter", url, include_str!("../../tests/pages/cocooncenter/product.html"), "3665606002802");
    check_sheet(&product, "cocooncenter/product.sheet");
    assert_eq!(product.shop.as_ref().unwrap().as_str(), "cocooncenter");
    assert_eq!(product.retrieved_at.to_string(), "2026-02-03T04:05:06Z");
}

#[test]
fn a_page_of_pharma_gdd() {
    let url = "https://www.pharma-gdd.com/fr/biosme-deodorant-fraicheur";
    let product = found("pharma-gdd", url, include_str!("../../tests/pages/pharma-gdd/product.html"), "748322148474");
    check_sheet(&product, "pharma-gdd/product.sheet");
}

#[test]
fn a_group_of_drakkars() {
    let url = "https://www.pharmaciedesdrakkars.com/biosme-gel-nettoyant-purifiant";
    let html = include_str!("../../tests/pages/drakkars/group.html");
    check_sheet(&found("drakkars", url, html, "3701129811955"), "drakkars/group-shown.sheet");
    check_sheet(&found("drakkars", url, html, "3701129811962"), "drakkars/group-other.sheet");
}

#[test]
fn a_page_without_structured_data_is_read_by_the_rules_alone() {
    let html = r#"<h1>Gel</h1><span class="pdt-detail-price"><strong>13,90</strong></span><div id="product_reference">3701129811955</div>"#;
    let product = found("drakkars", "https://www.pharmaciedesdrakkars.com/gel", html, "3701129811955");
    assert_eq!(product.price().unwrap().to_string(), "13.90 EUR");
    assert_eq!(product.provenance["price"].source, Source::Recipe);
    assert_eq!(product.provenance["price"].raw, "13,90");
}

#[test]
fn refusals() {
    let recipe = recipe("cocooncenter");
    let asked = Url::parse("https://www.cocooncenter.com/").unwrap();
    let told = |status: u16, text: &str| match recipe.refusal(&Page { status, ..page(asked.as_str(), text) }, &asked) {
        Some(Refusal::Gone { status }) => format!("gone {status}"),
        Some(Refusal::Blocked { evidence }) => format!("blocked {evidence}"),
        None => "none".into(),
    };
    assert_eq!(told(410, ""), "gone 410");
    assert_eq!(told(403, ""), "blocked status 403");
    assert_eq!(told(429, ""), "blocked status 429");
    assert_eq!(told(200, "<html><body>Request unsuccessful. Incident 12"), "blocked request unsuccessful");
    assert_eq!(told(200, "<html><title>Just a moment...</title>"), "blocked <title>just a moment...</title>");
    assert_eq!(told(200, include_str!("../../tests/pages/cocooncenter/product.html")), "none");
    assert_eq!(told(404, "<h1>404</h1>"), "none");
}

#[test]
fn a_page_with_a_heading_alone_shows_no_product() {
    for recipe in Recipe::builtin() {
        for html in ["<h1>Oups, cette page n'existe pas</h1>", "<h1 class=titre_produit>Marque Biosme</h1><p>Livraison dès 49 €</p>", ""]
        {
            let page = page("https://www.pharma-gdd.com/fr/marque/biosme", html);
            assert_eq!(judge(&recipe.extract(&page), &gtin("3665606002802"), &page), Verdict::NoProduct, "{html}");
        }
    }
}

#[test]
fn a_drakkars_article_that_goes_on_with_the_directions() {
    let html = r#"<h1>Gel</h1><p>Référence : <span id="product_reference">748322148474</span></p>
        <div class="pdt-detail-price"><del class="pdt-old-price">16,50 €</del> <div id="product_price"><span><strong>13,90</strong> €</span></div> <small>69,50&nbsp;€ / L</small></div>
        <article class="desc-longue"><h2>Description</h2><p>Un.</p><p>Deux.</p><h2>Conseils d'utilisation</h2><p>Matin et soir.</p></article>
        <section><h3>Avis du pharmacien</h3><p>Très bien.</p></section>"#;
    // A menu with thousands of elements stands before it.
    let html = format!("{}{html}", "<div><span>Menu</span></div>".repeat(2_000));
    let product = found("drakkars", "https://www.pharmaciedesdrakkars.com/gel", &html, "0748322148474");
    assert_eq!(product.description.as_deref(), Some("Un.\nDeux."));
    assert_eq!(product.directions.as_deref(), Some("Matin et soir."));
    assert_eq!(product.properties[0].value, "Très bien.");
    let offer = &product.offers[0];
    assert_eq!(offer.regular_price.as_ref().unwrap().to_string(), "16.50 EUR");
    assert_eq!(offer.unit_price.as_ref().map(|unit| format!("{} per {}", unit.price, unit.per)).as_deref(), Some("69.50 EUR per L"));
}
