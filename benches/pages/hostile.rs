//! Pages made to cost time or memory.

/// About how long each of them is, where its length is what hurts.
const LONG: usize = 10_000_000;

type Case = (&'static str, fn() -> String);

pub(crate) const CASES: &[Case] = &[
    ("10 MB shop page", || super::page(LONG)),
    ("100,000 nested <div>", || nested("<div>")),
    ("100,000 nested <a><b><li>", || nested("<a><b><li>")),
    ("100,000 nested <table><tr><td>", || nested("<table><tr><td>")),
    ("100,000 nested <svg>", || nested("<svg>")),
    ("100,000 nested items", || nested("<div itemscope itemprop=a itemtype='http://schema.org/Product'>")),
    ("250 properties around 10 MB", || {
        format!("<div itemscope itemtype='http://schema.org/Product'>{}{}", "<div itemprop=description>".repeat(240), words())
    }),
    ("250 loose properties around 10 MB", || format!("{}{}", "<div itemprop=sku>".repeat(240), words())),
    ("120 headings around 10 MB", || format!("{}{}", "<div class=product-name>".repeat(200), words())),
    ("one property with 1,000 names, 10 MB", || {
        format!("<div itemscope><div itemprop='{}'>{}", "a b c d e f g h i j ".repeat(100), words())
    }),
    ("a million attributes on one tag", || format!("<p {}>x", attributes(1_000_000))),
    ("a million attributes on 10,000 tags", || format!("<p {}>x", attributes(100)).repeat(10_000)),
    ("10 MB of <", || "<".repeat(LONG)),
    ("10 MB of <a>", || "<a>".repeat(LONG / 3)),
    ("10 MB of </a>", || "</a>".repeat(LONG / 4)),
    ("10 MB of <p>", || "<p>".repeat(LONG / 3)),
    ("10 MB of &amp;", || "&amp;".repeat(LONG / 5)),
    ("10 MB of &", || "&".repeat(LONG)),
    ("10 MB of unclosed comments", || "<!--".repeat(LONG / 4)),
    ("10 MB of comments that end in -", || "<!-- a --".repeat(LONG / 9)),
    ("10 MB of <script>", || "<script>".repeat(LONG / 8)),
    ("10 MB of </scrip", || format!("<script>{}", "</scrip".repeat(LONG / 7))),
    ("10 MB of one attribute's quotes", || format!("<p a=\"{}", "x=\" y='".repeat(LONG / 7))),
    ("10 MB of ld+json", || "<script ld+json".repeat(LONG / 15)),
    ("JSON-LD, 100,000 deep", || ld(&format!("{}1{}", "{\"@graph\":".repeat(100_000), "}".repeat(100_000)))),
    ("JSON-LD, 10 MB of [", || ld(&"[".repeat(LONG))),
    ("JSON-LD, 10 MB of quotes", || ld(&format!("{{\"a\":\"{}", "\" ".repeat(LONG / 2)))),
    ("JSON-LD, 20,000 products", || {
        ld(&format!("[{}]", vec![r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802"}"#; 20_000].join(",")))
    }),
    ("JSON-LD, 500 members that are one", members),
    ("JSON-LD, a description escaped 10 MB long", || {
        ld(&format!(r#"{{"@type":"Product","name":"Gel","description":"{}"}}"#, "&amp;lt;b&gt;".repeat(LONG / 12)))
    }),
    ("state, 6 MB of open literals", || format!("<script>{}price name</script>", "a={".repeat(2_000_000))),
    ("state, 6 MB of members", || {
        format!("<script>x={{\"price\":1,\"name\":[{}]}}</script>", "{\"name\":\"a\",\"price\":1,\"sku\":2},".repeat(180_000))
    }),
    ("10 MB of prices", || "<p>12,90 € </p>".repeat(LONG / 16)),
    ("10 MB of digits", || "1 ".repeat(LONG / 2)),
    ("one line of 10 MB of prices", || "12,90 € ".repeat(LONG / 10)),
    ("10 MB of labels", || "<p>EAN : 3665606002802</p>".repeat(LONG / 26)),
    ("10 MB of class names", || format!("<p class='{}'>x", "product-price old-price related ".repeat(LONG / 32))),
    ("10 MB of list items", || "<li><a href=/a>x</a> 9,90 €</li>".repeat(LONG / 34)),
    ("10 MB of buttons", || "<button class=add-to-cart>Ajouter au panier</button>".repeat(LONG / 52)),
    ("10 MB of pictures", || "<img class=gallery src=a.jpg srcset='a.jpg 1x, b.jpg 2x' alt='x y'>".repeat(LONG / 68)),
    ("100,000 nested <b><p>, which browsers repeat", || nested("<b><p>")),
    ("2 MB between the rows of tables", || "<table><tr>x<b><td>".repeat(LONG / 100)),
    ("250 reviews around 10 MB", || format!("{}{}", "<div class='review comment' itemprop=review><p>".repeat(120), words())),
    ("10 MB of siblings", || "<h2></h2><div class=price></div><!-- -->x".repeat(LONG / 42)),
    ("10 MB of texts that comments part", || format!("<div class=price>{}", "x<!---->".repeat(LONG / 8))),
    ("one id of 9 MB around prices", || format!("<div id='{}&amp;'>{}", "a".repeat(9 * LONG / 10), "<b class=price>1</b>".repeat(50_000))),
    ("10 MB of metas", || "<meta property=og:image content=/a.jpg>".repeat(LONG / 39)),
];

fn nested(tag: &str) -> String {
    tag.repeat(100_000) + "EAN : 3665606002802"
}

fn words() -> String {
    "Un soin pour les mains. ".repeat(LONG / 24)
}

fn attributes(count: usize) -> String {
    (0..count).map(|at| format!("a{at}=1 ")).collect()
}

fn ld(json: &str) -> String {
    format!(r#"<script type="application/ld+json">{json}</script>"#)
}

fn members() -> String {
    let one = format!(r##"{{"@type":"Product","@id":"#a","name":"Gel 50","description":"{}"}}"##, "Un gel. ".repeat(20_000));
    let same = vec![r##"{"@id":"#a"}"##; 500].join(",");
    ld(&format!(r##"{{"@graph":[{{"@type":"ProductGroup","name":"Gel","hasVariant":[{same}]}},{one}]}}"##))
}
