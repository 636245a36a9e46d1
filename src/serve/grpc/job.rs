//! `JobService`: start, look up, list, follow, cancel, webhooks.

use tonic::{Request, Response, Status, async_trait};

use crate::jobs::{Intake, ListJobs, Novelty};
use crate::model::JobId;
use crate::serve::cursor;
use crate::serve::fault::Fault;
use crate::serve::intake::Unkeyed;
use crate::serve::proto::job_service_server::JobService;
use crate::serve::proto::{
    CancelJobRequest, GetJobRequest, Job, ListDeliveriesRequest, ListDeliveriesResponse, ListJobsRequest, ListJobsResponse,
    ReplayDeliveriesRequest, ReplayDeliveriesResponse, ScrapeRequest, WatchJobRequest,
};

use super::follow::{Place, follow, set};
use super::scrape::Responses;
use super::{Doors, wire};

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) doors: Doors,
}

#[async_trait]
impl JobService for Service {
    type WatchJobStream = Responses;

    async fn create_job(&self, request: Request<ScrapeRequest>) -> Result<Response<Job>, Status> {
        let Doors { desk, rules, drain, .. } = &self.doors;
        if drain.is_cancelled() {
            return Err(Fault::draining().into());
        }
        let (jobs, caller) = (desk.jobs(request.extensions())?, wire::caller(&request));
        let request = request.into_inner();
        if request.cancel_on_disconnect {
            let message = "CreateJob answers at once, so there is nobody to disconnect: leave it out, or call ScrapeService.Scrape";
            return Err(Fault::argument("cancel_on_disconnect", message).into());
        }
        let new = rules.job(wire::order(request)?, Intake::Whole, Unkeyed::AnotherJob, caller)?;
        let submitted = jobs.submit(new).await.map_err(Fault::from)?;
        let mut response = Response::new(wire::job(submitted.job));
        if submitted.novelty == Novelty::Repeat {
            set(response.metadata_mut(), "idempotent-replayed", "true");
        }
        Ok(response)
    }

    async fn get_job(&self, request: Request<GetJobRequest>) -> Result<Response<Job>, Status> {
        let jobs = self.doors.desk.jobs(request.extensions())?;
        let id = job_id(request.into_inner().job_id)?;
        Ok(Response::new(wire::job(jobs.get(&id).await.map_err(Fault::from)?)))
    }

    async fn list_jobs(&self, request: Request<ListJobsRequest>) -> Result<Response<ListJobsResponse>, Status> {
        let jobs = self.doors.desk.jobs(request.extensions())?;
        let request = request.into_inner();
        let list = ListJobs {
            state: wire::state_filter(request.state)?,
            page_size: request.page_size,
            page_token: (!request.page_token.is_empty()).then_some(request.page_token),
        };
        let page = jobs.list(list).await.map_err(Fault::from)?;
        Ok(Response::new(ListJobsResponse {
            jobs: page.jobs.into_iter().map(wire::job).collect(),
            next_page_token: page.next_page_token.unwrap_or_default(),
        }))
    }

    async fn cancel_job(&self, request: Request<CancelJobRequest>) -> Result<Response<Job>, Status> {
        let jobs = self.doors.desk.jobs(request.extensions())?;
        let id = job_id(request.into_inner().job_id)?;
        Ok(Response::new(wire::job(jobs.cancel(&id).await.map_err(Fault::from)?)))
    }

    async fn watch_job(&self, request: Request<WatchJobRequest>) -> Result<Response<Responses>, Status> {
        let Doors { desk, drain, .. } = &self.doors;
        let jobs = desk.jobs(request.extensions())?;
        let request = request.into_inner();
        let job = job_id(request.job_id)?;
        let after = cursor::read(&request.after_cursor, "after_cursor")?;
        let info = cursor::locate(&jobs, &job, after, "after_cursor").await?;
        if info.finished_at.is_some() && after == info.last_seq {
            return Ok(Response::new(Box::pin(tokio_stream::empty())));
        }
        let entries = jobs.watch(&job, after).await.map_err(Fault::from)?;
        Ok(Response::new(Box::pin(follow(entries, Place { job, last: after }, None, drain.clone()))))
    }

    async fn list_deliveries(&self, request: Request<ListDeliveriesRequest>) -> Result<Response<ListDeliveriesResponse>, Status> {
        let jobs = self.doors.desk.jobs(request.extensions())?;
        let request = request.into_inner();
        let job = job_id(request.job_id.clone())?;
        let page = jobs.deliveries(wire::list(request, Some(job))?).await.map_err(Fault::from)?;
        Ok(Response::new(ListDeliveriesResponse {
            deliveries: page.deliveries.into_iter().map(wire::delivery).collect(),
            next_page_token: page.next_page_token.unwrap_or_default(),
        }))
    }

    async fn replay_deliveries(&self, request: Request<ReplayDeliveriesRequest>) -> Result<Response<ReplayDeliveriesResponse>, Status> {
        let jobs = self.doors.desk.jobs(request.extensions())?;
        let request = request.into_inner();
        let job = job_id(request.job_id.clone())?;
        let replayed = jobs.replay(wire::replay(&request, Some(job))?).await.map_err(Fault::from)?;
        Ok(Response::new(ReplayDeliveriesResponse { replayed }))
    }
}

/// An empty id is a field that was left out, not a job that is unknown.
fn job_id(text: String) -> Result<JobId, Fault> {
    if text.is_empty() {
        return Err(Fault::argument("job_id", "job_id is missing: give the id that CreateJob or ListJobs told"));
    }
    Ok(JobId::new(text))
}
