//! Products for load: any number of them, made up when asked for from their number alone.
//!
//! Nothing is stored and nothing is drawn by lot, so that a million of them cost no memory and every run is the same.

use rust_decimal::Decimal;

use super::catalogue::{Listing, Product, Review, Shop, Size};
use crate::{Gtin, GtinError};

/// Prefix of the generated barcodes; eight digits of number and the check digit follow.
const PREFIX: &str = "3770";
/// Numbers above wrap around: eight digits hold no more.
const NUMBERS: u32 = 100_000_000;
/// Cocooncenter's ids of generated products start here. Eleven digits: no length of a barcode, so none can be read into an address.
const FIRST_ID: u64 = 10_000_000_000;
const SLUG: &str = "laboratoire-essai-soin-de-demonstration-no-";

/// The barcode of generated product `n` (modulo 100 million), check digit included.
///
/// Each shop carries nine of ten of them: Cocooncenter all but those where `n % 10 == 2`, Pharma-GDD all but 5,
/// Drakkars all but 8. So each is found at two shops or more.
///
/// ```
/// assert_eq!(glaneur::demo::bulk_ean(7), "3770000000078");
/// ```
pub fn bulk_ean(n: u32) -> String {
    with_check_digit(&format!("{PREFIX}{:08}", n % NUMBERS))
}

pub(super) fn with_check_digit(body: &str) -> String {
    let check = match Gtin::parse(&format!("{body}0")) {
        Err(GtinError::CheckDigit { expected, .. }) => expected,
        _ => '0',
    };
    format!("{body}{check}")
}

/// Whether the shop of this name (`cocooncenter`, `pharma-gdd`, `drakkars`) carries generated product `n`.
pub fn bulk_is_carried(shop: &str, n: u32) -> bool {
    match shop {
        "cocooncenter" => is_carried(Shop::Cocooncenter, n),
        "pharma-gdd" => is_carried(Shop::PharmaGdd, n),
        "drakkars" => is_carried(Shop::Drakkars, n),
        _ => false,
    }
}

pub(super) fn is_carried(shop: Shop, n: u32) -> bool {
    let missing = match shop {
        Shop::Cocooncenter => 2,
        Shop::PharmaGdd => 5,
        Shop::Drakkars => 8,
    };
    n % NUMBERS % 10 != missing
}

pub(super) fn number(ean: &str) -> Option<u32> {
    let n = ean.strip_prefix(PREFIX).filter(|rest| rest.len() == 9)?.get(..8)?.parse().ok()?;
    (bulk_ean(n) == ean).then_some(n)
}

pub(super) fn number_of_id(id: u64) -> Option<u32> {
    id.checked_sub(FIRST_ID)?.try_into().ok().filter(|n| *n < NUMBERS)
}

pub(super) fn number_of_slug(slug: &str) -> Option<u32> {
    let rest = slug.strip_prefix(SLUG)?;
    rest.split('-').next()?.parse().ok().filter(|n| *n < NUMBERS)
}

pub(super) fn product(n: u32) -> Product {
    let price = Decimal::new(i64::from(490 + n % 60 * 50), 2);
    // A few per cent apart, as shops are.
    let listing = |percent: i64, id: u64| {
        Some(Listing {
            price: (price * Decimal::new(percent, 2)).round_dp(2),
            regular: n.is_multiple_of(4).then(|| (price * Decimal::new(125, 2)).round_dp(2)),
            id,
            out_of_stock: n % 17 == 3,
            traits: Vec::new(),
        })
    };
    Product {
        brand: "Laboratoire Essai".into(),
        name: format!("Soin de Démonstration No {n}"),
        category: "Soins du visage".into(),
        form: "Crème".into(),
        per: "L".into(),
        description: vec![
            "Un soin inventé pour les essais de charge, à la texture légère et au parfum discret.".into(),
            "Sa formule hydrate, apaise et protège la peau des agressions du quotidien. Convient aux peaux sensibles.".into(),
        ],
        composition: "AQUA (WATER), GLYCERIN, CAPRYLIC/CAPRIC TRIGLYCERIDE, BUTYROSPERMUM PARKII (SHEA) BUTTER, TOCOPHEROL, PARFUM".into(),
        directions: "Appliquer matin et soir sur une peau propre et sèche.".into(),
        advice: "Un produit d'essai que nous conseillons aux machines.".into(),
        old_codes: Vec::new(),
        first_hit_for: None,
        reviews: vec![review("Camille", 5, "Parfait", 12), review("Yanis", 4, "Bon produit", 27)],
        sizes: vec![Size {
            ean: bulk_ean(n),
            label: "50 ml".into(),
            quantity: Decimal::new(50, 3),
            cocooncenter: listing(100, FIRST_ID + u64::from(n)),
            pharma_gdd: listing(97, 0),
            drakkars: listing(104, 0),
        }],
    }
}

fn review(author: &str, rating: u8, title: &str, day: u8) -> Review {
    Review {
        author: author.into(),
        rating,
        title: title.into(),
        text: "Texture agréable, pénètre vite, je recommande.".into(),
        date: format!("{day} mars 2025"),
        day: format!("2025-03-{day:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{Catalogue, slug};
    use super::*;

    #[test]
    fn barcodes_are_valid_and_lead_back() {
        for n in [0, 1, 7, 9_999, 12_345_678, 99_999_999] {
            let ean = bulk_ean(n);
            assert_eq!(Gtin::parse(&ean).unwrap().ean(), ean);
            assert_eq!(number(&ean), Some(n));
        }
        assert_eq!(bulk_ean(NUMBERS), bulk_ean(0));
        assert_eq!(number("3770000000077"), None);
        assert_eq!(number("0748322148474"), None);
    }

    #[test]
    fn each_is_found_at_two_shops_or_more_by_all_its_addresses() {
        let catalogue = Catalogue::load().unwrap();
        for n in 0..200 {
            let names = ["cocooncenter", "pharma-gdd", "drakkars"];
            assert!(names.iter().filter(|name| bulk_is_carried(name, n)).count() >= 2);
            for shop in [Shop::Cocooncenter, Shop::PharmaGdd, Shop::Drakkars] {
                let Some(found) = catalogue.by_ean(shop, &bulk_ean(n)) else {
                    assert!(!is_carried(shop, n));
                    continue;
                };
                assert_eq!(number_of_slug(&found.slug()), Some(n));
                assert_eq!(number_of_slug(&found.product().slug()), Some(n));
                assert!(shop != Shop::Cocooncenter || number_of_id(found.listing().id) == Some(n));
                assert!(slug(&[&found.product().brand, "Soin de Démonstration No "]).len() + 1 == SLUG.len());
            }
        }
        assert!(!bulk_is_carried("elsewhere", 1));
    }
}
