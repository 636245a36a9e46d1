//! In whose name a call is made: whose a new job is, and which jobs are there for it.

/// A token's id, or nothing where nobody needs one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The process itself, and whoever calls from this machine where there are no tokens: jobs are nobody's, and all are seen.
    Unnamed,
    /// Jobs are this token's, and all are seen.
    Admin(String),
    /// Jobs are this token's, and no others are seen.
    Token(String),
}

impl Caller {
    /// Whose a new job is.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Unnamed => None,
            Self::Admin(id) | Self::Token(id) => Some(id),
        }
    }

    /// The one owner whose jobs are seen; nothing where all are.
    pub fn sees_only(&self) -> Option<&str> {
        match self {
            Self::Unnamed | Self::Admin(_) => None,
            Self::Token(id) => Some(id),
        }
    }
}
