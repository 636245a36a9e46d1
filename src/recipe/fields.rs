//! A recipe's page rules at work: they make one candidate, the first source of the page's product.

use regex::Regex;
use url::Url;

use super::format::Form;
use super::rule::{Hit, Rule};
use crate::extract::markup::Spot;
use crate::extract::select::{Found, Selector};
use crate::extract::{Candidate, absolute, codes_in, date, thing};
use crate::model::{Availability, Currency, Media, Money, Offer, Property, Rating, Review, Source, UnitPrice};

/// What a recipe knows of a product page.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) gone: Vec<u16>,
    pub(super) blocked_status: Vec<u16>,
    /// Any of the recipe's own words, in whatever case.
    pub(super) blocked_text: Option<Regex>,
    /// Likewise, of addresses to which the shop leads us instead.
    pub(super) blocked_address: Option<Regex>,
    pub(super) fields: Vec<FieldRules>,
    pub(super) properties: Vec<(String, Vec<Rule>)>,
    pub(super) reviews: Option<ReviewRules>,
}

impl Page {
    pub(super) fn has_rules(&self) -> bool {
        !self.fields.is_empty() || !self.properties.is_empty() || self.reviews.is_some()
    }

    /// All that the rules look for.
    pub(super) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        let fields = self.fields.iter().flat_map(|field| &field.rules);
        let properties = self.properties.iter().flat_map(|(_, rules)| rules);
        let reviews =
            self.reviews.iter().flat_map(|reviews| [&reviews.author, &reviews.rating, &reviews.title, &reviews.body, &reviews.date]);
        let rules = fields.chain(properties).chain(reviews.flatten());
        let items = self.reviews.iter().map(|reviews| &reviews.item);
        rules.flat_map(|rule| rule.css.iter().chain(&rule.count)).chain(items)
    }
}

#[derive(Clone, Debug)]
pub(super) struct FieldRules {
    pub(super) field: Field,
    pub(super) rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
pub(super) struct ReviewRules {
    pub(super) item: Selector,
    pub(super) css: String,
    pub(super) author: Vec<Rule>,
    pub(super) rating: Vec<Rule>,
    pub(super) title: Vec<Rule>,
    pub(super) body: Vec<Rule>,
    pub(super) date: Vec<Rule>,
}

/// A field that rules may fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Brand,
    Description,
    Composition,
    Directions,
    Features,
    Gtins,
    Sku,
    Mpn,
    Price,
    RegularPrice,
    UnitPrice,
    Availability,
    Images,
    Rating,
    RatingBest,
    RatingCount,
    Category,
    Size,
    Breadcrumbs,
}

impl Field {
    pub(super) const ALL: &[(&str, Field)] = &[
        ("name", Field::Name),
        ("brand", Field::Brand),
        ("description", Field::Description),
        ("composition", Field::Composition),
        ("directions", Field::Directions),
        ("features", Field::Features),
        ("gtins", Field::Gtins),
        ("sku", Field::Sku),
        ("mpn", Field::Mpn),
        ("price", Field::Price),
        ("regular_price", Field::RegularPrice),
        ("unit_price", Field::UnitPrice),
        ("availability", Field::Availability),
        ("images", Field::Images),
        ("rating", Field::Rating),
        ("rating_best", Field::RatingBest),
        ("rating_count", Field::RatingCount),
        ("category", Field::Category),
        ("size", Field::Size),
        ("breadcrumbs", Field::Breadcrumbs),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }

    fn form(self) -> Form {
        match self {
            Self::Description | Self::Composition | Self::Directions => Form::Lines,
            _ => Form::Text,
        }
    }
}

/// The candidate that the rules make; nothing when none of them hits.
pub(super) fn candidate(page: &Page, found: &Found<'_, '_>, base: &Url, currency: Option<Currency>) -> Option<Candidate> {
    let mut filler = Filler {
        found,
        base,
        currency,
        candidate: Candidate::new(Source::Recipe, "page.fields"),
        offer: Offer::default(),
        rating: Parts::default(),
    };
    for FieldRules { field, rules } in &page.fields {
        filler.field(*field, rules);
    }
    filler.properties(&page.properties);
    if let Some(reviews) = &page.reviews {
        filler.reviews(reviews);
    }
    let candidate = filler.finish();
    (!candidate.is_empty()).then_some(candidate)
}

#[derive(Default)]
struct Parts {
    value: Option<f64>,
    best: Option<f64>,
    count: Option<u32>,
}

struct Filler<'a> {
    found: &'a Found<'a, 'a>,
    base: &'a Url,
    currency: Option<Currency>,
    candidate: Candidate,
    offer: Offer,
    rating: Parts,
}

impl Filler<'_> {
    /// The first rule with a usable value decides.
    fn field(&mut self, field: Field, rules: &[Rule]) {
        for rule in rules {
            if let Some(raw) = self.put(field, rule, rule.read(self.found, None, field.form())) {
                self.candidate.note(field.name(), rule.locator.clone(), &raw);
                return;
            }
        }
    }

    /// Takes a value over, mostly the first, and tells the raw text that it was read from.
    fn put(&mut self, field: Field, rule: &Rule, hits: impl Iterator<Item = Hit>) -> Option<String> {
        match field {
            Field::Features | Field::Breadcrumbs | Field::Images => self.put_list(field, hits),
            Field::Gtins => self.put_codes(hits),
            Field::Price | Field::RegularPrice | Field::UnitPrice | Field::Availability => self.put_offer(field, rule, hits),
            Field::Rating | Field::RatingBest | Field::RatingCount => self.put_rating(field, hits),
            _ => self.put_text(field, hits),
        }
    }

    fn put_text(&mut self, field: Field, mut hits: impl Iterator<Item = Hit>) -> Option<String> {
        let hit = hits.next()?;
        let sheet = &mut self.candidate.sheet;
        let target = match field {
            Field::Name => &mut sheet.name,
            Field::Brand => &mut sheet.brand,
            Field::Description => &mut sheet.description,
            Field::Composition => &mut sheet.composition,
            Field::Directions => &mut sheet.directions,
            Field::Sku => &mut sheet.sku,
            Field::Mpn => &mut sheet.mpn,
            Field::Category => &mut sheet.category,
            Field::Size => &mut sheet.size,
            _ => return None,
        };
        *target = Some(hit.value);
        Some(hit.raw)
    }

    fn put_list(&mut self, field: Field, mut hits: impl Iterator<Item = Hit>) -> Option<String> {
        let first = hits.next()?;
        let values = std::iter::once(first.value).chain(hits.map(|hit| hit.value));
        let sheet = &mut self.candidate.sheet;
        match field {
            Field::Features => sheet.features = values.collect(),
            Field::Breadcrumbs => sheet.breadcrumbs = values.collect(),
            _ => sheet.images = thing::distinct(values.filter_map(|link| absolute(self.base, &link)).map(Media::at).collect()),
        }
        (field != Field::Images || !sheet.images.is_empty()).then_some(first.raw)
    }

    fn put_codes(&mut self, mut hits: impl Iterator<Item = Hit>) -> Option<String> {
        let hit = hits.next()?;
        let gtins = &mut self.candidate.sheet.gtins;
        *gtins = codes_in(&hit.value);
        (!gtins.is_empty()).then_some(hit.raw)
    }

    fn put_offer(&mut self, field: Field, rule: &Rule, mut hits: impl Iterator<Item = Hit>) -> Option<String> {
        let currency = self.currency;
        // An attribute holds a machine's number: the point is a decimal mark whatever the currency.
        let money = |text: &str| if rule.attr.is_some() { thing::amount(text, currency) } else { Money::parse(text, currency) };
        match field {
            Field::Price | Field::RegularPrice => {
                let (read, raw) = hits.find_map(|hit| Some((money(&hit.value)?, hit.raw)))?;
                let target = if field == Field::Price { &mut self.offer.price } else { &mut self.offer.regular_price };
                *target = Some(read);
                Some(raw)
            }
            Field::UnitPrice => {
                let (unit, raw) = hits.find_map(|hit| Some((UnitPrice::parse(&hit.value, currency)?, hit.raw)))?;
                self.offer.unit_price = Some(unit);
                Some(raw)
            }
            _ => {
                let (availability, raw) = hits.find_map(|hit| Some((Availability::parse(&hit.value)?, hit.raw)))?;
                self.offer.availability = Some(availability);
                Some(raw)
            }
        }
    }

    fn put_rating(&mut self, field: Field, mut hits: impl Iterator<Item = Hit>) -> Option<String> {
        let (value, raw) = hits.find_map(|hit| Some((thing::number_in(&hit.value)?, hit.raw)))?;
        match field {
            Field::Rating => self.rating.value = Some(value),
            Field::RatingBest => self.rating.best = Some(value),
            _ => self.rating.count = Some(value as u32),
        }
        Some(raw)
    }

    fn properties(&mut self, properties: &[(String, Vec<Rule>)]) {
        for (name, rules) in properties {
            let hit = rules.iter().find_map(|rule| Some((rule, rule.read(self.found, None, Form::Lines).next()?)));
            if let Some((rule, hit)) = hit {
                self.candidate.note("properties", rule.locator.clone(), &hit.raw);
                self.candidate.sheet.properties.push(Property { name: name.clone(), value: hit.value });
            }
        }
    }

    fn reviews(&mut self, rules: &ReviewRules) {
        let reviews: Vec<Review> =
            self.found.select(None, &rules.item).take(MOST_REVIEWS).filter_map(|item| review(rules, self.found, item)).collect();
        if let Some(first) = reviews.first() {
            self.candidate.note("reviews", rules.css.clone(), &first.body);
            self.candidate.sheet.reviews = reviews;
        }
    }

    fn finish(mut self) -> Candidate {
        let (price, regular) = (self.offer.price.as_ref(), self.offer.regular_price.as_ref());
        // A struck price that is not dearer is the unit price of another box, or the price itself.
        if price.is_none() || regular.is_some_and(|regular| price.is_some_and(|price| regular.amount <= price.amount)) {
            self.offer.regular_price = None;
            self.candidate.sheet.provenance.remove("regular_price");
        }
        if self.offer != Offer::default() {
            self.candidate.sheet.offers = vec![self.offer];
        }
        if let Some(value) = self.rating.value.filter(|value| *value > 0.0) {
            let best = self.rating.best.filter(|best| *best >= value).unwrap_or(5.0);
            self.candidate.sheet.rating = Some(Rating { value, best, count: self.rating.count });
        } else {
            self.candidate.sheet.provenance.remove("rating");
        }
        self.candidate
    }
}

/// Reviews kept per page.
const MOST_REVIEWS: usize = 200;

fn review<'m, 'h>(rules: &ReviewRules, page: &Found<'m, 'h>, item: Spot<'m, 'h>) -> Option<Review> {
    let text = |rules: &[Rule], form| rules.iter().find_map(|rule| Some(rule.read(page, Some(item), form).next()?.value));
    let written = text(&rules.date, Form::Text);
    let review = Review {
        author: text(&rules.author, Form::Text),
        rating: text(&rules.rating, Form::Text).as_deref().and_then(thing::number_in),
        title: text(&rules.title, Form::Text),
        body: text(&rules.body, Form::Lines).unwrap_or_default(),
        date: written.map(|written| date::iso(&written).unwrap_or(written)),
    };
    (!review.body.is_empty() || review.title.is_some()).then_some(review)
}

/// For tests and documents: the names that a recipe may fill.
#[cfg(test)]
pub(super) fn names() -> Vec<&'static str> {
    Field::ALL.iter().map(|(name, _)| *name).collect()
}
