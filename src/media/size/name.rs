//! The name of a picture's file, without the sizes that shops and services write into it.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use url::Url;

use super::path::{is_size, note_prestashop};
use super::{LARGEST, Pixels, captures, pattern};

/// Services whose habits would take away too much elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Shopify,
    Google,
    Ebay,
    Etsy,
    Other,
}

impl Service {
    pub(super) fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        if host == "cdn.shopify.com" || url.path().starts_with("/cdn/shop/") || url.path().starts_with("/cdn/shopifycloud/") {
            Self::Shopify
        } else if host.ends_with("googleusercontent.com") || host.ends_with("ggpht.com") {
            Self::Google
        } else if host.ends_with("ebayimg.com") {
            Self::Ebay
        } else if host.ends_with("etsystatic.com") {
            Self::Etsy
        } else {
            Self::Other
        }
    }
}

/// Formats in which one picture is offered side by side; a GIF or SVG beside them is another picture as a rule.
const RASTER: [&str; 9] = ["jpg", "jpeg", "jpe", "png", "webp", "avif", "jxl", "heic", "heif"];

/// Suffixes and endings that lie on top of each other: `a.jpg_640x640.jpg_.webp`.
const LAYERS: usize = 6;

static DENSITY: LazyLock<Regex> = LazyLock::new(|| pattern(r"@\d(?:\.\d+)?x$"));
static BOX: LazyLock<Regex> = LazyLock::new(|| pattern(r"[-_](\d{2,5})x(\d{2,5})(?:_crop_[a-z_]+|-c|_c|-cropped)?$"));
static SIDE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"_(?:(\d{3,4})x|x(\d{3,4})|w(\d{3,4})|(\d{2,4})px)$|-(?:w(\d{3,4})|(\d{2,4})px)$"));
static DOTTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\.(\d{2,4})\.(\d{2,4})$"));
static SHOPIFY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"_(?:(\d{1,4}x\d{0,4}|x\d{1,4})|(pico|icon|thumb|small|compact|medium|large|grande|original|master))(?:_crop_[a-z]+)?(?:\.progressive)?$",
    )
});
static AMAZON: LazyLock<Regex> = LazyLock::new(|| pattern(r"\._[A-Z]{2}[A-Za-z0-9,_%+-]*_$|[._]S[LXY]\d{2,4}_$"));
static AMAZON_SIDE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:S[LXYR]|U[LXYS]|Q?SS)(\d{2,4})"));
static PRESTASHOP: LazyLock<Regex> = LazyLock::new(|| pattern(r"-([a-z0-9]+(?:_[a-z0-9]+)*)_default(?:_?2x)?$"));
static OLD_PRESTASHOP: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:\d+(?:-\d+)?)(-(small|home|medium|large|thickbox))$"));
static EBAY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^s-l(\d{2,4})$"));
static ETSY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^il_(\d{2,4})x(?:N|\d{2,4})\."));

pub(super) fn rest_of_name(name: &str, service: Service, pixels: &mut Pixels) -> String {
    // Settings behind the ending: `a.jpg!w300`, `a.jpg;width=300`.
    let name = name.split(['!', ';']).next().unwrap_or_default();
    match service {
        Service::Google => return before_settings(name, pixels).to_owned(),
        Service::Ebay => return EBAY.replace(without_ending(name), |found: &Captures<'_>| noted(found, "s-l", pixels)).into_owned(),
        Service::Etsy => return ETSY.replace(without_ending(name), |found: &Captures<'_>| noted(found, "il_", pixels)).into_owned(),
        Service::Shopify | Service::Other => {}
    }
    let mut rest = name;
    for _ in 0..LAYERS {
        let shorter = without_suffix(without_ending(rest), service, pixels);
        if shorter.is_empty() || shorter.len() == rest.len() {
            break;
        }
        rest = shorter;
    }
    // The folder names the picture, the file its size.
    if is_size(rest) {
        pixels.note_all(rest);
        return String::new();
    }
    with_small_ending(rest)
}

fn noted(found: &Captures<'_>, instead: &str, pixels: &mut Pixels) -> String {
    pixels.note(&found[1]);
    instead.to_owned()
}

fn before_settings<'a>(name: &'a str, pixels: &mut Pixels) -> &'a str {
    let Some((before, settings)) = name.rsplit_once('=') else { return name };
    settings.split('-').filter(|step| step.starts_with(['s', 'w', 'h'])).for_each(|step| pixels.note(&step[1..]));
    before
}

fn without_ending(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((before, ending)) if !before.is_empty() && RASTER.iter().any(|known| ending.eq_ignore_ascii_case(known)) => before,
        _ => name,
    }
}

/// `.SVG` and `.svg` are one file on most servers, and never two pictures.
fn with_small_ending(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((before, ending)) if ending.len() <= 4 => format!("{before}.{}", ending.to_ascii_lowercase()),
        _ => name.to_owned(),
    }
}

fn without_suffix<'a>(stem: &'a str, service: Service, pixels: &mut Pixels) -> &'a str {
    // Every suffix begins with one of these.
    if !stem.contains(['@', '-', '_', '.']) {
        return stem;
    }
    if let Some(found) = DENSITY.find(stem) {
        return &stem[..found.start()];
    }
    if let Some(found) = [&BOX, &DOTTED].iter().find_map(|sized| captures(sized, stem)).filter(|found| is_box(&found[1], &found[2])) {
        pixels.note(&found[1]);
        pixels.note(&found[2]);
        return before(stem, &found);
    }
    if let Some(found) = captures(&SIDE, stem) {
        pixels.note_all(&found[0]);
        return before(stem, &found);
    }
    if let Some(found) = captures(&AMAZON, stem) {
        AMAZON_SIDE.captures_iter(&found[0]).for_each(|side| pixels.note(&side[1]));
        return before(stem, &found);
    }
    if let Some(found) = captures(&PRESTASHOP, stem) {
        note_prestashop(&found[1], pixels);
        return before(stem, &found);
    }
    if let Some((found, suffix)) = captures(&OLD_PRESTASHOP, stem).and_then(|found| Some((found.get(2)?, found.get(1)?))) {
        note_prestashop(found.as_str(), pixels);
        return &stem[..suffix.start()];
    }
    if let (Service::Shopify, Some(found)) = (service, SHOPIFY.captures(stem)) {
        note_shopify(&found, pixels);
        return before(stem, &found);
    }
    // AliExpress ends `a.jpg_.webp` so.
    let named = |name: &&str| without_ending(name).len() < name.len();
    stem.strip_suffix("-scaled").or_else(|| stem.strip_suffix('_').filter(named)).unwrap_or(stem)
}

fn before<'a>(stem: &'a str, found: &Captures<'_>) -> &'a str {
    found.get(0).map_or(stem, |whole| &stem[..whole.start()])
}

/// Pixels, and not a product's measures (30x40 cm) or amounts (2x50 tablets).
fn is_box(width: &str, height: &str) -> bool {
    let side = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    let (width, height) = (side(width), side(height));
    width.max(height) <= LARGEST && width.max(height) >= 100 && width.min(height) >= 40
}

fn note_shopify(found: &Captures<'_>, pixels: &mut Pixels) {
    if let Some(size) = found.get(1) {
        pixels.note_all(size.as_str());
    }
    let side = match found.get(2).map(|word| word.as_str()) {
        Some("pico") => "16",
        Some("icon") => "32",
        Some("thumb") => "50",
        Some("small") => "100",
        Some("compact") => "160",
        Some("medium") => "240",
        Some("large") => "480",
        Some("grande") => "600",
        _ => return,
    };
    pixels.note(side);
}
