//! The draft as a commented recipe file.

use std::fmt::Write;

use url::Url;

use super::{Hits, Search, Survey};
use crate::model::{Method, Product, host_of};

/// What was asked for the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// `GET /search?q={ean} with 3665606002802`
    pub tried: String,
    /// The shop's status and what it means: `NOT_FOUND: the search knows no such barcode`.
    pub outcome: String,
}

/// All that goes into the file.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    pub survey: &'a Survey,
    /// The shop's own.
    pub origin: &'a Url,
    /// The one that works; without a product it is only the most promising.
    pub search: &'a Search,
    /// What the search led to.
    pub product: Option<&'a Product>,
    pub attempts: &'a [Attempt],
}

/// Fields that a sheet should have, with a rule to start from where a page shows them and no generic reader sees them.
const WANTED: [(&str, &str); 7] = [
    ("brand", r#"[{ css = ".brand" }]"#),
    ("description", r##"[{ css = "#description" }]"##),
    ("composition", r#"[{ css = "h2, h3, h4", heading = "(?i)composition|ingrédients" }]"#),
    ("directions", r#"[{ css = "h2, h3, h4", heading = "(?i)conseils d'utilisation|mode d'emploi" }]"#),
    ("size", r#"[{ css = ".size", regex = '(\d+\s*(?:ml|g))' }]"#),
    ("regular_price", r#"[{ css = ".price del" }]"#),
    ("rating", r#"[{ css = ".rating" }]"#),
];

impl Draft<'_> {
    /// The shop's name for the recipe: its host without `www.` and what follows the last dot.
    pub fn name(&self) -> String {
        name(self.origin)
    }

    /// The recipe. [`Recipe::parse`](crate::Recipe::parse) takes it.
    pub fn write(&self) -> String {
        let mut toml = String::new();
        self.head(&mut toml);
        self.step(&mut toml);
        self.page(&mut toml);
        toml
    }

    fn head(&self, toml: &mut String) {
        let language = self.survey.language.as_deref();
        let title = self.survey.title.as_deref().map_or_else(|| self.name(), plain);
        line(toml, &format!("# A draft of `glaneur recipe draft` for {}: read it, correct it, keep it.", host_of(self.origin)));
        line(toml, "# docs/recipes.md explains every key; `glaneur recipe check` says what it reads from a page.");
        match self.survey.platform {
            Some((platform, sign)) => line(toml, &format!("# Platform: {}, by {sign:?} on the home page.", platform.name())),
            None => line(toml, "# Platform: none that is known."),
        }
        line(toml, &format!("name = {}", quoted(&self.name())));
        line(toml, &format!("title = {}", quoted(&title)));
        line(toml, &format!("origin = {}", quoted(&self.origin.origin().ascii_serialization())));
        if let Some(origin) = &self.search.origin {
            line(toml, &format!("search_origin = {}", quoted(&origin.origin().ascii_serialization())));
        }
        match self.product.and_then(Product::price).and_then(|price| price.currency) {
            Some(currency) => line(toml, &format!("currency = {}", quoted(&currency.to_string()))),
            None => line(toml, "# Could not be confirmed: currency = \"EUR\""),
        }
        match language {
            Some(language) => line(toml, &format!("language = {}", quoted(language))),
            None => line(toml, "# The pages declare no language: language = \"fr\""),
        }
        line(toml, "\n[pace]\nconcurrency = 2\ninterval = \"500ms\"\njitter = \"250ms\"\n");
    }

    fn step(&self, toml: &mut String) {
        let search = self.search;
        line(toml, "# Tried, in this order:");
        for Attempt { tried, outcome } in self.attempts {
            line(toml, &format!("#   {}", plain(&format!("{tried}: {outcome}"))));
        }
        if self.attempts.is_empty() {
            line(toml, "#   nothing");
        }
        match self.product {
            Some(_) => line(toml, &format!("# From {}; it led to a page that shows the barcode.", search.found)),
            None => {
                line(toml, &format!("# NOT CONFIRMED: no search led to a page that shows a barcode. This one is from {}.", search.found));
            }
        }
        line(toml, "[[search]]");
        if search.method == Method::Post {
            line(toml, "method = \"POST\"");
        }
        line(toml, &format!("path = {}", quoted(&search.path)));
        for (key, pairs) in [("query", &search.query), ("form", &search.form), ("json", &search.json), ("headers", &search.headers)] {
            if !pairs.is_empty() {
                line(toml, &format!("{key} = {}", table(pairs, if key == "json" { number_or_text } else { quoted })));
            }
        }
        for (key, regex) in [("not_found", &search.not_found), ("page", &search.page)] {
            if let Some(regex) = regex {
                line(toml, &format!("{key} = {}", quoted(regex)));
            }
        }
        hits(toml, search);
    }

    fn page(&self, toml: &mut String) {
        line(toml, "\n[page]\ngone = [410]\nblocked_status = [403, 429]");
        let Some(product) = self.product else {
            line(toml, "\n# No product page was read, so nothing is known of the fields.\n# [page.fields]");
            return;
        };
        let read: Vec<&str> = product.provenance.keys().map(String::as_str).collect();
        line(toml, &format!("\n# Read without a rule from {}:\n#   {}", product.url, read.join(", ")));
        let missing: Vec<_> = WANTED.iter().filter(|(field, _)| !read.contains(field)).collect();
        if !missing.is_empty() {
            line(toml, "# Not seen there. Where the page shows it, correct the selector and take the comment sign away.\n# [page.fields]");
        }
        for (field, rule) in missing {
            line(toml, &format!("# {field} = {rule}"));
        }
    }
}

fn hits(toml: &mut String, search: &Search) {
    if search.page.is_some() && search.hits == Hits::Unknown {
        line(
            toml,
            "# Only the redirect to a product was seen. Where the search lists products too, add their links: [search.hits] with css",
        );
        return;
    }
    line(toml, "\n[search.hits]");
    match &search.hits {
        Hits::Json { items, link } => {
            let link: Vec<String> = link.iter().map(|pointer| quoted(pointer)).collect();
            line(toml, &format!("items = {}\nlink = [{}]\nstrip_query = true", quoted(items), link.join(", ")));
            line(toml, "# Where an item names its barcodes, `codes` spares reading the others: codes = [\"/gtin\", \"/ean\"]");
        }
        Hits::Html { css } => line(toml, &format!("css = {}", quoted(css))),
        Hits::Unknown => {
            line(
                toml,
                "# A guess, as no answer with hits was seen: all links of the main part.\ncss = \"main a[href], #content a[href], #main a[href]\"",
            );
        }
    }
}

fn line(toml: &mut String, text: &str) {
    let _ = writeln!(toml, "{text}");
}

/// On one line and without control characters, which TOML refuses in a comment.
fn plain(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn table(pairs: &[(String, String)], worded: fn(&str) -> String) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{} = {}", quoted_key(key), worded(value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn number_or_text(text: &str) -> String {
    if text.parse::<u32>().is_ok() { text.to_owned() } else { quoted(text) }
}

fn quoted_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if bare { key.to_owned() } else { serde_json::Value::String(key.to_owned()).to_string() }
}

fn name(origin: &Url) -> String {
    let host = origin.host_str().unwrap_or_default();
    let short = match origin.host() {
        Some(url::Host::Domain(domain)) => {
            let domain = domain.strip_prefix("www.").unwrap_or(domain);
            domain.rsplit_once('.').map_or(domain, |(name, _)| name)
        }
        _ => host,
    };
    let name: String = short.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let name: String = name.trim_matches('-').chars().take(60).collect();
    if name.is_empty() { "shop".to_owned() } else { name }
}
