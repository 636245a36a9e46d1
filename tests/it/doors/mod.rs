//! Who may call: tokens, hosts, TLS, and secrets that stay where they belong.

mod canary;
mod hosts;
mod tls;
mod tokens;

use glaneur::access::{Scopes, Store};
use glaneur::serve::proto::job_service_client::JobServiceClient;
use tonic::Request;
use tonic::transport::Channel;

/// A token in this directory: its id and its text.
fn token(data_dir: &std::path::Path, scopes: &str) -> (String, String) {
    let (token, secret) = Store::new(data_dir).create(scopes, Scopes::parse(scopes).unwrap(), None).unwrap();
    (token.id.to_string(), secret.expose().to_owned())
}

fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

async fn jobs(url: &str) -> JobServiceClient<Channel> {
    JobServiceClient::new(Channel::from_shared(url.to_owned()).unwrap().connect().await.unwrap())
}
