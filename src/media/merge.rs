//! Duplicates in a list of media: one of each stays, the largest, with what the others knew.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use url::Url;

use super::{identity, player, size_hint};
use crate::model::Media;

/// One medium for each picture or recording, in the order in which they were first named. Of several sizes the largest stays; an address
/// that tells no size is taken for the original.
pub fn merged(media: Vec<Media>) -> Vec<Media> {
    merged_at(media.into_iter().map(|one| (Url::parse(&one.url).ok(), one)).collect())
}

/// The same for media whose addresses are parsed already.
pub(crate) fn merged_at(media: Vec<(Option<Url>, Media)>) -> Vec<Media> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Media> = Vec::with_capacity(media.len());
    if media.len() < 2 {
        kept.extend(media.into_iter().map(|(_, one)| one));
        return kept;
    }
    for (url, one) in media {
        match places.entry(key(url.as_ref(), &one)) {
            Entry::Occupied(place) => absorb(&mut kept[*place.get()], one),
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(one);
            }
        }
    }
    kept
}

fn key(url: Option<&Url>, media: &Media) -> String {
    let Some(url) = url else { return media.url.clone() };
    player(url).map_or_else(|| identity(url), |player| player.url.into())
}

fn absorb(known: &mut Media, other: Media) {
    let (larger, smaller) = if pixels(&other) > pixels(known) { (other, known.clone()) } else { (known.clone(), other) };
    let same = larger.url == smaller.url;
    *known = Media {
        alt: larger.alt.or(smaller.alt),
        duration: larger.duration.or(smaller.duration),
        // These belong to the file and not to the picture.
        media_type: larger.media_type.or(smaller.media_type.filter(|_| same)),
        width: larger.width.or(smaller.width.filter(|_| same)),
        height: larger.height.or(smaller.height.filter(|_| same)),
        codec: larger.codec.or(smaller.codec.filter(|_| same)),
        url: larger.url,
    };
}

fn pixels(media: &Media) -> u32 {
    let told = media.width.max(media.height);
    told.or_else(|| Url::parse(&media.url).ok().as_ref().and_then(size_hint)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Media {
        Media { url: url.to_owned(), ..Media::default() }
    }

    #[test]
    fn the_largest_stays_and_learns_from_the_others() {
        let small = Media { alt: Some("Gel".into()), width: Some(300), ..at("https://x.fr/gel-300x300.jpg") };
        let list = vec![small, at("https://x.fr/autre.jpg"), at("https://x.fr/gel-800x800.jpg"), at("https://x.fr/gel-150x150.webp")];
        let expected = vec![Media { alt: Some("Gel".into()), ..at("https://x.fr/gel-800x800.jpg") }, at("https://x.fr/autre.jpg")];
        assert_eq!(merged(list), expected);
        let original = vec![at("https://x.fr/gel-800x800.jpg"), at("https://x.fr/gel.jpg")];
        assert_eq!(merged(original), [at("https://x.fr/gel.jpg")]);
    }

    #[test]
    fn one_recording_however_it_is_embedded() {
        let list = vec![at("https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0"), at("https://youtu.be/dQw4w9WgXcQ"), at("no address")];
        assert_eq!(merged(list).len(), 2);
    }
}
