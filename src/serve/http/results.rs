//! `GET /api/jobs/{id}/results`: what is known so far, as a document, as lines or as a table, streamed.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde_json::json;
use tokio_stream::Stream;

use crate::error::{Error, ErrorKind};
use crate::export::{CsvRows, Workbook};
use crate::jobs::JobInfo;
use crate::model::ItemResult;
use crate::serve::fault::Fault;

use super::answer::{Id, Seen};
use super::query::Query;
use super::view;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Jsonl,
    Csv,
    Xlsx,
}

impl Format {
    fn read(text: &str) -> Result<Self, Fault> {
        match text {
            "" | "json" => Ok(Self::Json),
            "jsonl" => Ok(Self::Jsonl),
            "csv" => Ok(Self::Csv),
            "xlsx" => Ok(Self::Xlsx),
            other => Err(Fault::argument("format", format!("{other:?} is not known: use json, jsonl, csv or xlsx"))),
        }
    }

    /// Media type, disposition, extension. Tables are saved, text is shown.
    fn headers(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Json => ("application/json", "inline", "json"),
            Self::Jsonl => ("application/jsonl; charset=utf-8", "inline", "jsonl"),
            Self::Csv => ("text/csv; charset=utf-8", "attachment", "csv"),
            Self::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment", "xlsx"),
        }
    }
}

pub(super) async fn download(Seen(jobs): Seen, Id(id): Id, query: Query) -> Result<Response, Fault> {
    let format = Format::read(&query.read(&["format"])?.remove("format").unwrap_or_default())?;
    let job = jobs.get(&id).await?;
    let results = jobs.results(&id).await?;
    let body = match format {
        Format::Json => Body::from_stream(document(&job, results)),
        Format::Jsonl => Body::from_stream(results.map(|result| Ok::<_, Error>(line(&result?)? + "\n"))),
        Format::Csv => Body::from_stream(table(results)),
        Format::Xlsx => Body::from(workbook(results).await?),
    };
    let (media_type, disposition, extension) = format.headers();
    let name = format!("{disposition}; filename=\"glaneur-{}.{extension}\"", job.number);
    Ok(([(CONTENT_TYPE, media_type.to_owned()), (CONTENT_DISPOSITION, name)], body).into_response())
}

fn table(results: impl Stream<Item = Result<ItemResult, Error>> + Send + 'static) -> impl Stream<Item = Result<Vec<u8>, Error>> + Send {
    async_stream::try_stream! {
        let mut csv = CsvRows::new();
        yield csv.header()?;
        let mut results = std::pin::pin!(results);
        while let Some(result) = results.next().await {
            yield csv.rows(&result?)?;
        }
    }
}

/// A workbook is packed as a whole at its end, so this one format is held in memory, packed.
async fn workbook(results: impl Stream<Item = Result<ItemResult, Error>>) -> Result<Vec<u8>, Error> {
    let mut workbook = Workbook::new()?;
    let mut results = std::pin::pin!(results);
    while let Some(result) = results.next().await {
        workbook.push(&result?)?;
    }
    let packed = tokio::task::spawn_blocking(move || workbook.finish()).await;
    packed.map_err(|defect| Error::new(ErrorKind::Internal, "the workbook could not be packed").because(defect))?
}

/// An error on the way breaks the body off, so that half a document is never taken for a whole one.
fn document<S>(job: &JobInfo, results: S) -> impl Stream<Item = Result<String, Error>> + Send + use<S>
where
    S: Stream<Item = Result<ItemResult, Error>> + Send + 'static,
{
    let head = format!(
        "{{\"job_id\":{},\"state\":{},\"total\":{},\"counts\":{},\"results\":[",
        json!(job.id),
        json!(view::state(job.state)),
        json!(job.total),
        json!(job.counts),
    );
    let body = results.enumerate().map(|(place, result)| {
        let separator = if place == 0 { "\n" } else { ",\n" };
        Ok(separator.to_owned() + &line(&result?)?)
    });
    tokio_stream::once(Ok(head)).chain(body).chain(tokio_stream::once(Ok("\n]}\n".to_owned())))
}

fn line(result: &ItemResult) -> Result<String, Error> {
    serde_json::to_string(result).map_err(|error| Error::new(ErrorKind::Internal, "a result cannot be written as JSON").because(error))
}
