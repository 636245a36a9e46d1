//! The whole pace on a paused clock.

use std::sync::Arc;

use futures::FutureExt;
use tokio::task::JoinSet;

use super::*;

const HOST: &str = "www.shop.example";
const JOB: JobKey = JobKey(1);
const MS: fn(u64) -> Duration = Duration::from_millis;
const SECS: fn(u64) -> Duration = Duration::from_secs;

fn pace(concurrency: usize, interval: Duration) -> Pace {
    Pace::new(PaceSettings { concurrency, interval, jitter: Duration::ZERO, patience: SECS(30) })
}

async fn fail(pace: &Pace, host: &str, times: usize) {
    for _ in 0..times {
        pace.start(host).await.unwrap().failed("connection refused");
    }
}

#[tokio::test(start_paused = true)]
async fn starts_are_an_interval_apart_and_never_too_many_at_once() {
    let pace = pace(2, MS(500));
    let begun = Instant::now();
    let first = pace.seat(JOB).await;
    pace.start(HOST).await.unwrap().answered();
    let _second = pace.seat(JOB).await;
    pace.start(HOST).await.unwrap().answered();
    assert_eq!(begun.elapsed(), MS(500));
    assert!(tokio::time::timeout(SECS(60), pace.seat(JOB)).await.is_err(), "a third at once");
    drop(first);
    let _third = pace.seat(JOB).await;
    pace.start(HOST).await.unwrap().answered();
    assert_eq!(begun.elapsed(), MS(60_500), "the interval was over long ago");
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_start_in_the_order_in_which_they_came() {
    let pace = Arc::new(pace(8, MS(100)));
    let mut tasks = JoinSet::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    for n in 0..8 {
        let (pace, order) = (pace.clone(), order.clone());
        tasks.spawn(async move {
            pace.start(HOST).await.unwrap().answered();
            order.lock().unwrap().push(n);
        });
    }
    tasks.join_all().await;
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_rest_holds_everybody_and_a_long_one_nobody() {
    let pace = pace(8, Duration::ZERO);
    let begun = Instant::now();
    assert_eq!(pace.start(HOST).await.unwrap().refused(Some(SECS(30)), "429"), SECS(30));
    let pass = pace.start(HOST).await.unwrap();
    assert_eq!(begun.elapsed(), SECS(30), "a rest within patience is waited for, and kept exactly");
    pass.refused(Some(SECS(31)), "the shop refused with 429");
    let refused = pace.start("search.shop.example").await.unwrap_err();
    assert_eq!((refused.to_string().as_str(), begun.elapsed()), ("the shop refused with 429; next try in 31 s", SECS(30)));
    assert_eq!(pace.state().resting, Some(SECS(31)));
    tokio::time::advance(SECS(1)).await;
    pace.start(HOST).await.unwrap().answered();
    assert_eq!(begun.elapsed(), SECS(61));
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_a_turn_hear_at_once_that_there_is_none() {
    for (long, expected) in
        [(true, "blocked"), (false, "5 requests in a row got no answer, the last: connection refused; next try in 30 s")]
    {
        let pace = pace(8, SECS(20));
        let passes = if long { 1 } else { 5 };
        let mut under_way = Vec::new();
        for _ in 0..passes {
            under_way.push(pace.start(HOST).await.unwrap());
        }
        let begun = Instant::now();
        let mut waiting = Box::pin(pace.start(HOST));
        assert!(waiting.as_mut().now_or_never().is_none());
        for pass in under_way {
            if long {
                pass.refused(Some(SECS(100)), "blocked");
            } else {
                pass.failed("connection refused");
            }
        }
        let told = waiting.await.unwrap_err().to_string();
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_host_costs_nobody_time_and_its_neighbour_nothing() {
    let pace = pace(8, Duration::ZERO);
    fail(&pace, HOST, 5).await;
    let begun = Instant::now();
    tokio::time::advance(MS(2_500)).await;
    for _ in 0..10_000 {
        let refused = pace.start(HOST).await.unwrap_err().to_string();
        assert_eq!(refused, "5 requests in a row got no answer, the last: connection refused; next try in 28 s");
    }
    assert_eq!(begun.elapsed(), MS(2_500));
    pace.start("search.shop.example").await.unwrap().answered();
    assert!(matches!(pace.state().hosts[1], (_, BreakerState::Open { failures: 5, .. })), "{:?}", pace.state());

    tokio::time::advance(SECS(28)).await;
    let trial = pace.start(HOST).await.unwrap();
    assert!(pace.start(HOST).await.unwrap_err().to_string().ends_with("one is trying again now"));
    drop(trial);
    pace.start(HOST).await.unwrap().answered();
    fail(&pace, HOST, 4).await;
    assert_eq!(pace.state().hosts[1], (HOST.to_owned(), BreakerState::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_when_there_is_nothing_left_to_wait_for() {
    let pace = pace(8, Duration::ZERO);
    let begun = Instant::now();
    pace.pause(HOST, SECS(3)).await;
    assert_eq!(begun.elapsed(), SECS(3));
    let mut pausing = Box::pin(pace.pause(HOST, SECS(60)));
    assert!(pausing.as_mut().now_or_never().is_none());
    fail(&pace, HOST, 5).await;
    pausing.await;
    assert_eq!(begun.elapsed(), SECS(3));
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_was_waited_with_is_looked_at_again() {
    let pace = pace(8, Duration::ZERO);
    let under_way = pace.start(HOST).await.unwrap();
    let turn = pace.turn(HOST).await.unwrap();
    under_way.refused(Some(SECS(2)), "429");
    assert!(turn.begin().is_none(), "the shop rests since");
    assert!(pace.turn(HOST).await.unwrap().begin().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_shop_that_always_refuses_is_left_alone_after_a_while() {
    let pace = pace(2, Duration::ZERO);
    let begun = Instant::now();
    let mut asked = 0;
    while let Ok(pass) = pace.start(HOST).await {
        pass.refused(Some(SECS(1)), "429");
        asked += 1;
    }
    assert!((5..12).contains(&asked) && begun.elapsed() < SECS(300), "{asked} in {:?}", begun.elapsed());
    let before = pace.state().interval;
    tokio::time::advance(pace.state().resting.unwrap()).await;
    assert_eq!(pace.state().interval, before, "never faster after a block");
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_holds_for_the_whole_shop() {
    let pace = pace(8, MS(100));
    for (delay, expected) in [(Some(SECS(2)), SECS(2)), (None, MS(100))] {
        pace.set_crawl_delay("search.shop.example", delay);
        pace.start(HOST).await.unwrap().answered();
        let begun = Instant::now();
        pace.start(HOST).await.unwrap().answered();
        assert_eq!(begun.elapsed(), expected);
    }
}

/// Runs `count` items of a job, each 100 ms of work on its seat; the futures end when the last is done.
fn items(pace: &Arc<Pace>, job: u64, count: usize) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let pace = pace.clone();
        tasks.spawn(async move {
            let _seat = pace.seat(JobKey(job)).await;
            let pass = pace.start(HOST).await.unwrap();
            tokio::time::sleep(MS(100)).await;
            pass.answered();
        });
    }
    tasks
}

#[tokio::test(start_paused = true)]
async fn eight_items_beside_ten_thousand_take_twice_their_time() {
    let pace = Arc::new(pace(1, Duration::ZERO));
    let large = items(&pace, 1, 10_000);
    tokio::time::sleep(MS(1_050)).await;
    assert_eq!(pace.state().waiting, 10_000 - 11);
    let begun = Instant::now();
    items(&pace, 2, 8).join_all().await;
    // The item that is on the seat, then one of each job in turn.
    assert!(begun.elapsed() <= MS((1 + 2 * 8) * 100), "{:?}", begun.elapsed());
    drop(large);
}
