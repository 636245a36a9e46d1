//! Each wrong recipe is refused with file, line, column, key and remedy.

use crate::Recipe;

const GOOD: &str = r#"name = "shop"
title = "Shop"
origin = "https://www.shop.example"

[pace]
interval = "500ms"

[values]
key = "abc"

[[search]]
path = "/search/{key}"
query = { q = "{ean}" }
hits = { css = "a.product", include = 'p\d+' }

[page.fields]
name = [{ css = "h1" }]
price = [{ css = ".price" }, { css = ".prix", regex = '\d+' }]
"#;

#[test]
fn the_model_is_good() {
    Recipe::parse(GOOD, "shop.toml").unwrap();
}

/// Replaces one text of the good recipe and tells the error.
fn told(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    Recipe::parse(&GOOD.replacen(from, to, 1), "shop.toml").map(|_| "no error".to_owned()).unwrap_or_else(|error| error.to_string())
}

#[test]
fn faults_are_told_with_place_key_and_remedy() {
    let cases = [
        ("css = \"h1\"", "css = \"h1[\"", "shop.toml:17:17: page.fields.name[0].css: \"h1[\" is no CSS selector"),
        ("css = \".prix\"", "css = \"\"", "shop.toml:18:38: page.fields.price[1].css: \"\" is no CSS selector"),
        ("'\\d+'", "'(\\d+'", "shop.toml:18:55: page.fields.price[1].regex: \"(\\\\d+\" is no regular expression"),
        ("'p\\d+'", "'['", "shop.toml:14:39: search[0].hits.include: \"[\" is no regular expression"),
        ("{key}", "{nokey}", "shop.toml:12:8: search[0].path: there is no placeholder {nokey}; use one of {ean}, {origin}, {key}"),
        ("{ean}", "{gtin}", "shop.toml:13:15: search[0].query.q: there is no placeholder {gtin}"),
        ("name = [{", "nom = [{", "shop.toml:17:1: page.fields.nom: there is no product field \"nom\"; use one of name, brand"),
        ("\"500ms\"", "\"fast\"", "shop.toml:6:12: pace.interval: \"fast\" is no duration; write a number with ms, s or m"),
        ("\"500ms\"", "500", "shop.toml:6:12: pace.interval: invalid type: integer `500`, expected a string; docs/recipes.md"),
        ("interval =", "intervall =", "shop.toml:6:1: pace.intervall: unknown field `intervall`, expected one of"),
        ("css = \"h1\"", "cs = \"h1\"", "shop.toml:17:11: page.fields.name[0].cs: unknown field `cs`"),
        (
            "https://www.shop.example",
            "ftp://www.shop.example",
            "shop.toml:3:10: origin: \"ftp://www.shop.example\" is no http or https origin",
        ),
        ("https://www.shop.example", "www.shop.example", "shop.toml:3:10: origin: \"www.shop.example\" is no http or https origin"),
        ("https://www.shop.example", "https://www.shop.example/fr", "shop.toml:3:10: origin: "),
        ("name = \"shop\"", "name = \"My Shop\"", "shop.toml:1:8: name: \"My Shop\" is no name for a shop"),
        ("title = \"Shop\"\n", "", "shop.toml:1:1: missing field `title`"),
        ("path = \"/search", "path = \"search", "shop.toml:12:8: search[0].path: \"search/{key}\" is no path"),
        ("hits = { css = \"a.product\", include = 'p\\d+' }", "", "shop.toml:12:8: search[0].path: the step cannot tell a hit"),
        ("css = \"a.product\"", "items = \"/r/*\"", "shop.toml:12:8: search[0].path: the step cannot tell a hit"),
        ("css = \"a.product\"", "items = \"r\", link = [\"/l\"]", "shop.toml:14:18: search[0].hits.items: \"r\" is no JSON pointer"),
        ("query =", "headers = { \"X Y\" = \"a\" }\nquery =", "shop.toml:13:13: search[0].headers.X Y: \"X Y\" is no header name"),
        ("query =", "json = { q = \"{ean}\" }\nquery =", "shop.toml:13:8: search[0].json: a step sends `json` with method = \"POST\""),
        (
            "path =",
            "method = \"POST\"\njson = { q = [\"{gtin}\"] }\npath =",
            "shop.toml:13:8: search[0].json: there is no placeholder {gtin}",
        ),
        ("path =", "method = \"PUT\"\npath =", "shop.toml:12:10: search[0].method: unknown variant `PUT`, expected `GET` or `POST`"),
        ("title =", "currency = \"Euro\"\ntitle =", "shop.toml:2:12: currency: \"Euro\" is no ISO 4217 code"),
        ("title =", "hosts = [\"https://x\"]\ntitle =", "shop.toml:2:10: hosts[0]: \"https://x\" is no host"),
        ("title =", "attempts = 0\ntitle =", "shop.toml:2:12: attempts: the value 0 is out of range; use 1 to 20"),
        ("{ css = \"h1\" }", "{ attr = \"x\" }", "shop.toml:17:1: page.fields.name: the rule reads nothing; give `css`"),
        ("{ css = \"h1\" }", "{ css = \"h1\", nth = 0 }", "shop.toml:17:29: page.fields.name[0].nth: the value 0 is out of range"),
        ("{ css = \"h1\" }", "{ css = \"h1\", as = \"number\" }", "shop.toml:17:28: page.fields.name[0].as: unknown variant `number`"),
        ("title = \"Shop\"", "title = \"Shop", "shop.toml:2:14: title: "),
        ("title =", "name = \"again\"\ntitle =", "shop.toml:2:1: name: duplicate key"),
    ];
    for (from, to, expected) in cases {
        let told = told(from, to);
        assert!(told.starts_with(expected), "{to}\n told: {told}\n want: {expected}");
        assert!(!told.contains('\n'), "{told}");
    }
}

#[test]
fn a_recipe_without_a_search_step_is_refused() {
    let toml = "name = \"shop\"\ntitle = \"Shop\"\norigin = \"https://www.shop.example\"\n";
    let error = Recipe::parse(toml, "shop.toml").unwrap_err().to_string();
    assert!(error.starts_with("shop.toml:1:1: ") && error.contains("add a [[search]] table"), "{error}");
}

#[test]
fn every_key_and_field_is_documented() {
    let manual = include_str!("../../../docs/recipes.md");
    for name in crate::recipe::fields::names() {
        assert!(manual.contains(&format!("`{name}`")), "{name}");
    }
}
