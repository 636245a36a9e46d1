//! Pages that are fetched one by one, beside all jobs.

use url::Url;

use super::Glaneur;
use crate::egress::{FetchError, Holder, Reach};
use crate::error::{Error, ErrorKind};
use crate::model::{Page, Request, ShopName};

/// One visitor: cookies, connections and circuit stay the same from its first page to its last. No pace is kept for it.
#[derive(Debug)]
pub struct Session {
    glaneur: Glaneur,
    holder: Holder,
}

impl Glaneur {
    /// A visitor to any public host, by the route of `[egress]`.
    pub fn session(&self) -> Session {
        let holder = Holder { shop: ShopName::new("page"), job: self.0.next_job() };
        Session { glaneur: self.clone(), holder }
    }

    /// Fetches one page, as a visitor who asks for nothing else.
    ///
    /// # Errors
    /// As those of [`Session::fetch`].
    pub async fn fetch(&self, url: Url) -> Result<Page, Error> {
        self.session().fetch(url).await
    }
}

impl Session {
    /// Fetches one page, from whatever public host it names.
    ///
    /// # Errors
    /// No answer, or an address that the guard refuses. A page of any HTTP status is an answer.
    pub async fn fetch(&self, url: Url) -> Result<Page, Error> {
        let failed = |error: FetchError| Error::new(ErrorKind::Unavailable, error.to_string()).because(error);
        if !self.glaneur.0.source.leaves() {
            return Err(Error::new(ErrorKind::Unavailable, "this engine reads the pages that were kept for a job and asks nobody"));
        }
        let egress = &self.glaneur.0.egress;
        let identity = egress.identity(&self.holder, &egress.routes().page).await.map_err(failed)?;
        let fetched = egress.fetch(&identity, &Request::get(url), &Reach::Any, None).await;
        fetched.map(|fetched| fetched.page).map_err(failed)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.glaneur.0.egress.leave(self.holder.job);
    }
}
