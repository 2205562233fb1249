//! A whole computer on the place of the client: this one's programs, with an init, logins and services of its own.
//!
//! Its file system is this machine's with a layer of memory over it, so that nothing it does stays. What this machine
//! has switched on is switched off there.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use super::{
    monitor::install,
    netns,
    ready::{now, say, tool},
    topology::{Lab, Node, ROUTER},
};

/// A booted computer. It is switched off when this is dropped.
pub(crate) struct Machine {
    child: Child,
    /// The number of its init, here.
    init: String,
    _dir: TempDir,
}

/// Makes the file system and boots. The mounts are nobody else's and go with the last process.
const BOOT: &str = r#"
set -eu
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
cd "$1/root"
rm -rf etc/systemd/system/* etc/systemd/user/* etc/rc?.d/* var/spool/cron/crontabs/* etc/cron.d/* etc/resolv.conf
rm -rf home/* var/lib/systemd/linger/*
echo 'nameserver ROUTER' >etc/resolv.conf
mkdir -p etc/systemd/system/multi-user.target.wants
ln -s /lib/systemd/system/cron.service etc/systemd/system/multi-user.target.wants/
cp "$3" usr/bin/netlog
systemd-machine-id-setup --root=. >/dev/null 2>&1 || true
# 133 asks to be started again.
code=133
while [ $code = 133 ]; do
    code=0
    systemd-nspawn --quiet --directory=. --machine="$2" --network-namespace-path="/run/netns/$2" --register=no \
        --keep-unit --resolv-conf=off --timezone=off --console=pipe --boot </dev/null || code=$?
done
"#;

/// How long booting may take on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(2);

impl Machine {
    /// Boots it. Says why not, where this machine cannot carry one.
    pub(crate) fn boot(lab: &Lab) -> Option<Self> {
        if let Some(missing) = ["systemd-nspawn", "cron", "crontab", "nsenter"].iter().find(|name| tool(name).is_none())
        {
            say(&format!("LEFT OUT: a computer that boots with systemd: {missing} is not installed"));
            return None;
        }
        let dir = tempfile::Builder::new().prefix(&netns::prefix()).tempdir().unwrap();
        let program = dir.path().join("netlog");
        install(&program);
        let root = dir.path().join("machine");
        fs::create_dir(&root).unwrap();
        let said = dir.path().join("said.txt");
        let log = fs::File::create(&said).unwrap();
        let child = Command::new(tool("unshare").unwrap())
            .args([
                "--mount",
                "--propagation",
                "private",
                "--pid",
                "--fork",
                "--mount-proc",
                "--kill-child",
                "sh",
                "-c",
                &BOOT.replace("ROUTER", ROUTER),
                "sh",
            ])
            .args([&root, &PathBuf::from(&lab.node(Node::Client).name), &program])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut machine = Self { child, init: String::new(), _dir: dir };
        if machine.comes_up() {
            return Some(machine);
        }
        let said = fs::read_to_string(said).unwrap_or_default();
        say(&format!("LEFT OUT: a computer that boots with systemd: it does not boot here: {said}"));
        None
    }

    /// Switches it off and on again.
    pub(crate) fn reboot(&mut self) {
        let before = self.init.clone();
        drop(self.run("systemctl reboot"));
        let deadline = now() + PATIENCE;
        while self.find_init() == before && now() < deadline {
            thread::sleep(Duration::from_millis(200));
        }
        assert_ne!(before, self.find_init(), "it does not go down");
        assert!(self.comes_up(), "it does not boot again");
    }

    /// The first process in there, below that of `unshare`, the shell and `systemd-nspawn`; empty while there is none. What
    /// `systemd-nspawn` starts before is not yet in there.
    fn find_init(&self) -> String {
        let child = |pid: &str| {
            let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            children.split(' ').next().unwrap_or_default().to_owned()
        };
        let pid = child(&child(&child(&self.child.id().to_string())));
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
        let numbers: Vec<&str> = numbers.split_whitespace().collect();
        // Ours, that below `unshare`, and its own.
        if numbers.len() == 3 && numbers.last() == Some(&"1") { pid } else { String::new() }
    }

    /// Waits until all is started.
    fn comes_up(&mut self) -> bool {
        let deadline = now() + PATIENCE;
        while now() < deadline && self.child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(200));
            self.init = self.find_init();
            // Something unimportant may have failed to start.
            let is_up = |state: &str| ["running", "degraded"].contains(&state.trim());
            if !self.init.is_empty() && is_up(&self.run("systemctl is-system-running || true")) {
                return true;
            }
        }
        false
    }

    /// What a script prints that root runs there; what it complains of too if it fails.
    pub(crate) fn run(&self, script: &str) -> String {
        let mut child = Command::new(tool("nsenter").unwrap())
            .args(["--target", &self.init, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"])
            .args(["/bin/sh", "-s"])
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/root")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may have ended before it has read all.
        child.stdin.take().unwrap().write_all(script.as_bytes()).ok();
        let output = child.wait_with_output().unwrap();
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            write!(said, "{}: {}", output.status, String::from_utf8_lossy(&output.stderr)).unwrap();
        }
        said
    }

    /// The same as this user, who is logged in as at a terminal.
    pub(crate) fn run_as(&self, user: &str, script: &str) -> String {
        assert!(!script.contains("NETLOG_END"), "{script}");
        self.run(&format!(
            "cat >/tmp/as-{user} <<'NETLOG_END'\nset -eu\nexport XDG_RUNTIME_DIR=/run/user/$(id -u)\n{script}\nNETLOG_END\n\
             su - {user} -c 'sh /tmp/as-{user}'"
        ))
    }

    /// A new user, whose services run without a login.
    pub(crate) fn add_user(&self, user: &str) {
        let said = self.run(&format!(
            "set -e\nuseradd --create-home --shell /bin/sh {user}\nloginctl enable-linger {user}\n\
             systemctl start user@$(id -u {user}).service\n"
        ));
        assert_eq!("", said);
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // All of it goes with its parent, however that ends.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
