//! Faults seen in the wild, and texts that nobody has seen.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::extract::json::Value as Read;

/// What was read, in the words of the library that tests are written with.
fn parse(block: &str) -> Vec<Value> {
    super::parse(block).iter().map(told).collect()
}

fn told(value: &Read<'_>) -> Value {
    match value {
        Read::Null => Value::Null,
        Read::Bool(value) => (*value).into(),
        Read::Number(number) => Value::Number(number.clone()),
        Read::String(text) => text.as_ref().into(),
        Read::Array(several) => several.iter().map(told).collect(),
        Read::Object(object) => Value::Object(object.iter().map(|(key, value)| (key.to_owned(), told(value))).collect()),
    }
}

#[test]
fn faults_seen_in_the_wild() {
    let cases = [
        ("{\"a\":\"one\ntwo\"}", json!({"a": "one\ntwo"})),
        ("{\"a\":\"tab\there\"}", json!({"a": "tab\there"})),
        ("{\"a\":1,}", json!({"a": 1})),
        ("{\"a\":[1,2,],}", json!({"a": [1, 2]})),
        ("{\"a\":1,,\"b\":2}", json!({"a": 1, "b": 2})),
        ("{\"a\":1};", json!({"a": 1})),
        ("{\"a\":1}}", json!({"a": 1})),
        ("// <![CDATA[\n{\"a\":1}\n// ]]>", json!({"a": 1})),
        ("//<![CDATA[\n{\"a\":1}//]]>", json!({"a": 1})),
        ("<![CDATA[{\"a\":1}]]>", json!({"a": 1})),
        ("/*<![CDATA[*/{\"a\":1}/*]]>*/", json!({"a": 1})),
        ("<!-- {\"a\":1} -->", json!({"a": 1})),
        ("<!-- comment -->{\"a\":1}", json!({"a": 1})),
        ("/* comment */ {\"a\": /* here */ 1, // there\n \"b\": 2}", json!({"a": 1, "b": 2})),
        ("{\"url\":\"https://shop.test/a\",}", json!({"url": "https://shop.test/a"})),
        ("{&quot;a&quot;:&quot;b &amp; c&quot;}", json!({"a": "b & c"})),
        ("{\n  &quot;a&quot;: &quot;&lt;p&gt;b&lt;/p&gt;&quot;}", json!({"a": "<p>b</p>"})),
        ("{\"gtin12\": 012345678912}", json!({"gtin12": "012345678912"})),
        ("{\"price\": 14,90}", json!(null)),
        ("{\"a\":\"x\" \"b\":1}", json!({"a": "x", "b": 1})),
        ("{\"a\":1 \"b\":2}", json!({"a": 1, "b": 2})),
        ("{\"a\":[{\"b\":1}{\"b\":2}]}", json!({"a": [{"b": 1}, {"b": 2}]})),
        ("{\"a\":,\"b\":}", json!({"a": null, "b": null})),
        ("{'a':'l\'eau','b':'l'air'}", json!({"a": "l'eau", "b": "l'air"})),
        ("{\"a\":\"Un \" + \"gel\"}", json!({"a": "Un gel"})),
        ("\"{\\\"a\\\":1}\"", json!({"a": 1})),
        ("{“a”:“b”}", json!({"a": "b"})),
        ("{\"a\":\"it\\'s\"}", json!({"a": "it's"})),
        ("{\"a\":\"50 \\% off\"}", json!({"a": "50 \\% off"})),
        ("{\"a\":\"Crème \"douce\" 50 ml\"}", json!({"a": "Crème \"douce\" 50 ml"})),
        ("{\"a\": undefined, \"b\": NaN}", json!({"a": null, "b": null})),
        ("\u{feff}{\"a\":1}", json!({"a": 1})),
        ("var x = {\"a\":1};", json!({"a": 1})),
    ];
    for (block, expected) in cases {
        let expected = if expected.is_null() { Vec::new() } else { vec![expected] };
        assert_eq!(parse(block), expected, "{block}");
    }
}

#[test]
fn several_values_in_a_row() {
    assert_eq!(parse("{\"a\":1}\n{\"b\":2}"), [json!({"a": 1}), json!({"b": 2})]);
}

#[test]
fn half_a_block_is_nothing() {
    let block = r#"{"@type":"Product","name":"Gel","gtin13":"3665606002802","offers":{"price":"14.90"}}"#;
    for end in block.char_indices().map(|(at, _)| at) {
        assert_eq!(parse(&block[..end]), Vec::<Value>::new(), "{}", &block[..end]);
    }
}

#[test]
fn deep_nesting_is_refused() {
    for open in ["[", "{\"a\":", "[;"] {
        assert_eq!(parse(&open.repeat(100_000)), Vec::<Value>::new());
        let closed = open.repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(parse(&closed), Vec::<Value>::new());
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("\\PC{0,6}", inner), 0..5).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,80}") {
        let _ = parse(&text);
    }

    #[test]
    fn never_panics_near_json(text in "[{}\\[\\]\",:;/*<!\\\\a-c0-9.\n &-]{0,80}") {
        let _ = parse(&text);
    }

    #[test]
    fn valid_json_is_unchanged(value in any_json()) {
        prop_assert_eq!(parse(&value.to_string()), vec![value.clone()]);
        prop_assert_eq!(parse(&format!("{value:#}")), vec![value]);
    }

    #[test]
    fn mending_keeps_valid_objects(value in any_json()) {
        let object = json!({ "a": value });
        // The same object with a fault after it.
        prop_assert_eq!(parse(&format!("{object};")), vec![object]);
    }
}
