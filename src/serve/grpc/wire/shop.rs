//! Shops.

use crate::recipe::Recipe;
use crate::serve::proto;

use super::milliseconds;

pub(in crate::serve::grpc) fn shop(recipe: &Recipe) -> proto::Shop {
    let pace = recipe.pace();
    proto::Shop {
        name: recipe.name().to_string(),
        title: recipe.title().to_owned(),
        origin: recipe.origin().origin().ascii_serialization(),
        pace: Some(proto::Pace {
            concurrency: u32::try_from(pace.concurrency).unwrap_or(u32::MAX),
            interval_ms: milliseconds(pace.interval),
            jitter_ms: milliseconds(pace.jitter),
        }),
    }
}
