//! `DeliveryService`: webhooks over all jobs, and their endpoints.

use tonic::{Request, Response, Status, async_trait};

use crate::jobs::Replay;
use crate::model::JobId;
use crate::serve::fault::Fault;
use crate::serve::gate::Desk;
use crate::serve::proto::delivery_service_server::DeliveryService;
use crate::serve::proto::{
    Delivery, GetDeliveryRequest, ListDeliveriesRequest, ListDeliveriesResponse, ListEndpointsRequest, ListEndpointsResponse,
    ReplayDeliveriesRequest, ReplayDeliveriesResponse, ReplayDeliveryRequest,
};

use super::wire;

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) desk: Desk,
}

#[async_trait]
impl DeliveryService for Service {
    async fn list_deliveries(&self, request: Request<ListDeliveriesRequest>) -> Result<Response<ListDeliveriesResponse>, Status> {
        let jobs = self.desk.jobs(request.extensions())?;
        let request = request.into_inner();
        let job = job_id(&request.job_id);
        let page = jobs.deliveries(wire::list(request, job)?).await.map_err(Fault::from)?;
        Ok(Response::new(ListDeliveriesResponse {
            deliveries: page.deliveries.into_iter().map(wire::delivery).collect(),
            next_page_token: page.next_page_token.unwrap_or_default(),
        }))
    }

    async fn get_delivery(&self, request: Request<GetDeliveryRequest>) -> Result<Response<Delivery>, Status> {
        let jobs = self.desk.jobs(request.extensions())?;
        let id = webhook_id(request.into_inner().webhook_id)?;
        Ok(Response::new(wire::delivery(jobs.delivery(&id).await.map_err(Fault::from)?)))
    }

    async fn replay_delivery(&self, request: Request<ReplayDeliveryRequest>) -> Result<Response<Delivery>, Status> {
        let jobs = self.desk.jobs(request.extensions())?;
        let id = webhook_id(request.into_inner().webhook_id)?;
        jobs.replay(Replay::One(id.clone())).await.map_err(Fault::from)?;
        Ok(Response::new(wire::delivery(jobs.delivery(&id).await.map_err(Fault::from)?)))
    }

    async fn replay_deliveries(&self, request: Request<ReplayDeliveriesRequest>) -> Result<Response<ReplayDeliveriesResponse>, Status> {
        let jobs = self.desk.jobs(request.extensions())?;
        let request = request.into_inner();
        let which = wire::replay(&request, job_id(&request.job_id))?;
        Ok(Response::new(ReplayDeliveriesResponse { replayed: jobs.replay(which).await.map_err(Fault::from)? }))
    }

    async fn list_endpoints(&self, request: Request<ListEndpointsRequest>) -> Result<Response<ListEndpointsResponse>, Status> {
        let jobs = self.desk.jobs(request.extensions())?;
        let endpoints = jobs.endpoints().await.map_err(Fault::from)?;
        Ok(Response::new(ListEndpointsResponse { endpoints: endpoints.into_iter().map(wire::endpoint).collect() }))
    }
}

fn job_id(text: &str) -> Option<JobId> {
    (!text.is_empty()).then(|| JobId::new(text))
}

/// An empty id is a field that was left out, not a webhook that is unknown.
fn webhook_id(text: String) -> Result<String, Fault> {
    if text.is_empty() {
        return Err(Fault::argument("webhook_id", "webhook_id is missing: give the id that ListDeliveries or the header webhook-id told"));
    }
    Ok(text)
}
