//! Jobs.

use crate::jobs::{DeliveryCounts, JobInfo, JobState};
use crate::model::ShopName;
use crate::serve::fault::Fault;
use crate::serve::{cursor, proto, shown};

use super::event::counts;
use super::timestamp;

pub(in crate::serve::grpc) fn job(job: JobInfo) -> proto::Job {
    let JobInfo {
        id,
        number,
        state,
        created_at,
        finished_at,
        total,
        counts: done,
        shops,
        media,
        route,
        max_age,
        ignored3400,
        callback_url,
        last_seq,
        deliveries,
    } = job;
    let DeliveryCounts { delivered, waiting, failed } = deliveries;
    proto::Job {
        job_id: id.to_string(),
        number,
        state: job_state(state).into(),
        create_time: Some(timestamp(created_at)),
        finish_time: finished_at.map(timestamp),
        total,
        counts: Some(counts(done)),
        shops: shops.iter().map(ShopName::to_string).collect(),
        media: super::order::media_of(media).into(),
        route: super::order::routes_of(&route),
        max_age: max_age.and_then(|age| age.try_into().ok()),
        ignored3400,
        callback_url: callback_url.as_ref().map(shown),
        last_cursor: cursor::write(last_seq),
        deliveries: Some(proto::DeliveryCounts { delivered, waiting, failed }),
    }
}

fn job_state(state: JobState) -> proto::job::State {
    match state {
        JobState::Queued => proto::job::State::Queued,
        JobState::Running => proto::job::State::Running,
        JobState::Completed => proto::job::State::Completed,
        JobState::Cancelled => proto::job::State::Cancelled,
    }
}

pub(in crate::serve::grpc) fn state_filter(number: i32) -> Result<Option<JobState>, Fault> {
    match proto::job::State::try_from(number) {
        Ok(proto::job::State::Unspecified) => Ok(None),
        Ok(proto::job::State::Queued) => Ok(Some(JobState::Queued)),
        Ok(proto::job::State::Running) => Ok(Some(JobState::Running)),
        Ok(proto::job::State::Completed) => Ok(Some(JobState::Completed)),
        Ok(proto::job::State::Cancelled) => Ok(Some(JobState::Cancelled)),
        Err(_) => Err(Fault::argument("state", format!("{number} is not a JobState"))),
    }
}
