//! Hops of the provider: those seen near home, and those worth watching.

use std::{collections::BTreeMap, net::IpAddr};

/// What several traces saw of the first hops.
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
    /// Its distance.
    pub hop: u8,
    /// Its address.
    pub addr: IpAddr,
    /// In how many traces it was seen at that distance.
    pub seen: usize,
}
