//! `read` under `[page]`.

use super::*;
use crate::recipe::Reading;

const SHOP: &str = r#"
name = "example"
title = "Example"
origin = "https://www.shop.example"
currency = "EUR"
[[search]]
path = "/search"
hits = { css = "a.product" }
"#;

const GEL: &str = r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","description":"Un gel.","image":"/a.jpg",
    "offers":{"price":"9.90","priceCurrency":"EUR","availability":"InStock"}}"#;

fn shop(page: &str) -> Recipe {
    Recipe::parse(&format!("{SHOP}\n{page}"), "example.toml").unwrap()
}

fn gel(json: &str) -> Page {
    let html = format!(
        r#"<html lang="fr"><head><title>Gel</title><script type="application/ld+json">{json}</script></head>
           <body><h1>Gel</h1><i class="brand">Biosme</i><p>EAN : 3665606002802</p></body></html>"#
    );
    page("https://www.shop.example/gel", &html)
}

fn brand(recipe: &Recipe, page: &Page) -> Option<String> {
    match judge(&recipe.extract(page), &gtin("3665606002802"), page) {
        Verdict::Found(product) => {
            assert_eq!(product.shop.as_ref().unwrap().as_str(), "example");
            product.brand
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn rules_are_left_aside_only_where_json_ld_suffices() {
    let rule = "[page.fields]\nbrand = [{ css = '.brand' }]";
    let (whole, short) = (shop(rule), shop(&format!("[page]\nread = 'structured'\n{rule}")));
    let lacking = GEL.replace("\"image\"", "\"picture\"");
    assert_eq!(brand(&whole, &gel(GEL)).as_deref(), Some("Biosme"));
    assert_eq!(brand(&short, &gel(GEL)), None);
    assert_eq!(brand(&short, &gel(&lacking)).as_deref(), Some("Biosme"));
    assert_eq!(brand(&short.with_reading(Reading::Whole), &gel(GEL)).as_deref(), Some("Biosme"));
}

#[test]
fn another_barcode_in_the_json_ld_is_a_mismatch_in_the_short_way_too() {
    let page = gel(&GEL.replace("3665606002802", "3665606002406"));
    let verdict = judge(&shop("[page]\nread = 'structured'").extract(&page), &gtin("3665606002802"), &page);
    assert!(matches!(&verdict, Verdict::Mismatch { seen, .. } if *seen == gtin("3665606002406")), "{verdict:?}");
}

#[test]
fn what_is_read_is_told() {
    assert_eq!(shop("").reading(), Reading::Whole);
    assert_eq!(shop("[page]\nread = 'structured'").reading(), Reading::Structured);
    assert!(Recipe::parse(&format!("{SHOP}\n[page]\nread = 'half'"), "example.toml").is_err());
}
