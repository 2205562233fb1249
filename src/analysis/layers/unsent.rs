//! Probes that this computer could not send. They are evidence against nobody but itself.

use super::Known;
use crate::{
    analysis::home::{Home, HostLayer},
    model::{
        host::Family,
        probe::{LocalFault, Loss, Means, Outcome, Sample, Subject},
    },
};

/// True if a probe left this computer, or at least asked the next hop for its link address.
pub(super) fn was_sent(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::NotMeasured(_) | Outcome::Lost(Loss::Local(LocalFault::NoRoute | LocalFault::LinkDown)))
}

/// True if none of the targets of `family` could be asked for want of a route or a link.
///
/// Some systems report a router's "unreachable" about a connection in the same words, so at least one datagram or echo
/// must have found no route, or the system must say that there is none.
pub(super) fn is_unsent(samples: &[Sample], family: Family, home: &Home, known: &impl Known) -> bool {
    let of_family = |sample: &&Sample| match sample.subject {
        Subject::Target(idx) => known.target_family(idx) == family,
        _ => false,
    };
    let mut targets = samples.iter().filter(of_family).peekable();
    let lost_here = |sample: &Sample| matches!(sample.outcome, Outcome::Lost(_)) && !was_sent(&sample.outcome);
    let is_plain = |sample: &&Sample| matches!(sample.means, Means::Echo | Means::Udp | Means::FirstHop);
    let is_cut = matches!(home.layer, HostLayer::NoLink | HostLayer::NoAddress | HostLayer::NoRoute);
    let is_of_way = |sample: &&Sample| of_family(sample) || sample.subject == Subject::Gateway(family);
    let is_certain = is_cut || samples.iter().filter(is_of_way).filter(is_plain).any(lost_here);
    is_certain && targets.peek().is_some() && targets.all(lost_here)
}
