//! Who is who at the front: each user name has circuits of its own, and its last failure is remembered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use arti_client::IsolationToken;

use super::DialError;

/// Identities are few and are forgotten when they are retired; beyond this the one that was unused for longest is dropped, and gets
/// other circuits if it comes back.
const MOST: usize = 4096;

#[derive(Default)]
pub(super) struct Identities(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_name: HashMap<String, Identity>,
    /// Counts uses, so that the order of the last ones is known.
    uses: u64,
}

struct Identity {
    token: IsolationToken,
    used: u64,
    failure: Option<DialError>,
}

impl Identities {
    /// The circuits of this name, made anew if it is not known.
    pub(super) fn token(&self, name: &str) -> IsolationToken {
        let mut known = self.lock();
        known.uses += 1;
        let used = known.uses;
        if let Some(identity) = known.by_name.get_mut(name) {
            identity.used = used;
            return identity.token;
        }
        known.make_room();
        let token = IsolationToken::new();
        known.by_name.insert(name.to_owned(), Identity { token, used, failure: None });
        token
    }

    /// What became of a connection. One that began before its identity was retired says nothing about the new bearer of the name.
    pub(super) fn note(&self, name: &str, token: IsolationToken, failure: Option<DialError>) {
        if let Some(identity) = self.lock().by_name.get_mut(name).filter(|identity| identity.token == token) {
            identity.failure = failure;
        }
    }

    pub(super) fn why(&self, name: &str) -> Option<DialError> {
        self.lock().by_name.get(name)?.failure.clone()
    }

    pub(super) fn forget(&self, name: &str) {
        self.lock().by_name.remove(name);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn make_room(&mut self) {
        if self.by_name.len() < MOST {
            return;
        }
        let oldest = self.by_name.iter().min_by_key(|(_, identity)| identity.used).map(|(name, _)| name.clone());
        if let Some(name) = oldest {
            tracing::warn!(limit = MOST, "too many identities on Tor; the one that was unused for longest gets other circuits");
            self.by_name.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::DialErrorKind;
    use super::*;

    fn failure(kind: DialErrorKind) -> Option<DialError> {
        Some(DialError { target: "shop.test:80".to_owned(), kind, detail: String::new() })
    }

    #[test]
    fn a_name_keeps_its_circuits_until_it_is_forgotten() {
        let identities = Identities::default();
        let (first, other) = (identities.token("a"), identities.token("b"));
        assert_eq!(identities.token("a"), first);
        assert_ne!(first, other);
        identities.forget("a");
        assert_ne!(identities.token("a"), first);
        assert_eq!(identities.token("b"), other);
    }

    #[test]
    fn the_last_failure_is_the_identitys_own() {
        let identities = Identities::default();
        let (a, b) = (identities.token("a"), identities.token("b"));
        identities.note("a", a, failure(DialErrorKind::Timeout));
        identities.note("b", b, None);
        assert_eq!(identities.why("a"), failure(DialErrorKind::Timeout));
        assert_eq!(identities.why("b"), None);
        assert_eq!(identities.why("nobody"), None);
        identities.note("a", a, None);
        assert_eq!(identities.why("a"), None);

        identities.forget("a");
        identities.token("a");
        identities.note("a", a, failure(DialErrorKind::Refused));
        assert_eq!(identities.why("a"), None, "told of the one before");
    }

    #[test]
    fn their_number_is_bounded_and_the_longest_unused_goes_first() {
        let identities = Identities::default();
        let first = identities.token("0");
        let second = identities.token("1");
        for n in 2..MOST {
            identities.token(&n.to_string());
        }
        assert_eq!(identities.token("0"), first, "used again");
        identities.token("one more");
        assert_eq!(identities.lock().by_name.len(), MOST);
        assert_eq!(identities.token("0"), first);
        assert_ne!(identities.token("1"), second);
    }
}
