//! How long from the start of one request to the start of the next: as the shop was set, slower when it refuses or labours, and
//! slowly back.
//!
//! Additive increase, multiplicative decrease, as TCP does it with its window: a refusal doubles the interval, each good answer
//! adds a little to the rate. No clock and no dice in here: the caller brings both.

use std::time::Duration;

use tokio::time::Instant;

/// Where doubling begins for a shop without an interval.
const FLOOR: Duration = Duration::from_millis(250);
const LONGEST_INTERVAL: Duration = Duration::from_secs(10);
/// Each good answer adds so many requests per second, and takes off no more than a tenth of the interval.
const STEP: f64 = 0.02;
const LARGEST_STEP: f64 = 0.9;
/// An interval below this is none.
const NOTHING: Duration = Duration::from_millis(10);

/// Rests of a shop that names none: half a second, doubled with each refusal in a row.
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(300);
/// So many times in a row a `Retry-After` is kept as it stands; a shop that refuses all the same rests longer.
const BELIEVED: u32 = 3;

/// An answer is slow when it takes this many times the usual time, and this much longer.
const SLOW_TIMES: u32 = 3;
const SLOW_BY: Duration = Duration::from_millis(250);
/// So many slow answers in a row lower the rate: one slow page says nothing.
const SLOW_ANSWERS: u32 = 5;
/// What is usual is not known before so many answers.
const KNOWN: u32 = 10;
/// Share of the newest answer in what is usual.
const NEWEST: f64 = 0.05;

#[derive(Debug)]
pub(super) struct Rate {
    /// As recipe or operator set it.
    set: Duration,
    jitter: Duration,
    /// What refusals and slowness made of it; nothing while all is well.
    adapted: Duration,
    next: Instant,
    /// Since when the shop has been resting, and until when.
    rest: Option<(Instant, Instant)>,
    /// Refusals in a row; those of requests that were under way together count as one.
    refusals: u32,
    usual: Duration,
    answers: u32,
    slow: u32,
}

/// A refusal as the rate sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    /// When the refused request started.
    pub(super) started: Instant,
    pub(super) retry_after: Option<Duration>,
    /// Whether the shop has used up its retries.
    pub(super) spent: bool,
    /// 0 to 1, at random.
    pub(super) dice: f64,
}

impl Rate {
    pub(super) fn new(set: Duration, jitter: Duration, now: Instant) -> Self {
        let (adapted, usual) = (Duration::ZERO, Duration::ZERO);
        Self { set, jitter, adapted, next: now, rest: None, refusals: 0, usual, answers: 0, slow: 0 }
    }

    /// `floor`: what the shop's own `Crawl-delay` asks for.
    pub(super) fn interval(&self, floor: Duration) -> Duration {
        self.set.max(self.adapted).max(floor)
    }

    /// When a request may start; nothing when it may now.
    pub(super) fn not_before(&self, now: Instant) -> Option<Instant> {
        let start = self.rest.map_or(self.next, |(_, until)| until.max(self.next));
        (start > now).then_some(start)
    }

    /// How long the shop still rests.
    pub(super) fn resting(&self, now: Instant) -> Option<Duration> {
        self.rest.filter(|(_, until)| *until > now).map(|(_, until)| until - now)
    }

    pub(super) fn start(&mut self, now: Instant, floor: Duration, dice: f64) {
        self.next = now + self.interval(floor) + self.jitter.mul_f64(dice);
    }

    /// Slower from now on, and a rest first; tells how long nobody will start.
    pub(super) fn refused(&mut self, now: Instant, floor: Duration, refusal: Refusal) -> Duration {
        let known = self.is_older(refusal.started);
        if !known {
            self.refusals = self.refusals.saturating_add(1);
            self.slow_down(floor);
        }
        let named = refusal.retry_after.unwrap_or_default();
        let believed = refusal.retry_after.is_some() && self.refusals <= BELIEVED && !refusal.spent;
        let own = if believed || known { Duration::ZERO } else { self.own_rest(refusal.dice) };
        let until = self.rest.map_or(now, |(_, until)| until.max(now)).max(now + named.max(own));
        self.rest = Some((if known { self.rest.map_or(now, |(since, _)| since) } else { now }, until));
        until - now
    }

    /// Whether a request was under way when the shop last refused.
    fn is_older(&self, started: Instant) -> bool {
        self.rest.is_some_and(|(since, _)| started < since)
    }

    fn own_rest(&self, dice: f64) -> Duration {
        let doubled = FIRST_REST.saturating_mul(1 << self.refusals.saturating_sub(1).min(12));
        doubled.mul_f64(0.5 + dice).min(LONGEST_REST)
    }

    fn slow_down(&mut self, floor: Duration) {
        let before = self.interval(floor);
        // A shop that was set slower than the longest interval stays as slow.
        self.adapted = (before * 2).max(FLOOR).min(LONGEST_INTERVAL.max(before));
    }

    pub(super) fn answered(&mut self, started: Instant, latency: Duration, floor: Duration) {
        // The answer to an older request takes nothing back.
        if self.is_older(started) {
            return;
        }
        self.refusals = 0;
        if !self.is_slow(latency) {
            self.slow = 0;
            self.speed_up();
        } else if self.slow + 1 < SLOW_ANSWERS {
            self.slow += 1;
        } else {
            self.slow = 0;
            self.slow_down(floor);
        }
        let share = if self.answers == 0 { 1.0 } else { NEWEST.max(1.0 / f64::from(self.answers + 1)) };
        self.usual = self.usual.mul_f64(1.0 - share) + latency.mul_f64(share);
        self.answers = self.answers.saturating_add(1);
    }

    fn is_slow(&self, latency: Duration) -> bool {
        self.answers >= KNOWN && latency > self.usual * SLOW_TIMES && latency > self.usual + SLOW_BY
    }

    fn speed_up(&mut self) {
        let before = self.adapted.as_secs_f64();
        if before == 0.0 {
            return;
        }
        let faster = Duration::from_secs_f64((before / (1.0 + STEP * before)).max(LARGEST_STEP * before));
        self.adapted = if faster <= self.set || faster < NOTHING { Duration::ZERO } else { faster };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;
    const NO_FLOOR: Duration = Duration::ZERO;

    /// A refusal of a request that started just now, with the dice in the middle.
    fn refuse(rate: &mut Rate, now: Instant, retry_after: Option<u64>, spent: bool) -> u64 {
        let retry_after = retry_after.map(Duration::from_secs);
        rate.refused(now, NO_FLOOR, Refusal { started: now, retry_after, spent, dice: 0.5 }).as_millis() as u64
    }

    #[test]
    fn a_refusal_doubles_the_interval_up_to_a_limit() {
        for (set, expected) in [
            (0, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]),
            (500, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000, 10_000]),
            (40_000, [40_000; 9]),
        ] {
            let mut now = Instant::now();
            let mut rate = Rate::new(MS(set), Duration::ZERO, now);
            let seen = expected.map(|_| {
                now += Duration::from_millis(refuse(&mut rate, now, None, false));
                rate.interval(NO_FLOOR).as_millis() as u64
            });
            assert_eq!(seen, expected, "from {set} ms");
        }
    }

    #[test]
    fn good_answers_bring_it_back_slowly_and_no_further_than_it_was_set() {
        let now = Instant::now();
        for set in [0, 100] {
            let mut rate = Rate::new(MS(set), Duration::ZERO, now);
            for _ in 0..9 {
                refuse(&mut rate, now, None, false);
            }
            let mut answers = 0;
            let mut before = rate.interval(NO_FLOOR);
            while rate.interval(NO_FLOOR) > MS(set) {
                rate.answered(now, MS(20), NO_FLOOR);
                let interval = rate.interval(NO_FLOOR);
                assert!(interval < before && (interval >= before.mul_f64(0.899) || interval == MS(set)), "{before:?} {interval:?}");
                (before, answers) = (interval, answers + 1);
            }
            assert!((100..10_000).contains(&answers), "from {set} ms: {answers}");
            assert_eq!(rate.interval(NO_FLOOR), MS(set));
        }
    }

    #[test]
    fn requests_that_were_under_way_together_are_one_refusal() {
        let started = Instant::now();
        let mut rate = Rate::new(Duration::ZERO, Duration::ZERO, started);
        let rests: Vec<Duration> = [None, None, Some(MS(3_000)), None]
            .into_iter()
            .enumerate()
            .map(|(n, retry_after)| {
                let now = started + MS(10 + n as u64);
                rate.refused(now, NO_FLOOR, Refusal { started, retry_after, spent: false, dice: 0.5 })
            })
            .collect();
        assert_eq!(rests, [500, 499, 3_000, 2_999].map(MS));
        rate.answered(started, MS(50), NO_FLOOR);
        assert_eq!(rate.interval(NO_FLOOR), FLOOR, "nor does an answer to one of them take anything back");
    }

    #[test]
    fn a_named_rest_is_kept_exactly_until_it_has_proved_too_short() {
        let mut now = Instant::now();
        let mut rate = Rate::new(Duration::ZERO, Duration::ZERO, now);
        let rests = [1, 1, 1, 1, 1, 1, 100].map(|seconds| {
            let rest = refuse(&mut rate, now, Some(seconds), false);
            assert_eq!(rate.not_before(now), Some(now + MS(rest)));
            now += MS(rest);
            assert_eq!((rate.not_before(now), rate.resting(now)), (None, None));
            rest
        });
        assert_eq!(rests, [1_000, 1_000, 1_000, 4_000, 8_000, 16_000, 100_000]);
        rate.answered(now, MS(10), NO_FLOOR);
        assert_eq!(refuse(&mut rate, now, Some(2), false), 2_000, "it had let us in again");
        assert_eq!(refuse(&mut rate, now + MS(2_000), Some(0), true), 1_000, "it has used up its retries");
    }

    #[test]
    fn a_shop_that_grows_slow_is_asked_less() {
        for (latencies, expected) in [
            (vec![100; 40], 0),
            // One page that takes its time, or a few.
            ([vec![100; 20], vec![9_000; 4], vec![100; 20]].concat(), 0),
            ([vec![100; 20], vec![900; 5]].concat(), 250),
            // What is usual is not known yet.
            ([vec![100; 4], vec![900; 5]].concat(), 0),
            // Several times the usual, and still nothing.
            ([vec![5; 20], vec![100; 50]].concat(), 0),
        ] {
            let now = Instant::now();
            let mut rate = Rate::new(Duration::ZERO, Duration::ZERO, now);
            latencies.iter().for_each(|latency| rate.answered(now, MS(*latency), NO_FLOOR));
            assert_eq!(rate.interval(NO_FLOOR), MS(expected), "{latencies:?}");
        }
    }

    #[test]
    fn a_crawl_delay_is_a_floor_and_jitter_comes_on_top() {
        let now = Instant::now();
        let mut rate = Rate::new(MS(500), MS(200), now);
        rate.start(now, Duration::from_secs(2), 0.5);
        assert_eq!(rate.not_before(now), Some(now + MS(2_100)));
        rate.refused(now, Duration::from_secs(2), Refusal { started: now, retry_after: None, spent: false, dice: 0.5 });
        assert_eq!(rate.interval(Duration::from_secs(2)), Duration::from_secs(4));
    }
}
