//! The program under test: `netlog monitor --json` as user nobody on the client, and all it says.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs::{self, File, Permissions},
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    certificates::CERTIFICATES,
    netns,
    ready::{now, say, tool},
    topology::{Lab, Node},
};

/// Longest wait for the start: it opens files, and a busy disk may take many seconds to save one.
const PATIENCE: Duration = Duration::from_mins(1);
/// The unprivileged user of every Linux.
const NOBODY: &str = "65534";

/// One line the monitor printed.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// When the line arrived here.
    pub(crate) arrived: DateTime<Utc>,
    /// What kind of event it is.
    pub(crate) kind: String,
    /// All of it.
    pub(crate) json: Value,
}

impl Event {
    fn read(line: &str) -> Self {
        let json: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("not JSON: {e}: {line}"));
        assert!(!json["at"].is_null(), "an event without a time: {line}");
        let kind = json["event"].as_str().unwrap_or_else(|| panic!("no event: {line}")).to_owned();
        Self { arrived: now(), kind, json }
    }

    /// A member that is a text.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_default()
    }

    /// A member that is a number.
    #[track_caller]
    pub(crate) fn number(&self, key: &str) -> f64 {
        self.json[key].as_f64().unwrap_or_else(|| panic!("{key} is no number: {}", self.json))
    }

    /// A member that is a time.
    #[track_caller]
    pub(crate) fn time(&self, key: &str) -> DateTime<Utc> {
        instant(self.text(key)).unwrap_or_else(|| panic!("{key} is no time: {}", self.json))
    }
}

/// The point in time that a text in RFC 3339 names.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// What has arrived so far.
#[derive(Default)]
struct Inbox {
    events: Mutex<Vec<Event>>,
    news: Condvar,
}

/// A running monitor. It is killed when this is dropped.
pub(crate) struct Monitor {
    child: Child,
    inbox: Arc<Inbox>,
    reader: Option<JoinHandle<()>>,
    dir: Option<TempDir>,
}

impl Monitor {
    /// Starts it with this configuration and waits until it says that it runs.
    pub(crate) fn start(lab: &Lab, config: &Value) -> Self {
        let dir = folder(config);
        let path = dir.path();
        let mut child = monitor(lab, path).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let inbox = Arc::new(Inbox::default());
        let mut monitor = Self { child, inbox: Arc::clone(&inbox), reader: None, dir: Some(dir) };
        monitor.reader =
            Some(thread::Builder::new().name("monitor".into()).spawn(move || read(stdout, &inbox)).unwrap());
        let started = monitor.wait_for(PATIENCE, |event| event.kind == "started");
        assert!(started.is_some(), "the monitor does not start: {}", monitor.complaints());
        monitor
    }

    /// The first event that fits, as soon as it is there.
    pub(crate) fn wait_for(&self, longest: Duration, fits: impl Fn(&Event) -> bool) -> Option<Event> {
        let events = self.inbox.events.lock().unwrap();
        let missing = |events: &mut Vec<Event>| !events.iter().any(&fits);
        let (events, _) = self.inbox.news.wait_timeout_while(events, longest, missing).unwrap();
        events.iter().find(|event| fits(event)).cloned()
    }

    /// Ends it as a user would, with Ctrl-C, and takes what it wrote. It must go at once and in order.
    pub(crate) fn finish(mut self) -> Record {
        interrupt(&self.child);
        let asked = now();
        let status = self.wait(Duration::from_secs(1));
        let complaints = self.complaints();
        let status = status.unwrap_or_else(|| panic!("the monitor did not stop within 1 s of Ctrl-C: {complaints}"));
        assert!(status.success(), "the monitor ended with {status}, {} after Ctrl-C: {complaints}", now() - asked);
        self.reader.take().unwrap().join().expect("every line is an event");
        let events = std::mem::take(&mut *self.inbox.events.lock().unwrap());
        let logs = self.dir.as_ref().unwrap().path().join("logs");
        Record {
            events,
            rows: rows(&logs.join("netlog.csv")),
            analysis: analysis(&logs),
            files: texts(&logs),
            complaints,
        }
    }

    fn wait(&mut self, longest: Duration) -> Option<ExitStatus> {
        let deadline = now() + longest;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            if now() > deadline {
                return None;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn complaints(&self) -> String {
        fs::read_to_string(self.dir.as_ref().unwrap().path().join("stderr.txt")).unwrap_or_default()
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        // Gone already unless the test failed.
        drop(self.child.kill());
        drop(self.child.wait());
        if let Some(dir) = self.dir.take()
            && keeps_files()
        {
            let test = thread::current().name().unwrap_or_default().to_owned();
            say(&format!("{test}: files kept in {}", dir.keep().display()));
        }
    }
}

/// A folder with the program and all it needs, which nobody may read and write.
pub(crate) fn folder(config: &Value) -> TempDir {
    let prefix = if keeps_files() { "netlog-kept-".into() } else { netns::prefix() };
    let dir = tempfile::Builder::new().prefix(&prefix).tempdir().unwrap();
    let path = dir.path();
    let logs = path.join("logs");
    fs::create_dir(&logs).unwrap();
    for open in [path, &logs] {
        fs::set_permissions(open, Permissions::from_mode(0o777)).unwrap();
    }
    fs::write(path.join("config.json"), config.to_string()).unwrap();
    fs::write(path.join("ca.pem"), &CERTIFICATES.authority_pem).unwrap();
    install(&path.join("netlog"));
    dir
}

fn keeps_files() -> bool {
    env::var_os("NETLOG_LAB_KEEP").is_some()
}

/// Puts the program where nobody may read it. Another process copies: a file that this one has open for writing
/// could not be executed while one of its threads is starting something.
pub(crate) fn install(to: &Path) {
    let from = env::var_os("NETLOG_LAB_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_netlog").into());
    if fs::hard_link(&from, to).is_err() {
        let status = Command::new(tool("cp").unwrap()).arg(&from).arg(to).status().unwrap();
        assert!(status.success(), "cp {}", from.display());
    }
    fs::set_permissions(to, Permissions::from_mode(0o755)).unwrap();
}

/// The program in `dir`, as user nobody on the client, with the files of that folder. What it is to do follows.
pub(crate) fn netlog(lab: &Lab, dir: &Path) -> Command {
    nobody(lab, dir, "netlog")
}

/// The same for another program of ours in `dir`.
pub(crate) fn nobody(lab: &Lab, dir: &Path, program: &str) -> Command {
    let mut command = Command::new(tool("ip").unwrap());
    command.args(["netns", "exec", &lab.node(Node::Client).name]).arg(tool("setpriv").unwrap());
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--pdeathsig", "KILL", "--"]);
    command.arg(dir.join(program)).arg("--config").arg(dir.join("config.json"));
    command.arg("--log-dir").arg(dir.join("logs"));
    // No path: it needs no external program.
    command.env_clear().env("PATH", "/nonexistent").env("HOME", dir).env("RUST_BACKTRACE", "1");
    command.env("SSL_CERT_FILE", dir.join("ca.pem"));
    command.current_dir(dir).stdin(Stdio::null());
    command
}

fn monitor(lab: &Lab, dir: &Path) -> Command {
    let mut command = netlog(lab, dir);
    command.args(["monitor", "--json"]).stdout(Stdio::piped());
    command.stderr(File::create(dir.join("stderr.txt")).unwrap());
    command
}

fn read(stdout: ChildStdout, inbox: &Inbox) {
    for line in BufReader::new(stdout).lines() {
        let event = Event::read(&line.unwrap());
        inbox.events.lock().unwrap().push(event);
        inbox.news.notify_all();
    }
}

#[expect(unsafe_code, reason = "the standard library sends no signal but the deadly one")]
fn interrupt(child: &Child) {
    let pid = libc::pid_t::try_from(child.id()).unwrap();
    // SAFETY: a signal to a child that was not waited for, so that the number is still its own.
    let result = unsafe { libc::kill(pid, libc::SIGINT) };
    assert_eq!(0, result, "kill: {}", std::io::Error::last_os_error());
}

/// A row of `netlog.csv` by column.
pub(crate) type Row = BTreeMap<String, String>;

pub(crate) fn rows(file: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    reader.deserialize().map(|row| row.expect("every row has all columns")).collect()
}

/// What the logs of a folder amount to.
fn analysis(dir: &Path) -> Value {
    let mut netlog = Command::new(env!("CARGO_BIN_EXE_netlog"));
    let output = netlog.args(["analyze", "--json", "--log-dir"]).arg(dir).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("netlog analyze: {e}: {complaints}"))
}

/// All texts in a folder by name.
pub(crate) fn texts(dir: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let texts =
        files.filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), fs::read_to_string(&path).ok()?)));
    texts.collect()
}

/// All that a monitor said and wrote.
pub(crate) struct Record {
    pub(crate) events: Vec<Event>,
    pub(crate) rows: Vec<Row>,
    /// What `netlog analyze --json` says of its log.
    pub(crate) analysis: Value,
    /// What stood in its log folder in the end.
    pub(crate) files: BTreeMap<String, String>,
    complaints: String,
}

impl Record {
    /// All events of a kind.
    pub(crate) fn all(&self, kind: &str) -> Vec<&Event> {
        self.events.iter().filter(|event| event.kind == kind).collect()
    }

    /// What happened, for the reader of a failed test: seconds since `from`, and the event. Of rows that agree only the
    /// first is shown.
    pub(crate) fn story(&self, from: DateTime<Utc>) -> String {
        let mut story = String::from("\nseconds since the fault began, and what the monitor said:\n");
        let mut last = None;
        for event in &self.events {
            let row = (event.text("overall_status"), event.text("fault_domain"));
            if event.kind == "row" && last.replace(row) == Some(row) {
                continue;
            }
            writeln!(story, "{:8.3} {}", seconds(event.arrived - from), event.json).unwrap();
        }
        story + "and on standard error:\n" + &self.complaints
    }
}

/// A span in seconds.
pub(crate) fn seconds(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1000.0
}
