//! Pictures of the product: those of the gallery, each in its best resolution.

use url::Url;

use super::Page;
use crate::extract::address::absolute;
use crate::extract::candidate::Candidate;
use crate::extract::likeness::overlap;
use crate::extract::markup::Spot;
use crate::extract::survey::Marks;
use crate::extract::tag::Tag;
use crate::extract::thing::distinct;
use crate::media;
use crate::model::Media;

/// Pictures kept.
const MOST: usize = 40;

pub(super) fn read(page: &Page<'_, '_, '_>, base: &Url, candidate: &mut Candidate) {
    let name = candidate.sheet.name.clone().unwrap_or_default();
    let mut found = Vec::new();
    for picture in page.survey.markup.elements().filter(|element| element.tag() == Tag::Img) {
        let marks = page.survey.marks(picture);
        if marks.has(Marks::ASIDE.with(Marks::OPINIONS).with(Marks::TRAIL)) || found.len() >= MOST {
            continue;
        }
        let alt = picture.attr("alt").unwrap_or_default().into_owned();
        let named = !name.is_empty() && !alt.is_empty() && overlap(&alt, &name) >= 0.6;
        if !(page.survey.near(picture, Marks::GALLERY, 5) || named) {
            continue;
        }
        if let Some(url) = address(picture).and_then(|link| absolute(base, &link)).filter(|url| !is_ornament(url)) {
            found.push(Media { alt: (!alt.trim().is_empty()).then(|| alt.trim().to_owned()), ..Media::at(url) });
        }
    }
    if let Some(first) = found.first() {
        candidate.note("images", "img", &first.url);
    }
    candidate.sheet.images = distinct(found);
}

/// The best address that the element tells: the zoomed picture, then the largest of its set, then its own.
fn address(picture: Spot<'_, '_>) -> Option<String> {
    let zoom = [
        "data-zoom-image",
        "data-large_image",
        "data-image-large-src",
        "data-zoom",
        "data-large",
        "data-full",
        "data-src-zoom",
        "data-zoom-src",
    ];
    let zoomed = zoom.iter().find_map(|name| picture.attr(name)).filter(|link| link.contains('.'));
    let linked = || {
        let link = picture.ancestors().take(2).find(|holder| holder.tag() == Tag::A)?.attr("href")?;
        let path = link.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        [".jpg", ".jpeg", ".png", ".webp", ".avif"].iter().any(|end| path.ends_with(end)).then_some(link)
    };
    let set = || {
        picture
            .attr("srcset")
            .or_else(|| picture.attr("data-srcset"))
            .and_then(|set| media::best_of_srcset(&set))
            .map(|(link, _)| std::borrow::Cow::Owned(link))
    };
    let late = || ["data-src", "data-original", "data-lazy-src", "data-lazy"].iter().find_map(|name| picture.attr(name));
    let found = zoomed.or_else(linked).or_else(set).or_else(late).or_else(|| picture.attr("src"));
    found.map(std::borrow::Cow::into_owned).filter(|link| !link.starts_with("data:"))
}

/// Logos, icons and empty pictures.
fn is_ornament(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    ["logo", "icon", "sprite", "placeholder", "spacer", "pixel", "blank", "loader", "loading", "star", "flag", "payment"]
        .iter()
        .any(|word| path.contains(word))
        || path.ends_with(".svg")
        || path.ends_with(".gif")
}
