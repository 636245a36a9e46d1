//! One item: all shops at once, the replacement when nobody has the primary, and a result whatever happens.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tracing::{Instrument, error, info};

use super::flow::Admitted;
use super::inquiry::{self, Asked, Errand};
use super::room::Room;
use super::{Engine, Order, Source, Station, probe};
use crate::egress::{Holder, JobKey};
use crate::model::{Code, Event, Gtin, Item, ItemResult, ItemStatus, MediaMode, Product, Progress, ShopResult, ShopStatus};
use crate::plan::{self, Work};

/// Works on one item and tells its events. A defect of ours ends this item as `FAILED` and nothing else.
pub(super) async fn work(engine: Arc<Engine>, admitted: Admitted, order: Arc<Order>, tell: mpsc::Sender<Event>) {
    let Admitted { position, item, job, begun, slot } = admitted;
    let started = Instant::now();
    let task = Task { engine: &engine, order: &order, tell: &tell, position, item: &item, job, room: Room::of(&engine.room) };
    let mut result = match AssertUnwindSafe(task.run()).catch_unwind().await {
        Ok(result) => result,
        Err(panic) => {
            error!(ean = item.primary.as_given(), panic = text_of(&panic), "a defect of glaneur ended this item");
            ItemResult::bare(position, &item, ItemStatus::Failed, Some(format!("a defect of glaneur ended this item: {}", text_of(&panic))))
        }
    };
    result.elapsed_ms = started.elapsed().as_millis() as u64;
    drop(begun);
    // A reader that is gone wants nothing more.
    let _ = tell.send(Event::Result(Box::new(result))).await;
    drop(slot);
}

struct Task<'a> {
    engine: &'a Engine,
    order: &'a Order,
    tell: &'a mpsc::Sender<Event>,
    position: u32,
    item: &'a Item,
    job: JobKey,
    room: Room<'a>,
}

impl Task<'_> {
    async fn run(&self) -> ItemResult {
        let codes = match plan::work(self.item, &self.engine.settings.ignore_prefixes) {
            Work::Settled { status, detail } => return ItemResult::bare(self.position, self.item, status, Some(detail)),
            Work::Search(codes) => codes,
        };
        let mut outcomes = Vec::new();
        let mut used_replacement = false;
        for (turn, code) in codes.iter().enumerate() {
            let answers = self.ask_all(code).await;
            let found = answers.iter().any(|answer| answer.status == ShopStatus::Found);
            // What was learnt about the primary is kept unless the replacement is really there.
            if turn == 0 || found {
                used_replacement = turn > 0;
                outcomes = answers;
            }
            if found {
                break;
            }
        }
        let status = status_of(&outcomes);
        let mut result = ItemResult::bare(self.position, self.item, status, detail_of(status, &outcomes, self.item));
        result.used_replacement = used_replacement;
        result.shops = outcomes;
        result
    }

    /// Asks every shop for one barcode, all at once; the answers are in the order of the shops.
    async fn ask_all(&self, code: &Gtin) -> Vec<ShopResult> {
        let stations = self.engine.stations.iter().filter(|station| self.order.shops.contains(station.shop.recipe.name()));
        let asked = stations.enumerate().map(|(place, station)| async move {
            let span = tracing::info_span!("shop", name = %station.shop.recipe.name());
            let answer = self.ask(station, code).instrument(span).await;
            // Each shop for itself: while a slow reader is waited for, the others' requests go on, for which other jobs may wait.
            self.report(&answer).await;
            (place, answer)
        });
        let asked: FuturesUnordered<_> = asked.collect();
        let mut answers: Vec<(usize, ShopResult)> = asked.collect().await;
        answers.sort_by_key(|(place, _)| *place);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    async fn ask(&self, station: &Station, code: &Gtin) -> ShopResult {
        let started = Instant::now();
        let asked = AssertUnwindSafe(inquiry::ask(self.engine, station, code, &self.errand(station), &self.room)).catch_unwind().await;
        let mut asked = asked.unwrap_or_else(|panic| {
            error!(shop = %station.shop.recipe.name(), ean = code.ean(), panic = text_of(&panic), "a defect of glaneur ended the work on this shop");
            Asked::failed(format!("a defect of glaneur: {}", text_of(&panic)))
        });
        if let (MediaMode::Probe, Some(product)) = (self.media(station), asked.outcome.found()) {
            asked.requests += self.probe(station, product, asked.deadline).await;
        }
        asked.outcome.told(station.shop.recipe.name().clone(), code, asked.requests, started)
    }

    /// A defect while pictures are looked into costs no product.
    async fn probe(&self, station: &Station, product: &mut Product, deadline: tokio::time::Instant) -> u32 {
        let probed = AssertUnwindSafe(probe::probe(self.engine, station, product, &self.errand(station), deadline)).catch_unwind().await;
        probed.unwrap_or_else(|panic| {
            error!(shop = %station.shop.recipe.name(), panic = text_of(&panic), "a defect of glaneur ended the look into a product's media");
            0
        })
    }

    /// In whose name the shop is asked, and by which routes.
    fn errand(&self, station: &Station) -> Errand {
        Errand {
            holder: Holder { shop: station.shop.recipe.name().clone(), job: self.job },
            routes: station.shop.routes.with(&self.order.route),
            max_age: self.order.max_age,
            keep: self.order.keep.clone(),
        }
    }

    /// The job's word, else the recipe's, else that of the settings.
    fn media(&self, station: &Station) -> MediaMode {
        if matches!(self.engine.source, Source::Kept(..)) {
            // No picture was kept, and none is asked for.
            return MediaMode::Listed;
        }
        self.order.media.or(station.shop.recipe.media()).unwrap_or(self.engine.settings.media)
    }

    async fn report(&self, answer: &ShopResult) {
        let price = answer.product.as_deref().and_then(|product| product.price()).map(|price| format!(" {price}")).unwrap_or_default();
        let why = answer.detail.as_deref().map(|detail| format!(": {detail:?}")).unwrap_or_default();
        // What pages and callers wrote is quoted: it cannot forge a line.
        info!(
            position = self.position,
            elapsed_ms = answer.elapsed_ms,
            "item {} {:?}: {} {:?}{price} in {} ms, {} requests{why}",
            self.position,
            answer.ean,
            answer.shop,
            answer.status,
            answer.elapsed_ms,
            answer.requests
        );
        let progress = Progress {
            position: self.position,
            ean: self.item.primary.as_given().to_owned(),
            shop: answer.shop.clone(),
            status: answer.status,
            detail: answer.detail.clone(),
            elapsed_ms: answer.elapsed_ms,
        };
        let _ = self.tell.send(Event::Progress(progress)).await;
    }
}

fn status_of(outcomes: &[ShopResult]) -> ItemStatus {
    if outcomes.iter().any(|outcome| outcome.status == ShopStatus::Found) {
        ItemStatus::Found
    } else if outcomes.iter().any(|outcome| outcome.status.is_answer()) {
        ItemStatus::NotFound
    } else {
        ItemStatus::Failed
    }
}

fn detail_of(status: ItemStatus, outcomes: &[ShopResult], item: &Item) -> Option<String> {
    let mut sentences = Vec::new();
    match status {
        ItemStatus::NotFound => sentences.push("no shop shows this barcode".to_owned()),
        ItemStatus::Failed => sentences.push("no shop could answer".to_owned()),
        _ => {}
    }
    let silent: Vec<_> = outcomes.iter().filter(|outcome| !outcome.status.is_answer()).map(|outcome| outcome.shop.as_str()).collect();
    if status == ItemStatus::NotFound && !silent.is_empty() {
        sentences.push(format!("no answer from {}", silent.join(", ")));
    }
    if let Some(Code::Invalid { reason, .. }) = &item.replacement {
        sentences.push(format!("the replacement was not tried: {reason}"));
    }
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without a message")
}
