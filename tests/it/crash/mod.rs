//! `kill -9` at random moments, over the real binary: during the first start, during recovery, at work. Whatever was acknowledged or told
//! must be there at the end, and every webhook must have come.
//!
//! Twenty rounds belong to the ordinary tests. Any number by hand; the seed that was printed makes the same choices again:
//! `GLANEUR_TEST_CRASH_ROUNDS=1000 GLANEUR_TEST_CRASH_SEED=7 cargo test --test it kill_9_at_random -- --nocapture`

mod audit;
mod books;
mod disk;
mod figures;
mod million;
mod refusals;
mod world;

use std::time::Duration;

use glaneur::demo::{Behaviour, DemoShops, PageBytes};

use figures::Figures;
use world::World;

/// A new data directory after so many rounds, so that first starts are killed as well.
const ROUNDS_PER_DIRECTORY: u64 = 10;

/// Pages of a few kilobytes: what is at stake here is the journal, not the reading.
fn small_shops(latency: Duration) -> Behaviour {
    let page_bytes = PageBytes { cocooncenter: 4_000, pharma_gdd: 4_000, drakkars: 4_000 };
    Behaviour { page_bytes, ..Behaviour::fixed(latency) }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text:?} is no number")))
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_at_random_moments_loses_nothing() {
    let rounds = variable("GLANEUR_TEST_CRASH_ROUNDS").unwrap_or(20);
    let seed = variable("GLANEUR_TEST_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("kill -9: {rounds} rounds, GLANEUR_TEST_CRASH_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let shops = DemoShops::start(small_shops(Duration::from_millis(10))).await.unwrap();
    let mut figures = Figures::default();
    let mut left = rounds;
    while left > 0 {
        let here = left.min(ROUNDS_PER_DIRECTORY);
        let mut world = World::new(&shops, rng.fork()).await;
        for round in 0..here {
            world.round(round, &mut figures).await;
        }
        world.settle(&mut figures).await;
        left -= here;
        // Whoever stops a long run has figures all the same.
        if left.is_multiple_of(100) {
            println!("{} rounds\n{}", rounds - left, figures.table());
        }
    }
    figures.check();
}
