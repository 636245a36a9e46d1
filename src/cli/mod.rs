//! The command line: what may be typed, and one file for each command.

mod changes;
mod check;
mod demo;
mod egress;
mod extract;
mod output;
mod recipe;
mod reextract;
mod scrape;
mod serve;
#[cfg(unix)]
mod systemd;
mod table;
mod token;
mod webhook;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use glaneur::config::{Config, ConfigError};
use glaneur::shutdown::Shutdown;
use glaneur::{
    ErrorKind, Phase, Route, RouteError, ShopPlan,
    telemetry::{self, Telemetry},
};

/// Product sheets by barcode, from several online shops at once, streamed as they are known.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100, after_help = "Start here:  glaneur demo")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole main job on this machine, without internet
    ///
    /// Starts three demo shops, a server, a gRPC client and a webhook receiver on loopback, sends 8 barcodes and shows each result
    /// as it comes.
    #[command(after_help = "Examples:\n  glaneur demo\n  glaneur demo --keep        leave it running for a browser and grpcurl")]
    Demo(demo::Options),
    /// Serve gRPC and HTTP on one port, with a durable journal and webhooks
    #[command(after_help = "Examples:\n  glaneur serve\n  glaneur serve --config glaneur.toml --listen 127.0.0.1:9090 --open\n  \
        grpcurl -plaintext -d '{\"eans\":[{\"primary\":\"0748322148474\"}]}' 127.0.0.1:8080 glaneur.v1.ScrapeService/Scrape")]
    Serve(serve::Options),
    /// Look up barcodes and print each result as it is known, without a server
    #[command(
        after_help = "Examples:\n  glaneur scrape 0748322148474 3665606002802\n  glaneur scrape --file eans.csv --format csv --output sheets.csv\n  \
                      glaneur scrape 0748322148474 --media probe\n  \
                      glaneur scrape 0748322148474 --route tor\n  \
                      glaneur scrape 0748322148474 --max-age 1h\n  \
        cut -f1 eans.tsv | glaneur scrape --file - --shops cocooncenter --format table\n\n\
        Exit code 0 when every item has an answer, 1 when an item FAILED (no shop could answer) or the work was interrupted."
    )]
    Scrape(scrape::Options),
    /// Read one product page, from a file, stdin or the web, and print the product with the proof for each field
    #[command(
        after_help = "Examples:\n  glaneur extract page.html --url https://shop.example/p/1\n  curl -s https://shop.example/p/1 | glaneur extract - --ean 3665606002802\n  \
        glaneur extract https://shop.example/p/1 --recipe myshop.toml"
    )]
    Extract(extract::Options),
    /// Read the kept pages of a job again with today's recipes, without any request
    ///
    /// Prints results as `scrape` does, and on stderr what differs from those that the job has. The job stays as it is. A page that was
    /// not kept, or is gone by now, makes its shop UNREACHABLE for that item.
    #[command(
        after_help = "Examples:\n  glaneur reextract 0199c0de-0000-7000-8000-000000000001\n  glaneur reextract 12 --format table\n  \
                      glaneur reextract 12 --shops cocooncenter --format csv --output sheets.csv\n\n\
        JOB is a job's id or its number. Pages are kept for as long as [pages] keep says, while there is room.\n\
        Exit code 0 when every item has an answer, 1 when an item FAILED (no page was kept for it) or the work was interrupted."
    )]
    Reextract(reextract::Options),
    /// Draft, check, record and test recipes
    #[command(subcommand)]
    Recipe(recipe::RecipeCommand),
    /// The ways by which requests leave this machine
    #[command(subcommand)]
    Egress(EgressCommand),
    /// Create, list and revoke the tokens that callers of the server need
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Try a webhook receiver
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Print or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the completion script of a shell
    #[command(after_help = "Example:\n  glaneur completions bash > ~/.local/share/bash-completion/completions/glaneur")]
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Subcommand)]
enum EgressCommand {
    /// Try the routes: does each work, by which exits, where names are looked up, whether identities are apart, how long it takes
    ///
    /// Asks the page of `[egress] check_url` a few times by each route, and by no other.
    #[command(after_help = "Examples:\n  glaneur egress check                 every route of the configuration\n  \
        glaneur egress check --route tor     that one, used or not\n  glaneur egress check --route socks5h://127.0.0.1:9050 --json\n\n\
        Exit code 0 when every route works, 1 when one does not.")]
    Check(egress::Options),
}

#[derive(Debug, Subcommand)]
enum WebhookCommand {
    /// Send a sample to a receiver and explain its answer
    ///
    /// The sample carries TEST in place of a barcode, and its webhook-id begins with msg_test_. It leaves as real webhooks do: signed,
    /// with the headers of the configured endpoint, and to a private address only when the configuration names it.
    #[command(after_help = "Examples:\n  glaneur webhook test http://127.0.0.1:5678/webhook/glaneur\n  \
        glaneur webhook test n8n --config glaneur.toml     the endpoint of that name\n  \
        glaneur webhook test https://hooks.example/x --format native --secret whsec_... --json\n\n\
        Exit code 0 when the receiver took it, 1 when it did not, 2 when the command or the configuration is wrong.")]
    Test(webhook::Options),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print a commented glaneur.toml with every key, its default and its reason
    #[command(after_help = "Example:\n  glaneur config init > glaneur.toml")]
    Init,
    /// Check the configuration as `serve` would read it, and say what it means
    #[command(after_help = "Example:\n  glaneur config check --config glaneur.toml")]
    Check(Source),
}

/// Where settings come from.
#[derive(Args, Debug)]
pub(crate) struct Source {
    /// Configuration file [default: glaneur.toml in the working directory, if there is one]
    #[arg(long, value_name = "FILE", env = "GLANEUR_CONFIG")]
    config: Option<PathBuf>,
}

impl Source {
    pub(crate) fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref(), std::env::vars())
    }
}

pub(crate) async fn run(arguments: Arguments, shutdown: Shutdown) -> Result<ExitCode, Failure> {
    match arguments.command {
        Command::Demo(options) => demo::run(&options, shutdown).await,
        Command::Serve(options) => serve::run(options, shutdown).await,
        Command::Scrape(options) => scrape::run(options, shutdown).await,
        Command::Reextract(options) => reextract::run(options, shutdown).await,
        Command::Extract(options) => tokio::select! {
            extracted = extract::run(options) => extracted,
            () = shutdown.drain.cancelled() => Err(anyhow::anyhow!("interrupted").into()),
        },
        Command::Recipe(command) => tokio::select! {
            // Its futures hold whole pages.
            done = Box::pin(recipe::run(command)) => done,
            () = shutdown.drain.cancelled() => Err(anyhow::anyhow!("interrupted").into()),
        },
        Command::Egress(EgressCommand::Check(options)) => tokio::select! {
            done = egress::check(options) => done,
            () = shutdown.drain.cancelled() => Err(anyhow::anyhow!("interrupted").into()),
        },
        Command::Token(command) => token::run(command),
        Command::Webhook(WebhookCommand::Test(options)) => tokio::select! {
            done = webhook::test(options) => done,
            () = shutdown.drain.cancelled() => Err(anyhow::anyhow!("interrupted").into()),
        },
        Command::Config(ConfigCommand::Init) => print(glaneur::config::DEFAULT),
        Command::Config(ConfigCommand::Check(source)) => check::config(&source).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "glaneur", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    }
}

/// Why a command ended early, and with which exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Bad usage or configuration: 2.
    Usage(String),
    /// Everything else: 1.
    Failed(anyhow::Error),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    #[allow(clippy::print_stderr, reason = "the last word of the program")]
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => {
                eprintln!("error: {message}");
                ExitCode::from(2)
            }
            Self::Failed(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<glaneur::Error> for Failure {
    fn from(error: glaneur::Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::Configuration => Self::Usage(error.to_string()),
            // Its message says what its causes say.
            _ => Self::Failed(anyhow::anyhow!("{error}")),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Starts the log at the configured level, or quieter for commands whose output is the point.
pub(crate) fn start_log(config: &Config, quiet: bool) -> Result<Telemetry, ConfigError> {
    let mut log = config.log.clone();
    // Traces are the server's: a command is over before a batch of them is sent.
    log.otlp = log.otlp.filter(|_| !quiet);
    if quiet && log.level == glaneur::config::Log::default().level {
        log.level = "warn".to_owned();
    }
    telemetry::start(&log)
}

/// What `--route` takes: a word, a proxy, or several proxies with commas.
fn route(text: &str) -> Result<Route, RouteError> {
    if text.contains(',') { Route::through(&text.split(',').collect::<Vec<_>>()) } else { Route::parse(text) }
}

/// What is out of the ordinary about the way to a shop: routes that hide something, and what they leave in the clear.
fn out_of_the_ordinary(plan: &ShopPlan) -> impl Iterator<Item = String> {
    let ShopPlan { shop, search, page, image, in_the_clear, respects_robots } = plan;
    let hides = (in_the_clear.len() < Phase::ALL.len()).then(|| {
        let clear: Vec<&str> = in_the_clear.iter().map(|phase| phase.as_str()).collect();
        let clear = if clear.is_empty() { "nothing leaves in the clear".to_owned() } else { format!("IN THE CLEAR: {}", clear.join(", ")) };
        format!("{shop}: search by {search}, page by {page}, image by {image}; {clear}")
    });
    let ignores = (!respects_robots).then(|| format!("{shop}: robots.txt is ignored, as configured"));
    hides.into_iter().chain(ignores)
}

/// Prints to stdout; a reader that went away (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Result<ExitCode, Failure> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
