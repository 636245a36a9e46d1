//! What the three demo shops carry: the hand-written products of `catalogue.toml`, and generated ones for load.
//!
//! Brands and products are invented; the barcodes are those of the demo. Nothing here writes HTML.

use std::borrow::Cow;
use std::io;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::bulk;

/// The three shops, as the catalogue tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shop {
    Cocooncenter,
    PharmaGdd,
    Drakkars,
}

/// What is special about a product's page at one shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Trait {
    /// The product stands in an `@graph` among other things.
    InGraph,
    /// The price stands in `offers.priceSpecification.price` only.
    PriceSpecification,
    /// Microdata and classes only.
    NoJsonLd,
    /// Raw newlines in the strings and a trailing comma.
    BrokenJsonLd,
    /// A JSON-LD block that nobody can read, between good ones.
    BadNeighbour,
    /// No barcode anywhere on the page.
    NoBarcode,
    /// The page answers 410.
    Discontinued,
    PriceAsNumber,
    /// The UPC-12 form of the barcode, without its leading zero, everywhere on the page.
    UnpaddedUpc,
    OffersList,
    /// An AggregateOffer with `lowPrice` and no `price`.
    LowPrice,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Review {
    pub(super) author: String,
    pub(super) rating: u8,
    pub(super) title: String,
    pub(super) text: String,
    /// `12 mars 2025`
    pub(super) date: String,
    /// The same day as `2025-03-12`.
    pub(super) day: String,
}

/// One shop's offer of one size.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    pub(super) price: Decimal,
    /// The struck price beside it.
    pub(super) regular: Option<Decimal>,
    /// Cocooncenter's number of the page.
    #[serde(default)]
    pub(super) id: u64,
    #[serde(default)]
    pub(super) out_of_stock: bool,
    #[serde(default)]
    pub(super) traits: Vec<Trait>,
}

impl Listing {
    pub(super) fn has(&self, wanted: Trait) -> bool {
        self.traits.contains(&wanted)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Size {
    pub(super) ean: String,
    /// `200 ml`
    pub(super) label: String,
    /// How many litres or kilograms are in it, for the unit price.
    pub(super) quantity: Decimal,
    pub(super) cocooncenter: Option<Listing>,
    pub(super) pharma_gdd: Option<Listing>,
    pub(super) drakkars: Option<Listing>,
}

impl Size {
    pub(super) fn listing(&self, shop: Shop) -> Option<&Listing> {
        match shop {
            Shop::Cocooncenter => self.cocooncenter.as_ref(),
            Shop::PharmaGdd => self.pharma_gdd.as_ref(),
            Shop::Drakkars => self.drakkars.as_ref(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    pub(super) brand: String,
    /// Without brand and size.
    pub(super) name: String,
    pub(super) category: String,
    /// `Huile`, `Crème`
    pub(super) form: String,
    /// `L` or `kg`
    pub(super) per: String,
    pub(super) description: Vec<String>,
    pub(super) composition: String,
    pub(super) directions: String,
    /// What the pharmacist of Drakkars thinks of it.
    pub(super) advice: String,
    /// Codes that Drakkars' search still lists under this product although it does not carry them.
    #[serde(default)]
    pub(super) old_codes: Vec<String>,
    /// A search for this code gets this wrong product as its first hit.
    pub(super) first_hit_for: Option<String>,
    #[serde(default)]
    pub(super) reviews: Vec<Review>,
    pub(super) sizes: Vec<Size>,
}

impl Product {
    /// The mean of the reviews with one decimal: `4.7`.
    pub(super) fn rating(&self) -> Option<Decimal> {
        let count = Decimal::from(self.reviews.len());
        let sum: Decimal = self.reviews.iter().map(|review| Decimal::from(review.rating)).sum();
        (!count.is_zero()).then(|| (sum / count).round_dp(1))
    }

    /// The address at Drakkars, which shows all sizes on one page: `maison-orvane-huile-seche-sublimante`.
    pub(super) fn slug(&self) -> String {
        slug(&[&self.brand, &self.name])
    }
}

/// One size of a product, found at a shop.
#[derive(Clone, Debug)]
pub(super) struct Found<'a> {
    product: Cow<'a, Product>,
    at: usize,
    shop: Shop,
}

impl Found<'_> {
    pub(super) fn product(&self) -> &Product {
        &self.product
    }

    pub(super) fn size(&self) -> &Size {
        &self.product.sizes[self.at]
    }

    pub(super) fn listing(&self) -> &Listing {
        // A `Found` is only made where the shop lists the size.
        static NOTHING: Listing = Listing { price: Decimal::ZERO, regular: None, id: 0, out_of_stock: true, traits: Vec::new() };
        self.size().listing(self.shop).unwrap_or(&NOTHING)
    }

    /// `Maison Orvane Huile Sèche Sublimante 50 ml`
    pub(super) fn title(&self) -> String {
        format!("{} {} {}", self.product.brand, self.product.name, self.size().label)
    }

    /// `maison-orvane-huile-seche-sublimante-50-ml`
    pub(super) fn slug(&self) -> String {
        slug(&[&self.product.brand, &self.product.name, &self.size().label])
    }

    /// The sizes that this shop lists on the product's page.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (&Size, &Listing)> {
        self.product.sizes.iter().filter_map(|size| Some((size, size.listing(self.shop)?)))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalogue {
    #[serde(rename = "product")]
    products: Vec<Product>,
}

impl Catalogue {
    pub(super) fn load() -> io::Result<Self> {
        toml::from_str(include_str!("catalogue.toml")).map_err(io::Error::other)
    }

    /// Everything hand-written that a shop lists.
    pub(super) fn all(&self, shop: Shop) -> impl Iterator<Item = Found<'_>> {
        self.products.iter().flat_map(move |product| {
            let listed = move |at: &usize| product.sizes[*at].listing(shop).is_some();
            (0..product.sizes.len()).filter(listed).map(move |at| Found { product: Cow::Borrowed(product), at, shop })
        })
    }

    /// The one that carries this barcode at the shop; 12 digits are read as UPC.
    pub(super) fn by_ean(&self, shop: Shop, ean: &str) -> Option<Found<'_>> {
        let ean = if ean.len() == 12 { Cow::Owned(format!("0{ean}")) } else { Cow::Borrowed(ean) };
        match bulk::number(&ean) {
            Some(n) => generated(shop, n),
            None => self.all(shop).find(|found| found.size().ean == ean),
        }
    }

    /// By the number in Cocooncenter's addresses.
    pub(super) fn by_id(&self, id: u64) -> Option<Found<'_>> {
        match bulk::number_of_id(id) {
            Some(n) => generated(Shop::Cocooncenter, n),
            None => self.all(Shop::Cocooncenter).find(|found| found.listing().id == id),
        }
    }

    /// By its address, with or without the size.
    pub(super) fn by_slug(&self, shop: Shop, slug: &str) -> Option<Found<'_>> {
        match bulk::number_of_slug(slug) {
            Some(n) => generated(shop, n),
            None => self.all(shop).find(|found| found.slug() == slug || found.product().slug() == slug),
        }
    }

    /// What a visitor's search finds: a barcode, or words of the title.
    pub(super) fn search(&self, shop: Shop, query: &str) -> Vec<Found<'_>> {
        let query = query.trim().to_lowercase();
        if query.is_empty() {
            return Vec::new();
        }
        if query.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.by_ean(shop, &query).into_iter().collect();
        }
        let fits = |found: &Found<'_>| {
            let title = found.title().to_lowercase();
            query.split_whitespace().all(|word| title.contains(word))
        };
        self.all(shop).filter(fits).collect()
    }
}

fn generated(shop: Shop, n: u32) -> Option<Found<'static>> {
    bulk::is_carried(shop, n).then(|| Found { product: Cow::Owned(bulk::product(n)), at: 0, shop })
}

/// Words as they stand in an address: lower case, without accents, joined by hyphens.
pub(super) fn slug(words: &[&str]) -> String {
    let mut slug = String::with_capacity(64);
    for character in words.join(" ").chars().flat_map(char::to_lowercase) {
        let plain = match character {
            'à' | 'â' => 'a',
            'ç' => 'c',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' => 'o',
            'ù' | 'û' => 'u',
            other => other,
        };
        if plain.is_ascii_alphanumeric() {
            slug.push(plain);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::{DISCONTINUED_EAN, EANS, REPLACED_EAN, REPLACEMENT_EAN, UNKNOWN_EAN, UNVERIFIED_EAN, WRONG_HITS};
    use super::*;
    use crate::Gtin;

    const SHOPS: [Shop; 3] = [Shop::Cocooncenter, Shop::PharmaGdd, Shop::Drakkars];

    fn carriers(ean: &str) -> Vec<Shop> {
        let catalogue = Catalogue::load().unwrap();
        SHOPS.into_iter().filter(|shop| catalogue.by_ean(*shop, ean).is_some()).collect()
    }

    #[test]
    fn every_barcode_is_proven() {
        let catalogue = Catalogue::load().unwrap();
        let listed = catalogue.products.iter().flat_map(|product| product.sizes.iter().map(|size| &size.ean).chain(&product.old_codes));
        let constants = [UNVERIFIED_EAN, DISCONTINUED_EAN, REPLACED_EAN, REPLACEMENT_EAN, UNKNOWN_EAN];
        let pairs = WRONG_HITS.into_iter().flat_map(|(wanted, wrong)| [wanted, wrong]);
        for ean in listed.map(String::as_str).chain(constants).chain(EANS).chain(pairs) {
            assert_eq!(Gtin::parse(ean).unwrap().ean(), ean);
        }
    }

    #[test]
    fn who_carries_what() {
        use Shop::{Cocooncenter, Drakkars, PharmaGdd};
        let all = vec![Cocooncenter, PharmaGdd, Drakkars];
        for (ean, shops) in [
            ("0748322148474", all.clone()),
            ("0748322148481", all.clone()),
            ("0748322148498", vec![PharmaGdd, Drakkars]),
            ("0748322148863", all.clone()),
            ("748322148863", all.clone()),
            ("3665606002802", vec![Cocooncenter]),
            ("3701129820322", all.clone()),
            ("3701129811955", vec![PharmaGdd, Drakkars]),
            ("3701129811962", all),
            (UNVERIFIED_EAN, vec![Cocooncenter]),
            (DISCONTINUED_EAN, vec![Cocooncenter]),
            (REPLACEMENT_EAN, vec![Cocooncenter, PharmaGdd]),
            (REPLACED_EAN, vec![]),
            (UNKNOWN_EAN, vec![]),
        ] {
            assert_eq!(carriers(ean), shops, "{ean}");
        }
        for (_, wrong) in WRONG_HITS {
            assert_eq!(carriers(wrong), [Drakkars], "{wrong}");
        }
    }

    #[test]
    fn addresses_are_unambiguous() {
        let catalogue = Catalogue::load().unwrap();
        let ids: Vec<u64> = catalogue.all(Shop::Cocooncenter).map(|found| found.listing().id).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        for shop in SHOPS {
            let slugs: Vec<String> = catalogue.all(shop).map(|found| found.slug()).collect();
            assert_eq!(slugs.iter().collect::<HashSet<_>>().len(), slugs.len());
        }
        assert_eq!(slug(&["Crème", "L'Été à 2,5 % !"]), "creme-l-ete-a-2-5");
    }

    #[test]
    fn words_are_searched_too() {
        let catalogue = Catalogue::load().unwrap();
        assert_eq!(catalogue.search(Shop::Drakkars, "orvane huile").len(), 3);
        assert_eq!(catalogue.search(Shop::Drakkars, "  ").len(), 0);
        assert_eq!(catalogue.search(Shop::Drakkars, "introuvable").len(), 0);
    }
}
