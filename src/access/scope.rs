//! What a token may do.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Hand in jobs, and cancel one's own.
    Submit,
    /// Read one's own jobs.
    Read,
    /// Everything, with everybody's jobs.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::Submit, Self::Read, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

/// At least one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Names with commas between them: `submit,read`.
    ///
    /// # Errors
    /// A name that is no scope, or none at all.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scope = |name: &str| {
            let known = Scope::ALL.into_iter().find(|scope| scope.as_str() == name);
            known.ok_or_else(|| format!("{name:?} is no scope: use submit, read, admin, or several with commas between them"))
        };
        text.split(',').map(|name| scope(name.trim())).collect::<Result<_, _>>().map(Self)
    }

    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope) || self.are_admin()
    }

    pub fn are_admin(&self) -> bool {
        self.0.contains(&Scope::Admin)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admin_includes_others() {
        for (text, allowed) in [
            ("submit", [true, false, false]),
            ("read", [false, true, false]),
            ("read, submit,read", [true, true, false]),
            ("admin", [true, true, true]),
        ] {
            assert_eq!(Scope::ALL.map(|scope| Scopes::parse(text).unwrap().allow(scope)), allowed, "{text}");
        }
        for text in ["", "write", "Admin", "submit,", "submit;read"] {
            assert!(Scopes::parse(text).is_err(), "{text:?}");
        }
    }
}
