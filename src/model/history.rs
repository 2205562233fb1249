//! Contents of the history: every sample of every host, and figures on the samples of a minute, an hour or a pixel.

use std::{fmt, time::Duration};

use super::{
    histogram::Histogram,
    probe::{Means, Outcome, Subject},
    time::Timestamp,
};

/// Which part of the path a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The home router.
    Gateway,
    /// A hop of the provider.
    IspHop,
    /// Any hop behind those.
    Beyond,
    /// A far host.
    Target,
    /// A resolver.
    Resolver,
    /// A web site.
    Site,
    /// The page that tells a login portal from the internet.
    Portal,
    /// A TCP port tested by itself.
    Port,
    /// The home router as the pulse asks it.
    GatewayPulse,
    /// A hop of the provider as the pulse asks it.
    IspHopPulse,
    /// A far host as the pulse asks it.
    TargetPulse,
}

impl Role {
    /// Every role with its word in files.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Gateway, "gateway"),
        (Self::IspHop, "isp_hop"),
        (Self::Beyond, "beyond"),
        (Self::Target, "target"),
        (Self::Resolver, "resolver"),
        (Self::Site, "site"),
        (Self::Portal, "portal"),
        (Self::Port, "port"),
        (Self::GatewayPulse, "gateway_pulse"),
        (Self::IspHopPulse, "isp_hop_pulse"),
        (Self::TargetPulse, "target_pulse"),
    ];

    /// The role of a subject.
    pub fn of(subject: Subject) -> Self {
        match subject {
            Subject::Gateway(_) | Subject::HomeRouter(_) => Self::Gateway,
            Subject::IspHop(_) => Self::IspHop,
            Subject::Beyond => Self::Beyond,
            Subject::Target(_) => Self::Target,
            Subject::Resolver(_) => Self::Resolver,
            Subject::Site(_) | Subject::SiteByIp => Self::Site,
            Subject::Portal => Self::Portal,
            Subject::IspTcp | Subject::TcpTest => Self::Port,
        }
    }

    /// The same part of the path as the pulse asks it: once in each of its intervals, whatever the line does. What the
    /// pulse does not ask stays.
    #[must_use]
    pub fn of_pulse(self) -> Self {
        match self {
            Self::Gateway => Self::GatewayPulse,
            Self::IspHop => Self::IspHopPulse,
            Self::Target => Self::TargetPulse,
            other => other,
        }
    }

    /// The part of the path, however it is asked.
    #[must_use]
    pub fn part(self) -> Self {
        match self {
            Self::GatewayPulse => Self::Gateway,
            Self::IspHopPulse => Self::IspHop,
            Self::TargetPulse => Self::Target,
            other => other,
        }
    }

    /// True if these are samples of the pulse, of which loss and latency over time are made. The others were asked more
    /// often while something was wrong.
    pub fn is_pulse(self) -> bool {
        self != self.part()
    }

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(role, _)| *role == self).map_or("", |(_, word)| word)
    }

    /// The role of this word; `None` for one that is not known.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(role, _)| *role)
    }
}

/// One row of measurements: a host, what it is, and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// Which part of the path.
    pub role: Role,
    /// The address; of a web site its URL, of a port `address:port`.
    pub host: String,
    /// Means of asking.
    pub means: Means,
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.role.as_str(), self.host, self.means.as_str())
    }
}

/// Result of a sample, without its reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measured {
    /// An answer after this time.
    Answer(Duration),
    /// The probe was sent, and no true answer came in time.
    Lost,
    /// It was not sent, or somebody on the way said that it was too large, which is no word of the host's.
    Nothing,
}

impl Measured {
    /// Returns the result of a probe with this outcome.
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Reply(_, super::probe::Proof::TooBig(_)) | Outcome::NotMeasured(_) => Self::Nothing,
            Outcome::Reply(rtt, _) => Self::Answer(*rtt),
            Outcome::Lost(_) => Self::Lost,
        }
    }
}

/// One sample: when it was sent, to the millisecond, and what came of it, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// Result of the sample.
    pub measured: Measured,
}

impl Reading {
    /// Returns the time at which it was sent.
    pub fn at(self) -> Timestamp {
        time(self.at_ms)
    }
}

/// The time so many milliseconds after the beginning of 1970; the ends of time for what no calendar has.
pub fn time(millis: i64) -> Timestamp {
    let end = if millis < 0 { Timestamp::MIN_UTC } else { Timestamp::MAX_UTC };
    Timestamp::from_timestamp_millis(millis).unwrap_or(end)
}

/// Figures on some samples. Any number of these can be added up, and nothing is averaged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Samples that were lost.
    pub lost: u64,
    /// Samples that were not measured, and count in nothing else.
    pub unmeasured: u64,
    /// The shortest time; zero without answers.
    pub min: Duration,
    /// The longest time; zero without answers.
    pub max: Duration,
    /// All times together.
    pub sum: Duration,
    /// Distribution of the times.
    pub rtts: Histogram,
    answered: u64,
}

impl Cell {
    /// A cell out of its figures, as a file has them.
    pub fn new(lost: u64, unmeasured: u64, rtts: Histogram, (min, max, sum): (Duration, Duration, Duration)) -> Self {
        Self { lost, unmeasured, min, max, sum, answered: rtts.n(), rtts }
    }

    /// Takes in one sample.
    pub fn add(&mut self, measured: Measured) {
        match measured {
            Measured::Answer(rtt) => {
                // Files know microseconds, so all figures do.
                let rtt = Duration::from_micros(u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX));
                self.min = if self.answered == 0 { rtt } else { self.min.min(rtt) };
                self.max = self.max.max(rtt);
                self.sum = self.sum.saturating_add(rtt);
                self.rtts.add(rtt);
                self.answered += 1;
            }
            Measured::Lost => self.lost += 1,
            Measured::Nothing => self.unmeasured += 1,
        }
    }

    /// Takes in all samples of another one.
    pub fn merge(&mut self, other: &Self) {
        if other.answered > 0 {
            self.min = if self.answered == 0 { other.min } else { self.min.min(other.min) };
            self.max = self.max.max(other.max);
            self.sum = self.sum.saturating_add(other.sum);
            self.rtts.merge(&other.rtts);
        }
        self.answered += other.answered;
        self.lost += other.lost;
        self.unmeasured += other.unmeasured;
    }

    /// Samples that were answered.
    pub fn answered(&self) -> u64 {
        self.answered
    }

    /// Samples that were sent.
    pub fn n(&self) -> u64 {
        self.answered + self.lost
    }

    /// True if there is no sample at all, not even one that was not measured.
    pub fn is_empty(&self) -> bool {
        self.n() + self.unmeasured == 0
    }

    /// Part of the samples sent that were lost, 0..=1; `None` when none were sent.
    pub fn loss(&self) -> Option<f64> {
        (self.n() > 0).then(|| self.lost as f64 / self.n() as f64)
    }

    /// The mean of all times; `None` without answers.
    pub fn mean(&self) -> Option<Duration> {
        (self.answered > 0).then(|| Duration::from_secs_f64(self.sum.as_secs_f64() / self.answered as f64))
    }

    /// A quantile of all times, to within 1/128 of itself; `None` without answers.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        Some(self.rtts.quantile(quantile)?.clamp(self.min, self.max))
    }
}

/// Figures on the samples of some stretch of time, for one pixel or a few of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Beginning of the stretch, in milliseconds since 1970.
    pub from_ms: i64,
    /// End of the stretch, likewise.
    pub to_ms: i64,
    /// All of its samples.
    pub cell: Cell,
}

/// A drawing of one series: points in time order that do not overlap. Between them nothing was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// The points.
    pub points: Vec<Point>,
    /// Stored values that were damaged, and are missing here.
    pub n_damaged: u64,
}
