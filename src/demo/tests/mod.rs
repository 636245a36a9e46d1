//! The demo shops and the receiver over real sockets: each address, trap and fault that others rely on.
//!
//! Raw HTTP/1.1 on purpose: no client of ours stands between the test and the bytes.

use scraper::{Html, Selector};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::*;

mod faults;
mod pages;
mod receiver;

const AJAX: (&str, &str) = ("X-Requested-With", "XMLHttpRequest");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().filter_map(|line| line.split_once(": ")).find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
    fn texts(&self, selector: &str) -> Vec<String> {
        let page = Html::parse_document(&self.body);
        page.select(&Selector::parse(selector).unwrap()).map(|element| element.text().collect::<String>().trim().to_owned()).collect()
    }
    /// The JSON-LD blocks that a strict parser reads, and how many it does not.
    fn json_ld(&self) -> (Vec<Value>, usize) {
        let blocks: Vec<_> = self.texts("script[type='application/ld+json']").iter().map(|text| serde_json::from_str(text)).collect();
        let bad = blocks.iter().filter(|block: &&Result<Value, _>| block.is_err()).count();
        (blocks.into_iter().flatten().collect(), bad)
    }
    fn product(&self) -> Value {
        let (blocks, _) = self.json_ld();
        blocks.into_iter().find(|block| block["@type"].as_str().is_some_and(|kind| kind.starts_with("Product"))).unwrap()
    }
}

/// Nothing came back at all.
#[derive(Debug)]
struct NoAnswer;

async fn send(origin: &Url, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Reply, NoAnswer> {
    let address = origin.socket_addrs(|| None).unwrap()[0];
    let mut stream = TcpStream::connect(address).await.map_err(|_| NoAnswer)?;
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\nContent-Length: {}\r\n{lines}\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.map_err(|_| NoAnswer)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map_err(|_| NoAnswer)?;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(NoAnswer)?;
    Ok(Reply { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.to_owned() })
}

async fn get(origin: &Url, path: &str) -> Reply {
    send(origin, "GET", path, &[], "").await.unwrap()
}

async fn shops() -> DemoShops {
    DemoShops::start(Behaviour::immediate()).await.unwrap()
}
