//! One Tor process: its keys, its configuration, its log.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};

pub(super) const OR_PORT: u16 = 5001;
pub(super) const DIR_PORT: u16 = 7001;

/// A relay that may run: it has its keys.
pub(super) struct Relay {
    pub(super) name: String,
    pub(super) ip: Ipv4Addr,
    directory: PathBuf,
    /// 40 hexadecimal digits.
    pub(super) rsa: String,
    /// 64 hexadecimal digits.
    pub(super) ed25519: String,
    process: Option<Child>,
}

impl Relay {
    /// Makes the keys, which takes a moment of computing.
    pub(super) fn new(directory: PathBuf, name: &str, ip: Ipv4Addr) -> anyhow::Result<Self> {
        std::fs::create_dir_all(directory.join("keys"))?;
        let mut tor = Command::new("tor");
        tor.args(["--ignore-missing-torrc", "-f"]).arg(directory.join("none")).args(["--defaults-torrc", "/dev/null", "--hush"]);
        tor.args(["--list-fingerprint", "--ORPort", "1", "--Nickname", name, "--DataDirectory"]).arg(&directory);
        succeed(tor.stdin(Stdio::null()))?;
        let of = |file: &str| -> anyhow::Result<String> {
            let text = std::fs::read_to_string(directory.join(file)).with_context(|| format!("{name} has no {file}"))?;
            Ok(text.split_whitespace().nth(1).with_context(|| format!("{file} is empty"))?.to_owned())
        };
        let (rsa, ed25519) = (of("fingerprint")?, hex_of_base64(&of("fingerprint-ed25519")?)?);
        std::fs::write(directory.join("state"), history())?;
        Ok(Self { name: name.to_owned(), ip, directory, rsa, ed25519, process: None })
    }

    /// The keys of a directory authority; the result is its v3 identity.
    pub(super) fn certify(&self) -> anyhow::Result<String> {
        let keys = self.directory.join("keys");
        let mut gencert = Command::new("tor-gencert");
        gencert.args(["--create-identity-key", "--passphrase-fd", "0", "-m", "3"]);
        for (option, file) in [("-i", "identity_key"), ("-s", "signing_key"), ("-c", "certificate")] {
            gencert.arg(option).arg(keys.join(format!("authority_{file}")));
        }
        let mut running = gencert.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("tor-gencert")?;
        running.stdin.take().context("no stdin")?.write_all(b"private network\n")?;
        let output = running.wait_with_output()?;
        ensure!(output.status.success(), "tor-gencert: {}", String::from_utf8_lossy(&output.stderr));
        let certificate = std::fs::read_to_string(keys.join("authority_certificate"))?;
        let line = certificate.lines().find_map(|line| line.strip_prefix("fingerprint "));
        Ok(line.context("the certificate has no fingerprint")?.to_owned())
    }

    /// Starts it with what all relays need, and `more`. It ends with this process, however that ends.
    pub(super) fn start(&mut self, authority: &str, more: &[String]) -> anyhow::Result<()> {
        let Self { name, ip, directory, .. } = self;
        let mut text = format!(
            "TestingTorNetwork 1\nAssumeReachable 1\nPathsNeededToBuildCircuits 0.67\n{authority}\nNickname {name}\nAddress {ip}\n\
             ORPort {ip}:{OR_PORT} IPv4Only\nOutboundBindAddress {ip}\nAddressDisableIPv6 1\nSocksPort 0\nShutdownWaitLength 0\n\
             ContactInfo tests\nServerDNSDetectHijacking 0\nServerDNSTestAddresses\nDataDirectory {}\n__OwningControllerProcess {}\n\
             Log notice file {}\nDisableDebuggerAttachment 0\n",
            directory.display(),
            std::process::id(),
            directory.join("log").display(),
        );
        for line in more {
            writeln!(text, "{line}")?;
        }
        let torrc = directory.join("torrc");
        std::fs::write(&torrc, text)?;
        let output = File::create(directory.join("output"))?;
        let mut tor = Command::new("tor");
        tor.arg("-f").arg(&torrc).args(["--defaults-torrc", "/dev/null"]).stdin(Stdio::null());
        self.process = Some(tor.stdout(output.try_clone()?).stderr(output).spawn().context("tor")?);
        Ok(())
    }

    /// Writes a file beside its data.
    pub(super) fn file(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.directory.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    pub(super) fn process(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// SIGKILL; nothing happens to one that does not run.
    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// What it said last, for a network that did not come up.
    pub(super) fn last_words(&self) -> String {
        let read = |file: &str| std::fs::read_to_string(self.directory.join(file)).unwrap_or_default();
        let (log, output) = (read("log"), read("output"));
        let lines: Vec<&str> = log.lines().chain(output.lines().filter(|line| line.contains("[err]") || line.contains("[warn]"))).collect();
        format!("--- {}\n{}\n", self.name, lines[lines.len().saturating_sub(30)..].join("\n"))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What relays remember of their traffic. Without it the first exit that is used has seen some, and all further circuits go by it.
fn history() -> String {
    let end = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1)).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let of = |what: &str| {
        format!(
            "BWHistory{what}Ends {end}\nBWHistory{what}Interval 86400\nBWHistory{what}Values 864000000000\nBWHistory{what}Maxima 10000000\n"
        )
    };
    of("Read") + &of("Write")
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

fn hex_of_base64(text: &str) -> anyhow::Result<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(text.trim_end_matches('='))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
