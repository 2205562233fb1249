//! How long a year of samples takes to be drawn, at any zoom, and how much room it takes.
//!
//! `cargo bench --profile ci --no-default-features --bench history [-- DAYS HOSTS FOLDER]`; a year of eight hosts at 1 Hz
//! unless said. The folder is kept for the next time; without one it goes when this ends.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "a tool")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use network_logging::{
    model::{
        history::{Measured, Reading, Role, SeriesKey, time},
        probe::Means,
    },
    store::history::{Bounds, FILE_NAME, History, HistoryFile},
};

/// 2026-01-01.
const START: i64 = 1_767_225_600_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// A question may take this long.
const BUDGET: Duration = Duration::from_millis(50);

fn key(host: u8) -> Arc<SeriesKey> {
    Arc::new(SeriesKey { role: Role::Target, host: format!("192.0.2.{host}"), means: Means::Echo })
}

fn fill(dir: &Path, days: i64, hosts: u8) {
    let mut file = HistoryFile::open(dir, time(START)).unwrap();
    let mut rng = fastrand::Rng::with_seed(7);
    for day in 0..days {
        for host in 0..hosts {
            let usual = 4000 + u64::from(host) * 3000;
            let readings: Vec<Reading> = (0..86_400)
                .map(|second| {
                    let late = if rng.u16(..1000) == 0 { rng.u64(0..400_000) } else { 0 };
                    let rtt = Duration::from_micros(usual + rng.u64(0..900) + late);
                    let measured = if rng.u16(..2000) == 0 { Measured::Lost } else { Measured::Answer(rtt) };
                    Reading { at_ms: START + day * DAY + second * 1000 + rng.i64(0..4), measured }
                })
                .collect();
            file.import(&key(host), &readings).unwrap();
        }
    }
    file.prune(Bounds { age: Duration::MAX, bytes: u64::MAX }, time(START + days * DAY)).unwrap();
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let number = |at: usize, usual| args.get(at).map_or(usual, |text| text.parse().unwrap());
    let (days, hosts) = (number(0, 365), u8::try_from(number(1, 8)).unwrap());
    let temp = tempfile::tempdir().unwrap();
    let dir = args.get(2).map_or_else(|| temp.path().to_owned(), PathBuf::from);
    let begun = Instant::now();
    if !dir.join(FILE_NAME).exists() {
        fill(&dir, days, hosts);
        println!("filled in {:.0} s", begun.elapsed().as_secs_f64());
    }
    let n = days * 86_400 * i64::from(hosts);
    let bytes = std::fs::metadata(dir.join(FILE_NAME)).unwrap().len();
    println!(
        "{n} samples in {:.0} MB, {:.2} bytes a sample with all levels",
        bytes as f64 / 1e6,
        bytes as f64 / n as f64
    );
    let history = History::open_read(&dir).unwrap();
    let mut rng = fastrand::Rng::with_seed(9);
    let mut worst_of_all = Duration::ZERO;
    for pixels in [800, 1600, 3840] {
        for (name, span) in [
            ("1 minute", 60_000),
            ("1 hour", HOUR),
            ("6 hours", 6 * HOUR),
            ("1 day", DAY),
            ("a pixel under a minute", pixels * 59_900),
            ("a pixel under ten minutes", pixels * 599_000),
            ("a pixel under an hour", pixels * 3_599_000),
            ("1 month", 30 * DAY),
            ("all", days * DAY),
        ] {
            let span = span.min(days * DAY);
            let mut times: Vec<Duration> = (0..20)
                .map(|_| {
                    let from = START + rng.i64(0..=(days * DAY - span));
                    let host = key(rng.u8(0..hosts));
                    let begun = Instant::now();
                    let width = usize::try_from(pixels).unwrap();
                    let series = history.series(&host, time(from), time(from + span), width).unwrap();
                    assert!(!series.points.is_empty());
                    begun.elapsed()
                })
                .collect();
            times.sort();
            let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
            worst_of_all = worst_of_all.max(worst);
            let ms = |time: Duration| time.as_secs_f64() * 1e3;
            println!("{pixels:>5} pixels of {name:<26} median {:>6.2} ms, worst {:>6.2} ms", ms(median), ms(worst));
        }
    }
    let verdict = if worst_of_all < BUDGET { "within" } else { "OVER" };
    println!(
        "worst {:.1} ms, {verdict} the budget of {} ms a host",
        worst_of_all.as_secs_f64() * 1e3,
        BUDGET.as_millis()
    );
}
