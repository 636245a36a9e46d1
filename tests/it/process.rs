//! The real binary as a process of its own: started, read, signalled, killed. The benches use it too.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use glaneur::demo::DemoShops;

/// A running `glaneur serve`; killed when dropped.
pub struct Process {
    child: Child,
    /// `http://127.0.0.1:port`
    pub url: String,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// A configuration for the demo shops, without pauses between requests. `more` is TOML that goes before the sections.
pub fn config(data_dir: &Path, shops: &DemoShops, at_once: usize, more: &str, sections: &str) -> String {
    let mut text =
        format!("listen = '127.0.0.1:0'\ndata_dir = '{}'\n{more}\n[egress]\nallow_private = ['127.0.0.1']\n", data_dir.display());
    for (name, shop) in shops.shops() {
        let (origin, search) = (shop.origin().origin().ascii_serialization(), shop.search_origin().origin().ascii_serialization());
        let _ = writeln!(text, "[shops.{name}]\norigin = '{origin}'\nsearch_origin = '{search}'\nconcurrency = {at_once}\ninterval = '0s'");
    }
    text + sections
}

impl Process {
    /// Starts `glaneur serve` and waits until it listens.
    pub fn serve(directory: &Path, config: &str) -> Self {
        let file = directory.join("glaneur.toml");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
        command.arg("serve").arg("--config").arg(&file);
        Self::start(command)
    }

    /// Starts any command that logs `listens on <url>`.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let mut url = None;
        while url.is_none() {
            let line = lines.next().unwrap_or_else(|| panic!("the server ended before it listened: {}", log.lock().unwrap())).unwrap();
            url = line.split_once("listens on ").and_then(|(_, rest)| rest.split_whitespace().next()).map(str::to_owned);
            let _ = writeln!(log.lock().unwrap(), "{line}");
        }
        let copy = log.clone();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = writeln!(copy.lock().unwrap(), "{line}");
            }
        });
        Self { child, url: url.unwrap(), log, reader: Some(reader) }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `INT`, `TERM`; by the shell's own `kill`, as a bare machine has no other.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("sh").args(["-c", &format!("kill -{name} {}", self.id())]).status().unwrap().success());
    }

    /// `kill -9`: nothing is cleaned up.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// How it ended, and after how long; a failed test when it does not within `limit`.
    pub fn ended(&mut self, limit: Duration) -> (ExitStatus, Duration) {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, since.elapsed());
            }
            assert!(since.elapsed() < limit, "still running after {limit:?}; log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until it has logged this.
    pub fn logged(&self, text: &str) {
        let since = Instant::now();
        while !self.log().contains(text) {
            assert!(since.elapsed() < Duration::from_secs(5), "the log does not tell {text:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What it logged so far; after its end, everything.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
