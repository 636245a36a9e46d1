//! The tokens of a running server: what the file says, a moment ago at most, and when each was used.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::Metadata;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::file::{Store, Token, TokenId, minute};
use super::scope::Scopes;
use super::secret::Digest;
use crate::error::Error;

/// How often the file is looked at: a revocation holds within a second.
const LOOK: Duration = Duration::from_millis(250);
/// Looks at a file that cannot be read before every token is taken for revoked: whoever could not be asked has not said yes.
const PATIENCE: u32 = 3;
/// Looks between two notes of what was used: a minute.
const NOTE: u32 = 240;
/// No token is longer; what is longer is not worth hashing.
const MAX_TEXT: usize = 256;

/// Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Book {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Absent: tokens are not in use at all.
    store: Option<Store>,
    known: RwLock<Known>,
    used: Mutex<BTreeMap<TokenId, Timestamp>>,
}

#[derive(Debug)]
enum Known {
    /// No token was ever created; the end of those who call without one, once that changes.
    NoTokens(CancellationToken),
    Tokens(Vec<Live>),
}

#[derive(Clone, Debug)]
struct Live {
    token: Token,
    digest: Digest,
    revoked: CancellationToken,
}

/// A token that was shown and holds.
#[derive(Clone, Debug)]
pub struct Pass {
    pub id: TokenId,
    pub scopes: Scopes,
    pub end: End,
}

/// When a permission ends: by revocation or by its term.
#[derive(Clone, Debug)]
pub struct End {
    revoked: CancellationToken,
    expires_at: Option<Timestamp>,
}

impl End {
    pub async fn come(self) {
        let Some(expires_at) = self.expires_at else { return self.revoked.cancelled().await };
        let left = expires_at.duration_since(Timestamp::now());
        let _ = tokio::time::timeout(Duration::try_from(left).unwrap_or_default(), self.revoked.cancelled()).await;
    }
}

impl Default for Book {
    /// No tokens, now or later.
    fn default() -> Self {
        Self {
            inner: Arc::new(Inner { store: None, known: RwLock::new(Known::NoTokens(CancellationToken::new())), used: Mutex::default() }),
        }
    }
}

impl Book {
    /// # Errors
    /// The file is there and cannot be read.
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        let store = Store::new(data_dir);
        let known = match store.read()? {
            None => Known::NoTokens(CancellationToken::new()),
            Some(tokens) => Known::Tokens(tokens.into_iter().filter_map(Live::new).collect()),
        };
        let used = Mutex::new(store.used());
        Ok(Self { inner: Arc::new(Inner { store: Some(store), known: RwLock::new(known), used }) })
    }

    /// Until when a caller without a token may go on; nothing once there are tokens, revoked and expired ones included.
    pub fn without_token(&self) -> Option<End> {
        match &*self.inner.known.read().unwrap_or_else(PoisonError::into_inner) {
            Known::NoTokens(over) => Some(End { revoked: over.clone(), expires_at: None }),
            Known::Tokens(_) => None,
        }
    }

    /// The token with this text, if it holds. Every digest is compared, whichever is the right one.
    pub fn find(&self, text: &str) -> Option<Pass> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let (digest, now) = (Digest::of(text), Timestamp::now());
        let known = self.inner.known.read().unwrap_or_else(PoisonError::into_inner);
        let Known::Tokens(tokens) = &*known else { return None };
        let live = tokens.iter().fold(None, |found, live| if live.digest.is(&digest) { Some(live) } else { found })?;
        if live.token.has_expired(now) {
            return None;
        }
        self.inner.used.lock().unwrap_or_else(PoisonError::into_inner).insert(live.token.id.clone(), minute(now));
        let end = End { revoked: live.revoked.clone(), expires_at: live.token.expires_at };
        Some(Pass { id: live.token.id.clone(), scopes: live.token.scopes.clone(), end })
    }

    /// Follows the file for as long as it is polled.
    pub async fn follow(&self) {
        let Some(store) = &self.inner.store else { return std::future::pending().await };
        let (mut seen, mut noted, mut looks, mut failures) = (None, self.used(), 0, 0);
        loop {
            let now = tokio::fs::metadata(store.path()).await.ok().map(|file| Stamp::of(&file));
            if seen.as_ref() != Some(&now) {
                match store.read() {
                    Ok(tokens) => {
                        self.turn_to(tokens);
                        (seen, failures) = (Some(now), 0);
                    }
                    Err(error) => {
                        failures += 1;
                        if failures == PATIENCE {
                            tracing::error!(%error, "nobody is let in until the tokens can be read");
                            self.turn_to(Some(Vec::new()));
                        }
                    }
                }
            }
            looks += 1;
            if looks % NOTE == 0 && self.used() != noted {
                noted = self.used();
                if let Err(error) = store.note_used(&noted) {
                    tracing::warn!(%error, "when tokens were last used is not written down");
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn used(&self) -> BTreeMap<TokenId, Timestamp> {
        self.inner.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tokens that stay as they were keep their streams; everybody else's end.
    fn turn_to(&self, tokens: Option<Vec<Token>>) {
        let mut known = self.inner.known.write().unwrap_or_else(PoisonError::into_inner);
        let next = match (&*known, tokens) {
            (Known::NoTokens(_), None) => return,
            (Known::NoTokens(over), Some(tokens)) => {
                tracing::info!(tokens = tokens.len(), "there are tokens now: nobody calls without one any more");
                over.cancel();
                tokens.into_iter().filter_map(Live::new).collect()
            }
            (Known::Tokens(before), tokens) => {
                // A list that vanishes while the server runs is no permission for everybody.
                let tokens = tokens.unwrap_or_default();
                for gone in before.iter().filter(|live| !tokens.contains(&live.token)) {
                    gone.revoked.cancel();
                }
                let keep = |token: Token| before.iter().find(|live| live.token == token).cloned().or_else(|| Live::new(token));
                tokens.into_iter().filter_map(keep).collect()
            }
        };
        *known = Known::Tokens(next);
    }
}

impl Live {
    fn new(token: Token) -> Option<Self> {
        let digest = token.digest()?;
        Some(Self { token, digest, revoked: CancellationToken::new() })
    }
}

/// What differs between two versions of the file: each is another file.
#[derive(PartialEq, Eq)]
struct Stamp {
    modified: Option<std::time::SystemTime>,
    length: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self {
            modified: file.modified().ok(),
            length: file.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(file),
        }
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}+{}", self.modified, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> Scopes {
        Scopes::parse("read").unwrap()
    }

    async fn soon(what: impl Fn() -> bool) {
        let look = async {
            while !what() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(1), look).await.unwrap();
    }

    #[tokio::test]
    async fn a_change_of_the_file_holds_within_a_second() {
        let dir = tempfile::tempdir().unwrap();
        let (store, book) = (Store::new(dir.path()), Book::open(dir.path()).unwrap());
        let story = async {
            let anybody = book.without_token().unwrap();
            let (first, secret) = store.create("a", scopes(), None).unwrap();
            let (_, kept) = store.create("b", scopes(), None).unwrap();
            soon(|| book.find(kept.expose()).is_some()).await;
            tokio::time::timeout(Duration::from_secs(1), anybody.come()).await.unwrap();
            assert!(book.without_token().is_none());
            for wrong in ["", "glaneur_", &secret.expose()[1..], &format!("{}x", secret.expose()), &secret.expose().to_uppercase()] {
                assert!(book.find(wrong).is_none(), "{wrong}");
            }
            let (gone, stays) = (book.find(secret.expose()).unwrap().end, book.find(kept.expose()).unwrap().end);
            store.revoke(first.id.as_str()).unwrap();
            tokio::time::timeout(Duration::from_secs(1), gone.come()).await.unwrap();
            assert!(book.find(secret.expose()).is_none() && !stays.revoked.is_cancelled());
            std::fs::remove_file(store.path()).unwrap();
            soon(|| book.find(kept.expose()).is_none()).await;
            assert!(book.without_token().is_none(), "a list that vanished opens nothing");
        };
        tokio::select! {
            () = book.follow() => unreachable!(),
            () = story => {}
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_lets_nobody_in() {
        let dir = tempfile::tempdir().unwrap();
        let (store, book) = (Store::new(dir.path()), Book::open(dir.path()).unwrap());
        let story = async {
            let (_, secret) = store.create("a", scopes(), None).unwrap();
            soon(|| book.find(secret.expose()).is_some()).await;
            std::fs::write(store.path(), "{").unwrap();
            tokio::time::sleep(LOOK * (PATIENCE + 2)).await;
            assert!(book.find(secret.expose()).is_none() && book.without_token().is_none());
        };
        tokio::select! {
            () = book.follow() => unreachable!(),
            () = story => {}
        }
        assert!(Book::open(dir.path()).is_err(), "nor does a start");
    }

    #[tokio::test]
    async fn a_term_ends_a_stream() {
        let dir = tempfile::tempdir().unwrap();
        let soon = Timestamp::now() + jiff::SignedDuration::from_millis(300);
        let (_, secret) = Store::new(dir.path()).create("a", scopes(), Some(soon)).unwrap();
        let book = Book::open(dir.path()).unwrap();
        let pass = book.find(secret.expose()).unwrap();
        tokio::time::timeout(Duration::from_secs(1), pass.end.come()).await.unwrap();
        assert!(book.find(secret.expose()).is_none());
    }
}
