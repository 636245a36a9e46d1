//! What a job's recorded results and a new reading of the same pages differ in.

use std::fmt;

use glaneur::{ItemResult, ShopResult, ShopStatus};

use super::recipe::sheet::{self, Drift};

/// Fields that are named on one line.
const NAMED: usize = 6;

/// What only a look into the files themselves tells, which a new reading does not take.
const PROBED: [&str; 5] = ["media_type", "width", "height", "duration", "codec"];

/// Answers of shops, counted by what became of them.
#[derive(Debug, Default)]
pub(super) struct Changes {
    same: u32,
    /// Found now, and not then.
    gained: u32,
    /// The other way round.
    lost: u32,
    changed: u32,
    not_kept: u32,
    /// The job has no answer to compare with.
    new: u32,
}

impl Changes {
    /// Counts an item's answers, and words those that differ.
    pub(super) fn note(&mut self, recorded: Option<&ItemResult>, read: &ItemResult) -> Vec<String> {
        let mut lines = Vec::new();
        for answer in &read.shops {
            let then = recorded.and_then(|recorded| recorded.shops.iter().find(|then| then.shop == answer.shop));
            if let Some(change) = self.compare(then, answer) {
                lines.push(format!("{:?} {}: {change}", read.ean, answer.shop));
            }
        }
        lines
    }

    fn compare(&mut self, then: Option<&ShopResult>, now: &ShopResult) -> Option<String> {
        let Some(then) = then else {
            self.new += 1;
            return None;
        };
        let fields = fields(then, now);
        let counter = match (then.status, now.status) {
            (_, ShopStatus::Unreachable) if then.status != ShopStatus::Unreachable => &mut self.not_kept,
            (was, ShopStatus::Found) if was != ShopStatus::Found => &mut self.gained,
            (ShopStatus::Found, is) if is != ShopStatus::Found => &mut self.lost,
            (was, is) if was != is || !fields.is_empty() => &mut self.changed,
            _ => &mut self.same,
        };
        *counter += 1;
        if then.status != now.status {
            let why = now.detail.as_deref().map(|detail| format!(" ({})", sheet::cut(detail))).unwrap_or_default();
            return Some(format!("{}, was {}{why}", now.status.as_str(), then.status.as_str()));
        }
        (!fields.is_empty()).then(|| format!("changed: {}", named(&fields)))
    }
}

/// Where two sheets differ, in the order of the sheet.
fn fields(then: &ShopResult, now: &ShopResult) -> Vec<String> {
    let sheet = |answer: &ShopResult| serde_json::to_value(&answer.product).unwrap_or_default();
    let drifts = sheet::compare(&sheet(then), &sheet(now));
    drifts.into_iter().filter(|drift| !is_probed(drift)).map(|drift| drift.place).collect()
}

fn is_probed(Drift { place, expected, read }: &Drift) -> bool {
    let of_media = ["images[", "videos[", "audio["].iter().any(|list| place.starts_with(list));
    let fact = place.rsplit('.').next().unwrap_or_default();
    of_media && expected.is_some() && read.is_none() && PROBED.contains(&fact)
}

fn named(fields: &[String]) -> String {
    let more = fields.len().saturating_sub(NAMED);
    let named = fields.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { same, gained, lost, changed, not_kept, new } = self;
        write!(
            f,
            "against the job's results: {same} answers as recorded, {changed} changed, {gained} found now, {lost} no longer found, {not_kept} \
             without a kept page"
        )?;
        if *new > 0 { write!(f, ", {new} not recorded") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use glaneur::{ItemStatus, Media, Product};

    use super::*;

    fn result(status: ShopStatus, product: Option<Product>) -> ItemResult {
        let outcome = ShopResult {
            shop: glaneur::ShopName::new("a"),
            status,
            ean: "0748322148474".to_owned(),
            product: product.map(Box::new),
            url: None,
            seen_ean: None,
            detail: (status != ShopStatus::Found).then(|| "so it is".to_owned()),
            page_age_seconds: None,
            requests: 0,
            elapsed_ms: 0,
        };
        ItemResult {
            position: 1,
            ean: "0748322148474".to_owned(),
            gtin14: None,
            status: ItemStatus::Found,
            used_replacement: false,
            replacement: None,
            shops: vec![outcome],
            detail: None,
            elapsed_ms: 0,
        }
    }

    fn gel(brand: &str) -> Product {
        Product { name: Some("Gel".to_owned()), brand: Some(brand.to_owned()), ..Product::default() }
    }

    #[test]
    fn what_became_of_an_answer_is_counted_and_worded() {
        use ShopStatus::{Found, NotFound, Unreachable};
        let mut changes = Changes::default();
        let mut note = |then: &ItemResult, now: &ItemResult| changes.note(Some(then), now).join("\n");
        assert_eq!(note(&result(Found, Some(gel("A"))), &result(Found, Some(gel("A")))), "");
        assert_eq!(note(&result(Found, Some(gel("A"))), &result(Found, Some(gel("B")))), "\"0748322148474\" a: changed: brand");
        assert_eq!(note(&result(Found, Some(gel("A"))), &result(NotFound, None)), "\"0748322148474\" a: NOT_FOUND, was FOUND (so it is)");
        assert_eq!(note(&result(NotFound, None), &result(Found, Some(gel("A")))), "\"0748322148474\" a: FOUND, was NOT_FOUND");
        assert!(note(&result(Found, Some(gel("A"))), &result(Unreachable, None)).contains("UNREACHABLE, was FOUND"));
        assert_eq!(note(&result(Unreachable, None), &result(Unreachable, None)), "");
        assert!(changes.note(None, &result(Found, None)).is_empty());
        let told = "2 answers as recorded, 1 changed, 1 found now, 1 no longer found, 1 without a kept page, 1 not recorded";
        assert_eq!(changes.to_string(), format!("against the job's results: {told}"));
    }

    #[test]
    fn what_a_probe_found_out_is_no_change() {
        let picture = Media { url: "https://a.test/1.jpg".to_owned(), ..Media::default() };
        let probed = Media { width: Some(600), media_type: Some("image/jpeg".to_owned()), ..picture.clone() };
        let with = |media: Media| result(ShopStatus::Found, Some(Product { images: vec![media], ..gel("A") }));
        assert!(Changes::default().note(Some(&with(probed.clone())), &with(picture.clone())).is_empty());
        assert_eq!(Changes::default().note(Some(&with(picture)), &with(probed)).len(), 1);
    }
}
