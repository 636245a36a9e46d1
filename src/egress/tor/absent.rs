//! The twin of `embedded` in a build without the feature `tor`: it can be named, but it does not exist.

use std::convert::Infallible;
use std::path::Path;

use tokio::sync::watch;
use url::Url;

use super::{DialError, NotReady, Progress, Settings};
use crate::error::{Error, ErrorKind};

/// Tor, which this build does not have: there is no value of this type.
#[derive(Clone, Debug)]
pub struct Tor(Infallible);

impl Tor {
    /// # Errors
    /// Always: this build has no Tor.
    pub fn launch(_settings: &Settings, _default_dir: &Path) -> Result<Self, Error> {
        Err(Error::new(ErrorKind::Configuration, "this build has no Tor; build with --features tor or use a socks5h:// route"))
    }

    pub fn progress(&self) -> watch::Receiver<Progress> {
        match self.0 {}
    }

    #[allow(clippy::unused_async, reason = "the twin waits")]
    pub async fn ready(&self) -> Result<(), NotReady> {
        match self.0 {}
    }

    pub fn proxy(&self, _identity: &str) -> Url {
        match self.0 {}
    }

    pub fn why(&self, _identity: &str) -> Option<DialError> {
        match self.0 {}
    }

    pub fn forget(&self, _identity: &str) {
        match self.0 {}
    }

    #[allow(clippy::unused_async, reason = "the twin waits")]
    pub async fn close(self) {
        match self.0 {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_launch_says_what_to_do_instead() {
        let error = Tor::launch(&Settings::default(), Path::new("nowhere")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.to_string(), "this build has no Tor; build with --features tor or use a socks5h:// route");
    }
}
