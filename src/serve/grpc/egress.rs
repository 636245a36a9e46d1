//! `EgressService`: whether the routes work.

use std::pin::Pin;

use tokio_stream::Stream;
use tonic::{Request, Response, Status, async_trait};

use crate::scrape::Glaneur;
use crate::serve::proto::egress_service_server::EgressService;
use crate::serve::proto::{CheckRoutesRequest, CheckRoutesResponse};
use crate::serve::routes::Check;

use super::wire;

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) glaneur: Glaneur,
}

#[async_trait]
impl EgressService for Service {
    type CheckRoutesStream = Pin<Box<dyn Stream<Item = Result<CheckRoutesResponse, Status>> + Send>>;

    async fn check_routes(&self, request: Request<CheckRoutesRequest>) -> Result<Response<Self::CheckRoutesStream>, Status> {
        let check = Check::begin(&self.glaneur, Some(&request.into_inner().route))?;
        let glaneur = self.glaneur.clone();
        Ok(Response::new(Box::pin(async_stream::stream! {
            for route in check.routes() {
                yield Ok(wire::route_report(&glaneur.check_route(route).await));
            }
        })))
    }
}
