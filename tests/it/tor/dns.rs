//! The name server of one exit: every name under `test` is the exit's own doorway, and no other name exists.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const HEADER: usize = 12;
const A: [u8; 2] = [0, 1];
const NO_SUCH_NAME: u8 = 3;

/// It lives as long as the program: relays ask it from outside, and a thread that waits for them costs nothing.
pub(super) struct NameServer {
    pub(super) address: SocketAddrV4,
    asked: Arc<AtomicU64>,
}

impl NameServer {
    pub(super) fn start(ip: Ipv4Addr, answer: Ipv4Addr) -> io::Result<Self> {
        let socket = UdpSocket::bind((ip, 0))?;
        let address = SocketAddrV4::new(ip, socket.local_addr()?.port());
        let asked = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&asked);
        thread::Builder::new().name(format!("dns {ip}")).spawn(move || {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                count.fetch_add(1, Ordering::Relaxed);
                if let Some(reply) = reply(&query[..length], answer) {
                    // Whoever does not get it asks again.
                    let _ = socket.send_to(&reply, from);
                }
            }
        })?;
        Ok(Self { address, asked })
    }

    /// Questions since the start.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

/// The answer to a query with one question, which is repeated as it came: resolvers mix upper and lower case to know their own.
fn reply(query: &[u8], answer: Ipv4Addr) -> Option<Vec<u8>> {
    let end = question_end(query)?;
    let question = &query[HEADER..end];
    let under_test = question.to_ascii_lowercase().windows(6).any(|bytes| bytes == b"\x04test\0");
    let is_a = question[question.len() - 4..question.len() - 2] == A;
    let (code, answers) = (if under_test { 0 } else { NO_SUCH_NAME }, u8::from(under_test && is_a));
    let mut reply = [&query[..2], &[0x85, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0], question].concat();
    if answers == 1 {
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend(answer.octets());
    }
    Some(reply)
}

fn question_end(query: &[u8]) -> Option<usize> {
    let mut at = HEADER;
    while *query.get(at)? != 0 {
        at += 1 + usize::from(query[at]);
    }
    let end = at + 5;
    (query.len() >= end).then_some(end)
}
