//! A disk that takes long to save files, as one that a backup keeps busy: a library in front of the system's own lets no
//! file be saved before the test allows it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// `fsync(2)` and `fdatasync(2)` that wait for the file `NETLOG_TEST_SAVES`, and leave a file beside it when they wait.
const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_the_test(void) {
    const char *saves = getenv("NETLOG_TEST_SAVES");
    char waits[4096];
    snprintf(waits, sizeof waits, "%s.waits", saves);
    while (access(saves, F_OK) != 0) {
        close(open(waits, O_CREAT | O_WRONLY, 0600));
        usleep(10000);
    }
}

int fsync(int fd) {
    wait_for_the_test();
    return syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    wait_for_the_test();
    return syscall(SYS_fdatasync, fd);
}
"#;

/// Nothing outside this computer.
const CONFIG: &str = r#"{"gateway": "127.0.0.1", "targets": ["127.0.0.2"], "ipv6_targets": [], "isp_targets": [],
    "dns_servers": ["127.0.0.1"], "public_resolvers": [], "tcp_test_ip": "", "http_url": "http://127.0.0.1:9",
    "http_urls": [], "http_ip_url": "", "captive_portal_url": "", "trace_host": "127.0.0.2", "mtr_targets": [],
    "mtr_baseline_enabled": false}"#;

#[test]
fn measuring_begins_before_a_busy_disk_has_saved_anything() {
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    let config = dir.path().join("config.json");
    fs::write(&config, CONFIG).unwrap();
    let saves = dir.path().join("saves");
    let waits = dir.path().join("saves.waits");
    // The first run of all makes a key, which must be on the disk before it signs.
    for (folder, is_busy) in [("logs", false), ("logs", true), ("new", true)] {
        if !is_busy {
            fs::write(&saves, "").unwrap();
        }
        let mut monitor = Command::new(env!("CARGO_BIN_EXE_netlog"))
            .args(["monitor", "--json", "--config"])
            .arg(&config)
            .arg("--log-dir")
            .arg(dir.path().join(folder))
            .env("HOME", dir.path())
            .env_remove("XDG_DATA_HOME")
            .env("LD_PRELOAD", &library)
            .env("NETLOG_TEST_SAVES", &saves)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = lines(&mut monitor);
        let heard = |event: &str| {
            let is_it = |line: String| line.contains(&format!("\"event\":\"{event}\""));
            // The channel ends with the program.
            std::iter::from_fn(|| said.recv_timeout(Duration::from_mins(1)).ok()).any(is_it)
        };
        let is_measuring = heard("started") && heard("state");
        // The disk is asked beside the measuring, at once or a little later.
        let soon = || {
            thread::sleep(Duration::from_millis(10));
            waits.exists()
        };
        let has_waited = if is_busy { (0..3000).any(|_| soon()) } else { waits.exists() };
        fs::write(&saves, "").unwrap();
        let is_written = heard("row");
        let pid = monitor.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(monitor.wait().unwrap().success());
        assert!(is_measuring && is_written, "{folder}, busy {is_busy}: {is_measuring} {is_written}");
        assert_eq!(is_busy, has_waited, "{folder}");
        fs::remove_file(&saves).unwrap();
        fs::remove_file(&waits).ok();
    }
}

fn library(dir: &Path) -> std::path::PathBuf {
    let (source, library) = (dir.join("saves.c"), dir.join("saves.so"));
    fs::write(&source, LIBRARY).unwrap();
    // Rust's own linker here.
    let made = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status().unwrap();
    assert!(made.success());
    library
}

fn lines(monitor: &mut Child) -> Receiver<String> {
    let output = BufReader::new(monitor.stdout.take().unwrap());
    let (to, from) = mpsc::channel();
    thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| to.send(line)));
    from
}
