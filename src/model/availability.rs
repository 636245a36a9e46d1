//! Whether a product is to be had, in the words of schema.org and of shops.

use serde::{Deserialize, Serialize};

/// schema.org's `ItemAvailability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Availability {
    BackOrder,
    Discontinued,
    InStock,
    InStoreOnly,
    LimitedAvailability,
    MadeToOrder,
    OnlineOnly,
    OutOfStock,
    PreOrder,
    PreSale,
    Reserved,
    SoldOut,
}

use Availability::{BackOrder, Discontinued, InStock, LimitedAvailability, OutOfStock, PreOrder};

/// Parts of what shops print where schema.org's words belong. The first that fits counts: `not available` before `available`.
const PRINTED: &[(Availability, &[&str])] = &[
    (
        Discontinued,
        &["discontinued", "no longer available", "plus commercialisé", "nicht mehr erhältlich", "descatalogado", "fuori produzione"],
    ),
    (BackOrder, &["backorder", "back-order", "back order", "sur commande", "bajo pedido", "su ordinazione", "nabestel", "sob encomenda"]),
    (PreOrder, &["pre-order", "preorder", "précommande", "vorbestell", "preventa", "pré-venda", "voorbestel"]),
    (OutOfStock, &["rupture", "indisponible", "épuisé", "hors stock", "non disponible", "pas disponible"]),
    (OutOfStock, &["out of stock", "outofstock", "out-of-stock", "unavailable", "not available", "sold out", "soldout"]),
    (OutOfStock, &["ausverkauft", "vergriffen", "nicht ", "agotado", "no disponible", "sin stock", "esaurito", "non disponibile"]),
    (OutOfStock, &["uitverkocht", "niet ", "esgotado", "indisponível", "não disponível", "slut i lager", "udsolgt", "wyprzedane"]),
    (OutOfStock, &["niedostępny", "vyprodáno"]),
    (LimitedAvailability, &["low stock", "lowstock", "limited stock", "stock limité"]),
    (
        InStock,
        &["en stock", "disponible", "in stock", "instock", "in-stock", "available", "auf lager", "lieferbar", "verfügbar", "vorrätig"],
    ),
    (InStock, &["op voorraad", "leverbaar", "disponibile", "disponível", "em estoque", "em stock", "en existencia", "i lager", "på lager"]),
    (InStock, &["skladem", "dostępny"]),
];

impl Availability {
    /// A word or address of schema.org (`https://schema.org/InStock`, `in_stock`), or what shops print in their own language.
    pub fn parse(text: &str) -> Option<Self> {
        let word = text.trim().trim_end_matches('/').rsplit(['/', '#', ':']).next().unwrap_or_default();
        let key: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        Some(match key.as_str() {
            "instock" | "available" | "availablefororder" | "true" | "instockavailable" => Self::InStock,
            "backorder" | "onbackorder" | "availableonbackorder" => Self::BackOrder,
            "discontinued" => Self::Discontinued,
            "instoreonly" => Self::InStoreOnly,
            "limitedavailability" => Self::LimitedAvailability,
            "madetoorder" => Self::MadeToOrder,
            "onlineonly" => Self::OnlineOnly,
            "outofstock" | "oos" | "false" => Self::OutOfStock,
            "preorder" => Self::PreOrder,
            "presale" => Self::PreSale,
            "reserved" => Self::Reserved,
            "soldout" => Self::SoldOut,
            _ => return Self::printed(&text.to_lowercase()),
        })
    }

    fn printed(text: &str) -> Option<Self> {
        PRINTED.iter().find(|(_, words)| words.iter().any(|word| text.contains(word))).map(|(availability, _)| *availability)
    }
}
