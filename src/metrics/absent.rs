//! The library without a server counts nothing.

use std::time::Duration;

use super::{Ended, Origin};
use crate::model::{Route, ShopName};

#[derive(Clone, Debug, Default)]
pub(crate) struct EngineMeter {}

impl EngineMeter {
    #[allow(clippy::unused_self, reason = "the twin of the one that counts")]
    pub(crate) fn request(&self, _: &ShopName, _: &Route, _: Ended, _: Duration) {}

    #[allow(clippy::unused_self, reason = "the twin of the one that counts")]
    pub(crate) fn waited(&self, _: &ShopName, _: Duration) {}

    #[allow(clippy::unused_self, reason = "the twin of the one that counts")]
    pub(crate) fn page(&self, _: Origin) {}
}
