//! One process per data directory and role. The locks are the system's: they fall with the process, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use super::{JournalError, Role};

/// Held as long as the journal is open.
#[derive(Debug)]
pub(super) struct Locks {
    _files: Vec<File>,
}

impl Locks {
    pub(super) fn take(dir: &Path, role: Role) -> Result<Self, JournalError> {
        let names: &[(&str, &'static str)] = match role {
            Role::All => &[("api.lock", "api"), ("worker.lock", "worker")],
            Role::Api => &[("api.lock", "api")],
            Role::Worker => &[("worker.lock", "worker")],
        };
        let files = names.iter().map(|(name, role)| take(dir, name, role)).collect::<Result<_, _>>()?;
        Ok(Self { _files: files })
    }

    /// Waits until no other process is just opening the journal: two first starts at once would both create it.
    pub(super) fn opening(dir: &Path) -> Result<File, JournalError> {
        let file = open(dir, "open.lock")?;
        file.lock().map_err(|source| JournalError::Directory { dir: dir.to_owned(), source })?;
        Ok(file)
    }
}

fn take(dir: &Path, name: &str, role: &'static str) -> Result<File, JournalError> {
    let failed = |source| JournalError::Directory { dir: dir.to_owned(), source };
    let mut file = open(dir, name)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).map_err(failed)?;
            write!(file, "process {}", std::process::id()).map_err(failed)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Only for the message: the lock has already decided.
            if file.read_to_string(&mut holder).is_err() || holder.is_empty() {
                holder = "unknown process".into();
            }
            Err(JournalError::InUse { dir: dir.to_owned(), role, holder })
        }
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn open(dir: &Path, name: &str) -> Result<File, JournalError> {
    OpenOptions::new()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(dir.join(name))
        .map_err(|source| JournalError::Directory { dir: dir.to_owned(), source })
}
