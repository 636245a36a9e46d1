//! Every door on one port: gRPC and HTTP. Each translates and calls jobs; prost types never leave this room.
//!
//! The way of a request: [`Server`] accepts the connection, `connection` owns it, `gate` says who calls and whether he may, as `policy`
//! has it, `http` or `grpc` reads the request, `intake` turns it
//! into a job, [`crate::jobs`] does the rest, and the answer is a reading of the journal. What goes wrong becomes a `Fault`, which
//! knows its HTTP status and its gRPC code.

mod certificate;
mod connection;
mod cursor;
mod fault;
mod gate;
mod grpc;
mod hosts;
mod http;
mod intake;
mod policy;
pub mod proto;
mod routes;
mod server;
mod settings;
mod tls;

pub use http::{ROUTES, Route};
pub use server::Server;
pub use settings::{DEEPEST_JSON, LEAST_HEAD, LONGEST_UNREADY, Settings};
pub use tls::TlsSettings;

/// An address for anybody's eyes: without its query, where n8n's resume addresses carry a signature, and without a password.
pub fn shown(url: &url::Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Refused only for addresses that cannot have one.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.into()
}
