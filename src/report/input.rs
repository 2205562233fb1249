//! Everything a report is made of.

use std::{
    fmt,
    net::IpAddr,
    str::FromStr,
    sync::{Arc, Mutex},
};

use chrono::{NaiveDateTime, TimeDelta};

use super::lang::Lang;
use crate::{
    codec::redact::Redactor,
    model::{
        config::Config,
        diary::{ClockSample, ConfigChange, OutageNote, Ticket},
        log_row::OddRows,
        parsed_trace::ParsedTrace,
        proof::{KeyFault, PutAside},
        summary::Summary,
        time::Timestamp,
    },
};

/// The clock on some wall.
pub type Local = Arc<dyn Fn(Timestamp) -> NaiveDateTime + Send + Sync>;

/// Country by whose rules the days of a fault are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// No country: the days are told.
    #[default]
    Generic,
    /// Germany.
    De,
    /// Austria.
    At,
    /// The United Kingdom.
    Uk,
    /// The United States of America.
    Us,
}

impl Profile {
    /// Every profile.
    pub const ALL: &'static [Self] = &[Self::Generic, Self::De, Self::At, Self::Uk, Self::Us];

    /// Returns the name of the profile in settings and options.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::De => "de",
            Self::At => "at",
            Self::Uk => "uk",
            Self::Us => "us",
        }
    }

    /// The language most of its readers expect.
    pub fn lang(self) -> Lang {
        match self {
            Self::De | Self::At => Lang::De,
            Self::Generic | Self::Uk | Self::Us => Lang::En,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|profile| profile.as_str() == text);
        found.copied().ok_or_else(|| format!("no such profile: {text:?}; write generic, de, at, uk or us"))
    }
}

/// The figures of a log and what belongs to them.
#[derive(Clone)]
pub struct Input {
    /// The figures.
    pub summary: Summary,
    /// The clock on the wall.
    pub local: Local,
    /// The name of that clock's time zone; empty for the one of this computer.
    pub zone: String,
    /// Time at which the report is made.
    pub made: Timestamp,
    /// Name and version of this program.
    pub program: String,
    /// The settings in force.
    pub config: Config,
    /// The language.
    pub lang: Lang,
    /// Profile by whose rules the days are counted.
    pub profile: Profile,
    /// Redactor that takes out what identifies somebody; `None` leaves everything. Documents that share one call the
    /// same thing by the same name.
    pub redactor: Option<Arc<Mutex<Redactor>>>,
    /// Limits of what is counted: names and values, in words; empty when everything is counted.
    pub limits: Vec<(String, String)>,
    /// Notes made beside the measurements.
    pub diary: Diary,
    /// The computer that measured; `None` when the report is made elsewhere.
    pub host: Option<HostNote>,
    /// Paths that were traced around outages.
    pub paths: Vec<OutagePath>,
    /// Public addresses around outages.
    pub addresses: Vec<OutageAddress>,
    /// The files it rests on.
    pub files: Vec<FileNote>,
    /// Lines that could not be read, and rows that were there twice.
    pub n_skipped: u64,
    /// Rows that were there twice and are counted once.
    pub n_doubled: u64,
    /// Other parts of the logs that cannot be used as they stand.
    pub reading: ReadingNote,
    /// Result of verifying the rows; `None` when that was not done.
    pub chain: Option<ChainNote>,
    /// Outages told at full length; the others stand in the table alone.
    pub most_told: usize,
}

/// Outages told at full length unless somebody asks for more or less.
pub const MOST_TOLD: usize = 12;

impl Input {
    /// A report of these figures and nothing else, in UTC.
    pub fn new(summary: Summary, made: Timestamp) -> Self {
        Self {
            summary,
            local: Arc::new(|at| at.naive_utc()),
            zone: "UTC".into(),
            made,
            program: String::new(),
            config: Config::default(),
            lang: Lang::En,
            profile: Profile::Generic,
            redactor: None,
            limits: Vec::new(),
            diary: Diary::default(),
            host: None,
            paths: Vec::new(),
            addresses: Vec::new(),
            files: Vec::new(),
            n_skipped: 0,
            n_doubled: 0,
            reading: ReadingNote::default(),
            chain: None,
            most_told: MOST_TOLD,
        }
    }
}

/// Notes of the user and of the monitor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diary {
    /// Fault reports to the provider, in time order.
    pub tickets: Vec<Ticket>,
    /// Remarks on outages.
    pub notes: Vec<OutageNote>,
    /// Settings that changed.
    pub changes: Vec<ConfigChange>,
    /// Statements of time servers about this computer's clock.
    pub clock: Vec<ClockSample>,
}

/// Parts of the logs that cannot be used as they stand, besides lines that were left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadingNote {
    /// Fields that could not be read, of rows that are counted.
    pub n_unread: u64,
    /// Columns of the first of them.
    pub columns: Vec<String>,
    /// Rows that are not counted, because their times cannot be right.
    pub put_aside: Vec<OddRows>,
    /// True if the times of all rows cannot be right.
    pub is_odd: bool,
}

/// The computer that measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostNote {
    /// Name of the computer.
    pub name: String,
    /// Name of its operating system; `None` when the system does not say.
    pub system: Option<String>,
    /// The kind of its processor.
    pub machine: String,
}

/// Time at which a path was traced, relative to an outage, by its first and its last probe. One that overlaps the
/// beginning or the end of the outage shows a mixture, so it is of neither side: it is of the outage if most of it ran
/// meanwhile, else of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathTime {
    /// The last one that ended before the outage.
    Before,
    /// While it lasted.
    During,
    /// The first one that began after it.
    After,
}

impl PathTime {
    /// Returns the relation of a trace from one time to another to an outage, and how far it is from it: from its end
    /// to the onset, from the end of the outage to its begin; of one that ran during the outage, how long the outage
    /// had lasted when it began. An outage without an end lasts.
    pub fn of(
        (began, ended): (Timestamp, Timestamp),
        (start, end): (Timestamp, Option<Timestamp>),
    ) -> Option<(Self, TimeDelta)> {
        let ended = ended.max(began);
        if ended < start || (ended == start && began < start) {
            return Some((Self::Before, start - ended));
        }
        if let Some(end) = end.filter(|end| *end <= began) {
            return Some((Self::After, began - end));
        }
        let meanwhile = end.map_or(ended, |end| end.min(ended)) - start.max(began);
        (meanwhile * 2 >= ended - began).then(|| (Self::During, (began - start).abs()))
    }
}

/// A path that was traced around an outage.
#[derive(Debug, Clone, PartialEq)]
pub struct OutagePath {
    /// Which of the outages, from 0.
    pub outage: usize,
    /// Before, during or after it.
    pub time: PathTime,
    /// The file it stands in.
    pub file: String,
    /// The path.
    pub trace: ParsedTrace,
}

/// The address that the line was seen under from outside, before and after an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutageAddress {
    /// Which of the outages, from 0.
    pub outage: usize,
    /// Before it; `None` when nobody was asked.
    pub before: Option<IpAddr>,
    /// After it, likewise.
    pub after: Option<IpAddr>,
}

/// A file the report rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileNote {
    /// Name of the file in its folder.
    pub name: String,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// SHA-256 (FIPS 180-4) of it, in hexadecimal.
    pub sha256: String,
}

/// Result of verifying the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChainNote {
    /// Rows that are as they were written.
    pub n_rows: u64,
    /// Places that are not.
    pub n_findings: u64,
    /// The last row written.
    pub last: Option<Timestamp>,
    /// The public key that signed, in hexadecimal.
    pub key: Option<String>,
    /// Rows with a hash that no valid signature covers.
    pub n_unsigned: u64,
    /// Logs that were put aside before the one that is written now.
    pub put_aside: Vec<PutAside>,
    /// Reason why this computer cannot sign at present, with what the system says.
    pub no_key: Option<(KeyFault, String)>,
}

impl ChainNote {
    /// A valid signature covers all rows with a hash.
    pub fn is_signed(&self) -> bool {
        self.key.is_some() && self.n_unsigned == 0
    }
}
