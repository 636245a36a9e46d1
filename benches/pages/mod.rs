//! Pages in the shape of a shop's, of any length: the same ones in every run, and no line of them twice.

pub(crate) mod hostile;

use std::fmt::Write as _;

use fastrand::Rng;

pub(crate) const CODE: &str = "3665606002802";
const WORDS: &str = "soin visage corps crème mains réparatrice hydratante apaise protège peau sèche sensible flacon pompe texture légère parfum discret \
    formule huile amande beurre karité glycérine actif végétal matin soir appliquer masser éviter contour yeux rincer abondamment tube recharge \
    laboratoire français sans savon paraben alcool testé dermatologique convient famille enfants adultes nuit jour sérum gel baume lait eau thermale \
    commande livraison rapide produit conforme recommande efficace odeur agréable prix correct emballage soigné client fidèle satisfaite depuis années";

struct Writer {
    html: String,
    rng: Rng,
    words: Vec<&'static str>,
}

/// A page of about this many bytes.
pub(crate) fn page(bytes: usize) -> String {
    let mut writer =
        Writer { html: String::with_capacity(bytes + 8_192), rng: Rng::with_seed(bytes as u64), words: WORDS.split_whitespace().collect() };
    writer.head(bytes);
    writer.until(bytes * 22 / 100, Writer::menu);
    writer.product();
    writer.until(bytes * 32 / 100, Writer::review);
    writer.until(bytes * 60 / 100, Writer::card);
    writer.until(bytes * 95 / 100, Writer::script);
    writer.until(bytes - bytes / 50, Writer::footer);
    writer.html.push_str("</footer></body></html>\n");
    writer.html
}

impl Writer {
    fn until(&mut self, bytes: usize, part: fn(&mut Self)) {
        while self.html.len() < bytes {
            part(self);
        }
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a String cannot fail.
        let _ = self.html.write_fmt(text);
    }

    fn text(&mut self, words: usize) -> String {
        let mut text = String::new();
        for at in 0..words {
            if at > 0 {
                text.push_str(if self.rng.u8(..12) == 0 { ", " } else { " " });
            }
            text.push_str(self.words[self.rng.usize(..self.words.len())]);
        }
        text
    }

    fn number(&mut self) -> u32 {
        self.rng.u32(1_000..999_999)
    }

    fn price(&mut self) -> String {
        format!("{},{:02}", self.rng.u32(3..90), self.rng.u32(..100))
    }

    fn head(&mut self, bytes: usize) {
        let description = self.text(25);
        self.put(format_args!(
            "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>Biosme crème mains réparatrice 75 ml - Boutique</title>\n\
             <link rel=\"canonical\" href=\"https://shop.test/biosme-creme-mains\"><meta property=\"og:type\" content=\"product\">\
             <meta property=\"og:title\" content=\"Biosme crème mains réparatrice 75 ml\"><meta name=\"description\" content=\"{description}\">\n"
        ));
        self.json_ld();
        self.html.push_str("<style>");
        self.until(bytes * 6 / 100, |writer| {
            let (a, b, c) = (writer.number(), writer.number(), writer.number());
            writer.put(format_args!(".c-{a} .u-{b}{{display:flex;margin:{}px;color:#{c:06x}}}\n", c % 90));
        });
        self.html.push_str("</style></head>\n<body class=\"product-page\"><header class=\"site-header\"><nav><ul>\n");
    }

    fn json_ld(&mut self) {
        let description = self.text(60);
        let reviews: Vec<_> = (0..5)
            .map(|at| {
                serde_json::json!({"@type": "Review", "author": {"@type": "Person", "name": format!("Cliente {at}")}, "datePublished": "2025-03-12",
                    "reviewBody": self.text(30), "reviewRating": {"@type": "Rating", "ratingValue": 5 - at % 2}})
            })
            .collect();
        let product = serde_json::json!({"@context": "https://schema.org", "@type": "Product", "name": "Biosme crème mains réparatrice 75 ml",
            "sku": "BIO-75", "gtin13": CODE, "brand": {"@type": "Brand", "name": "Biosme"}, "description": description,
            "image": ["https://shop.test/m/1.jpg", "https://shop.test/m/2.jpg"],
            "aggregateRating": {"@type": "AggregateRating", "ratingValue": "4.6", "reviewCount": 128},
            "offers": {"@type": "Offer", "price": "9.90", "priceCurrency": "EUR", "availability": "https://schema.org/InStock"},
            "review": reviews});
        let trail = serde_json::json!({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": [
            {"@type": "ListItem", "position": 1, "name": "Accueil", "item": "https://shop.test/"},
            {"@type": "ListItem", "position": 2, "name": "Mains", "item": "https://shop.test/mains"}]});
        self.put(format_args!(
            "<script type=\"application/ld+json\">{product}</script>\n<script type=\"application/ld+json\">{trail}</script>\n"
        ));
    }

    fn menu(&mut self) {
        let (number, label) = (self.number(), self.text(3));
        self.put(format_args!(
            "<li class=\"nav-item level-{}\"><a class=\"nav-link\" href=\"/c/{number}-rayon\" title=\"{label}\"><span>{label}</span></a></li>\n",
            number % 4
        ));
    }

    fn product(&mut self) {
        let (long, directions) = (self.text(120), self.text(40));
        self.put(format_args!(
            "</ul></nav></header>\n<main><ol class=\"breadcrumb\"><li><a href=\"/\">Accueil</a></li><li><a href=\"/mains\">Mains</a></li></ol>\n\
             <div class=\"product-detail\"><h1 class=\"product-title\">Biosme crème mains réparatrice 75&nbsp;ml</h1>\n\
             <div class=\"product-gallery\"><img src=\"/m/1.jpg\" alt=\"Biosme crème mains réparatrice\"><img src=\"/m/2.jpg\" alt=\"\"></div>\n\
             <div class=\"product-price\"><del class=\"old-price\">12,90&nbsp;€</del> <span class=\"current-price\">9,90&nbsp;€</span> <small>132,00&nbsp;€ / L</small></div>\n\
             <p class=\"stock\">En stock</p><button class=\"btn add-to-cart\">Ajouter au panier</button>\n\
             <p>Code EAN : {CODE}</p><section class=\"description\"><h2>Description</h2><p>{long}</p><h2>Conseils d'utilisation</h2><p>{directions}</p></section>\n\
             <table><tr><th>Marque</th><td>Biosme</td></tr><tr><th>Contenance</th><td>75 ml</td></tr></table></div><section class=\"reviews\">\n"
        ));
    }

    fn review(&mut self) {
        let (stars, words) = (self.rng.usize(1..6), self.rng.usize(12..60));
        let (title, body) = (self.text(4), self.text(words));
        self.put(format_args!(
            "<article class=\"review\"><div class=\"stars\">{}</div><h3>{title}</h3><p>{body}.</p><span class=\"date\">12/0{stars}/2025</span></article>\n",
            "<i class=\"icon star\"></i>".repeat(stars)
        ));
    }

    fn card(&mut self) {
        let (number, name, now, was) = (self.number(), self.text(5), self.price(), self.price());
        self.put(format_args!(
            "<article class=\"product-miniature js-item\" data-id-product=\"{number}\" data-id=\"{}\"><a href=\"/p/{number}-produit.html\" class=\"thumbnail\">\
             <img class=\"lazy\" loading=\"lazy\" data-src=\"https://cdn.shop.test/{number}.jpg\" src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\" alt=\"{name}\" \
             width=\"250\" height=\"250\"></a><div class=\"product-description\"><h3 class=\"product-title\"><a href=\"/p/{number}-produit.html\">{name}</a></h3>\
             <div class=\"price-box\"><span class=\"regular-price\">{was}&nbsp;€</span> <span class=\"price\">{now}&nbsp;€</span></div>\
             <svg class=\"icon\" viewBox=\"0 0 24 24\"><path d=\"M{} {}l4.5 4.5c.3.3.7.3 1 0l4.5-4.5z\"/></svg></div></article>\n",
            number % 97,
            number % 24,
            number % 23,
        ));
    }

    fn script(&mut self) {
        let (id, name) = (self.number(), self.text(4));
        self.put(format_args!("<script>window.m{id}=window.m{id}||[];(function(w,d,s,l){{"));
        for _ in 0..self.rng.usize(5..60) {
            let (a, b) = (self.number(), self.number());
            self.put(format_args!("var v{a}=function(e,t){{return e<t&&{b}>0?\"<div class='x{b}'>\"+e.name+\"</div>\":[t,{a}]}};"));
        }
        self.put(format_args!("w[l]=w[l]||[];w[l].push({{\"event\":\"view\",\"name\":\"{name}\",\"id\":{id}}})}})(window,document,'script','dataLayer');</script>\n"));
    }

    fn footer(&mut self) {
        let (number, label) = (self.number(), self.text(2));
        self.put(format_args!("<footer class=\"footer\"><div class=\"col\"><a href=\"/info/{number}\">{label}</a></div>\n"));
    }
}
