//! Who does the work of an item: the engine, or in tests of this room a script.

use std::pin::Pin;
use std::time::Duration;

use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::model::{Event, Item, RouteWish, ShopName, ShopPlan};
use crate::scrape::{Glaneur, Order};

#[derive(Clone, Debug)]
pub(super) enum Engine {
    Glaneur(Glaneur),
    #[cfg(test)]
    Script(super::tests::Script),
}

impl Engine {
    pub(super) fn choose_shops(&self, named: &[ShopName]) -> Result<Vec<ShopName>, Error> {
        match self {
            Self::Glaneur(glaneur) => glaneur.choose_shops(named),
            #[cfg(test)]
            Self::Script(_) => Ok(named.to_vec()),
        }
    }

    pub(super) fn check_max_age(&self, max_age: Option<Duration>) -> Result<(), Error> {
        match self {
            Self::Glaneur(glaneur) => glaneur.check_max_age(max_age),
            #[cfg(test)]
            Self::Script(_) => Ok(()),
        }
    }

    /// How the shops will be asked, or why a caller may not have it so.
    pub(super) fn plan(&self, shops: &[ShopName], wish: &RouteWish) -> Result<Vec<ShopPlan>, Error> {
        match self {
            Self::Glaneur(glaneur) => glaneur.check_wish(shops, wish).map(|()| glaneur.plan_with(shops, wish)),
            #[cfg(test)]
            Self::Script(_) => Ok(Vec::new()),
        }
    }

    pub(super) fn run<S>(&self, items: S, order: Order, stop: CancellationToken) -> Pin<Box<dyn Stream<Item = Event> + Send>>
    where
        S: Stream<Item = (u32, Item)> + Send + 'static,
    {
        match self {
            Self::Glaneur(glaneur) => Box::pin(glaneur.run(items, order, stop)),
            #[cfg(test)]
            Self::Script(script) => script.run(items, stop),
        }
    }
}
