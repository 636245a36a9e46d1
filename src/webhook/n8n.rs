//! The bodies that the existing n8n flows read, with their French keys. Every key is always there; what is unknown is null.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::model::{Completed, Currency, Evidence, Gtin, ItemResult, Money, Product, Review, ShopResult, ShopStatus};

/// Webhook of one item.
#[derive(Serialize)]
pub(super) struct ResultBody<'a> {
    ean: &'a str,
    /// The shops that FOUND the product, and no others: an unverified page may be another product, and the flows do not ask.
    data: Found<'a>,
}

pub(super) fn result(result: &ItemResult) -> ResultBody<'_> {
    ResultBody { ean: &result.ean, data: Found(result) }
}

/// Shop name -> sheet, in the order of the shops.
struct Found<'a>(&'a ItemResult);

impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let found = self.0.shops.iter().filter(|outcome| outcome.status == ShopStatus::Found);
        serializer.collect_map(found.filter_map(|outcome| {
            let product = outcome.product.as_deref()?;
            Some((outcome.shop.as_str(), Sheet::of(self.0, outcome, product)))
        }))
    }
}

#[derive(Serialize)]
struct Sheet<'a> {
    site: &'a str,
    /// The barcode that was searched: that of the replacement where it was used.
    ean: &'a str,
    url: &'a str,
    titre: Option<&'a str>,
    prix: Option<String>,
    description: Option<&'a str>,
    /// The barcode that the page shows.
    ean_verif: Option<&'a str>,
    marque: Option<&'a str>,
    composition: Option<&'a str>,
    conseils: Option<&'a str>,
    note: Option<f64>,
    nb_avis: Option<u32>,
    avis_clients: Vec<Avis<'a>>,
    used_replacement: bool,
    original_ean: &'a str,
}

#[derive(Serialize)]
struct Avis<'a> {
    auteur: Option<&'a str>,
    note: Option<f64>,
    titre: Option<&'a str>,
    avis: &'a str,
    date: Option<&'a str>,
}

impl<'a> Sheet<'a> {
    fn of(result: &'a ItemResult, outcome: &'a ShopResult, product: &'a Product) -> Self {
        Self {
            site: outcome.shop.as_str(),
            ean: &outcome.ean,
            url: if product.url.is_empty() { outcome.url.as_deref().unwrap_or_default() } else { &product.url },
            titre: product.name.as_deref(),
            prix: product.price().map(price),
            description: product.description.as_deref(),
            ean_verif: seen(&outcome.ean, product),
            marque: product.brand.as_deref(),
            composition: product.composition.as_deref(),
            conseils: product.directions.as_deref(),
            note: product.rating.as_ref().map(|rating| rating.value),
            nb_avis: product.rating.as_ref().and_then(|rating| rating.count),
            avis_clients: product.reviews.iter().map(Avis::of).collect(),
            used_replacement: result.used_replacement,
            original_ean: &result.ean,
        }
    }
}

impl<'a> Avis<'a> {
    fn of(review: &'a Review) -> Self {
        Self {
            auteur: review.author.as_deref(),
            note: review.rating,
            titre: review.title.as_deref(),
            avis: &review.body,
            date: review.date.as_deref(),
        }
    }
}

fn seen<'a>(searched: &'a str, product: &'a Product) -> Option<&'a str> {
    let wanted = Gtin::parse(searched).ok();
    if let Some(same) = product.gtins.iter().find(|gtin| Some(*gtin) == wanted.as_ref()) {
        return Some(same.ean());
    }
    match product.evidence {
        Some(Evidence::Structured | Evidence::Variant | Evidence::VisibleText | Evidence::UrlOrImage) => Some(searched),
        Some(Evidence::SearchHitOnly | Evidence::Mismatch) | None => product.gtins.first().map(Gtin::ean),
    }
}

/// As a French shop writes it: `14,90 €`. A currency other than the euro keeps its code.
fn price(money: &Money) -> String {
    let mut amount: Decimal = money.amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    let number = amount.to_string().replace('.', ",");
    match money.currency {
        Some(Currency::EUR) => format!("{number} €"),
        Some(other) => format!("{number} {other}"),
        None => number,
    }
}

/// Webhook of a completed job.
#[derive(Serialize)]
pub(super) struct CompletedBody<'a> {
    message: String,
    ignored_3400_count: usize,
    not_found_count: usize,
    /// Invalid codes among them.
    failed_count: usize,
    ignored_3400: &'a [String],
    not_found: &'a [String],
    failed: &'a [String],
}

pub(super) fn completed(completed: &Completed) -> CompletedBody<'_> {
    CompletedBody {
        message: message(completed),
        ignored_3400_count: completed.ignored3400.len(),
        not_found_count: completed.not_found.len(),
        failed_count: completed.failed.len(),
        ignored_3400: &completed.ignored3400,
        not_found: &completed.not_found,
        failed: &completed.failed,
    }
}

/// `Scraping terminé : 8 produits, 7 trouvés, 1 non trouvé, 0 en échec, 0 ignoré`
fn message(completed: &Completed) -> String {
    let Completed { counts, ignored3400, not_found, failed, cancelled, .. } = completed;
    // French counts none as one.
    let plural = |count: usize| if count > 1 { "s" } else { "" };
    let (total, found) = (counts.total as usize, counts.found as usize);
    let mut text = format!(
        "Scraping {} : {total} produit{}, {found} trouvé{}, {} non trouvé{}, {} en échec, {} ignoré{}",
        if *cancelled { "annulé" } else { "terminé" },
        plural(total),
        plural(found),
        not_found.len(),
        plural(not_found.len()),
        failed.len(),
        ignored3400.len(),
        plural(ignored3400.len()),
    );
    if counts.cancelled > 0 {
        text.push_str(&format!(", {} annulé{}", counts.cancelled, plural(counts.cancelled as usize)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::{Counts, ItemStatus, ShopName};
    use serde_json::json;

    fn body(item: &ItemResult) -> String {
        serde_json::to_string_pretty(&result(item)).unwrap()
    }

    #[test]
    fn a_found_item() {
        assert_eq!(
            body(&samples::found()),
            r#"{
  "ean": "748322148474",
  "data": {
    "cocooncenter": {
      "site": "cocooncenter",
      "ean": "0748322148474",
      "url": "https://www.example.org/p/1",
      "titre": "Crème « mains » \"douce\"",
      "prix": "14,90 €",
      "description": "Première ligne\nseconde",
      "ean_verif": "0748322148474",
      "marque": "Marque",
      "composition": "Aqua, Glycerin",
      "conseils": "Appliquer matin et soir",
      "note": 4.5,
      "nb_avis": 12,
      "avis_clients": [
        {
          "auteur": "Zoé",
          "note": 5.0,
          "titre": "Bien",
          "avis": "Très bien",
          "date": "2025-11-30"
        },
        {
          "auteur": null,
          "note": null,
          "titre": null,
          "avis": "",
          "date": null
        }
      ],
      "used_replacement": false,
      "original_ean": "748322148474"
    }
  }
}"#
        );
    }

    #[test]
    fn an_empty_sheet_has_every_key() {
        let mut item = samples::found();
        item.shops.truncate(1);
        item.shops[0].product = Some(Box::default());
        item.shops[0].url = Some("https://www.example.org/p/2".to_owned());
        let body = serde_json::to_value(result(&item)).unwrap();
        assert_eq!(
            body["data"]["cocooncenter"],
            json!({
                "site": "cocooncenter", "ean": "0748322148474", "url": "https://www.example.org/p/2", "titre": null, "prix": null,
                "description": null, "ean_verif": null, "marque": null, "composition": null, "conseils": null, "note": null,
                "nb_avis": null, "avis_clients": [], "used_replacement": false, "original_ean": "748322148474"
            })
        );
    }

    #[test]
    fn every_item_without_a_find_has_empty_data() {
        use {ItemStatus as Item, ShopStatus as Shop};
        for status in [Item::NotFound, Item::Ignored, Item::Invalid, Item::Failed, Item::Cancelled] {
            for outcome in [Shop::Unverified, Shop::NotFound, Shop::Mismatch, Shop::Discontinued, Shop::Blocked, Shop::Error] {
                let mut item = samples::found();
                item.status = status;
                item.shops.iter_mut().for_each(|shop| shop.status = outcome);
                assert_eq!(serde_json::to_string(&result(&item)).unwrap(), r#"{"ean":"748322148474","data":{}}"#);
            }
        }
        let mut none = samples::found();
        none.shops.clear();
        none.ean = "pas un \"code\"".to_owned();
        assert_eq!(serde_json::to_string(&result(&none)).unwrap(), r#"{"ean":"pas un \"code\"","data":{}}"#);
    }

    #[test]
    fn a_replacement_answers_for_the_primary() {
        let mut item = samples::found();
        item.used_replacement = true;
        item.shops[0].ean = "3701129811955".to_owned();
        let body = serde_json::to_value(result(&item)).unwrap();
        let sheet = &body["data"]["cocooncenter"];
        assert_eq!((&body["ean"], &sheet["original_ean"]), (&json!("748322148474"), &json!("748322148474")));
        assert_eq!((&sheet["ean"], &sheet["used_replacement"]), (&json!("3701129811955"), &json!(true)));
    }

    #[test]
    fn shops_stay_in_their_order() {
        let mut item = samples::found();
        let mut first = item.shops[0].clone();
        first.shop = ShopName::new("zebra");
        item.shops.insert(0, first);
        let body = serde_json::to_string(&result(&item)).unwrap();
        assert!(body.find("zebra") < body.find("cocooncenter"));
    }

    #[test]
    fn prices_as_a_french_shop_writes_them() {
        let money = |amount: &str, currency: Option<&str>| Money {
            amount: amount.parse().unwrap(),
            currency: currency.map(|code| Currency::parse(code).unwrap()),
        };
        for (amount, currency, text) in [
            ("14.9", Some("EUR"), "14,90 €"),
            ("14.90", Some("EUR"), "14,90 €"),
            ("14.9000", Some("EUR"), "14,90 €"),
            ("7", Some("EUR"), "7,00 €"),
            ("1299", Some("EUR"), "1299,00 €"),
            ("0.125", Some("EUR"), "0,125 €"),
            ("19.5", Some("CHF"), "19,50 CHF"),
            ("3.2", None, "3,20"),
        ] {
            assert_eq!(price(&money(amount, currency)), text);
        }
    }

    #[test]
    fn the_barcode_on_the_page() {
        let gtin = |text: &str| Gtin::parse(text).unwrap();
        let searched = "0748322148474";
        for (gtins, evidence, shown) in [
            (vec![gtin("3701129811955"), gtin("748322148474")], None, Some("0748322148474")),
            (vec![], Some(Evidence::VisibleText), Some("0748322148474")),
            (vec![], Some(Evidence::SearchHitOnly), None),
            (vec![gtin("3701129811955")], Some(Evidence::SearchHitOnly), Some("3701129811955")),
            (vec![], None, None),
        ] {
            let product = Product { gtins, evidence, ..Product::default() };
            assert_eq!(seen(searched, &product), shown);
        }
    }

    #[test]
    fn a_completed_job() {
        assert_eq!(
            serde_json::to_string(&completed(&samples::completed())).unwrap(),
            concat!(
                r#"{"message":"Scraping terminé : 8 produits, 4 trouvés, 1 non trouvé, 2 en échec, 2 ignorés","#,
                r#""ignored_3400_count":2,"not_found_count":1,"failed_count":2,"#,
                r#""ignored_3400":["3400930000001","3400930000002"],"not_found":["nf"],"failed":["not a code","down"]}"#
            )
        );
    }

    #[test]
    fn a_completed_job_without_anything_and_a_cancelled_one() {
        assert_eq!(
            serde_json::to_string(&completed(&Completed::default())).unwrap(),
            concat!(
                r#"{"message":"Scraping terminé : 0 produit, 0 trouvé, 0 non trouvé, 0 en échec, 0 ignoré","ignored_3400_count":0,"#,
                r#""not_found_count":0,"failed_count":0,"ignored_3400":[],"not_found":[],"failed":[]}"#
            )
        );
        let counts = Counts { total: 5, found: 1, cancelled: 4, ..Counts::default() };
        let cancelled = Completed { counts, cancelled: true, ..Completed::default() };
        assert_eq!(message(&cancelled), "Scraping annulé : 5 produits, 1 trouvé, 0 non trouvé, 0 en échec, 0 ignoré, 4 annulés");
    }
}
