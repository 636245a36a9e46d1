//! TLS and mTLS on the real port: both protocols, a renewal under open connections, files that cannot be used.

use std::path::{Path, PathBuf};
use std::time::Duration;

use glaneur::serve::{Settings, TlsSettings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Identity, Version};

use super::token;
use crate::house::House;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Certificate and key, in PEM; `years` from 2020 on.
    fn sign(&self, years: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2020 + years, 1, 1);
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    fn files(&self, dir: &Path, years: i32) -> TlsSettings {
        let (cert, key) = self.sign(years);
        TlsSettings { cert: file(dir, "cert.pem", &cert), key: file(dir, "key.pem", &key), client_ca: None }
    }
}

fn file(dir: &Path, name: &str, text: &str) -> PathBuf {
    std::fs::write(dir.join(name), text).unwrap();
    dir.join(name)
}

#[allow(clippy::disallowed_methods, reason = "this client speaks to the server under test")]
fn client(authority: &Authority) -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let root = Certificate::from_pem(authority.0.pem().as_bytes()).unwrap();
    reqwest::Client::builder().no_proxy().tls_certs_only([root]).timeout(Duration::from_secs(10))
}

async fn house(tls: TlsSettings) -> House {
    House::with(Settings { tls: Some(tls), ..Settings::default() }).await
}

#[tokio::test]
async fn both_protocols_are_served_on_one_port() {
    let (dir, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let house = house(authority.files(dir.path(), 60)).await;
    let url = format!("https://{}/api/jobs", house.address);
    let (modern, old) = (client(&authority).build().unwrap(), client(&authority).http1_only().build().unwrap());
    for (client, version) in [(&modern, Version::HTTP_2), (&old, Version::HTTP_11)] {
        let answer = client.get(&url).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
    }
    let health = modern.post(format!("https://{}/grpc.health.v1.Health/Check", house.address)).header("content-type", "application/grpc");
    let answer = health.body(&[0u8; 5][..]).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/grpc");
    assert_eq!(answer.bytes().await.unwrap()[5..], [8, 1], "SERVING");
    assert!(client(&Authority::new()).build().unwrap().get(&url).send().await.is_err(), "another authority's");
    assert!(old.get(url.replace("https", "http")).send().await.is_err(), "nothing is answered in the clear");
    assert!(house.drain().await < Duration::from_secs(5));
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_and_open_connections_stay() {
    let (dir, authority, next) = (tempfile::tempdir().unwrap(), Authority::new(), Authority::new());
    let house = house(authority.files(dir.path(), 60)).await;
    let url = format!("https://{}/api/health", house.address);
    let standing = client(&authority).build().unwrap();
    standing.get(&url).send().await.unwrap();
    std::fs::write(dir.path().join("cert.pem"), "half a certifi").unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    client(&authority).build().unwrap().get(&url).send().await.unwrap();
    next.files(dir.path(), 60);
    tokio::time::sleep(Duration::from_secs(3)).await;
    client(&next).build().unwrap().get(&url).send().await.unwrap();
    assert!(client(&authority).build().unwrap().get(&url).send().await.is_err(), "the old one is gone");
    standing.get(&url).send().await.unwrap();
}

#[tokio::test]
async fn a_client_certificate_is_asked_for_besides_the_token() {
    let (dir, authority, clients) = (tempfile::tempdir().unwrap(), Authority::new(), Authority::new());
    let mut files = authority.files(dir.path(), 60);
    files.client_ca = Some(file(dir.path(), "clients.pem", &clients.0.pem()));
    let house = house(files).await;
    let secret = token(house.data_dir(), "read").1;
    tokio::time::sleep(Duration::from_millis(800)).await;
    let url = format!("https://{}/api/jobs", house.address);
    let with = |authority: &Authority| {
        let (cert, key) = authority.sign(60);
        Identity::from_pem(format!("{cert}{key}").as_bytes()).unwrap()
    };
    let known = client(&authority).identity(with(&clients)).build().unwrap();
    assert_eq!(known.get(&url).bearer_auth(&secret).send().await.unwrap().status(), 200);
    assert_eq!(known.get(&url).send().await.unwrap().status(), 401, "a certificate is no token");
    let strange = client(&authority).identity(with(&Authority::new())).build().unwrap();
    assert!(strange.get(&url).bearer_auth(&secret).send().await.is_err());
    assert!(client(&authority).build().unwrap().get(&url).bearer_auth(&secret).send().await.is_err());
}

/// A client that shakes hands and says nothing, or not even that.
#[tokio::test]
async fn silence_is_bounded() {
    let (dir, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let settings =
        Settings { tls: Some(authority.files(dir.path(), 60)), first_bytes_timeout: Duration::from_millis(300), ..Settings::default() };
    let house = House::with(settings).await;
    let mut silent = tokio::net::TcpStream::connect(house.address).await.unwrap();
    let closed = tokio::io::AsyncReadExt::read_u8(&mut silent);
    assert!(tokio::time::timeout(Duration::from_secs(2), closed).await.unwrap().is_err());
}

#[test]
fn files_that_cannot_be_used_are_refused_with_their_reason() {
    let (dir, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let good = authority.files(dir.path(), 60);
    good.check().unwrap();
    let (other, _) = authority.sign(60);
    let wrong = file(dir.path(), "wrong.pem", "no PEM at all");
    let absent = dir.path().join("absent.pem");
    let expired = file(dir.path(), "expired.pem", &authority.sign(1).0);
    let other = file(dir.path(), "other.pem", &other);
    let change = |change: fn(&mut TlsSettings, PathBuf), file: &PathBuf| {
        let mut settings = good.clone();
        change(&mut settings, file.clone());
        settings.check().unwrap_err().to_string()
    };
    for (told, parts) in [
        (change(|tls, file| tls.cert = file, &absent), ["server.tls.cert: ", "absent.pem cannot be read"]),
        (change(|tls, file| tls.cert = file, &wrong), ["server.tls.cert: ", "wrong.pem holds no certificate"]),
        (change(|tls, file| tls.cert = file, &expired), ["server.tls.cert: ", "expired.pem expired at 2021-01-01T00:00:00Z"]),
        (change(|tls, file| tls.cert = file, &other), ["server.tls.key: ", "key.pem cannot be used with"]),
        (change(|tls, file| tls.key = file, &absent), ["server.tls.key: ", "absent.pem holds no key"]),
        (change(|tls, file| tls.key = file, &wrong), ["server.tls.key: ", "wrong.pem holds no key"]),
        (change(|tls, file| tls.client_ca = Some(file), &wrong), ["server.tls.client_ca: ", "wrong.pem holds no certificate"]),
    ] {
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    }
}
