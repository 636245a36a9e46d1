//! A shop's doors at the exits: its own port on the address that each exit's name server gives for it. Who comes through which door
//! is counted, so that a test sees the exit. A visitor is an exit's when the exit's process owns the other end of the connection: on
//! loopback relays do not keep to the address that they are told to connect from. Whoever else comes did so without Tor.

use std::net::{SocketAddr, SocketAddrV4};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use super::network::{EXITS, Network};

/// The system's table may miss a line while others come and go.
const LOOKS: usize = 5;

pub(crate) struct Doorway {
    port: u16,
    counts: Arc<Counts>,
    _doors: JoinSet<()>,
}

#[derive(Default)]
struct Counts {
    by_exit: [AtomicU64; EXITS],
    elsewhere: AtomicU64,
    /// The door that answers 403 to everybody; none by default.
    refused: AtomicUsize,
}

impl Doorway {
    /// Opens the doors of a server that listens on loopback.
    pub(crate) async fn open(network: &Network, server: &Url) -> Self {
        let behind = SocketAddr::new(server.host_str().unwrap().parse().unwrap(), server.port().unwrap());
        let (port, mut listeners) = (behind.port(), Vec::new());
        for address in network.doorways() {
            listeners.push(TcpListener::bind((address, port)).await.unwrap());
        }
        let counts = Arc::new(Counts { refused: AtomicUsize::new(usize::MAX), ..Counts::default() });
        let mut doors = JoinSet::new();
        for (n, listener) in listeners.into_iter().enumerate() {
            let (counts, exit) = (Arc::clone(&counts), network.exits()[n]);
            doors.spawn(async move {
                let mut visits = JoinSet::new();
                while let Ok((visitor, from)) = listener.accept().await {
                    visits.spawn(receive(Arc::clone(&counts), n, exit, visitor, from, behind));
                    while visits.try_join_next().is_some() {}
                }
            });
        }
        Self { port, counts, _doors: doors }
    }

    /// The server under a name that only the exits can resolve.
    pub(crate) fn url(&self, host: &str) -> Url {
        Url::parse(&format!("http://{host}:{}/", self.port)).unwrap()
    }

    /// The server at the first door itself, for those who need no name server; they come from elsewhere.
    pub(crate) fn clear_url(&self, network: &Network) -> Url {
        Url::parse(&format!("http://{}:{}/", network.doorways()[0], self.port)).unwrap()
    }

    /// From now on the shop does not like who comes through this door.
    pub(crate) fn refuse(&self, exit: usize) {
        self.counts.refused.store(exit, Ordering::Relaxed);
    }

    /// Connections that came through each exit's door.
    pub(crate) fn by_exit(&self) -> [u64; EXITS] {
        [0, 1, 2].map(|n| self.counts.by_exit[n].load(Ordering::Relaxed))
    }

    /// Connections that did not come from the door's exit: without Tor.
    pub(crate) fn elsewhere(&self) -> u64 {
        self.counts.elsewhere.load(Ordering::Relaxed)
    }
}

/// A visitor is counted before he is led in: whoever has an answer was counted.
async fn receive(counts: Arc<Counts>, n: usize, exit: Option<u32>, visitor: TcpStream, from: SocketAddr, behind: SocketAddr) {
    let (SocketAddr::V4(from), SocketAddr::V4(door)) = (from, visitor.local_addr().unwrap()) else { panic!("{from} is no IPv4 address") };
    match who(exit, from, door).await {
        Visitor::Gone => return,
        Visitor::Exit => counts.by_exit[n].fetch_add(1, Ordering::Relaxed),
        Visitor::Elsewhere => counts.elsewhere.fetch_add(1, Ordering::Relaxed),
    };
    if counts.refused.load(Ordering::Relaxed) == n {
        refuse(visitor).await;
    } else {
        lead(visitor, behind).await;
    }
}

enum Visitor {
    Exit,
    /// Nobody holds the other end any more: he hung up, or his process was killed. He gets nothing.
    Gone,
    Elsewhere,
}

async fn who(exit: Option<u32>, from: SocketAddrV4, door: SocketAddrV4) -> Visitor {
    for _ in 0..LOOKS {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        match inode(&table, from, door) {
            Some(inode) if exit.is_some_and(|exit| owns(exit, inode)) => return Visitor::Exit,
            Some("0") | None => tokio::time::sleep(Duration::from_millis(2)).await,
            Some(_) => return Visitor::Elsewhere,
        }
    }
    Visitor::Gone
}

/// Answers each connection's first request, and hangs up.
async fn refuse(mut visitor: TcpStream) {
    const ANSWER: &[u8] = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    // Who hangs up first wants no answer.
    let _ = visitor.read(&mut [0; 4096]).await;
    let _ = visitor.write_all(ANSWER).await;
}

async fn lead(mut visitor: TcpStream, behind: SocketAddr) {
    let Ok(mut server) = TcpStream::connect(behind).await else { return };
    // Either side may hang up.
    let _ = tokio::io::copy_bidirectional(&mut visitor, &mut server).await;
}

/// Whether the process has this socket open.
fn owns(process: u32, inode: &str) -> bool {
    let socket = format!("socket:[{inode}]");
    let Ok(files) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|target| target == Path::new(&socket)))
}

/// Lines of the table are `number: local remote state ... inode`, addresses as hexadecimal numbers in the machine's byte order. Both
/// ends count: the system gives the same port to connections that lead elsewhere.
fn inode(table: &str, from: SocketAddrV4, door: SocketAddrV4) -> Option<&str> {
    let [local, remote] = [from, door].map(|address| format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port()));
    let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.find(|words| words.get(1) == Some(&&*local) && words.get(2) == Some(&&*remote))?.get(9).copied()
}
