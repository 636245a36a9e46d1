//! Names that lead where nothing may go, by an answer of the resolver that a test wrote.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;
use crate::egress::guard::{Listed, Names};

/// A listener on loopback of both families that nobody may reach, and how often somebody did.
struct Canary {
    port: u16,
    reached: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Canary {
    async fn open() -> Self {
        let four = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = four.local_addr().unwrap().port();
        // Without IPv6, or where somebody has the port, the other family watches alone.
        let six = TcpListener::bind(("::1", port)).await.ok();
        let (reached, mut task) = (Arc::<AtomicUsize>::default(), JoinSet::new());
        for listener in [Some(four), six].into_iter().flatten() {
            let count = reached.clone();
            task.spawn(async move {
                while listener.accept().await.is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { port, reached, _task: task }
    }

    /// How often it was touched before this call, which touches it.
    async fn reached(&self) -> usize {
        let before = self.reached.load(Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)).await.unwrap());
        while self.reached.load(Ordering::Relaxed) == before {
            tokio::task::yield_now().await;
        }
        self.reached.load(Ordering::Relaxed) - 1
    }
}

/// The first word of each is the address that the refusal must name.
const TRICKS: [(&str, &[&str]); 12] = [
    ("127.0.0.1.nip.io", &["127.0.0.1"]),
    ("7f000001.nip.io", &["127.0.0.1"]),
    ("localtest.me", &["::1"]),
    ("all.test", &["0.0.0.0"]),
    ("metadata.google.internal", &["169.254.169.254"]),
    ("mixed.test", &["127.0.0.1", "93.184.216.34"]),
    ("mixed-the-other-way.test", &["10.0.0.1", "93.184.216.34"]),
    ("mixed-six.test", &["::1", "2606:2800:220:1::1"]),
    ("mapped.test", &["::ffff:127.0.0.1"]),
    ("nat64.test", &["64:ff9b::7f00:1"]),
    ("sixtofour.test", &["2002:7f00:1::"]),
    ("azure.test", &["168.63.129.16"]),
];

fn listed() -> (Arc<Listed>, Settings) {
    let mut answers: Vec<(String, Vec<&str>)> = TRICKS.iter().map(|(name, answer)| ((*name).to_owned(), answer.to_vec())).collect();
    // The public address first: one that is tried in order would be dialled first.
    answers[6].1.reverse();
    answers.push(("shop.test".to_owned(), vec![OPEN]));
    let listed = Listed::new(answers.into_iter().map(|(name, answer)| (name, vec![answer])));
    (listed.clone(), Settings { names: Names::Listed(listed), ..settings() })
}

fn refused_by_address<T>(outcome: Result<T, FetchError>, name: &str, expected: &str) {
    let error = outcome.map(drop).expect_err(name);
    let told = error.to_string();
    assert!(matches!(&error, FetchError::Private { address, .. } if address.to_string() == expected), "{name}: {error:?}");
    assert!(told.contains(expected) && told.contains(&format!("allow_private = [\"{name}\"]")), "{told}");
    assert!(!error.is_transient(), "{told}");
}

#[tokio::test]
async fn no_name_leads_to_a_private_address_by_any_way_out() {
    let canary = Canary::open().await;
    let (_, settings) = listed();
    let egress = egress(&settings);
    let identity = identity(&egress).await;
    for (name, answer) in TRICKS {
        let url = Url::parse(&format!("http://{name}:{}/a.png", canary.port)).unwrap();
        refused_by_address(ask(&egress, &Request::get(url.clone())).await, name, answer[0]);
        refused_by_address(egress.fetch_stretch(&identity, &url, 0..100).await, name, answer[0]);
        let location = format!("HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n");
        let detour = Wire::saying(location).await;
        let by_name = Url::parse(&format!("http://shop.test:{}/", detour.address.port())).unwrap();
        refused_by_address(ask(&egress, &Request::get(by_name)).await, name, answer[0]);
        #[cfg(feature = "server")]
        {
            let post = crate::egress::Post {
                url,
                headers: Vec::new(),
                body: Vec::new(),
                timeout: std::time::Duration::from_secs(5),
                max_answer: 10,
            };
            refused_by_address(egress.post(&post).await, name, answer[0]);
        }
    }
    assert_eq!(canary.reached().await, 0);
}

/// What was checked is what is dialled: one look-up per connection, and a later answer is checked as the first one was.
#[tokio::test]
async fn a_name_that_changes_its_mind_is_refused_when_it_does() {
    let canary = Canary::open().await;
    let page = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok".to_vec();
    let listener = TcpListener::bind((OPEN, canary.port)).await.unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (mut stream, _) = head(stream).await;
            stream.write_all(&page).await.unwrap();
        }
    });
    let listed = Listed::new([("rebind.test".to_owned(), vec![vec![OPEN], vec!["127.0.0.1"]])]);
    let egress = egress(&Settings { names: Names::Listed(listed.clone()), ..settings() });
    let request = Request::get(Url::parse(&format!("http://rebind.test:{}/", canary.port)).unwrap());
    assert_eq!(ask(&egress, &request).await.unwrap().text, "ok");
    assert_eq!(listed.asked(), ["rebind.test"]);
    refused_by_address(ask(&egress, &request).await, "rebind.test", "127.0.0.1");
    assert_eq!(listed.asked().len(), 2);
    assert_eq!(canary.reached().await, 0);
}

/// Opened by the operator, but ours: by address, and by a name that the operator opened too.
#[cfg(feature = "server")]
#[tokio::test]
async fn a_port_of_ours_is_reached_by_no_way_out() {
    let canary = Canary::open().await;
    let listed = Listed::new([("inside.test".to_owned(), vec![vec!["127.0.0.1"]])]);
    let allow_private = ["127.0.0.1", "::1", "inside.test"].into_iter().collect();
    let egress = Egress::new(&Settings { allow_private, names: Names::Listed(listed), ..settings() }, &["127.0.0.1".to_owned()]).unwrap();
    for own in ["127.0.0.1", "::1"] {
        egress.add_listener(SocketAddr::new(own.parse().unwrap(), canary.port));
    }
    let identity = identity(&egress).await;
    for host in ["127.0.0.1", "inside.test", "[::1]", "0x7f.1"] {
        let url = Url::parse(&format!("http://{host}:{}/api/scrape", canary.port)).unwrap();
        let post = crate::egress::Post {
            url: url.clone(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: std::time::Duration::from_secs(5),
            max_answer: 10,
        };
        for outcome in [
            ask(&egress, &Request::get(url.clone())).await.map(drop),
            egress.fetch_stretch(&identity, &url, 0..9).await.map(drop),
            egress.post(&post).await.map(drop),
        ] {
            assert!(matches!(&outcome, Err(FetchError::Own { host }) if host.contains(&canary.port.to_string())), "{host}: {outcome:?}");
        }
    }
    assert_eq!(canary.reached().await, 0);
}
