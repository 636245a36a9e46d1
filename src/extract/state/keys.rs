//! The keys under which shop systems keep what a product has, in the languages of their makers.

use crate::extract::node::{Object, Value};

pub(super) const NAMES: &[&str] = &[
    "name",
    "nome",
    "nombre",
    "titre",
    "titolo",
    "titulo",
    "bezeichnung",
    "nom",
    "title",
    "productName",
    "product_name",
    "item_name",
    "displayName",
    "productTitle",
    "full_name",
    "Name",
    "Title",
];
pub(super) const PRICES: &[&str] = &[
    "price_amount",
    "salePrice",
    "sale_price",
    "finalPrice",
    "final_price",
    "specialPrice",
    "special_price",
    "currentPrice",
    "current_price",
    "sellingPrice",
    "selling_price",
    "display_price",
    "priceInclVat",
    "price",
    "Price",
    "priceInfo",
    "preco",
    "precio",
    "prix",
    "prezzo",
    "preis",
    "prijs",
    "valor",
    "prices",
    "pricing",
    "priceRange",
    "price_range",
    "display_price",
    "unit_sale_price",
    "price_min",
    "minPrice",
    "offers",
];
pub(super) const REGULAR: &[&str] = &[
    "compare_at_price",
    "compareAtPrice",
    "regularPrice",
    "regular_price",
    "listPrice",
    "list_price",
    "originalPrice",
    "original_price",
    "precoDe",
    "prix_barre",
    "prixBarre",
    "ancien_prix",
    "streichpreis",
    "precio_anterior",
    "preco_de",
    "price_without_reduction",
    "wasPrice",
    "was_price",
    "strikePrice",
    "oldPrice",
    "old_price",
    "msrp",
    "rrp",
    "basePrice",
    "base_price",
    "display_regular_price",
];
pub(super) const CURRENCIES: &[&str] = &[
    "currency",
    "moeda",
    "devise",
    "moneda",
    "waehrung",
    "valuta",
    "currencyUnit",
    "currencyCode",
    "priceCurrency",
    "currency_code",
    "currencyIso",
    "currency_iso",
];
pub(super) const SKUS: &[&str] = &[
    "sku",
    "SKU",
    "Sku",
    "reference",
    "productCode",
    "product_code",
    "articleNumber",
    "article_number",
    "itemNumber",
    "item_number",
    "referencia",
    "artikelnummer",
    "partNumber",
    "masterSku",
];
pub(super) const CODES: &[&str] = &[
    "gtin13",
    "_global_unique_id",
    "global_unique_id",
    "wpm_gtin_code",
    "variation_gtin",
    "gtin",
    "ean13",
    "ean",
    "EAN",
    "barcode",
    "upc",
    "UPC",
    "gtin14",
    "gtin12",
    "gtin8",
    "eanCode",
    "ean_code",
    "GTIN",
    "isbn",
];
pub(super) const BRANDS: &[&str] = &[
    "brand",
    "marca",
    "brandName",
    "brand_name",
    "manufacturer_name",
    "manufacturer",
    "manufacturerName",
    "vendor",
    "item_brand",
    "Brand",
    "marque",
];
pub(super) const PARTS: &[&str] = &["mpn", "MPN", "manufacturerPartNumber", "mfrPartNumber", "model_number", "modelNumber"];
pub(super) const DESCRIPTIONS: &[&str] = &[
    "description",
    "descricao",
    "descripcion",
    "descrizione",
    "beschreibung",
    "omschrijving",
    "longDescription",
    "descriptionHtml",
    "description_html",
    "body_html",
    "description_short",
    "shortDescription",
];
pub(super) const CATEGORIES: &[&str] = &["category_name", "category", "item_category", "productType", "product_type"];
pub(super) const STOCK: &[&str] = &[
    "availability_html",
    "availability",
    "stockStatus",
    "stock_status",
    "availabilityStatus",
    "available",
    "inStock",
    "in_stock",
    "is_in_stock",
    "isInStock",
    "availableForSale",
    "isAvailable",
    "disponivel",
    "disponible",
    "disponibile",
    "verfuegbar",
    "stockLevelStatus",
    "stock_level_status",
    "inventoryStatus",
    "stockState",
];
/// The same the other way round.
pub(super) const NO_STOCK: &[&str] =
    &["soldOut", "sold_out", "isSoldOut", "outOfStock", "out_of_stock", "isOutOfStock", "esgotado", "agotado"];
/// Where the former price stands, when a price is an object.
pub(super) const FORMER: &[&str] =
    &["de", "was", "list", "regular", "regularPrice", "original", "old", "listPrice", "msrp", "rrp", "before", "full"];
pub(super) const PICTURES: &[&str] = &[
    "images",
    "imagens",
    "imagenes",
    "immagini",
    "bilder",
    "afbeeldingen",
    "image",
    "featured_image",
    "featuredImage",
    "media",
    "imageUrl",
    "image_url",
    "photos",
];
/// Other signs of a product.
pub(super) const SIGNS: &[&str] =
    &["id", "productId", "product_id", "handle", "slug", "url", "variants", "options", "item_id", "id_product", "link"];

/// Where the amount stands, when a price is an object.
pub(super) const AMOUNTS: &[&str] = &[
    "sale",
    "salePrice",
    "now",
    "current",
    "currentPrice",
    "current_price",
    "por",
    "venda",
    "final",
    "finalPrice",
    "amount",
    "value",
    "price",
    "min",
    "minVariantPrice",
    "minimum",
    "selling",
    "gross",
    "priceInclVat",
    "withTax",
    "centPrice",
    "formatted",
    "formattedValue",
];

/// How much an object tells of a product.
pub(super) fn richness(object: &Object<'_>) -> u32 {
    let groups = [PRICES, SKUS, CODES, BRANDS, DESCRIPTIONS, STOCK, PICTURES, REGULAR, CURRENCIES];
    groups.iter().filter(|keys| keys.iter().any(|key| object.get(key).is_some_and(|value| *value != Value::Null))).count() as u32
}

pub(super) fn looks_like_a_product(object: &Object<'_>) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| object.contains_key(key));
    has(NAMES) && (has(PRICES) || has(&["variants"])) && (has(SKUS) || has(CODES) || has(BRANDS) || has(SIGNS) || has(PICTURES))
}
