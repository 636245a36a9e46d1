//! A private Tor network on loopback: one directory authority that is the only guard, and three exits, each with a name server of its
//! own, so that the address by which a shop is reached tells the exit, and that the name was resolved there.
//!
//! Linux only: it uses many addresses of 127.0.0.0/8. One network serves the whole program; a test that breaks relays starts its own.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use glaneur::egress::tor::Settings;

use super::daemon::Daemon;
use super::dns::NameServer;
use super::relay::{DIR_PORT, OR_PORT, Relay};
use crate::programs::has;

/// The exits of a network.
pub(crate) const EXITS: usize = 3;

/// A network is ready after 7 to 8 s; a machine that compiles beside it may need several times that.
const DEADLINE: Duration = Duration::from_secs(60);

/// Addresses of one network: of 250 in a process's own /24.
const BLOCK: u8 = 20;

static SHARED: LazyLock<Kept> = LazyLock::new(|| Kept::new(start_or_explain()));

pub(crate) struct Network {
    authority: Relay,
    exits: Vec<Relay>,
    names: Vec<NameServer>,
    v3ident: String,
    first_host: u8,
    /// Last, so that the relays are gone when it is removed.
    directory: tempfile::TempDir,
}

/// A static is never dropped: a shell removes the directory when this process is gone, whose end of its stdin then closes, after the
/// relays had the 15 s in which they notice the same.
struct Kept {
    network: Network,
    _keeper: Child,
}

impl Kept {
    fn new(network: Network) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "cat >/dev/null; sleep 20; rm -rf \"$1\"", "keeper"]).arg(network.directory.path());
        let keeper = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { network, _keeper: keeper }
    }
}

/// The network that all tests share, or nothing where there is no Tor.
pub(crate) async fn shared() -> Option<&'static Network> {
    if !available() {
        return None;
    }
    tokio::task::spawn_blocking(|| Some(&SHARED.network)).await.unwrap()
}

/// A network of one's own, whose relays may be killed; it ends when it is dropped.
pub(crate) async fn own() -> Option<Network> {
    if !available() {
        return None;
    }
    tokio::task::spawn_blocking(|| Some(start_or_explain())).await.unwrap()
}

fn available() -> bool {
    has("tor") && has("tor-gencert")
}

fn start_or_explain() -> Network {
    let since = Instant::now();
    let network = Network::start().unwrap_or_else(|error| panic!("no private Tor network: {error:?}"));
    eprintln!("a private Tor network was ready after {:.1} s", since.elapsed().as_secs_f64());
    network
}

/// An address in the /24 of this process.
fn host(n: u8) -> Ipv4Addr {
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 | (high & 0x3f), low, n)
}

impl Network {
    fn start() -> anyhow::Result<Self> {
        static NETWORKS: AtomicU8 = AtomicU8::new(0);
        let first_host = 1 + BLOCK * NETWORKS.fetch_add(1, Ordering::Relaxed);
        let directory = tempfile::Builder::new().prefix("glaneur-tor-").tempdir()?;
        let relay = |name: String, n: u8| Relay::new(directory.path().join(&name), &name, host(first_host + n));
        // Keys take a second each; together they take little more.
        let (authority, exits) = thread::scope(|scope| {
            let authority = scope.spawn(|| {
                let authority = relay("auth".to_owned(), 0)?;
                let v3ident = authority.certify()?;
                anyhow::Ok((authority, v3ident))
            });
            let exits: Vec<_> = (1..).take(EXITS).map(|n| scope.spawn(move || relay(format!("exit{n}"), n))).collect();
            let joined = |thread: thread::ScopedJoinHandle<'_, anyhow::Result<Relay>>| thread.join().unwrap();
            (authority.join().unwrap(), exits.into_iter().map(joined).collect::<anyhow::Result<Vec<_>>>())
        });
        let ((authority, v3ident), exits) = (authority?, exits?);
        let names = (0..).take(EXITS).map(|n| NameServer::start(host(first_host + 1 + n), doorway(first_host, n)));
        let names = names.collect::<Result<_, _>>()?;
        let mut network = Self { authority, exits, names, v3ident, first_host, directory };
        network.run().map_err(|error| error.context(network.last_words()))?;
        Ok(network)
    }

    fn run(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + DEADLINE;
        self.start_guard()?;
        until(deadline, "the authority does not listen", || TcpStream::connect(self.directory_address()).is_ok())?;
        for n in 0..EXITS {
            self.start_exit(n)?;
        }
        until(deadline, "not every relay is running in the consensus", || self.running().is_ok_and(|count| count == 1 + EXITS))
    }

    /// The authority is also the only guard.
    pub(super) fn start_guard(&mut self) -> anyhow::Result<()> {
        let (line, more) = (self.authority_line(), self.authority_rules());
        self.authority.start(&line, &more)
    }

    /// Whoever is in the network loses it: every circuit begins here.
    pub(super) fn kill_guard(&mut self) {
        self.authority.kill();
    }

    fn start_exit(&mut self, n: usize) -> anyhow::Result<()> {
        let line = self.authority_line();
        let exit = &mut self.exits[n];
        let resolv = exit.file("resolv.conf", &format!("nameserver {}\n", self.names[n].address))?;
        let more = [
            "ExitRelay 1".to_owned(),
            "ExitPolicyRejectPrivate 0".to_owned(),
            "ExitPolicy accept *:*".to_owned(),
            "RefuseUnknownExits 0".to_owned(),
            format!("ServerDNSResolvConfFile {}", resolv.display()),
        ];
        exit.start(&line, &more)
    }

    fn authority_line(&self) -> String {
        let Relay { ip, rsa, .. } = &self.authority;
        format!("DirAuthority auth orport={OR_PORT} no-v2 v3ident={} {ip}:{DIR_PORT} {rsa}", self.v3ident)
    }

    fn authority_rules(&self) -> Vec<String> {
        let exits: Vec<&str> = self.exits.iter().map(|exit| &*exit.rsa).collect();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // The first vote falls as soon as the exits have told of themselves.
        let offset = (now + Duration::from_millis(1400)).as_secs() % 5;
        vec![
            format!("DirPort {}:{DIR_PORT}", self.authority.ip),
            "AuthoritativeDirectory 1".to_owned(),
            "V3AuthoritativeDirectory 1".to_owned(),
            "ExitRelay 0".to_owned(),
            "ExitPolicy reject *:*".to_owned(),
            "TestingV3AuthInitialVotingInterval 5".to_owned(),
            "TestingV3AuthInitialVoteDelay 2".to_owned(),
            "TestingV3AuthInitialDistDelay 2".to_owned(),
            "V3AuthVotingInterval 10".to_owned(),
            "V3AuthVoteDelay 2".to_owned(),
            "V3AuthDistDelay 2".to_owned(),
            "V3AuthNIntervalsValid 100".to_owned(),
            "TestingMinExitFlagThreshold 0".to_owned(),
            format!("TestingDirAuthVoteGuard {}", self.authority.rsa),
            "TestingDirAuthVoteGuardIsStrict 1".to_owned(),
            format!("TestingDirAuthVoteExit {}", exits.join(",")),
            format!("TestingV3AuthVotingStartOffset {offset}"),
        ]
    }

    fn directory_address(&self) -> SocketAddr {
        SocketAddr::from((self.authority.ip, DIR_PORT))
    }

    /// How many relays the authority's consensus calls running.
    fn running(&self) -> anyhow::Result<usize> {
        let mut stream = TcpStream::connect(self.directory_address())?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /tor/status-vote/current/consensus-microdesc HTTP/1.0\r\n\r\n")?;
        let mut consensus = Vec::new();
        stream.read_to_end(&mut consensus)?;
        let consensus = String::from_utf8_lossy(&consensus);
        Ok(consensus.lines().filter(|line| line.starts_with("s ") && line.split(' ').any(|flag| flag == "Running")).count())
    }

    fn last_words(&self) -> String {
        std::iter::once(&self.authority).chain(&self.exits).map(Relay::last_words).collect()
    }

    /// The settings of a client of this network, in a directory of its own.
    pub(crate) fn settings(&self, directory: &tempfile::TempDir) -> Settings {
        self.settings_by(directory, SocketAddrV4::new(self.authority.ip, OR_PORT))
    }

    /// The same, for a client that can reach its first relay at `entry` only.
    pub(crate) fn settings_by(&self, directory: &tempfile::TempDir, entry: SocketAddrV4) -> Settings {
        let file = directory.path().join("network.toml");
        let Relay { rsa, ed25519, .. } = &self.authority;
        let text = format!(
            "authorities = [\"{}\"]\nipv4_family_prefix = 33\nipv6_family_prefix = 129\ntrust_every_user = true\n\n\
             [[fallbacks]]\nrsa = \"{rsa}\"\ned25519 = \"{ed25519}\"\naddresses = [\"{entry}\"]\n",
            self.v3ident
        );
        std::fs::write(&file, text).unwrap();
        Settings { network: Some(file), state_dir: Some(directory.path().join("tor")), ..Settings::default() }
    }

    /// The authority's port for circuits.
    pub(crate) fn entry(&self) -> SocketAddrV4 {
        SocketAddrV4::new(self.authority.ip, OR_PORT)
    }

    /// A daemon that is a client of this network.
    pub(crate) fn daemon(&self) -> Daemon {
        Daemon::start(&self.authority_line()).unwrap_or_else(|error| panic!("no tor daemon: {error:?}"))
    }

    /// An address that nobody uses.
    pub(crate) fn spare(&self) -> Ipv4Addr {
        host(self.first_host + BLOCK - 1)
    }

    /// Where the exits' name servers say that every shop is, in the order of the exits.
    pub(crate) fn doorways(&self) -> [Ipv4Addr; EXITS] {
        [0, 1, 2].map(|n| doorway(self.first_host, n))
    }

    /// The processes of the exits; nothing for one that was killed.
    pub(crate) fn exits(&self) -> [Option<u32>; EXITS] {
        [0, 1, 2].map(|n| self.exits[n].process())
    }

    /// Questions that the exits' name servers were asked.
    pub(crate) fn names_asked(&self) -> u64 {
        self.names.iter().map(NameServer::asked).sum()
    }

    pub(crate) fn kill_exit(&mut self, n: usize) {
        self.exits[n].kill();
    }

    /// Where the network's files are.
    pub(crate) fn directory(&self) -> PathBuf {
        self.directory.path().to_owned()
    }
}

fn doorway(first_host: u8, n: u8) -> Ipv4Addr {
    host(first_host + 10 + n)
}

fn until(deadline: Instant, what: &'static str, mut holds: impl FnMut() -> bool) -> anyhow::Result<()> {
    while !holds() {
        (Instant::now() < deadline).then_some(()).context(what)?;
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
