//! `glaneur token`: who may call. Works on the file of tokens alone, beside a running server or without one.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};
use glaneur::access::{Scopes, Store, Token};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::json;

use super::{Failure, Source, print};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a token and print it on stdout: it is shown this once and kept nowhere
    #[command(after_help = "Examples:\n  glaneur token create --name n8n --scope submit,read\n  \
        glaneur token create --name me --scope admin --expires 90d --data-dir /var/lib/glaneur\n\n\
        submit   hand in batches, cancel one's own\n\
        read     look at one's own jobs, their events, results and webhooks\n\
        admin    everything, with everybody's jobs: send webhooks again, check routes\n\n\
        From the first token on, every caller of the server needs one.")]
    Create(Create),
    /// List tokens: id, name, scopes, when they were created, end, were last used
    List(List),
    /// Take a token back; a running server refuses it within a second and ends its streams
    #[command(after_help = "Example:\n  glaneur token revoke 1f3a5b7c9d0e")]
    Revoke(Revoke),
}

#[derive(Args, Debug)]
pub(crate) struct Place {
    #[command(flatten)]
    source: Source,
    /// Directory of the server's journal [default: data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    place: Place,
    /// Whom or what it is for
    #[arg(long)]
    name: String,
    /// What it may do: submit, read, admin, or several with commas between them
    #[arg(long, value_parser = Scopes::parse)]
    scope: Scopes,
    /// How long it holds, such as 90d or 12h [default: until it is revoked]
    #[arg(long, value_name = "TIME", value_parser = term)]
    expires: Option<SignedDuration>,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
    /// One JSON document instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Revoke {
    #[command(flatten)]
    place: Place,
    /// As `glaneur token list` shows it
    id: String,
}

pub(crate) fn run(command: TokenCommand) -> Result<ExitCode, Failure> {
    match command {
        TokenCommand::Create(options) => create(options),
        TokenCommand::List(options) => list(&options),
        TokenCommand::Revoke(Revoke { place, id }) => {
            let token = place.store()?.revoke(&id)?;
            print(&format!("revoked {} ({})\n", token.id, token.name))
        }
    }
}

impl Place {
    fn store(&self) -> Result<Store, Failure> {
        let config = self.source.load()?;
        Ok(Store::new(self.data_dir.as_ref().unwrap_or(&config.data_dir)))
    }
}

#[allow(clippy::print_stderr, reason = "stdout is the token alone, for scripts")]
fn create(Create { place, name, scope, expires }: Create) -> Result<ExitCode, Failure> {
    let too_long = |_| Failure::usage("--expires lies beyond the year 9999; leave it out for a token without an end");
    let expires_at = expires.map(|term| Timestamp::now().checked_add(term)).transpose().map_err(too_long)?;
    let (token, secret) = place.store()?.create(&name, scope, expires_at)?;
    eprintln!("created {} ({}) with {}; keep what follows, it is not shown again", token.id, token.name, token.scopes);
    print(&format!("{}\n", secret.expose()))
}

fn list(options: &List) -> Result<ExitCode, Failure> {
    let store = options.place.store()?;
    let (tokens, used) = (store.read()?.unwrap_or_default(), store.used());
    let now = Timestamp::now();
    if options.json {
        let shown = |token: &Token| {
            json!({
                "id": token.id,
                "name": token.name,
                "scopes": token.scopes,
                "created_at": token.created_at,
                "expires_at": token.expires_at,
                "expired": token.has_expired(now),
                "last_used_at": used.get(&token.id),
            })
        };
        return print(&format!("{}\n", json!({ "tokens": tokens.iter().map(shown).collect::<Vec<_>>() })));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["id", "name", "scopes", "created", "expires", "last used"]);
    for token in &tokens {
        let expires = token.expires_at.map_or_else(|| "never".to_owned(), to_the_minute);
        let expires = if token.has_expired(now) { format!("EXPIRED {expires}") } else { expires };
        let last = used.get(&token.id).copied().map_or_else(|| "never".to_owned(), to_the_minute);
        table.add_row([token.id.to_string(), token.name.clone(), token.scopes.to_string(), to_the_minute(token.created_at), expires, last]);
    }
    print(&told(&table, tokens.len()))
}

fn told(table: &Table, tokens: usize) -> String {
    if tokens == 0 {
        "no tokens; create one with: glaneur token create --name NAME --scope submit,read\n".to_owned()
    } else {
        format!("{table}\n")
    }
}

fn to_the_minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn term(text: &str) -> Result<SignedDuration, String> {
    let unread = || format!("{text:?} is no time; write one such as 90d or 12h");
    let span: Span = text.parse().map_err(|_| unread())?;
    let term = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| unread())?;
    if term > SignedDuration::ZERO { Ok(term) } else { Err(unread()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_written_as_people_write_them() {
        for (text, hours) in [
            ("90d", Some(2160)),
            ("12h", Some(12)),
            ("1d 12h", Some(36)),
            ("4w", Some(672)),
            ("", None),
            ("soon", None),
            ("-1d", None),
            ("0s", None),
            ("90", None),
        ] {
            assert_eq!(term(text).ok().map(|term| term.as_hours()), hours, "{text}");
        }
    }
}
