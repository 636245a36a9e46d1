//! The room without a network: what it refuses, what it tells, what it never tells.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::DialErrorKind;
use super::*;

/// A Tor whose network is a port where nobody listens.
fn nowhere(directory: &tempfile::TempDir, timeout: Duration) -> Settings {
    let file = directory.path().join("network.toml");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (rsa, ed25519) = ("ab".repeat(20), "cd".repeat(32));
    let text = format!(
        "authorities = [\"{rsa}\"]\ntrust_every_user = true\n[[fallbacks]]\nrsa = \"{rsa}\"\ned25519 = \"{ed25519}\"\naddresses = [\"{port}\"]\n"
    );
    std::fs::write(&file, text).unwrap();
    Settings { network: Some(file), bootstrap_timeout: timeout, ..Settings::default() }
}

/// The reply code of the front to a CONNECT.
async fn reply(proxy: &Url, host: &str) -> u8 {
    let mut stream = TcpStream::connect((proxy.host_str().unwrap(), proxy.port().unwrap())).await.unwrap();
    let (name, password) = (proxy.username().as_bytes(), proxy.password().unwrap().as_bytes());
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let target = [&[5, 1, 0, 3, length(host.as_bytes())], host.as_bytes(), &[0, 80]].concat();
    stream.write_all(&[&[5, 1, 2, 1, length(name)], name, &[length(password)], password, &target].concat()).await.unwrap();
    let mut told = [0; 14];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(told[..4], [5, 2, 1, 0]);
    told[5]
}

#[tokio::test]
async fn a_network_that_does_not_answer_is_a_typed_failure_within_the_deadline() {
    let directory = tempfile::tempdir().unwrap();
    let settings = nowhere(&directory, Duration::from_secs(3));
    let tor = Tor::launch(&settings, &directory.path().join("tor")).unwrap();

    // Whoever does not wait is told at once.
    assert_eq!(reply(&tor.proxy("early"), "shop.test").await, 3);
    assert_eq!(tor.why("early").unwrap().kind, DialErrorKind::TorDown);

    let since = Instant::now();
    let reason = tor.ready().await.unwrap_err();
    // After half a minute without any connection it would be called offline.
    assert!(matches!(reason, NotReady::Timeout { seconds: 3, percent: 0, .. }), "{reason:?}");
    assert!(since.elapsed() < Duration::from_secs(5));
    assert!(reason.to_string().contains("connecting to the internet"), "{reason}");

    // The same answer comes at once; the next try is for later.
    let since = Instant::now();
    assert_eq!(tor.ready().await, Err(reason.clone()));
    assert!(since.elapsed() < Duration::from_millis(500));
    let progress = tor.progress().borrow().clone();
    assert!(matches!(progress.state, State::Failed { reason: told, .. } if told == reason), "{:?}", tor.progress());

    assert_eq!(reply(&tor.proxy("late"), "shop.test").await, 3);
    assert_eq!(tor.why("late").unwrap().kind, DialErrorKind::TorDown);
    tor.close().await;
}

#[tokio::test]
async fn nobody_is_served_without_the_password() {
    let directory = tempfile::tempdir().unwrap();
    let tor = Tor::launch(&nowhere(&directory, Duration::from_secs(60)), &directory.path().join("tor")).unwrap();
    let mut wrong = tor.proxy("a");
    wrong.set_password(Some("0123456789abcdef")).unwrap();
    assert_eq!(reply(&wrong, "shop.test").await, 2);
    assert_eq!(tor.why("a"), None, "who is sent away has no identity");
    assert_eq!(reply(&tor.proxy("a"), "shop.test").await, 3);
    assert_eq!(tor.why("a").unwrap().target, "shop.test:80");
    tor.forget("a");
    assert_eq!(tor.why("a"), None);
    tor.close().await;
}

#[tokio::test]
async fn the_password_is_in_the_url_and_nowhere_else() {
    let directory = tempfile::tempdir().unwrap();
    let settings = nowhere(&directory, Duration::from_secs(60));
    let tor = Tor::launch(&settings, &directory.path().join("tor")).unwrap();
    let proxy = tor.proxy("cocooncenter:1/é");
    assert_eq!(proxy.scheme(), "socks5h");
    assert_eq!(proxy.host_str(), Some("127.0.0.1"));
    assert_eq!(proxy.username(), "cocooncenter%3A1%2F%C3%A9");
    let password = proxy.password().unwrap().to_owned();
    assert_eq!(password.len(), 48);
    assert!(!format!("{tor:?}").contains(&password), "{tor:?}");

    let other = tempfile::tempdir().unwrap();
    let second = Tor::launch(&nowhere(&other, Duration::from_secs(60)), &other.path().join("tor")).unwrap();
    assert_ne!(second.proxy("a").password(), Some(&*password));

    // It ends with the last clone.
    let (kept, port) = (tor.clone(), proxy.port().unwrap());
    drop(tor);
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    drop(kept);
    let closed = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), closed).await.unwrap();
    second.close().await;
}

#[tokio::test]
async fn settings_that_cannot_be_followed_are_refused_at_the_launch() {
    let directory = tempfile::tempdir().unwrap();
    let launch = |settings: &Settings| Tor::launch(settings, &directory.path().join("tor")).map(drop).unwrap_err();
    let network = |text: &str| {
        let file = directory.path().join(format!("{}.toml", text.len()));
        std::fs::write(&file, text).unwrap();
        Settings { network: Some(file), ..Settings::default() }
    };
    for (settings, words) in [
        (Settings { network: Some(PathBuf::from("/nowhere.toml")), ..Settings::default() }, "/nowhere.toml: No such file"),
        (network("authorities = []\nfallbacks = []\nauthority = 1"), "unknown field `authority`"),
        (network("authorities = [\"abc\"]\nfallbacks = []"), "is not made of 40 hexadecimal digits"),
        (network(&format!("authorities = [\"{}\"]\nfallbacks = []", "+a".repeat(20))), "is not made of 40 hexadecimal digits"),
        #[cfg(not(feature = "tor-country"))]
        (Settings { exit_country: Some("fr".parse().unwrap()), ..Settings::default() }, "build with --features tor-country"),
    ] {
        let error = launch(&settings);
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.to_string().contains(words) && error.argument().is_some(), "{error}");
    }
}
