//! Webhooks and their endpoints.

use jiff::Timestamp;

use crate::jobs::{Delivery, DeliveryState, EndpointInfo, EndpointState, ListDeliveries, Replay, Trouble};
use crate::model::JobId;
use crate::serve::fault::Fault;
use crate::serve::{proto, shown};

use super::timestamp;

pub(in crate::serve::grpc) fn delivery(delivery: Delivery) -> proto::Delivery {
    let Delivery {
        id,
        webhook_id,
        job,
        seq,
        endpoint,
        url,
        state,
        attempts,
        created_at,
        next_at,
        delivered_at,
        last_status,
        last_error,
        last_answer,
        changed_at,
    } = delivery;
    proto::Delivery {
        delivery_id: id,
        webhook_id,
        job_id: job.to_string(),
        seq: seq.0,
        endpoint,
        url: shown(&url),
        state: delivery_state(state).into(),
        attempts,
        create_time: Some(timestamp(created_at)),
        next_attempt_time: next_at.map(timestamp),
        deliver_time: delivered_at.map(timestamp),
        last_status: last_status.map(u32::from),
        last_error,
        last_answer,
        change_time: Some(timestamp(changed_at)),
    }
}

fn delivery_state(state: DeliveryState) -> proto::delivery::State {
    match state {
        DeliveryState::Waiting => proto::delivery::State::Waiting,
        DeliveryState::Delivered => proto::delivery::State::Delivered,
        DeliveryState::Failed => proto::delivery::State::Failed,
    }
}

/// What is to be listed; the job is read by the service, which may need one.
pub(in crate::serve::grpc) fn list(request: proto::ListDeliveriesRequest, job: Option<JobId>) -> Result<ListDeliveries, Fault> {
    Ok(ListDeliveries {
        job,
        state: delivery_filter(request.state)?,
        endpoint: (!request.endpoint.is_empty()).then_some(request.endpoint),
        since: request.since.map(moment).transpose()?,
        page_size: request.page_size,
        page_token: (!request.page_token.is_empty()).then_some(request.page_token),
    })
}

fn delivery_filter(number: i32) -> Result<Option<DeliveryState>, Fault> {
    match proto::delivery::State::try_from(number) {
        Ok(proto::delivery::State::Unspecified) => Ok(None),
        Ok(proto::delivery::State::Waiting) => Ok(Some(DeliveryState::Waiting)),
        Ok(proto::delivery::State::Delivered) => Ok(Some(DeliveryState::Delivered)),
        Ok(proto::delivery::State::Failed) => Ok(Some(DeliveryState::Failed)),
        Err(_) => Err(Fault::argument("state", format!("{number} is not a state of a delivery"))),
    }
}

pub(in crate::serve::grpc) fn replay(request: &proto::ReplayDeliveriesRequest, job: Option<JobId>) -> Result<Replay, Fault> {
    use proto::replay_deliveries_request::Scope;
    let refuse = |field: &str, message: &str| Err(Fault::argument(field, message));
    let since = request.since.map(moment).transpose()?;
    match (Scope::try_from(request.scope), job, since) {
        (Err(_), ..) => refuse("scope", &format!("{} is not a ReplayScope", request.scope)),
        (Ok(Scope::Unspecified | Scope::Failed), Some(job), since) => Ok(Replay::Failed { job, since }),
        (Ok(Scope::Unspecified | Scope::Failed), None, Some(since)) => Ok(Replay::FailedSince(since)),
        (Ok(Scope::Unspecified | Scope::Failed), None, None) => {
            refuse("since", "since is missing: give the moment since which all webhooks that were given up are sent again, or a job_id")
        }
        (Ok(Scope::All), Some(job), None) => Ok(Replay::All { job }),
        (Ok(Scope::All), Some(_), Some(_)) => refuse("since", "ALL sends every webhook of the job again: leave since out, or use FAILED"),
        (Ok(Scope::All), None, _) => refuse("scope", "ALL needs a job_id: over all jobs only those that were given up are sent again"),
    }
}

fn moment(at: prost_types::Timestamp) -> Result<Timestamp, Fault> {
    let refused = |_| Fault::argument("since", "since is no moment between the years -9999 and 9999");
    Timestamp::new(at.seconds, at.nanos).map_err(refused)
}

pub(in crate::serve::grpc) fn endpoint(endpoint: EndpointInfo) -> proto::Endpoint {
    let state = match endpoint.state() {
        EndpointState::Well => proto::endpoint::State::Well,
        EndpointState::Failing => proto::endpoint::State::Failing,
        EndpointState::Ended => proto::endpoint::State::Ended,
    };
    let EndpointInfo { name, url, delivered, waiting, failed, troubles } = endpoint;
    let troubles = troubles.into_iter().map(trouble).collect();
    proto::Endpoint { name, url: url.as_ref().map(shown), state: state.into(), delivered, waiting, failed, troubles }
}

fn trouble(trouble: Trouble) -> proto::endpoint::Trouble {
    let Trouble { url, failing_since, failures, last_failure_at, last_status, last_error, ended_at } = trouble;
    proto::endpoint::Trouble {
        url: shown(&url),
        failing_since: Some(timestamp(failing_since)),
        failures,
        last_failure_time: Some(timestamp(last_failure_at)),
        last_status: last_status.map(u32::from),
        last_error,
        end_time: ended_at.map(timestamp),
    }
}
