//! Structured data as shops really write it: each fault or liberty with what must be read all the same.

use super::*;

/// What a page tells of one field, in short.
fn look(product: Option<&Product>, key: &str) -> String {
    let Some(product) = product else { return "none".into() };
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    let offer = product.offers.first();
    let addresses = |media: &[crate::model::Media]| {
        media.iter().map(|one| one.url.trim_start_matches("https://shop.test").to_owned()).collect::<Vec<_>>().join(" ")
    };
    match key {
        "name" => text(product.name.as_ref()),
        "brand" => text(product.brand.as_ref()),
        "sku" => text(product.sku.as_ref()),
        "mpn" => text(product.mpn.as_ref()),
        "text" => text(product.description.as_ref()),
        "size" => text(product.size.as_ref()),
        "gtin" => product.gtins.iter().map(Gtin::as_given).collect::<Vec<_>>().join(" "),
        "price" => product.price().map(ToString::to_string).unwrap_or_default(),
        "regular" => offer.and_then(|offer| offer.regular_price.as_ref()).map(ToString::to_string).unwrap_or_default(),
        "stock" => offer.and_then(|offer| offer.availability).map(|stock| format!("{stock:?}")).unwrap_or_default(),
        "offers" => product.offers.len().to_string(),
        "images" => addresses(&product.images),
        "videos" => addresses(&product.videos),
        "audio" => addresses(&product.audio),
        "rating" => {
            product.rating.as_ref().map(|rating| format!("{}/{} {:?}", rating.value, rating.best, rating.count)).unwrap_or_default()
        }
        "reviews" => product.reviews.iter().map(|review| review.body.as_str()).collect::<Vec<_>>().join("|"),
        "stars" => product.reviews.iter().map(|review| format!("{:?}", review.rating)).collect::<Vec<_>>().join("|"),
        "crumbs" => product.breadcrumbs.join("|"),
        _ => panic!("unknown key {key}"),
    }
}

/// `key=value` pairs, one a line or parted by `; `.
fn check(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (html, expected) in cases {
        let product = read(html).product();
        for pair in expected.split("; ") {
            let (key, value) = pair.split_once('=').unwrap();
            let seen = look(product.as_ref(), key);
            if seen != value {
                wrong.push(format!("{key}: {seen:?} instead of {value:?}\n    {html}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

/// Blocks of JSON-LD that hold the gel of [`GEL`].
fn gels(blocks: &[&str]) {
    let pages: Vec<String> = blocks.iter().map(|block| if block.contains("<script") { (*block).to_owned() } else { ld(block) }).collect();
    let cases: Vec<(&str, &str)> = pages.iter().map(|page| (page.as_str(), "name=Gel; gtin=3665606002802; price=9.90 EUR")).collect();
    check(&cases);
}

#[test]
fn blocks_that_are_no_json() {
    gels(&[
        // Control characters, as they come from a database.
        "{\"@type\":\"Product\",\"name\":\"Gel\",\"description\":\"Un\ngel\u{1}\tdoux\u{b}.\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}",
        "{\"@type\":\"Product\",\"name\":\"Gel\",\"description\":\"a\u{2028}b\u{0}\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}",
        // Commas that templates leave behind, or forget to leave out.
        r#"{"@type":"Product","name":"Gel",,"gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR",},}"#,
        r#"{,"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":[{"price":"9.90","priceCurrency":"EUR"},]}"#,
        r#"{"@type":"Product","name":"Gel" "gtin13":"3665606002802","offers":{"price":"9.90" "priceCurrency":"EUR"}}"#,
        r#"{"@type":"Product","name":"Gel","brand":,"gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
        r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR","sku":}}"#,
        // What a script would need and JSON forbids.
        r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}};"#,
        r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}}"#,
        r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}]"#,
        r#"var data = {"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}};"#,
        r#"({"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}})"#,
        r#"{'@type':'Product','name':'Gel','gtin13':'3665606002802','offers':{'price':'9.90','priceCurrency':'EUR'}}"#,
        r#"{'@type':'Product','name':'Gel','description':'L\'eau, "douce"','gtin13':'3665606002802','offers':{'price':'9.90','priceCurrency':'EUR'}}"#,
        r#"{"@type":"Product","name":"Gel","description":"Un " + "gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
        r#"{@type:"Product",name:"Gel",gtin13:"3665606002802",offers:{price:"9.90",priceCurrency:"EUR"}}"#,
        r#"{"@type":"Product","name":"Gel","sku":007,"gtin13":3665606002802,"offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
        // Wrappers.
        "//<![CDATA[\n{\"@type\":\"Product\",\"name\":\"Gel\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}\n//]]>",
        "// <![CDATA[\n{\"@type\":\"Product\",\"name\":\"Gel\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}\n// ]]&gt;",
        "<!--\n{\"@type\":\"Product\",\"name\":\"Gel\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}\n//-->",
        "/* snippet */\n{\"@type\":\"Product\", // the gel\n\"name\":\"Gel\",\"gtin13\":\"3665606002802\",/* x */\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}",
        "# a comment\n{\"@type\":\"Product\",\"name\":\"Gel\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}",
        "\u{feff}{\"@type\":\"Product\",\"name\":\"Gel\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}",
        "\u{200b}{\"@type\":\"Product\",\"name\":\"Gel\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}",
        // Escaped as a whole, once, twice, with numbers.
        "{&quot;@type&quot;:&quot;Product&quot;,&quot;name&quot;:&quot;Gel&quot;,&quot;gtin13&quot;:&quot;3665606002802&quot;,&quot;offers&quot;:{&quot;price&quot;:&quot;9.90&quot;,&quot;priceCurrency&quot;:&quot;EUR&quot;}}",
        "{&#34;@type&#34;:&#34;Product&#34;,&#34;name&#34;:&#34;Gel&#34;,&#34;gtin13&#34;:&#34;3665606002802&#34;,&#34;offers&#34;:{&#34;price&#34;:&#34;9.90&#34;,&#34;priceCurrency&#34;:&#34;EUR&#34;}}",
        "{&#x22;@type&#x22;:&#x22;Product&#x22;,&#x22;name&#x22;:&#x22;Gel&#x22;,&#x22;gtin13&#x22;:&#x22;3665606002802&#x22;,&#x22;offers&#x22;:{&#x22;price&#x22;:&#x22;9.90&#x22;,&#x22;priceCurrency&#x22;:&#x22;EUR&#x22;}}",
        "{&amp;quot;@type&amp;quot;:&amp;quot;Product&amp;quot;,&amp;quot;name&amp;quot;:&amp;quot;Gel&amp;quot;,&amp;quot;gtin13&amp;quot;:&amp;quot;3665606002802&amp;quot;,&amp;quot;offers&amp;quot;:{&amp;quot;price&amp;quot;:&amp;quot;9.90&amp;quot;,&amp;quot;priceCurrency&amp;quot;:&amp;quot;EUR&amp;quot;}}",
        // The whole block as a text of its own.
        r#""{\"@type\":\"Product\",\"name\":\"Gel\",\"gtin13\":\"3665606002802\",\"offers\":{\"price\":\"9.90\",\"priceCurrency\":\"EUR\"}}""#,
        // Typographic quotes come from word processors.
        "{“@type”:“Product”,“name”:“Gel”,“gtin13”:“3665606002802”,“offers”:{“price”:“9.90”,“priceCurrency”:“EUR”}}",
        // Quotes inside a text, as they are.
        r#"{"@type":"Product","name":"Gel","description":"Le "gel" doux","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
        r#"{"@type":"Product","name":"Gel","description":"26&quot; et &amp;quot;","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
        r#"{"@type":"Product","name":"Gel","description":"C:\dossier \x41 \é","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
        // Objects one after the other.
        r#"{"@type":"Organization","name":"Shop"}{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
        r#"{"@type":"Organization","name":"Shop"},{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
        // The same key twice.
        r#"{"@type":"Product","name":"Gel","name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}}"#,
    ]);
}

#[test]
fn scripts_of_all_kinds() {
    let script = |kind: &str| format!("<script {kind}>{GEL}</script>");
    let pages = [
        script("type='application/ld+json'"),
        script("type=application/ld+json"),
        script("TYPE=\"APPLICATION/LD+JSON\""),
        script("type='application/ld+json; charset=utf-8'"),
        script("type=' application/ld+json '"),
        script("type='application/json+ld'"),
        script("type='application&#x2F;ld&#x2B;json'"),
        format!("{}<script type='application/ld+json'>\n//<![CDATA[\n{GEL}\n//]]></script>", ld("{\"@context\":")),
        script("type='application/ld+json' data-rh=true nonce=x id=y"),
        format!("<html><body><p>x</p></body></html>{}", ld(GEL)),
        format!("<div hidden>{}</div>", ld(GEL)),
        format!("{}{}", ld("{\"@type\":\"Product\",\"name\":"), ld(GEL)),
        format!("{}{}{}", ld(""), ld("null"), ld(GEL)),
        format!("{}{}", ld("<?php echo json ?>"), ld(GEL)),
        format!("<!-- {} -->{}", ld(r#"{"@type":"Product","name":"Old","gtin13":"3665606002406"}"#), ld(GEL)),
        format!("{}{}", ld(r#"{"@type":"BreadcrumbList","itemListElement":[]}"#), ld(GEL)),
    ];
    gels(&pages.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn nodes_in_all_shapes() {
    let inner = r#""name":"Gel","gtin13":"3665606002802","offers":{"price":"9.90","priceCurrency":"EUR"}"#;
    let blocks = [
        format!(r#"{{"@context":["https://schema.org",{{"ex":"https://x.test/"}}],"@type":"Product",{inner}}}"#),
        format!(r#"{{"@context":{{"@vocab":"https://schema.org/"}},"@type":"Product",{inner}}}"#),
        format!(
            r#"{{"@context":{{"schema":"https://schema.org/"}},"@type":"schema:Product",{}}}"#,
            inner
                .replace("\"name\"", "\"schema:name\"")
                .replace("\"gtin13\"", "\"schema:gtin13\"")
                .replace("\"offers\"", "\"schema:offers\"")
                .replace("\"price\"", "\"schema:price\"")
                .replace("\"priceCurrency\"", "\"schema:priceCurrency\"")
        ),
        format!(r#"{{"@type":"http://schema.org/Product/",{inner}}}"#),
        format!(r#"{{"@type":"product",{inner}}}"#),
        format!(r#"{{"@type":["Product","ex:Cosmetic"],{inner}}}"#),
        format!(r#"{{"type":"Product",{inner}}}"#),
        format!(r#"{{"@graph":{{"@type":"Product",{inner}}}}}"#),
        format!(r#"{{"@graph":[false,null,"x",{{"@type":"Product",{inner}}}]}}"#),
        format!(r#"{{"@graph":{{"0":{{"@type":"WebPage"}},"1":{{"@type":"Product",{inner}}}}}}}"#),
        format!(r#"[{{"@graph":[[{{"@type":"Product",{inner}}}]]}}]"#),
        format!(r#"{{"@type":"WebPage","mainEntity":{{"@type":"Product",{inner}}}}}"#),
        format!(r#"{{"@type":"WebPage","mainEntity":{{"@id":"\#p"}},"@graph":[{{"@id":"\#p","@type":"Product",{inner}}}]}}"#)
            .replace("\\#", "#"),
        format!(r#"{{"@type":"ItemPage","about":[{{"@type":"Product",{inner}}}]}}"#),
        format!(r#"{{"@type":"Offer","price":"9.90","priceCurrency":"EUR","itemOffered":{{"@type":"Product",{inner}}}}}"#),
        format!(
            r#"{{"@type":"Product",{},"hasMerchantReturnPolicy":{{"@type":"MerchantReturnPolicy","name":"x","returnFees":"FreeReturn"}}}}"#,
            inner
        ),
        format!(r#"{{"@type":"Product",{inner},"isRelatedTo":[{{"@type":"Product","name":"Autre","gtin13":"3665606002406"}}]}}"#),
    ];
    gels(&blocks.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn several_products() {
    let other = r#"{"@type":"Product","name":"Autre","gtin13":"3665606002406","url":"https://shop.test/p/autre.html"}"#;
    let own = GEL.replace("\"name\"", "\"url\":\"https://shop.test/p/gel.html\",\"name\"");
    let pages = [
        format!("{}{}<h1>Gel</h1>", ld(other), ld(&own)),
        format!("{}{}<h1>Gel</h1>", ld(&own), ld(other)),
        ld(&format!(r#"{{"@graph":[{own},{{"@type":"ItemList","itemListElement":[{{"@type":"ListItem","item":{other}}}]}}]}}"#)),
    ];
    gels(&pages.iter().map(String::as_str).collect::<Vec<_>>());
}

/// A product of JSON-LD with one member.
fn with(member: &str) -> String {
    ld(&format!(r#"{{"@type":"Product","name":"Gel",{member}}}"#))
}

fn check_members(cases: &[(&str, &str)]) {
    let pages: Vec<(String, &str)> = cases.iter().map(|(member, expected)| (with(member), *expected)).collect();
    check(&pages.iter().map(|(page, expected)| (page.as_str(), *expected)).collect::<Vec<_>>());
}

#[test]
fn offers_in_all_shapes() {
    check_members(&[
        (r#""offers":{"@type":"AggregateOffer","highPrice":"12.90","priceCurrency":"EUR"}"#, "price="),
        (r#""offers":{"@type":"AggregateOffer","lowPrice":"9.90","highPrice":"9.90","priceCurrency":"EUR"}"#, "price=9.90 EUR"),
        (r#""offers":{"@type":"AggregateOffer","highPrice":"9.90","offerCount":1,"priceCurrency":"EUR"}"#, "price=9.90 EUR"),
        (r#""offers":[[{"price":"9.90","priceCurrency":"EUR"}]]"#, "price=9.90 EUR"),
        (r#""offers":{"@type":"AggregateOffer","priceCurrency":"EUR","offers":{"price":"9.90"}}"#, "price=9.90 EUR"),
        (r#""offers":{"price":{"@value":"9.90"},"priceCurrency":"EUR"}"#, "price=9.90 EUR"),
        (r#""offers":{"price":{"@type":"MonetaryAmount","value":"9.90","currency":"EUR"}}"#, "price=9.90 EUR"),
        (r#""offers":{"price":{"amount":"9.90","currency":"EUR"}}"#, "price=9.90 EUR"),
        (r#""offers":{"price":["9.90"],"priceCurrency":["EUR"]}"#, "price=9.90 EUR"),
        (r#""offers":{"price":"€ 9,90"}"#, "price=9.90 EUR"),
        (r#""offers":{"price":"9,90&nbsp;&euro;"}"#, "price=9.90 EUR"),
        (r#""offers":{"price":"1&#8239;149,00","priceCurrency":"eur"}"#, "price=1149.00 EUR"),
        (r#""offers":{"price":"1,149.00","priceCurrency":"USD"}"#, "price=1149.00 USD"),
        (r#""offers":{"price":"9.90 EUR","priceCurrency":""}"#, "price=9.90 EUR"),
        (r#""offers":{"price":"9.90","priceCurrency":"http://schema.org/EUR"}"#, "price=9.90 EUR"),
        (r#""offers":{"price":"0.00","priceCurrency":"EUR"}"#, "price="),
        (r#""offers":{"price":"Sur devis","priceCurrency":"EUR"}"#, "price="),
        (r#""offers":{"priceSpecification":[{"@type":"UnitPriceSpecification","price":"9.90","priceCurrency":"EUR"}]}"#, "price=9.90 EUR"),
        (
            r#""offers":{"priceSpecification":[{"priceType":"https://schema.org/ListPrice","price":"12.90","priceCurrency":"EUR"},{"price":"9.90","priceCurrency":"EUR"}]}"#,
            "price=9.90 EUR; regular=12.90 EUR",
        ),
        (
            r#""offers":{"price":"9.90","priceCurrency":"EUR","priceSpecification":{"price":"12.90","priceCurrency":"EUR","priceType":"SRP"}}"#,
            "price=9.90 EUR; regular=12.90 EUR",
        ),
        (r#""offers":{"price":"9.90","priceCurrency":"EUR"},"price":"1.00""#, "price=9.90 EUR"),
        (r#""offers":"9.90""#, "price="),
        (r#""offers":[null,{"price":"9.90","priceCurrency":"EUR"}]"#, "price=9.90 EUR"),
        (
            r#""offers":[{"price":"9.90","priceCurrency":"EUR","availability":"InStock"},{"price":"8.90","priceCurrency":"EUR"}]"#,
            "offers=2; price=9.90 EUR",
        ),
    ]);
}

#[test]
fn stock_in_all_spellings() {
    let cases: Vec<(String, String)> = [
        ("http://schema.org/InStock", "InStock"),
        ("https://schema.org/InStock", "InStock"),
        ("https://schema.org/InStock/", "InStock"),
        ("schema:InStock", "InStock"),
        ("InStock", "InStock"),
        ("in stock", "InStock"),
        ("In Stock ", "InStock"),
        ("in_stock", "InStock"),
        ("instock", "InStock"),
        ("https://schema.org/ InStock", "InStock"),
        ("http:\\/\\/schema.org\\/OutOfStock", "OutOfStock"),
        ("Out of stock", "OutOfStock"),
        ("out-of-stock", "OutOfStock"),
        ("En stock", "InStock"),
        ("Rupture de stock", "OutOfStock"),
        ("Indisponible", "OutOfStock"),
        ("Auf Lager", "InStock"),
        ("Nicht auf Lager", "OutOfStock"),
        ("Ausverkauft", "OutOfStock"),
        ("Agotado", "OutOfStock"),
        ("Op voorraad", "InStock"),
        ("Disponibile", "InStock"),
        ("Non disponibile", "OutOfStock"),
        ("Esgotado", "OutOfStock"),
        ("true", "InStock"),
        ("https://schema.org/PreOrder", "PreOrder"),
        ("preorder", "PreOrder"),
        ("https://schema.org/LimitedAvailability", "LimitedAvailability"),
        ("https://schema.org/SoldOut", "SoldOut"),
        ("https://schema.org/BackOrder", "BackOrder"),
        ("discontinued", "Discontinued"),
        ("Available on backorder", "BackOrder"),
        ("onbackorder", "BackOrder"),
        ("Available for pre-order", "PreOrder"),
        ("Sur commande", "BackOrder"),
        ("No longer available", "Discontinued"),
        ("Low stock", "LimitedAvailability"),
        ("en stock", "InStock"),
        ("in stock, ships today", "InStock"),
        ("peut-être", ""),
    ]
    .into_iter()
    .map(|(word, expected)| {
        (with(&format!(r#""offers":{{"price":"9.90","priceCurrency":"EUR","availability":"{word}"}}"#)), format!("stock={expected}"))
    })
    .collect();
    check(&cases.iter().map(|(page, expected)| (page.as_str(), expected.as_str())).collect::<Vec<_>>());
}

#[test]
fn codes_in_all_places() {
    check_members(&[
        (r#""productID":"ean:3665606002802""#, "gtin=3665606002802"),
        (r#""productID":"isbn:9782070360024""#, "gtin=9782070360024"),
        (r#""isbn":"978-2-07-036002-4""#, "gtin=978-2-07-036002-4"),
        (r#""gtin13":["3665606002802"]"#, "gtin=3665606002802"),
        (r#""gtin13":"3665606002802 ""#, "gtin=3665606002802"),
        (r#""gtin13":3665606002802"#, "gtin=3665606002802"),
        (r#""gtin14":"03665606002802""#, "gtin=03665606002802"),
        (r#""gtin12":748322148474"#, "gtin=748322148474"),
        (r#""gtin":{"@value":"3665606002802"}"#, "gtin=3665606002802"),
        (r#""GTIN13":"3665606002802""#, "gtin=3665606002802"),
        (r#""gtin13":"","gtin":"3665606002802""#, "gtin=3665606002802"),
        (r#""gtin13":"N/A","sku":"3665606002802""#, "gtin=3665606002802"),
        (r#""identifier":"3665606002802""#, "gtin=3665606002802"),
        (
            r#""identifier":[{"@type":"PropertyValue","propertyID":"SKU","value":"X1"},{"@type":"PropertyValue","propertyID":"EAN","value":"3665606002802"}]"#,
            "gtin=3665606002802",
        ),
        (r#""additionalProperty":[{"name":"EAN","value":"3665606002802"}]"#, "gtin=3665606002802"),
        (r#""offers":{"price":"9.90","priceCurrency":"EUR","gtin13":"3665606002802"}"#, "gtin=3665606002802"),
        (
            r#""offers":{"price":"9.90","priceCurrency":"EUR","itemOffered":{"@type":"Product","gtin13":"3665606002802"}}"#,
            "gtin=3665606002802",
        ),
        (r#""gtin13":"3665606002803""#, "gtin="),
        (r#""gtin13":"0000000000000""#, "gtin="),
        (r#""sku":48213"#, "sku=48213; gtin="),
        (r#""sku":["48213"]"#, "sku=48213"),
        (r#""sku":null,"mpn":0"#, "sku="),
    ]);
}

#[test]
fn brands_and_pictures() {
    check_members(&[
        (r#""brand":"Biosme""#, "brand=Biosme"),
        (r#""brand":["Biosme"]"#, "brand=Biosme"),
        (r#""brand":[{"@type":"Brand","name":"Biosme"}]"#, "brand=Biosme"),
        (r#""brand":{"@type":"Brand","name":["Biosme","Bio"]}"#, "brand=Biosme"),
        (r#""brand":{"@type":"Brand","name":{"@value":"Biosme"}}"#, "brand=Biosme"),
        (r#""brand":{"@type":"Brand","logo":"https://shop.test/logo.png"}"#, "brand="),
        (r#""brand":{"@type":"Brand","logo":"/logo.png"},"manufacturer":{"name":"Biosme"}"#, "brand=Biosme"),
        (r#""brand":{"@type":"Thing","name":"Bio&amp;sme"}"#, "brand=Bio&sme"),
        (r#""brand":{"@id":"https://shop.test/#brand"}"#, "brand="),
        (r#""image":"/a.jpg""#, "images=/a.jpg"),
        (r#""image":"//shop.test/a.jpg""#, "images=/a.jpg"),
        (r#""image":["/a.jpg","/b.jpg","/a.jpg"]"#, "images=/a.jpg /b.jpg"),
        (r#""image":{"@type":"ImageObject","url":"/a.jpg"}"#, "images=/a.jpg"),
        (
            r#""image":[{"@type":"ImageObject","contentUrl":"/a.jpg","width":"800"},{"@type":"ImageObject","url":["/b.jpg"]}]"#,
            "images=/a.jpg /b.jpg",
        ),
        (r#""image":{"@list":["/a.jpg","/b.jpg"]}"#, "images=/a.jpg /b.jpg"),
        (r#""image":{"@type":"ImageObject","url":{"@id":"/a.jpg"}}"#, "images=/a.jpg"),
        (r#""image":[["/a.jpg"],["/b.jpg"]]"#, "images=/a.jpg /b.jpg"),
        (r#""image":"/a-300x300.jpg","photo":"/a.jpg""#, "images=/a-300x300.jpg"),
        (r#""image":["/a-150x150.jpg","/a-800x800.jpg"]"#, "images=/a-800x800.jpg"),
        (r#""image":["","data:image/gif;base64,AA","/a.jpg"]"#, "images=/a.jpg"),
        (r#""name":{"@value":"Gel","@language":"fr"}"#, "name=Gel"),
        (r#""description":["Un gel."]"#, "text=Un gel."),
        (r#""description":"&amp;lt;p&amp;gt;Un gel.&amp;lt;/p&amp;gt;""#, "text=Un gel."),
        (r#""description":"Cr&amp;egrave;me &amp;amp; lait""#, "text=Crème & lait"),
    ]);
    let referred = [
        (
            r##"{"@graph":[{"@type":"Product","name":"Gel","brand":{"@id":"#b"},"offers":{"@id":"#o"},"image":{"@id":"#i"},"aggregateRating":{"@id":"#r"}},{"@id":"#b","@type":"Brand","name":"Biosme"},{"@id":"#o","@type":"Offer","price":"9.90","priceCurrency":"EUR"},{"@id":"#i","@type":"ImageObject","url":"/a.jpg"},{"@id":"#r","ratingValue":"4.5","ratingCount":12}]}"##,
            "brand=Biosme; price=9.90 EUR; images=/a.jpg; rating=4.5/5 Some(12)",
        ),
        (
            r##"{"@graph":[{"@type":"Product","name":"Gel","offers":[{"@id":"#o"}],"image":[{"@id":"#i"}]},{"@id":"#o","price":"9.90","priceCurrency":"EUR"},{"@id":"#i","contentUrl":"/a.jpg"}]}"##,
            "price=9.90 EUR; images=/a.jpg",
        ),
        (
            r##"{"@graph":[{"@type":"Product","name":"Gel","brand":{"@type":"Brand","@id":"#b"}},{"@id":"#b","@type":"Brand","name":"Biosme"}]}"##,
            "brand=Biosme",
        ),
    ];
    let pages = referred.map(|(json, expected)| (ld(json), expected));
    check(&pages.iter().map(|(page, expected)| (page.as_str(), *expected)).collect::<Vec<_>>());
}

#[test]
fn opinions_in_all_shapes() {
    check_members(&[
        (r#""aggregateRating":{"ratingValue":"4,5","reviewCount":"12"}"#, "rating=4.5/5 Some(12)"),
        (r#""aggregateRating":{"ratingValue":"94","bestRating":"100","worstRating":"0","ratingCount":3}"#, "rating=94/100 Some(3)"),
        (r#""aggregateRating":{"ratingValue":94,"ratingCount":3}"#, "rating=94/100 Some(3)"),
        (r#""aggregateRating":{"ratingValue":"8.7","bestRating":"5","ratingCount":3}"#, "rating=8.7/10 Some(3)"),
        (r#""aggregateRating":{"ratingValue":"92%","ratingCount":3}"#, "rating=92/100 Some(3)"),
        (r#""aggregateRating":{"ratingValue":"4.5/5","ratingCount":3}"#, "rating=4.5/5 Some(3)"),
        (r#""aggregateRating":{"ratingValue":"4.5","ratingCount":"6","reviewCount":"2"}"#, "rating=4.5/5 Some(6)"),
        (r#""aggregateRating":{"ratingValue":"4.5","ratingCount":"0","reviewCount":"2"}"#, "rating=4.5/5 Some(2)"),
        (r#""aggregateRating":{"ratingValue":"4.5","reviewCount":"1,284"}"#, "rating=4.5/5 Some(1284)"),
        (r#""aggregateRating":[{"ratingValue":"4.5","reviewCount":12}]"#, "rating=4.5/5 Some(12)"),
        (
            r#""aggregateRating":{"ratingValue":{"@type":"Rating","ratingValue":"4.5","bestRating":"5"},"reviewCount":12}"#,
            "rating=4.5/5 Some(12)",
        ),
        (r#""aggregateRating":{"reviewRating":{"ratingValue":"4.5"},"reviewCount":12}"#, "rating=4.5/5 Some(12)"),
        (r#""aggregateRating":{"ratingValue":"0","reviewCount":"0"}"#, "rating="),
        (r#""aggregateRating":{"ratingValue":"5","reviewCount":"0"}"#, "rating="),
        (r#""aggregateRating":{"ratingValue":"NaN","reviewCount":"1"}"#, "rating="),
        (r#""aggregateRating":null"#, "rating="),
        (r#""review":["Très bien.","Bof."]"#, "reviews=Très bien.|Bof."),
        (r#""review":{"reviewBody":"Bien.","reviewRating":{"ratingValue":"4"}}"#, "reviews=Bien.; stars=Some(4.0)"),
        (r#""reviews":[{"description":"Bien.","reviewRating":"3"}]"#, "reviews=Bien.; stars=Some(3.0)"),
        (
            r#""aggregateRating":{"ratingValue":4,"ratingCount":1},"review":[{"reviewBody":"Bien.","reviewRating":{"ratingValue":"8","bestRating":"10"}}]"#,
            "stars=Some(4.0)",
        ),
        (r#""review":[{"reviewBody":"Bien."},{"reviewBody":"Bien."}]"#, "reviews=Bien."),
        (r#""review":{"@type":"ItemList","itemListElement":[{"item":{"reviewBody":"Bien."}}]}"#, "reviews=Bien."),
    ]);
}

#[test]
fn films_and_sounds() {
    check_members(&[
        (
            r#""video":{"@type":"VideoObject","contentUrl":"/a.mp4","embedUrl":"https://www.youtube.com/embed/dQw4w9WgXcQ"}"#,
            "videos=/a.mp4",
        ),
        (
            r#""video":{"@type":"VideoObject","embedUrl":"https://www.youtube.com/embed/dQw4w9WgXcQ"}"#,
            "videos=https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        ),
        (r#""video":["/a.mp4",{"@type":"VideoObject","contentUrl":"/a.mp4"}]"#, "videos=/a.mp4"),
        (
            r#""video":{"@type":"VideoObject","url":"https://shop.test/video/1","contentUrl":"https://cdn.test/stream/1"}"#,
            "videos=https://cdn.test/stream/1",
        ),
        (r#""video":{"@type":"VideoObject","url":"https://shop.test/p/gel.html"}"#, "videos="),
        (
            r#""associatedMedia":[{"@type":"AudioObject","contentUrl":"/a.mp3"},{"@type":"ImageObject","contentUrl":"/a.jpg"}]"#,
            "audio=/a.mp3; videos=",
        ),
        (r#""subjectOf":{"@type":"VideoObject","contentUrl":"/a.webm"}"#, "videos=/a.webm"),
        (r#""image":["/a.jpg",{"@type":"VideoObject","contentUrl":"/a.mp4","thumbnailUrl":"/t.jpg"}]"#, "images=/a.jpg; videos=/a.mp4"),
        (r#""audio":"/a.ogg""#, "audio=/a.ogg"),
    ]);
    let gel = ld(GEL);
    let seen = |html: &str| format!("{gel}<div class=product-detail><h1>Gel</h1>{html}<button>Ajouter au panier</button></div>");
    let pages = [
        (seen("<video src=/a.mp4></video>"), "videos=/a.mp4"),
        (seen("<video><source src=/a.webm type=video/webm><source src=/a.mp4 type=video/mp4></video>"), "videos=/a.webm"),
        (seen("<audio controls><source src=/a.mp3></audio>"), "audio=/a.mp3"),
        (seen("<iframe src='https://player.vimeo.com/video/76979871'></iframe>"), "videos=https://vimeo.com/76979871"),
        (seen("<iframe data-src='https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0' src='about:blank'></iframe>"), "videos=https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        (seen("<lite-youtube videoid=dQw4w9WgXcQ></lite-youtube>"), "videos=https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        (seen("<iframe src='https://www.google.com/maps/embed?pb=1'></iframe>"), "videos="),
        (format!("{}<footer><a href='https://www.youtube.com/watch?v=dQw4w9WgXcQ'><img src=/yt.png></a></footer>", seen("")), "videos="),
        (format!("<meta property=og:type content=product><meta property=og:video content=/a.mp4><meta property=og:video:type content=video/mp4>{}", seen("")), "videos=/a.mp4"),
        (format!("<meta property=og:type content=product><meta property=og:audio content=/a.mp3>{}", seen("")), "audio=/a.mp3"),
        (
            "<div itemscope itemtype='https://schema.org/Product'><b itemprop=name>Gel</b><div itemprop=video itemscope itemtype='https://schema.org/VideoObject'><meta itemprop=contentUrl content=/a.mp4></div></div>".to_owned(),
            "videos=/a.mp4",
        ),
    ];
    check(&pages.iter().map(|(page, expected)| (page.as_str(), *expected)).collect::<Vec<_>>());
}

#[test]
fn microdata_in_all_shapes() {
    check(&[
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><span itemprop='gtin13 sku'>3665606002802</span></div>",
            "name=Gel; gtin=3665606002802; sku=3665606002802",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product' itemref='a b'><h1 itemprop=name>Gel</h1></div><p id=a itemprop=sku>X1</p><div id=b><span itemprop=brand>Biosme</span></div>",
            "sku=X1; brand=Biosme",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product' itemref=a><h1 itemprop=name>Gel</h1></div><div id=a><p itemprop=sku>X1</p><div itemprop=isRelatedTo itemscope itemtype='http://schema.org/Product'><b itemprop=name>Autre</b><p itemprop=sku>X2</p></div></div>",
            "name=Gel; sku=X1",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><div itemprop=offers itemscope itemtype='http://schema.org/Offer'><span itemprop=price>9,90 €</span><meta itemprop=priceCurrency content=EUR></div></div>",
            "price=9.90 EUR",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><div itemprop=offers itemscope itemtype='http://schema.org/Offer'><span itemprop=price content='9.90'>9<sup>90</sup></span><span itemprop=priceCurrency>EUR</span></div></div>",
            "price=9.90 EUR",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><div itemprop=offers itemscope itemtype='http://schema.org/AggregateOffer'><meta itemprop=lowPrice content='9.90'><meta itemprop=priceCurrency content=EUR><div itemprop=offers itemscope itemtype='http://schema.org/Offer'><meta itemprop=price content='10.90'></div></div></div>",
            "price=10.90 EUR",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><div itemprop=offers itemscope><meta itemprop=price content='9.90'><meta itemprop=priceCurrency content=EUR><link itemprop=availability href='https://schema.org/OutOfStock'></div></div>",
            "stock=OutOfStock",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><div itemprop=offers itemscope><meta itemprop=price content='9.90'><meta itemprop=priceCurrency content=EUR><span itemprop=availability content='in_stock'>En stock</span></div></div>",
            "stock=InStock",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><a itemprop=url href=/p/gel.html><span itemprop=name>Gel</span></a><a itemprop=image href=/a.jpg><img itemprop=image src=/a.jpg></a></div>",
            "name=Gel; images=/a.jpg",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><img itemprop=image data-src=/a.jpg src='data:image/gif;base64,AA'></div>",
            "images=/a.jpg",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><link itemprop=image href=/a.jpg><meta itemprop=image content=/b.jpg></div>",
            "images=/a.jpg /b.jpg",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><a itemprop=brand href=/b/biosme>Biosme</a></div>",
            "brand=Biosme",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><div itemprop=brand itemscope itemtype='http://schema.org/Brand'><span itemprop=name>Biosme</span></div></div>",
            "brand=Biosme",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><h1 itemprop=name>Gel</h1><div itemscope itemtype='http://schema.org/Organization'><b itemprop=name>Shop</b></div></div>",
            "name=Gel",
        ),
        (
            "<div itemscope itemtype='http://schema.org/Product'><meta itemprop=name content='Gel &amp; lait'><div itemprop=aggregateRating itemscope><span itemprop=ratingValue>4,5</span>/<span itemprop=bestRating>5</span> <span itemprop=reviewCount>12</span></div></div>",
            "name=Gel & lait; rating=4.5/5 Some(12)",
        ),
        (
            "<div vocab='http://schema.org/' typeof=Product><h1 property=name>Gel</h1><span property=gtin13 content=3665606002802></span><div property=offers typeof=Offer><span property=price content='9.90'></span><meta property=priceCurrency content=EUR></div></div>",
            "name=Gel; gtin=3665606002802; price=9.90 EUR",
        ),
        (
            "<div prefix='schema: http://schema.org/' typeof='schema:Product'><h1 property='schema:name'>Gel</h1><div rel='schema:offers' typeof='schema:Offer'><span property='schema:price' content='9.90'></span><span property='schema:priceCurrency' content=EUR></span></div></div>",
            "name=Gel; price=9.90 EUR",
        ),
        (
            "<div xmlns:s='http://schema.org/' typeof='http://schema.org/Product'><h1 property='http://schema.org/name'>Gel</h1></div>",
            "name=Gel",
        ),
        (
            "<div vocab='https://schema.org/' typeof=Product><h1 property=name>Gel</h1><img property=image src=/a.jpg></div>",
            "images=/a.jpg",
        ),
    ]);
}

#[test]
fn metas_in_all_shapes() {
    let product = "<meta property=og:type content=product><meta property=og:title content=Gel>";
    let pages: Vec<(String, &str)> = [
        ("<meta property='og:price:amount' content='1,149.00'><meta property='og:price:currency' content=USD>", "price=1149.00 USD"),
        ("<meta property='product:price:amount' content='9,90'><meta property='product:price:currency' content=EUR>", "price=9.90 EUR"),
        ("<meta property='product:price:amount' content='1 149,00'><meta property='product:price:currency' content=EUR>", "price=1149.00 EUR"),
        ("<meta property='product:price:amount' content='9.90 €'>", "price=9.90 EUR"),
        ("<meta name='product:price:amount' content='9.90'><meta name='product:price:currency' content=eur>", "price=9.90 EUR"),
        ("<meta property='product:original_price:amount' content='12.90'><meta property='product:sale_price:amount' content='9.90'><meta property='product:sale_price:currency' content=EUR>", "price=9.90 EUR; regular=12.90 EUR"),
        ("<meta property='product:price:amount' content='9.90'><meta property='product:price:amount' content='12.90'><meta property='product:price:currency' content=EUR>", "price=9.90 EUR"),
        ("<meta property='product:price:amount' content=''><meta property='og:price:amount' content='9.90'><meta property='og:price:currency' content=EUR>", "price=9.90 EUR"),
        ("<meta property='product:price:amount' content='9.90'><meta property='product:price:currency' content=EUR><meta property='product:availability' content='in stock'>", "stock=InStock"),
        ("<meta property='product:price:amount' content='9.90'><meta property='product:price:currency' content=EUR><meta property='og:availability' content='oos'>", "stock=OutOfStock"),
        ("<meta property='og:image' content='/a.jpg'><meta property='og:image:secure_url' content='/a.jpg'><meta property='og:image' content='/b.jpg'>", "images=/a.jpg /b.jpg"),
        ("<meta property='product:ean' content='3665606002802'>", "gtin=3665606002802"),
        ("<meta property='product:gtin' content=''><meta property='product:upc' content='748322148474'>", "gtin=748322148474"),
    ]
    .map(|(metas, expected)| (format!("{product}{metas}"), expected))
    .into();
    check(&pages.iter().map(|(page, expected)| (page.as_str(), *expected)).collect::<Vec<_>>());
}

#[test]
fn half_a_block_is_told_by_nothing() {
    let block = r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"14.90","priceCurrency":"EUR"},"review":[{"reviewBody":"Bien"}]}"#;
    for end in (0..block.len()).step_by(7) {
        assert_eq!(read(&ld(&block[..end])).product(), None, "{}", &block[..end]);
        assert_eq!(read(&ld(&block[..end].replace('"', "'"))).product(), None, "{}", &block[..end]);
    }
}
