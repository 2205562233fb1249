//! A path as a hop table shows it, whether it was traced here or stands in a log.

use std::time::Duration;

use crate::{
    gui::text::{T, Text},
    model::{
        parsed_trace::{ParsedHop, ParsedTrace},
        time::Timestamp,
        trace::{Hop, HopReading, RttFigures, Trace, TraceEnd},
    },
};

/// A path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PathView {
    /// The host traced.
    pub(crate) name: String,
    pub(crate) started: Option<Timestamp>,
    pub(crate) hops: Vec<HopView>,
    /// End of the trace, as a sentence.
    pub(crate) ending: String,
}

/// A hop of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HopView {
    pub(crate) ttl: u8,
    /// Hosts that answered, the most frequent first.
    pub(crate) hosts: Vec<String>,
    /// Lost on the way and on all that follows, 0..=1; `None` where nobody says.
    pub(crate) loss: Option<f64>,
    /// Left unanswered by the hop itself, 0..=1.
    pub(crate) unanswered: Option<f64>,
    pub(crate) sent: Option<usize>,
    pub(crate) mean: Option<Duration>,
    pub(crate) rtt: Option<RttFigures>,
    pub(crate) reading: Option<HopReading>,
}

impl PathView {
    /// A trace of this run.
    pub(crate) fn of(trace: &Trace, text: Text) -> Self {
        Self {
            name: trace.name.clone(),
            started: Some(trace.started.wall),
            hops: trace.hops.iter().map(HopView::of).collect(),
            ending: ending(trace, text),
        }
    }

    /// A path of a log.
    pub(crate) fn of_log(trace: &ParsedTrace, text: Text) -> Self {
        let target = trace.target.as_ref();
        let named = target.and_then(|host| host.name.clone().or_else(|| host.addr.map(|addr| addr.to_string())));
        let name = named.unwrap_or_else(|| "–".to_owned());
        let last = trace.hops.iter().rev().find(|hop| !hop.hosts.is_empty());
        let is_target = last.is_some_and(|hop| {
            hop.hosts.iter().any(|host| {
                target.is_some_and(|target| {
                    (host.addr.is_some() && host.addr == target.addr)
                        || (host.name.is_some() && host.name == target.name)
                })
            })
        });
        let ending = if is_target {
            text.with(T::EndReached, &[&name])
        } else {
            let last = last.map(|hop| format!("{} ({})", HopView::of_log(hop).shown(), hop.ttl));
            text.with(T::EndSilent, &[&last.unwrap_or_else(|| "–".to_owned())])
        };
        let rounds = trace.hops.iter().filter_map(|hop| hop.sent).max();
        let rounds = rounds.map(|n| format!(" · {}", text.with(T::SoManyRounds, &[&n]))).unwrap_or_default();
        Self {
            ending: format!("{ending} · {}{rounds}", trace.tool.as_str()),
            name,
            started: trace.started,
            hops: trace.hops.iter().map(HopView::of_log).collect(),
        }
    }
}

impl HopView {
    fn of(hop: &Hop) -> Self {
        Self {
            ttl: hop.ttl,
            hosts: hop.hosts.iter().map(|host| host.addr.to_string()).collect(),
            loss: hop.loss,
            unanswered: hop.unanswered(),
            sent: Some(hop.sent),
            mean: hop.rtt.map(|rtt| rtt.avg),
            rtt: hop.rtt,
            reading: Some(hop.reading.with_loss(hop.loss)),
        }
    }

    fn of_log(hop: &ParsedHop) -> Self {
        let figures = || {
            let (best, avg, worst) = (hop.best?, hop.avg?, hop.worst?);
            Some(RttFigures { last: hop.last.unwrap_or(avg), avg, best, worst, stdev: hop.stdev.unwrap_or_default() })
        };
        let name = |host: &crate::model::parsed_trace::ParsedHost| {
            host.addr.map(|addr| addr.to_string()).or_else(|| host.name.clone())
        };
        Self {
            ttl: hop.ttl,
            hosts: hop.hosts.iter().filter_map(name).collect(),
            loss: hop.loss,
            unanswered: hop.unanswered,
            sent: hop.sent,
            mean: hop.avg,
            rtt: figures(),
            reading: hop.reading.map(|reading| reading.with_loss(hop.loss)),
        }
    }

    /// Returns the host that answered most; `???` where none did.
    pub(crate) fn shown(&self) -> &str {
        self.hosts.first().map_or("???", String::as_str)
    }
}

/// Returns the end of a trace, as a sentence.
fn ending(trace: &Trace, text: Text) -> String {
    let said = match trace.end {
        TraceEnd::Reached => text.with(T::EndReached, &[&trace.name]),
        TraceEnd::ReachedBy(protocol) => text.with(T::EndReachedBy, &[&trace.name, &protocol]),
        TraceEnd::Unreachable { from, .. } => text.with(T::EndUnreachable, &[&from]),
        TraceEnd::Silent => {
            let last = trace.last_answering().map_or_else(|| "–".to_owned(), |(ttl, addr)| format!("{addr} ({ttl})"));
            text.with(T::EndSilent, &[&last])
        }
        TraceEnd::Local(_) => text.of(T::EndLocal).to_owned(),
        TraceEnd::NotMeasured(_) => text.of(T::EndNotMeasured).to_owned(),
    };
    format!("{said} · {} · {}", trace.protocol, text.with(T::SoManyRounds, &[&trace.rounds]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parsed_trace::{ParsedHost, PathTool};

    #[test]
    fn a_path_of_a_log_says_where_it_ended() {
        let host = |addr: &str| ParsedHost { addr: addr.parse().ok(), ..ParsedHost::default() };
        let hop = |ttl, addr: Option<&str>| ParsedHop {
            ttl,
            hosts: addr.map(host).into_iter().collect(),
            sent: Some(60),
            ..ParsedHop::default()
        };
        let mut trace = ParsedTrace::new(PathTool::Mtr);
        trace.target = Some(host("192.0.2.9"));
        trace.hops = vec![hop(1, Some("192.168.1.1")), hop(2, None)];
        let text = Text::default();
        let shown = PathView::of_log(&trace, text);
        assert_eq!("Nothing was heard behind 192.168.1.1 (1) · mtr · 60 rounds", shown.ending);
        assert_eq!(["192.168.1.1", "???"], [shown.hops[0].shown(), shown.hops[1].shown()]);
        trace.hops.push(hop(3, Some("192.0.2.9")));
        assert_eq!("192.0.2.9 was reached · mtr · 60 rounds", PathView::of_log(&trace, text).ending);
    }
}
