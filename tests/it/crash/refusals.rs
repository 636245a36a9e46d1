//! Directories that the real binary refuses at the start: which file, what helps, and nothing changed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::disk::SmallDisk;
use crate::process::Process;
use crate::programs;

const FILE: &str = "journal.db";

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data);
    command
}

/// What a start that fails says; it must fail by itself, and not as a mistake in the configuration would.
fn refused(mut command: Command) -> String {
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if since.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("it started: {}", String::from_utf8_lossy(&child.wait_with_output().unwrap().stderr));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Every file but the locks, which hold a process's number and nothing else.
fn contents(directory: &Path) -> BTreeMap<PathBuf, (usize, u64)> {
    let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.is_file() && path.extension().is_none_or(|kind| kind != "lock"))
        .map(|path| (path.clone(), sum(&std::fs::read(path).unwrap())))
        .collect()
}

fn sum(bytes: &[u8]) -> (usize, u64) {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    (bytes.len(), hasher.finish())
}

/// A directory that a server has left in order.
fn used() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Process::start(command(directory.path()));
    server.signal("TERM");
    server.ended(Duration::from_secs(10));
    directory
}

#[test]
fn a_journal_that_cannot_be_used_is_refused_and_left_as_it_was() {
    type Spoil = fn(&Path);
    let cases: [(&str, Spoil, &str, &str); 5] = [
        ("truncated", |path| cut(path, 3), "is damaged", "put back a copy"),
        ("cut within a page", |path| cut(path, 5), "is damaged", "put back a copy"),
        ("flipped", flip, "is damaged", "put back a copy"),
        ("newer", newer, "newer glaneur (schema 99", "use that version"),
        ("not ours", |path| std::fs::write(path, "notes of somebody else").unwrap(), "is not a journal", "--data-dir"),
    ];
    for (name, spoil, reason, remedy) in cases {
        let directory = used();
        spoil(&directory.path().join(FILE));
        let before = contents(directory.path());
        let told = refused(command(directory.path()));
        assert!(told.contains(FILE) && told.contains(reason) && told.contains(remedy), "{name}: {told}");
        assert_eq!(contents(directory.path()), before, "{name}: something was written");
    }
}

fn cut(path: &Path, thirds: u64) {
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length / thirds).unwrap();
}

/// The bytes of the second page, where tables have their root.
fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[4_096..8_192].iter_mut().for_each(|byte| *byte ^= 0x5A);
    std::fs::write(path, bytes).unwrap();
}

fn newer(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).unwrap();
}

#[test]
fn a_second_process_on_the_same_directory_is_refused_and_the_first_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let first = Process::start(command(directory.path()));
    let before = contents(directory.path());
    let told = refused(command(directory.path()));
    let holder = format!("process {}", first.id());
    assert!(told.contains(&directory.path().display().to_string()) && told.contains(&holder) && told.contains("--data-dir"), "{told}");
    assert_eq!(contents(directory.path()), before, "something was written");
}

#[test]
fn a_directory_that_cannot_be_written_to_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let permit = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    permit(directory.path(), 0o755);
    permit(&data, 0o555);
    let plain = command(&data);
    let command = if is_root() {
        // Modes do not bind root.
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(plain.get_program()).args(plain.get_args());
        command.current_dir(directory.path());
        if !programs::has("setpriv") {
            return;
        }
        command
    } else {
        plain
    };
    let told = refused(command);
    assert!(told.contains(&data.display().to_string()) && told.contains("may be written to") && told.contains("--data-dir"), "{told}");
    assert!(told.contains("ermission denied"), "{told}");
    permit(&data, 0o755);
    assert!(contents(&data).is_empty());
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

#[test]
fn a_disk_that_is_full_at_the_start_is_told() {
    let Some(disk) = SmallDisk::mount("256k") else { return };
    std::fs::write(disk.path().join("ballast"), vec![0; 200 << 10]).unwrap();
    let told = refused(command(&disk.path().join("data")));
    assert!(told.contains(&disk.path().display().to_string()) && told.contains("full"), "{told}");
}
