//! The disk queue and the sending of metrics, as a program: fills a queue, drains it, and is killed by tests.
//!
//! `cargo bench --profile ci --no-default-features --bench queue -- all DIR URL SAMPLES` fills and drains and tells
//! processor time and bytes; `stream DIR URL FROM TO RATE` appends `RATE` samples a second, tells on the standard output
//! which are on the disk (`written N`), and ends once all are delivered. Ten samples a series in a row; 1000 series for
//! `all`, 100 for `stream`; sample `k` of a series has the value `k` microseconds in `stream`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use network_logging::{
    clock,
    integrations::push::{self, Protocol, PushHandle, PushTarget},
    model::metric::{MetricSample, QueueRecord, Series, ValueKind},
    store::queue::{Queue, Wanted},
};

const SINK: &str = "remote_write";
/// Samples a series in one append.
const ROW: i64 = 10;

fn series(count: usize) -> Vec<Arc<Series>> {
    let one = |number: usize| {
        let host = format!("192.0.2.{number}");
        Series::new("netlog_rtt_seconds", ValueKind::Micros, [("site", "home"), ("role", "target"), ("host", &host)])
    };
    (0..count).map(|number| Arc::new(one(number))).collect()
}

fn open(dir: &Path) -> Arc<Queue> {
    Arc::new(Queue::open(dir, 64 << 20, &[(SINK, Wanted::Samples)], clock::now().wall).unwrap())
}

fn start(queue: &Queue, url: &str) -> PushHandle {
    let target = PushTarget {
        protocol: if url.contains("/api/v2/write") { Protocol::LineProtocol } else { Protocol::RemoteWrite },
        url: url.to_owned(),
        user: String::new(),
        token: String::new(),
        ca_file: String::new(),
    };
    push::start(&target, queue.reader(SINK).unwrap()).unwrap()
}

/// Seconds of processor time of this process so far.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    let nanos: f64 = stat.split(' ').next().unwrap().parse().unwrap();
    nanos / 1e9 + others()
}

/// The same of its other threads, which are counted apart.
fn others() -> f64 {
    let own = std::process::id().to_string();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap());
    let others = tasks.filter(|task| task.file_name().to_str() != Some(&own));
    let nanos = others.filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok());
    nanos.filter_map(|stat| stat.split(' ').next()?.parse::<f64>().ok()).sum::<f64>() / 1e9
}

fn wait_until_drained(handle: &PushHandle) {
    let mut last = Instant::now();
    loop {
        let status = handle.status();
        if status.waiting == 0 && status.state.as_str() == "idle" {
            return;
        }
        if last.elapsed() > Duration::from_secs(5) {
            println!("waiting {} {:?} {:?}", status.waiting, status.state, status.error);
            last = Instant::now();
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn all(dir: &Path, url: &str, count: i64) {
    let (series, mut rng) = (series(1000), fastrand::Rng::with_seed(5));
    let per_append = ROW * 1000;
    let begin = clock::now().wall.timestamp_millis() - count / per_append * ROW * 1000 - 60_000;
    // Values are made before the time is taken, as the peers get them ready-made.
    let appends: Vec<Vec<QueueRecord>> = (0..count / per_append)
        .map(|round| {
            let one = |series: &Arc<Series>| {
                let at = |idx: i64| MetricSample {
                    at_ms: begin + (round * ROW + idx) * 1000,
                    value: Some(rng.i64(8_000..60_000)),
                };
                QueueRecord::Samples((Arc::clone(series), (0..ROW).map(at).collect()))
            };
            series.iter().map(one).collect()
        })
        .collect();
    let before = cpu();
    let queue = open(dir);
    for records in &appends {
        queue.append(records, Duration::ZERO).unwrap();
    }
    queue.flush().unwrap();
    let filled = cpu();
    let bytes = queue.bytes();
    println!("filled cpu_s={:.3} bytes={bytes}", filled - before);
    std::io::stdout().flush().unwrap();
    // The receiver comes up now.
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let (before, began) = (cpu(), Instant::now());
    let handle = start(&queue, url);
    wait_until_drained(&handle);
    let (drained, wall) = (cpu() - before, began.elapsed().as_secs_f64());
    println!("drained cpu_s={drained:.3} wall_s={wall:.2} status={:?}", handle.status().error);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("peak {peak}");
}

fn stream(dir: &Path, url: &str, range: std::ops::Range<i64>, rate: i64) {
    let series = series(100);
    let queue = open(dir);
    let handle = start(&queue, url);
    let per_append = ROW * 100;
    let pause = Duration::from_secs_f64(per_append as f64 / rate as f64);
    // Times that the tests know: one second a sample, from a whole day on.
    let begin: i64 = std::env::var("BEGIN_MS").unwrap().parse().unwrap();
    for round in range.start / per_append..range.end / per_append {
        let one = |series: &Arc<Series>| {
            let at = |idx: i64| {
                let number = round * ROW + idx;
                MetricSample { at_ms: begin + number * 1000, value: Some(number) }
            };
            QueueRecord::Samples((Arc::clone(series), (0..ROW).map(at).collect()))
        };
        let records: Vec<QueueRecord> = series.iter().map(one).collect();
        queue.append(&records, Duration::ZERO).unwrap();
        queue.flush().unwrap();
        queue.wake();
        println!("written {}", (round + 1) * per_append);
        std::io::stdout().flush().unwrap();
        thread::sleep(pause);
    }
    // The thread that sends has seen the last samples by now.
    thread::sleep(Duration::from_secs(1));
    wait_until_drained(&handle);
    println!("delivered");
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let number = |at: usize| args.get(at).unwrap().parse::<i64>().unwrap();
    let dir = || PathBuf::from(args.get(1).unwrap());
    match args.first().map(String::as_str) {
        Some("all") => all(&dir(), args.get(2).unwrap(), number(3)),
        Some("stream") => stream(&dir(), args.get(2).unwrap(), number(3)..number(4), number(5)),
        _ => println!("all DIR URL SAMPLES | stream DIR URL FROM TO RATE"),
    }
}
