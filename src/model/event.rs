//! Events that the engine tells its listeners.

use std::{net::IpAddr, sync::Arc, time::Duration};

use super::{
    host::Host,
    ledger::{GapReason, MicroInterruption, Outage, State},
    probe::PulseSample,
    row::Row,
    time::Stamp,
    trace::{HopChange, Trace, TracePurpose},
    verdict::{FaultDomain, Verdict},
};

/// Something a listener may want to know, in the order it became certain.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The monitor runs.
    Started(Stamp),
    /// The home router in use is this one now.
    Gateway(Stamp, Option<Host>),
    /// A sample is overdue; confirmation is under way. Most often nothing comes of it.
    Suspected(Stamp),
    /// The confirmation failed too: no far host answers since this point. The cycle under way is to tell why, and may
    /// still find the line slow and not down.
    Confirmed(Stamp, Verdict),
    /// The state of the line is another since this point. That it is down is told before the ledger and the log have it;
    /// where answers come late after all, the state that holds is told again, since the same point.
    State(Stamp, State, Verdict),
    /// One sample of the pulse. Comes several times a second and is no news to a person.
    Sample(PulseSample),
    /// A row was written to `netlog.csv`. Sent only after the system has taken the whole line.
    Row(Arc<Row>),
    /// An outage has begun.
    OutageOpened(Outage, Verdict),
    /// An outage is over.
    OutageClosed(Outage),
    /// A micro-interruption is over.
    Micro(MicroInterruption),
    /// The line flaps: the third micro-interruption within five minutes.
    Intermittent(Stamp),
    /// Something is wrong that is no outage; `true` when it begins, `false` when it is over.
    Notice(Stamp, FaultDomain, bool, Verdict),
    /// Nobody looked from this point for this long.
    Gap(Stamp, Duration, GapReason),
    /// The clock was set by this many seconds; positive is forward.
    ClockStep(Stamp, f64),
    /// A path was traced.
    Trace(Stamp, TracePurpose, Arc<Trace>),
    /// The path to this host is another than before.
    PathChanged(Stamp, Host, Vec<HopChange>),
    /// These hops are the provider's, the nearest first: found on the way, not configured.
    IspHops(Stamp, Vec<Host>),
    /// The line is seen from outside under this address: now, and before where it was another.
    PublicAddress(Stamp, IpAddr, Option<IpAddr>),
    /// Something the user should know and can do something about.
    Warning(Stamp, String),
    /// The monitor stopped.
    Stopped(Stamp),
}
