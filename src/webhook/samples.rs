//! Entries for the tests of this room.

use crate::jobs::Entry;
use crate::model::{
    Completed, Currency, Event, Evidence, Gtin, ItemResult, ItemStatus, JobId, Money, Offer, Product, Rating, Review, Seq, ShopName,
    ShopResult, ShopStatus,
};

pub(super) fn entry(seq: u64, event: Event) -> Entry {
    Entry { job: JobId::new("0199-job"), seq: Seq(seq), at: "2026-01-02T03:04:05.006Z".parse().unwrap(), event }
}

/// Found in one shop, unverified in a second, not found in a third.
pub(super) fn found() -> ItemResult {
    let text = |text: &str| Some(text.to_owned());
    let price = Money { amount: "14.9".parse().unwrap(), currency: Some(Currency::EUR) };
    let product = Product {
        url: "https://www.example.org/p/1".to_owned(),
        name: text("Crème « mains » \"douce\""),
        brand: text("Marque"),
        description: text("Première ligne\nseconde"),
        composition: text("Aqua, Glycerin"),
        directions: text("Appliquer matin et soir"),
        gtins: vec![Gtin::parse("748322148474").unwrap()],
        evidence: Some(Evidence::Structured),
        offers: vec![Offer { price: Some(price), ..Offer::default() }],
        rating: Some(Rating { value: 4.5, best: 5.0, count: Some(12) }),
        reviews: vec![
            Review {
                author: text("Zoé"), rating: Some(5.0), title: text("Bien"), body: "Très bien".to_owned(), date: text("2025-11-30")
            },
            Review::default(),
        ],
        ..Product::default()
    };
    let outcome = |shop: &str, status, product: Option<Product>| ShopResult {
        shop: ShopName::new(shop),
        status,
        ean: "0748322148474".to_owned(),
        product: product.map(Box::new),
        url: None,
        seen_ean: None,
        detail: None,
        page_age_seconds: None,
        requests: 2,
        elapsed_ms: 5,
    };
    ItemResult {
        position: 1,
        ean: "748322148474".to_owned(),
        gtin14: text("00748322148474"),
        status: ItemStatus::Found,
        used_replacement: false,
        replacement: None,
        shops: vec![
            outcome("cocooncenter", ShopStatus::Found, Some(product)),
            outcome("second", ShopStatus::Unverified, Some(Product::default())),
            outcome("third", ShopStatus::NotFound, None),
        ],
        detail: None,
        elapsed_ms: 7,
    }
}

/// Eight items and one code listed apart.
pub(super) fn completed() -> Completed {
    let mut completed = Completed { ignored3400: vec!["3400930000001".to_owned()], elapsed_ms: 12, ..Completed::default() };
    for _ in 0..4 {
        completed.count("found", ItemStatus::Found);
    }
    completed.count("nf", ItemStatus::NotFound);
    completed.count("3400930000002", ItemStatus::Ignored);
    completed.count("not a code", ItemStatus::Invalid);
    completed.count("down", ItemStatus::Failed);
    completed
}
