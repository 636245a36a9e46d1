//! The words and wrappings that the pages of all three shops share: escaping, French prices, JSON-LD blocks, the surroundings of a page.
//!
//! What a page says of its product is each shop's own file; nothing here knows a barcode.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

/// Text as it may stand in HTML, in attributes too.
pub(super) fn esc(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#039;"),
            other => safe.push(other),
        }
    }
    safe
}

/// `14,90`
pub(super) fn comma(price: Decimal) -> String {
    format!("{price:.2}").replace('.', ",")
}

/// `14,90 €` with a no-break space.
pub(super) fn euros(price: Decimal) -> String {
    format!("{}\u{a0}€", comma(price))
}

/// `74,50 € / L`
pub(super) fn unit_price(price: Decimal, quantity: Decimal, per: &str) -> String {
    let each = price.checked_div(quantity).unwrap_or(price).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    format!("{} / {per}", euros(each))
}

/// The price as machines write it: `14.90`.
pub(super) fn dot(price: Decimal) -> String {
    format!("{price:.2}")
}

/// A JSON-LD block.
pub(super) fn json_ld(value: &Value) -> String {
    script(&value.to_string())
}

/// A JSON-LD block that strict parsers refuse and browsers never notice: raw newlines in its strings, a comma too many.
pub(super) fn broken_json_ld(value: &Value) -> String {
    let text = value.to_string().replace(". ", ".\n").replace("\\n", "\n");
    let body = text.strip_suffix('}').unwrap_or(&text);
    script(&format!("{body},\n}}"))
}

/// A JSON-LD block beyond repair, as a template with a forgotten variable leaves it.
pub(super) const BAD_JSON_LD: &str = "<script type=\"application/ld+json\">{\"@context\": \"https://schema.org\", \"@type\": \"Organization\", \"name\": {{ shop.name }, \"sameAs\": [</script>\n";

fn script(json: &str) -> String {
    // The one thing that JSON may hold and a script may not.
    format!("<script type=\"application/ld+json\">{}</script>\n", json.replace("</", "<\\/"))
}

pub(super) fn page(status: StatusCode, html: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], html).into_response()
}

pub(super) fn paragraphs(texts: &[String]) -> String {
    texts.iter().map(|text| format!("<p>{}</p>\n", esc(text))).collect()
}

/// A product of the surroundings: in the menus and carousels of every page, never for sale.
pub(super) struct Neighbour {
    pub(super) id: u64,
    pub(super) ean: String,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) image: String,
    pub(super) price: Decimal,
    pub(super) regular: Decimal,
}

/// The surroundings of a shop's pages, made once when the shop starts: head of the body with menus and promises before
/// the product, carousels, texts and footer after it.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) before: String,
    pub(super) after: String,
}

impl Surroundings {
    /// `bytes` is about how long a whole page gets; `card` writes a carousel's card as the shop does.
    pub(super) fn new(shop_name: &str, bytes: usize, card: impl Fn(&Neighbour) -> String) -> Self {
        let before = format!(
            "<div class=\"bandeau-promo\">Livraison offerte dès 49&nbsp;€ d'achat · Frais de port 4,90&nbsp;€ · 2 produits achetés = le 3<sup>e</sup> à -50 %</div>\n\
             <header><a class=\"logo\" href=\"/\">{}</a></header>\n<nav><ul>\n{}</ul></nav>\n",
            esc(shop_name),
            menu(bytes / 4)
        );
        let mut after = String::with_capacity(bytes);
        after.push_str("<section class=\"carrousel\"><h2>Vous aimerez aussi</h2>\n");
        let mut n = 0;
        while before.len() + after.len() < bytes.saturating_sub(6_000) {
            after.push_str(&card(&neighbour(n)));
            n += 1;
        }
        after.push_str(
            "</section>\n<footer><p>Paiement sécurisé en 3 fois dès 150&nbsp;€. Cadeau offert dès 79,00&nbsp;€ d'achat.</p>\n\
             <p>Service client du lundi au vendredi de 9 h à 18 h.</p></footer>\n<script>window.dataLayer=window.dataLayer||[];</script>\n</body></html>\n",
        );
        Self { before, after }
    }
}

const SHELVES: [&str; 8] =
    ["Visage", "Corps", "Cheveux", "Solaires", "Bébé et maman", "Hygiène", "Compléments alimentaires", "Bio et nature"];
const KINDS: [&str; 6] = ["Crèmes", "Laits", "Sérums", "Huiles", "Gels", "Baumes"];
const NEEDS: [&str; 6] = ["peaux sèches", "peaux sensibles", "peaux grasses", "anti-âge", "éclat", "apaisant"];

fn menu(bytes: usize) -> String {
    let mut menu = String::with_capacity(bytes + 256);
    let all = SHELVES.iter().flat_map(|shelf| KINDS.iter().flat_map(move |kind| NEEDS.iter().map(move |need| (shelf, kind, need))));
    for (shelf, kind, need) in all {
        if menu.len() >= bytes {
            break;
        }
        let link = super::catalogue::slug(&[shelf, kind, need]);
        menu.push_str(&format!("<li class=\"menu-niveau-3\"><a href=\"/c/{link}\" title=\"{shelf}\">{kind} {need}</a></li>\n"));
    }
    menu
}

fn neighbour(n: usize) -> Neighbour {
    let (kind, need) = (KINDS[n % KINDS.len()], NEEDS[n / KINDS.len() % NEEDS.len()]);
    let name = format!("Phytelle {} {need} {}", kind.trim_end_matches('s'), 30 + n % 9 * 10);
    let cents = 590 + n as i64 * 130 % 3_000;
    Neighbour {
        id: 690_000 + n as u64,
        ean: super::bulk::with_check_digit(&format!("36198765{n:04}")),
        slug: super::catalogue::slug(&[&name]),
        image: format!("/media/phytelle-{}.svg", n % 24),
        name: name + " ml",
        price: Decimal::new(cents, 2),
        regular: Decimal::new(cents + 300, 2),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prices_are_french() {
        assert_eq!(euros(Decimal::new(1490, 2)), "14,90\u{a0}€");
        assert_eq!(euros(Decimal::new(5, 0)), "5,00\u{a0}€");
        assert_eq!(unit_price(Decimal::new(1490, 2), Decimal::new(2, 1), "L"), "74,50\u{a0}€ / L");
        assert_eq!(unit_price(Decimal::new(1490, 2), Decimal::ZERO, "L"), "14,90\u{a0}€ / L");
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(esc("<a href='x'>\"&"), "&lt;a href=&#039;x&#039;&gt;&quot;&amp;");
        assert_eq!(json_ld(&json!("</script>")).matches("</script>").count(), 1);
    }

    #[test]
    fn broken_json_is_broken_in_two_ways() {
        let block = broken_json_ld(&json!({"description": "Une phrase. Une autre.", "last": 1}));
        assert!(block.contains("phrase.\nUne"));
        assert!(block.contains("1,\n}</script>"));
    }

    #[test]
    fn surroundings_are_as_long_as_asked() {
        let around = Surroundings::new("Boutique", 60_000, |card| {
            format!("<div><a href=\"/{}\">{}</a> {}</div>", card.slug, esc(&card.name), euros(card.price))
        });
        let length = around.before.len() + around.after.len();
        assert!((50_000..62_000).contains(&length), "{length}");
    }
}
