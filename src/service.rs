//! All rooms wired together: what `glaneur serve` and `glaneur demo` run, and what a program embeds that wants the whole server.

use std::net::SocketAddr;

use tokio::task::JoinSet;

use crate::access::Book;
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::jobs::Jobs;
use crate::journal::{self, Journal, Role};
use crate::pages::Pages;
use crate::scrape::{Builder, Glaneur};
use crate::serve::Server;
use crate::shutdown::Shutdown;
use crate::webhook;

/// A server that is ready to run: the store is open, the port is bound.
#[derive(Debug)]
pub struct Service {
    config: Config,
    glaneur: Glaneur,
    journal: Journal,
    jobs: Jobs,
    server: Option<Server>,
    role: Role,
}

/// The engine that a configuration describes, with its recipes.
///
/// # Errors
/// A recipe or a setting that is wrong.
pub fn engine(config: &Config) -> Result<Builder, Error> {
    let mut egress = config.egress.clone();
    egress.tor.state_dir.get_or_insert_with(|| config.data_dir.join("tor"));
    let mut builder = Glaneur::builder().settings(config.scrape.clone()).egress(egress).trust(config.webhooks.hosts());
    for recipe in config.read_recipes()? {
        builder = builder.recipe(recipe);
    }
    for (name, settings) in &config.shops {
        builder = builder.shop(name, settings.clone());
    }
    Ok(builder)
}

impl Service {
    /// Opens everything, cheapest refusal first: recipes and settings, then the store, then the port.
    ///
    /// # Errors
    /// A wrong setting, a data directory that is in use or damaged, a port that is taken.
    pub async fn open(config: Config, role: Role) -> Result<Self, Error> {
        config.check_reach()?;
        let builder = engine(&config)?;
        let book = Book::open(&config.data_dir)?;
        // Before the kept pages, which are nobody's loss: a directory that is refused is left as it was.
        let targets = config.webhooks.targets();
        let journal = Journal::open(&journal::Settings::default(), &config.data_dir, role, targets)?;
        let pages = Pages::open(&config.data_dir, &config.pages)?;
        let glaneur = builder.pages(pages).build().await?;
        let jobs = Jobs::new(journal.clone(), glaneur.clone(), config.jobs.clone());
        let server = match role {
            Role::All | Role::Api => Some(Server::bind(&config.server, config.listen).await?.with_tokens(book)),
            Role::Worker => None,
        };
        Ok(Self { config, glaneur, journal, jobs, server, role })
    }

    /// Its address for a browser; nothing in the role `worker`.
    pub fn url(&self) -> Option<String> {
        self.server.as_ref().map(|server| format!("{}://{}", server.scheme(), server.local_addr()))
    }

    /// Where it listens; nothing in the role `worker`.
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.as_ref().map(Server::local_addr)
    }

    /// The open store.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Serves and works until `shutdown`; returns when everything is drained, or at once when forced. When the store fails, work ends and
    /// nothing more is acknowledged, but what is on disk is still read to whoever asks, until `shutdown`.
    ///
    /// # Errors
    /// The store failed: the process should end with an error.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Error> {
        let Self { config, glaneur, journal, jobs, server, role } = self;
        let mut rooms: JoinSet<Result<(), Error>> = JoinSet::new();
        let serves = server.is_some();
        if let Some(server) = server {
            rooms.spawn(server.run(jobs.clone(), glaneur.clone(), config.webhooks.clone(), shutdown.clone()));
        }
        if role != Role::Api {
            let (outbox, egress, settings, stop) = (journal.clone(), glaneur.egress().clone(), config.webhooks.clone(), shutdown.clone());
            rooms.spawn(async move { webhook::run(outbox, egress, settings, stop).await });
        }
        let (worker, stop) = (jobs.clone(), shutdown.clone());
        rooms.spawn(async move { worker.run(stop).await });
        let mut outcome = Ok(());
        while let Some(ended) = rooms.join_next().await {
            let ended = ended.unwrap_or_else(|defect| Err(Error::new(ErrorKind::Internal, format!("a room of the server died: {defect}"))));
            if outcome.is_err() || ended.is_ok() {
                continue;
            }
            // The first reason is the one that counts.
            outcome = ended;
            if serves && journal.check().is_err() {
                tracing::error!("jobs and webhooks stand still and new jobs are refused; what is on disk can still be read here");
            } else {
                // One room that fails takes the others down in good order.
                shutdown.drain.cancel();
            }
        }
        drop(jobs);
        journal.close().await;
        outcome
    }
}
