//! Our settings in arti's words. Only by calls: arti ignores a misspelt key of a file in silence.

use std::path::Path;

use arti_client::TorClientConfig;
use arti_client::config::TorClientConfigBuilder;

use super::super::Settings;
use super::network::Network;
use crate::error::{Error, ErrorKind};

pub(super) fn client(settings: &Settings, default_dir: &Path) -> Result<TorClientConfig, Error> {
    let directory = settings.state_dir.as_deref().unwrap_or(default_dir);
    let mut builder = TorClientConfigBuilder::from_directories(directory.join("state"), directory.join("cache"));
    if let Some(file) = &settings.network {
        Network::read(file)?.describe(&mut builder);
    }
    builder.build().map_err(|error| {
        let field = if settings.network.is_some() { "egress.tor.network" } else { "egress.tor" };
        Error::new(ErrorKind::Configuration, format!("Tor cannot be set up: {error}")).field(field).because(error)
    })
}
