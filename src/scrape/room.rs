//! Working room of the engine: who only waits for a shop takes none.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room that one item takes up, however many shops it is at work with.
#[derive(Debug)]
pub(super) struct Room<'a> {
    engine: &'a Arc<Semaphore>,
    held: Mutex<Weak<OwnedSemaphorePermit>>,
}

/// At work; the room is given back with the item's last one.
pub(super) type AtWork = Arc<OwnedSemaphorePermit>;

impl<'a> Room<'a> {
    pub(super) fn of(engine: &'a Arc<Semaphore>) -> Self {
        Self { engine, held: Mutex::new(Weak::new()) }
    }

    /// Waits for room, unless the item is at work already. Never nothing: the engine's room is not closed.
    pub(super) async fn enter(&self) -> Option<AtWork> {
        if let Some(held) = self.held() {
            return Some(held);
        }
        let permit = self.engine.clone().acquire_owned().await.ok()?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Another shop of this item may have been faster; then this permit goes back.
        let room = held.upgrade().unwrap_or_else(|| Arc::new(permit));
        *held = Arc::downgrade(&room);
        Some(room)
    }

    fn held(&self) -> Option<AtWork> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn an_item_takes_up_one_room_and_gives_it_back_with_its_last_shop() {
        let engine = Arc::new(Semaphore::new(1));
        let (one, other) = (Room::of(&engine), Room::of(&engine));
        let (first, second) = (one.enter().now_or_never().unwrap(), one.enter().now_or_never().unwrap());
        let mut waiting = Box::pin(other.enter());
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(first);
        assert!(waiting.as_mut().now_or_never().is_none(), "its second shop is at work");
        drop(second);
        let entered = waiting.now_or_never().unwrap();
        assert_eq!(engine.available_permits(), 0);
        drop(entered);
        assert_eq!(engine.available_permits(), 1);
    }

    #[test]
    fn two_shops_of_an_item_that_wait_together_take_one() {
        let engine = Arc::new(Semaphore::new(0));
        let room = Room::of(&engine);
        let (mut first, mut second) = (Box::pin(room.enter()), Box::pin(room.enter()));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        engine.add_permits(2);
        let _both = (first.now_or_never().unwrap(), second.now_or_never().unwrap());
        assert_eq!(engine.available_permits(), 1);
    }
}
