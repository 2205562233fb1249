//! The party that is charged with an outage, segment by segment.
//!
//! The fault domain of a segment says what is broken. That is not always the party to be charged: after a restart of
//! the home router the line needs minutes of its own to come back, and nobody but the home caused that.

use std::{fmt, time::Duration};

use super::verdict::FaultDomain;

/// Longest time that a line is granted to come back after a restart at home. DSL and cable modems need one to three
/// minutes.
pub const RESTART: Duration = Duration::from_mins(5);

/// A party that failures are charged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Charged {
    /// The customer: computer, home network, router.
    Home,
    /// The provider, with the networks it buys from.
    Provider,
    /// A single far host or the party that runs it.
    Beyond,
    /// Nobody in particular: web sites, login pages, packet sizes.
    Other,
}

/// The party that runs a resolver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolverOwner {
    /// The customer: a resolver of this computer or of the home router.
    Home,
    /// The provider.
    Provider,
}

/// A segment of an outage, as far as charging it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The broken part.
    pub domain: FaultDomain,
    /// Owner of the resolvers that failed; `None` when that is not known.
    pub resolver: Option<ResolverOwner>,
    /// Length.
    pub length: Duration,
}

impl Charged {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] = &[Self::Home, Self::Provider, Self::Beyond, Self::Other];

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Provider => "provider",
            Self::Beyond => "beyond",
            Self::Other => "other",
        }
    }

    /// The party charged with a failure that stands alone. `None` for resolvers of an unknown owner: a router that
    /// passes questions on is as silent when it fails itself as when the provider's resolver does.
    pub fn of(domain: FaultDomain, resolver: Option<ResolverOwner>) -> Option<Self> {
        match domain {
            FaultDomain::Host | FaultDomain::Lan | FaultDomain::SelfLoad => Some(Self::Home),
            FaultDomain::Access | FaultDomain::Isp | FaultDomain::Upstream => Some(Self::Provider),
            FaultDomain::Dns => resolver.map(|owner| match owner {
                ResolverOwner::Home => Self::Home,
                ResolverOwner::Provider => Self::Provider,
            }),
            FaultDomain::Destination => Some(Self::Beyond),
            FaultDomain::App
            | FaultDomain::CaptivePortal
            | FaultDomain::Mtu
            | FaultDomain::Filtering
            | FaultDomain::Ipv6 => Some(Self::Other),
        }
    }
}

impl fmt::Display for Charged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The party charged with each segment of one outage, in the order of the segments.
///
/// In an outage that begins at home, later failures of the line or of names are the consequence of a restart and
/// charged to the home, unless a segment alone outlasts [`RESTART`]; then the whole of that segment is charged by its
/// own domain.
pub fn charge(outage: &[Stretch]) -> Vec<Option<Charged>> {
    let begins_at_home =
        outage.first().is_some_and(|first| matches!(first.domain, FaultDomain::Host | FaultDomain::Lan));
    let charge = |segment: &Stretch| {
        let own = Charged::of(segment.domain, segment.resolver);
        let may_follow = matches!(own, None | Some(Charged::Provider));
        if begins_at_home && may_follow && segment.length <= RESTART { Some(Charged::Home) } else { own }
    };
    outage.iter().map(charge).collect()
}

/// Outages and short interruptions of one party.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Charge {
    /// Outages with a part of it.
    pub n_outages: usize,
    /// Time of them that is counted.
    pub outages: Duration,
    /// The most of one outage.
    pub longest: Duration,
    /// Short interruptions.
    pub n_micros: usize,
    /// Sum of the lengths of the short interruptions.
    pub micros: Duration,
}

impl Charge {
    /// Outages and short interruptions together.
    pub fn all(self) -> Duration {
        self.outages + self.micros
    }
}

/// State of the line on one day according to the log, by the party that is charged. Time on which nothing of the line
/// could be seen, as while the home network had failed, is watched and none of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineDay {
    /// The line was watched.
    pub watched: Duration,
    /// The line worked, well or badly, though perhaps a web site or names did not.
    pub worked: Duration,
    /// An outage is charged to the provider with medium or high confidence.
    pub down: Duration,
    /// An outage is charged to the provider with low confidence.
    pub doubtful: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Option<Charged> = Some(Charged::Home);
    const PROVIDER: Option<Charged> = Some(Charged::Provider);

    #[track_caller]
    fn check(outage: &[(FaultDomain, u64)], expected: &[Option<Charged>]) {
        let stretch = |(domain, seconds): &(FaultDomain, u64)| Stretch {
            domain: *domain,
            resolver: None,
            length: Duration::from_secs(*seconds),
        };
        assert_eq!(expected, charge(&outage.iter().map(stretch).collect::<Vec<_>>()));
    }

    #[test]
    fn a_restart_at_home_is_charged_to_the_home_with_the_time_the_line_needs() {
        for home in [FaultDomain::Host, FaultDomain::Lan] {
            check(&[(home, 23), (FaultDomain::Access, 57)], &[HOME, HOME]);
            check(&[(home, 20), (FaultDomain::Access, 300), (FaultDomain::Upstream, 90)], &[HOME, HOME, HOME]);
            check(&[(home, 20), (FaultDomain::Dns, 30), (FaultDomain::Isp, 90)], &[HOME, HOME, HOME]);
        }
    }

    #[test]
    fn a_line_that_outlasts_a_restart_is_charged_with_all_of_its_segment() {
        check(&[(FaultDomain::Lan, 1800), (FaultDomain::Access, 1860)], &[HOME, PROVIDER]);
        check(&[(FaultDomain::Lan, 20), (FaultDomain::Access, 301)], &[HOME, PROVIDER]);
        check(
            &[(FaultDomain::Lan, 20), (FaultDomain::Access, 3600), (FaultDomain::Lan, 30), (FaultDomain::Access, 60)],
            &[HOME, PROVIDER, HOME, HOME],
        );
    }

    #[test]
    fn an_outage_that_begins_with_the_line_stays_the_providers() {
        check(
            &[(FaultDomain::Access, 600), (FaultDomain::Lan, 40), (FaultDomain::Access, 30)],
            &[PROVIDER, HOME, PROVIDER],
        );
        check(&[(FaultDomain::Upstream, 60)], &[PROVIDER]);
    }

    #[test]
    fn resolvers_are_charged_to_their_owner_where_that_is_known() {
        for (owner, expected) in
            [(None, None), (Some(ResolverOwner::Home), HOME), (Some(ResolverOwner::Provider), PROVIDER)]
        {
            assert_eq!(expected, Charged::of(FaultDomain::Dns, owner));
        }
        check(&[(FaultDomain::Dns, 40), (FaultDomain::Access, 40)], &[None, PROVIDER]);
    }

    #[test]
    fn what_is_no_part_of_the_line_accuses_nobody() {
        check(
            &[(FaultDomain::App, 60), (FaultDomain::CaptivePortal, 60), (FaultDomain::Mtu, 60)],
            &[Some(Charged::Other); 3],
        );
        check(&[(FaultDomain::Lan, 60), (FaultDomain::App, 60)], &[HOME, Some(Charged::Other)]);
    }
}
