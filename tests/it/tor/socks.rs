//! A plain SOCKS5 proxy, small enough to be read: it notes whom it was asked for, and leads everybody to this machine's loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const DOMAIN: u8 = 3;

pub(super) struct Socks {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Socks {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (mut tasks, notes) = (JoinSet::new(), Arc::clone(&asked));
        tasks.spawn(async move {
            let mut visits = JoinSet::new();
            while let Ok((visitor, _)) = listener.accept().await {
                visits.spawn(serve(visitor, Arc::clone(&notes)));
                while visits.try_join_next().is_some() {}
            }
        });
        Self { address, asked, _tasks: tasks }
    }

    /// `user host` of each connection; an address in place of a name is `#` and its kind.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(visitor: TcpStream, notes: Arc<Mutex<Vec<String>>>) {
    // Whoever hangs up in between wants nothing.
    let _ = lead(visitor, &notes).await;
}

async fn lead(mut visitor: TcpStream, notes: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let [_, methods] = bytes(&mut visitor).await?;
    visitor.read_exact(&mut vec![0; usize::from(methods)]).await?;
    visitor.write_all(&[5, 2]).await?;
    let [_] = bytes(&mut visitor).await?;
    let (user, _password) = (text(&mut visitor).await?, text(&mut visitor).await?);
    visitor.write_all(&[1, 0]).await?;
    let [_, _, _, kind] = bytes(&mut visitor).await?;
    let host = if kind == DOMAIN { text(&mut visitor).await? } else { format!("#{kind}") };
    notes.lock().unwrap().push(format!("{user} {host}"));
    let port = u16::from_be_bytes(bytes(&mut visitor).await?);
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    visitor.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    tokio::io::copy_bidirectional(&mut visitor, &mut server).await?;
    Ok(())
}

async fn bytes<const N: usize>(from: &mut TcpStream) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn text(from: &mut TcpStream) -> std::io::Result<String> {
    let [length] = bytes(from).await?;
    let mut text = vec![0; usize::from(length)];
    from.read_exact(&mut text).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
