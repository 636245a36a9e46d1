//! `glaneur reextract`: today's recipes over the pages that were kept for a job. No shop is asked.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use glaneur::journal::{Archive, JobInfo};
use glaneur::pages::Pages;
use glaneur::shutdown::Shutdown;
use glaneur::{Batch, Completed, Event, Glaneur, ShopName};
use tokio_stream::StreamExt;

use super::changes::Changes;
use super::output::{Output, Writer, progress_bar};
use super::scrape::conclude;
use super::{Failure, Source, start_log};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The job: its id or its number
    #[arg(value_name = "JOB")]
    job: String,
    /// Read only the pages of these shops, separated by commas [default: those of the job]
    #[arg(long, value_delimiter = ',', value_name = "SHOPS")]
    shops: Vec<String>,
    #[command(flatten)]
    output: Output,
    /// Directory of the journal [default: data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    source: Source,
}

pub(crate) async fn run(options: Options, shutdown: Shutdown) -> Result<ExitCode, Failure> {
    let mut config = options.source.load()?;
    config.data_dir = options.data_dir.unwrap_or(config.data_dir);
    start_log(&config, true)?;
    let archive = Archive::open(&config.data_dir).map_err(glaneur::Error::from)?;
    let job = archive.job(&options.job).await.map_err(glaneur::Error::from)?;
    let pages = kept(&config, &job)?;
    let batch = batch(&archive, &job, &options.shops).await?;
    let total = batch.items.len() as u64;
    let mut writer = Writer::open(&options.output)?;
    let glaneur: Glaneur = glaneur::service::engine(&config)?.kept(pages, job.id.clone()).build().await?;
    let mut events = glaneur.scrape_until(batch, shutdown.drain.clone())?;
    let progress = progress_bar(total);
    let (mut summary, mut changes) = (Completed::default(), Changes::default());
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = shutdown.force.cancelled() => None,
        };
        match event {
            None => break,
            Some(Event::Result(result)) => {
                summary.count(&result.ean, result.status);
                let recorded = archive.result(&job, result.position).await.map_err(glaneur::Error::from)?;
                progress.suspend(|| {
                    tell(&changes.note(recorded.as_ref(), &result));
                    writer.write(&result)
                })?;
                progress.inc(1);
            }
            Some(_) => {}
        }
    }
    progress.finish_and_clear();
    writer.finish()?;
    tell(&[changes.to_string()]);
    Ok(conclude(&summary, total))
}

/// The store, if it has any page of the job.
fn kept(config: &glaneur::config::Config, job: &JobInfo) -> Result<Pages, Failure> {
    let pages = Pages::open(&config.data_dir, &config.pages).map_err(glaneur::Error::from)?;
    if pages.count(&job.id)? > 0 {
        return Ok(pages);
    }
    let kept = if config.pages.keep.is_zero() {
        "nothing is kept, as [pages] keep = \"0s\" says".to_owned()
    } else {
        format!("they are kept for {} h, while there is room: [pages] keep and max_bytes", config.pages.keep.as_secs() / 3600)
    };
    Err(anyhow::anyhow!("no pages of job {} are there any more; {kept}", job.id).into())
}

async fn batch(archive: &Archive, job: &JobInfo, shops: &[String]) -> Result<Batch, Failure> {
    let items = archive.items(job).await.map_err(glaneur::Error::from)?;
    let batch = Batch::of(items).map_err(|_| Failure::usage(format!("job {} has no items yet", job.id)))?;
    if shops.is_empty() {
        return Ok(batch.shops(job.shops.iter().map(ShopName::as_str)));
    }
    Ok(batch.shops(shops))
}

#[allow(clippy::print_stderr, reason = "stdout is the results'")]
fn tell(lines: &[String]) {
    for line in lines {
        eprintln!("{line}");
    }
}
