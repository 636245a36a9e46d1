//! The product sheet.

use crate::model::{
    Availability, ContentUnit, Evidence, Gtin, Issue, IssueKind, Media, Money, NetContent, Offer, Product, Property, Provenance, Rating,
    Reading, Review, Source, UnitPrice, Variant,
};
use crate::serve::proto;

use super::timestamp;

pub(in crate::serve::grpc) fn product(product: Product) -> proto::Product {
    let Product {
        shop,
        url,
        canonical_url,
        retrieved_at,
        name,
        brand,
        description,
        description_html,
        composition,
        ingredients,
        directions,
        features,
        gtins,
        evidence: proof,
        sku,
        mpn,
        offers,
        images,
        videos,
        audio,
        rating: mean,
        reviews,
        breadcrumbs,
        category,
        size,
        net_content: content,
        variants,
        properties,
        language,
        provenance: origins,
        issues,
    } = product;
    proto::Product {
        shop: shop.map(|shop| shop.to_string()),
        url,
        canonical_url,
        retrieved_at: Some(timestamp(retrieved_at)),
        name,
        brand,
        description,
        description_html,
        composition,
        ingredients,
        directions,
        features,
        gtins: gtins.iter().map(gtin).collect(),
        evidence: proof.map_or(proto::product::Evidence::Unspecified, evidence).into(),
        sku,
        mpn,
        offers: offers.into_iter().map(offer).collect(),
        images: images.into_iter().map(media).collect(),
        videos: videos.into_iter().map(media).collect(),
        audio: audio.into_iter().map(media).collect(),
        rating: mean.as_ref().map(rating),
        reviews: reviews.into_iter().map(review).collect(),
        breadcrumbs,
        category,
        size,
        net_content: content.as_ref().map(net_content),
        variants: variants.into_iter().map(variant).collect(),
        properties: properties.into_iter().map(property).collect(),
        language,
        provenance: origins.into_iter().map(|(field, origin)| (field, provenance(origin))).collect(),
        issues: issues.into_iter().map(issue).collect(),
    }
}

fn net_content(content: &NetContent) -> proto::NetContent {
    let unit = match content.unit {
        ContentUnit::Millilitre => proto::net_content::Unit::Millilitre,
        ContentUnit::Gram => proto::net_content::Unit::Gram,
        ContentUnit::Piece => proto::net_content::Unit::Piece,
    };
    proto::NetContent { amount: content.amount.to_string(), unit: unit.into() }
}

fn issue(issue: Issue) -> proto::Issue {
    let Issue { kind, field, detail } = issue;
    let kind = match kind {
        IssueKind::Contradiction => proto::issue::Kind::Contradiction,
        IssueKind::Truncated => proto::issue::Kind::Truncated,
    };
    proto::Issue { kind: kind.into(), field, detail }
}

fn gtin(gtin: &Gtin) -> proto::Gtin {
    proto::Gtin { given: gtin.as_given().to_owned(), gtin14: gtin.as_14().to_owned() }
}

fn evidence(evidence: Evidence) -> proto::product::Evidence {
    match evidence {
        Evidence::Structured => proto::product::Evidence::Structured,
        Evidence::Variant => proto::product::Evidence::Variant,
        Evidence::VisibleText => proto::product::Evidence::VisibleText,
        Evidence::UrlOrImage => proto::product::Evidence::UrlOrImage,
        Evidence::SearchHitOnly => proto::product::Evidence::SearchHitOnly,
        Evidence::Mismatch => proto::product::Evidence::Mismatch,
    }
}

fn money(money: &Money) -> proto::Money {
    let Money { amount, currency } = money;
    proto::Money { amount: amount.to_string(), currency: currency.map(|currency| currency.to_string()) }
}

fn unit_price(unit: UnitPrice) -> proto::UnitPrice {
    let UnitPrice { price, per } = unit;
    proto::UnitPrice { price: Some(money(&price)), per }
}

fn offer(offer: Offer) -> proto::Offer {
    let Offer { price, regular_price, unit_price: per_unit, availability: stock, condition, seller, valid_until, gtin: own } = offer;
    proto::Offer {
        price: price.as_ref().map(money),
        regular_price: regular_price.as_ref().map(money),
        unit_price: per_unit.map(unit_price),
        availability: stock.map_or(proto::offer::Availability::Unspecified, availability).into(),
        condition,
        seller,
        valid_until,
        gtin: own.as_ref().map(gtin),
    }
}

fn availability(availability: Availability) -> proto::offer::Availability {
    match availability {
        Availability::BackOrder => proto::offer::Availability::BackOrder,
        Availability::Discontinued => proto::offer::Availability::Discontinued,
        Availability::InStock => proto::offer::Availability::InStock,
        Availability::InStoreOnly => proto::offer::Availability::InStoreOnly,
        Availability::LimitedAvailability => proto::offer::Availability::LimitedAvailability,
        Availability::MadeToOrder => proto::offer::Availability::MadeToOrder,
        Availability::OnlineOnly => proto::offer::Availability::OnlineOnly,
        Availability::OutOfStock => proto::offer::Availability::OutOfStock,
        Availability::PreOrder => proto::offer::Availability::PreOrder,
        Availability::PreSale => proto::offer::Availability::PreSale,
        Availability::Reserved => proto::offer::Availability::Reserved,
        Availability::SoldOut => proto::offer::Availability::SoldOut,
    }
}

fn media(media: Media) -> proto::Media {
    let Media { url, alt, media_type, width, height, duration, codec } = media;
    proto::Media { url, alt, media_type, width, height, duration, codec }
}

fn rating(rating: &Rating) -> proto::Rating {
    let Rating { value, best, count } = *rating;
    proto::Rating { value, best, count }
}

fn review(review: Review) -> proto::Review {
    let Review { author, rating, title, body, date } = review;
    proto::Review { author, rating, title, body, date }
}

fn variant(variant: Variant) -> proto::Variant {
    let Variant { name, gtins, sku, size, url, price, availability: stock } = variant;
    proto::Variant {
        name,
        gtins: gtins.iter().map(gtin).collect(),
        sku,
        size,
        url,
        price: price.as_ref().map(money),
        availability: stock.map_or(proto::offer::Availability::Unspecified, availability).into(),
    }
}

fn property(property: Property) -> proto::Property {
    let Property { name, value } = property;
    proto::Property { name, value }
}

fn provenance(provenance: Provenance) -> proto::Provenance {
    let Provenance { source: origin, locator, raw, others } = provenance;
    proto::Provenance { source: source(origin).into(), locator, raw, others: others.into_iter().map(reading).collect() }
}

fn reading(reading: Reading) -> proto::Reading {
    let Reading { source: origin, locator, raw } = reading;
    proto::Reading { source: source(origin).into(), locator, raw }
}

fn source(source: Source) -> proto::provenance::Source {
    match source {
        Source::Recipe => proto::provenance::Source::Recipe,
        Source::JsonLd => proto::provenance::Source::JsonLd,
        Source::Microdata => proto::provenance::Source::Microdata,
        Source::Rdfa => proto::provenance::Source::Rdfa,
        Source::State => proto::provenance::Source::State,
        Source::Computed => proto::provenance::Source::Computed,
        Source::OpenGraph => proto::provenance::Source::OpenGraph,
        Source::Html => proto::provenance::Source::Html,
        Source::VisibleText => proto::provenance::Source::VisibleText,
        Source::Url => proto::provenance::Source::Url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;

    #[test]
    fn money_keeps_every_digit() {
        for text in ["14.90", "0.1", "12345678901234567.89", "-3.50", "1299"] {
            let sent = money(&Money { amount: text.parse().unwrap(), currency: Currency::parse("eur") });
            assert_eq!((sent.amount.as_str(), sent.currency.as_deref()), (text, Some("EUR")));
        }
    }

    #[test]
    fn absence_stays_absence() {
        let sent = product(Product::default());
        assert_eq!((sent.name, sent.rating, sent.evidence), (None, None, proto::product::Evidence::Unspecified as i32));
        assert_eq!(offer(Offer::default()).availability, proto::offer::Availability::Unspecified as i32);
    }
}
