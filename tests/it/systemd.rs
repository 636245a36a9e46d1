//! What systemd hears of the real binary, on a socket of the test's own.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::process::Process;

/// As `WatchdogSec=` would be given.
const WATCHDOG: Duration = Duration::from_millis(600);

struct Supervisor {
    socket: UnixDatagram,
}

impl Supervisor {
    /// The next message, unless none comes in this time.
    fn hear(&self, within: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(within)).unwrap();
        let mut message = [0; 4_096];
        match self.socket.recv(&mut message) {
            Ok(length) => Some(String::from_utf8(message[..length].to_vec()).unwrap()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn hear_of(&self, state: &str) -> String {
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(10) {
            if let Some(message) = self.hear(Duration::from_secs(1)).filter(|message| message.lines().any(|line| line == state)) {
                return message;
            }
        }
        panic!("systemd was not told {state}");
    }

    /// Forgets what has come so far.
    fn forget(&self) {
        while self.hear(Duration::from_millis(1)).is_some() {}
    }
}

#[test]
fn systemd_hears_ready_watchdog_and_stopping() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let supervisor = Supervisor { socket: UnixDatagram::bind(&path).unwrap() };
    let data = directory.path().join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
    let mut server = Process::start(command);

    let ready = supervisor.hear_of("READY=1");
    assert!(ready.contains(&format!("STATUS=listens on {}", server.url)), "{ready}");
    supervisor.hear_of("WATCHDOG=1");
    supervisor.hear_of("WATCHDOG=1");

    // The process lives and answers, but nothing can be written: it must look dead to the watchdog.
    let holder = Connection::open(data.join("journal.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::sleep(WATCHDOG / 2);
    supervisor.forget();
    assert_eq!(supervisor.hear(WATCHDOG * 2), None, "a journal that does not write counts as alive");
    holder.execute_batch("ROLLBACK").unwrap();
    supervisor.hear_of("WATCHDOG=1");

    server.signal("TERM");
    let stopping = supervisor.hear_of("STOPPING=1");
    assert!(stopping.contains("STATUS=draining"), "{stopping}");
    assert_eq!(server.ended(Duration::from_secs(10)).0.code(), Some(0), "{}", server.log());
}
