//! The five causes that a person tells apart, and which of the verdict's fault domains belong to each.

use super::{T, Text};
use crate::model::{charge::Charged, verdict::FaultDomain};

/// Whose affair a trouble is. Each has a colour, an icon, a pattern and a lane of its own.
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

    /// What is called so in a sentence or a list.
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
