//! Names to addresses: every address that comes back is checked here, and these are the ones that are dialled.

use std::io;
use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Guard;
use super::ranges::special_purpose;

/// Why the resolver gives no address.
#[derive(Debug, thiserror::Error)]
pub(in crate::egress) enum Refused {
    #[error("{host} is the private address {address} ({purpose})")]
    Private { host: String, address: IpAddr, purpose: &'static str },
    #[error("{host} cannot be resolved: {reason}")]
    Unresolved { host: String, reason: String },
}

/// The resolver of a client that leaves through a proxy. It looks up the proxy and nothing else, so that no name of a shop can be
/// asked for on this machine, whatever becomes of the client.
#[derive(Clone, Debug)]
pub(in crate::egress) struct ProxyOnly {
    guard: Guard,
    proxy: String,
}

/// Who looks names up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Names {
    #[default]
    System,
    #[cfg(test)]
    Listed(std::sync::Arc<Listed>),
}

impl Names {
    pub(super) async fn look_up(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect()),
            #[cfg(test)]
            Self::Listed(listed) => Ok(listed.next(host)),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = guard.addresses(name.as_str()).await?;
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

impl ProxyOnly {
    pub(in crate::egress) fn new(guard: &Guard, proxy: &str) -> Self {
        let proxy = proxy.to_owned();
        // The operator named it.
        Self { guard: guard.and_hosts(std::slice::from_ref(&proxy)), proxy }
    }
}

impl Resolve for ProxyOnly {
    fn resolve(&self, name: Name) -> Resolving {
        if name.as_str().eq_ignore_ascii_case(&self.proxy) {
            return self.guard.resolve(name);
        }
        let reason = "it leaves through a proxy, and is not looked up on this machine".to_owned();
        let refused = Refused::Unresolved { host: name.as_str().to_owned(), reason };
        Box::pin(std::future::ready(Err(refused.into())))
    }
}

impl Guard {
    /// The addresses of a name, all of which may be dialled. One private address among public ones is a rebinding trick as a rule: the
    /// whole answer is refused.
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Refused> {
        let unresolved = |reason: String| Refused::Unresolved { host: host.to_owned(), reason };
        let found = self.names.look_up(host).await.map_err(|error| unresolved(error.to_string()))?;
        if found.is_empty() {
            return Err(unresolved("the name has no address".to_owned()));
        }
        if self.allowed.admits_name(host) {
            return Ok(found);
        }
        let private = found
            .iter()
            .find_map(|address| Some((*address, special_purpose(*address)?)).filter(|_| !self.allowed.admits_address(*address)));
        match private {
            Some((address, purpose)) => Err(Refused::Private { host: host.to_owned(), address, purpose }),
            None => Ok(found),
        }
    }
}

/// Answers that a test lists: each is given once, the last one for ever.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct Listed {
    answers: std::sync::Mutex<std::collections::HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: std::sync::Mutex<Vec<String>>,
}

#[cfg(test)]
impl Listed {
    pub(crate) fn new<'a>(answers: impl IntoIterator<Item = (String, Vec<Vec<&'a str>>)>) -> std::sync::Arc<Self> {
        let read = |answer: Vec<&str>| answer.into_iter().map(|address| address.parse().unwrap()).collect();
        let answers = answers.into_iter().map(|(name, answers)| (name, answers.into_iter().rev().map(read).collect())).collect();
        std::sync::Arc::new(Self { answers: std::sync::Mutex::new(answers), ..Self::default() })
    }

    fn next(&self, host: &str) -> Vec<IpAddr> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let Some(left) = answers.get_mut(host) else { return Vec::new() };
        if left.len() > 1 { left.pop().unwrap() } else { left[0].clone() }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[cfg(test)]
impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

#[cfg(test)]
impl Eq for Listed {}
