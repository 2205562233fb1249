//! Traces: probes that the routers on the way give up on, and what each hop of the way showed.

use std::{fmt, net::IpAddr, time::Duration};

use super::{
    host::Host,
    probe::{LocalFault, NotMeasured, ProbeId},
    time::Stamp,
};

/// Protocol of the probes of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TraceProtocol {
    /// ICMP echo (RFC 792, RFC 4443).
    Icmp,
    /// Datagrams to a port where nobody listens.
    Udp,
    /// The first packet of a connection to this port.
    Tcp(u16),
}

impl fmt::Display for TraceProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Icmp => f.pad("icmp"),
            Self::Udp => f.pad("udp"),
            Self::Tcp(port) => f.pad(&format!("tcp:{port}")),
        }
    }
}

/// A probe that only so many routers may pass on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HopProbe {
    /// Name of the probe.
    pub id: ProbeId,
    /// Host it is going to.
    pub to: Host,
    /// Protocol of the probe.
    pub protocol: TraceProtocol,
    /// Probes of one flow look alike to routers that spread traffic over several ways. Counts from 0.
    pub flow: u8,
    /// Time to live (RFC 791) or hop limit (RFC 8200): the router that brings it to 0 gives up. At least 1.
    pub ttl: u8,
    /// Time from sending after which an answer is late.
    pub deadline: Duration,
}

/// One entry of an MPLS label stack (RFC 4950).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MplsLabel {
    /// The label, 20 bits.
    pub label: u32,
    /// Traffic class, 3 bits.
    pub class: u8,
    /// The last one of its stack.
    pub is_last: bool,
    /// Time to live.
    pub ttl: u8,
}

/// An answer to a [`HopProbe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopAnswer {
    /// Address that answered.
    pub from: IpAddr,
    /// The round-trip time.
    pub rtt: Duration,
    /// The labels the probe carried when it arrived at the router that answered; empty where it does not say.
    pub labels: Vec<MplsLabel>,
}

/// Outcome of a [`HopProbe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HopOutcome {
    /// A router on the way gave up on it: "time exceeded".
    Expired(HopAnswer),
    /// The host it was going to answered, by whatever an answer is in this protocol. A refusal is one.
    Reached(HopAnswer),
    /// Somebody else said that the host cannot be reached.
    Unreachable {
        /// Address that said so, and the round-trip time.
        answer: HopAnswer,
        /// ICMP type, `ICMPv6` type for an IPv6 sender.
        icmp_type: u8,
        /// ICMP code.
        code: u8,
    },
    /// Nothing came within the deadline.
    Silent,
    /// Our own system could not send it.
    Local(LocalFault),
    /// It was never sent, which is evidence of nothing.
    NotMeasured(NotMeasured),
}

impl HopOutcome {
    /// The answer, if one came.
    pub fn answer(&self) -> Option<&HopAnswer> {
        match self {
            Self::Expired(answer) | Self::Reached(answer) | Self::Unreachable { answer, .. } => Some(answer),
            Self::Silent | Self::Local(_) | Self::NotMeasured(_) => None,
        }
    }
}

/// Manner in which an outcome came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The one outcome that every probe has.
    First,
    /// An answer after [`HopOutcome::Silent`] had been reported.
    Late,
    /// One more answer to a probe that has one.
    Duplicate,
}

/// A [`HopProbe`] and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopSample {
    /// The probe.
    pub probe: HopProbe,
    /// Time of sending; for [`HopOutcome::NotMeasured`] the time at which it should have been sent.
    pub sent: Stamp,
    /// Outcome of the probe.
    pub outcome: HopOutcome,
    /// Manner of arrival: whether there was an outcome before this one.
    pub arrival: Arrival,
}

/// RTTs of one hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RttFigures {
    /// Of the last answer.
    pub last: Duration,
    /// Mean of the RTTs.
    pub avg: Duration,
    /// The smallest.
    pub best: Duration,
    /// The largest.
    pub worst: Duration,
    /// Standard deviation of the RTTs (of the sample; zero with one answer).
    pub stdev: Duration,
}

/// Meaning of a hop's answers and silences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HopReading {
    /// It answers.
    Answers,
    /// It leaves probes unanswered and passes them on: it limits its answers, or has better things to do. No loss.
    Limits,
    /// It never answers and passes probes on. No loss.
    PassesSilently,
    /// Probes get lost here or just before, and the loss persists to the end of the path.
    Loses,
    /// The target leaves probes unanswered that arrive as far as the hop before it. That is the target's affair.
    TargetLimits,
    /// It is the last one that answers, and only now and then: loss or a limit, which cannot be told.
    Unclear,
    /// Neither it nor anybody behind it answers.
    NothingFromHere,
    /// It answers what reaches it; some probes were lost on the way to it.
    LostBefore,
}

impl HopReading {
    /// Every reading with its word in JSON and its sentence.
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Answers, "answers", "answers"),
        (Self::Limits, "limits_answers", "answers some probes and passes all on; no loss"),
        (Self::PassesSilently, "passes_silently", "answers no probe and passes all on; no loss"),
        (Self::Loses, "loses", "loss begins here or just before and persists to the end"),
        (Self::TargetLimits, "target_limits", "leaves probes unanswered that the way to it carried"),
        (Self::Unclear, "unclear", "answers some probes; loss and a limit look alike here"),
        (Self::NothingFromHere, "nothing_from_here", "nothing is heard from here on"),
        (Self::LostBefore, "lost_before", "answers what reaches it; probes were lost on the way to it"),
    ];

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(reading, ..)| *reading == self).map_or("", |(_, word, _)| word)
    }

    /// The reading of a hop with this loss, 0..=1: one that answers and to which probes were lost does not simply
    /// answer.
    #[must_use]
    pub fn with_loss(self, loss: Option<f64>) -> Self {
        match self {
            Self::Answers if loss.is_some_and(|loss| loss > 0.0) => Self::LostBefore,
            reading => reading,
        }
    }

    /// Returns the meaning, as the end of a sentence about the hop.
    pub fn explain(self) -> &'static str {
        Self::ALL.iter().find(|(reading, ..)| *reading == self).map_or("", |(.., sentence)| sentence)
    }
}

/// A host that answered at a hop, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopHost {
    /// Address of the host.
    pub addr: IpAddr,
    /// Answers.
    pub n_answers: usize,
    /// The labels of the last answer.
    pub labels: Vec<MplsLabel>,
}

/// One row of the hop table.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// Distance of the hop: 1 is the home router.
    pub ttl: u8,
    /// Hosts that answered, the most frequent first. Several where routers spread traffic over several ways.
    pub hosts: Vec<HopHost>,
    /// Probes sent to be given up here.
    pub sent: usize,
    /// Those of them that were answered in time.
    pub answered: usize,
    /// Answers that came after their time.
    pub late: usize,
    /// Answers beyond the first of a probe.
    pub duplicates: usize,
    /// Of the answers in time; `None` without any.
    pub rtt: Option<RttFigures>,
    /// Loss on the way to this hop that persists to the end of the path, 0..=1. Silence of the hop itself is none.
    /// `None` when nothing was measured.
    pub loss: Option<f64>,
    /// It was asked directly, and did (`true`) or did not answer; `None` when it was not asked.
    pub answers_echo: Option<bool>,
    /// Meaning of its answers and silences.
    pub reading: HopReading,
}

impl Hop {
    /// The host that answered most.
    pub fn host(&self) -> Option<IpAddr> {
        self.hosts.first().map(|host| host.addr)
    }

    /// Part of the probes that this hop did not answer, 0..=1. `None` when none was sent. Says nothing of the path.
    pub fn unanswered(&self) -> Option<f64> {
        (self.sent > 0).then(|| 1.0 - self.answered.min(self.sent) as f64 / self.sent as f64)
    }
}

/// Result at the end of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceEnd {
    /// The target answered.
    Reached,
    /// The target did not answer the trace, and did answer another protocol, so the path is whole.
    ReachedBy(TraceProtocol),
    /// Somebody on the way said that the target cannot be reached.
    Unreachable {
        /// Address that said so.
        from: IpAddr,
        /// ICMP type, `ICMPv6` type for an IPv6 sender.
        icmp_type: u8,
        /// ICMP code.
        code: u8,
    },
    /// Nothing was heard beyond the last hop that answered.
    Silent,
    /// Our own system could not send.
    Local(LocalFault),
    /// Nothing could be measured.
    NotMeasured(NotMeasured),
}

/// A path as one trace showed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The host traced.
    pub target: Host,
    /// Name of the target as the user gave it; the address where there is none.
    pub name: String,
    /// Protocol of the probes.
    pub protocol: TraceProtocol,
    /// Time of its first probe.
    pub started: Stamp,
    /// Time of its last answer, or the end of its last deadline.
    pub ended: Stamp,
    /// Rounds begun.
    pub rounds: usize,
    /// The hops from the home router on, without holes.
    pub hops: Vec<Hop>,
    /// Result at its end.
    pub end: TraceEnd,
    /// Protocols tried beside `protocol` because that one did not reach the target.
    pub tried: Vec<TraceProtocol>,
}

impl Trace {
    /// The last hop that answered, and its distance.
    pub fn last_answering(&self) -> Option<(u8, IpAddr)> {
        self.hops.iter().rev().find_map(|hop| Some((hop.ttl, hop.host()?)))
    }

    /// True if the target answered, by whatever protocol.
    pub fn is_reached(&self) -> bool {
        matches!(self.end, TraceEnd::Reached | TraceEnd::ReachedBy(_))
    }
}

/// Purpose of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TracePurpose {
    /// It was time, and the line works.
    Baseline,
    /// Something may just have begun.
    Burst,
    /// Something may just have ended.
    Recovery,
    /// The line is down: many rounds.
    Intensive,
}

impl TracePurpose {
    /// The word in logs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Burst => "burst",
            Self::Recovery => "recovery",
            Self::Intensive => "intensive",
        }
    }
}

/// A hop that is another than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HopChange {
    /// Distance of the hop.
    pub ttl: u8,
    /// Address that answered there before; `None` when the path ended before.
    pub before: Option<IpAddr>,
    /// Address that answers there now; `None` when the path is shorter now.
    pub after: Option<IpAddr>,
}
