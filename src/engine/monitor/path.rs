//! What traces tell the monitor: who on the way still answers, and which hops are the provider's.

use super::{Monitor, Purpose, SAMPLES_KEPT};
use crate::{
    engine::paths::Witness,
    model::{
        event::Event,
        host::Host,
        probe::{Sample, Subject},
        time::{Moment, Stamp},
        verdict::{LastHop, Verdict},
    },
};

/// Which column of a row names a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum FileColumn {
    /// `trace_file`.
    Trace,
    /// `intensive_trace_bundle`.
    Intensive,
    /// `wan_diag_file`.
    Facts,
    /// `baseline_mtr_bundle`.
    Baseline,
}

impl Monitor {
    /// A probe of a trace came back, or did not.
    pub(in crate::engine) fn handle_witness(&mut self, now: Moment, witness: Witness) {
        self.check_clocks(now);
        let Witness { sample, heard } = witness;
        if let Some((ttl, addr)) = heard {
            self.hear(now, sample.sent, LastHop { ttl, addr });
        }
        // What was sent before a cycle began says nothing of what that cycle asks about.
        if let Some((cycle, _)) = self.cycle.as_mut().filter(|(cycle, _)| cycle.at.mono <= sample.sent.mono) {
            cycle.add(&sample);
        }
        self.recent.push_back(sample);
        self.settle(now);
    }

    /// The router has answered, by whatever means. It says no more than so much a second of packets that expire there,
    /// and of ports that are closed, and may so keep silent to a trace.
    pub(super) fn hear_gateway(&mut self, now: Moment, sample: &Sample) {
        let Subject::Gateway(family) = sample.subject else { return };
        if let Some(host) = self.known.home.gateway(family) {
            self.hear(now, sample.sent, LastHop { ttl: 1, addr: host.addr });
        }
    }

    fn hear(&mut self, now: Moment, sent: Stamp, hop: LastHop) {
        self.heard.push_back((sent, hop));
        while self.heard.front().is_some_and(|(sent, _)| sent.mono + SAMPLES_KEPT < now.mono) {
            self.heard.pop_front();
        }
    }

    /// These hops are the provider's. They are asked from now on, unless others are configured.
    ///
    /// While something is suspected the change waits: samples under way are numbered by the hops as they were.
    pub(in crate::engine) fn handle_isp_hops(&mut self, now: Moment, hops: Vec<Host>) {
        self.check_clocks(now);
        self.found_hops = Some(hops);
        self.adopt_hops(now);
    }

    /// Takes found hops in as soon as nothing is in doubt.
    pub(super) fn adopt_hops(&mut self, now: Moment) {
        let settling = matches!(self.cycle, Some((_, Purpose::Settle(_))));
        if settling || self.suspicion.is_some() || self.is_alert(now) {
            return;
        }
        let Some(hops) = self.found_hops.take() else { return };
        if self.known.find_isp_hops(hops.clone()) && self.planner.config().isp_targets.is_empty() {
            self.tell(Event::IspHops(now.stamp(), hops));
            self.update_known(now);
        }
    }

    /// A file was written that belongs to the next row.
    pub(in crate::engine) fn note_file(&mut self, column: FileColumn, name: String) {
        self.figures.note_file(column, name);
    }

    /// The verdict, with the last hop that answered since `since` if it says that the path is cut.
    pub(super) fn with_last_hop(&self, verdict: Verdict, since: Stamp) -> Verdict {
        let v4 = self.known.is_routed(crate::model::host::Family::V4);
        let heard = self.heard.iter().filter(|(sent, hop)| sent.mono >= since.mono && hop.addr.is_ipv4() == v4);
        let heard = heard.map(|(_, hop)| *hop);
        let last_hop = if crate::engine::timeline::blames_path(&verdict) { heard.max() } else { None };
        Verdict { last_hop, ..verdict }
    }
}
