//! Reading: lines to hops, hops to traces.

mod mtr;
mod text;
mod traceroute;
mod windows;

use std::{
    io::{self, BufRead, Read as _},
    time::Duration,
};

use chrono::{DateTime, NaiveDateTime};

use self::{
    mtr::Header,
    traceroute::Samples,
    windows::{Statistics, Tracert},
};
use super::remarks;
use crate::model::{
    parsed_trace::{ParsedHop, ParsedHost, ParsedPaths, ParsedTrace, PathTool},
    time::Timestamp,
};

/// Longer lines are no lines of these programs.
const MAX_LINE: usize = 8192;

/// So much of a file in UTF-16 is read, in bytes.
const MOST_UTF_16: u64 = 32 << 20;

/// More hosts are not kept for one hop, nor more labels for one host.
const MAX_HOSTS: usize = 64;

/// No program sends more probes to one hop and shows each.
const MAX_PROBES: usize = 256;

/// Maximum number of lines before the first hop in which the target may be named.
const MAX_PREFACE: usize = 4;

/// Reads all paths of a text in UTF-8, UTF-16 with a byte order mark, or any code page. Never fails.
///
/// ```
/// let text = b" 1  router.lan (192.168.1.1)  1.071 ms  0.993 ms *\n";
/// let paths = network_logging::codec::mtr_text::read(text);
/// let hop = &paths.traces[0].hops[0];
/// assert_eq!((Some(3), Some("192.168.1.1".parse().unwrap())), (hop.sent, hop.addr()));
/// ```
pub fn read(bytes: &[u8]) -> ParsedPaths {
    let mut reader = Reader::default();
    for line in text::decode(bytes).split(['\n', '\r']) {
        reader.add(line);
    }
    reader.finish();
    ParsedPaths { traces: reader.done, n_bad_lines: reader.n_bad_lines }
}

/// The same of a file of any length, of which no more than a line and a trace is in memory. UTF-16, which no program of
/// ours writes, is read whole, up to 32 MiB of it.
///
/// # Errors
///
/// When the file cannot be read on; the traces before that have been given.
pub fn read_each(mut input: impl BufRead, mut take: impl FnMut(ParsedTrace)) -> io::Result<()> {
    if text::is_utf_16(input.fill_buf()?) {
        let mut bytes = Vec::new();
        input.take(MOST_UTF_16).read_to_end(&mut bytes)?;
        read(&bytes).traces.into_iter().for_each(take);
        return Ok(());
    }
    let (mut reader, mut line) = (Reader::default(), Vec::new());
    loop {
        line.clear();
        let n = (&mut input).take(2 * MAX_LINE as u64).read_until(b'\n', &mut line)?;
        if n == 0 {
            break;
        }
        if n == 2 * MAX_LINE && !line.ends_with(b"\n") {
            // It is too long already.
            input.skip_until(b'\n')?;
        }
        for part in text::decode(line.trim_ascii_end()).split(['\n', '\r']) {
            reader.add(part);
        }
        reader.done.drain(..).for_each(&mut take);
    }
    reader.finish();
    reader.done.into_iter().for_each(take);
    Ok(())
}

/// State of the reading, with the traces that have been read so far.
#[derive(Debug, Default)]
struct Reader {
    done: Vec<ParsedTrace>,
    n_bad_lines: usize,
    current: Option<Current>,
    /// The time of the block.
    run_at: Option<Timestamp>,
    /// The time of the report.
    start: Option<Timestamp>,
    /// The last lines that are none of a trace.
    preface: Vec<String>,
}

/// The trace that is being read.
#[derive(Debug)]
struct Current {
    trace: ParsedTrace,
    /// The columns of `mtr`.
    header: Header,
    /// RTTs and probes so far of the last hop of `traceroute`, which may go on in the next line.
    samples: Samples,
    /// True if only the `tool` of the trace writes such lines.
    is_certain: bool,
    /// `pathping` has begun its second table.
    has_statistics: bool,
    /// Lines since the last hop that mean nothing. They count once another hop follows.
    n_unknown: usize,
}

impl Reader {
    fn add(&mut self, line: &str) {
        let line = line.trim_end();
        if line.is_empty() || self.add_frame(line) {
            return;
        }
        if line.len() > MAX_LINE || !(self.add_mtr(line) || self.add_numbered(line) || self.add_continuation(line)) {
            self.add_unknown(line);
        }
    }

    /// Reads a line that stands around hops: a separator, a time, a header or a remark.
    fn add_frame(&mut self, line: &str) -> bool {
        if line.len() >= 10 && line.bytes().all(|b| b == b'=') {
            self.finish();
        } else if let Some(at) = line.strip_prefix("Run at: ") {
            self.finish();
            self.run_at = NaiveDateTime::parse_from_str(at, "%Y%m%d_%H%M%S").ok().map(|at| at.and_utc());
            self.start = None;
        } else if let Some(at) = line.strip_prefix("Start: ") {
            self.finish();
            self.start = DateTime::parse_from_str(at, "%Y-%m-%dT%H:%M:%S%z").ok().map(|at| at.to_utc());
        } else if line.starts_with('#') {
            self.current.iter_mut().for_each(|current| remarks::apply(line, &mut current.trace));
        } else if let Some(header) = mtr::header(line) {
            let current = self.begin(PathTool::Mtr);
            current.trace.source.clone_from(&header.source);
            current.header = header;
        } else if traceroute::is_header(line) {
            let current = self.begin(PathTool::Traceroute);
            (current.trace.target, current.is_certain) = (traceroute::target(line), true);
        } else {
            return false;
        }
        true
    }

    fn add_mtr(&mut self, line: &str) -> bool {
        if let Some((ttl, rest)) = mtr::hop_start(line) {
            let header = self.current.as_ref().filter(|current| current.trace.tool == PathTool::Mtr);
            let header = header.map(|current| current.header.clone()).unwrap_or_default();
            if let Some(hop) = mtr::hop(line, ttl, rest, &header) {
                let current = self.continued(PathTool::Mtr, ttl);
                // The header is kept when a report without one begins behind another.
                current.header = header;
                current.push(hop);
                return true;
            }
            return self.add_bad(|current| current.trace.tool == PathTool::Mtr);
        }
        let Some(current) = self.current.as_mut().filter(|current| current.trace.tool == PathTool::Mtr) else {
            return false;
        };
        let Some(hop) = current.trace.hops.last_mut() else { return false };
        if let Some(label) = mtr::label(line) {
            let host = hop.hosts.last_mut().filter(|host| host.labels.len() < MAX_HOSTS);
            host.into_iter().for_each(|host| host.labels.push(label));
        } else if let Some(host) = mtr::further_host(line) {
            merge(&mut hop.hosts, host);
        } else {
            return false;
        }
        true
    }

    /// A line that begins with the number of a hop.
    fn add_numbered(&mut self, line: &str) -> bool {
        if windows::is_link(line) && self.is(PathTool::Pathping) {
            return true;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { return false };
        let Some(ttl) = Some(*first).filter(|first| first.bytes().all(|b| b.is_ascii_digit())) else { return false };
        let Ok(ttl) = ttl.parse::<u8>() else { return self.add_bad(|_| true) };
        // In its second table `pathping` has figures in every line; others come from another program.
        let is_pathping = ttl == 0 || self.current.as_ref().is_some_and(Current::is_first_table);
        let (tracert, samples) = (windows::tracert(rest), traceroute::samples(rest));
        let fits =
            |hop: &Tracert| !hop.rtts.is_empty() || !is_pathping && (hop.is_certain || self.is(PathTool::Tracert));
        let tracert = tracert.filter(fits);
        if let Some(statistics) = windows::statistics(line) {
            self.add_statistics(statistics);
        } else if let Some(tracert) = tracert {
            self.add_tracert(ttl, tracert);
        } else if let Some(samples) = samples.filter(|samples| !is_pathping || !samples.is_silence()) {
            self.add_traceroute(ttl, samples);
        } else if is_pathping {
            return self.add_pathping(line, ttl, rest);
        } else if let Some((host, note)) = self.refusal(ttl, rest) {
            self.add_tracert(ttl, Tracert { rtts: Vec::new(), host: Some(host), note: Some(note), is_certain: true });
        } else {
            return self.add_bad(|_| true);
        }
        true
    }

    /// A line of `tracert` that says, in some language, that a host reports the target unreachable.
    fn refusal(&self, ttl: u8, words: &[&str]) -> Option<(ParsedHost, String)> {
        let (host, rest) = windows::host(words)?;
        let goes_on =
            self.current.as_ref().is_some_and(|current| current.trace.tool == PathTool::Tracert || !current.is_certain);
        let begins = ttl == 1 && self.preface.iter().any(|line| text::host_in_sentence(line).is_some());
        let belongs = goes_on || begins;
        (belongs && !rest.is_empty()).then(|| (host, rest.join(" ")))
    }

    fn add_traceroute(&mut self, ttl: u8, samples: Samples) {
        let is_certain = !samples.is_silence();
        let current = self.continued(PathTool::Traceroute, ttl);
        current.is_certain |= is_certain;
        current.push(ParsedHop { ttl, ..ParsedHop::default() });
        current.samples = Samples::default();
        current.add_samples(samples);
    }

    fn add_tracert(&mut self, ttl: u8, tracert: Tracert) {
        // Hops of silence alone look the same in both; now it is clear.
        if let Some(current) = self.current.as_mut().filter(|current| !current.is_certain)
            && current.trace.tool == PathTool::Traceroute
        {
            current.trace.tool = PathTool::Tracert;
        }
        let current = self.continued(PathTool::Tracert, ttl);
        current.is_certain = true;
        let mut hop = ParsedHop { ttl, note: tracert.note, ..ParsedHop::default() };
        hop.hosts.extend(tracert.host);
        if hop.hosts.is_empty() || !tracert.rtts.is_empty() {
            set_figures(&mut hop, &tracert.rtts, windows::N_PROBES.saturating_sub(tracert.rtts.len()));
        }
        current.push(hop);
    }

    /// A line of `pathping`'s first table, or its computer itself in the second.
    fn add_pathping(&mut self, line: &str, ttl: u8, words: &[&str]) -> bool {
        let silent = words.iter().take_while(|word| **word == "*").count();
        let (host, rest) = match windows::host(words.get(silent..).unwrap_or_default()) {
            Some((host, rest)) => (Some(host), rest),
            None if silent > 0 => (None, [].as_slice()),
            None => return self.add_bad(|current| current.trace.tool == PathTool::Pathping),
        };
        // In the second table the hosts stand far to the right.
        let is_far = line.trim_start().trim_start_matches('0').starts_with(&" ".repeat(20));
        if ttl == 0 && is_far && self.is(PathTool::Pathping) {
            self.current.iter_mut().for_each(Current::begin_statistics);
            return true;
        }
        let note = Some(rest.join(" ")).filter(|note| !note.is_empty());
        let current = self.continued(PathTool::Pathping, ttl);
        current.is_certain = true;
        current.push(ParsedHop { ttl, hosts: host.into_iter().collect(), note, ..ParsedHop::default() });
        true
    }

    fn add_statistics(&mut self, statistics: Statistics) {
        let Statistics { ttl, rtt, lost: (lost, sent), host } = statistics;
        let is_known = |current: &Current| current.trace.hops.iter().any(|hop| hop.ttl == ttl);
        let is_second = self.is(PathTool::Pathping) && self.current.as_ref().is_some_and(is_known);
        if !is_second {
            self.continued(PathTool::Pathping, ttl).push(ParsedHop { ttl, ..ParsedHop::default() });
        }
        let Some(current) = &mut self.current else { return };
        current.begin_statistics();
        current.is_certain = true;
        let Some(hop) = current.trace.hops.iter_mut().find(|hop| hop.ttl == ttl) else { return };
        host.into_iter().for_each(|host| merge(&mut hop.hosts, host));
        (hop.sent, hop.avg) = (Some(sent), rtt.filter(|_| lost < sent));
        hop.unanswered = (sent > 0).then(|| lost as f64 / sent as f64);
    }

    /// Reads a line that BSD's `traceroute` prints of a hop's further hosts.
    fn add_continuation(&mut self, line: &str) -> bool {
        let Some(current) = self.current.as_mut().filter(|current| current.trace.tool == PathTool::Traceroute) else {
            return false;
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let samples = traceroute::samples(&words).filter(|_| line.starts_with([' ', '\t']));
        match samples {
            Some(samples) if !current.trace.hops.is_empty() && current.samples.rtts.len() < MAX_PROBES => {
                current.add_samples(samples);
            }
            _ => return false,
        }
        true
    }

    fn add_unknown(&mut self, line: &str) {
        if let Some(current) = &mut self.current {
            current.n_unknown += 1;
        }
        if self.preface.len() >= MAX_PREFACE {
            self.preface.remove(0);
        }
        self.preface.push(line.chars().take(MAX_LINE).collect());
    }

    /// Counts a line that begins like a hop, if it stands in a trace where that is one.
    fn add_bad(&mut self, is_hop: impl Fn(&Current) -> bool) -> bool {
        let Some(current) = self.current.as_mut().filter(|current| is_hop(current)) else { return false };
        current.trace.n_bad_lines += 1;
        true
    }

    fn is(&self, tool: PathTool) -> bool {
        self.current.as_ref().is_some_and(|current| current.trace.tool == tool)
    }

    /// The trace that a hop at this distance belongs to: the current one, if it goes on with it.
    fn continued(&mut self, tool: PathTool, ttl: u8) -> &mut Current {
        let goes_on = |current: &Current| {
            current.trace.tool == tool && current.trace.hops.last().is_none_or(|last| last.ttl < ttl)
        };
        match self.current.take() {
            Some(current) if goes_on(&current) => self.current.insert(current),
            other => {
                self.current = other;
                self.begin(tool)
            }
        }
    }

    /// Ends the current trace and begins another.
    fn begin(&mut self, tool: PathTool) -> &mut Current {
        let preface = std::mem::take(&mut self.preface);
        self.finish();
        let mut trace = ParsedTrace::new(tool);
        trace.started = self.start.take().or(self.run_at);
        if tool != PathTool::Mtr {
            trace.target = preface.iter().rev().find_map(|line| text::host_in_sentence(line));
        }
        self.current.insert(Current {
            trace,
            header: Header::default(),
            samples: Samples::default(),
            is_certain: tool == PathTool::Mtr,
            has_statistics: false,
            n_unknown: 0,
        })
    }

    fn finish(&mut self) {
        self.preface.clear();
        if let Some(current) = self.current.take() {
            self.n_bad_lines += current.trace.n_bad_lines;
            self.done.push(current.trace);
        }
    }
}

impl Current {
    fn push(&mut self, mut hop: ParsedHop) {
        self.trace.n_bad_lines += std::mem::take(&mut self.n_unknown);
        let hosts = std::mem::take(&mut hop.hosts);
        hosts.into_iter().for_each(|host| merge(&mut hop.hosts, host));
        self.trace.hops.push(hop);
    }

    fn add_samples(&mut self, more: Samples) {
        self.trace.n_bad_lines += std::mem::take(&mut self.n_unknown);
        let Some(hop) = self.trace.hops.last_mut() else { return };
        more.hosts.into_iter().for_each(|host| merge(&mut hop.hosts, host));
        hop.note = hop.note.take().or(more.note);
        self.samples.rtts.extend(more.rtts);
        self.samples.n_silent += more.n_silent;
        set_figures(hop, &self.samples.rtts, self.samples.n_silent);
    }

    /// True for a trace of `pathping` that has not come to its second table.
    fn is_first_table(&self) -> bool {
        self.trace.tool == PathTool::Pathping && !self.has_statistics
    }

    /// Counts the unknown lines before this one as bad, except those between the two tables of `pathping`, which are
    /// meant to be there.
    fn begin_statistics(&mut self) {
        if !self.has_statistics {
            (self.has_statistics, self.n_unknown) = (true, 0);
        }
        self.trace.n_bad_lines += std::mem::take(&mut self.n_unknown);
    }
}

/// Adds a host, or what is new about one that is there.
fn merge(hosts: &mut Vec<ParsedHost>, new: ParsedHost) {
    let is_same = |old: &ParsedHost| match (old.addr, new.addr) {
        (Some(old), Some(new)) => old == new,
        (None, None) => old.name == new.name,
        _ => false,
    };
    let n_hosts = hosts.len();
    match hosts.iter_mut().find(|old| is_same(old)) {
        Some(old) => {
            old.name = old.name.take().or(new.name);
            old.asn = old.asn.or(new.asn);
            if old.labels.is_empty() {
                old.labels = new.labels;
            }
        }
        None if n_hosts < MAX_HOSTS => hosts.push(new),
        None => {}
    }
}

/// The figures of a hop from its answers, in the order they stand, and the number of silences.
fn set_figures(hop: &mut ParsedHop, rtts: &[Duration], n_silent: usize) {
    let sent = rtts.len() + n_silent;
    hop.sent = Some(sent);
    hop.unanswered = (sent > 0).then(|| n_silent as f64 / sent as f64);
    hop.last = rtts.last().copied();
    hop.best = rtts.iter().min().copied();
    hop.worst = rtts.iter().max().copied();
    let seconds: Vec<f64> = rtts.iter().map(Duration::as_secs_f64).collect();
    let avg = seconds.iter().sum::<f64>() / seconds.len().max(1) as f64;
    let squares: f64 = seconds.iter().map(|rtt| (rtt - avg).powi(2)).sum();
    let stdev = (squares / seconds.len().saturating_sub(1).max(1) as f64).sqrt();
    let time = |seconds| Duration::try_from_secs_f64(seconds).ok().filter(|_| !rtts.is_empty());
    (hop.avg, hop.stdev) = (time(avg), time(stdev));
}
