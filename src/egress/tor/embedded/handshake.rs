//! The first words of a connection to the front: who calls, with which password, and where to. SOCKS5 with user name and password,
//! CONNECT only; names are passed on as they are, unresolved.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tor_socksproto::{Buffer, Handshake, NextStep, SocksAuth, SocksCmd, SocksProxyHandshake, SocksRequest, SocksStatus, SocksVersion};

use super::super::DialErrorKind;
use super::secret::Secret;

/// None of the offered ways to authenticate is ours (RFC 1928, section 3).
const NO_METHOD: [u8; 2] = [5, 0xff];

/// A caller who may use the front, and what he wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) identity: String,
    pub(super) host: String,
    pub(super) port: u16,
}

/// A caller who is sent away.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("the caller does not speak SOCKS5: {0}")]
    Protocol(#[from] tor_socksproto::Error),
    #[error("the caller has no password, or a wrong one")]
    Password,
    #[error("the caller's user name is empty or no UTF-8")]
    Name,
    #[error("the caller left: {0}")]
    Left(#[from] std::io::Error),
}

/// Reads a caller's request; whoever is refused has been told so when this returns.
pub(super) async fn receive<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, secret: &Secret) -> Result<Call, Refused> {
    let request = request(stream).await?;
    match admit(&request, secret) {
        Ok(call) => Ok(call),
        Err(refused) => {
            answer(stream, SocksStatus::NOT_ALLOWED).await?;
            Err(refused)
        }
    }
}

/// The answer to the request itself. The address in it is left empty: a CONNECT has no use for it.
pub(super) async fn answer<S: AsyncWrite + Unpin>(stream: &mut S, status: SocksStatus) -> std::io::Result<()> {
    stream.write_all(&[5, status.into(), 0, 1, 0, 0, 0, 0, 0, 0]).await
}

/// The nearest word that SOCKS has.
pub(super) fn status(kind: DialErrorKind) -> SocksStatus {
    match kind {
        DialErrorKind::ForbiddenTarget | DialErrorKind::ExitPolicy => SocksStatus::NOT_ALLOWED,
        DialErrorKind::Refused => SocksStatus::CONNECTION_REFUSED,
        DialErrorKind::NoSuchHost | DialErrorKind::Unreachable => SocksStatus::HOST_UNREACHABLE,
        DialErrorKind::Timeout => SocksStatus::TTL_EXPIRED,
        DialErrorKind::TorDown | DialErrorKind::NoExit => SocksStatus::NETWORK_UNREACHABLE,
        DialErrorKind::Circuit | DialErrorKind::Internal => SocksStatus::GENERAL_FAILURE,
    }
}

async fn request<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<SocksRequest, Refused> {
    let mut handshake = SocksProxyHandshake::new();
    let mut buffer: Buffer = Buffer::new();
    let mut answered = 0;
    loop {
        match handshake.step(&mut buffer) {
            Ok(NextStep::Recv(mut wanted)) => {
                let count = stream.read(wanted.buf()).await?;
                wanted.note_received(count)?;
            }
            Ok(NextStep::Send(bytes)) => {
                stream.write_all(&bytes).await?;
                answered += 1;
            }
            Ok(NextStep::Finished(finished)) => return Ok(finished.into_output_forbid_pipelining()?),
            Err(error) => {
                if matches!(error, tor_socksproto::Error::NotImplemented(_)) {
                    unsupported(stream, answered).await?;
                }
                return Err(error.into());
            }
        }
    }
}

/// Before the first answer it is the methods that are unknown, afterwards the command.
async fn unsupported<S: AsyncWrite + Unpin>(stream: &mut S, answered: usize) -> std::io::Result<()> {
    match answered {
        0 => stream.write_all(&NO_METHOD).await,
        _ => answer(stream, SocksStatus::COMMAND_NOT_SUPPORTED).await,
    }
}

fn admit(request: &SocksRequest, secret: &Secret) -> Result<Call, Refused> {
    let (SocksVersion::V5, SocksAuth::Username(name, password)) = (request.version(), request.auth()) else {
        return Err(Refused::Password);
    };
    if !secret.is(password) {
        return Err(Refused::Password);
    }
    if request.command() != SocksCmd::CONNECT {
        return Err(tor_socksproto::Error::NotImplemented("anything but CONNECT".into()).into());
    }
    let identity = String::from_utf8(name.clone()).ok().filter(|name| !name.is_empty()).ok_or(Refused::Name)?;
    Ok(Call { identity, host: request.addr().to_string(), port: request.port() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHODS: [u8; 3] = [5, 1, 2];

    /// What the front makes of these bytes, and what it answered; the caller hangs up after them.
    async fn talk(bytes: &[u8], secret: &Secret) -> (Result<Call, Refused>, Vec<u8>) {
        let (mut caller, mut front) = tokio::io::duplex(4096);
        caller.write_all(bytes).await.unwrap();
        caller.shutdown().await.unwrap();
        let outcome = receive(&mut front, secret).await;
        drop(front);
        let mut told = Vec::new();
        caller.read_to_end(&mut told).await.unwrap();
        (outcome, told)
    }

    fn credentials(name: &[u8], password: &[u8]) -> Vec<u8> {
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
        [&[1, length(name)], name, &[length(password)], password].concat()
    }

    fn connect(host: &[u8]) -> Vec<u8> {
        [&[5, 1, 0, 3, u8::try_from(host.len()).unwrap()], host, &[0, 80]].concat()
    }

    #[tokio::test]
    async fn whoever_has_the_password_says_where_to() {
        let secret = Secret::random().unwrap();
        let password = secret.expose().as_bytes();
        let long = "n".repeat(255);
        let host = format!("{}.test", "h".repeat(250));
        let six = [&[5, 1, 0, 4][..], &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &[1, 0xbb]].concat();
        for (name, request, wanted, port) in [
            ("shop:1", connect(b"shop.test"), "shop.test", 80),
            (&long, connect(host.as_bytes()), &host, 80),
            ("identité", vec![5, 1, 0, 1, 203, 0, 113, 7, 0, 80], "203.0.113.7", 80),
            ("six", six, "2001:db8::1", 443),
        ] {
            let bytes = [&METHODS[..], &credentials(name.as_bytes(), password), &request].concat();
            let (outcome, told) = talk(&bytes, &secret).await;
            assert_eq!(outcome.unwrap(), Call { identity: name.to_owned(), host: wanted.to_owned(), port });
            assert_eq!(told, [5, 2, 1, 0], "the request itself is answered after the dial");
        }
    }

    #[tokio::test]
    async fn everybody_else_is_sent_away() {
        let secret = Secret::random().unwrap();
        let password = secret.expose().as_bytes();
        let right = credentials(b"a", password);
        let with = |credentials: &[u8], request: &[u8]| [&METHODS[..], credentials, request].concat();
        let refused = |code: u8| [5, 2, 1, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0].to_vec();
        for (what, bytes, told) in [
            ("nothing", vec![], vec![]),
            ("a bad version", vec![6, 1, 2], vec![]),
            ("HTTP", b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![]),
            ("SOCKS4", [&[4, 1, 0, 80, 203, 0, 113, 7][..], b"a\0"].concat(), vec![5, 2, 0, 1, 0, 0, 0, 0, 0, 0]),
            ("no method that we have", vec![5, 2, 1, 0x80], vec![5, 0xff]),
            ("no methods at all", vec![5, 0], vec![5, 0xff]),
            ("no password", [&[5, 1, 0][..], &connect(b"shop.test")].concat(), [&[5, 0][..], &refused(2)[4..]].concat()),
            ("a wrong password", with(&credentials(b"a", b"wrong"), &connect(b"shop.test")), refused(2)),
            ("an empty password", with(&credentials(b"a", b""), &connect(b"shop.test")), refused(2)),
            ("half of the password", with(&credentials(b"a", &password[..20]), &connect(b"shop.test")), refused(2)),
            ("an empty name", with(&credentials(b"", password), &connect(b"shop.test")), refused(2)),
            ("a name that is no text", with(&credentials(b"\xff\xfe", password), &connect(b"shop.test")), refused(2)),
            ("BIND", with(&right, &[5, 2, 0, 1, 203, 0, 113, 7, 0, 80]), refused(7)),
            ("UDP", with(&right, &[5, 3, 0, 1, 203, 0, 113, 7, 0, 80]), refused(7)),
            ("RESOLVE", with(&right, &[5, 0xf0, 0, 3, 1, b'a', 0, 0]), refused(2)),
            ("a bad kind of address", with(&right, &[5, 1, 0, 9, 203, 0, 113, 7, 0, 80]), vec![5, 2, 1, 0]),
            ("a name cut short", with(&right, &[5, 1, 0, 3, 200, b'a', b'b']), vec![5, 2, 1, 0]),
            ("credentials cut short", with(&right[..5], &[]), vec![5, 2]),
            ("words before the answer", [with(&right, &connect(b"shop.test")), b"GET /".to_vec()].concat(), vec![5, 2, 1, 0]),
        ] {
            let (outcome, said) = talk(&bytes, &secret).await;
            let error = outcome.expect_err(what);
            assert_eq!(said, told, "{what}");
            assert!(!error.to_string().contains(secret.expose()) && !format!("{error:?}").contains(secret.expose()), "{what}");
        }
    }
}
