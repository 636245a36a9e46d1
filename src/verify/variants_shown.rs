//! Pages that sell one article in several sizes or colours, whose barcodes stand in the visible page or its attributes alone.

use super::*;
use crate::extract;

const A: &str = "3665606002802";
const B: &str = "3665606002406";
const C: &str = "3701129811955";
/// Another product's.
const X: &str = "3701129805060";

/// A page with a heading, a price and a button; `list` stands between them, `behind` after the product.
fn page(head: &str, price: &str, list: &str, behind: &str) -> Page {
    let text = format!(
        r#"<html lang=en><head><title>Harbour Parka | Shop</title>{head}</head><body><main><div class=product><h1>Harbour Parka</h1>
        <div class=price>{price}</div>{list}<button class=add-to-cart>Add to cart</button></div>{behind}</main></body></html>"#
    );
    Page {
        status: 200,
        url: "https://shop.test/harbour-parka".parse().unwrap(),
        content_type: Some("text/html; charset=utf-8".into()),
        text: text.replace("{A}", A).replace("{B}", B).replace("{C}", C).replace("{X}", X),
        retrieved_at: "2026-02-03T04:05:06Z".parse().unwrap(),
    }
}

/// `VARIANT code size price regular availability sku`, `MISMATCH code`, …
fn told(page: &Page, wanted: &str) -> String {
    let verdict = judge(&extract::product(&page.text, &page.url), &Gtin::parse(wanted).unwrap(), page);
    match verdict {
        Verdict::Found(product) => {
            let offer = product.offers.first().cloned().unwrap_or_default();
            let money = |money: Option<crate::model::Money>| money.map_or("-".to_owned(), |money| money.to_string());
            let stock = offer.availability.map_or("-".to_owned(), |stock| format!("{stock:?}"));
            assert_eq!(product.gtins.len(), 1);
            assert_eq!(product.name.as_deref(), Some("Harbour Parka"));
            format!(
                "{:?} {} {} {} {} {stock} {}",
                product.evidence.unwrap(),
                product.gtins[0],
                product.size.as_deref().unwrap_or("-"),
                money(offer.price),
                money(offer.regular_price),
                product.sku.as_deref().unwrap_or("-"),
            )
        }
        Verdict::Mismatch { seen, .. } => format!("MISMATCH {seen}"),
        Verdict::Unverified(_) => "UNVERIFIED".into(),
        Verdict::NoProduct => "NO PRODUCT".into(),
    }
}

fn check(page: &Page, cases: &[(&str, &str)]) {
    for (wanted, expected) in cases {
        let expected = expected.replace("{A}", A).replace("{B}", B).replace("{C}", C);
        assert_eq!(told(page, wanted), expected, "{} for {wanted}", page.text);
    }
}

#[test]
fn options_with_prices_of_their_own() {
    let list = r#"<select name=size><option value="">Choose a size</option>
        <option value=1 data-ean={A} data-price="49.90" data-sku=HP-S>S</option>
        <option value=2 data-ean={B} data-price="54.90" data-sku=HP-M data-stock=0>M</option></select>"#;
    check(
        &page("", "from €49.90", list, ""),
        &[(A, "Variant {A} S 49.90 EUR - - HP-S"), (B, "Variant {B} M 54.90 EUR - OutOfStock HP-M"), (C, "MISMATCH {A}")],
    );
}

#[test]
fn options_whose_price_stands_for_all() {
    let list = r#"<select id=sizes><option>Select</option><option data-gtin13={A}>38</option><option data-gtin13={B} disabled>39</option></select>"#;
    check(
        &page("", "<s>€80.00</s> <b>€59.00</b>", list, ""),
        &[(A, "Variant {A} 38 59.00 EUR 80.00 EUR InStock -"), (B, "Variant {B} 39 59.00 EUR 80.00 EUR OutOfStock -")],
    );
}

/// The price is that of the one that is chosen, and nobody knows what another one costs.
#[test]
fn the_price_of_the_chosen_one_is_its_own() {
    let list = r#"<div class=swatches><button class="swatch selected" data-ean={A} data-color=Sand title=Sand></button>
        <button class=swatch data-ean={B} data-color=Navy title=Navy></button></div>"#;
    check(&page("", "€59.00", list, ""), &[(A, "Variant {A} Sand 59.00 EUR - InStock -"), (B, "Variant {B} Navy - - - -")]);
    let first = r#"<select><option data-ean={A}>38</option><option data-ean={B}>39</option></select>"#;
    check(&page("", "€59.00", first, ""), &[(A, "Variant {A} 38 59.00 EUR - InStock -"), (B, "Variant {B} 39 - - - -")]);
}

#[test]
fn a_content_has_a_price_of_its_own() {
    let list = r#"<div class=sizes><label><input type=radio name=s value=1 data-ean={A}> 50 ml</label>
        <label><input type=radio name=s value=2 data-ean={B}> 200 ml</label></div>"#;
    check(&page("", "€12.00", list, ""), &[(A, "Variant {A} 50 ml - - - -"), (B, "Variant {B} 200 ml - - - -")]);
}

#[test]
fn radio_labels_that_say_it_all() {
    let list = r#"<fieldset><label><input type=radio name=s> 250 ml – EAN {A} – €12.90</label>
        <label><input type=radio name=s> 1 l – EAN {B} – €29.90 – out of stock</label></fieldset>"#;
    check(
        &page("", "from €12.90", list, ""),
        &[(A, "Variant {A} 250 ml 12.90 EUR - - -"), (B, "Variant {B} 1 l 29.90 EUR - OutOfStock -"), (C, "MISMATCH {A}")],
    );
}

/// The first labelled code of the page is that of the first size, whose price the page's is not.
#[test]
fn lines_that_say_it_all() {
    let list = "<ul class=variants><li>50 ml, EAN: {A}</li><li>200 ml, EAN: {B}</li></ul>";
    check(&page("", "€12.00", list, ""), &[(A, "Variant {A} 50 ml - - - -"), (B, "Variant {B} 200 ml - - - -"), (C, "MISMATCH {A}")]);
    let list = r#"<div class=variant-row><p>S</p><p>EAN {A}</p><b>€12.00</b></div><div class=variant-row><p>M</p><p>EAN {B}</p><b>€15.00</b></div>"#;
    check(&page("", "€12.00", list, ""), &[(A, "Variant {A} S 12.00 EUR - - -"), (B, "Variant {B} M 15.00 EUR - - -")]);
}

/// Where a row tells amounts, the page's own stands for none of them, even if it is not seen which amount is the price.
#[test]
fn amounts_that_are_not_understood() {
    let glued =
        "<div class=size-row><i>S</i><i>EAN {A}</i><b>€12.00</b></div><div class=size-row><i>M</i><i>EAN {B}</i><b>€15.00</b></div>";
    check(&page("", "€12.00", glued, ""), &[(B, "Variant {B} M 15.00 EUR - - -")]);
    let two = "<table><tr><td>S</td><td>{A}</td><td>€12.00</td><td>€9.00</td></tr><tr><td>M</td><td>{B}</td><td>€15.00</td><td>€11.00</td></tr></table>";
    check(&page("", "€12.00", two, ""), &[(B, "Variant {B} M - - - -")]);
    let net = "<table><tr><th>Size</th><th>EAN</th><th>Prix HT</th></tr><tr><td>S</td><td>{A}</td><td>10.00</td></tr><tr><td>M</td><td>{B}</td><td>12.00</td></tr></table>";
    check(&page("", "€12.00", net, ""), &[(B, "Variant {B} M - - - -")]);
}

#[test]
fn codes_of_products_side_by_side_are_not_the_page_s() {
    let list = "<h3>Complete the look</h3><div class=grid><div data-ean={A}><p>Hat</p></div><div data-ean={B}><p>Scarf</p></div></div>";
    check(&page("", "€12.00", list, ""), &[(A, "UNVERIFIED"), (B, "UNVERIFIED")]);
}

/// The lowest of several prices is nobody's but the cheapest one's.
#[test]
fn the_lowest_price_stands_for_none() {
    let head = r#"<script type="application/ld+json">{"@type":"Product","name":"Harbour Parka",
        "offers":{"@type":"AggregateOffer","lowPrice":"49.90","highPrice":"69.90","priceCurrency":"EUR"}}</script>"#;
    let list = "<select><option>Size</option><option data-ean={A}>S</option><option data-ean={B}>M</option></select>";
    check(&page(head, "€49.90", list, ""), &[(A, "Variant {A} S - - - -"), (B, "Variant {B} M - - - -")]);
    check(&page("", "from €49.90", list, ""), &[(B, "Variant {B} M - - - -")]);
}

#[test]
fn a_member_has_its_own_picture() {
    let list = "<ul class=swatches><li data-ean={A} data-image=/sand.jpg>Sand</li><li data-ean={B} data-image=/navy.jpg>Navy</li></ul>";
    let page = page("", "€49.90", list, "");
    let Verdict::Found(product) = judge(&extract::product(&page.text, &page.url), &Gtin::parse(B).unwrap(), &page) else { panic!() };
    assert_eq!(product.images[0].url, "https://shop.test/navy.jpg");
    assert_eq!(product.variants.len(), 1);
}

#[test]
fn rows_of_a_table() {
    let list = r#"<table><tr><th>Size</th><th>EAN</th><th>RRP</th><th>Price</th><th>Stock</th></tr>
        <tr><td>Small</td><td>{A}</td><td></td><td>€12.90</td><td>In stock</td></tr>
        <tr><td>Large</td><td>{B}</td><td>€35.00</td><td>€29.90</td><td>Sold out</td></tr></table>"#;
    check(
        &page("", "from €12.90", list, ""),
        &[(A, "Variant {A} Small 12.90 EUR - InStock -"), (B, "Variant {B} Large 29.90 EUR 35.00 EUR OutOfStock -"), (C, "MISMATCH {A}")],
    );
    let german = r#"<table class=varianten><thead><tr><td>Artikel-Nr.</td><td>Größe</td><td>GTIN</td><td>UVP</td><td>Preis</td></tr></thead>
        <tr><td>P-1</td><td>M</td><td>{A}</td><td>49,90 €</td><td>39,90 €</td></tr>
        <tr><td>P-2</td><td>L</td><td>{B}</td><td>54,90 €</td><td>44,90 €</td></tr></table>"#;
    check(&page("", "ab 39,90 €", german, ""), &[(B, "Variant {B} L 44.90 EUR 54.90 EUR - P-2")]);
}

#[test]
fn rows_that_share_the_price_of_the_page() {
    let list =
        r#"<table><tr><th>Colour</th><th>Barcode</th></tr><tr><td>Sand</td><td>{A}</td></tr><tr><td>Navy</td><td>{B}</td></tr></table>"#;
    check(&page("", "€59.00", list, ""), &[(B, "Variant {B} Navy 59.00 EUR - InStock -")]);
}

#[test]
fn combinations_in_an_attribute() {
    let list = r#"<div class=buy data-product-variants='[{"id":1,"size":"S","ean13":"{A}","price":49.9,"quantity":3},
        {"id":2,"size":"M","ean13":"{B}","price":54.9,"quantity":0}]'></div>"#;
    check(
        &page("", "€49.90", list, ""),
        &[(A, "Variant {A} S 49.9 EUR - InStock -"), (B, "Variant {B} M 54.9 EUR - OutOfStock -"), (C, "MISMATCH {A}")],
    );
}

/// PrestaShop's `combinations`: what stands under `price` is a surcharge.
#[test]
fn surcharges_are_no_prices() {
    let list = r#"<script>var combinations = {"11":{"attributes_values":{"1":"S"},"ean13":"{A}","price":0,"quantity":2},
        "12":{"attributes_values":{"1":"M","3":"Navy"},"ean13":"{B}","price":5,"quantity":0}};</script>"#;
    check(&page("", "€49.90", list, ""), &[(A, "Variant {A} S - - InStock -"), (B, "Variant {B} M / Navy - - OutOfStock -")]);
    let options =
        r#"<select><option value=0>Size</option><option data-ean={A}>S</option><option data-ean={B}>M (+ €5.00)</option></select>"#;
    check(&page("", "€49.90", options, ""), &[(B, "Variant {B} M - - - -")]);
}

#[test]
fn amounts_in_cents() {
    let list = r#"<script>window.sizes = [{size: "S", gtin: "{A}", price: 4990}, {size: "M", gtin: "{B}", price: 5490}];</script>"#;
    check(&page("", "€49.90", list, ""), &[(B, "Variant {B} M 54.90 EUR - - -")]);
}

/// The page shows one size and is called by it.
#[test]
fn the_name_is_that_of_the_wanted_size() {
    let list = r#"<select><option data-ean={A} data-price=12.00 selected>50 ml</option><option data-ean={B} data-price=30.00>200 ml</option></select>"#;
    let mut page = page("", "€12.00", list, "");
    page.text = page.text.replace("Parka", "Gel 50 ml");
    let judged = judge(&extract::product(&page.text, &page.url), &Gtin::parse(B).unwrap(), &page);
    let Verdict::Found(product) = judged else { panic!() };
    assert_eq!((product.name.as_deref(), product.size.as_deref()), (Some("Harbour Gel 200 ml"), Some("200 ml")));
    assert_eq!(product.price().unwrap().to_string(), "30.00 EUR");
    assert_eq!(product.variants.len(), 1);
}

#[test]
fn a_code_that_stands_for_two() {
    let list = r#"<select><option>Size</option><option data-ean={A} data-price=49.90>S</option><option data-ean={B} data-price=54.90>M</option>
        <option data-ean={B} data-price=59.90>L</option></select>"#;
    check(&page("", "from €49.90", list, ""), &[(B, "Variant {B} - - - - -")]);
}

/// The markup speaks of the size that is shown; the list has the others.
#[test]
fn markup_of_the_shown_size() {
    let head = r#"<script type="application/ld+json">{"@type":"Product","name":"Harbour Parka","gtin13":"{A}","image":"/sand.jpg",
        "offers":{"price":"49.90","priceCurrency":"EUR","availability":"InStock"}}</script>"#;
    let list = r#"<select><option>Size</option><option data-ean={A}>S</option><option data-ean={B}>M</option></select>"#;
    check(
        &page(head, "€49.90", list, ""),
        &[(A, "Structured {A} - 49.90 EUR - InStock -"), (B, "Variant {B} M - - - -"), (C, "MISMATCH {A}")],
    );
    // The list is another product's.
    let foreign = list.replace("{A}", "{C}");
    check(&page(head, "€49.90", &foreign, ""), &[(B, "MISMATCH {A}")]);
}

#[test]
fn other_products_beside_it_are_no_variants() {
    let sizes = "<ul class=sizes><li>S</li><li>M</li></ul>";
    let card = |code: &str| format!("<div class=slide data-ean={code}><a href=/other><img src=x.jpg></a><p>Other</p><b>€9.90</b></div>");
    let cards = format!("<div class=carousel>{}{}</div>", card("{A}"), card("{B}"));
    let bare = format!("<div class=row>{}{}</div>", card("{A}"), card("{B}"));
    let buttons = "<div class=row><button data-ean={A}>Add to cart</button><button data-ean={B}>Add to cart</button></div>";
    let table =
        "<h3>Matching accessories</h3><table><tr><th>Item</th><th>EAN</th><th>Price</th></tr><tr><td>Hat</td><td>{A}</td><td>€9</td></tr>
        <tr><td>Scarf</td><td>{B}</td><td>€12</td></tr></table>";
    let linked = "<table><tr><td><a href=/hat>Hat</a></td><td>{A}</td></tr><tr><td><a href=/scarf>Scarf</a></td><td>{B}</td></tr></table>";
    let bundle = "<div class=options><label><input type=checkbox data-ean={A}> Hat</label><label><input type=checkbox data-ean={B}> Scarf</label></div>";
    let json = r#"<div data-items='[{"name":"Wool hat blue","ean":"{A}","price":9.9,"size":"M"},{"name":"Silk scarf red","ean":"{B}","price":12.5,"size":"L"}]'></div>"#;
    let owned =
        r#"<div data-x='{"name":"Wool hat blue","price":9.9,"variants":[{"size":"S","ean":"{A}"},{"size":"M","ean":"{B}"}]}'></div>"#;
    for beside in [cards.as_str(), &bare, buttons, table, linked, bundle, json, owned] {
        for (list, behind) in [(sizes, beside), (beside, "")] {
            let page = page("", "€49.90", list, behind);
            let extraction = extract::product(&page.text, &page.url);
            assert!(extraction.candidates.iter().all(|candidate| candidate.variants.is_empty()), "{}", page.text);
            assert!(!told(&page, B).starts_with("Variant"), "{}", page.text);
        }
    }
}

#[test]
fn sizes_without_codes_leave_the_code_of_the_page() {
    let list = "<select><option>S</option><option>M</option></select><p>EAN: {A}</p>";
    check(&page("", "€49.90", list, ""), &[(A, "VisibleText {A} - 49.90 EUR - InStock -"), (B, "MISMATCH {A}")]);
    check(&page("", "€49.90", "<select><option>S</option><option>M</option></select>", ""), &[(A, "UNVERIFIED")]);
}
