//! A client that loses its connection in the middle of a job and continues where it was: nothing is missing, nothing comes twice.
//!
//!     cargo run --release -- demo --keep --listen 127.0.0.1:8080        # in another terminal, or `glaneur serve`
//!     cargo run --example resume_after_cut -- http://127.0.0.1:8080 0748322148474 0748322148481 3665606002802
//!
//! All that a client has to keep is the job's id and the cursor of the last entry that it has worked on.

#![allow(clippy::print_stdout, reason = "a program for people at a terminal")]

use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::scrape_response::Event;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::{Item, ScrapeRequest, ScrapeResponse, WatchJobRequest};

/// Entries that are read before the cut.
const BEFORE_THE_CUT: usize = 3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().ok_or("usage: resume_after_cut http://HOST:PORT EAN...")?;
    let eans: Vec<Item> = arguments.map(|primary| Item { primary, replacement: None }).collect();
    let items = eans.len();

    let mut seen: Vec<ScrapeResponse> = Vec::new();
    {
        let mut client = ScrapeServiceClient::connect(server.clone()).await?;
        let mut stream = client.scrape(ScrapeRequest { eans, ..ScrapeRequest::default() }).await?.into_inner();
        while seen.len() < BEFORE_THE_CUT {
            let Some(response) = stream.message().await? else { break };
            show(&response);
            seen.push(response);
        }
        // Here the stream and its connection are dropped: for the server, a client that went away. The job goes on.
    }
    let last = seen.last().ok_or("the server sent nothing")?;
    println!("-- cut; continuing job {} after cursor {}", last.job_id, last.cursor);

    let mut client = JobServiceClient::connect(server).await?;
    let request = WatchJobRequest { job_id: last.job_id.clone(), after_cursor: last.cursor.clone() };
    let mut stream = client.watch_job(request).await?.into_inner();
    while let Some(response) = stream.message().await? {
        show(&response);
        seen.push(response);
    }
    check(&seen, items)
}

/// The numbers are 1, 2, 3, ... without a gap; each item has one result; the last entry says that the job is done.
fn check(seen: &[ScrapeResponse], items: usize) -> Result<(), Box<dyn std::error::Error>> {
    if let Some((response, expected)) = seen.iter().zip(1..).find(|(response, expected)| response.seq != *expected) {
        return Err(format!("entry {expected} should have come, {} came", response.seq).into());
    }
    let mut positions: Vec<u32> = seen.iter().filter_map(position).collect();
    positions.sort_unstable();
    if positions.len() != items || positions.iter().zip(1..).any(|(position, expected)| *position != expected) {
        return Err(format!("results of {items} items should have come; these came: {positions:?}").into());
    }
    if !matches!(seen.last().and_then(|last| last.event.as_ref()), Some(Event::Completed(_))) {
        return Err("the job did not complete".into());
    }
    println!("{} entries, {items} results: nothing is missing, nothing came twice", seen.len());
    Ok(())
}

fn position(response: &ScrapeResponse) -> Option<u32> {
    match &response.event {
        Some(Event::Result(result)) => Some(result.position),
        _ => None,
    }
}

fn show(response: &ScrapeResponse) {
    let what = match &response.event {
        Some(Event::Accepted(_)) => "accepted".to_owned(),
        Some(Event::Waiting(waiting)) => format!("waiting for {}: {} %", waiting.route, waiting.percent),
        Some(Event::Progress(progress)) => format!("progress {} {} {}", progress.ean, progress.shop, progress.status().as_str_name()),
        Some(Event::Result(result)) => format!("result   {} {}", result.ean, result.status().as_str_name()),
        Some(Event::Completed(_)) => "completed".to_owned(),
        None => "something that this client does not know".to_owned(),
    };
    println!("{:>4} {what}", response.seq);
}
