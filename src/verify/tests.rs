use super::*;
use crate::extract;

fn page(html: &str, url: &str) -> Page {
    Page {
        status: 200,
        url: url.parse().unwrap(),
        content_type: Some("text/html; charset=utf-8".into()),
        text: html.into(),
        retrieved_at: "2026-02-03T04:05:06Z".parse().unwrap(),
    }
}

fn judged(html: &str, wanted: &str) -> Verdict {
    judged_at(html, "https://shop.test/gel", wanted)
}

fn judged_at(html: &str, url: &str, wanted: &str) -> Verdict {
    let page = page(html, url);
    judge(&extract::product(&page.text, &page.url), &Gtin::parse(wanted).unwrap(), &page)
}

/// `FOUND evidence price`, `MISMATCH code`, …
fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Found(product) => {
            format!("FOUND {:?} {}", product.evidence.unwrap(), product.price().map(ToString::to_string).unwrap_or_default())
        }
        Verdict::Unverified(product) => format!("UNVERIFIED {:?}", product.evidence.unwrap()),
        Verdict::Mismatch { seen, .. } => format!("MISMATCH {seen}"),
        Verdict::NoProduct => "NO PRODUCT".into(),
    }
}

/// A small page: `ld` in a JSON-LD block, `body` below a heading.
fn shop(ld: &str, body: &str) -> String {
    format!(r#"<html lang=fr><script type="application/ld+json">{ld}</script><h1>Gel doux</h1>{body}</html>"#)
}

#[test]
fn the_wanted_barcode_decides() {
    let gel = r#"{"@type":"Product","name":"Gel doux","gtin13":"3665606002802","offers":{"price":"14.90","priceCurrency":"EUR"}}"#;
    let bare = r#"{"@type":"Product","name":"Gel doux"}"#;
    let cases = [
        (shop(gel, ""), "3665606002802", "FOUND Structured 14.90 EUR"),
        (shop(gel, ""), "3665606002406", "MISMATCH 3665606002802"),
        // The wanted code somewhere else on the page changes nothing.
        (shop(gel, "<p>EAN : 3665606002406</p>"), "3665606002406", "MISMATCH 3665606002802"),
        (shop(gel, "<div class=related><p>EAN : 3665606002406</p></div>"), "3665606002406", "MISMATCH 3665606002802"),
        (shop(gel, "<img src='/3665606002406.jpg'>"), "3665606002406", "MISMATCH 3665606002802"),
        (shop(bare, "<p>EAN : 3665606002802</p>"), "3665606002802", "FOUND VisibleText "),
        (shop(bare, "<p>EAN : 3665606002406</p>"), "3665606002802", "MISMATCH 3665606002406"),
        (shop(bare, "<p>EAN : 3665606002406</p><p>EAN : 3665606002802</p>"), "3665606002802", "MISMATCH 3665606002406"),
        (shop(bare, "<p>Code ACL : 3401360060340</p><p>EAN : 3665606002802</p>"), "3665606002802", "FOUND VisibleText "),
        (shop(bare, ""), "3665606002802", "UNVERIFIED SearchHitOnly"),
        (shop(bare, "<div class=related><p>EAN : 3665606002802</p></div>"), "3665606002802", "UNVERIFIED SearchHitOnly"),
        (shop("", "<p>EAN : 3665606002802</p>"), "3665606002802", "FOUND VisibleText "),
        (shop("", "<p>Bienvenue</p>"), "3665606002802", "NO PRODUCT"),
        (String::new(), "3665606002802", "NO PRODUCT"),
        // Two products side by side, and no sign which of them the page is about.
        (
            shop(&format!("[{},{}]", gel.replace("Gel doux", "Un"), gel.replace("Gel doux", "Deux").replace("2802", "2406")), ""),
            "3665606002802",
            "MISMATCH 3665606002406",
        ),
        // Placeholders and codes of the shop's own prove nothing.
        (shop(r#"{"@type":"Product","name":"Gel doux","gtin13":"0000000000000"}"#, ""), "3665606002802", "UNVERIFIED SearchHitOnly"),
        (shop(r#"{"@type":"Product","name":"Gel doux","gtin13":"2000000000008"}"#, ""), "3665606002802", "UNVERIFIED SearchHitOnly"),
        (shop(r#"{"@type":"Product","name":"Gel doux","sku":"3665606002802"}"#, ""), "3665606002802", "FOUND Structured "),
        (shop(r#"{"@type":"Product","name":"Gel doux","mpn":"3665606002802"}"#, ""), "3665606002802", "FOUND Structured "),
        (shop(r#"{"@type":"Product","name":"Gel doux","gtin12":748322148474}"#, ""), "0748322148474", "FOUND Structured "),
        (shop(r#"{"@type":"Product","name":"Gel doux","gtin":"748322148474"}"#, ""), "0748322148474", "FOUND Structured "),
        (shop(r#"{"@type":"Product","name":"Gel doux","image":"/i/3665606002802_1.jpg"}"#, ""), "3665606002802", "FOUND UrlOrImage "),
        (shop(r#"{"@type":"Product","name":"Gel doux","image":"/i/3665606002406_1.jpg"}"#, ""), "3665606002802", "MISMATCH 3665606002406"),
    ];
    for (html, wanted, expected) in cases {
        assert_eq!(told(&judged(&html, wanted)), expected, "{html} for {wanted}");
    }
}

#[test]
fn codes_in_the_address() {
    let bare = shop(r#"{"@type":"Product","name":"Gel doux"}"#, "");
    assert_eq!(told(&judged_at(&bare, "https://shop.test/gel-3665606002802.html", "3665606002802")), "FOUND UrlOrImage ");
    assert_eq!(told(&judged_at(&bare, "https://shop.test/gel-3665606002406.html", "3665606002802")), "MISMATCH 3665606002406");
}

/// Seen in production: the first hit of the shop's search was another product.
#[test]
fn wrong_hit_3665606002802_shows_3665606002406() {
    wrong_hit("3665606002802", "3665606002406");
}

#[test]
fn wrong_hit_3701129820322_shows_3701129805060() {
    wrong_hit("3701129820322", "3701129805060");
}

#[test]
fn wrong_hit_3701129811955_shows_3701129811757() {
    wrong_hit("3701129811955", "3701129811757");
}

/// The page of `shown` must never pass for `wanted`, whatever else stands on it.
fn wrong_hit(wanted: &str, shown: &str) {
    let ld = format!(r#"{{"@type":"Product","name":"Gel doux","gtin13":"{shown}","offers":{{"price":"9.90","priceCurrency":"EUR"}}}}"#);
    let carousel = format!(r#"{{"@type":"Product","name":"Autre","gtin13":"{wanted}"}}"#);
    let micro = format!(
        r#"<div itemscope itemtype="https://schema.org/Product"><h2 itemprop=name>Gel doux</h2><b itemprop=gtin13>{shown}</b></div>"#
    );
    for html in [
        shop(&ld, ""),
        shop(&ld, &format!("<p>EAN : {wanted}</p><img src='/{wanted}.jpg'>")),
        shop(&ld, &format!(r#"<div class=carousel><script type="application/ld+json">{carousel}</script></div>"#)),
        shop(&format!("[{carousel},{ld}]"), ""),
        shop("", &micro),
        shop("", &format!("<p>EAN : {shown}</p>")),
        shop(&format!(r#"{{"@type":"ProductGroup","name":"Gel doux","hasVariant":[{ld}]}}"#), ""),
    ] {
        let verdict = judged(&html, wanted);
        assert!(matches!(&verdict, Verdict::Mismatch { seen, .. } if seen.as_given() == shown), "{html}: {verdict:?}");
        assert!(matches!(judged(&html, shown), Verdict::Found(_)), "{html}");
    }
}

fn group() -> Page {
    page(include_str!("../../tests/pages/drakkars/group.html"), "https://www.pharmaciedesdrakkars.com/biosme-gel-nettoyant-purifiant")
}

#[test]
fn a_member_of_a_group_comes_with_its_own_name_price_and_size() {
    let page = group();
    let extraction = extract::product(&page.text, &page.url);
    let Verdict::Found(product) = judge(&extraction, &Gtin::parse("3701129811962").unwrap(), &page) else { panic!() };
    assert_eq!(product.evidence, Some(Evidence::Variant));
    assert_eq!(product.name.as_deref(), Some("Gel nettoyant purifiant 400 ml"));
    assert_eq!(product.brand.as_deref(), Some("Biosme"));
    assert_eq!(product.price().unwrap().to_string(), "21.5 EUR");
    assert_eq!(product.size.as_deref(), Some("400 ml"));
    assert_eq!(product.gtins, [Gtin::parse("3701129811962").unwrap()]);
    assert_eq!(
        product.images.iter().map(|image| image.url.as_str()).collect::<Vec<_>>(),
        ["https://www.pharmaciedesdrakkars.com/img/3701129811962_1.jpg"]
    );
    assert_eq!(product.breadcrumbs, ["Accueil", "Visage", "Nettoyants"]);
    assert_eq!(product.variants.len(), 2);
    assert_eq!(product.variants[0].price.as_ref().unwrap().to_string(), "13.90 EUR");
    assert_eq!(product.provenance["price"].locator, "$[1].hasVariant[1].offers[0].price");
    assert_eq!(product.provenance["brand"].locator, "$[1].brand");
    assert_eq!(product.retrieved_at, page.retrieved_at);
}

#[test]
fn a_group_without_the_wanted_code_is_a_mismatch() {
    let page = group();
    let extraction = extract::product(&page.text, &page.url);
    // A carousel on the page shows this one behind a label.
    assert_eq!(told(&judge(&extraction, &Gtin::parse("3665606002802").unwrap(), &page)), "MISMATCH 3701129811955");
}

#[test]
fn offers_with_codes_of_their_own_are_variants() {
    let html = shop(
        r#"{"@type":"Product","name":"Gel doux","gtin13":"748322148474","sku":"G","offers":[
            {"@type":"Offer","gtin13":"0748322148474","price":"10.00","priceCurrency":"EUR","availability":"InStock"},
            {"@type":"Offer","gtin13":"0748322148481","name":"Gel doux 400 ml","sku":"G2","price":"18.00","priceCurrency":"EUR","url":"/gel?400"}]}"#,
        "",
    );
    assert_eq!(told(&judged(&html, "0748322148474")), "FOUND Structured 10.00 EUR");
    let Verdict::Found(product) = judged(&html, "0748322148481") else { panic!() };
    assert_eq!((product.evidence, product.price().unwrap().to_string()), (Some(Evidence::Variant), "18.00 EUR".into()));
    assert_eq!((product.name.as_deref(), product.sku.as_deref()), (Some("Gel doux 400 ml"), Some("G2")));
    assert_eq!(product.gtins, [Gtin::parse("0748322148481").unwrap()]);
    assert_eq!(product.variants.len(), 1);
}
