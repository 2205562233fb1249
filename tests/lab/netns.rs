//! One network namespace: made, entered, configured, removed.

use std::{
    fs::{self, File},
    io::Write as _,
    os::fd::AsRawFd as _,
    panic,
    path::Path,
    process::{Command, Stdio},
    sync::{Mutex, OnceLock},
    thread,
};

use super::ready::tool;

/// Start of the name of every namespace of every lab. The process id follows.
const PREFIX: &str = "netloglab-";

/// Start of the names of what this process makes.
pub(crate) fn prefix() -> String {
    format!("{PREFIX}{}-", std::process::id())
}

/// Name of a namespace of lab `number` of this process.
pub(crate) fn name(number: usize, node: &str) -> String {
    format!("{}{number}-{node}", prefix())
}

/// A namespace. Copies are names of the same one; whoever made it removes it.
#[derive(Debug, Clone)]
pub(crate) struct Netns {
    pub(crate) name: String,
}

impl Netns {
    pub(crate) fn create(name: String) -> Self {
        // The first one on a machine also mounts the directory of them all.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        sweep();
        let _turn = ONE_AT_A_TIME.lock();
        run(Command::new(tool("ip").unwrap()).args(["netns", "add", &name]), "");
        Self { name }
    }

    pub(crate) fn remove(&self) {
        // Nothing to be done about a failure here: the next run sweeps.
        drop(Command::new(tool("ip").unwrap()).args(["netns", "del", &self.name]).stderr(Stdio::null()).status());
        drop(fs::remove_dir_all(Path::new("/etc/netns").join(&self.name)));
    }

    /// Moves the calling thread, and those it starts from now on, into the namespace.
    #[expect(unsafe_code, reason = "the standard library cannot enter a namespace")]
    pub(crate) fn enter(&self) {
        let file = File::open(Path::new("/run/netns").join(&self.name)).unwrap();
        // SAFETY: the descriptor is open for the whole call, which touches no memory of ours.
        let result = unsafe { libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) };
        assert_eq!(0, result, "setns: {}", std::io::Error::last_os_error());
    }

    /// Does `work` inside. Sockets made there stay there.
    pub(crate) fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let builder = thread::Builder::new().name(self.name.clone());
            let worker = builder.spawn_scoped(scope, || {
                self.enter();
                work()
            });
            worker.unwrap().join().unwrap_or_else(|cause| panic::resume_unwind(cause))
        })
    }

    /// Sets kernel parameters, as `net/ipv4/ip_forward` and its value.
    pub(crate) fn set(&self, parameters: &[(&str, &str)]) {
        self.inside(|| {
            for (key, value) in parameters {
                fs::write(Path::new("/proc/sys").join(key), value).unwrap_or_else(|e| panic!("{key}: {e}"));
            }
        });
    }

    /// Runs lines of `ip` commands inside.
    pub(crate) fn ip(&self, lines: &str) {
        run(Command::new(tool("ip").unwrap()).args(["-n", &self.name, "-batch", "-"]), lines);
    }

    /// Applies nftables rules inside.
    pub(crate) fn nft(&self, rules: &str) {
        self.inside(|| run(Command::new(tool("nft").unwrap()).args(["-f", "-"]), rules));
    }
}

/// Runs lines of `ip` commands where the test itself is.
pub(crate) fn ip(lines: &str) {
    run(Command::new(tool("ip").unwrap()).args(["-batch", "-"]), lines);
}

fn run(command: &mut Command, input: &str) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a system tool starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}\n{input}", String::from_utf8_lossy(&output.stderr));
}

/// Removes, once, what runs left behind that are no longer alive.
fn sweep() {
    static SWEPT: OnceLock<()> = OnceLock::new();
    SWEPT.get_or_init(|| {
        let temporary = tempfile::env::temp_dir();
        for dir in [Path::new("/run/netns"), Path::new("/etc/netns"), &temporary] {
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let pid = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
                if pid.is_none_or(is_a_lab) {
                    continue;
                }
                if dir == temporary {
                    drop(fs::remove_dir_all(entry.path()));
                } else {
                    Netns { name }.remove();
                }
            }
        }
    });
}

/// Whether the process lives and is a test program of this lab.
fn is_a_lab(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("lab"))
}
