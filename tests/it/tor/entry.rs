//! The way into a network that a test can open late: a port that leads to the first relay.

use std::net::{Ipv4Addr, SocketAddrV4};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::network::Network;

pub(super) struct Entry {
    pub(super) address: SocketAddrV4,
    network: SocketAddrV4,
    /// All connections; empty while the entry is shut.
    connections: JoinSet<()>,
}

impl Entry {
    pub(super) fn shut(network: &Network) -> Self {
        let address = SocketAddrV4::new(network.spare(), free_port(network.spare()));
        Self { address, network: network.entry(), connections: JoinSet::new() }
    }

    pub(super) async fn open(&mut self) {
        let (listener, network) = (TcpListener::bind(self.address).await.unwrap(), self.network);
        self.connections.spawn(async move {
            let mut visits = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                visits.spawn(async move {
                    let mut far = TcpStream::connect(network).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
    }
}

fn free_port(address: Ipv4Addr) -> u16 {
    std::net::TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port()
}
