//! The same picture in several sizes: what its addresses have in common, and the pixels that one of them tells.
//!
//! Shops and image services write the size into the file name, a folder or the query. What is taken away here is only what such software
//! writes: a number that may tell products apart (`gel-200x200ml`, `photo-2`, `ampoule-60w`) stays.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use url::Url;

use super::pattern;

/// What remains of an address without its size. The same for all sizes and raster formats of a picture; never a fetchable address.
pub fn identity(url: &Url) -> String {
    reduced(url).identity
}

/// Pixels of the longer side, as far as the address tells. Without a hint it is the original as a rule.
pub fn size_hint(url: &Url) -> Option<u32> {
    reduced(url).pixels
}

/// Services inside services are opened up to here.
const NESTED: usize = 3;

#[derive(Debug, Default)]
struct Reduced {
    identity: String,
    pixels: Option<u32>,
}

fn reduced(url: &Url) -> Reduced {
    let mut pixels = Pixels::default();
    let mut url = url.clone();
    for _ in 0..NESTED {
        let Some(inner) = wrapped(&url) else { break };
        pixels.read_query(&url);
        url = inner;
    }
    let query = rest_of_query(&url, &mut pixels);
    let path = rest_of_path(&url, &mut pixels);
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Reduced { identity: format!("{host}{port}{path}{query}"), pixels: pixels.0 }
}

/// The largest side that was seen.
#[derive(Debug, Default)]
struct Pixels(Option<u32>);

/// Larger pictures are not shown on the web; larger numbers are something else.
const LARGEST: u32 = 12_000;

impl Pixels {
    fn note(&mut self, text: &str) {
        let seen = text.parse().ok().filter(|pixels| (1..=LARGEST).contains(pixels));
        self.0 = self.0.max(seen);
    }

    fn note_all(&mut self, text: &str) {
        text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).for_each(|number| self.note(number));
    }

    fn read_query(&mut self, url: &Url) {
        url.query_pairs().filter(|(key, value)| is_length(key, value)).for_each(|(_, value)| self.note_all(&value));
    }
}

/// The address inside the address of a service that resizes other people's pictures.
fn wrapped(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let photon = host.strip_prefix('i').and_then(|rest| rest.strip_suffix(".wp.com")).is_some_and(|n| n.parse::<u8>().is_ok());
    if photon {
        return Url::parse(&format!("https:/{}", url.path())).ok();
    }
    if url.path().ends_with("/_next/image") || url.path() == "/_vercel/image" || host == "images.weserv.nl" || host == "wsrv.nl" {
        let (_, inner) = url.query_pairs().find(|(key, _)| key == "url")?;
        let absolute = if host.contains("weserv") || host.contains("wsrv") { Url::parse(&format!("https://{inner}")).ok() } else { None };
        return Url::parse(&inner).ok().or(absolute).or_else(|| url.join(&inner).ok());
    }
    let (_, after) = url.path().split_once("/cdn-cgi/image/")?;
    let (_, inner) = after.split_once('/')?;
    Url::parse(inner).ok().or_else(|| url.join(&format!("/{inner}")).ok())
}

// --- the query ---

/// Keys that change how a picture is delivered and never which one it is.
const DELIVERY: [&str; 34] = [
    "auto",
    "blur",
    "bg",
    "bgcolor",
    "background",
    "canvas",
    "compress",
    "crop",
    "cs",
    "dpr",
    "enlarge",
    "ext",
    "fit",
    "fm",
    "fmt",
    "format",
    "function",
    "gravity",
    "itok",
    "ixlib",
    "jpeg",
    "mode",
    "op_sharpen",
    "op_usm",
    "optimize",
    "pad",
    "q",
    "qlt",
    "quality",
    "rescale",
    "resmode",
    "sharpen",
    "strip",
    "upscale",
];

/// Keys that only defeat caches, where their value is long enough for that: `v=2` may be the second view.
const CACHE: [&str; 8] = ["v", "ver", "version", "t", "ts", "timestamp", "_", "cb"];

/// A key that tells a length, with a value that is one: `h=abc` may be a picture's name.
fn is_length(key: &str, value: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let known = matches!(
        key.as_str(),
        "w" | "h"
            | "width"
            | "height"
            | "wid"
            | "hei"
            | "sw"
            | "sh"
            | "imwidth"
            | "imheight"
            | "max-w"
            | "max-h"
            | "maxwidth"
            | "maxheight"
            | "max_width"
            | "max_height"
            | "maxw"
            | "maxh"
            | "size"
            | "sz"
            | "resize"
            | "thumb"
            | "dim"
            | "px"
    );
    known && LENGTH.is_match(value)
}

static LENGTH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^(?:\d{1,5}(?:\.\d+)?(?:px)?|\d{0,5}[x,*:]\d{0,5}|auto)$"));

fn rest_of_query(url: &Url, pixels: &mut Pixels) -> String {
    pixels.read_query(url);
    let imgix = url.host_str().is_some_and(|host| host.ends_with("imgix.net"));
    let stays = |key: &str, value: &str| {
        let lower = key.to_ascii_lowercase();
        let delivery = DELIVERY.contains(&lower.as_str()) || (value.len() >= 4 && CACHE.contains(&lower.as_str()));
        let demandware = matches!(lower.as_str(), "sm" | "sfrm");
        // Scene7 names its presets `$large$`; imgix signs each size.
        let service = (key.len() > 2 && key.starts_with('$') && key.ends_with('$')) || (imgix && lower == "s");
        !(delivery || demandware || service || is_length(key, value))
    };
    let kept: BTreeSet<String> =
        url.query_pairs().filter(|(key, value)| stays(key, value)).map(|(key, value)| format!("{key}={value}")).collect();
    if kept.is_empty() { String::new() } else { format!("?{}", kept.into_iter().collect::<Vec<_>>().join("&")) }
}

// --- the path ---

fn rest_of_path(url: &Url, pixels: &mut Pixels) -> String {
    let segments: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    let Some((name, folders)) = segments.split_last() else { return String::new() };
    // A size behind the file's name: `gel.jpg/700x700`.
    let (name, folders) = match folders.split_last() {
        Some((before, folders)) if is_size(name) && before.contains('.') => {
            pixels.note_all(name);
            (before, folders)
        }
        _ => (name, folders),
    };
    let service = Service::of(url);
    let mut path: String = rest_of_folders(folders, pixels).iter().fold(String::new(), |path, folder| format!("{path}/{folder}"));
    path.push('/');
    path.push_str(&rest_of_name(name, service, pixels));
    path
}

/// Services whose habits would take away too much elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Shopify,
    Google,
    Ebay,
    Etsy,
    Other,
}

impl Service {
    fn of(url: &Url) -> Self {
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

static SIZE_FOLDER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\d{2,5}x\d{0,5}|x\d{2,5}|\d{2,5}w|\d{2,5}px|\d{2,4}_\d{2,4}_\d{1,3})$"));
static RESIZED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[wh]?[_-]?\d{2,5}$"));
static HASH: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[0-9a-f]{32}$"));
/// What stands between Magento's `cache` and its hash: shop number, role, size.
static MAGENTO: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:\d{1,3}|[a-z_]*image|thumbnail|\d*x\d*)$"));
/// A filter of Symfony's LiipImagine.
static FILTER: LazyLock<Regex> = LazyLock::new(|| pattern(r"thumb|small|medium|large|big|zoom|original|list|grid|product|\d+x\d+"));
/// One step of a transformation as Cloudinary writes it: `w_300`, `c_fill`, `f_auto`.
static STEP: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:a|ar|b|bo|c|co|dpr|e|f|fl|g|h|l|o|q|r|t|u|w|x|y|z)_[A-Za-z0-9.:_-]+$"));
static STEP_LENGTH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[,:])[wh][_-](\d{2,5})"));
static PRESTASHOP_FOLDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d+(?:-\d+)?)-([a-z0-9_]+)_default(?:_?2x)?$"));

fn rest_of_folders<'a>(folders: &[&'a str], pixels: &mut Pixels) -> Vec<&'a str> {
    let mut kept: Vec<&str> = Vec::with_capacity(folders.len());
    let mut at = 0;
    while let Some(folder) = folders.get(at) {
        let spent = spent(folder, &folders[at + 1..], &kept).min(folders.len() - at);
        folders[at..at + spent].iter().for_each(|folder| note_folder(folder, pixels));
        if spent == 0 {
            kept.push(rest_of_folder(folder, pixels));
        }
        at += spent.max(1);
    }
    kept
}

/// How many folders from this one on tell a size and nothing else.
fn spent(folder: &str, rest: &[&str], before: &[&str]) -> usize {
    match folder {
        "cache" => cached(rest, before),
        "resize" | "resized" | "fit-in" | "stencil" => match rest.iter().take_while(|size| is_size(size) || RESIZED.is_match(size)).count()
        {
            0 => 0,
            sizes => sizes + 1,
        },
        // Drupal: styles/<style>/public/...
        "styles" if matches!(rest.get(1), Some(&("public" | "private"))) => 3,
        // Wix: <file>/v1/fill/<steps>/<file as saved>
        "v1" if matches!(rest.first(), Some(&("fill" | "fit" | "crop"))) => rest.len() + 1,
        _ => usize::from(is_size(folder) || is_transformed(folder, before)),
    }
}

fn is_size(folder: &str) -> bool {
    folder.starts_with(|c: char| c == 'x' || c.is_numeric()) && SIZE_FOLDER.is_match(folder)
}

fn cached(rest: &[&str], before: &[&str]) -> usize {
    let roles = rest.iter().take_while(|folder| MAGENTO.is_match(folder)).count();
    if rest.get(roles).is_some_and(|folder| HASH.is_match(folder)) {
        return roles + 2;
    }
    let resolve = usize::from(rest.first() == Some(&"resolve"));
    let filtered = before.last() == Some(&"media") && rest.get(resolve).is_some_and(|filter| FILTER.is_match(filter));
    if filtered { resolve + 2 } else { 0 }
}

fn is_transformed(folder: &str, before: &[&str]) -> bool {
    if folder.starts_with("tr:") {
        return true;
    }
    // Each step has a bar, which most folders have not.
    if !folder.contains('_') {
        return false;
    }
    let cloudinary = before.ends_with(&["image", "upload"]) || before.ends_with(&["image", "fetch"]);
    (cloudinary || STEP_LENGTH.is_match(folder)) && folder.split(',').all(|step| STEP.is_match(step))
}

fn note_folder(folder: &str, pixels: &mut Pixels) {
    if is_size(folder) || RESIZED.is_match(folder) {
        pixels.note_all(folder);
    }
    STEP_LENGTH.captures_iter(folder).for_each(|found| pixels.note(&found[1]));
}

fn rest_of_folder<'a>(folder: &'a str, pixels: &mut Pixels) -> &'a str {
    let Some(found) = captures(&PRESTASHOP_FOLDER, folder) else { return folder };
    note_prestashop(&found[2], pixels);
    found.get(1).map_or(folder, |number| number.as_str())
}

/// The sizes with which PrestaShop is delivered.
fn note_prestashop(name: &str, pixels: &mut Pixels) {
    let side = match name {
        "small" => "98",
        "cart" => "125",
        "home" => "250",
        "medium" => "452",
        "large" => "800",
        "thickbox" => "1100",
        _ => return,
    };
    pixels.note(side);
}

// --- the file's name ---

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

fn rest_of_name(name: &str, service: Service, pixels: &mut Pixels) -> String {
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
        Some((before, ending)) if !before.is_empty() && RASTER.contains(&ending.to_ascii_lowercase().as_str()) => before,
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

/// Like the pattern's own, which makes room for what it finds before it looks; most names have none of these suffixes.
fn captures<'t>(regex: &Regex, text: &'t str) -> Option<Captures<'t>> {
    regex.is_match(text).then(|| regex.captures(text)).flatten()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> (String, Option<u32>) {
        let url = Url::parse(url).unwrap();
        (identity(&url), size_hint(&url))
    }

    /// Each line: addresses of one picture, with the pixels that each tells.
    #[test]
    fn sizes_of_one_picture() {
        let same: &[&[(&str, Option<u32>)]] = &[
            // WordPress and WooCommerce
            &[
                ("https://x.fr/wp-content/uploads/2024/05/gel-douche.jpg", None),
                ("https://x.fr/wp-content/uploads/2024/05/gel-douche-300x300.jpg", Some(300)),
                ("https://x.fr/wp-content/uploads/2024/05/gel-douche-768x1024.jpg", Some(1024)),
                ("https://x.fr/wp-content/uploads/2024/05/gel-douche-scaled.jpg", None),
                ("https://x.fr/wp-content/uploads/2024/05/gel-douche-300x300.jpg.webp", Some(300)),
                ("https://i0.wp.com/x.fr/wp-content/uploads/2024/05/gel-douche.jpg?resize=600%2C600&ssl=1", Some(600)),
            ],
            // PrestaShop: in the folder, in the name, and as it was before 1.5
            &[
                ("https://x.fr/1234-large_default/gel-douche.jpg", Some(800)),
                ("https://x.fr/1234-home_default/gel-douche.jpg", Some(250)),
                ("https://x.fr/1234-home_default_2x/gel-douche.webp", Some(250)),
                ("https://x.fr/1234-prdct_list_default/gel-douche.jpg", None),
            ],
            &[("https://x.fr/img/p/1/2/12-large_default.jpg", Some(800)), ("https://x.fr/img/p/1/2/12.jpg", None)],
            &[("https://x.fr/12-34-large/gel.jpg", None)],
            &[("https://x.fr/img/p/12-34-large.jpg", Some(800)), ("https://x.fr/img/p/12-34-home.jpg", Some(250))],
            // Magento 2 and 1
            &[
                ("https://x.fr/media/catalog/product/cache/9df78eab33525d08d6e5fb8d27136e95/g/e/gel.jpg", None),
                ("https://x.fr/media/catalog/product/g/e/gel.jpg", None),
                ("https://x.fr/media/catalog/product/cache/1/image/600x800/9df78eab33525d08d6e5fb8d27136e95/g/e/gel.jpg", Some(800)),
                ("https://x.fr/media/catalog/product/cache/1/thumbnail/75x/17f82f742ffe127f42dca9de82fb58b1/g/e/gel.jpg", Some(75)),
                ("https://x.fr/media/catalog/product/g/e/gel.jpg?quality=80&fit=bounds&height=700&width=700&canvas=700:700", Some(700)),
            ],
            // Symfony
            &[
                ("https://x.fr/media/cache/resolve/product_thumb/ab/cd/gel.png", None),
                ("https://x.fr/media/cache/product_large/ab/cd/gel.webp", None),
            ],
            // Shopify
            &[
                ("https://cdn.shopify.com/s/files/1/0001/products/gel.jpg?v=1690000000", None),
                ("https://cdn.shopify.com/s/files/1/0001/products/gel_800x.jpg?v=1690000001", Some(800)),
                ("https://cdn.shopify.com/s/files/1/0001/products/gel_800x800_crop_center@2x.jpg", Some(800)),
                ("https://cdn.shopify.com/s/files/1/0001/products/gel_x60.jpg", Some(60)),
                ("https://cdn.shopify.com/s/files/1/0001/products/gel_grande.jpg", Some(600)),
                ("https://cdn.shopify.com/s/files/1/0001/products/gel_800x.progressive.png.jpg", Some(800)),
            ],
            &[
                ("https://x.fr/cdn/shop/files/gel.jpg?v=1690000000&width=1946", Some(1946)),
                ("https://x.fr/cdn/shop/files/gel_large.jpg", Some(480)),
            ],
            // Amazon
            &[
                ("https://m.media-amazon.com/images/I/71aB+cD-eFL._AC_SL1500_.jpg", Some(1500)),
                ("https://m.media-amazon.com/images/I/71aB+cD-eFL._AC_SX342_SY445_.jpg", Some(445)),
                ("https://m.media-amazon.com/images/I/71aB+cD-eFL._SR38,50_.jpg", Some(38)),
                ("https://m.media-amazon.com/images/I/71aB+cD-eFL.jpg", None),
            ],
            &[("https://x.fr/i/gel_SL1500_.jpg", Some(1500)), ("https://x.fr/i/gel.jpg", None)],
            // Cloudinary, ImageKit, imgix, Cloudflare, Next.js, Wix
            &[
                ("https://res.cloudinary.com/x/image/upload/w_300,h_300,c_fill/v17/gel.jpg", Some(300)),
                ("https://res.cloudinary.com/x/image/upload/c_fill,w_900/f_auto,q_auto/v17/gel.jpg", Some(900)),
                ("https://res.cloudinary.com/x/image/upload/v17/gel.avif", None),
            ],
            &[("https://x.fr/w_300,h_300/gel.jpg", Some(300)), ("https://x.fr/gel.jpg", None)],
            &[("https://ik.imagekit.io/x/tr:w-300,h-200/gel.jpg", Some(300)), ("https://ik.imagekit.io/x/gel.jpg", None)],
            &[
                ("https://x.imgix.net/gel.jpg?w=400&h=300&fit=crop&auto=format&dpr=2&s=0a1b", Some(400)),
                ("https://x.imgix.net/gel.jpg?w=800&s=ffff", Some(800)),
                ("https://x.imgix.net/gel.jpg", None),
            ],
            &[("https://x.fr/cdn-cgi/image/width=300,quality=75/media/gel.jpg", None), ("https://x.fr/media/gel.jpg", None)],
            &[("https://x.fr/_next/image?url=%2Fmedia%2Fgel.png&w=640&q=75", Some(640)), ("https://x.fr/media/gel.png", None)],
            &[
                ("https://static.wixstatic.com/media/ab_12~mv2.jpg/v1/fill/w_300,h_200,al_c,q_80/gel.jpg", Some(300)),
                ("https://static.wixstatic.com/media/ab_12~mv2.jpg/v1/fill/w_900,h_600,al_c,q_80/gel.jpg", Some(900)),
            ],
            // Demandware, Scene7
            &[
                ("https://x.fr/dw/image/v2/AB/on/gel.jpg?sw=300&sh=300&sm=fit&q=80", Some(300)),
                ("https://x.fr/dw/image/v2/AB/on/gel.jpg?sw=1200&sh=1200", Some(1200)),
            ],
            &[
                ("https://s7.scene7.com/is/image/B/gel?wid=300&hei=400&fmt=webp", Some(400)),
                ("https://s7.scene7.com/is/image/B/gel?$large$", None),
            ],
            // Folders and services of one's own
            &[
                ("https://x.fr/resize/300x300/produits/gel.jpg", Some(300)),
                ("https://x.fr/resize/600/produits/gel.jpg", Some(600)),
                ("https://x.fr/600x600/produits/gel.jpg", Some(600)),
                ("https://x.fr/produits/gel.jpg", None),
            ],
            &[
                ("https://x.fr/images/stencil/500x659/products/1/gel.386.513.jpg", Some(659)),
                ("https://x.fr/images/stencil/1280w/products/1/gel.jpg", Some(1280)),
            ],
            &[("https://x.fr/sites/default/files/styles/large/public/gel.jpg", None), ("https://x.fr/sites/default/files/gel.jpg", None)],
            &[("https://x.fr/gel.jpg/700x700", Some(700)), ("https://x.fr/gel.jpg", None)],
            &[
                ("https://x.fr/gel@2x.png", None),
                ("https://x.fr/gel.png", None),
                ("https://x.fr/gel_200x200.png", Some(200)),
                ("https://x.fr/gel-w600.PNG", Some(600)),
            ],
            &[("https://ae01.alicdn.com/kf/Abc.jpg_640x640.jpg_.webp", Some(640)), ("https://ae01.alicdn.com/kf/Abc.jpg_.webp", None)],
            &[("https://ae01.alicdn.com/kf/Abc.jpg_640x640.jpg", Some(640)), ("https://ae01.alicdn.com/kf/Abc.jpg", None)],
            &[
                ("https://i.ebayimg.com/images/g/AbC/s-l500.jpg", Some(500)),
                ("https://i.ebayimg.com/images/g/AbC/s-l1600.webp", Some(1600)),
            ],
            &[
                ("https://i.etsystatic.com/1/r/il/ab/12/il_794xN.12_ab.jpg", Some(794)),
                ("https://i.etsystatic.com/1/r/il/ab/12/il_340x270.12_ab.jpg", Some(340)),
            ],
            &[
                ("https://lh3.googleusercontent.com/AbC-d=w300-h200", Some(300)),
                ("https://lh3.googleusercontent.com/AbC-d=s1024", Some(1024)),
            ],
            &[("http://x.fr/gel.jpg?w=300&id=7", Some(300)), ("https://x.fr/gel.webp?id=7", None)],
            &[("https://x.fr/p/8f14/300x300.jpg", Some(300)), ("https://x.fr/p/8f14/1200x1200.jpg", Some(1200))],
        ];
        for line in same {
            let first = of(line[0].0).0;
            for (url, hint) in *line {
                assert_eq!(of(url), (first.clone(), *hint), "{url}");
            }
        }
    }

    /// No two of a line are one picture.
    #[test]
    fn different_pictures() {
        for line in [
            &["https://x.fr/gel-1.jpg", "https://x.fr/gel-2.jpg", "https://x.fr/gel.jpg"] as &[&str],
            &["https://x.fr/3665606002802_1.jpg", "https://x.fr/3665606002802_2.jpg"],
            &["https://x.fr/IMG_1200.jpg", "https://x.fr/IMG_1201.jpg"],
            &["https://x.fr/gel-200x200ml.jpg", "https://x.fr/gel-300x300ml.jpg", "https://x.fr/gel.jpg"],
            &["https://x.fr/lot-2x50.jpg", "https://x.fr/lot-3x50.jpg", "https://x.fr/lot.jpg"],
            &["https://x.fr/cadre-30x40.jpg", "https://x.fr/cadre-50x70.jpg"],
            &["https://x.fr/ampoule-60w.jpg", "https://x.fr/ampoule-100w.jpg"],
            &["https://x.fr/creme-50ml.jpg", "https://x.fr/creme-200ml.jpg"],
            &["https://x.fr/gel_x2.jpg", "https://x.fr/gel_x3.jpg"],
            &["https://x.fr/gel-small.jpg", "https://x.fr/gel-large.jpg"],
            &["https://x.fr/gel_large.jpg", "https://x.fr/gel_small.jpg"],
            &["https://x.fr/1234-large_default/gel.jpg", "https://x.fr/1235-large_default/gel.jpg"],
            &["https://x.fr/img/p/12.jpg", "https://x.fr/img/p/13.jpg", "https://x.fr/img/p/12-34.jpg"],
            &["https://x.fr/image.php?id=1&w=300", "https://x.fr/image.php?id=2&w=300"],
            &["https://x.fr/image?sku=1&v=1", "https://x.fr/image?sku=1&v=2"],
            &["https://x.fr/image?h=abcdef", "https://x.fr/image?h=abcdee"],
            &["https://x.fr/image?size=gel", "https://x.fr/image?size=creme"],
            &["https://x.fr/_next/image?url=%2Fa.png&w=640", "https://x.fr/_next/image?url=%2Fb.png&w=640"],
            &["https://x.fr/a/gel.jpg", "https://x.fr/b/gel.jpg", "https://y.fr/a/gel.jpg"],
            &["https://x.fr/gel.jpg", "https://x.fr/gel.svg", "https://x.fr/gel.gif", "https://x.fr/gel.mp4"],
            &["https://x.fr/gel.mp4", "https://x.fr/gel.mp3"],
            &["https://x.fr/media/cache/deo.jpg", "https://x.fr/media/cache/gel.jpg"],
            &["https://x.fr/cache/9df78eab/gel.jpg", "https://x.fr/cache/9df78eac/gel.jpg"],
            &["https://x.fr/upload/ab_gel/1.jpg", "https://x.fr/upload/ab_creme/1.jpg"],
            &[
                "https://m.media-amazon.com/images/I/71aBcDeFL._AC_SL1500_.jpg",
                "https://m.media-amazon.com/images/I/81aBcDeFL._AC_SL1500_.jpg",
            ],
            &["https://x.fr/v1.2.3/gel.jpg", "https://x.fr/v1.2.4/gel.jpg"],
            &["https://x.fr/gel.10.20.jpg", "https://x.fr/gel.10.30.jpg"],
            &["https://i.ebayimg.com/images/g/AbC/s-l500.jpg", "https://i.ebayimg.com/images/g/AbD/s-l500.jpg"],
            &["https://x.fr/0748322148474.jpg", "https://x.fr/0748322148481.jpg"],
            &["https://x.fr/x/200_50.jpg", "https://x.fr/x/200_60.jpg"],
        ] {
            let all: BTreeSet<String> = line.iter().map(|url| of(url).0).collect();
            assert_eq!(all.len(), line.len(), "{all:?}");
        }
    }

    #[test]
    fn photon_names_the_site_whose_picture_it_is() {
        let (inner, hint) = of("https://i0.wp.com/x.fr/uploads/gel-300x300.jpg?resize=600%2C600&ssl=1");
        assert_eq!((inner.as_str(), hint), ("x.fr/uploads/gel", Some(600)));
    }
}
