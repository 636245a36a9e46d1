//! Pages made to cost time or memory: each ends soon, tells what it shows, and says so where its end was not read.

use std::time::Instant;

use super::*;

/// In seconds and without optimization; `benches/reading.rs` tells what such pages cost in earnest.
const SOON: u64 = 60;

/// Name, code and price of the page, and the issues that are told.
fn ends_soon(html: &str) -> (String, Vec<IssueKind>) {
    let started = Instant::now();
    let product = read(html).product();
    let short = structured(html, &Url::parse("https://shop.test/p/gel.html").unwrap());
    drop(short.and_then(|page| page.product()));
    assert!(started.elapsed().as_secs() < SOON, "{:?} for {html:.60}", started.elapsed());
    let Some(product) = product else { return ("none".to_owned(), Vec::new()) };
    let code = product.gtins.first().map(|code| code.as_given().to_owned()).unwrap_or_default();
    let price = product.price().map(ToString::to_string).unwrap_or_default();
    (format!("{} | {code} | {price}", product.name.clone().unwrap_or_default()), product.issues.iter().map(|issue| issue.kind).collect())
}

fn deep(open: &str, close: &str, inner: &str) -> String {
    format!("{}{inner}{}", open.repeat(100_000), close.repeat(100_000))
}

#[test]
fn hostile_pages_cost_little() {
    for html in [
        ld(&deep("[", "]", "")),
        ld(&deep("{\"@graph\":", "}", "1")),
        ld(&format!("[{}]", vec![GEL; 3_000].join(","))),
        ld(GEL).repeat(3_000),
        deep("<div itemscope itemprop=a itemtype='http://schema.org/Product'>", "</div>", "<b itemprop=name>x</b>"),
        deep("<svg itemscope itemprop=a><tr>", "", "x"),
        "<div itemscope itemtype='http://schema.org/Product'><b itemprop=name>x</b></div>".repeat(20_000),
        "EAN : 3665606002802 ".repeat(50_000),
        "<meta property='og:image' content='/a.jpg'>".repeat(50_000),
        "&lt;".repeat(200_000),
        "<".repeat(500_000),
        "<a ".repeat(200_000),
        "<script>".repeat(50_000),
        "<!--".repeat(200_000),
        "<!-- a --".repeat(100_000),
        "</a>".repeat(200_000),
        format!("<script>{}", "</scrip".repeat(100_000)),
        format!("<script>{}price name</script>", "a={".repeat(200_000)),
        format!("<p class='{}'>x", "product-price old-price ".repeat(50_000)),
        "<li><a href=/a>x</a> 9,90 €</li>".repeat(20_000),
        "<button class=add-to-cart>Ajouter au panier</button>".repeat(5_000),
        ld(&format!(r#"{{"@type":"Product","name":"{}"}}"#, "&amp;lt;b&gt;".repeat(20_000))),
    ] {
        ends_soon(&html);
    }
}

#[test]
fn what_a_page_shows_is_told_whatever_stands_around_it() {
    let attributes: String = (0..1_000_000).map(|at| format!("a{at}=1 ")).collect();
    for around in [
        deep("<div>", "", ""),
        deep("<span>", "</span>", ""),
        deep("<table><tr><td>", "", ""),
        deep("<ul><li>", "", ""),
        format!("<p {attributes}>x</p>"),
        "<".repeat(1_000_000),
        "&amp;".repeat(200_000),
        "</p>".repeat(100_000),
    ] {
        assert_eq!(ends_soon(&format!("{around}{}", ld(GEL))), (GEL_TOLD.to_owned(), Vec::new()), "{around:.60}");
    }
}

#[test]
fn a_page_that_was_not_read_to_its_end_says_so() {
    for filling in ["<br>", "<i>x</i>", "</br>"] {
        let html = format!("{}{}{}", ld(GEL), filling.repeat(620_000), "<p>EAN : 3665606002406</p>");
        assert_eq!(ends_soon(&html), (GEL_TOLD.to_owned(), vec![IssueKind::Truncated]), "{filling}");
    }
}

/// Each of them would hold the text of all that stand in it: 250 times a page.
#[test]
fn elements_in_each_other_do_not_multiply_their_text() {
    let words = "Un soin pour les mains. ".repeat(20_000);
    for html in [
        format!(
            "<div itemscope itemtype='http://schema.org/Product'><b itemprop=name>Gel</b>{}{words}",
            "<div itemprop=description>".repeat(240)
        ),
        format!(
            "<div itemscope itemtype='http://schema.org/Product'><b itemprop=name>Gel</b><div itemprop='{}'>{words}",
            "a b c d e f ".repeat(1_000)
        ),
        format!("{}{words}", "<div itemprop=sku>".repeat(240)),
        format!("{}{words}", "<div class=product-name>".repeat(240)),
        format!("{}{words}", "<div class=breadcrumb aria-current=page>".repeat(240)),
    ] {
        let page = read(&html);
        let held: usize = page.candidates.iter().map(|candidate| format!("{:?}", candidate.sheet).len()).sum();
        assert!(held < 4 * words.len(), "{held} bytes for {html:.60}");
        ends_soon(&html);
    }
}

/// Members in each other, beside each other, and in each other's tables.
#[test]
fn lists_of_sizes_cost_little() {
    let code =
        |at: u64| (0..10).map(|digit| 3_665_606_000_000 + 10 * (at % 9_000) + digit).find(|code| Gtin::from_number(*code).is_ok()).unwrap();
    let all = |one: &dyn Fn(&str) -> String| (0..20_000).map(|at| one(&code(at).to_string())).collect::<String>();
    for list in [
        all(&|code| format!("<option data-ean={code}>S")),
        all(&|code| format!("<div class=variant data-ean={code}>")),
        all(&|code| format!("<label class=size>S {code} 9,90 € <input type=radio data-ean={code}>")),
        all(&|code| format!("<input type=radio id=x data-ean={code}><label for=y>")),
        all(&|code| format!("<table><tr><td>{code}</td><td>S</td><td>9,90 €")),
        format!("<table>{}", all(&|code| format!("<tr><td>S</td><td>{code}</td><td>9,90 €</td></tr>"))),
        format!(
            "<script>x = {{\"variants\":[{}]}}</script>",
            all(&|code| format!("{{\"ean\":\"{code}\",\"price\":9.9,\"size\":\"S\"}},")) + "{}"
        ),
        format!("<script>x = {}{{\"ean\":1}}</script>", "{\"variants\":[".repeat(100_000)),
    ] {
        ends_soon(&format!("<h1>Gel</h1>{list}<button class=add-to-cart>Ajouter au panier</button>"));
    }
}

/// Items that own each other by `itemref`.
#[test]
fn items_in_circles_end() {
    let text = "x".repeat(10_000);
    let items: String = (0..300)
        .map(|at| format!("<div id=i{at} itemprop=a itemscope itemtype='http://schema.org/Product' itemref='i{} i{}'><p itemprop=name>{text}</p></div>", (at + 1) % 300, (at + 7) % 300))
        .collect();
    ends_soon(&items);
}
