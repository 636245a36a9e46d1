//! What reading a page costs, on one core, as ratios within one run: the short way, the whole way, and pages made to cost much.
//!
//! `cargo bench --no-default-features --bench reading` runs all; `-- pages` or `-- hostile` one of them. Nothing is asserted: machines
//! differ, and the figures are for people.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people at a terminal")]

mod pages;

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use glaneur::{Page, Recipe, extract};
use memchr::memmem;
use pages::hostile::CASES;
use url::Url;

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let [case, number] = chosen.as_slice()
        && case == "case"
    {
        return one_hostile(number.parse().unwrap());
    }
    if let [profile, way, bytes] = chosen.as_slice()
        && profile == "profile"
    {
        return over_and_over(way, bytes.parse().unwrap());
    }
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|chosen| chosen == name);
    if wanted("pages") {
        ordinary();
    }
    if wanted("hostile") {
        hostile();
    }
}

fn url() -> Url {
    Url::parse("https://shop.test/biosme-creme-mains").unwrap()
}

/// The page as a recipe gets it.
fn answer(html: &str) -> Page {
    Page { status: 200, url: url(), content_type: None, text: html.to_owned(), retrieved_at: jiff::Timestamp::UNIX_EPOCH }
}

/// The rules are those of the built-in recipes, one after the other. The ways are taken in turns, so that a slow moment of the machine meets them all.
fn ordinary() {
    println!(
        "page      blocks  short   ratio |  scan   whole   rules  scraper  ratio  ratio   (medians in us; short/blocks at most 2.5, \
         whole/scraper and rules/scraper at most 1.5)"
    );
    for bytes in [60_000, 200_000, 430_000, 1_300_000] {
        let (html, url) = (pages::page(bytes), url());
        let (recipes, answer) = (Recipe::builtin(), answer(&html));
        assert!(extract::structured(&html, &url).is_some() && extract::product(&html, &url).product().is_some());
        let turn = Cell::new(0);
        let ways: [&dyn Fn(); 6] = [
            &|| drop(black_box(blocks(&html))),
            &|| drop(black_box(extract::structured(&html, &url).and_then(|page| page.product()))),
            &|| assert!(extract::inside::scan(&html) > 0),
            &|| drop(black_box(extract::product(&html, &url).product())),
            &|| drop(black_box(recipes[turn.replace(turn.get() + 1) % recipes.len()].extract(&answer).product())),
            &|| drop(black_box(scraper::Html::parse_document(&html))),
        ];
        let [blocks, short, scan, whole, rules, tree] = medians(ways);
        println!(
            "{:>6} KB {blocks:>7.0} {short:>7.0} {:>6.2}  | {scan:>6.0} {whole:>7.0} {rules:>7.0} {tree:>7.0} {:>6.2} {:>6.2}   {:.0} pages/s short, {:.0} whole",
            html.len() / 1000,
            short / blocks,
            whole / tree,
            rules / tree,
            1e6 / short,
            1e6 / whole,
        );
    }
}

/// The least that finding and parsing the blocks can cost.
fn blocks(html: &str) -> Vec<serde_json::Value> {
    let bytes = html.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = memmem::find(&bytes[at..], b"application/ld+json") {
        let from = at + start + memchr::memchr(b'>', &bytes[at + start..]).unwrap() + 1;
        let to = from + memmem::find(&bytes[from..], b"</script").unwrap();
        found.push(serde_json::from_str(&html[from..to]).unwrap());
        at = to;
    }
    found
}

fn medians(ways: [&dyn Fn(); 6]) -> [f64; 6] {
    let mut times: [Vec<Duration>; 6] = Default::default();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(4) || times[0].len() < 9 {
        for (way, times) in ways.iter().zip(&mut times) {
            let started = Instant::now();
            way();
            times.push(started.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e6
    })
}

/// Ten seconds of one way, for a profiler: `-- profile short 430000`.
fn over_and_over(way: &str, bytes: usize) {
    let (html, url) = (pages::page(bytes), url());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        match way {
            "short" => drop(black_box(extract::structured(&html, &url).and_then(|page| page.product()))),
            "rules" => drop(black_box(Recipe::builtin()[2].extract(&answer(&html)).product())),
            _ => drop(black_box(extract::product(&html, &url).product())),
        }
    }
}

/// Each in a process of its own, or the peak of the first would be everybody's.
fn hostile() {
    println!("time to the sheet, peak of resident memory with the page itself, and what was told");
    for (number, (name, _)) in CASES.iter().enumerate() {
        let out = std::process::Command::new(std::env::current_exe().unwrap()).args(["case", &number.to_string()]).output().unwrap();
        print!("{}", String::from_utf8_lossy(&out.stdout));
        if !out.status.success() {
            println!("{name}: {}", String::from_utf8_lossy(&out.stderr));
        }
    }
}

fn one_hostile(number: usize) {
    let (name, make) = CASES[number];
    let (html, url) = (make(), url());
    let started = Instant::now();
    let _ = black_box(extract::structured(&html, &url).and_then(|page| page.product()));
    let short = started.elapsed();
    let started = Instant::now();
    let product = extract::product(&html, &url).product();
    let whole = started.elapsed();
    let (recipes, answer) = (Recipe::builtin(), answer(&html));
    let started = Instant::now();
    recipes.iter().for_each(|recipe| drop(black_box(recipe.extract(&answer).product())));
    let rules = started.elapsed() / recipes.len() as u32;
    let told = match &product {
        None => "no product".to_owned(),
        Some(product) => format!("product, issues {:?}", product.issues.iter().map(|issue| issue.kind).collect::<Vec<_>>()),
    };
    println!(
        "{name:<44} {:>5.1} MB  short {:>7.1} ms  whole {:>8.1} ms  rules {:>8.1} ms  peak {:>4.0} MB  {told}",
        html.len() as f64 / 1e6,
        short.as_secs_f64() * 1e3,
        whole.as_secs_f64() * 1e3,
        rules.as_secs_f64() * 1e3,
        peak_megabytes()
    );
}

/// The kernel's high-water mark of resident memory; 0 where there is none to ask.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
