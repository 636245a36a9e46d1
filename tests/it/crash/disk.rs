//! Disks that fail under a running server: nothing more is acknowledged, what is on disk is still read, and nothing acknowledged is lost.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use glaneur::demo::{self, DemoShops};
use glaneur::serve::proto::job_service_client::JobServiceClient;
use glaneur::serve::proto::scrape_service_client::ScrapeServiceClient;
use glaneur::serve::proto::{Item, ScrapeRequest, WatchJobRequest};
use serde_json::{Value, json};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::house::{Answer, client};
use crate::process::{self, Process};
use crate::programs;

/// A file system of a few kilobytes, in memory; gone with this value.
pub(super) struct SmallDisk {
    directory: Option<tempfile::TempDir>,
}

impl SmallDisk {
    /// None, and a word about it, where the system lets nobody mount anything.
    pub(super) fn mount(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(directory.path());
        if mount.output().is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self { directory: Some(directory) });
        }
        programs::left_out("a small tmpfs cannot be mounted: that needs root");
        None
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.as_ref().expect("mounted").path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            // Removing what is below a mount point that is still there would be worse than leaving it.
            std::mem::forget(self.directory.take());
        }
    }
}

/// Items of a job: their results fill the disk, and those of all jobs that were taken are waited for afterwards.
const ITEMS: u32 = 5;

/// A server whose disk is about to fail, and what it acknowledged.
struct Stage {
    shops: DemoShops,
    directory: tempfile::TempDir,
    accepted: Vec<String>,
    next_ean: u32,
}

impl Stage {
    async fn set() -> Self {
        let shops = DemoShops::start(super::small_shops(Duration::from_millis(20))).await.unwrap();
        Self { shops, directory: tempfile::tempdir().unwrap(), accepted: Vec::new(), next_ean: 0 }
    }

    /// `glaneur serve` on the directory `data`.
    fn command(&self, data: &Path) -> Command {
        let file = self.directory.path().join("glaneur.toml");
        std::fs::write(&file, process::config(data, &self.shops, 4, "", "[pages]\nkeep = '0s'\n")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_glaneur"));
        command.arg("serve").arg("--config").arg(file);
        command
    }

    async fn hand_in(&mut self, server: &Process) -> Answer {
        let eans: Vec<String> = (0..ITEMS).map(|_| self.ean()).collect();
        let answer = Answer::of(client().post(format!("{}/api/scrape", server.url)).json(&json!({ "eans": eans }))).await;
        if answer.status == 202 {
            self.accepted.push(answer.text("job_id").to_owned());
        }
        answer
    }

    fn ean(&mut self) -> String {
        self.next_ean += 1;
        demo::bulk_ean(self.next_ean)
    }

    /// Hands in jobs until one is refused.
    async fn until_refused(&mut self, server: &Process) -> Answer {
        let since = Instant::now();
        loop {
            let answer = self.hand_in(server).await;
            if answer.status != 202 {
                return answer;
            }
            assert!(since.elapsed() < Duration::from_secs(60), "the disk never failed: {}", server.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Everything that a failed disk promises to callers, at every door; then the end with its exit code.
    async fn stands_still(&self, server: &mut Process, refused: &Answer) {
        assert_eq!((refused.status, refused.text("error")), (503, "unavailable"), "{}", refused.json);
        assert!(refused.text("message").contains("takes no more writes"), "{}", refused.json);
        assert!(refused.text("message").contains("see to the disk and start glaneur again"), "{}", refused.json);
        let get = |path: &str| Answer::of(client().get(format!("{}{path}", server.url)));
        let ready = get("/readyz").await;
        assert_eq!((ready.status, ready.text("status")), (503, "broken"), "{}", ready.json);
        assert_eq!(get("/healthz").await.status, 200);
        for job in &self.accepted {
            let shown = get(&format!("/api/jobs/{job}")).await;
            assert_eq!(shown.status, 200, "{}", shown.json);
        }
        self.grpc_stands_still(server).await;
        server.logged("what is on disk can still be read here");
        server.signal("TERM");
        let (ended, _) = server.ended(Duration::from_secs(20));
        assert_eq!(ended.code(), Some(1), "{}", server.log());
    }

    async fn grpc_stands_still(&self, server: &Process) {
        let channel = tonic::transport::Channel::from_shared(server.url.clone()).unwrap().connect().await.unwrap();
        let health = HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await.unwrap();
        assert_eq!(health.into_inner().status, 2, "NOT_SERVING");
        let eans = vec![Item { primary: demo::bulk_ean(1), replacement: None }];
        let order = ScrapeRequest { eans, ..ScrapeRequest::default() };
        let refused = ScrapeServiceClient::new(channel.clone()).scrape(order).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
        // The last job has items left: its reader is not left waiting for what cannot come.
        let job_id = self.accepted.last().expect("a job was taken before the disk failed").clone();
        let watch = WatchJobRequest { job_id, after_cursor: String::new() };
        let mut stream = JobServiceClient::new(channel).watch_job(watch).await.unwrap().into_inner();
        let mut told = 0;
        let end = loop {
            match tokio::time::timeout(Duration::from_secs(5), stream.message()).await.expect("the reader waits for ever") {
                Ok(Some(_)) => told += 1,
                Ok(None) => break None,
                Err(status) => break Some(status),
            }
        };
        assert!(told > 0, "what is on disk is read");
        assert!(end.is_none_or(|status| status.code() == Code::Unavailable && status.metadata().contains_key("glaneur-cursor")));
    }

    /// The disk is mended: every acknowledged job is there and comes to its end.
    async fn mended(&self, data: &Path) {
        let server = Process::start(self.command(data));
        for job in &self.accepted {
            let watch = WatchJobRequest { job_id: job.clone(), after_cursor: String::new() };
            let mut stream =
                JobServiceClient::connect(server.url.clone()).await.unwrap().watch_job(watch).await.expect("acknowledged").into_inner();
            let mut seq = 0;
            while let Some(event) = tokio::time::timeout(Duration::from_secs(60), stream.message()).await.unwrap().unwrap() {
                seq += 1;
                assert_eq!(event.seq, seq);
            }
            let job: Value = Answer::of(client().get(format!("{}/api/jobs/{job}", server.url))).await.json;
            assert_eq!((&job["state"], &job["counts"]["total"]), (&json!("completed"), &json!(ITEMS)), "{job}");
        }
    }
}

fn copied(from: &Path) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), directory.path().join(file.file_name())).unwrap();
        }
    }
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_stops_acknowledging_and_reads_go_on() {
    let Some(disk) = SmallDisk::mount("700k") else { return };
    let mut stage = Stage::set().await;
    let data = disk.path().join("data");
    let mut server = Process::start(stage.command(&data));
    let refused = stage.until_refused(&server).await;
    assert!(refused.text("message").contains("full"), "{}", refused.json);
    stage.stands_still(&mut server, &refused).await;
    let roomy = copied(&data);
    stage.mended(roomy.path()).await;
}

/// The limit on the size of a file fails as a disk with a quota does, and needs no root.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_stops_acknowledging_and_reads_go_on() {
    let mut stage = Stage::set().await;
    let data = stage.directory.path().join("data");
    let plain = stage.command(&data);
    let mut command = Command::new("sh");
    // Without the trap the signal of the limit would end the process. The unit is 512 bytes.
    command.args(["-c", "trap '' XFSZ; ulimit -f 700; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    let mut server = Process::start(command);
    let refused = stage.until_refused(&server).await;
    stage.stands_still(&mut server, &refused).await;
    stage.mended(&data).await;
}

/// Stands between the binary and the C library: `fsync` and `fdatasync` fail as a broken disk makes them, once the file exists.
const SHIM: &str = r#"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>
static int broken(void) { const char *flag = getenv("GLANEUR_TEST_BROKEN_DISK"); return flag && access(flag, F_OK) == 0; }
int fsync(int fd) { if (broken()) { errno = EIO; return -1; } return syscall(SYS_fsync, fd); }
int fdatasync(int fd) { if (broken()) { errno = EIO; return -1; } return syscall(SYS_fdatasync, fd); }
"#;

fn shim(directory: &Path) -> Option<PathBuf> {
    if !programs::has("cc") {
        return None;
    }
    let (source, library) = (directory.join("shim.c"), directory.join("shim.so"));
    std::fs::write(&source, SHIM).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status().unwrap();
    assert!(built.success());
    Some(library)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_fsync_that_fails_stops_acknowledging_and_reads_go_on() {
    let mut stage = Stage::set().await;
    let Some(library) = shim(stage.directory.path()) else { return };
    let (data, flag) = (stage.directory.path().join("data"), stage.directory.path().join("broken"));
    let mut command = stage.command(&data);
    command.env("LD_PRELOAD", library).env("GLANEUR_TEST_BROKEN_DISK", &flag);
    let mut server = Process::start(command);
    for _ in 0..3 {
        assert_eq!(stage.hand_in(&server).await.status, 202);
    }
    std::fs::write(&flag, "").unwrap();
    let refused = stage.until_refused(&server).await;
    assert!(refused.text("message").contains("I/O"), "{}", refused.json);
    assert_eq!(stage.accepted.len(), 3, "acknowledged although the disk had failed");
    stage.stands_still(&mut server, &refused).await;
    std::fs::remove_file(&flag).unwrap();
    stage.mended(&data).await;
}
