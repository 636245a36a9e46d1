//! Pictures, videos and sounds told apart, whatever list a page put them in; of several sizes of one the largest.

use url::Url;

use super::address::absolute;
use super::candidate::Candidate;
use super::markup::Spot;
use super::survey::{Marks, Survey};
use super::tag::Tag;
use crate::media::{self, Kind};
use crate::model::{Media, Product};

/// Recordings kept per page.
const MOST: usize = 20;

/// A recording's own address: a player on another site is named by the page on which a person watches it.
pub(super) fn told(url: Url, declared: Option<&str>) -> (Option<Kind>, Media) {
    match media::player(&url) {
        Some(player) => (Some(player.kind), Media::at(player.url)),
        None => (media::classify(&url, declared), Media::at(url)),
    }
}

/// `<video>`, `<audio>` and embedded players in the product's own part.
pub(super) fn shown(survey: &Survey<'_, '_>, base: &Url, candidate: &mut Candidate) {
    for element in survey.markup.elements() {
        let kind = match element.tag() {
            Tag::Video => Some(Kind::Video),
            Tag::Audio => Some(Kind::Audio),
            Tag::Iframe | Tag::Embed => None,
            _ if element.has("videoid") => None,
            _ => continue,
        };
        if survey.marks(element).has(Marks::ASIDE.with(Marks::OPINIONS)) {
            continue;
        }
        let Some((url, declared)) = source(element).and_then(|(link, declared)| Some((absolute(base, &link)?, declared))) else { continue };
        // A frame that is no player is a map, an advertisement, a form.
        let plays = kind.is_some() || media::player(&url).is_some();
        let (found, medium) = told(url, declared.as_deref());
        let Some(kind) = kind.or(found).filter(|_| plays) else { continue };
        put(candidate, kind, medium, element.name());
    }
}

/// The first source that is named, and its type.
fn source(element: Spot<'_, '_>) -> Option<(String, Option<String>)> {
    // A frame that is loaded late is `about:blank` until then.
    let link = |name: &&str| element.attr(name).filter(|link| !link.is_empty() && !link.starts_with("about:"));
    let own = ["src", "data-src", "data-lazy-src"].iter().find_map(link).map(|link| (link.into_owned(), None));
    let own = own.or_else(|| deferred(element).map(|link| (link, None)));
    let inner = || {
        let source = element.elements().find(|inner| inner.tag() == Tag::Source && inner.has("src"))?;
        Some((source.attr("src")?.into_owned(), source.attr("type").map(std::borrow::Cow::into_owned)))
    };
    own.or_else(inner)
}

/// `<lite-youtube videoid>`: an element that makes a player of itself when it is touched.
fn deferred(element: Spot<'_, '_>) -> Option<String> {
    let id = element.attr("videoid")?;
    match element.name().to_ascii_lowercase().as_str() {
        "lite-youtube" => Some(format!("https://www.youtube.com/embed/{id}")),
        "lite-vimeo" => Some(format!("https://player.vimeo.com/video/{id}")),
        _ => None,
    }
}

pub(super) fn put(candidate: &mut Candidate, kind: Kind, medium: Media, locator: &str) {
    let (field, list) = match kind {
        Kind::Video => ("videos", &mut candidate.sheet.videos),
        Kind::Audio => ("audio", &mut candidate.sheet.audio),
        Kind::Image => ("images", &mut candidate.sheet.images),
    };
    if list.len() < MOST && !list.iter().any(|known| known.url == medium.url) {
        let url = medium.url.clone();
        list.push(medium);
        candidate.note(field, locator, &url);
    }
}

/// Moves what stands in the wrong list, and makes one of several sizes.
pub(super) fn sort(product: &mut Product) {
    let [images, mut videos, mut audio] = [&mut product.images, &mut product.videos, &mut product.audio].map(parsed);
    let mut pictures = Vec::with_capacity(images.len());
    for (url, medium) in images {
        let list = match url.as_ref().and_then(|url| media::classify(url, medium.media_type.as_deref())) {
            Some(Kind::Video) => &mut videos,
            Some(Kind::Audio) => &mut audio,
            Some(Kind::Image) | None => &mut pictures,
        };
        list.push((url, medium));
    }
    product.images = media::merged_at(pictures);
    product.videos = media::merged_at(videos);
    product.audio = media::merged_at(audio);
}

fn parsed(media: &mut Vec<Media>) -> Vec<(Option<Url>, Media)> {
    std::mem::take(media).into_iter().map(|medium| (Url::parse(&medium.url).ok(), medium)).collect()
}
