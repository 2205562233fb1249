//! Hops of the provider: those seen near home, and those worth watching.

use std::{collections::BTreeMap, net::IpAddr};

/// First hops as several traces saw them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IspCandidates {
    /// By distance: who was seen there, and in how many traces. The most often seen first, as far as anybody sorted.
    pub seen: BTreeMap<u8, Vec<(IpAddr, usize)>>,
    /// Hops worth watching (`isp_targets`), the nearest first.
    pub suggestions: Vec<IspSuggestion>,
}

/// A hop worth watching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IspSuggestion {
    /// Distance of the hop.
    pub hop: u8,
    /// Address of the hop.
    pub addr: IpAddr,
    /// In how many traces it was seen at that distance.
    pub seen: usize,
}
