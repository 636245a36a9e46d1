//! The names under which shops keep what a size or a colour has, in the attributes of its element.

use crate::extract::markup::Spot;

/// Words of attribute names, between `data-` and the next hyphen.
pub(super) const CODES: &[&str] = &["ean", "ean13", "gtin", "gtin13", "gtin14", "gtin12", "upc", "barcode", "eancode"];
pub(super) const LABELS: &[&str] = &[
    "data-size",
    "data-taille",
    "data-talla",
    "data-taglia",
    "data-maat",
    "data-groesse",
    "data-color",
    "data-colour",
    "data-couleur",
    "data-kleur",
    "data-farbe",
    "data-label",
    "data-option",
    "data-option-value",
    "data-variant-name",
    "data-variant-title",
];
pub(super) const PRICES: &[&str] = &[
    "data-price",
    "data-prix",
    "data-preis",
    "data-prijs",
    "data-precio",
    "data-prezzo",
    "data-variant-price",
    "data-price-amount",
    "data-product-price",
    "data-final-price",
    "data-sale-price",
    "data-current-price",
];
pub(super) const REGULAR: &[&str] = &[
    "data-regular-price",
    "data-old-price",
    "data-original-price",
    "data-compare-at-price",
    "data-list-price",
    "data-price-old",
    "data-was-price",
    "data-rrp",
];
pub(super) const SKUS: &[&str] = &["data-sku", "data-variant-sku", "data-product-sku", "data-reference", "data-ref"];
pub(super) const STOCKS: &[&str] = &[
    "data-stock",
    "data-availability",
    "data-available",
    "data-in-stock",
    "data-instock",
    "data-stock-status",
    "data-qty",
    "data-quantity",
    "data-inventory",
];
pub(super) const PICTURES: &[&str] =
    &["data-image", "data-img", "data-variant-image", "data-image-src", "data-large-image", "data-photo", "data-picture"];
pub(super) const NAMES: &[&str] = &["data-name", "data-product-name", "data-product-title", "data-item-name"];

/// Parts of the names of what is chosen from.
pub(super) const CHOICES: &[&str] = &[
    "variant",
    "variat",
    "swatch",
    "size",
    "taille",
    "talla",
    "taglia",
    "maat",
    "groesse",
    "option",
    "attribut",
    "color",
    "colour",
    "couleur",
    "kleur",
    "farbe",
    "declinaison",
    "combination",
    "choice",
    "choix",
    "auswahl",
];
pub(super) const CHOSEN: &[&str] = &["selected", "active", "checked", "current", "is-active", "is-selected", "is-checked", "chosen"];
pub(super) const CLOSED: &[&str] = &[
    "disabled",
    "outofstock",
    "out-of-stock",
    "nostock",
    "no-stock",
    "soldout",
    "sold-out",
    "unavailable",
    "rupture",
    "epuise",
    "ausverkauft",
    "agotado",
    "esaurito",
    "uitverkocht",
    "oos",
];

/// The first of these attributes that is not empty.
pub(super) fn first(element: Spot<'_, '_>, names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, element.attr(name)?.trim().to_owned()))).filter(|(_, value)| !value.is_empty())
}

pub(super) fn is_one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

pub(super) fn has_class(element: Spot<'_, '_>, names: &[&str]) -> bool {
    element.raw_attr("class").is_some_and(|class| class.split_ascii_whitespace().any(|name| is_one_of(names, name)))
}
