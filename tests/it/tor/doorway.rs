//! A shop's doors at the exits: its own port on the address that each exit's name server gives for it. Who comes through which door
//! is counted, so that a test sees the exit. A visitor is an exit's when the exit's process owns the other end of the connection: on
//! loopback relays do not keep to the address that they are told to connect from. Whoever else comes did so without Tor.

use std::net::{SocketAddr, SocketAddrV4};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use super::network::{EXITS, Network};

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
                    let is_exits = matches!((exit, from), (Some(exit), SocketAddr::V4(from)) if owns(exit, from));
                    let count = if is_exits { &counts.by_exit[n] } else { &counts.elsewhere };
                    count.fetch_add(1, Ordering::Relaxed);
                    if counts.refused.load(Ordering::Relaxed) == n {
                        visits.spawn(refuse(visitor));
                    } else {
                        visits.spawn(lead(visitor, behind));
                    }
                    while visits.try_join_next().is_some() {}
                }
            });
        }
        Self { port, counts, _doors: doors }
    }

    /// The server under a name that only the exits can resolve.
    pub(crate) fn url(&self, name: &str) -> Url {
        Url::parse(&format!("http://{name}.test:{}/", self.port)).unwrap()
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

/// Whether the process has the socket that is bound to this address. The visitor waits for our answer meanwhile, so it is still open.
fn owns(process: u32, address: SocketAddrV4) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let Some(inode) = inode(&table, address) else { return false };
    let socket = format!("socket:[{inode}]");
    let Ok(files) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|target| target == Path::new(&socket)))
}

/// Lines of the table are `number: local remote state ... inode`, addresses as hexadecimal numbers in the machine's byte order.
fn inode(table: &str, address: SocketAddrV4) -> Option<&str> {
    let local = format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port());
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).find(|words| words.get(1) == Some(&&*local))?.get(9).copied()
}
