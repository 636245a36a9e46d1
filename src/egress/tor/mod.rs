//! Tor inside the process: no daemon, no control port. The embedded client stands behind a SOCKS front on loopback, so that one kind
//! of proxy URL serves it, an external tor and any other proxy.
//!
//! This room never dials directly, never resolves a name here, and knows neither shops nor jobs. A build without the feature `tor`
//! has the same words and settings; there, [`Tor::launch`] refuses.
//!
//! The embedded library, `arti`, ends the process when the Tor network declares its version obsolete: such a version is not safe to use.

#[cfg_attr(not(feature = "tor"), path = "absent.rs")]
mod embedded;
mod error;
mod progress;
mod settings;

pub use embedded::Tor;
pub use error::{DialError, DialErrorKind, NotReady};
pub use progress::{Progress, State};
pub use settings::{Country, Settings};
