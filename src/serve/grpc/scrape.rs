//! `ScrapeService`: submit and follow.

use std::pin::Pin;

use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming, async_trait};

use crate::jobs::Intake;
use crate::model::Seq;
use crate::serve::fault::Fault;
use crate::serve::intake::Unkeyed;
use crate::serve::proto::scrape_service_server::ScrapeService;
use crate::serve::proto::{ScrapeRequest, ScrapeResponse, ScrapeStreamRequest};

use super::follow::{Leash, Place, follow};
use super::{Doors, feed, wire};

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) doors: Doors,
}

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<ScrapeResponse, Status>> + Send>>;

#[async_trait]
impl ScrapeService for Service {
    type ScrapeStream = Responses;
    type ScrapeStreamStream = Responses;

    async fn scrape(&self, request: Request<ScrapeRequest>) -> Result<Response<Responses>, Status> {
        let Doors { desk, rules, drain, tasks, .. } = &self.doors;
        if drain.is_cancelled() {
            return Err(Fault::draining().into());
        }
        let (jobs, caller) = (desk.jobs(request.extensions())?, wire::caller(&request));
        let request = request.into_inner();
        let cancel = request.cancel_on_disconnect;
        let job = rules.job(wire::order(request)?, Intake::Whole, Unkeyed::AnotherJob, caller)?;
        let job = jobs.submit(job).await.map_err(Fault::from)?.job;
        let leash = cancel.then(|| Leash::new(jobs.clone(), job.id.clone(), tasks.clone()));
        let entries = jobs.watch(&job.id, Seq(0)).await.map_err(Fault::from)?;
        Ok(Response::new(Box::pin(follow(entries, Place { job: job.id, last: Seq(0) }, leash, drain.clone()))))
    }

    async fn scrape_stream(&self, request: Request<Streaming<ScrapeStreamRequest>>) -> Result<Response<Responses>, Status> {
        Ok(Response::new(feed::open(&self.doors, request)?))
    }
}
