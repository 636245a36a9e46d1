//! `tokens.json` in the data directory, for its owner's eyes only: names, scopes, terms and digests. Each change is a new file that
//! takes the place of the old one, so that a reader never sees half of it.
//!
//! When a token was last used stands in a file of its own: that one is the server's, this one belongs to `glaneur token`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::scope::Scopes;
use super::secret::{Digest, Secret, random};
use crate::error::{Error, ErrorKind};

const TOKENS: &str = "tokens.json";
const USED: &str = "tokens.used.json";
const LOCK: &str = "tokens.lock";

/// Longest name of a token.
const MAX_NAME: usize = 64;

/// What a token is called in lists, and by the jobs that it handed in. No secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenId(String);

impl TokenId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    /// Absent: never.
    pub expires_at: Option<Timestamp>,
    sha256: String,
}

impl Token {
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires| expires <= now)
    }

    pub(super) fn digest(&self) -> Option<Digest> {
        Digest::parse(&self.sha256)
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    tokens: Vec<Token>,
}

/// The tokens of a data directory.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    pub fn new(data_dir: &Path) -> Self {
        Self { dir: data_dir.to_owned() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.join(TOKENS)
    }

    /// All tokens, expired ones too; nothing where none was ever created. An empty list is something else: somebody had tokens, and
    /// revoked them all.
    ///
    /// # Errors
    /// A file that cannot be read or is not understood.
    pub fn read(&self) -> Result<Option<Vec<Token>>, Error> {
        let path = self.path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&path, "be read", error)),
        };
        let damaged = |why: String| Error::new(ErrorKind::Configuration, format!("{} is damaged: {why}; put back a copy", path.display()));
        let sheet: Sheet = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        match sheet.tokens.iter().find(|token| token.digest().is_none()) {
            Some(token) => Err(damaged(format!("the digest of token {} is no SHA-256", token.id))),
            None => Ok(Some(sheet.tokens)),
        }
    }

    /// A new token, and its text, which is told this once.
    ///
    /// # Errors
    /// A name that is empty, too long or not printable; a directory that cannot be written to.
    pub fn create(&self, name: &str, scopes: Scopes, expires_at: Option<Timestamp>) -> Result<(Token, Secret), Error> {
        let is_fit = !name.trim().is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control);
        if !is_fit {
            let message = format!("{name:?} is no name for a token: use 1 to {MAX_NAME} printable characters, such as \"n8n\"");
            return Err(Error::new(ErrorKind::InvalidInput, message).field("name"));
        }
        let secret = Secret::random()?;
        let id = TokenId(random::<6>()?.iter().map(|byte| format!("{byte:02x}")).collect());
        let sha256 = Digest::of(secret.expose()).to_string();
        let token = Token { id, name: name.to_owned(), scopes, created_at: minute(Timestamp::now()), expires_at, sha256 };
        let new = token.clone();
        self.change(|tokens| {
            tokens.push(new);
            Ok(())
        })?;
        Ok((token, secret))
    }

    /// Takes a token out: a running server refuses it within a second.
    ///
    /// # Errors
    /// There is no such token.
    pub fn revoke(&self, id: &str) -> Result<Token, Error> {
        self.change(|tokens| {
            let place = tokens.iter().position(|token| token.id.as_str() == id);
            let unknown = || Error::new(ErrorKind::InvalidInput, format!("there is no token {id:?}: `glaneur token list` shows them"));
            Ok(tokens.remove(place.ok_or_else(unknown)?))
        })
    }

    /// When each token was last used, to the minute; nothing of those that were not.
    pub fn used(&self) -> BTreeMap<TokenId, Timestamp> {
        // A hint for people: what cannot be read is as good as never written.
        std::fs::read_to_string(self.dir.join(USED)).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    pub(super) fn note_used(&self, used: &BTreeMap<TokenId, Timestamp>) -> Result<(), Error> {
        self.put(USED, used)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Vec<Token>) -> Result<T, Error>) -> Result<T, Error> {
        std::fs::create_dir_all(&self.dir).map_err(|error| self.failed(&self.dir, "be created", error))?;
        let lock = self.dir.join(LOCK);
        let unlocked = |error| self.failed(&lock, "be locked", error);
        let held = private().create(true).write(true).open(&lock).map_err(unlocked)?;
        held.lock().map_err(unlocked)?;
        let mut tokens = self.read()?.unwrap_or_default();
        let changed = change(&mut tokens)?;
        self.put(TOKENS, &Sheet { tokens })?;
        Ok(changed)
    }

    fn put(&self, name: &str, content: &impl Serialize) -> Result<(), Error> {
        let (path, draft) = (self.dir.join(name), self.dir.join(format!("{name}.new")));
        let mut text = serde_json::to_vec_pretty(content)
            .map_err(|error| Error::new(ErrorKind::Internal, "the list of tokens cannot be written as JSON").because(error))?;
        text.push(b'\n');
        self.write(&draft, &text)
            .and_then(|()| std::fs::rename(&draft, &path))
            // The name is on disk when its directory is.
            .and_then(|()| File::open(&self.dir)?.sync_all())
            .map_err(|error| self.failed(&path, "be written", error))
    }

    fn write(&self, path: &Path, text: &[u8]) -> io::Result<()> {
        // What a command that was killed left behind might have other permissions.
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private().create_new(true).write(true).open(path)?;
        file.write_all(text)?;
        self.hand_over(path)?;
        file.sync_all()
    }

    /// The superuser creates tokens for a server that has a user of its own: the file goes to whom the directory belongs.
    #[cfg(unix)]
    fn hand_over(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        let (dir, file) = (std::fs::metadata(&self.dir)?, std::fs::metadata(path)?);
        if (dir.uid(), dir.gid()) == (file.uid(), file.gid()) || file.uid() != 0 {
            return Ok(());
        }
        std::os::unix::fs::chown(path, Some(dir.uid()), Some(dir.gid()))
    }

    #[cfg(not(unix))]
    #[allow(clippy::unused_self, reason = "the other systems need it")]
    fn hand_over(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    #[allow(clippy::unused_self, reason = "reads as what it is: this store failed")]
    fn failed(&self, path: &Path, doing: &str, error: io::Error) -> Error {
        Error::new(ErrorKind::Configuration, format!("{} cannot {doing}: {error}", path.display())).because(error)
    }
}

/// Readable by its owner alone, from its first byte on.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Coarse on purpose: a list of tokens is no record of who did what when.
pub(super) fn minute(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_created_listed_and_revoked() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(&dir.path().join("not there yet"));
        assert_eq!(store.read().unwrap(), None);
        let (token, secret) = store.create("n8n", Scopes::parse("submit,read").unwrap(), None).unwrap();
        let (other, _) = store.create("me", Scopes::parse("admin").unwrap(), Some(Timestamp::MAX)).unwrap();
        assert_eq!(store.read().unwrap().unwrap(), [token.clone(), other.clone()]);
        assert_eq!(store.revoke(token.id.as_str()).unwrap(), token);
        assert_eq!(store.revoke(token.id.as_str()).unwrap_err().kind(), ErrorKind::InvalidInput);
        store.revoke(other.id.as_str()).unwrap();
        assert_eq!(store.read().unwrap(), Some(Vec::new()), "none left is not none ever");
        for name in ["", " ", "a\nb", &"x".repeat(65)] {
            assert!(store.create(name, Scopes::parse("read").unwrap(), None).is_err(), "{name:?}");
        }
        for file in std::fs::read_dir(&store.dir).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!text.contains(secret.expose()) && !text.contains(&secret.expose()[8..]));
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_files_are_for_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        std::fs::write(dir.path().join("tokens.json.new"), "left behind").unwrap();
        store.create("n8n", Scopes::parse("read").unwrap(), None).unwrap();
        store.note_used(&BTreeMap::new()).unwrap();
        for name in [TOKENS, USED, LOCK] {
            let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_damaged_file_is_no_empty_list() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let (token, _) = store.create("n8n", Scopes::parse("read").unwrap(), None).unwrap();
        let whole = std::fs::read_to_string(store.path()).unwrap();
        for damaged in ["", "{}", &whole[..whole.len() / 2], &whole.replace(&token.sha256, "abc"), &whole.replace("read", "write")] {
            std::fs::write(store.path(), damaged).unwrap();
            let error = store.read().unwrap_err().to_string();
            assert!(error.contains("tokens.json is damaged"), "{error}");
        }
    }
}
