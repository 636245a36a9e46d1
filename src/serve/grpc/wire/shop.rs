//! Shops.

use crate::recipe::Recipe;
use crate::serve::proto;

pub(in crate::serve::grpc) fn shop(recipe: &Recipe) -> proto::Shop {
    let pace = recipe.pace();
    let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    proto::Shop {
        name: recipe.name().to_string(),
        title: recipe.title().to_owned(),
        origin: recipe.origin().origin().ascii_serialization(),
        pace: Some(proto::Pace {
            concurrency: u32::try_from(pace.concurrency).unwrap_or(u32::MAX),
            interval_ms: millis(pace.interval),
            jitter_ms: millis(pace.jitter),
        }),
    }
}
