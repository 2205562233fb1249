//! The five causes that a person tells apart, and which of the verdict's fault domains belong to each.

use super::{T, Text};
use crate::{
    gui::view_model::outages::OutageView,
    model::{
        charge::Charged,
        ledger,
        time::{Moment, Stamp},
        verdict::FaultDomain,
    },
};

/// A party that a trouble is an affair of. Each has a colour, an icon, a pattern and a lane of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Cause {
    /// This computer, the home network, the router.
    Home,
    /// The provider's line and network.
    Provider,
    /// Networks behind the provider, or one far host.
    Far,
    /// Names, web sites, login pages, large packets.
    Names,
}

impl Cause {
    /// Every cause in the order of the lanes.
    pub(crate) const ALL: [Self; 4] = [Self::Home, Self::Provider, Self::Far, Self::Names];

    /// The cause that a broken part belongs to, as lanes and the plot show it; not always the one that is charged.
    pub(crate) fn of(domain: FaultDomain) -> Self {
        match domain {
            FaultDomain::Host | FaultDomain::Lan | FaultDomain::SelfLoad => Self::Home,
            FaultDomain::Access | FaultDomain::Isp => Self::Provider,
            FaultDomain::Upstream | FaultDomain::Destination | FaultDomain::Filtering | FaultDomain::Ipv6 => Self::Far,
            FaultDomain::Dns | FaultDomain::App | FaultDomain::CaptivePortal | FaultDomain::Mtu => Self::Names,
        }
    }

    /// The cause that a part of an outage is charged to. Where nobody in particular is charged, the broken part tells.
    pub(crate) fn charged(domain: FaultDomain, charged: Option<Charged>) -> Self {
        match charged {
            Some(Charged::Home) => Self::Home,
            Some(Charged::Provider) => Self::Provider,
            Some(Charged::Beyond) => Self::Far,
            Some(Charged::Other) | None => Self::of(domain),
        }
    }

    /// The cause that a failure which stands alone is charged to.
    pub(crate) fn alone(domain: FaultDomain) -> Self {
        Self::charged(domain, Charged::of(domain, None))
    }

    /// The cause that most of an outage is charged to; the earlier one of two that hold equally long.
    pub(crate) fn of_outage(outage: &OutageView, now: Moment) -> Self {
        let lengths = Self::parts(outage, now).map(|(start, end, cause)| (cause, end.since(start)));
        ledger::longest(lengths).unwrap_or_else(|| Self::alone(outage.domain))
    }

    /// The parts of an outage: begin, end, and the cause that each is charged to.
    pub(crate) fn parts(outage: &OutageView, now: Moment) -> impl Iterator<Item = (Stamp, Stamp, Self)> {
        outage.segments(now).map(|(segment, end, charged)| (segment.start, end, Self::charged(segment.domain, charged)))
    }

    /// Name in a sentence or a list.
    pub(crate) fn name(self, text: Text) -> &'static str {
        text.of(match self {
            Self::Home => T::NameHome,
            Self::Provider => T::PartProvider,
            Self::Far => T::PartInternet,
            Self::Names => T::PartNames,
        })
    }

    /// A short word.
    pub(crate) fn word(self, text: Text) -> &'static str {
        text.of(match self {
            Self::Home => T::CauseHome,
            Self::Provider => T::CauseProvider,
            Self::Far => T::CauseFar,
            Self::Names => T::CauseNames,
        })
    }
}

impl Text {
    /// A fault domain in plain words.
    pub(crate) fn domain(self, domain: FaultDomain) -> &'static str {
        self.of(match domain {
            FaultDomain::Host => T::DomainHost,
            FaultDomain::Lan => T::DomainLan,
            FaultDomain::Access => T::DomainAccess,
            FaultDomain::Isp => T::DomainIsp,
            FaultDomain::Upstream => T::DomainUpstream,
            FaultDomain::Dns => T::DomainDns,
            FaultDomain::App => T::DomainApp,
            FaultDomain::CaptivePortal => T::DomainPortal,
            FaultDomain::Mtu => T::DomainMtu,
            FaultDomain::Filtering => T::DomainFiltering,
            FaultDomain::Destination => T::DomainDestination,
            FaultDomain::Ipv6 => T::DomainIpv6,
            FaultDomain::SelfLoad => T::DomainSelfLoad,
        })
    }
}
