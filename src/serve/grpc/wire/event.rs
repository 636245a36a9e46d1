//! The entries of a job's story.

use crate::jobs::Entry;
use crate::model::{Accepted, Completed, Counts, Event, Progress, ShopName, ShopPlan, Waiting};
use crate::serve::cursor;
use crate::serve::proto::{self, scrape_response};

use super::{result, timestamp};

pub(in crate::serve::grpc) fn response(entry: Entry) -> proto::ScrapeResponse {
    let Entry { job, seq, at, event } = entry;
    proto::ScrapeResponse {
        job_id: job.to_string(),
        cursor: cursor::write(seq),
        seq: seq.0,
        time: Some(timestamp(at)),
        event: Some(match event {
            Event::Accepted(it) => scrape_response::Event::Accepted(accepted(it)),
            Event::Progress(it) => scrape_response::Event::Progress(progress(it)),
            Event::Waiting(it) => scrape_response::Event::Waiting(waiting(it)),
            Event::Result(it) => scrape_response::Event::Result(result::item(*it)),
            Event::Completed(it) => scrape_response::Event::Completed(completed(it)),
        }),
    }
}

fn accepted(event: Accepted) -> proto::Accepted {
    let Accepted { total, shops, ignored3400, plan } = event;
    let plan = plan.into_iter().map(shop_plan).collect();
    proto::Accepted { total, shops: shops.iter().map(ShopName::to_string).collect(), ignored3400, plan }
}

fn shop_plan(plan: ShopPlan) -> proto::ShopPlan {
    let ShopPlan { shop, search, page, image, in_the_clear, respects_robots } = plan;
    let in_the_clear = in_the_clear.iter().map(|phase| phase.as_str().to_owned()).collect();
    proto::ShopPlan { shop: shop.to_string(), search, page, image, in_the_clear, respects_robots }
}

fn progress(event: Progress) -> proto::Progress {
    let Progress { position, ean, shop, status, detail, elapsed_ms } = event;
    proto::Progress { position, ean, shop: shop.to_string(), status: result::shop_status(status).into(), detail, elapsed_ms }
}

fn waiting(event: Waiting) -> proto::Waiting {
    let Waiting { route, percent, detail } = event;
    proto::Waiting { route, percent: percent.into(), detail }
}

fn completed(event: Completed) -> proto::Completed {
    let Completed { counts: of, ignored3400, not_found, failed, cancelled, elapsed_ms } = event;
    proto::Completed { counts: Some(counts(of)), ignored3400, not_found, failed, cancelled, elapsed_ms }
}

pub(super) fn counts(counts: Counts) -> proto::Counts {
    let Counts { total, found, not_found, ignored, invalid, failed, cancelled } = counts;
    proto::Counts { total, found, not_found, ignored, invalid, failed, cancelled }
}
