//! Where a reader stands in a job. Opaque to callers; today it is the decimal number of the last event they have.

use crate::jobs::{JobInfo, Jobs};
use crate::model::{JobId, Seq};

use super::fault::{Class, Fault};

pub(crate) fn write(seq: Seq) -> String {
    seq.to_string()
}

/// The empty text stands for the beginning. `field` is the name of the argument at this door.
pub(crate) fn read(text: &str, field: &str) -> Result<Seq, Fault> {
    if text.is_empty() {
        return Ok(Seq(0));
    }
    // `u64::parse` would also take "+7".
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number.map(Seq).ok_or_else(|| Fault::argument(field, format!("{text:?} is no cursor: hand back one that an event carried")))
}

/// The job, once it is sure that `after` lies within what has happened so far.
pub(crate) async fn locate(jobs: &Jobs, id: &JobId, after: Seq, field: &str) -> Result<JobInfo, Fault> {
    let job = jobs.get(id).await?;
    if after > job.last_seq {
        let message = format!("the cursor {after} lies beyond the newest event, {}: was it taken from another job?", job.last_seq);
        return Err(Fault { class: Class::OutOfRange, field: Some(field.to_owned()), message });
    }
    Ok(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_decimal_numbers_are_cursors() {
        for (text, expected) in [("", Some(0)), ("0", Some(0)), ("7", Some(7)), ("18446744073709551615", Some(u64::MAX))] {
            assert_eq!(read(text, "after").ok().map(|seq| seq.0), expected, "{text}");
        }
        for text in ["-1", "+1", "1.0", " 1", "x", "18446744073709551616", "１"] {
            assert!(read(text, "after").is_err(), "{text}");
        }
    }
}
