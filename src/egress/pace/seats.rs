//! The seats of a shop: so many items at a time, handed out in turn to the jobs that wait.
//!
//! Round robin between jobs and first come, first served within one: a batch of 8 is not stuck behind one of 10,000.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Whose turn it is: all items of one stream have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct JobKey(pub(crate) u64);

#[derive(Clone, Debug)]
pub(super) struct Seats {
    lines: Arc<Mutex<Lines>>,
    all: usize,
}

#[derive(Debug)]
struct Lines {
    free: usize,
    /// One line per job that waits; the foremost job is served next, and then goes to the end.
    waiting: VecDeque<(JobKey, VecDeque<oneshot::Sender<Seat>>)>,
}

/// A seat that is held; dropping it hands it on.
#[derive(Debug)]
pub(crate) struct Seat {
    /// Nothing once the seat has gone back by another way.
    seats: Option<Seats>,
}

impl Seats {
    pub(super) fn new(all: usize) -> Self {
        Self { lines: Arc::new(Mutex::new(Lines { free: all, waiting: VecDeque::new() })), all }
    }

    /// Waits for a seat. Whoever gives up waiting costs nobody a turn.
    pub(super) async fn take(&self, job: JobKey) -> Seat {
        let turn = match self.lock().ask(job) {
            Some(turn) => turn,
            None => return self.seat(),
        };
        // The seats outlive their lines, so nobody's turn is thrown away; if it were, a seat too many does less harm than none.
        turn.await.unwrap_or(Seat { seats: None })
    }

    /// A seat, if one is free: then nobody waits.
    pub(super) fn spare(&self) -> Option<Seat> {
        let mut lines = self.lock();
        lines.free = lines.free.checked_sub(1)?;
        drop(lines);
        Some(self.seat())
    }

    pub(super) fn all(&self) -> usize {
        self.all
    }

    pub(super) fn taken(&self) -> usize {
        self.all - self.lock().free
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.iter().flat_map(|(_, line)| line).filter(|turn| !turn.is_closed()).count()
    }

    fn seat(&self) -> Seat {
        Seat { seats: Some(self.clone()) }
    }

    fn hand_on(&self) {
        loop {
            // The lock is free again before the seat is sent: a seat that comes back at once takes it, too.
            let next = self.lock().next();
            let Some(turn) = next else { return };
            match turn.send(self.seat()) {
                Ok(()) => return,
                Err(mut unwanted) => unwanted.seats = None,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// Nothing when a seat is free, which is then taken; else the turn to wait for.
    fn ask(&mut self, job: JobKey) -> Option<oneshot::Receiver<Seat>> {
        if self.free > 0 {
            self.free -= 1;
            return None;
        }
        let (seat, turn) = oneshot::channel();
        match self.waiting.iter_mut().find(|(waiting, _)| *waiting == job) {
            Some((_, line)) => line.push_back(seat),
            None => self.waiting.push_back((job, VecDeque::from([seat]))),
        }
        Some(turn)
    }

    /// Whoever is to have the seat that came back; nothing when nobody waits, and then it is free.
    fn next(&mut self) -> Option<oneshot::Sender<Seat>> {
        while let Some((job, mut line)) = self.waiting.pop_front() {
            let turn = std::iter::from_fn(|| line.pop_front()).find(|turn| !turn.is_closed());
            if !line.is_empty() {
                self.waiting.push_back((job, line));
            }
            if turn.is_some() {
                return turn;
            }
        }
        self.free += 1;
        None
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(seats) = self.seats.take() {
            seats.hand_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;

    use futures::FutureExt;
    use proptest::prelude::*;

    use super::*;

    type Waiting = Pin<Box<dyn Future<Output = Seat>>>;

    fn wait(seats: &Seats, job: u64) -> Waiting {
        let seats = seats.clone();
        let mut waiting: Waiting = Box::pin(async move { seats.take(JobKey(job)).await });
        assert!((&mut waiting).now_or_never().is_none(), "a seat was free");
        waiting
    }

    #[test]
    fn jobs_take_turns_and_whoever_left_costs_none() {
        let seats = Seats::new(1);
        let held = seats.take(JobKey(0)).now_or_never().unwrap();
        let mut waiting: Vec<(u64, Waiting)> = [1, 1, 1, 2, 1, 2, 3].map(|job| (job, wait(&seats, job))).into();
        // The second of job 1 and the only one of job 3 give up.
        drop(waiting.remove(6));
        drop(waiting.remove(1));
        assert_eq!((seats.taken(), seats.waiting()), (1, 5));
        drop(held);
        let mut served = Vec::new();
        while !waiting.is_empty() {
            let place = waiting.iter_mut().position(|(_, waiting)| waiting.now_or_never().map(drop).is_some()).unwrap();
            served.push(waiting.remove(place).0);
        }
        assert_eq!(served, [1, 2, 1, 2, 1]);
        assert_eq!((seats.taken(), seats.waiting()), (0, 0));
    }

    #[test]
    fn a_seat_that_was_given_to_somebody_who_left_goes_on() {
        let seats = Seats::new(1);
        let held = seats.take(JobKey(0)).now_or_never().unwrap();
        let (first, mut second) = (wait(&seats, 1), wait(&seats, 2));
        drop(held);
        drop(first);
        assert!((&mut second).now_or_never().is_some());
        assert_eq!(seats.taken(), 0);
    }

    proptest! {
        /// Whatever comes and goes: no seat too many, none idle while somebody waits, and order within each job.
        #[test]
        fn no_seat_is_lost_or_made(all in 1_usize..4, steps in prop::collection::vec((0_u8..4, 0_u64..3, 0_usize..8), 0..200)) {
            let seats = Seats::new(all);
            let mut held: Vec<Seat> = Vec::new();
            let mut waiting: Vec<(u64, Waiting)> = Vec::new();
            for (what, job, which) in steps {
                match what {
                    0 if !held.is_empty() => drop(held.swap_remove(which % held.len())),
                    1 if !waiting.is_empty() => drop(waiting.remove(which % waiting.len())),
                    _ => {
                        let seats = seats.clone();
                        waiting.push((job, Box::pin(async move { seats.take(JobKey(job)).await })));
                    }
                }
                let mut still = Vec::new();
                for (job, mut one) in waiting {
                    match (&mut one).now_or_never() {
                        Some(seat) => {
                            prop_assert!(!still.iter().any(|(earlier, _)| *earlier == job), "a later one of job {} was served first", job);
                            held.push(seat);
                        }
                        None => still.push((job, one)),
                    }
                }
                waiting = still;
                prop_assert_eq!(seats.taken(), held.len());
                prop_assert!(held.len() == all || waiting.is_empty(), "{} of {} held, {} wait", held.len(), all, waiting.len());
                prop_assert_eq!(seats.waiting(), waiting.len());
            }
        }
    }
}
