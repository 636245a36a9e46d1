//! Which routes a caller may have checked: those that the configuration uses. Another one would leave by a way that the operator did
//! not choose.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::model::Route;
use crate::scrape::Glaneur;

use super::fault::{Class, Fault};

/// Each check asks somebody else's page several times.
static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

pub(super) struct Check {
    routes: Vec<Route>,
    _permit: SemaphorePermit<'static>,
}

impl Check {
    /// The route of this name, or all of them.
    pub(super) fn begin(glaneur: &Glaneur, asked: Option<&str>) -> Result<Self, Fault> {
        let mut routes = glaneur.routes();
        if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
            let known = routes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            routes.retain(|route| route.to_string() == asked);
            if routes.is_empty() {
                return Err(Fault::argument("route", format!("{asked:?} is not in use here: use {known}, or leave it out to check all")));
            }
        }
        let busy = |_| Fault::new(Class::Overloaded, "a check of the routes is under way: try again in a moment");
        Ok(Self { routes, _permit: ONE_AT_A_TIME.try_acquire().map_err(busy)? })
    }

    pub(super) fn routes(&self) -> &[Route] {
        &self.routes
    }
}
