//! Probes under way, found again by the number they carry.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use crate::{
    model::{probe::Probe, time::Moment},
    probe::linux::socket::SocketKind,
};

/// Data that an answer brings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: SocketKind,
    pub(super) seq: u16,
}

/// The probes under way. Numbers are reused after 65,536 probes of a socket, minutes after the last deadline.
#[derive(Default)]
pub(super) struct Pending {
    probes: BTreeMap<Key, (IpAddr, Probe, Moment)>,
    next_seq: BTreeMap<SocketKind, u16>,
}

impl Pending {
    pub(super) fn next_seq(&mut self, kind: SocketKind) -> u16 {
        let seq = self.next_seq.entry(kind).or_insert_with(|| fastrand::u16(..));
        *seq = seq.wrapping_add(1);
        *seq
    }

    pub(super) fn add(&mut self, key: Key, host: IpAddr, probe: Probe, sent: Moment) {
        self.probes.insert(key, (host, probe, sent));
    }

    /// The probe with this number. `from` is who claims to be the host; `None` for an error that a router sent.
    pub(super) fn take(&mut self, kind: SocketKind, seq: u16, from: Option<IpAddr>) -> Option<(Probe, Moment)> {
        let key = Key { kind, seq };
        let (host, ..) = self.probes.get(&key)?;
        if from.is_some_and(|from| from != *host) {
            return None;
        }
        self.probes.remove(&key).map(|(_, probe, sent)| (probe, sent))
    }

    pub(super) fn overdue(&mut self, mono: Duration) -> Vec<(Probe, Moment)> {
        let overdue = self.probes.extract_if(.., |_, (_, probe, sent)| sent.mono + probe.deadline <= mono);
        overdue.map(|(_, (_, probe, sent))| (probe, sent)).collect()
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.probes.values().map(|(_, probe, sent)| sent.mono + probe.deadline).min()
    }
}
