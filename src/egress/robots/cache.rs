//! One robots.txt per origin, fetched once for all who ask at the same time, and kept.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::{Origin, Url};

use super::{Answer, Rules};

/// The longest time that the RFC allows.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A shop that could not be asked is asked again after this: long enough for a burst of callers, and shorter than any pause before
/// a retry. How often it is asked at all is a matter of its pace.
const UNKNOWN_KEPT: Duration = Duration::from_millis(200);
/// Origins that are remembered: shops have one to three each.
const ORIGINS: usize = 1024;

/// The rules of all origins. Cheap to share by reference; it holds no lock while anybody fetches.
#[derive(Default)]
pub struct RobotsCache(Mutex<HashMap<Origin, Arc<Entry>>>);

#[derive(Default)]
struct Entry {
    /// Whoever comes first fills it; if they are cancelled, whoever waits takes over.
    held: OnceCell<Held>,
    /// What the shop wanted before, for the case that it cannot be asked now.
    earlier: Option<Arc<Rules>>,
}

struct Held {
    rules: Arc<Rules>,
    until: Instant,
}

impl RobotsCache {
    /// The rules for a page's origin. `fetch` is called with the address of its robots.txt if they are not known, by one of those who
    /// ask at the same time; the others wait for its answer.
    pub async fn rules<F>(&self, url: &Url, fetch: impl FnOnce(Url) -> F) -> Arc<Rules>
    where
        F: Future<Output = Answer>,
    {
        let Some(address) = super::address(url) else { return Arc::new(Rules::of(&Answer::Unavailable)) };
        let entry = self.entry(&url.origin());
        let held = entry.held.get_or_init(|| async { entry.held_of(&fetch(address).await) }).await;
        held.rules.clone()
    }

    /// The rules for a page's origin, as far as they are known without asking.
    pub(crate) fn known(&self, url: &Url) -> Option<Arc<Rules>> {
        self.lock().get(&url.origin()).and_then(|entry| entry.known())
    }

    fn entry(&self, origin: &Origin) -> Arc<Entry> {
        let (now, mut entries) = (Instant::now(), self.lock());
        let known = entries.get(origin);
        if let Some(fresh) = known.filter(|entry| !entry.is_over(now)) {
            return fresh.clone();
        }
        let earlier = known.and_then(|entry| entry.known());
        if entries.len() >= ORIGINS {
            entries.retain(|_, entry| !entry.is_over(now));
        }
        if entries.len() >= ORIGINS {
            entries.clear();
        }
        let entry = Arc::new(Entry { held: OnceCell::new(), earlier });
        entries.insert(origin.clone(), entry.clone());
        entry
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, Arc<Entry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn held_of(&self, answer: &Answer) -> Held {
        let rules = Arc::new(Rules::of(answer));
        if rules.unknown().is_none() {
            return Held { rules, until: Instant::now() + KEPT };
        }
        Held { rules: self.earlier.clone().unwrap_or(rules), until: Instant::now() + UNKNOWN_KEPT }
    }

    fn is_over(&self, now: Instant) -> bool {
        self.held.get().is_some_and(|held| held.until <= now)
    }

    fn known(&self) -> Option<Arc<Rules>> {
        self.held.get().map(|held| held.rules.clone()).filter(|rules| rules.unknown().is_none())
    }
}

impl fmt::Debug for RobotsCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RobotsCache").field("origins", &self.lock().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::FutureExt;
    use futures::future::join_all;

    use super::super::Permission;
    use super::*;

    fn page(path: &str) -> Url {
        Url::parse("https://www.shop.example").unwrap().join(path).unwrap()
    }

    fn file(text: &str) -> Answer {
        Answer::File(text.as_bytes().to_vec())
    }

    async fn allowed(cache: &RobotsCache, answer: Answer) -> bool {
        cache.rules(&page("/a"), |_| async { answer }).await.permission(&page("/a")) == Permission::Allowed
    }

    fn down() -> Answer {
        Answer::of(503, Vec::new())
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_fetch_once() {
        let (cache, fetched) = (RobotsCache::default(), AtomicU32::new(0));
        let fetch = async |address: Url| {
            assert_eq!(address.as_str(), "https://www.shop.example/robots.txt");
            fetched.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            file("User-agent: *\nDisallow: /b")
        };
        let pages = [page("/a"), page("/b"), page("/c?b")];
        let rules = join_all(pages.iter().map(|url| cache.rules(url, &fetch))).await;
        let allowed: Vec<bool> = rules.iter().zip(&pages).map(|(rules, url)| rules.permission(url) == Permission::Allowed).collect();
        assert_eq!((allowed, fetched.load(Ordering::Relaxed)), (vec![true, false, true], 1));
        let other = Url::parse("http://www.shop.example/b").unwrap();
        assert_eq!(cache.rules(&other, |_| async { Answer::Unavailable }).await.permission(&other), Permission::Allowed, "another origin");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_leaves_the_request_to_the_next() {
        let cache = RobotsCache::default();
        let url = page("/a");
        let mut first = Box::pin(cache.rules(&url, |_| std::future::pending()));
        assert!(first.as_mut().now_or_never().is_none());
        let second = allowed(&cache, file("User-agent: *\nDisallow: /"));
        drop(first);
        assert!(!second.await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_day_is_kept_and_what_is_unknown_is_asked_again_soon() {
        let cache = RobotsCache::default();
        assert!(!allowed(&cache, down()).await);
        assert!(!allowed(&cache, Answer::Unavailable).await, "asked again at once");
        tokio::time::advance(UNKNOWN_KEPT).await;
        assert!(allowed(&cache, file("")).await);
        tokio::time::advance(KEPT - Duration::from_secs(1)).await;
        assert!(allowed(&cache, file("User-agent: *\nDisallow: /")).await, "kept for a day");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(allowed(&cache, down()).await, "what it wanted before holds while it cannot be asked");
        tokio::time::advance(UNKNOWN_KEPT).await;
        assert!(allowed(&cache, down()).await, "and on");
        tokio::time::advance(UNKNOWN_KEPT).await;
        assert!(!allowed(&cache, file("User-agent: *\nDisallow: /")).await);
    }

    #[tokio::test]
    async fn what_is_known_is_told_without_asking() {
        let cache = RobotsCache::default();
        assert!(cache.known(&page("/a")).is_none());
        assert!(!allowed(&cache, file("User-agent: *\nDisallow: /")).await);
        assert!(matches!(cache.known(&page("/b")).unwrap().permission(&page("/b")), Permission::Forbidden { .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_does_not_grow_with_the_web() {
        let cache = RobotsCache::default();
        for n in 0..3 * ORIGINS {
            let url = Url::parse(&format!("https://shop{n}.example/")).unwrap();
            cache.rules(&url, |_| async { Answer::Unavailable }).await;
        }
        assert!(cache.lock().len() <= ORIGINS);
    }
}
