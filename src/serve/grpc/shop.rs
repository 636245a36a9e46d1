//! `ShopService`: the shops that are known, and the reading of one page.

use jiff::Timestamp;
use tonic::{Request, Response, Status, async_trait};
use url::Url;

use crate::extract;
use crate::model::{Gtin, Page, Product, ShopStatus};
use crate::recipe::Recipe;
use crate::scrape::Glaneur;
use crate::serve::fault::{Class, Fault};
use crate::serve::proto::shop_service_server::ShopService;
use crate::serve::proto::{ExtractPageRequest, ExtractPageResponse, ListShopsRequest, ListShopsResponse};
use crate::verify::{Verdict, judge};

use super::wire;

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) glaneur: Glaneur,
}

#[async_trait]
impl ShopService for Service {
    async fn list_shops(&self, _request: Request<ListShopsRequest>) -> Result<Response<ListShopsResponse>, Status> {
        Ok(Response::new(ListShopsResponse { shops: self.glaneur.recipes().map(wire::shop).collect() }))
    }

    async fn extract_page(&self, request: Request<ExtractPageRequest>) -> Result<Response<ExtractPageResponse>, Status> {
        let ExtractPageRequest { html, url, shop, ean } = request.into_inner();
        if html.trim().is_empty() {
            return Err(Fault::argument("html", "the page is empty: send its HTML as text").into());
        }
        let url = Url::parse(&url).map_err(|error| Fault::argument("url", format!("{url:?} is no absolute address: {error}")))?;
        let recipe = shop.filter(|name| !name.is_empty()).map(|name| self.recipe(&name)).transpose()?;
        let wanted = ean.filter(|ean| !ean.is_empty()).map(|ean| Gtin::parse(&ean)).transpose();
        let wanted = wanted.map_err(|error| Fault::argument("ean", error.to_string()))?;
        let page = Page { status: 200, url, content_type: None, text: html, retrieved_at: Timestamp::now() };
        // A large page takes long enough to hold up everybody else on this thread.
        let read = tokio::task::spawn_blocking(move || read(&page, recipe.as_ref(), wanted.as_ref())).await;
        Ok(Response::new(read.map_err(|defect| Fault::new(Class::Internal, format!("the page could not be read: {defect}")))?))
    }
}

impl Service {
    fn recipe(&self, name: &str) -> Result<Recipe, Fault> {
        let found = self.glaneur.recipes().find(|recipe| recipe.name().as_str() == name).cloned();
        found.ok_or_else(|| {
            let known: Vec<_> = self.glaneur.recipes().map(|recipe| recipe.name().to_string()).collect();
            Fault::argument("shop", format!("there is no shop {name:?}; known shops: {}", known.join(", ")))
        })
    }
}

fn read(page: &Page, recipe: Option<&Recipe>, wanted: Option<&Gtin>) -> ExtractPageResponse {
    let extraction = recipe.map_or_else(|| extract::product(&page.text, &page.url), |recipe| recipe.extract(page));
    let sheet = |product: Product| {
        let shop = product.shop.clone().or_else(|| recipe.map(|recipe| recipe.name().clone()));
        Some(wire::product(Product { shop, retrieved_at: page.retrieved_at, ..product }))
    };
    let nothing = || Some("nothing on the page looks like a product".to_owned());
    let answer = |status: ShopStatus| ExtractPageResponse { status: wire::shop_status(status).into(), ..ExtractPageResponse::default() };
    match wanted.map(|wanted| judge(&extraction, wanted, page)) {
        None => {
            let product = extraction.product().and_then(sheet);
            let detail = product.is_none().then(nothing).flatten();
            ExtractPageResponse { product, detail, ..ExtractPageResponse::default() }
        }
        Some(Verdict::Found(product)) => ExtractPageResponse { product: sheet(*product), ..answer(ShopStatus::Found) },
        Some(Verdict::Unverified(product)) => ExtractPageResponse {
            product: sheet(*product),
            detail: Some("the page shows no barcode at all".to_owned()),
            ..answer(ShopStatus::Unverified)
        },
        Some(Verdict::Mismatch { seen, .. }) => ExtractPageResponse {
            seen_ean: Some(seen.ean().to_owned()),
            detail: Some(format!("the page shows {} instead", seen.ean())),
            ..answer(ShopStatus::Mismatch)
        },
        Some(Verdict::NoProduct) => ExtractPageResponse { detail: nothing(), ..answer(ShopStatus::NotFound) },
    }
}
