//! The jobs of a data directory for whoever only reads them, beside a server that works there or without one. It takes no lock that a
//! server wants, and writes nothing but the file's newest schema.

use std::path::Path;

use super::job::JobInfo;
use super::lock::Locks;
use super::reader::Readers;
use super::{FILE, JournalError, look, schema};
use crate::model::{Item, ItemResult, JobId};

/// See [`Archive::open`].
#[derive(Clone, Debug)]
pub struct Archive {
    readers: Readers,
}

impl Archive {
    /// Opens the journal in `data_dir`. Blocks for as long as the check of the file takes, some tenths of a second.
    ///
    /// # Errors
    /// There is none; it is not ours, damaged, or of a newer version.
    pub fn open(data_dir: &Path) -> Result<Self, JournalError> {
        let path = data_dir.join(FILE);
        if !path.is_file() {
            return Err(JournalError::Absent { path });
        }
        let opening = Locks::opening(data_dir)?;
        drop(schema::open(&path)?);
        drop(opening);
        Ok(Self { readers: Readers::open(&path)? })
    }

    /// A job by its id or its number.
    ///
    /// # Errors
    /// There is no such job.
    pub async fn job(&self, name: &str) -> Result<JobInfo, JournalError> {
        let (id, number) = (JobId::new(name), name.parse().ok());
        self.readers
            .read("reading a job", move |connection| match number {
                Some(number) => look::numbered(connection, number, &id),
                None => look::job(connection, &id),
            })
            .await
    }

    /// All items of a job, in order of position, from 1 without a gap.
    pub async fn items(&self, job: &JobInfo) -> Result<Vec<Item>, JournalError> {
        let number = job.number;
        self.readers.read("reading items", move |connection| look::items(connection, number)).await
    }

    /// The result that an item has, if it has one yet.
    pub async fn result(&self, job: &JobInfo, position: u32) -> Result<Option<ItemResult>, JournalError> {
        let number = job.number;
        let before = position.saturating_sub(1);
        let results = self.readers.read("reading a result", move |connection| look::results(connection, number, before, 1)).await?;
        Ok(results.into_iter().next().filter(|result| result.position == position))
    }
}
