//! The connections that only read: a few, each used by one blocking call at a time.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{JournalError, schema};

/// Reads at the same time. They are short and mostly from memory: more would only wait for the cores.
const CONNECTIONS: usize = 4;

#[derive(Clone, Debug)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let idle = (0..CONNECTIONS).map(|_| schema::open_reader(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { idle: Arc::new(Mutex::new(idle)), places: Arc::new(Semaphore::new(CONNECTIONS)) })
    }

    /// Runs `look` on a blocking thread. It sees everything that was committed before the call.
    pub(super) async fn read<T, F>(&self, doing: &'static str, look: F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
    {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| JournalError::Closed)?;
        let idle = Arc::clone(&self.idle);
        let look = move || {
            let _place = place;
            let mut taken = Taken { connection: take(&idle), idle };
            match &mut taken.connection {
                Some(connection) => look(connection),
                None => Err(JournalError::Closed),
            }
        };
        tokio::task::spawn_blocking(look).await.map_err(|_| JournalError::Closed)?.map_err(|error| error.during(doing))
    }

    /// No read starts after this.
    pub(super) fn close(&self) {
        self.places.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn take(idle: &Mutex<Vec<Connection>>) -> Option<Connection> {
    idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// Gives the connection back, after a panic too.
struct Taken {
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
