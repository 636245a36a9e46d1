//! A listener on loopback of both families that nobody may reach, and how often somebody did.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(super) struct Canary {
    pub(super) port: u16,
    hosts: Vec<&'static str>,
    reached: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Canary {
    pub(super) async fn open() -> Self {
        let four = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = four.local_addr().unwrap().port();
        let mut hosts = vec!["127.0.0.1"];
        // A machine without IPv6 has no other door to watch.
        let six = TcpListener::bind(("::1", port)).await.ok();
        hosts.extend(six.as_ref().map(|_| "::1"));
        let (reached, mut tasks) = (Arc::<AtomicUsize>::default(), JoinSet::new());
        for listener in [Some(four), six].into_iter().flatten() {
            let count = reached.clone();
            tasks.spawn(async move {
                while listener.accept().await.is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { port, hosts, reached, _tasks: tasks }
    }

    /// Nobody came before this call, which comes by every door to see that each of them counts.
    pub(super) async fn assert_untouched(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(self.reached.load(Ordering::Relaxed), 0, "connections to a listener that nobody may reach");
        for (before, host) in self.hosts.iter().enumerate() {
            drop(TcpStream::connect((*host, self.port)).await.unwrap());
            let sung = async {
                while self.reached.load(Ordering::Relaxed) == before {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(5), sung).await.unwrap();
        }
    }
}
