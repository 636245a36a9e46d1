//! `glaneur webhook test`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use glaneur::webhook::{self, Endpoint, Format, Phrase, Report, Secret};
use url::Url;

use super::{Failure, Source, print, start_log};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The receiver's address, or the name of an endpoint in the configuration; what that says of it counts unless a flag says otherwise
    #[arg(value_name = "URL")]
    receiver: String,
    /// The shape of the body [default: as configured, or n8n]
    #[arg(long)]
    format: Option<Shape>,
    /// Sign with this secret (whsec_...) as the Standard Webhooks specification says; several for a rotation
    #[arg(long, value_name = "SECRET", env = "GLANEUR_WEBHOOK_SECRET", hide_env_values = true)]
    secret: Vec<String>,
    /// Add X-Signature-256 with this text as its key, for n8n's Crypto node
    #[arg(long, value_name = "TEXT", env = "GLANEUR_WEBHOOK_X_SIGNATURE_256", hide_env_values = true)]
    x_signature_256: Option<String>,
    /// Add a header, as the receiver's authentication asks for it
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// One JSON object instead of sentences
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: Source,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shape {
    /// The French keys that existing n8n flows read
    N8n,
    /// {"type", "timestamp", "data"}
    Native,
}

pub(crate) async fn test(options: Options) -> Result<ExitCode, Failure> {
    let config = options.source.load()?;
    start_log(&config, true)?;
    let endpoint = endpoint(&options, &config.webhooks)?;
    let glaneur = glaneur::service::engine(&config)?.build().await?;
    let report = webhook::try_out(&glaneur, &config.webhooks, &endpoint).await?;
    if options.json {
        let line = serde_json::to_string(&report).map_err(anyhow::Error::from)?;
        print(&format!("{line}\n"))?;
    } else {
        print(&words(&report))?;
    }
    Ok(if report.taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn endpoint(options: &Options, settings: &webhook::Settings) -> Result<Endpoint, Failure> {
    // A bare `host:port` would be read as a scheme.
    let url = Url::parse(&options.receiver).ok().filter(Url::has_host);
    let mut endpoint = match (webhook::known(settings, &options.receiver, url.as_ref()), url) {
        (Some(known), _) => known.clone(),
        (None, Some(url)) => Endpoint::new("test", url),
        (None, None) => {
            let names: Vec<_> = settings.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
            let names = if names.is_empty() { "has none".to_owned() } else { format!("has {}", names.join(", ")) };
            let message = format!("{:?} is neither a URL (http://host/path) nor an endpoint: the configuration {names}", options.receiver);
            return Err(Failure::usage(message));
        }
    };
    match options.format {
        Some(Shape::N8n) => endpoint.format = Format::N8n,
        Some(Shape::Native) => endpoint.format = Format::Native,
        None => {}
    }
    if !options.secret.is_empty() {
        endpoint.secret = Some(options.secret.iter().map(|secret| Secret::from(secret.as_str())).collect());
    }
    if let Some(text) = &options.x_signature_256 {
        endpoint.x_signature_256 = Some(Phrase::from(text.as_str()));
    }
    for header in &options.header {
        let (name, value) = header.split_once(':').ok_or_else(|| Failure::usage("a header is written as \"Name: value\""))?;
        endpoint.headers.0.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    Ok(endpoint)
}

fn words(report: &Report) -> String {
    let Report { url, webhook_id, taken, status: _, elapsed_ms, message, remedy, answer } = report;
    let verdict = if *taken { "taken" } else { "NOT taken" };
    let mut text = format!("{url}\n{verdict}: {message} ({elapsed_ms} ms, webhook-id {webhook_id})\n");
    if let Some(remedy) = remedy {
        text.push_str(&format!("-> {remedy}\n"));
    }
    if let Some(answer) = answer {
        text.push_str(&format!("its words: {answer}\n"));
    }
    text
}
