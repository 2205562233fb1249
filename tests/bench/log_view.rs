//! Times the log viewer on a large log, beside `rg` where it is installed.
//!
//! `log_view [MIB] [FILE]` makes a log of so many MiB (1024) as FILE unless one of that size is there, looks into it as
//! the window does, and prints a line of JSON for each measurement: the median of five runs and all of them.

#![expect(clippy::disallowed_methods, reason = "the tool beside it is another program")]
#![expect(clippy::print_stdout, reason = "a tool of the terminal")]
#![expect(clippy::expect_used, reason = "a tool that measures ends when it cannot")]

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use network_logging::{
    clock,
    log_view::{
        pattern::{Pattern, Query},
        viewer::{Ask, First, View, Viewer},
    },
};

const RUNS: usize = 5;

/// Name, expression, and whether upper and lower case differ.
const SEARCHES: &[(&str, &str, bool)] = &[
    ("literal, rare", "198\\.51\\.100\\.42 .* 100\\.0%", true),
    ("literal, common", "203.0.113.1", true),
    ("literal, absent", "no such text in it", true),
    ("any case, absent", "connection refused", false),
    ("alternatives", "error|failed|timeout|100\\.0%", false),
    ("class", "[1-9]\\.[0-9]%", true),
    ("start of line", "^Run at: 202601", true),
];

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let mib: u64 = args.next().map_or(1024, |mib| mib.parse().expect("the number of MiB"));
    let path = args.next().map_or_else(|| PathBuf::from("target/log_view_bench.log"), PathBuf::from);
    make(&path, mib << 20);
    let len = fs::metadata(&path).expect("the log").len();
    warm(&path);

    measure("open, first lines of the log", len, || open(&path, First::Line(0), |view| !view.lines.is_empty()).1);
    measure("open, last lines of the log", len, || open(&path, First::End, |view| !view.lines.is_empty()).1);
    measure("open, all lines counted", len, || open(&path, First::Line(0), View::is_indexed).1);

    let (looker, _) = open(&path, First::Line(0), View::is_indexed);
    let n_lines = looker.viewer.view().n_lines;
    let mut line = 0;
    measure("46 lines anywhere", len, || {
        line = (line + n_lines / 7) % n_lines;
        let begin = clock::now().mono;
        looker.show(First::Line(line));
        looker.until(|view| view.first == Some(First::Line(line)));
        clock::now().mono.saturating_sub(begin)
    });
    for (name, text, match_case) in SEARCHES {
        let query = Query { text: (*text).into(), is_regex: true, match_case: *match_case };
        let pattern = Pattern::new(&query).expect("an expression").expect("no empty one");
        let mut hits = 0;
        let ours = measure(&format!("search {name}"), len, || {
            looker.viewer.ask(Ask::Search(None));
            looker.until(|view| view.search.is_none());
            let begin = clock::now().mono;
            looker.viewer.ask(Ask::Search(Some(Box::new(pattern.clone()))));
            looker.until(|view| view.search.as_ref().is_some_and(|search| search.is_done));
            let took = clock::now().mono.saturating_sub(begin);
            hits = looker.viewer.view().search.map_or(0, |search| search.hits);
            took
        });
        compare(name, text, *match_case, &path, hits, ours);
    }
}

/// A viewer and what rings when it has something new.
struct Looker {
    viewer: Viewer,
    bell: Receiver<()>,
}

impl Looker {
    fn show(&self, first: First) {
        assert!(self.viewer.ask(Ask::Show { first, count: 46, column: 0 }), "it takes questions");
    }

    fn until(&self, is_so: impl Fn(&View) -> bool) {
        while !is_so(&self.viewer.view()) {
            self.bell.recv_timeout(Duration::from_mins(5)).expect("progress within five minutes");
        }
    }
}

/// Opens the log and waits for something; with the time that took.
fn open(path: &Path, first: First, is_so: impl Fn(&View) -> bool) -> (Looker, Duration) {
    let begin = clock::now().mono;
    let (ring, bell) = channel();
    let viewer = Viewer::open(path, move || ring.send(()).unwrap_or_default()).expect("a thread");
    let looker = Looker { viewer, bell };
    looker.show(first);
    looker.until(is_so);
    (looker, clock::now().mono.saturating_sub(begin))
}

/// Runs it several times, prints the result and returns the median.
fn measure(name: &str, len: u64, mut run: impl FnMut() -> Duration) -> Duration {
    let mut runs: Vec<Duration> = (0..RUNS).map(|_| run()).collect();
    runs.sort();
    let median = runs.get(RUNS / 2).copied().unwrap_or_default();
    let all: Vec<String> = runs.iter().map(|run| format!("{:.3}", ms(*run))).collect();
    println!("{{\"name\":\"{name}\",\"bytes\":{len},\"median_ms\":{:.3},\"all_ms\":[{}]}}", ms(median), all.join(","));
    median
}

/// The same search by `rg`, which has to count the same.
fn compare(name: &str, text: &str, match_case: bool, path: &Path, hits: u64, ours: Duration) {
    let mut count = None;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let mut command = Command::new("rg");
        command.args(["--no-config", "--count-matches", "--text", "--crlf"]);
        if !match_case {
            command.arg("--ignore-case");
        }
        let begin = clock::now().mono;
        let Ok(output) = command.arg("--regexp").arg(text).arg(path).output() else {
            println!("{{\"name\":\"rg {name}\",\"hits\":{hits},\"left_out\":\"rg is not installed\"}}");
            return;
        };
        runs.push(clock::now().mono.saturating_sub(begin));
        count = String::from_utf8_lossy(&output.stdout).trim().parse::<u64>().ok().or(Some(0));
    }
    runs.sort();
    let theirs = runs.get(RUNS / 2).copied().unwrap_or_default();
    println!(
        "{{\"name\":\"rg {name}\",\"median_ms\":{:.3},\"ratio\":{:.2},\"hits\":{hits},\"rg_hits\":{}}}",
        ms(theirs),
        ours.as_secs_f64() / theirs.as_secs_f64(),
        count.unwrap_or(0),
    );
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A log of many traces, as the monitor and the original write it.
fn make(path: &Path, len: u64) {
    if fs::metadata(path).is_ok_and(|about| about.len() >= len) {
        return;
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("the folder");
    }
    let mut file = BufWriter::new(File::create(path).expect("the log can be made"));
    let (mut written, mut run) = (0, 0_u64);
    while written < len {
        let block = block(run);
        file.write_all(block.as_bytes()).expect("there is room on the disk");
        written += block.len() as u64;
        run += 1;
    }
    file.flush().expect("there is room on the disk");
}

fn block(run: u64) -> String {
    let line = "=".repeat(60);
    let (day, hour, minute) = (1 + run / 1440 % 28, run / 60 % 24, run % 60);
    let (month, year) = (1 + run / 40_320 % 12, 2026 + run / 483_840);
    let mut text = format!(
        "\n{line}\nRun at: {year}{month:02}{day:02}_{hour:02}{minute:02}00\n{line}\n\
         Start: {year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00+0000\n\
         HOST: office                 Loss%   Snt   Last   Avg  Best  Wrst StDev\n"
    );
    let hops =
        ["192.168.1.1", "203.0.113.1", "198.51.100.17", "198.51.100.42", "198.51.100.90", "192.0.2.8", "1.1.1.1"];
    for (idx, hop) in (1_u64..).zip(hops) {
        let lost = match run * idx {
            product if product % 9_973 == 0 => "100.0%",
            product if product % 101 == 0 => "  3.3%",
            _ => "  0.0%",
        };
        let rtt = idx * 2 + run % 7;
        writeln!(
            text,
            "  {idx}. AS??? {hop:<16} {lost}    60  {rtt:>4}.1  {rtt:>4}.3  {rtt:>4}.0  {:>4}.9   0.5",
            rtt * 2
        )
        .expect("a text takes everything");
    }
    text
}

/// Reads it once, so that the disk is not what is measured.
fn warm(path: &Path) {
    let mut file = File::open(path).expect("the log");
    std::io::copy(&mut file, &mut std::io::sink()).expect("the log can be read");
}
