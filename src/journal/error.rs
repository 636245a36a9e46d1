//! What can go wrong with the journal, by what was being done and what helps.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};
use crate::model::JobId;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    #[error("the data directory {} cannot be used ({source}): check that it exists, may be written to and is not full, or name another with --data-dir", dir.display())]
    Directory { dir: PathBuf, source: std::io::Error },
    #[error("another glaneur process ({holder}) works as {role} in {}: stop it, or give this one its own --data-dir", dir.display())]
    InUse { dir: PathBuf, role: &'static str, holder: String },
    #[error("{} is not a journal of glaneur, and nothing was written to it: move it away, or name another --data-dir", path.display())]
    Foreign { path: PathBuf },
    #[error("{} was written by a newer glaneur (schema {found}; this one knows {known}): use that version, or name another --data-dir", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{} is damaged ({report}): put back a copy, or move it away to start with an empty journal", path.display())]
    Damaged { path: PathBuf, report: String },
    #[error("there is no journal {}: name the directory of the server with --data-dir", path.display())]
    Absent { path: PathBuf },
    #[error("the journal {} cannot be opened ({source}): check that it may be written to and that the disk is not full, or name another --data-dir", path.display())]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("{} lies on a file system without shared memory (journal mode {mode}): name a --data-dir on a local disk", path.display())]
    FileSystem { path: PathBuf, mode: String },
    #[error("the journal's writer cannot be started")]
    Start { source: std::io::Error },

    /// Final: nothing more is written until the next start. What was acknowledged is on disk.
    #[error("the journal takes no more writes since this failure: {reason}; see to the disk and start glaneur again")]
    Failed { reason: Arc<str> },
    #[error("the journal is closed")]
    Closed,
    #[error("the journal is held by another process; try again")]
    Busy,
    #[error("{doing} failed in the journal")]
    Store { doing: &'static str, source: rusqlite::Error },
    #[error("an entry could not be written as JSON")]
    Encode { source: serde_json::Error },

    #[error("there is no job {:?}", id.as_str())]
    UnknownJob { id: JobId },
    #[error("there is no webhook {webhook_id:?}")]
    UnknownDelivery { webhook_id: String },
    #[error("the idempotency key was used for another request (job {first}): use a new key for a new request")]
    KeyTaken { first: JobId },
    #[error("{limit} jobs are waiting already; try again when some are done")]
    QueueFull { limit: u32 },
    #[error("this caller has {limit} jobs that are not done; try again when some are, or cancel one")]
    TooManyUnfinished { limit: u32 },
    #[error("job {id} takes no more items: its list was closed")]
    Sealed { id: JobId },
    #[error("job {number} cannot be completed: it has items without a result, or its list is still open")]
    Unfinished { number: u64 },
}

impl From<rusqlite::Error> for JournalError {
    fn from(source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Store { doing: "a statement", source },
        }
    }
}

impl JournalError {
    /// Adds what was being done.
    pub(super) fn during(self, doing: &'static str) -> Self {
        match self {
            Self::Store { source, .. } => Self::Store { doing, source },
            other => other,
        }
    }

    /// Whether the disk or the file itself failed: after that nothing may be acknowledged any more.
    pub(super) fn is_fatal(&self) -> bool {
        let Self::Store { source, .. } = self else { return false };
        matches!(
            source.sqlite_error_code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::FileLockingProtocolFailed
            )
        )
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        let kind = match &error {
            JournalError::UnknownJob { .. } | JournalError::UnknownDelivery { .. } => ErrorKind::NotFound,
            JournalError::KeyTaken { .. } | JournalError::Sealed { .. } => ErrorKind::Conflict,
            JournalError::QueueFull { .. } | JournalError::TooManyUnfinished { .. } => ErrorKind::Overloaded,
            JournalError::Busy | JournalError::Closed | JournalError::Failed { .. } => ErrorKind::Unavailable,
            JournalError::InUse { .. } | JournalError::FileSystem { .. } | JournalError::Absent { .. } => ErrorKind::Configuration,
            JournalError::Encode { .. } | JournalError::Unfinished { .. } => ErrorKind::Internal,
            JournalError::Directory { .. }
            | JournalError::Foreign { .. }
            | JournalError::Newer { .. }
            | JournalError::Damaged { .. }
            | JournalError::Open { .. }
            | JournalError::Start { .. }
            | JournalError::Store { .. } => ErrorKind::Storage,
        };
        Self::new(kind, error.to_string()).because(error)
    }
}
