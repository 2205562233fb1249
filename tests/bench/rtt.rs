//! Pings hosts with the program's own prober and prints each sample, for `tests/bench/run` to compare with a capture.
//!
//! `rtt SECONDS INTERVAL_MS HOST...` prints `NUMBER HOST SENT RTT` a line, both times in nanoseconds, `SENT` since the
//! epoch.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic, and prints")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use network_logging::{
    clock,
    model::{
        host::Host,
        probe::{Probe, ProbeId, ProbeKind, Subject},
    },
    probe::Prober,
};

fn main() {
    // `cargo bench` adds an option of its own.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let [seconds, interval, names @ ..] = args.as_slice() else {
        println!("usage: rtt SECONDS INTERVAL_MS HOST... (tests/bench/run calls it)");
        return;
    };
    let interval = Duration::from_millis(interval.parse().unwrap());
    let length = Duration::from_secs(seconds.parse().unwrap());
    let n_rounds = u64::try_from(length.as_millis() / interval.as_millis()).unwrap();
    let hosts: Vec<Host> = names.iter().map(|name| name.parse().unwrap()).collect();
    let samples = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&samples);
    let prober = Prober::start(Arc::new(move |sample| sink.lock().unwrap().push(sample)), "");
    let began = clock::now().mono;
    for round in 0..n_rounds {
        let due = began + interval * u32::try_from(round).unwrap();
        std::thread::sleep(due.saturating_sub(clock::now().mono));
        let pings = hosts.iter().enumerate().map(|(idx, host)| Probe {
            id: ProbeId(round * hosts.len() as u64 + idx as u64),
            subject: Subject::Target(idx),
            kind: ProbeKind::Echo(*host),
            deadline: Duration::from_secs(1),
        });
        prober.send(pings.collect());
    }
    std::thread::sleep(Duration::from_millis(1500));
    drop(prober);
    let mut samples = std::mem::take(&mut *samples.lock().unwrap());
    samples.sort_by_key(|sample| sample.id);
    for sample in samples {
        let Subject::Target(idx) = sample.subject else { continue };
        let rtt = sample.outcome.rtt().map_or(0, |rtt| rtt.as_nanos());
        let sent = sample.sent.wall.timestamp_nanos_opt().unwrap();
        println!("{} {} {sent} {rtt}", sample.id.0, names.get(idx).unwrap());
    }
}
