//! Old jobs leave the journal, a little at a time and only while the process has nothing against it.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::journal::{Journal, JournalError, Sweep};

/// Between two looks for jobs whose time is over.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// After a step, the writer belongs to the others for so many times as long as the step took.
const SHARE: u32 = 4;
const LEAST_PAUSE: Duration = Duration::from_millis(5);

/// Deletes what is older than `keep` until `drain`.
pub(super) async fn retain(journal: &Journal, keep: Duration, drain: &CancellationToken) -> Result<(), JournalError> {
    while !drain.is_cancelled() {
        let pause = match step(journal, keep).await {
            Ok(pause) => pause,
            Err(JournalError::Busy) => LOOK,
            Err(error) => return Err(error),
        };
        tokio::select! {
            () = drain.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    Ok(())
}

/// Tells how long to wait before the next one.
async fn step(journal: &Journal, keep: Duration) -> Result<Duration, JournalError> {
    // Nothing can be older than the calendar.
    let Ok(before) = Timestamp::now().checked_sub(keep) else { return Ok(LOOK) };
    let begun = Instant::now();
    let swept = journal.sweep(before).await?;
    Ok(match swept {
        Sweep::More => (begun.elapsed() * SHARE).max(LEAST_PAUSE),
        Sweep::Done => LOOK,
    })
}
