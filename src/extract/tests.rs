use super::*;
use crate::model::Availability;

mod hostile;
mod wild;

fn read(html: &str) -> Extraction {
    product(html, &Url::parse("https://shop.test/p/gel.html").unwrap())
}

fn sheet(html: &str) -> Product {
    read(html).product().unwrap_or_else(|| panic!("no product in {html}"))
}

fn ld(json: &str) -> String {
    format!(r#"<script type="application/ld+json">{json}</script>"#)
}

/// Name, first code and price of what a page shows.
fn told(html: &str) -> String {
    let Some(product) = read(html).product() else { return "none".into() };
    let code = product.gtins.first().map(|code| code.as_given().to_owned());
    format!(
        "{} | {} | {}",
        product.name.clone().unwrap_or_default(),
        code.unwrap_or_default(),
        product.price().map(ToString::to_string).unwrap_or_default()
    )
}

const GEL: &str = r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#;
const GEL_TOLD: &str = "Gel | 3665606002802 | 9.90 EUR";

#[test]
fn where_a_product_stands_in_json_ld() {
    for json in [
        GEL.to_owned(),
        format!("[{GEL}]"),
        format!(r#"[[{GEL}]]"#),
        format!(r#"{{"@graph":[{{"@type":"WebPage"}},{GEL}]}}"#),
        format!(r#"{{"@graph":{GEL}}}"#),
        format!(r#"{{"@type":"WebPage","mainEntity":{GEL}}}"#),
        format!(r#"{{"@type":"ItemPage","mainEntity":[{GEL}]}}"#),
        GEL.replace(r#""Product""#, r#"["Product","Thing"]"#),
        GEL.replace(r#""Product""#, r#""http://schema.org/Product""#),
        GEL.replace(r#""Product""#, r#""schema:Product""#),
        GEL.replace("\"gtin13\"", "\"gtin\""),
        GEL.replace("\"gtin13\":", "\"identifier\":{\"@type\":\"PropertyValue\",\"propertyID\":\"ean\",\"value\":")
            .replace("2802\",", "2802\"},"),
    ] {
        assert_eq!(told(&ld(&json)), GEL_TOLD, "{json}");
    }
}

#[test]
fn faulty_blocks() {
    for block in [
        GEL.replace("Gel", "Gel\n").replace("Gel\n", "Gel"),
        GEL.replace("}}", ",},}"),
        format!("{GEL};"),
        format!("{GEL}}}"),
        format!("// <![CDATA[\n{GEL}\n// ]]>"),
        format!("<!--\n{GEL}\n-->"),
        GEL.replace('"', "&quot;"),
        format!("/* shop */ {GEL}"),
    ] {
        assert_eq!(told(&ld(&block)), GEL_TOLD, "{block}");
    }
    // A bad block does not kill its siblings; half a block is nothing.
    let cut = &GEL[..GEL.len() - 10];
    assert_eq!(told(&format!("{}{}{}", ld("{oops"), ld(cut), ld(GEL))), GEL_TOLD);
    assert_eq!(told(&ld(cut)), "none");
    // A script that is cut off by the end of the page.
    assert_eq!(told(&format!("<script type='application/ld+json'>{cut}")), "none");
    assert_eq!(told(&ld(r#"{"@type":"Product","name":"Gel","gtin12":012345678905}"#)), "Gel | 012345678905 | ");
    assert_eq!(told(&ld(r#"{"@type":"Product","name":"Gel","gtin13":748322148474}"#)), "Gel | 748322148474 | ");
}

#[test]
fn prices_of_offers() {
    for (offers, expected) in [
        (r#"{"price":9.9,"priceCurrency":"EUR"}"#, "9.9 EUR"),
        (r#"{"price":"9,90 €"}"#, "9.90 EUR"),
        (r#"{"price":"1 770,00","priceCurrency":"EUR"}"#, "1770.00 EUR"),
        (r#"{"price":"1.250","priceCurrency":"EUR"}"#, "1.250 EUR"),
        (r#"{"price":"9.90","priceCurrency":"€"}"#, "9.90 EUR"),
        (r#"[{"price":"9.90","priceCurrency":"EUR"},{"price":"8.90","priceCurrency":"EUR"}]"#, "9.90 EUR"),
        (r#"{"@type":"AggregateOffer","lowPrice":"7.90","highPrice":"9.90","priceCurrency":"EUR"}"#, "7.90 EUR"),
        (r#"{"@type":"AggregateOffer","lowPrice":"7.90","priceCurrency":"EUR","offers":[{"price":"9.90"}]}"#, "9.90 EUR"),
        (r#"{"priceSpecification":{"price":"9.90","priceCurrency":"EUR"}}"#, "9.90 EUR"),
        (r#"{"price":"","priceCurrency":"EUR"}"#, ""),
        (r#"{"price":null}"#, ""),
    ] {
        let html = ld(&format!(r#"{{"@type":"Product","name":"Gel","offers":{offers}}}"#));
        assert_eq!(told(&html), format!("Gel |  | {expected}"), "{offers}");
    }
}

#[test]
fn regular_and_unit_prices() {
    let product = sheet(&ld(r#"{"@type":"Product","name":"Gel","offers":{"priceSpecification":[
            {"price":"9.90","priceCurrency":"EUR"},{"price":"12.90","priceCurrency":"EUR","priceType":"https://schema.org/StrikethroughPrice"},
            {"@type":"UnitPriceSpecification","price":"49.50","priceCurrency":"EUR","referenceQuantity":{"value":"1","unitText":"L"}}]}}"#));
    let offer = &product.offers[0];
    assert_eq!(offer.regular_price.as_ref().unwrap().to_string(), "12.90 EUR");
    assert_eq!(offer.unit_price.as_ref().map(|unit| (unit.price.to_string(), unit.per.clone())), Some(("49.50 EUR".into(), "L".into())));
    assert_eq!(product.provenance["regular_price"].locator, "$[0].offers.priceSpecification[1].price");
}

#[test]
fn microdata_stays_in_its_own_item() {
    let html = r#"<div itemscope itemtype="http://schema.org/Product">
        <div itemprop=review itemscope itemtype="http://schema.org/Review"><span itemprop=author itemscope><b itemprop=name>Sophie</b></span>
          <b itemprop=name>Super</b><p itemprop=description>Très bien.</p><i itemprop=reviewRating itemscope><b itemprop=ratingValue>4</b></i></div>
        <div itemprop=aggregateRating itemscope><b itemprop=ratingValue>4,5</b><b itemprop=reviewCount>12</b></div>
        <h1 itemprop=name>Gel</h1><p itemprop=description>Un gel.</p><meta itemprop=gtin13 content=3665606002802>
        <div itemprop=brand itemscope><meta itemprop=name content=Biosme></div><img itemprop=image src="/g.jpg">
        <div itemprop=offers itemscope><meta itemprop=price content="9.90"><meta itemprop=priceCurrency content=EUR>
          <link itemprop=availability href="https://schema.org/InStock"></div></div>"#;
    let product = sheet(html);
    assert_eq!(told(html), GEL_TOLD);
    assert_eq!((product.brand.as_deref(), product.description.as_deref()), (Some("Biosme"), Some("Un gel.")));
    assert_eq!(product.offers[0].availability, Some(Availability::InStock));
    assert_eq!(product.images[0].url, "https://shop.test/g.jpg");
    assert_eq!(product.rating.as_ref().map(|rating| (rating.value, rating.count)), Some((4.5, Some(12))));
    let review = &product.reviews[0];
    assert_eq!(
        (review.author.as_deref(), review.title.as_deref(), review.body.as_str(), review.rating),
        (Some("Sophie"), Some("Super"), "Très bien.", Some(4.0))
    );
    assert_eq!(product.provenance["name"].source, Source::Microdata);
}

#[test]
fn other_products_on_the_page_lend_nothing() {
    let other = r#"{"@type":"Product","name":"Baume","gtin13":"3665606002406","description":"Un baume.","offers":{"price":"4.90","priceCurrency":"EUR"}}"#;
    let related = GEL.replace("\"offers\"", &format!("\"isRelatedTo\":[{other}],\"offers\""));
    let list = format!(r#"{{"@type":"ItemList","itemListElement":[{{"@type":"ListItem","item":{other}}}]}}"#);
    for html in [
        format!("<h1>Gel</h1>{}{}", ld(other), ld(GEL)),
        format!("<h1>Gel</h1>{}{}", ld(GEL), ld(other)),
        ld(&related),
        ld(&format!("[{list},{GEL}]")),
        format!(
            "{}<div class='related-products'><div itemscope itemtype='http://schema.org/Product'><b itemprop=name>Baume</b><p itemprop=description>Un baume.</p></div></div>",
            ld(GEL)
        ),
        format!("<title>Gel - Shop</title>{}{}", ld(other), ld(GEL)),
        format!("{}{}", ld(other), ld(&GEL.replace("\"name\"", "\"url\":\"https://shop.test/p/gel.html\",\"name\""))),
    ] {
        assert_eq!(told(&html), GEL_TOLD, "{html}");
        assert_eq!(sheet(&html).description, None, "{html}");
    }
    // A category page shows no product of its own.
    let list: String = (0..6).map(|n| ld(&format!(r#"{{"@type":"Product","name":"Produit{n} {n}{n}","sku":"{n}"}}"#))).collect();
    assert_eq!(told(&list), "none");
}

#[test]
fn the_first_listed_source_wins_and_the_others_fill_the_gaps() {
    let html = format!(
        "{}<meta property='og:type' content='product'><meta property='og:title' content='Gel | Shop'><meta property='og:description' content='Frais.'>
         <meta property='product:price:amount' content='9.95'><meta property='og:image' content='/og.jpg'>",
        ld(GEL)
    );
    let product = sheet(&html);
    assert_eq!(told(&html), GEL_TOLD);
    assert_eq!((product.description.as_deref(), product.provenance["description"].source), (Some("Frais."), Source::OpenGraph));
    assert_eq!(product.images[0].url, "https://shop.test/og.jpg");
}

#[test]
fn open_graph_alone() {
    let html = "<meta property='og:title' content='Gel'><meta property='product:price:amount' content='9,90'><meta property='product:price:currency' content='EUR'>
        <meta property='product:ean' content='3665606002802'>";
    assert_eq!(told(html), GEL_TOLD);
    assert_eq!(told("<meta property='og:title' content='Accueil'><meta property='og:type' content='website'>"), "none");
}

#[test]
fn members_that_stand_side_by_side() {
    let member = |n: &str, code: &str| {
        format!(
            r##"{{"@type":"Product","name":"Gel {n}","gtin13":"{code}","inProductGroupWithID":"g","url":"/p/{n}","offers":{{"price":"{n}","priceCurrency":"EUR"}}}}"##
        )
    };
    let html = format!("{}{}", ld(&member("50", "3665606002802")), ld(&member("99", "3665606002406")));
    let extraction = read(&html);
    assert_eq!(extraction.candidates.len(), 1);
    assert_eq!(extraction.candidates[0].variants.len(), 2);
    // References are followed.
    let html = ld(
        r##"{"@graph":[{"@type":"ProductGroup","name":"Gel","hasVariant":[{"@id":"#a"}]},{"@type":"Product","@id":"#a","name":"Gel 50","gtin13":"3665606002802"}]}"##,
    );
    assert!(
        read(&html)
            .candidates
            .iter()
            .any(|candidate| candidate.variants.iter().any(|variant| variant.sheet.name.as_deref() == Some("Gel 50")))
    );
}

#[test]
fn a_prestashop_page() {
    let html = include_str!("../../tests/pages/generic/prestashop.html");
    let page = product(html, &Url::parse("https://boutique.example/baumes/17-baume-levres.html").unwrap());
    let product = page.product().unwrap();
    assert_eq!(product.name.as_deref(), Some("Baume lèvres - Rose"));
    assert_eq!(product.gtins, [Gtin::parse("748322148474").unwrap()]);
    assert_eq!(product.price().unwrap().to_string(), "7.50 EUR");
    assert_eq!(product.variants.len(), 1);
    assert_eq!(product.variants[0].name.as_deref(), Some("Baume lèvres - Vanille"));
    assert_eq!(product.breadcrumbs, ["Accueil", "Baumes", "Baume lèvres"]);
    assert_eq!(product.language.as_deref(), Some("fr-FR"));
    // Without JSON-LD the state in the attribute tells the same.
    let html = html.replace("application/ld+json", "text/plain");
    let product = super::product(&html, &page.url).product().unwrap();
    assert_eq!((product.gtins.len(), product.price().unwrap().to_string().as_str()), (1, "7.50 EUR"));
}

#[test]
fn a_woocommerce_page() {
    let html = include_str!("../../tests/pages/generic/woocommerce.html");
    let product = product(html, &Url::parse("https://herbo.example/produit/huile/").unwrap()).product().unwrap();
    assert_eq!(product.description.as_deref(), Some("Huile de massage à l'arnica"));
    assert_eq!((product.sku.as_deref(), product.gtins[0].as_given()), (Some("4711"), "3665606002406"));
    let offer = &product.offers[0];
    assert_eq!(
        (offer.price.as_ref().unwrap().to_string(), offer.regular_price.as_ref().unwrap().to_string()),
        ("12.90 EUR".into(), "15.90 EUR".into())
    );
    assert_eq!((offer.seller.as_deref(), offer.valid_until.as_deref()), (Some("Herboristerie"), Some("2026-12-31")));
    assert_eq!((product.reviews[0].author.as_deref(), product.reviews[0].date.as_deref()), (Some("Claire"), Some("2025-06-01")));
    // The page's own name ends the trail, as it does where it is marked (`aria-current`).
    assert_eq!(product.breadcrumbs, ["Accueil", "Huiles", "Huile de massage bio"]);
}

#[test]
fn media_are_told_apart() {
    let json = r#"{"@type":"Product","name":"Gel","image":["/gel_200x200.jpg","/film.mp4","/gel_800x800.jpg"],
        "video":{"@type":"VideoObject","name":"Le geste","embedUrl":"https://www.youtube.com/embed/dQw4w9WgXcQ","duration":"PT1M30S"},
        "associatedMedia":{"@type":"AudioObject","contentUrl":"/voix.mp3"}}"#;
    let html = format!(
        "<h1>Gel</h1>{}<video><source src='/deux.webm' type='video/webm'></video><iframe src='https://maps.test/embed'></iframe>
         <iframe src='//www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0'></iframe>
         <div class='related-products'><video src='/autre.mp4'></video></div>",
        ld(json)
    );
    let product = sheet(&html);
    let urls = |list: &[crate::model::Media]| list.iter().map(|medium| medium.url.clone()).collect::<Vec<_>>();
    assert_eq!(urls(&product.images), ["https://shop.test/gel_800x800.jpg"]);
    assert_eq!(urls(&product.videos), ["https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://shop.test/film.mp4"]);
    assert_eq!(urls(&product.audio), ["https://shop.test/voix.mp3"]);
    assert_eq!((product.videos[0].alt.as_deref(), product.videos[0].duration), (Some("Le geste"), Some(90.0)));
    let shown = sheet(&html.replace("application/ld+json", "text/plain").replace("</h1>", "</h1><p>Réf. : AB12</p><p>9,90 €</p>"));
    assert_eq!(urls(&shown.videos), ["https://shop.test/deux.webm", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"]);
}
