//! The words on buttons.

use std::sync::LazyLock;

use regex::Regex;

use super::phrases;
use super::stock;
use crate::extract::pattern;
use crate::model::Availability;

/// What pressing a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract::page) enum Press {
    /// It puts the product into a cart.
    Buy,
    /// It orders what is not there yet.
    Order(Availability),
}

const FRENCH: &[&str] = &[
    r"ajouter (?:cet article |ce produit )?(?:au|à mon|à votre|dans (?:le|mon|votre)) (?:panier|caddie)",
    "ajouter",
    "ajout (?:au )?panier",
    "acheter",
    "commander",
    "mettre au panier",
    "je commande",
];
const ENGLISH: &[&str] = &[
    r"add\b.{0,80}\b(?:to|in) (?:your |my |the )?(?:shopping )?(?:cart|bag|basket|trolley|order)",
    "buy(?: it)?(?: now| online)?",
    "purchase",
    "order (?:now|online|today)",
    "checkout now",
];
const GERMAN: &[&str] = &["in den (?:warenkorb|einkaufswagen|korb)", "in warenkorb", "(?:jetzt )?kaufen", "bestellen"];
const SPANISH: &[&str] = &["añadir(?: al| a la)? (?:carrito|cesta|carro|bolsa)", "agregar al carrito", "comprar"];
const ITALIAN: &[&str] = &["aggiungi(?: al carrello)?", "acquista", "compra ora"];
const DUTCH: &[&str] = &["in (?:de |mijn )?(?:winkelwagen|winkelmand(?:je)?)", r"toevoegen aan winkel\w+", "koop nu"];
const PORTUGUESE: &[&str] = &["adicionar(?: ao)? (?:carrinho|cesto)"];
const OTHERS: &[&str] = &[r"lägg i (?:varukorg|kundvagn)\w*", "köp", "læg i kurv", "legg i handlekurv", "do koszyka", "dodaj do koszyka"];

static BUY: LazyLock<Regex> = LazyLock::new(|| phrases(&[FRENCH, ENGLISH, GERMAN, SPANISH, ITALIAN, DUTCH, PORTUGUESE, OTHERS]));

/// A word that buys only where it stands alone.
static LONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:order|buy|commander|acheter|add)$"));

/// Words that turn the others round: a wish list, a sample, `niet online te bestellen`.
static NOT: LazyLock<Regex> = LazyLock::new(|| {
    phrases(&[&[
        "wish ?list",
        r"favou?rite?\w*",
        r"favoris?",
        "liste d'envies",
        "liste de souhaits",
        r"merk\w+",
        r"wunsch\w+",
        r"lista de deseos",
        r"lista dei desideri",
        r"verlanglijst\w*",
        r"lista de desejos",
        "compar(?:e|er|ar|atif)",
        "comparador",
        "vergleich(?:en)?",
        "niet",
        "nicht",
        "gift card",
        "avis",
        "commentaire",
    ]])
});

/// What the words on a button say of pressing it; nothing for buttons that sell nothing.
pub(in crate::extract::page) fn press(text: &str) -> Option<Press> {
    if NOT.is_match(text) {
        return None;
    }
    match stock::ordered(text) {
        Some(availability) => Some(Press::Order(availability)),
        None => (BUY.is_match(text) || LONE.is_match(text)).then_some(Press::Buy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_buttons_do() {
        for (text, expected) in [
            ("ajouter au panier", Some(Press::Buy)),
            ("ajouter à mon panier", Some(Press::Buy)),
            ("add oat granola 500 g to trolley", Some(Press::Buy)),
            ("add", Some(Press::Buy)),
            ("in den warenkorb", Some(Press::Buy)),
            ("comprar", Some(Press::Buy)),
            ("aggiungi al carrello", Some(Press::Buy)),
            ("in winkelwagen", Some(Press::Buy)),
            ("adicionar ao carrinho", Some(Press::Buy)),
            ("précommander", Some(Press::Order(Availability::PreOrder))),
            ("pre-order now", Some(Press::Order(Availability::PreOrder))),
            ("jetzt vorbestellen", Some(Press::Order(Availability::PreOrder))),
            ("back order", Some(Press::Order(Availability::BackOrder))),
            ("nabestellen", Some(Press::Order(Availability::BackOrder))),
            ("niet online te bestellen", None),
            ("ajouter à ma liste d'envies", None),
            ("add to wishlist", None),
            ("auf den merkzettel", None),
            ("add to favourites", None),
            ("rechercher", None),
        ] {
            assert_eq!(press(text), expected, "{text}");
        }
    }
}
