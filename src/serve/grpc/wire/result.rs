//! What is known of an item.

use crate::model::{ItemResult, ItemStatus, ShopResult, ShopStatus};
use crate::serve::proto;

use super::product::product;

pub(super) fn item(result: ItemResult) -> proto::ItemResult {
    let ItemResult { position, ean, gtin14, status, used_replacement, replacement, shops, detail, elapsed_ms } = result;
    proto::ItemResult {
        position,
        ean,
        gtin14,
        status: item_status(status).into(),
        used_replacement,
        replacement,
        shops: shops.into_iter().map(shop).collect(),
        detail,
        elapsed_ms,
    }
}

fn shop(outcome: ShopResult) -> proto::ShopResult {
    let ShopResult { shop, status, ean, product: sheet, url, seen_ean, detail, page_age_seconds, requests, elapsed_ms } = outcome;
    proto::ShopResult {
        shop: shop.to_string(),
        status: shop_status(status).into(),
        ean,
        product: sheet.map(|sheet| product(*sheet)),
        url,
        seen_ean,
        detail,
        page_age_seconds,
        requests,
        elapsed_ms,
    }
}

fn item_status(status: ItemStatus) -> proto::item_result::Status {
    match status {
        ItemStatus::Found => proto::item_result::Status::Found,
        ItemStatus::NotFound => proto::item_result::Status::NotFound,
        ItemStatus::Ignored => proto::item_result::Status::Ignored,
        ItemStatus::Invalid => proto::item_result::Status::Invalid,
        ItemStatus::Failed => proto::item_result::Status::Failed,
        ItemStatus::Cancelled => proto::item_result::Status::Cancelled,
    }
}

pub(in crate::serve::grpc) fn shop_status(status: ShopStatus) -> proto::shop_result::Status {
    match status {
        ShopStatus::Found => proto::shop_result::Status::Found,
        ShopStatus::Unverified => proto::shop_result::Status::Unverified,
        ShopStatus::NotFound => proto::shop_result::Status::NotFound,
        ShopStatus::Mismatch => proto::shop_result::Status::Mismatch,
        ShopStatus::Discontinued => proto::shop_result::Status::Discontinued,
        ShopStatus::Blocked => proto::shop_result::Status::Blocked,
        ShopStatus::Timeout => proto::shop_result::Status::Timeout,
        ShopStatus::Robots => proto::shop_result::Status::Robots,
        ShopStatus::Unreachable => proto::shop_result::Status::Unreachable,
        ShopStatus::Error => proto::shop_result::Status::Error,
    }
}
