//! The flow of items through the engine: pulled as there is room, worked on side by side, told as they are done.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_stream::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::wait::Wait;
use super::{Engine, Order, item};
use crate::egress::JobKey;
use crate::model::{Event, Item};

/// Events that may wait for a slow reader; then the items wait in turn.
const EVENTS: usize = 64;
/// Items that may be pulled ahead of a free task: none, so that a stopped job leaves them where they are.
const PULLED: usize = 1;

pub(super) struct Admitted {
    pub(super) position: u32,
    pub(super) item: Item,
    /// The stream that it came by, as the shops see it.
    pub(super) job: JobKey,
    /// One of the items that are begun, until it is done.
    pub(super) begun: OwnedSemaphorePermit,
    /// Room in this stream, given back when the result was handed over: a reader that does not read holds up itself and nobody
    /// else.
    pub(super) slot: OwnedSemaphorePermit,
}

pub(super) fn run<S>(engine: Arc<Engine>, items: S, order: Order, stop: CancellationToken) -> impl Stream<Item = Event> + Send + use<S>
where
    S: Stream<Item = (u32, Item)> + Send + 'static,
{
    async_stream::stream! {
        let (admit, mut admitted) = mpsc::channel(PULLED);
        let (tell, mut events) = mpsc::channel(EVENTS);
        let mut wait = Wait::of(&engine, &order);
        let order = Arc::new(order);
        let stay = Stay { engine: engine.clone(), job: engine.next_job() };
        // The set owns every task of this stream: dropping the stream ends them all.
        let mut tasks = JoinSet::new();
        tasks.spawn(pull(engine.clone(), stay.job, items, admit, stop));
        let mut tell = Some(tell);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => yield event,
                    None => break,
                },
                next = admitted.recv(), if tell.is_some() => match (next, &tell) {
                    (Some(next), Some(tell)) => {
                        let span = tracing::info_span!("item", position = next.position);
                        tasks.spawn(item::work(engine.clone(), next, order.clone(), tell.clone()).instrument(span));
                    }
                    // The last sender goes with the last task, and `events` ends.
                    _ => tell = None,
                },
                Some(waiting) = wait.next() => yield Event::Waiting(waiting),
                Some(_) = tasks.join_next() => {}
            }
        }
    }
}

/// A stream's time in the engine: its identities go with it.
struct Stay {
    engine: Arc<Engine>,
    job: JobKey,
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.engine.egress.leave(self.job);
    }
}

/// One stream leaves a quarter of the engine to the next one: a batch of 8 begins at once beside one of 10,000.
fn slots(items_waiting: usize) -> usize {
    (items_waiting - items_waiting / 4).max(1)
}

async fn pull<S>(engine: Arc<Engine>, job: JobKey, items: S, admit: mpsc::Sender<Admitted>, stop: CancellationToken)
where
    S: Stream<Item = (u32, Item)> + Send,
{
    let slots = Arc::new(Semaphore::new(slots(engine.settings.items_waiting)));
    let mut items = std::pin::pin!(items);
    let feed = async {
        loop {
            let Ok(slot) = slots.clone().acquire_owned().await else { break };
            let Ok(begun) = engine.begun.clone().acquire_owned().await else { break };
            let Some((position, item)) = items.next().await else { break };
            if admit.send(Admitted { position, item, job, begun, slot }).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = feed => {}
    }
}
