//! A tor daemon as users run one: a client of the network with a SOCKS port.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// It has the consensus after some seconds.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Daemon {
    process: Child,
    socks: SocketAddr,
    _directory: tempfile::TempDir,
}

impl Daemon {
    /// Waits until it can build circuits.
    pub(crate) fn start(authority: &str) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let log = directory.path().join("log");
        let socks = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let text = format!(
            "TestingTorNetwork 1\n{authority}\nClientOnly 1\nUseEntryGuards 0\nConfluxEnabled 0\nSocksPort {socks}\nDataDirectory {}\nPathsNeededToBuildCircuits 0.67\n\
             __OwningControllerProcess {}\nLog notice file {}\n",
            directory.path().join("data").display(),
            std::process::id(),
            log.display(),
        );
        let torrc = directory.path().join("torrc");
        std::fs::write(&torrc, text)?;
        let mut tor = Command::new("tor");
        tor.arg("-f").arg(&torrc).args(["--defaults-torrc", "/dev/null"]).stdin(Stdio::null());
        let process = tor.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let daemon = Self { process, socks, _directory: directory };
        wait(&log)?;
        Ok(daemon)
    }

    pub(crate) fn socks(&self) -> SocketAddr {
        self.socks
    }
}

fn wait(log: &Path) -> anyhow::Result<()> {
    let since = Instant::now();
    loop {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        if text.contains("Bootstrapped 100%") {
            return Ok(());
        }
        anyhow::ensure!(since.elapsed() < DEADLINE, "the daemon is not ready: {text}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
