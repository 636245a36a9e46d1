//! The way into a network that a test can open late and cut: a port that leads to the first relay.

use std::net::{Ipv4Addr, SocketAddrV4};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::network::Network;

pub(super) struct Entry {
    pub(super) address: SocketAddrV4,
    network: SocketAddrV4,
    /// All connections; nothing while the entry is shut.
    open: Option<JoinSet<()>>,
}

impl Entry {
    pub(super) fn shut(network: &Network) -> Self {
        let address = SocketAddrV4::new(network.spare(), free_port(network.spare()));
        Self { address, network: network.entry(), open: None }
    }

    pub(super) async fn open(&mut self) {
        let (listener, network) = (TcpListener::bind(self.address).await.unwrap(), self.network);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut visits = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                visits.spawn(async move {
                    let mut far = TcpStream::connect(network).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        self.open = Some(tasks);
    }

    /// Cuts every connection; further ones are refused.
    pub(super) async fn cut(&mut self) {
        if let Some(mut tasks) = self.open.take() {
            tasks.shutdown().await;
        }
    }
}

fn free_port(address: Ipv4Addr) -> u16 {
    std::net::TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port()
}
