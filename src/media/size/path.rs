//! The folders of a picture's address that hold its size.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::name::{Service, rest_of_name};
use super::{Pixels, captures, pattern};

pub(super) fn rest_of_path(url: &Url, pixels: &mut Pixels) -> String {
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
    let mut path = String::with_capacity(url.path().len());
    for folder in rest_of_folders(folders, pixels) {
        path.push('/');
        path.push_str(folder);
    }
    path.push('/');
    path.push_str(&rest_of_name(name, service, pixels));
    path
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

pub(super) fn is_size(folder: &str) -> bool {
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
pub(super) fn note_prestashop(name: &str, pixels: &mut Pixels) {
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
