//! One attempt for all who want the same thing at the same moment.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::OnceCell;

use super::Key;

/// The attempts under way. It holds no lock while anybody waits, and remembers nothing once they are over.
pub(crate) struct Together<V>(Mutex<HashMap<Key, Weak<OnceCell<V>>>>);

impl<V> Default for Together<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V: Clone> Together<V> {
    /// What the attempt under way brings, or `attempt` if there is none. Whoever comes first makes it; if they are cancelled, or fail
    /// for a reason of their own (`Err`), one of those who wait makes theirs. Whoever comes when it is over makes a new one.
    pub(crate) async fn share<E>(&self, key: Key, attempt: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let joined = self.join(key);
        joined.cell.get_or_try_init(|| attempt).await.cloned()
    }

    fn join(&self, key: Key) -> Joined<'_, V> {
        let mut under_way = self.lock();
        let open = under_way.get(&key).and_then(Weak::upgrade).filter(|cell| !cell.initialized());
        let cell = open.unwrap_or_else(|| {
            let cell = Arc::new(OnceCell::new());
            under_way.insert(key.clone(), Arc::downgrade(&cell));
            cell
        });
        Joined { together: self, key, cell }
    }
}

impl<V> Together<V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Weak<OnceCell<V>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of those who wait for an attempt; the last to leave takes the entry along.
struct Joined<'a, V> {
    together: &'a Together<V>,
    key: Key,
    cell: Arc<OnceCell<V>>,
}

impl<V> Drop for Joined<'_, V> {
    fn drop(&mut self) {
        let mut under_way = self.together.lock();
        // Nobody joins without the lock, so a count of one stays one.
        let is_last = Arc::strong_count(&self.cell) == 1;
        if is_last && under_way.get(&self.key).is_some_and(|entry| entry.as_ptr() == Arc::as_ptr(&self.cell)) {
            under_way.remove(&self.key);
        }
    }
}

impl<V> fmt::Debug for Together<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").field("under_way", &self.lock().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::FutureExt;
    use futures::future::join_all;

    use super::*;

    type Told = Result<u32, &'static str>;

    fn key(request: &str) -> Key {
        Key { request: request.to_owned(), way: String::new() }
    }

    async fn slowly(made: &AtomicU32, told: Told) -> Told {
        made.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        told
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_want_the_same_at_once_share_one_attempt() {
        let (together, made) = (Together::default(), AtomicU32::new(0));
        let told = join_all(["a", "b", "a", "a"].map(|name| together.share(key(name), slowly(&made, Ok(7))))).await;
        assert_eq!((told, made.load(Ordering::Relaxed)), (vec![Ok(7); 4], 2));
        assert_eq!(together.share(key("a"), async { Told::Ok(8) }).await, Ok(8), "a moment later it is asked anew");
        assert!(together.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_cancelled_leaves_the_attempt_to_the_next() {
        let together = Together::default();
        let mut first = Box::pin(together.share(key("a"), std::future::pending::<Told>()));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(together.share(key("a"), async { Told::Ok(2) }));
        assert!(second.as_mut().now_or_never().is_none(), "it waits for the first");
        drop(first);
        assert_eq!(second.await, Ok(2));
        assert!(together.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_reason_of_ones_own_is_not_shared() {
        let (together, made) = (Together::default(), AtomicU32::new(0));
        let (own, other) =
            tokio::join!(together.share(key("a"), slowly(&made, Err("my time is up"))), together.share(key("a"), slowly(&made, Ok(3))));
        assert_eq!((own, other, made.load(Ordering::Relaxed)), (Err("my time is up"), Ok(3), 2));
    }

    #[tokio::test]
    async fn nothing_is_left_of_an_attempt_that_was_given_up() {
        let together = Together::<u32>::default();
        let given_up = together.share(key("a"), std::future::pending::<Told>()).now_or_never();
        assert!(given_up.is_none() && together.lock().is_empty());
    }
}
