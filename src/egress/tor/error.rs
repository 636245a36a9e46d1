//! Why Tor is not ready, and why one connection through it failed: what SOCKS reply codes lose.

/// Why Tor cannot be used now, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    #[error("Tor is not ready: this machine seems to be offline ({detail}); check its connection to the internet, then try again")]
    Offline { detail: String },
    #[error("Tor is not ready: its traffic seems to be filtered here ({detail}); use another network, or another route than tor")]
    Filtered { detail: String },
    #[error("Tor is not ready: the clock is wrong ({detail}); set it, then try again")]
    Clock { detail: String },
    #[error("Tor is not ready: its network does not answer as it should ({detail}); try again later")]
    Unreachable { detail: String },
    #[error("Tor is not ready after {seconds} s, at {percent} % ({detail}); try again, or raise `[egress.tor] bootstrap_timeout`")]
    Timeout { seconds: u64, percent: u8, detail: String },
    #[error(
        "Tor is not ready: its directory cannot be used ({detail}); give `[egress.tor] state_dir` a directory that only this user can write to"
    )]
    Storage { detail: String },
    #[error("Tor is not ready: {detail}")]
    Internal { detail: String },
    #[error("Tor is not ready: it was stopped")]
    Stopped,
}

/// Why a connection through Tor did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{target} through tor: {kind} ({detail})")]
pub struct DialError {
    /// `host:port`
    pub target: String,
    pub kind: DialErrorKind,
    /// In the words of the Tor client.
    pub detail: String,
}

/// What kept a connection from coming about, by who stood in its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DialErrorKind {
    /// A private or loopback address, an onion name, or no address at all: it is refused here, nothing was sent.
    #[error("the target is forbidden")]
    ForbiddenTarget,
    /// The exit's policy does not admit this host or port; another exit may.
    #[error("the exit refuses to connect there")]
    ExitPolicy,
    /// The host answered that nobody listens on the port.
    #[error("the host refuses the connection")]
    Refused,
    /// The exit could not resolve the name.
    #[error("the exit finds no such host")]
    NoSuchHost,
    #[error("no answer in time")]
    Timeout,
    /// The exit reached nothing, or the host hung up.
    #[error("the exit cannot reach the host")]
    Unreachable,
    /// A relay failed or is too busy; another circuit may do better.
    #[error("the circuit broke")]
    Circuit,
    /// No relay fits: the wanted country or port has no exit.
    #[error("no exit fits")]
    NoExit,
    /// Not bootstrapped, offline, or stopping.
    #[error("Tor is down")]
    TorDown,
    /// We, or this machine: out of sockets or memory, a defect.
    #[error("it failed here")]
    Internal,
}

impl DialErrorKind {
    /// Whether a new identity, that is another circuit and mostly another exit, may bring what this one did not.
    pub fn is_of_the_circuit(self) -> bool {
        match self {
            Self::ExitPolicy | Self::NoSuchHost | Self::Timeout | Self::Unreachable | Self::Circuit => true,
            Self::ForbiddenTarget | Self::Refused | Self::NoExit | Self::TorDown | Self::Internal => false,
        }
    }
}
