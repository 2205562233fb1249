//! The real window in the lab: Start, a line that breaks, the sentence, the list, the clipboard, a report, Stop.
//!
//! `NETLOG_LAB_WINDOW=FILE` names the program; `tests/run` builds it and sets this. Without it the test says that it is
//! left out. It needs Xvfb, openbox, xdotool and xclip (Debian: xvfb openbox xdotool xclip libgl1-mesa-dri libegl1), and
//! fails when one of them is missing.

use std::{
    env,
    fs::{self, File, Permissions},
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use chrono::TimeDelta;
use serde_json::json;

use super::{
    faults::Fault,
    monitor::{folder, nobody, seconds, texts},
    ready::{now, say, tool},
    topology::{ACCESS, CORE, Echo, Lab, ROUTER},
};

/// The title while nothing is broken.
const TITLE: &str = "Network Logging";
/// So soon after the line breaks the window says so, and names the part at fault.
const NOTICED: f64 = 3.0;
const NAMED: f64 = 6.0;
/// What nothing promises, and a loaded machine may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A program that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn program(name: &str) -> Command {
    let file = tool(name).unwrap_or_else(|| panic!("the window cannot be tested without {name}: install it"));
    Command::new(file)
}

/// A display with a window manager.
struct Display {
    name: String,
    _server: Running,
    _manager: Running,
}

impl Display {
    fn open() -> Self {
        let mut server = program("Xvfb");
        // The server says itself which display is free. The client is another user, hence -ac.
        server.args(["-displayfd", "1", "-ac", "-screen", "0", "1400x900x24"]);
        let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = server.stdout.take().unwrap();
        let server = Running(server);
        let mut number = String::new();
        BufReader::new(out).read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        assert!(name.len() > 1, "Xvfb opens no display");
        let mut manager = program("openbox");
        let manager = manager.env("DISPLAY", &name).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { name, _server: server, _manager: Running(manager) }
    }

    /// What a tool of this display prints; `None` when it fails.
    fn ask(&self, name: &str, args: &[&str]) -> Option<String> {
        let output = program(name).args(args).env("DISPLAY", &self.name).stderr(Stdio::null()).output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// The window on the client of the lab.
struct Window {
    display: Display,
    id: String,
    app: Running,
    dir: tempfile::TempDir,
}

impl Window {
    fn open(lab: &Lab, from: &Path) -> Self {
        let display = Display::open();
        for name in ["xdotool", "xclip"] {
            program(name);
        }
        let dir = folder(&json!({ "isp_targets": [ACCESS, CORE], "ping_interval_sec": 5 }));
        let path = dir.path();
        let copy = path.join("network-logging");
        // Another process copies: a file that this one has open for writing could not be executed.
        assert!(program("cp").arg(from).arg(&copy).status().unwrap().success(), "cp {}", from.display());
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
        let mut app = nobody(lab, path, "network-logging");
        app.env("DISPLAY", &display.name).env("LIBGL_ALWAYS_SOFTWARE", "1");
        app.stdout(Stdio::null()).stderr(File::create(path.join("stderr.txt")).unwrap());
        let app = Running(app.spawn().unwrap());
        let mut window = Self { display, id: String::new(), app, dir };
        window.id = window.wait("a window", PATIENCE, |window| {
            let found = window.display.ask("xdotool", &["search", "--onlyvisible", "--name", TITLE])?;
            found.lines().last().map(str::to_owned)
        });
        let id = window.id.clone();
        window.wait("the keyboard", PATIENCE, |window| {
            window.display.ask("xdotool", &["windowactivate", &id]);
            (window.display.ask("xdotool", &["getactivewindow"])? == id).then_some(())
        });
        window
    }

    fn logs(&self) -> PathBuf {
        self.dir.path().join("logs")
    }

    fn title(&self) -> String {
        self.display.ask("xdotool", &["getwindowname", &self.id]).unwrap_or_default()
    }

    fn key(&self, keys: &str) {
        assert!(self.display.ask("xdotool", &["key", keys]).is_some(), "xdotool key {keys}");
        thread::sleep(Duration::from_millis(500));
    }

    /// Finds a command by typing, and does it.
    fn command(&self, typed: &str) {
        self.key("ctrl+k");
        assert!(self.display.ask("xdotool", &["type", "--delay", "30", typed]).is_some(), "xdotool type");
        thread::sleep(Duration::from_millis(700));
        self.key("Return");
    }

    /// Waits until there is something.
    #[track_caller]
    fn wait<R>(&self, what: &str, longest: Duration, look: impl Fn(&Self) -> Option<R>) -> R {
        let deadline = now() + longest;
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(now() < deadline, "{what} did not come within {longest:?}{}", self.story());
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// For the reader of a failed test.
    fn story(&self) -> String {
        let said = fs::read_to_string(self.dir.path().join("stderr.txt")).unwrap_or_default();
        let rows = fs::read_to_string(self.logs().join("netlog.csv")).unwrap_or_default();
        format!("\ntitle: {}\nrows:\n{rows}\non standard error:\n{said}", self.title())
    }

    fn rows(&self) -> usize {
        fs::read_to_string(self.logs().join("netlog.csv")).map_or(0, |text| text.lines().count().saturating_sub(1))
    }
}

#[test]
fn the_window_starts_tells_of_a_broken_line_copies_saves_and_stops() {
    let Some(file) = env::var_os("NETLOG_LAB_WINDOW") else {
        say("LEFT OUT: the real window in the lab: NETLOG_LAB_WINDOW names no program (tests/run builds one)");
        return;
    };
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else { return };
    let window = Window::open(&lab, Path::new(&file));

    window.command("start monitoring");
    window.wait("the first row", PATIENCE, |window| (window.rows() > 0).then_some(()));
    // Long enough to know what is usual for this line.
    thread::sleep(Duration::from_secs(10));
    assert_eq!(TITLE, window.title(), "the line works");

    let active = lab.begin(Fault::AccessCut);
    let broke = now();
    window.wait("the sentence", PATIENCE, |window| (window.title() != TITLE).then_some(()));
    let noticed = seconds(now() - broke);
    assert!(noticed < NOTICED, "the window said so after {noticed:.1} s{}", window.story());
    window.wait("the part at fault", PATIENCE, |window| window.title().contains("provider").then_some(()));
    let named = seconds(now() - broke);
    assert!(named < NAMED, "the window named the part after {named:.1} s{}", window.story());

    let letter = window.wait("the outage in the clipboard", PATIENCE, |window| {
        window.command("copy the last outage");
        let text = window.display.ask("xclip", &["-o", "-selection", "clipboard"])?;
        text.starts_with("Internet outage: ").then_some(text)
    });
    assert!(letter.contains("Provider's line") && letter.contains("(UTC"), "{letter}");
    while now() < broke + TimeDelta::seconds(14) {
        thread::sleep(Duration::from_millis(200));
    }
    active.end();
    window.wait("the end of the outage", PATIENCE, |window| (window.title() == TITLE).then_some(()));

    window.command("save the report as pdf");
    let report = window.wait("the report", PATIENCE, |window| {
        let files = fs::read_dir(window.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "pdf"))
    });
    assert!(fs::read(&report).unwrap().starts_with(b"%PDF-"), "{}", report.display());

    window.command("stop monitoring");
    let lock = window.logs().join("netlog.lock");
    window.wait("the end of monitoring", PATIENCE, |_| File::open(&lock).unwrap().try_lock().ok());
    window.key("ctrl+q");
    let mut window = window;
    let deadline = now() + PATIENCE;
    while now() < deadline && window.app.0.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(50));
    }
    let status = window.app.0.try_wait().unwrap();
    assert!(status.is_some_and(|status| status.success()), "the window ended with {status:?}{}", window.story());
    let rows = &texts(&window.logs())["netlog.csv"];
    assert!(rows.contains("WAN_DOWN") && rows.contains(",access,"), "{rows}");
    say(&format!(
        "the window said that the line was broken after {noticed:.1} s, and whose fault it is after {named:.1} s"
    ));
}
