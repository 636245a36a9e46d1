//! Whether the shop's robots.txt lets us have a page, before it is asked for.

use url::Url;

use super::inquiry::{Inquiry, Outcome, Setback, failed};
use crate::egress::robots::{Answer, Permission, Unknown};
use crate::egress::{FetchError, Identity};
use crate::model::{Request, ShopStatus, host_of};
use crate::recipe::RobotsPolicy;

impl Inquiry<'_> {
    /// Asks for robots.txt where it is not known yet, at the shop's pace and by the same way out as the page.
    pub(super) async fn permission(&mut self, identity: &Identity, url: &Url) -> Result<(), Setback> {
        if self.station.shop.recipe.robots() == RobotsPolicy::Ignore {
            return Ok(());
        }
        let (pace, host) = (&self.station.pace, host_of(url));
        let mut not_now = None;
        let requests = &mut self.requests;
        let egress = &self.engine.egress;
        let reach = &self.station.reach;
        let rules = egress.robots().rules(url, async |address| {
            let pass = match pace.start(&identity.route().way_to(&host)).await {
                Ok(pass) => pass,
                Err(reason) => {
                    let answer = Answer::Unreachable { reason: reason.to_string(), status: None };
                    not_now = Some(reason);
                    return answer;
                }
            };
            *requests += 1;
            match egress.fetch(identity, &Request::get(address), reach).await {
                Ok(fetched) => {
                    // What a server error or a refusal says about the shop, the page itself will say as well.
                    if fetched.page.status < 500 {
                        pass.answered();
                    } else {
                        pass.stumbled();
                    }
                    Answer::of(fetched.page.status, fetched.page.text.into_bytes())
                }
                // It stands on a host that the recipe does not know, as those of other shops do.
                Err(FetchError::Host { .. } | FetchError::Redirects { .. } | FetchError::TooLarge { .. }) => Answer::Unavailable,
                Err(error) => {
                    if error.is_transient() {
                        failed(egress, pass, identity, &error.to_string());
                    }
                    Answer::Unreachable { reason: error.to_string(), status: None }
                }
            }
        });
        let rules = rules.await;
        if let Some(not_now) = not_now {
            return Err(Setback::not_now(&not_now, url));
        }
        if let Some(Unknown { reason, status }) = rules.unknown() {
            let status = match status {
                Some(429 | 503) => ShopStatus::Blocked,
                Some(_) => ShopStatus::Error,
                None => ShopStatus::Unreachable,
            };
            let outcome = Outcome::failed(status, format!("what robots.txt allows is not known: {reason}")).at(url);
            return Err(Setback::Passing { outcome, wait: None });
        }
        pace.set_crawl_delay(&host, rules.crawl_delay());
        match rules.permission(url) {
            Permission::Allowed => Ok(()),
            Permission::Forbidden { reason } => Err(Setback::Final(Outcome::failed(ShopStatus::Robots, reason).at(url))),
        }
    }
}
