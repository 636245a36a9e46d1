//! A look into a product's pictures, videos and sounds: their first bytes are fetched, and what they really are is told.
//!
//! Nothing here decides about the product. Media that cannot be fetched or read stay as the page lists them.

use std::ops::Range;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use tokio::time::Instant;
use tracing::{debug, info};
use url::Url;

#[cfg(test)]
use super::defect;
use super::inquiry::Errand;
use super::{Engine, Station};
use crate::egress::{FetchError, NotNow, Pass, Stretch};
use crate::media::{self, Facts, Held, Kind, NotMedia};
use crate::model::{Media, Product, host_of};

/// Media that are looked into, per product: more than a sheet shows, and a page that lists hundreds costs no more than this.
const MEDIA: usize = 16;

/// Files under way at once, per product: what a browser opens per host, less two.
const AT_ONCE: usize = 4;

/// Files under way at once, over all products: each may hold half a megabyte.
pub(super) const LOOKS: usize = 32;

/// Bytes of a file's beginning.
const HEAD: u64 = 65_536;

/// For one file with its further stretch; a slow picture holds up no sheet.
const PATIENCE: Duration = Duration::from_secs(10);

/// Kept from the item's deadline, so that the product is told before it: a sheet is worth more than its pictures' sizes.
const RESERVE: Duration = Duration::from_millis(500);

/// Looks into the media of a product that was found, as long as there is time. Tells how many requests it took.
pub(super) async fn probe(engine: &Engine, station: &Station, product: &mut Product, errand: &Errand, deadline: Instant) -> u32 {
    #[cfg(test)]
    product.gtins.iter().for_each(|ean| defect::strike(engine.defect.as_ref(), defect::Step::Probe, ean));
    let until = deadline.checked_sub(RESERVE).unwrap_or(deadline);
    let wanted = wanted(product);
    let mut looks = stream::iter(wanted).map(|url| look(engine, station, errand, url, until)).buffer_unordered(AT_ONCE);
    let mut requests = 0;
    // What is not done in time is let go; what was learnt stays.
    while let Ok(Some(look)) = tokio::time::timeout_at(until, looks.next()).await {
        requests += look.requests;
        apply(product, &look);
    }
    requests
}

/// The addresses to look into: videos and sounds first, since they are few. A player of another site is no file.
fn wanted(product: &Product) -> Vec<Url> {
    let mut urls: Vec<Url> = Vec::new();
    for media in product.videos.iter().chain(&product.audio).chain(&product.images) {
        let Ok(url) = Url::parse(&media.url) else { continue };
        if matches!(url.scheme(), "http" | "https") && media::player(&url).is_none() && !urls.contains(&url) {
            urls.push(url);
        }
    }
    urls.truncate(MEDIA);
    urls
}

/// What came of one address.
#[derive(Debug)]
struct Look {
    url: Url,
    requests: u32,
    outcome: Result<Facts, Blind>,
}

/// Why nothing is known about a file.
#[derive(Debug, thiserror::Error)]
enum Blind {
    #[error(transparent)]
    NotNow(#[from] NotNow),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the server answered {0}")]
    Status(u16),
    #[error("the server sent other bytes than those that were asked for")]
    OtherBytes,
    #[error("no answer in time")]
    Late,
    #[error(transparent)]
    Content(#[from] NotMedia),
}

async fn look(engine: &Engine, station: &Station, errand: &Errand, url: Url, until: Instant) -> Look {
    let mut requests = 0;
    let _seat = engine.looks.acquire().await;
    let limit = until.min(Instant::now() + PATIENCE);
    let looked = tokio::time::timeout_at(limit, facts(engine, station, errand, &url, &mut requests)).await;
    Look { outcome: looked.unwrap_or(Err(Blind::Late)), url, requests }
}

async fn facts(engine: &Engine, station: &Station, errand: &Errand, url: &Url, requests: &mut u32) -> Result<Facts, Blind> {
    let head = stretch(engine, station, errand, url, 0..HEAD, requests).await?;
    let further = match media::wanted(&head.bytes, head.total) {
        // Without it the type is known all the same.
        Some(range) => stretch(engine, station, errand, url, range, requests).await.ok(),
        None => None,
    };
    let further = further.as_ref().map(|further| (further.start, further.bytes.as_slice()));
    Ok(media::sniff_held(&Held { head: &head.bytes, further, total: head.total })?)
}

async fn stretch(
    engine: &Engine,
    station: &Station,
    errand: &Errand,
    url: &Url,
    range: Range<u64>,
    requests: &mut u32,
) -> Result<Stretch, Blind> {
    let identity = engine.egress.identity(&errand.holder, &errand.routes.image).await?;
    // The shop's own hosts are asked at the shop's pace; a picture service is not the shop.
    let host = host_of(url);
    let is_own = station.shop.recipe.hosts().any(|own| own == host);
    let pass = if is_own { Some(station.pace.start(&identity.route().way_to(&host)).await?) } else { None };
    *requests += 1;
    let start = range.start;
    let fetched = engine.egress.fetch_stretch(&identity, url, range).await;
    if let Some(pass) = pass {
        tell(pass, &fetched);
    }
    let stretch = fetched?;
    match stretch.status {
        200..300 if stretch.start == start => Ok(stretch),
        200..300 => Err(Blind::OtherBytes),
        status => Err(Blind::Status(status)),
    }
}

/// What the answer for a file says about the shop: that it is there, or too busy. A 403 is often meant for the one file, and how long
/// a film takes says nothing.
fn tell(pass: Pass<'_>, fetched: &Result<Stretch, FetchError>) {
    match fetched {
        Ok(Stretch { status: status @ (429 | 503), .. }) => {
            pass.refused(None, &format!("the shop refused a file with {status}"));
        }
        Ok(_) => pass.stumbled(),
        Err(error) if error.is_transient() => pass.failed(&error.to_string()),
        Err(_) => {}
    }
}

fn apply(product: &mut Product, look: &Look) {
    match &look.outcome {
        Ok(facts) => learn(product, &look.url, facts),
        Err(Blind::Content(reason @ (NotMedia::Html | NotMedia::Json | NotMedia::Foreign { .. }))) => {
            info!("{:?} is left out of the product's media: {reason}", look.url.as_str());
            lists(product).into_iter().for_each(|list| list.retain(|media| !is_at(media, &look.url)));
        }
        Err(reason) => debug!("{:?} stays as the page lists it: {reason}", look.url.as_str()),
    }
}

fn lists(product: &mut Product) -> [&mut Vec<Media>; 3] {
    [&mut product.images, &mut product.videos, &mut product.audio]
}

fn is_at(media: &Media, url: &Url) -> bool {
    Url::parse(&media.url).is_ok_and(|at| at == *url)
}

/// What the bytes say goes over what the page says, and into the list where it belongs.
fn learn(product: &mut Product, url: &Url, facts: &Facts) {
    let own = match facts.kind {
        Kind::Image => 0,
        Kind::Video => 1,
        Kind::Audio => 2,
    };
    let mut strays = Vec::new();
    for (place, list) in lists(product).into_iter().enumerate() {
        list.iter_mut().filter(|media| is_at(media, url)).for_each(|media| teach(media, facts));
        if place != own {
            strays.extend(list.extract_if(.., |media| is_at(media, url)));
        }
    }
    let [images, videos, audio] = lists(product);
    let own = [images, videos, audio].into_iter().nth(own);
    if let (Some(own), Some(stray)) = (own, strays.into_iter().next())
        && !own.iter().any(|media| is_at(media, url))
    {
        own.push(stray);
    }
}

fn teach(media: &mut Media, facts: &Facts) {
    media.media_type = Some(facts.media_type.clone());
    if facts.width.is_some() {
        (media.width, media.height) = (facts.width, facts.height);
    }
    media.duration = facts.duration.or(media.duration);
    media.codec = facts.codec.clone().or(media.codec.take());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Media {
        Media { url: url.to_owned(), ..Media::default() }
    }

    fn facts(kind: Kind, media_type: &str) -> Facts {
        Facts { kind, media_type: media_type.to_owned(), width: Some(3), height: Some(4), duration: None, codec: None }
    }

    fn apply_to(product: &mut Product, url: &str, outcome: Result<Facts, Blind>) {
        apply(product, &Look { url: Url::parse(url).unwrap(), requests: 1, outcome });
    }

    #[test]
    fn files_alone_are_looked_into_and_not_too_many() {
        let mut product = Product { videos: vec![at("https://youtu.be/dQw4w9WgXcQ"), at("https://x.fr/a.mp4")], ..Product::default() };
        product.images = (0..40).map(|n| at(&format!("https://x.fr/{}.jpg", n / 2))).collect();
        product.images.extend([at("data:image/png;base64,AA"), at("no address")]);
        let wanted = wanted(&product);
        assert_eq!((wanted.len(), wanted[0].as_str(), wanted[1].as_str()), (MEDIA, "https://x.fr/a.mp4", "https://x.fr/0.jpg"));
    }

    #[test]
    fn what_the_bytes_say_counts() {
        let declared = Media { alt: Some("Gel".into()), width: Some(600), duration: Some(7.0), ..at("https://x.fr/a.jpg") };
        let mut product = Product { images: vec![declared.clone(), at("https://x.fr/b.jpg")], ..Product::default() };
        apply_to(&mut product, "https://x.fr/a.jpg", Ok(facts(Kind::Image, "image/webp")));
        let expected = Media { media_type: Some("image/webp".into()), width: Some(3), height: Some(4), ..declared };
        assert_eq!(product.images[0], expected);
        apply_to(&mut product, "https://x.fr/b.jpg", Ok(facts(Kind::Video, "video/mp4")));
        assert_eq!((product.images.len(), product.videos[0].media_type.as_deref()), (1, Some("video/mp4")));
    }

    #[test]
    fn pages_are_left_out_and_failures_change_nothing() {
        let mut product = Product { images: vec![at("https://x.fr/a.jpg"), at("https://x.fr/b.jpg")], ..Product::default() };
        apply_to(&mut product, "https://x.fr/a.jpg", Err(NotMedia::Html.into()));
        for reason in [Blind::Status(404), Blind::Late, NotMedia::Unknown.into(), NotMedia::Empty.into()] {
            apply_to(&mut product, "https://x.fr/b.jpg", Err(reason));
        }
        assert_eq!(product.images, [at("https://x.fr/b.jpg")]);
    }
}
