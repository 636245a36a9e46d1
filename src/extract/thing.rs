//! A Product node of JSON-LD or microdata as a candidate. Both speak schema.org, so both are read here.

use std::borrow::Cow;
use std::collections::HashMap;

use url::Url;

use super::address::absolute;
use super::candidate::{Candidate, Standing, codes_in};
use super::jsonld::{PRODUCTS, is_a};
pub(crate) use super::node::number_in;
use super::node::{self, Found, Object, Value, members, number, scalar, text};
pub(crate) use super::offers::amount;
use super::offers::{self, GTIN_KEYS, Read};
use super::opinion;
use super::recordings;
use super::text::{line_of, text_of};
use crate::media::Kind;
use crate::model::{Gtin, Media, Property, Source};

/// What a node is read with.
pub(super) struct Context<'a> {
    pub(super) source: Source,
    pub(super) base: &'a Url,
    pub(super) ids: &'a HashMap<&'a str, &'a Object<'a>>,
}

/// A product with its variants.
pub(super) fn product(object: &Object<'_>, path: &str, context: &Context<'_>) -> Candidate {
    let mut candidate = single(object, path, context);
    for (at, value) in members(object, "hasVariant").enumerate() {
        if let Some(member) = node::object(value, context.ids).filter(|member| is_a(member, PRODUCTS)) {
            candidate.variants.push(single(member, &format!("{path}.hasVariant[{at}]"), context));
        }
    }
    candidate
}

fn single(object: &Object<'_>, path: &str, context: &Context<'_>) -> Candidate {
    let mut reader = Reader { object, path, context, candidate: Candidate::new(context.source, path) };
    reader.words();
    reader.codes();
    reader.offers();
    reader.images();
    reader.recordings();
    reader.opinions();
    reader.properties();
    reader.candidate.url = reader.address();
    reader.candidate.group = group(object);
    reader.candidate
}

fn group(object: &Object<'_>) -> Option<String> {
    if let Some(found) = text(object, &["inProductGroupWithID"]) {
        return Some(found.raw.into_owned());
    }
    let parent = object.get("isVariantOf")?.as_object()?;
    text(parent, &["@id", "productGroupID"]).map(|found| found.raw.into_owned())
}

struct Reader<'a> {
    object: &'a Object<'a>,
    path: &'a str,
    context: &'a Context<'a>,
    candidate: Candidate,
}

impl Reader<'_> {
    fn note(&mut self, field: &str, found: &Found<'_>) {
        self.candidate.note(field, format!("{}.{}", self.path, found.path), &found.raw);
    }

    fn line(&mut self, field: &str, keys: &[&'static str]) -> Option<String> {
        let found = text(self.object, keys)?;
        let line = found.line();
        if line.is_empty() {
            return None;
        }
        self.note(field, &found);
        Some(line)
    }

    fn words(&mut self) {
        self.candidate.sheet.name = self.line("name", &["name"]);
        self.candidate.sheet.brand = self.brand();
        self.description();
        self.candidate.sheet.composition = self.paragraphs("composition", &["activeIngredient", "ingredients"]);
        self.candidate.sheet.category = self.line("category", &["category"]).filter(|name| !name.starts_with("http"));
        self.candidate.sheet.size = self.size();
        self.candidate.sheet.mpn = self.line("mpn", &["mpn"]);
        self.candidate.sheet.sku = self.line("sku", &["sku"]);
    }

    fn description(&mut self) {
        if let Some(found) = text(self.object, &["description"]) {
            self.candidate.describe(&found.raw);
            if self.candidate.sheet.description.is_some() {
                self.note("description", &found);
            }
        }
    }

    fn paragraphs(&mut self, field: &str, keys: &[&'static str]) -> Option<String> {
        let found = text(self.object, keys)?;
        let read = text_of(&found.raw);
        if read.is_empty() {
            return None;
        }
        self.note(field, &found);
        Some(read)
    }

    /// An address instead of a name is an `@id` that leads nowhere.
    fn brand(&mut self) -> Option<String> {
        let referred = ["brand", "manufacturer"].iter().find_map(|key| {
            let found = node::object(members(self.object, key).next()?, self.context.ids).and_then(|brand| text(brand, &["name"]))?;
            Some(Found { path: key, ..found })
        });
        let name = match referred.filter(|found| !found.line().is_empty()) {
            Some(found) => {
                self.note("brand", &found);
                found.line()
            }
            None => self.line("brand", &["brand", "manufacturer"])?,
        };
        let told = !name.starts_with("http") && !name.starts_with('#') && !is_no_brand(&name);
        if !told {
            self.candidate.sheet.provenance.remove("brand");
        }
        told.then_some(name)
    }

    fn size(&mut self) -> Option<String> {
        if let Some(quantity) = ["size", "weight"].iter().find_map(|key| Some((key, self.object.get(key)?.as_object()?))) {
            let (key, object) = quantity;
            let read = [text(object, &["value", "name"]), text(object, &["unitText", "unitCode"])].into_iter().flatten();
            let raw = read.map(|found| found.raw).collect::<Vec<_>>().join(" ");
            self.candidate.note("size", format!("{}.{key}", self.path), &raw);
            return (!raw.is_empty()).then_some(raw);
        }
        self.line("size", &["size"])
    }

    /// `sku` and `mpn` stand in for the barcode only where the page names none.
    fn codes(&mut self) {
        let mut gtins = offers::gtins(self.object);
        let mut at = GTIN_KEYS.iter().find(|key| self.object.get(key).is_some()).copied().unwrap_or("gtin");
        if gtins.is_empty() {
            gtins = self.identifiers();
            at = "identifier";
        }
        for key in ["sku", "mpn", "productID"] {
            if gtins.is_empty() {
                gtins = text(self.object, &[key]).map(|found| long_codes(&found.raw)).unwrap_or_default();
                at = key;
            }
        }
        if let Some(first) = gtins.first() {
            self.candidate.note("gtins", format!("{}.{at}", self.path), first.as_given());
        }
        self.candidate.sheet.gtins = gtins;
    }

    /// `identifier: {propertyID: "gtin13", value: …}`, or the code alone.
    fn identifiers(&self) -> Vec<Gtin> {
        fn value<'a>(value: &'a Value<'a>) -> Option<Cow<'a, str>> {
            match value {
                Value::Object(object) => text(object, &["value"]).map(|found| found.raw),
                other => scalar(other),
            }
        }
        fn named(property: &&Value<'_>) -> bool {
            let name = property.as_object().and_then(|object| text(object, &["propertyID", "name"])).map(|found| found.raw.to_lowercase());
            name.is_some_and(|name| CODE_NAMES.iter().any(|word| name.starts_with(word)))
        }
        let found: Vec<Gtin> = members(self.object, "identifier").filter_map(value).flat_map(|text| long_codes(&text)).collect();
        if !found.is_empty() {
            return found;
        }
        members(self.object, "additionalProperty").filter(named).filter_map(value).flat_map(|text| long_codes(&text)).collect()
    }

    fn offers(&mut self) {
        let reads = offers::offers(self.object, self.context);
        let own = &self.candidate.sheet.gtins;
        let mut named: Vec<&Gtin> = reads.iter().flat_map(|read| &read.gtins).collect();
        named.dedup();
        // One offer per combination, each with its own code; sellers of the same product share one.
        let combinations = named.len() > 1;
        let foreign_only = !combinations && !own.is_empty() && named.iter().any(|code| !own.contains(code));
        if combinations || foreign_only {
            let variants = reads.iter().filter(|read| !read.gtins.is_empty()).map(|read| self.variant(read)).collect();
            self.candidate.variants = variants;
        } else if own.is_empty()
            && let Some(code) = named.first()
        {
            let code = (*code).clone();
            let path = reads.iter().find(|read| !read.gtins.is_empty()).map(|read| read.path.clone()).unwrap_or_default();
            self.candidate.note("gtins", format!("{}.{path}.gtin", self.path), code.as_given());
            self.candidate.sheet.gtins = vec![code];
        }
        let own = self.candidate.sheet.gtins.clone();
        let (mine, others): (Vec<_>, Vec<_>) =
            reads.into_iter().partition(|read| read.gtins.is_empty() || own.is_empty() || read.gtins.iter().any(|code| own.contains(code)));
        let shown = if mine.is_empty() && !combinations { others } else { mine };
        note_offers(&mut self.candidate, self.path, &shown);
        self.candidate.sheet.offers = shown.into_iter().map(|read| read.offer).collect();
    }

    fn variant(&self, read: &Read) -> Candidate {
        let path = format!("{}.{}", self.path, read.path);
        let mut variant = Candidate::new(self.context.source, path.clone());
        if let Some(name) = &read.name {
            variant.note("name", format!("{path}.name"), name);
        }
        variant.note("gtins", format!("{path}.gtin"), read.gtins.first().map(Gtin::as_given).unwrap_or_default());
        note_offers(&mut variant, self.path, std::slice::from_ref(read));
        variant.sheet.name = read.name.clone();
        variant.sheet.sku = read.sku.clone();
        variant.sheet.gtins = read.gtins.clone();
        variant.sheet.offers = vec![read.offer.clone()];
        variant.url = read.url.as_deref().and_then(|url| absolute(self.context.base, url)).map(String::from);
        variant
    }

    fn images(&mut self) {
        for key in ["image", "images", "photo"] {
            let found: Vec<(String, Media)> = members(self.object, key).filter_map(|value| self.media(value)).collect();
            if let Some((raw, _)) = found.first() {
                self.candidate.note("images", format!("{}.{key}", self.path), raw);
                self.candidate.sheet.images = distinct(found.into_iter().map(|(_, media)| media).collect());
                return;
            }
        }
    }

    /// Videos and sounds, whatever key they stand behind.
    fn recordings(&mut self) {
        for key in ["video", "audio", "associatedMedia", "subjectOf"] {
            for value in members(self.object, key) {
                let Some((raw, medium)) = self.media(value) else { continue };
                let Ok(url) = Url::parse(&medium.url) else { continue };
                let (found, named) = recordings::told(url, medium.media_type.as_deref());
                let declared = match key {
                    "video" => Some(Kind::Video),
                    "audio" => Some(Kind::Audio),
                    _ => value.as_object().and_then(kind_of),
                };
                // `video` may hold an audio file; an address that tells nothing is what its key says.
                // The page itself is no film, though some name it as one.
                let elsewhere = found.is_some() || medium.url != self.context.base.as_str();
                if let Some(kind) = found.or(declared).filter(|kind| *kind != Kind::Image && elsewhere) {
                    let medium = Media { url: named.url, ..medium };
                    let locator = format!("{}.{key}", self.path);
                    self.candidate.note(if kind == Kind::Video { "videos" } else { "audio" }, locator.clone(), &raw);
                    recordings::put(&mut self.candidate, kind, medium, &locator);
                }
            }
        }
    }

    fn media(&self, value: &Value<'_>) -> Option<(String, Media)> {
        let object = value.as_object().map(|_| node::object(value, self.context.ids).ok_or(())).transpose().ok()?;
        let Some(object) = object else {
            let raw = scalar(value)?;
            let media = Media::at(absolute(self.context.base, &raw)?);
            return Some((raw.into_owned(), media));
        };
        let raw = text(object, &["contentUrl", "embedUrl", "url", "@id"])?.raw;
        let pixels = |key: &'static str| number(object, &[key]).map(|value| value as u32).filter(|value| *value > 0);
        let mut media = Media::at(absolute(self.context.base, &raw)?);
        media.alt = text(object, &["caption", "name", "description"]).map(|found| found.line());
        media.media_type = text(object, &["encodingFormat"]).map(|found| found.raw.into_owned()).filter(|format| format.contains('/'));
        (media.width, media.height) = (pixels("width"), pixels("height"));
        // `PT1M30S`
        let duration = text(object, &["duration"]).and_then(|found| found.raw.parse::<jiff::SignedDuration>().ok());
        media.duration = duration.map(|duration| duration.as_secs_f64()).filter(|seconds| *seconds > 0.0);
        Some((raw.into_owned(), media))
    }

    fn opinions(&mut self) {
        let rating = opinion::rating(self.object, self.context.ids);
        let best = rating.as_ref().map_or(5.0, |(rating, _)| rating.best);
        if let Some((rating, raw)) = rating {
            self.candidate.note("rating", format!("{}.aggregateRating.ratingValue", self.path), &raw);
            self.candidate.sheet.rating = Some(rating);
        }
        for key in ["review", "reviews"] {
            let reviews = opinion::reviews(self.object, key, best, self.context.ids);
            if self.candidate.sheet.reviews.is_empty() && !reviews.is_empty() {
                self.candidate.note("reviews", format!("{}.{key}", self.path), &reviews[0].body);
                self.candidate.sheet.reviews = reviews;
            }
        }
    }

    fn properties(&mut self) {
        let property = |value: &Value<'_>| {
            let object = value.as_object()?;
            let read = |keys: &[&'static str]| text(object, keys).map(|found| found.line()).filter(|line| !line.is_empty());
            Some(Property { name: read(&["name", "propertyID"])?, value: object.get("value").and_then(scalar).map(|raw| line_of(&raw))? })
        };
        let properties: Vec<Property> = members(self.object, "additionalProperty").filter_map(property).collect();
        if let Some(first) = properties.first() {
            self.candidate.note("properties", format!("{}.additionalProperty", self.path), &first.value);
        }
        self.candidate.sheet.properties = properties;
    }

    fn address(&self) -> Option<String> {
        let raw = text(self.object, &["url", "mainEntityOfPage"])?.raw;
        absolute(self.context.base, &raw).map(String::from)
    }
}

/// What templates print where there is no brand.
fn is_no_brand(name: &str) -> bool {
    const NONE: &[&str] = &[
        "sin marca",
        "sans marque",
        "no brand",
        "unbranded",
        "generic",
        "n/a",
        "none",
        "-",
        "ohne marke",
        "senza marca",
        "geen merk",
        "sem marca",
        "null",
        "default",
        "brand",
    ];
    NONE.contains(&name.to_lowercase().as_str())
}

fn kind_of(object: &Object<'_>) -> Option<Kind> {
    let kinds = [("VideoObject", Kind::Video), ("AudioObject", Kind::Audio), ("ImageObject", Kind::Image)];
    kinds.into_iter().find(|(name, _)| is_a(object, &[*name])).map(|(_, kind)| kind)
}

/// In `sku` and its like a short number is a number, not an EAN-8.
fn long_codes(text: &str) -> Vec<Gtin> {
    codes_in(text).into_iter().filter(|code| code.as_given().bytes().filter(u8::is_ascii_digit).count() >= 12).collect()
}

fn note_offers(candidate: &mut Candidate, path: &str, reads: &[Read]) {
    for read in reads {
        if let Some((below, raw)) = &read.price_raw {
            candidate.note("price", format!("{path}.{below}"), raw);
        }
        if let Some((below, raw)) = &read.regular_raw {
            candidate.note("regular_price", format!("{path}.{below}"), raw);
        }
        if let Some(raw) = read.availability_raw.as_ref().filter(|_| read.offer.availability.is_some()) {
            candidate.note("availability", format!("{path}.{}.availability", read.path), raw);
        }
    }
}

/// Each address once, in the order of the page.
pub(crate) fn distinct(media: Vec<Media>) -> Vec<Media> {
    let mut seen = std::collections::HashSet::new();
    media.into_iter().filter(|one| seen.insert(one.url.clone())).collect()
}

/// Beginnings of the names under which properties hold a barcode.
const CODE_NAMES: &[&str] = &["ean", "gtin", "upc", "isbn", "code-barre", "code barre", "barcode"];

/// Several products side by side that name the same group are one product with variants.
pub(super) fn gather_groups(candidates: Vec<Candidate>) -> Vec<Candidate> {
    if candidates.iter().all(|candidate| candidate.group.is_none()) {
        return candidates;
    }
    let mut gathered: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let head = candidate
            .group
            .as_ref()
            .and_then(|group| gathered.iter_mut().find(|other| other.group.as_ref() == Some(group) && other.standing == Standing::Own));
        match head {
            Some(head) if candidate.standing == Standing::Own => {
                if head.variants.is_empty() {
                    let first = head.clone();
                    head.variants.push(first);
                }
                head.variants.push(candidate);
            }
            _ => gathered.push(candidate),
        }
    }
    for head in gathered.iter_mut().filter(|head| head.group.is_some() && !head.variants.is_empty()) {
        // The group is none of its members.
        for field in ["gtins", "price", "regular_price", "availability"] {
            head.sheet.provenance.remove(field);
        }
        head.sheet.gtins.clear();
        head.sheet.offers.clear();
    }
    gathered
}
