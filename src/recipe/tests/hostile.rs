//! Pages made so that rules cost much: what was read before it was too much is told, and that the rest was not read.

use std::time::Instant;

use super::*;
use crate::extract::Candidate;

/// In seconds and without optimization; `benches/reading.rs` tells what the built-in rules cost in earnest.
const SOON: u64 = 30;

const SHOP: &str = r#"
name = "example"
title = "Example"
origin = "https://www.shop.example"
[[search]]
path = "/search"
hits = { css = "a.product" }
[page.fields]
name = [{ css = "h1" }]
gtins = [{ css = ".code" }]
"#;

/// What these rules make of a product with this beside it, and whether it is told that the page was read in part.
fn read(rules: &str, beside: &str) -> (Candidate, bool) {
    let recipe = Recipe::parse(&format!("{SHOP}\n{rules}"), "example.toml").unwrap();
    let html = format!("<!doctype html><h1>Gel</h1><b class=code>3665606002802</b>{beside}");
    let started = Instant::now();
    let extraction = recipe.extract(&page("https://www.shop.example/gel", &html));
    assert!(started.elapsed().as_secs() < SOON, "{:?} for {rules}", started.elapsed());
    let candidate = extraction.candidates.into_iter().find(|candidate| candidate.source == Source::Recipe).unwrap();
    (candidate, extraction.facts.cut)
}

#[test]
fn rules_are_bounded_whatever_the_page_is() {
    let siblings = "<i></i>".repeat(100_000);
    let nested = "<div class=c>".repeat(250);
    let words = "Un soin pour les mains. ".repeat(100_000);
    let id = "a".repeat(2_000_000);
    for (rules, beside) in [
        ("brand = [{ css = 'h3 ~ i' }]", siblings.clone()),
        ("brand = [{ css = 'u + i, i:not(b ~ i)' }]", siblings.clone()),
        ("brand = [{ css = 'div div div div div div .no div .c' }]", nested.repeat(200)),
        ("features = [{ css = '.c' }]", format!("{nested}{words}")),
        ("brand = [{ css = 'div', heading = '^Brand$' }]", format!("{nested}{siblings}")),
        ("brand = [{ css = '#no[id] > i, [id$=no] i' }]", format!("<div id='{id}&amp;'>{siblings}")),
    ] {
        let (candidate, partly) = read(rules, &beside);
        assert_eq!(candidate.sheet.name.as_deref(), Some("Gel"), "{rules}");
        assert_eq!(candidate.sheet.gtins.len(), 1, "{rules}");
        assert!(partly, "{rules}");
    }
}

#[test]
fn long_pages_are_read_whole() {
    let reviews = "<div class=review><p class=c>Un soin pour les mains.</p><b>Anne</b><i>12/03/2024</i></div>".repeat(500);
    for rules in [
        "brand = [{ css = 'h3 ~ .review i, div.no > p + b' }]",
        "features = [{ css = '.review .c' }]",
        "brand = [{ css = 'div, p, b, i', heading = '^Brand$' }]",
    ] {
        let (_, partly) = read(rules, &reviews);
        assert!(!partly, "{rules}");
    }
}
