//! A path as a text told it: what `mtr`, `traceroute`, `tracert`, `pathping` or this program once wrote.

use std::{net::IpAddr, time::Duration};

use super::{
    time::Timestamp,
    trace::{HopReading, MplsLabel},
};

/// Which program a text is from, or like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathTool {
    /// `mtr`, and this program, which writes as `mtr` does.
    Mtr,
    /// `traceroute` of Linux, the BSDs and macOS.
    Traceroute,
    /// `tracert` of Windows.
    Tracert,
    /// `pathping` of Windows.
    Pathping,
}

impl PathTool {
    /// The name of the program.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mtr => "mtr",
            Self::Traceroute => "traceroute",
            Self::Tracert => "tracert",
            Self::Pathping => "pathping",
        }
    }
}

/// All paths of a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParsedPaths {
    /// In the order of the text.
    pub traces: Vec<ParsedTrace>,
    /// Lines that stand where a hop belongs, or look like one, and could not be read; those of all traces.
    pub n_bad_lines: usize,
}

/// One path.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedTrace {
    /// Which program wrote it.
    pub tool: PathTool,
    /// Time at which it began, to the second; `None` when the text does not say, or not in which time zone.
    pub started: Option<Timestamp>,
    /// Time at which it ended; `None` when the text does not say.
    pub ended: Option<Timestamp>,
    /// Name of the computer that traced.
    pub source: Option<String>,
    /// The host traced.
    pub target: Option<ParsedHost>,
    /// Hops in order of distance. Those whose lines are missing or cannot be read are missing here too.
    pub hops: Vec<ParsedHop>,
    /// Lines of it that could not be read.
    pub n_bad_lines: usize,
}

impl ParsedTrace {
    /// A trace of which nothing is known yet.
    pub fn new(tool: PathTool) -> Self {
        Self { tool, started: None, ended: None, source: None, target: None, hops: Vec::new(), n_bad_lines: 0 }
    }

    /// Returns the times at which it began and ended; `None` when the text does not say when it began. If it does not
    /// say when it ended, a probe a second to each hop is assumed, as `mtr` sends them.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let started = self.started?;
        let rounds = self.hops.iter().filter_map(|hop| hop.sent).max().and_then(|sent| u32::try_from(sent).ok());
        let guessed = || started + chrono::TimeDelta::seconds(rounds.unwrap_or(1).into());
        Some((started, self.ended.filter(|ended| *ended >= started).unwrap_or_else(guessed)))
    }
}

/// A host as a text names it. At least one of address and name is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedHost {
    /// Address of the host, without the link it is valid on.
    pub addr: Option<IpAddr>,
    /// Name of the host; also an address that was cut short.
    pub name: Option<String>,
    /// Number of the autonomous system it belongs to.
    pub asn: Option<u32>,
    /// MPLS labels that a probe carried there.
    pub labels: Vec<MplsLabel>,
}

/// One hop.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParsedHop {
    /// Distance of the hop; `pathping` counts the computer itself as 0.
    pub ttl: u8,
    /// Hosts that answered; none where all was silent.
    pub hosts: Vec<ParsedHost>,
    /// Probes sent.
    pub sent: Option<usize>,
    /// Part of them that the hop did not answer, 0..=1. Says nothing of the path.
    pub unanswered: Option<f64>,
    /// RTT of the last answer. A time that the text gives as "less than" is taken as that limit.
    pub last: Option<Duration>,
    /// Mean of the RTTs.
    pub avg: Option<Duration>,
    /// The smallest.
    pub best: Option<Duration>,
    /// The largest.
    pub worst: Option<Duration>,
    /// Standard deviation of the RTTs (of the sample; zero with one answer).
    pub stdev: Option<Duration>,
    /// Loss on the way that persists to the end of the path, 0..=1. Only this program writes it.
    pub loss: Option<f64>,
    /// Meaning of answers and silences. Only this program writes it.
    pub reading: Option<HopReading>,
    /// Other content of the line, in its own language: `!N` of `traceroute`, "host unreachable" of `tracert`.
    pub note: Option<String>,
}

impl ParsedHop {
    /// The first host's address.
    pub fn addr(&self) -> Option<IpAddr> {
        self.hosts.iter().find_map(|host| host.addr)
    }
}
