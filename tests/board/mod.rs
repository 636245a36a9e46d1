//! The scoreboard: pages in the shape of real platforms, read without a recipe and compared with what a careful person wrote down.
//!
//! Each page of `tests/pages/board/` stands beside its truth, a JSON file. A field with `null` is one that the page does not tell:
//! there every value is wrong. A field that is left out is not judged.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use glaneur::{Gtin, Page, Product, Verdict};
use serde_json::Value;
use url::Url;

/// One page and its truth.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) html: String,
    pub(crate) truth: Value,
}

/// Answers counted for one field.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) right: u32,
    /// A value that is not the page's.
    pub(crate) wrong: u32,
    /// A value of the page that was not told, or told wrong.
    pub(crate) missed: u32,
}

impl Tally {
    pub(crate) fn precision(self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    pub(crate) fn recall(self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    pub(crate) fn f1(self) -> f64 {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 1.0 } else { f64::from(part) / f64::from(whole) }
}

/// What came of all pages.
#[derive(Debug, Default)]
pub(crate) struct Board {
    pub(crate) fields: BTreeMap<&'static str, Tally>,
    /// Pages that show no product, and those among them for which one was made up.
    pub(crate) empty: u32,
    pub(crate) invented: u32,
    /// Barcodes that a page contradicts, and those among them that were accepted.
    pub(crate) refused: u32,
    pub(crate) accepted_wrongly: u32,
    pub(crate) faults: Vec<String>,
}

pub(crate) const FIELDS: [&str; 21] = [
    "name",
    "brand",
    "price",
    "regular_price",
    "currency",
    "availability",
    "sku",
    "mpn",
    "gtin",
    "size",
    "rating",
    "rating_count",
    "reviews",
    "image",
    "breadcrumbs",
    "description",
    "composition",
    "directions",
    "language",
    "category",
    "unit_price",
];

/// All pages below a directory, in the order of their names.
pub(crate) fn cases(directory: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        let entries = std::fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().map(|file| case(file)).collect()
}

fn case(file: &Path) -> Case {
    let text = std::fs::read_to_string(file).unwrap();
    let truth = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let page = file.with_extension("html");
    let html = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let parts: Vec<_> = file.with_extension("").iter().rev().take(2).map(|part| part.to_string_lossy().into_owned()).collect();
    Case { name: format!("{}/{}", parts[1], parts[0]), html, truth }
}

/// Reads every page and compares.
pub(crate) fn judge(cases: &[Case]) -> Board {
    let mut board = Board::default();
    for case in cases {
        board.add(case);
    }
    board
}

impl Board {
    fn add(&mut self, case: &Case) {
        let url = Url::parse(case.truth["url"].as_str().unwrap_or("https://shop.example/")).unwrap();
        let extraction = glaneur::extract::product(&case.html, &url);
        let wanted = case.truth["ean"].as_str().map(|ean| Gtin::parse(ean).unwrap());
        let page = Page { status: 200, url, content_type: None, text: String::new(), retrieved_at: jiff::Timestamp::UNIX_EPOCH };
        let verdict = wanted.map(|wanted| glaneur::judge(&extraction, &wanted, &page));
        if case.truth["mismatch"] == true {
            self.refused += 1;
            if !matches!(verdict, Some(Verdict::Mismatch { .. })) {
                self.accepted_wrongly += 1;
                self.faults.push(format!("{}: the barcode must be refused", case.name));
            }
            return;
        }
        let product = match verdict {
            Some(Verdict::Found(product) | Verdict::Unverified(product)) => Some(*product),
            Some(Verdict::Mismatch { seen, .. }) => {
                self.faults.push(format!("{}: refused, it shows {seen}", case.name));
                None
            }
            Some(Verdict::NoProduct) => None,
            None => extraction.product(),
        };
        match case.truth["expect"].as_object() {
            Some(truth) => self.compare(&case.name, truth, &product.unwrap_or_default()),
            None => {
                self.empty += 1;
                if let Some(product) = product {
                    self.invented += 1;
                    self.faults.push(format!("{}: no product, but {:?} was read", case.name, product.name));
                }
            }
        }
    }

    fn compare(&mut self, name: &str, truth: &serde_json::Map<String, Value>, product: &Product) {
        for field in FIELDS {
            let Some(expected) = truth.get(field) else { continue };
            let read = read(product, field, expected);
            let tally = self.fields.entry(field).or_default();
            let right = !expected.is_null() && read.as_ref().is_some_and(|read| fits(field, expected, read));
            tally.right += u32::from(right);
            tally.wrong += u32::from(!right && read.is_some());
            tally.missed += u32::from(!right && !expected.is_null());
            if !(right || expected.is_null() && read.is_none()) {
                let told = read.map_or("nothing".to_owned(), |read| read.chars().take(120).collect());
                self.faults.push(format!("{name}: {field}: {told} instead of {expected}"));
            }
        }
    }

    /// The table for people.
    pub(crate) fn table(&self, pages: usize) -> String {
        let mut table = format!(
            "{pages} pages\n{:<14} {:>6} {:>6} {:>6}  {:>9} {:>7} {:>6}\n",
            "field", "right", "wrong", "missed", "precision", "recall", "F1"
        );
        for field in FIELDS {
            let Some(tally) = self.fields.get(field) else { continue };
            let Tally { right, wrong, missed } = *tally;
            let _ = writeln!(
                table,
                "{field:<14} {right:>6} {wrong:>6} {missed:>6}  {:>9.3} {:>7.3} {:>6.3}",
                tally.precision(),
                tally.recall(),
                tally.f1()
            );
        }
        let _ = writeln!(table, "pages without a product: {}, a product made up for {}", self.empty, self.invented);
        let _ = writeln!(table, "barcodes to be refused: {}, accepted wrongly {}", self.refused, self.accepted_wrongly);
        table
    }
}

/// What was read of a field, as text.
fn read(product: &Product, field: &str, expected: &Value) -> Option<String> {
    let offer = product.offers.first();
    match field {
        "name" => product.name.clone(),
        "brand" => product.brand.clone(),
        "price" => offer?.price.as_ref().map(|price| price.amount.to_string()),
        "regular_price" => offer?.regular_price.as_ref().map(|price| price.amount.to_string()),
        "currency" => offer?.price.as_ref()?.currency.map(|currency| currency.to_string()),
        "availability" => offer?.availability.map(|availability| format!("{availability:?}")),
        "sku" => product.sku.clone(),
        "mpn" => product.mpn.clone(),
        "gtin" => product.gtins.first().map(|code| code.as_14().to_owned()),
        "size" => product.size.clone().or_else(|| product.net_content.as_ref().map(|content| content.amount.to_string())),
        "rating" => product.rating.as_ref().map(|rating| rating.value.to_string()),
        "rating_count" => product.rating.as_ref()?.count.map(|count| count.to_string()),
        "reviews" => (!product.reviews.is_empty()).then(|| product.reviews.len().to_string()),
        "image" => {
            // Any picture of the list will do: which one is the best is a matter of taste.
            let wanted = expected.as_str().unwrap_or_default();
            let found = product.images.iter().find(|image| same_address(wanted, &image.url)).or(product.images.first());
            found.map(|image| image.url.clone())
        }
        "breadcrumbs" => (!product.breadcrumbs.is_empty()).then(|| product.breadcrumbs.join(" > ")),
        "description" => product.description.clone(),
        "composition" => product.composition.clone(),
        "directions" => product.directions.clone(),
        "language" => product.language.clone(),
        "category" => product.category.clone(),
        "unit_price" => offer?.unit_price.as_ref().map(|unit| unit.price.amount.to_string()),
        _ => None,
    }
}

fn fits(field: &str, expected: &Value, read: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    let text = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
    match field {
        "price" | "regular_price" | "rating" | "rating_count" | "reviews" | "unit_price" => match (number(&text), number(read)) {
            (Some(expected), Some(read)) => (expected - read).abs() < 0.005,
            _ => false,
        },
        "gtin" => Gtin::parse(&text).is_ok_and(|code| code.as_14() == read),
        "image" => same_address(&text, read),
        "description" | "composition" | "directions" => plain(read).contains(&plain(&text)),
        "size" => plain(read).replace(' ', "").contains(&plain(&text).replace(' ', "")) || plain(&text).contains(&plain(read)),
        "language" => read.split(['-', '_']).next() == text.split(['-', '_']).next(),
        "breadcrumbs" => {
            let steps: Vec<String> = expected.as_array().into_iter().flatten().filter_map(Value::as_str).map(plain).collect();
            let read: Vec<String> = read.split(" > ").map(plain).collect();
            // The page itself may stand at the end, or not.
            read == steps
                || read.len() == steps.len() + 1 && read.starts_with(&steps)
                || steps.len() == read.len() + 1 && steps.starts_with(&read)
        }
        "name" => alike(&text, read) >= 0.8,
        "availability" => availability(&text) == availability(read),
        _ => plain(&text) == plain(read),
    }
}

/// Sold out is out of stock.
fn availability(word: &str) -> &str {
    if word == "SoldOut" { "OutOfStock" } else { word }
}

fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Dice's coefficient of the words.
fn alike(one: &str, other: &str) -> f64 {
    let words = |text: &str| plain(text).split(' ').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let (one, other) = (words(one), words(other));
    2.0 * one.intersection(&other).count() as f64 / (one.len() + other.len()).max(1) as f64
}

/// The same file, whatever its query.
fn same_address(one: &str, other: &str) -> bool {
    let file = |address: &str| {
        address.split(['?', '#']).next().unwrap_or_default().trim_start_matches("https:").trim_start_matches("http:").to_owned()
    };
    file(one) == file(other)
}
