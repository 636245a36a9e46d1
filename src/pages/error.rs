//! Why the store of pages cannot be opened.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind};

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PagesError {
    #[error("the data directory {} cannot be used: check that it exists and may be written to", dir.display())]
    Directory { dir: PathBuf, source: std::io::Error },
    #[error("{} is not glaneur's store of pages, and nothing was written to it: move it away", path.display())]
    Foreign { path: PathBuf },
    #[error("{} was written by a newer glaneur: use that version, or move it away; it holds nothing but copies of pages", path.display())]
    Newer { path: PathBuf },
    #[error("{} is damaged and cannot be set aside: move it away; it holds nothing but copies of pages", path.display())]
    Damaged { path: PathBuf, source: std::io::Error },
    #[error("the store of pages {} cannot be opened: {source}", path.display())]
    Open { path: PathBuf, source: rusqlite::Error },
}

impl From<PagesError> for Error {
    fn from(error: PagesError) -> Self {
        Self::new(ErrorKind::Storage, error.to_string()).because(error)
    }
}
