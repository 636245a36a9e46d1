//! OpenGraph and product meta tags: what a page says of itself to those who share it.

use url::Url;

use super::address::absolute;
use super::candidate::{Candidate, codes_in};
use super::markup::Markup;
use super::offers;
use super::recordings;
use super::tag::Tag;
use super::text::line_of;
use super::thing::distinct;
use crate::media::Kind;
use crate::model::{Availability, Media, Offer, Source};

/// Metas read per page.
const MOST: usize = 500;

/// The product that the metas tell of; nothing for an article or a home page.
pub(super) fn candidate(metas: &Metas, base: &Url) -> Option<Candidate> {
    // `product.group` is a category.
    let is_product = metas.get(&["og:type"]).is_some_and(|(_, kind)| kind.contains("product") && !kind.contains("product.group"));
    let priced = metas.get(PRICES).is_some();
    (is_product || priced).then(|| metas.read(base))
}

const PRICES: &[&str] = &["product:sale_price:amount", "product:price:amount", "og:price:amount"];
const REGULAR: &[&str] = &["product:original_price:amount", "og:price:standard_amount"];
const CURRENCIES: &[&str] = &["product:price:currency", "product:sale_price:currency", "og:price:currency"];
const CODES: &[&str] =
    &["product:ean13", "product:ean", "product:gtin", "product:gtin13", "product:upc", "og:ean", "og:upc", "product:isbn"];

/// The metas of a page, by their names in small letters.
#[derive(Debug, Default)]
pub(super) struct Metas {
    /// Few enough to be compared one by one.
    first: Vec<(String, String)>,
    images: Vec<String>,
}

impl Metas {
    pub(super) fn of(markup: &Markup<'_>) -> Self {
        let mut metas = Self::default();
        for meta in markup.elements().filter(|element| element.tag() == Tag::Meta).take(MOST) {
            let key = meta.attr("property").or_else(|| meta.attr("name"));
            let (Some(key), Some(content)) = (key, meta.attr("content").or_else(|| meta.attr("value"))) else { continue };
            let (key, content) = (key.trim().to_ascii_lowercase(), content.trim());
            if matches!(key.as_str(), "og:image" | "og:image:url" | "og:image:secure_url") {
                metas.images.push(content.to_owned());
            }
            if !content.is_empty() && metas.at(&key).is_none() {
                metas.first.push((key, content.to_owned()));
            }
        }
        metas
    }

    fn at(&self, key: &str) -> Option<&str> {
        self.first.iter().find(|(known, _)| known == key).map(|(_, content)| content.as_str())
    }

    pub(super) fn line_of(&self, keys: &[&str]) -> Option<String> {
        self.get(keys).map(|(_, raw)| line_of(raw)).filter(|line| !line.is_empty())
    }

    pub(super) fn get<'a>(&'a self, keys: &[&'a str]) -> Option<(&'a str, &'a str)> {
        keys.iter().find_map(|key| Some((*key, self.at(key)?)))
    }

    fn line(&self, candidate: &mut Candidate, field: &str, keys: &[&str]) -> Option<String> {
        let (key, raw) = self.get(keys)?;
        candidate.note(field, key, raw);
        Some(line_of(raw))
    }

    fn read(&self, base: &Url) -> Candidate {
        let mut candidate = Candidate::new(Source::OpenGraph, "meta");
        candidate.sheet.name = self.line(&mut candidate, "name", &["og:title", "twitter:title"]);
        candidate.sheet.brand = self.line(&mut candidate, "brand", &["product:brand", "og:brand"]);
        candidate.sheet.description = self.line(&mut candidate, "description", &["og:description", "twitter:description"]);
        candidate.sheet.category = self.line(&mut candidate, "category", &["product:category"]);
        candidate.sheet.sku = self.line(&mut candidate, "sku", &["product:retailer_item_id"]);
        candidate.sheet.mpn = self.line(&mut candidate, "mpn", &["product:mfr_part_no"]);
        candidate.url = self.get(&["og:url"]).and_then(|(_, url)| absolute(base, url)).map(String::from);
        if let Some((key, raw)) = self.get(CODES) {
            candidate.sheet.gtins = codes_in(raw);
            if !candidate.sheet.gtins.is_empty() {
                candidate.note("gtins", key, raw);
            }
        }
        let images: Vec<Media> = self.images.iter().filter_map(|link| absolute(base, link)).map(Media::at).collect();
        if let Some(first) = images.first() {
            candidate.note("images", "og:image", &first.url);
        }
        candidate.sheet.images = distinct(images);
        for (key, kind) in
            [("og:video:secure_url", Kind::Video), ("og:video:url", Kind::Video), ("og:video", Kind::Video), ("og:audio", Kind::Audio)]
        {
            let declared = self.get(&["og:video:type"]).map(|(_, kind)| kind);
            if let Some(url) = self.get(&[key]).and_then(|(_, link)| absolute(base, link)) {
                let (found, medium) = recordings::told(url, declared.filter(|_| kind == Kind::Video));
                recordings::put(&mut candidate, found.filter(|found| *found != Kind::Image).unwrap_or(kind), medium, key);
            }
        }
        let offer = self.offer(&mut candidate);
        candidate.sheet.offers.extend(offer);
        candidate
    }

    fn offer(&self, candidate: &mut Candidate) -> Option<Offer> {
        let currency = self.get(CURRENCIES).and_then(|(_, raw)| offers::named(raw));
        let read = |keys| {
            self.get(keys).and_then(|(key, raw)| Some((key, raw, offers::amount(raw, currency).filter(|price| !price.amount.is_zero())?)))
        };
        let (price, regular) = (read(PRICES), read(REGULAR).or_else(|| read(&["product:price:amount"])));
        let availability =
            self.get(&["product:availability", "og:availability"]).and_then(|(key, raw)| Some((key, raw, Availability::parse(raw)?)));
        let mut offer = Offer::default();
        if let Some((key, raw, money)) = price {
            candidate.note("price", key, raw);
            offer.price = Some(money);
        }
        let dearer = regular.filter(|(_, _, regular)| offer.price.as_ref().is_some_and(|price| regular.amount > price.amount));
        if let Some((key, raw, money)) = dearer {
            candidate.note("regular_price", key, raw);
            offer.regular_price = Some(money);
        }
        if let Some((key, raw, availability)) = availability {
            candidate.note("availability", key, raw);
            offer.availability = Some(availability);
        }
        (offer != Offer::default()).then_some(offer)
    }
}
