//! `glaneur reextract`: yesterday's pages with today's recipes, after the shops are gone.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use glaneur::demo::{self, Behaviour, DemoShops, EANS};
use glaneur::{ItemResult, ItemStatus, Product, Recipe, ShopStatus};
use rusqlite::Connection;
use serde_json::json;

use super::{glaneur, lines, text};
use crate::house::{Answer, client};
use crate::process::{self, Process};

/// A job that is done over shops that are gone, with its results; the server still runs.
struct Past {
    directory: tempfile::TempDir,
    server: Process,
    job: String,
    recorded: Vec<ItemResult>,
}

impl Past {
    async fn of(eans: &[&str], sections: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
        // `glaneur.toml` stays where the commands below look for it.
        let config = process::config(&directory.path().join("data"), &shops, 8, "", sections);
        let server = Process::serve(directory.path(), &config);
        let body = json!({ "eans": eans });
        let accepted = Answer::of(client().post(format!("{}/api/scrape", server.url)).json(&body)).await;
        let job = accepted.text("job_id").to_owned();
        let url = format!("{}/api/jobs/{job}", server.url);
        while Answer::of(client().get(&url)).await.text("state") != "completed" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let results = Answer::of(client().get(format!("{url}/results"))).await.json["results"].take();
        shops.stop().await;
        Self { directory, server, job, recorded: serde_json::from_value(results).unwrap() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    async fn again(&self, more: &[&str]) -> Output {
        glaneur(self.path(), &[&["reextract", self.job.as_str()], more].concat()).await
    }

    /// Replaces a built-in recipe by one that differs in one line.
    fn correct(&self, shop: &str, line: &str, other: &str) {
        let own = Recipe::builtin_text(shop).unwrap();
        assert_eq!(own.matches(line).count(), 1, "{line}");
        let recipes = self.path().join("recipes");
        std::fs::create_dir_all(&recipes).unwrap();
        std::fs::write(recipes.join(format!("{shop}.toml")), own.replacen(line, other, 1)).unwrap();
        let config = self.path().join("glaneur.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, format!("recipes = '{}'\n{text}", recipes.display())).unwrap();
    }

    fn tamper(&self, sql: &str) {
        Connection::open(self.path().join("data/pages.db")).unwrap().execute_batch(sql).unwrap();
    }
}

type Told = (ShopStatus, Option<String>, Option<Product>);

/// What must be the same again: everything but times and counts.
fn told(results: &[ItemResult]) -> Vec<(ItemStatus, Vec<Told>)> {
    let sheet = |product: &Product| Product { retrieved_at: jiff::Timestamp::UNIX_EPOCH, ..product.clone() };
    let shops = |result: &ItemResult| {
        let shops = result.shops.iter();
        shops.map(|shop| (shop.status, shop.detail.clone(), shop.product.as_deref().map(sheet))).collect()
    };
    results.iter().map(|result| (result.status, shops(result))).collect()
}

const ALL: [&str; 12] = [
    EANS[0],
    EANS[1],
    EANS[2],
    EANS[3],
    EANS[4],
    EANS[5],
    EANS[6],
    EANS[7],
    demo::UNVERIFIED_EAN,
    demo::DISCONTINUED_EAN,
    demo::UNKNOWN_EAN,
    "no barcode",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_same_recipes_give_the_same_results_beside_the_server_and_after_it() {
    let past = Past::of(&ALL, "").await;
    let again = past.again(&[]).await;
    let results = lines(&again);
    assert_eq!(told(&results), told(&past.recorded), "{}", text(&again.stderr));
    assert!(results.iter().flat_map(|result| &result.shops).all(|shop| shop.requests == 0 && shop.page_age_seconds.is_some()));
    let statuses: Vec<ShopStatus> = results.iter().flat_map(|result| &result.shops).map(|shop| shop.status).collect();
    for status in [ShopStatus::Found, ShopStatus::Mismatch, ShopStatus::Unverified, ShopStatus::Discontinued, ShopStatus::NotFound] {
        assert!(statuses.contains(&status), "{status:?}");
    }
    assert!(again.status.success(), "{again:?}");
    let line = "against the job's results: 33 answers as recorded, 0 changed, 0 found now, 0 no longer found, 0 without a kept page\n";
    assert!(text(&again.stderr).starts_with(line), "{}", text(&again.stderr));

    let Past { directory, server, .. } = past;
    drop(server);
    let by_number = glaneur(directory.path(), &["reextract", "1", "--shops", "drakkars", "--format", "csv"]).await;
    assert!(text(&by_number.stdout).contains(";drakkars;FOUND;") && !text(&by_number.stdout).contains(";cocooncenter;"), "{by_number:?}");
    assert!(text(&by_number.stderr).contains("11 answers as recorded"), "{by_number:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_recipe_shows_in_the_field_that_it_reads() {
    let past = Past::of(&[EANS[0]], "").await;
    past.correct("cocooncenter", "brand = [{ css = \"[itemprop=brand]\" }]", "brand = [{ css = \"h1.titre_produit\" }]");
    let again = past.again(&[]).await;
    assert!(again.status.success(), "{again:?}");
    let brand = |results: &[ItemResult]| results[0].shops[0].product.as_ref().unwrap().brand.clone().unwrap();
    let (then, now) = (brand(&past.recorded), brand(&lines(&again)));
    assert!(then != now && now.len() > then.len(), "{then:?} and {now:?}");
    let stderr = text(&again.stderr);
    assert!(stderr.contains(&format!("\"{}\" cocooncenter: changed: brand", EANS[0])), "{stderr}");
    assert!(stderr.contains("2 answers as recorded, 1 changed, 0 found now"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_not_kept_is_an_outcome_and_no_request() {
    let past = Past::of(&[EANS[0]], "").await;
    // Its first search asks another address, which nobody asked before; the second one was not needed then.
    past.correct("cocooncenter", "path = \"/index/search/searchVue\"", "path = \"/index/search/elsewhere\"");
    past.tamper("UPDATE pages SET body = x'28b52ffd' WHERE request LIKE '[\"drakkars\"%' AND status = 200");
    let again = past.again(&[]).await;
    let results = lines(&again);
    let told: Vec<_> =
        results[0].shops.iter().map(|shop| (shop.status, shop.detail.as_deref().unwrap_or_default(), shop.requests)).collect();
    let expected = [
        (ShopStatus::Unreachable, "no page was kept for this request, or it is gone by now", 0),
        (ShopStatus::Found, "", 0),
        (ShopStatus::Unreachable, "the page that was kept for this request is damaged", 0),
    ];
    assert_eq!(told, expected, "{again:?}");
    let stderr = text(&again.stderr);
    assert!(stderr.contains("cocooncenter: UNREACHABLE, was FOUND (no page was kept"), "{stderr}");
    assert!(stderr.contains("1 answers as recorded, 0 changed, 0 found now, 0 no longer found, 2 without a kept page"), "{stderr}");

    past.tamper("DELETE FROM pages");
    let (gone, unknown) = (past.again(&[]).await, glaneur(past.path(), &["reextract", "99"]).await);
    assert_eq!((gone.status.code(), unknown.status.code()), (Some(1), Some(1)));
    assert!(text(&gone.stderr).contains("no pages of job"), "{gone:?}");
    assert!(text(&unknown.stderr).contains("there is no job \"99\""), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_where_the_settings_say_so() {
    let past = Past::of(&[EANS[0]], "[pages]\nkeep = '0s'\n").await;
    let again = past.again(&[]).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("[pages] keep = \"0s\""), "{again:?}");
    let kept: u32 =
        Connection::open(past.path().join("data/pages.db")).unwrap().query_row("SELECT count(*) FROM pages", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0);
    let nowhere = glaneur(past.path(), &["reextract", "1", "--data-dir", "elsewhere"]).await;
    assert_eq!(nowhere.status.code(), Some(2), "{nowhere:?}");
    assert!(text(&nowhere.stderr).contains("there is no journal"), "{nowhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_pages_that_is_damaged_stops_no_server() {
    let past = Past::of(&[EANS[0]], "").await;
    let Past { directory, server, .. } = past;
    drop(server);
    std::fs::write(directory.path().join("data/pages.db"), "not SQLite").unwrap();
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let server = Process::serve(directory.path(), &process::config(&directory.path().join("data"), &shops, 8, "", ""));
    server.logged("is damaged: it was set aside");
    let accepted = Answer::of(client().post(format!("{}/api/scrape", server.url)).json(&json!({ "eans": [EANS[1]] }))).await;
    let url = format!("{}/api/jobs/{}", server.url, accepted.text("job_id"));
    while Answer::of(client().get(&url)).await.text("state") != "completed" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let again = glaneur(directory.path(), &["reextract", accepted.text("job_id")]).await;
    assert!(again.status.success(), "{again:?}");
}
