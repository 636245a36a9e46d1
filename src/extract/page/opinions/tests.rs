use url::Url;

use crate::extract::product;
use crate::model::{Product, Review};

fn read(html: &str) -> Product {
    let page = format!("<body><h1>Gel doux 200 ml</h1><div class=price>9,90 €</div><button>Ajouter au panier</button>{html}</body>");
    product(&page, &Url::parse("https://shop.test/p/gel.html").unwrap()).product().unwrap()
}

#[test]
fn the_products_own_rating() {
    for (html, expected) in [
        ("<a href=#avis>4,5/5 (12 avis)</a>", Some((4.5, 5.0, Some(12)))),
        ("<p>Note des clientes : 4,8 / 5 (15 avis)</p>", Some((4.8, 5.0, Some(15)))),
        ("<p>Note : 4/5</p>", Some((4.0, 5.0, None))),
        ("<div class=stars title='4,4 van 5'>★★★★☆</div> <a>4,4 (37 beoordelingen)</a>", Some((4.4, 5.0, Some(37)))),
        (
            "<div aria-label='Rated 3.8 out of 5 from 26 ratings' class=Rating_row><span style='width:76%'></span></div>",
            Some((3.8, 5.0, Some(26))),
        ),
        ("<div class=ov><div class=rating><div style='width: 80%'></div></div><a>2 review(s)</a></div>", Some((4.0, 5.0, Some(2)))),
        (
            "<div><span class=sr-only>4.1 out of 5 Customer Rating</span><i class='fa fa-star'></i> <a>(1,284)</a></div>",
            Some((4.1, 5.0, Some(1284))),
        ),
        (
            "<div class=comments_note><div class=grade-stars data-grade=4.5></div><a>Lire les avis (<span>12</span>)</a></div>",
            Some((4.5, 5.0, Some(12))),
        ),
        ("<div><b>Average Rating:</b> <img src=/r5.gif alt='4.5 of 5'> (based on 2 reviews)</div>", Some((4.5, 5.0, Some(2)))),
        ("<div class=review-score><span>9,2</span>/10 uit <span>1.543</span> beoordelingen</div>", Some((9.2, 10.0, Some(1543)))),
        ("<span class=rating-average>4,6</span><span> 12 Bewertungen</span>", Some((4.6, 5.0, Some(12)))),
        ("<div data-grade=4.2><span>Note : 4,2 sur 5</span><a>31 avis</a></div>", Some((4.2, 5.0, Some(31)))),
        // None of these is the product's.
        ("<p><span class=big>92%</span> des clients recommandent</p>", None),
        ("<div class=trustpilot-widget><span>4,7/5 (120 avis)</span></div>", None),
        ("<p>Notre boutique est notée 4,9/5 (2 314 avis)</p>", None),
        ("<footer>4,6/5 sur 41 208 avis certifiés</footer>", None),
        ("<div class=related><div class=card><span class=stars title='4/5'></span></div></div>", None),
        ("<p>Format 10/20 cm</p>", None),
        ("<p>Le 5/10/2024</p>", None),
        ("<p>Étape 1 de 5</p>", None),
    ] {
        let rating = read(html).rating.map(|rating| (rating.value, rating.best, rating.count));
        assert_eq!(rating, expected, "{html}");
    }
}

#[test]
fn a_rating_above_the_heading_is_the_shops() {
    let page = "<body><header><p>Note clients 4,8/5 (2 314 avis)</p></header><main><h1>Gel</h1><p class=price>9,90 €</p><button>Ajouter au panier</button></main>";
    let read = product(page, &Url::parse("https://shop.test/p/gel.html").unwrap()).product().unwrap();
    assert_eq!(read.rating, None);
}

fn review(author: &str, rating: impl Into<Option<f64>>, title: &str, body: &str, date: &str) -> Review {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Review { author: some(author), rating: rating.into(), title: some(title), body: body.to_owned(), date: some(date) }
}

#[test]
fn reviews_in_boxes() {
    for (html, expected) in [
        (
            "<div id=avis><h3>Avis clients</h3><div class=avis_client><span class='etoiles e50'></span> <b>Maud L.</b> le 11/02/2025<p>Très douce, je rachète.</p></div>\
             <div class=avis_client><span class='etoiles e40'></span> <b>Céline</b> le 02/01/2025<p>Bon produit mais flacon dur.</p></div></div>",
            vec![
                review("Maud L.", 5.0, "", "Très douce, je rachète.", "2025-02-11"),
                review("Céline", 4.0, "", "Bon produit mais flacon dur.", "2025-01-02"),
            ],
        ),
        (
            "<section id=avis><div class=avis><p class=note>★★★★★</p><p>Le seul que mes enfants acceptent.</p><small>Par Gaëlle, le 04/03/2025</small></div>\
             <div class=avis><p class=note>★★★☆☆</p><p>Goût trop fort.</p><small>Par Luc, le 01/03/2025</small></div></section>",
            vec![
                review("Gaëlle", 5.0, "", "Le seul que mes enfants acceptent.", "2025-03-04"),
                review("Luc", 3.0, "", "Goût trop fort.", "2025-03-01"),
            ],
        ),
        (
            "<div id=reviews><div itemscope itemtype='http://schema.org/Review'><span itemprop=name>Très rapide</span><span itemprop=reviewRating itemscope><meta itemprop=ratingValue content=5></span>\
             <p itemprop=description>Indispensable la nuit.</p><strong itemprop=author>Julie</strong><meta itemprop=datePublished content=2025-01-05></div></div>",
            vec![review("Julie", 5.0, "Très rapide", "Indispensable la nuit.", "2025-01-05")],
        ),
        (
            "<ol class='items review-items'><li class='item review-item'><div class=review-title>Heerlijke geur</div><div class=rating-result title='100%'><span style='width:100%'><span>100%</span></span></div>\
             <div class=review-content>Na het sporten echt fijn.</div><p class=review-author><span>Review van</span> <strong>Femke</strong></p></li>\
             <li class='item review-item'><div class=review-title>Prikt</div><div class=rating-result title='60%'><span style='width:60%'><span>60%</span></span></div>\
             <div class=review-content>Werkt wel, maar niet na het scheren.</div><p class=review-author><span>Review van</span> <strong>Jurre</strong></p></li></ol>",
            vec![
                review("Femke", 5.0, "Heerlijke geur", "Na het sporten echt fijn.", ""),
                review("Jurre", 3.0, "Prikt", "Werkt wel, maar niet na het scheren.", ""),
            ],
        ),
        (
            "<div class=customer-reviews><article class=review><h4>Great</h4><span aria-label='4 out of 5 stars'></span><p>Works as described.</p><cite>Ann</cite><time datetime='2025-03-12'>3 days ago</time></article>\
             <article class=review><h4>Meh</h4><span aria-label='2 out of 5 stars'></span><p>Leaks a little bit.</p><cite>Bob</cite><time>2 weeks ago</time></article></div>",
            vec![
                review("Ann", 4.0, "Great", "Works as described.", "2025-03-12"),
                review("Bob", 2.0, "Meh", "Leaks a little bit.", "2 weeks ago"),
            ],
        ),
        (
            "<section class=avis><blockquote><p>Peau repulpée au réveil.</p><cite>Bernadette, 5/5</cite></blockquote><blockquote><p>Format très rentable.</p><cite>Inès, 4/5</cite></blockquote></section>",
            vec![review("Bernadette", 5.0, "", "Peau repulpée au réveil.", ""), review("Inès", 4.0, "", "Format très rentable.", "")],
        ),
        (
            "<dl class=reviews><dt><a>Lovely stuff</a> Review by <span>Morwenna T.</span></dt><dd><table class=ratings-table><tr><th>Quality</th><td><div class=rating-box><div class=rating style='width:100%;'></div></div></td></tr></table>\
             Smells of orange rind. <small class=date>(Posted on 12/01/2023)</small></dd><dt><a>Good</a> Review by <span>Greg</span></dt><dd><div class=rating-box><div class=rating style='width:80%;'></div></div>Rich but sinks in. <small class=date>(Posted on 02/11/2022)</small></dd></dl>",
            vec![
                review("Morwenna T.", 5.0, "Lovely stuff", "Smells of orange rind.", "2023-01-12"),
                review("Greg", 4.0, "Good", "Rich but sinks in.", "2022-11-02"),
            ],
        ),
        ("<div id=avis><h2>Avis</h2><p>Aucun avis pour le moment. Soyez le premier.</p></div>", vec![]),
        ("<div id=reviews><form><label>Name</label><input><p>Write your own review of this product</p></form></div>", vec![]),
    ] {
        assert_eq!(read(html).reviews, expected, "{html}");
    }
}
