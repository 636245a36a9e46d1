//! The one error of the public API: opaque, with a kind that says who must act and a hint on retrying.

use std::fmt;

/// What went wrong, by who must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: an argument cannot be taken as it is.
    InvalidInput,
    /// The caller: there is no such job, shop or event.
    NotFound,
    /// The caller: a cursor lies beyond what there is.
    OutOfRange,
    /// The caller: it contradicts what was said before (an idempotency key with another body).
    Conflict,
    /// The operator: a file, setting or recipe is wrong.
    Configuration,
    /// Nobody: too much at once, try again later.
    Overloaded,
    /// Nobody: the process is stopping or not ready yet.
    Unavailable,
    /// The operator: the disk, the store or the system refuses.
    Storage,
    /// We: a defect of glaneur.
    Internal,
}

/// If and when it makes sense to try the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    Never,
    Later,
}

/// An error of this crate. Its text names what was being done, what is wrong and the remedy.
pub struct Error {
    kind: ErrorKind,
    field: Option<String>,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, field: None, message: message.into(), source: None }
    }

    /// Names the argument or the setting that is wrong: `eans[3].primary`, `shops.cocooncenter.origin`.
    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(crate) fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub fn retry(&self) -> Retry {
        match self.kind {
            ErrorKind::Overloaded | ErrorKind::Unavailable => Retry::Later,
            _ => Retry::Never,
        }
    }

    /// The argument or setting that is wrong, where there is one.
    pub fn argument(&self) -> Option<&str> {
        self.field.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("field", &self.field)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
