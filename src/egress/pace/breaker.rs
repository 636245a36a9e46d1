//! The circuit breaker of one host: when nobody is there, nobody is kept waiting for it.

use std::time::Duration;

use tokio::time::Instant;

use super::BreakerState;

/// So many connections in a row must fail: one item's tries alone are not enough.
const FAILURES: u32 = 5;
const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(300);

#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    /// Failures in a row.
    failures: u32,
    /// Openings without an answer in between.
    openings: u32,
    last: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    /// One request tries whether anybody is there again.
    Trying,
}

/// Why nobody is let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dead {
    pub(super) failures: u32,
    pub(super) last: String,
    /// Nothing while somebody tries.
    pub(super) next_try: Option<Duration>,
}

/// How a request was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Through {
    Freely,
    AsTrial,
}

impl Breaker {
    pub(super) fn dead(&self, now: Instant) -> Option<Dead> {
        let next_try = match self.state {
            State::Open { until } if until > now => Some(until - now),
            State::Trying => None,
            State::Closed | State::Open { .. } => return None,
        };
        Some(Dead { failures: self.failures, last: self.last.clone(), next_try })
    }

    pub(super) fn state(&self, now: Instant) -> BreakerState {
        match self.state {
            State::Closed => BreakerState::Closed,
            State::Open { until } => BreakerState::Open { failures: self.failures, next_try: until.saturating_duration_since(now) },
            State::Trying => BreakerState::HalfOpen,
        }
    }

    /// To be asked only where [`dead`](Self::dead) has nothing to say.
    pub(super) fn pass(&mut self) -> Through {
        match self.state {
            State::Closed => Through::Freely,
            State::Open { .. } | State::Trying => {
                self.state = State::Trying;
                Through::AsTrial
            }
        }
    }

    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// Tells whether the breaker is open from now on.
    pub(super) fn failed(&mut self, now: Instant, through: Through, reason: String) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.last = reason;
        let opens = match self.state {
            State::Closed => self.failures >= FAILURES,
            State::Trying => through == Through::AsTrial,
            // It was on its way already.
            State::Open { .. } => false,
        };
        if opens {
            self.state = State::Open { until: now + FIRST.saturating_mul(1 << self.openings.min(8)).min(LONGEST) };
            self.openings += 1;
        }
        opens
    }

    /// A trial that was given up says nothing: the next one may try at once.
    pub(super) fn given_up(&mut self, now: Instant, through: Through) {
        if (self.state, through) == (State::Trying, Through::AsTrial) {
            self.state = State::Open { until: now };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &mut Breaker, now: Instant, times: u32) {
        for n in 1..=times {
            breaker.failed(now, Through::Freely, format!("refused {n}"));
        }
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_an_answer_between_does_not() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        fail(&mut breaker, now, 4);
        breaker.answered();
        fail(&mut breaker, now, 4);
        assert_eq!(breaker.dead(now), None);
        fail(&mut breaker, now, 1);
        assert_eq!(breaker.dead(now), Some(Dead { failures: 5, last: "refused 1".into(), next_try: Some(FIRST) }));
    }

    #[test]
    fn one_tries_alone_and_the_rest_grows() {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        fail(&mut breaker, now, 5);
        for expected in [30, 60, 120, 240, 300, 300] {
            let rest = breaker.dead(now).unwrap().next_try.unwrap();
            assert_eq!(rest.as_secs(), expected);
            now += rest;
            assert!(matches!(breaker.state(now), BreakerState::Open { next_try: Duration::ZERO, .. }), "nobody has shown that it lives");
            assert_eq!((breaker.dead(now), breaker.pass()), (None, Through::AsTrial));
            assert_eq!(breaker.dead(now).unwrap().next_try, None, "a second one at once");
            assert_eq!(breaker.state(now), BreakerState::HalfOpen);
            breaker.failed(now, Through::Freely, "one that was under way".into());
            assert_eq!(breaker.dead(now).unwrap().next_try, None);
            breaker.failed(now, Through::AsTrial, "still refused".into());
        }
        now += LONGEST;
        assert_eq!(breaker.pass(), Through::AsTrial);
        breaker.given_up(now, Through::AsTrial);
        assert_eq!((breaker.dead(now), breaker.pass()), (None, Through::AsTrial), "a trial that was given up blocks nobody");
        breaker.answered();
        assert_eq!((breaker.dead(now), breaker.pass()), (None, Through::Freely));
        fail(&mut breaker, now, 5);
        assert_eq!(breaker.dead(now).unwrap().next_try, Some(FIRST), "it was well in between");
    }
}
