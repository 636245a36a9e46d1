//! Whether the shop's robots.txt lets us have a page, before it is asked for.

use url::Url;

use super::inquiry::{Inquiry, Outcome, Setback, failed};
use crate::egress::robots::{Answer, Permission, Unknown};
use crate::egress::{FetchError, Identity};
use crate::model::{Request, ShopStatus, host_of};
use crate::recipe::RobotsPolicy;

impl Inquiry<'_> {
    /// Whether nothing that is known of robots.txt forbids the page; nobody is asked.
    pub(super) fn is_permitted(&self, url: &Url) -> bool {
        let counts = self.station.shop.recipe.robots() == RobotsPolicy::Respect;
        let rules = self.engine.egress.robots().known(url).filter(|_| counts);
        rules.is_none_or(|rules| rules.permission(url) == Permission::Allowed)
    }

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
            match egress.fetch(identity, &Request::get(address), reach, None).await {
                Ok(fetched) => {
                    match fetched.page.status {
                        status @ (429 | 503) => {
                            pass.refused(fetched.retry_after, &format!("robots.txt was refused with {status}"));
                        }
                        500.. => pass.stumbled(),
                        _ => pass.answered(),
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
